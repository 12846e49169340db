"""The configured storage, and how a stored file is served."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path
from unittest import mock

import ckantoolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException
from ckan.lib import files
from flask import Blueprint, Response, request
from flask.testing import FlaskClient

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.content_store import ContentMissing, ContentTooLarge

CONTENT = b"collectivite;annee\nCrach;2021\n"


@pytest.fixture
def sha256() -> str:
    return storage.put(CONTENT).sha256


def serve(sha256: str, mimetype: str = "text/csv") -> Response:
    """A view as a room writes it."""
    return storage.send(
        sha256,
        "Budget « Crac'h ».csv",
        mimetype,
        as_attachment="attachment" in request.args,
        public="public" in request.args,
    )


@pytest.fixture
def browser(application) -> FlaskClient:
    blueprint = Blueprint("test_files", __name__, url_prefix="/test-files")
    blueprint.get("/<sha256>")(serve)
    blueprint.get("/<sha256>/<path:mimetype>", endpoint="typed")(serve)
    client: FlaskClient = application(blueprint).test_client()
    return client


def test_a_stored_file_is_in_the_folder_of_the_configuration(sha256: str) -> None:
    folder = tk.config["ckan.files.storage.odlocale.path"]
    path = storage.open_path(sha256)
    assert path == Path(folder) / sha256[:2] / sha256
    assert path.read_bytes() == CONTENT
    assert storage.exists(sha256)


def test_ckan_s_own_storage_api_finds_it(sha256: str) -> None:
    location = files.Location(f"{sha256[:2]}/{sha256}")
    data = files.get_storage("odlocale").analyze(location)
    assert data.size == len(CONTENT)


def test_a_deposit_too_large_is_refused() -> None:
    with pytest.raises(ContentTooLarge):
        storage.put(BytesIO(CONTENT), max_bytes=len(CONTENT) - 1)


def test_an_answer_carries_the_file_and_what_caches_need(
    browser: FlaskClient, sha256: str
) -> None:
    answer = browser.get(f"/test-files/{sha256}?public")
    assert answer.status_code == 200
    assert answer.get_data() == CONTENT
    assert answer.headers["ETag"] == f'"{sha256}"'
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Last-Modified" in answer.headers
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "public" in answer.headers["Cache-Control"]


def test_an_answer_is_private_unless_said_otherwise(
    browser: FlaskClient, sha256: str
) -> None:
    cache = browser.get(f"/test-files/{sha256}").headers["Cache-Control"]
    assert "private" in cache
    assert "public" not in cache


def test_an_accented_name_is_offered_both_ways(
    browser: FlaskClient, sha256: str
) -> None:
    disposition = browser.get(f"/test-files/{sha256}?attachment").headers[
        "Content-Disposition"
    ]
    assert disposition.startswith("attachment; filename=")
    assert "filename*=UTF-8''Budget%20%C2%AB%20Crac%27h%20%C2%BB.csv" in disposition


@pytest.mark.parametrize("mimetype", ["text/html", "image/svg+xml", "text/xml"])
def test_what_a_browser_could_run_is_always_an_attachment(
    browser: FlaskClient, sha256: str, mimetype: str
) -> None:
    answer = browser.get(f"/test-files/{sha256}/{mimetype}")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_an_unchanged_file_is_not_sent_again(browser: FlaskClient, sha256: str) -> None:
    first = browser.get(f"/test-files/{sha256}")
    for headers in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        answer = browser.get(f"/test-files/{sha256}", headers=headers)
        assert (answer.status_code, answer.get_data()) == (304, b"")
        assert answer.headers["ETag"] == f'"{sha256}"'
    other = browser.get(f"/test-files/{sha256}", headers={"If-None-Match": '"autre"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        ("bytes=0-11", 206, b"collectivite"),
        ("bytes=-5", 206, b"2021\n"),
        ("bytes=13-", 206, CONTENT[13:]),
    ],
)
def test_a_part_of_a_file_is_sent(
    browser: FlaskClient, sha256: str, wanted: str, status: int, body: bytes
) -> None:
    answer = browser.get(f"/test-files/{sha256}", headers={"Range": wanted})
    assert (answer.status_code, answer.get_data()) == (status, body)


def test_a_part_beyond_the_end_is_refused(browser: FlaskClient, sha256: str) -> None:
    answer = browser.get(f"/test-files/{sha256}", headers={"Range": "bytes=999999-"})
    assert answer.status_code == 416


def test_a_part_of_another_version_is_the_whole_file(
    browser: FlaskClient, sha256: str
) -> None:
    headers = {"Range": "bytes=0-1", "If-Range": '"autre"'}
    answer = browser.get(f"/test-files/{sha256}", headers=headers)
    assert (answer.status_code, answer.get_data()) == (200, CONTENT)


def test_head_gives_the_headers_alone(browser: FlaskClient, sha256: str) -> None:
    answer = browser.head(f"/test-files/{sha256}")
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["ETag"] == f'"{sha256}"'


def test_an_absent_file_is_an_error() -> None:
    with pytest.raises(ContentMissing):
        storage.send("0" * 64, "a.csv", "text/csv")


@pytest.fixture
def fresh_storage():
    """Lets a test break the configuration, and repairs it afterwards."""
    yield
    files.storages.reset()
    files.storages.collect()
    storage.require_storage()


def test_start_up_fails_when_the_storage_is_not_declared(fresh_storage) -> None:
    remedy = r"ckan\.files\.storage\.absent\.type = ckan:fs"
    with (
        mock.patch.dict(tk.config, {"ckanext.odlocale.storage": "absent"}),
        pytest.raises(CkanConfigurationException, match=remedy),
    ):
        storage.require_storage()


def test_start_up_fails_when_the_storage_is_not_on_a_local_disk(fresh_storage) -> None:
    memory = files.adapters.get("ckan:memory")({"name": "odlocale"})
    files.storages.register("odlocale", memory)
    with pytest.raises(CkanConfigurationException, match="not on a local disk"):
        storage.require_storage()


def test_start_up_fails_when_the_folder_is_gone(fresh_storage) -> None:
    folder = Path(tk.config["ckan.files.storage.odlocale.path"])
    aside = folder.with_name("aside")
    shutil.move(folder, aside)
    try:
        with pytest.raises(CkanConfigurationException, match="does not exist"):
            storage.require_storage()
    finally:
        shutil.move(aside, folder)
