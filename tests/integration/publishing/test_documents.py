"""What follows no model: a file as it is, or an address, by the short form."""

from __future__ import annotations

import errno
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import uploader
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.publishing import document_actions
from ckanext.odlocale.publishing.model import Deposit
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    send,
)
from tests.integration.publishing.test_home import words_of

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
TITLE = "Plan du cimetière"
Open = Callable[[str | None], Desk]


def shapefile() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for end in ("shp", "shx", "dbf"):
            archive.writestr(f"plu.{end}", b"\0" * 100)
    return content.getvalue()


def published(town: Town) -> list[dict[str, Any]]:
    listed = call_as("", "package_search", fq=f"owner_org:{town.org_id}")["results"]
    return [one for one in listed if not one.get("scdl_schema")]


def publish_as_is(town: Town, deposit: dict[str, Any], **more: Any) -> dict[str, Any]:
    asked = {"org_id": town.org_id, "id": deposit["id"], "title": TITLE, "agreed": True}
    return dict(call_as(town.agent, "odlocale_document_publish", **{**asked, **more}))


def test_a_plan_goes_online_with_a_title(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent).drop(mende, PDF, "plan_cimetiere-2024.pdf")
    assert "Publier ce fichier tel quel" in words_of(desk)
    address = desk.address.removesuffix("/verifier") + "/tel-quel"
    desk.get(address)
    assert 'value="Plan cimetiere 2024"' in desk.page
    desk.post(address, {"title": TITLE, "agreed": "yes"})
    assert desk.address == f"/publier/{mende.code}"
    assert f"« {TITLE} » est en ligne" in words_of(desk)
    assert "Hors modèle" in words_of(desk)
    (found,) = published(mende)
    assert found["title"] == TITLE
    assert len(found["notes"]) > 100
    assert found["license_id"] == "lov2"
    (resource,) = found["resources"]
    assert (resource["format"], resource["mimetype"]) == ("PDF", "application/pdf")
    path = resource["url"].partition("//")[2].partition("/")[2]
    answer = desk.client.get(f"/{path}")
    assert answer.data == PDF
    assert answer.headers["Content-Type"].startswith("application/pdf")
    assert not call_as(mende.agent, "odlocale_deposit_list", org_id=mende.org_id)
    line = model.Session.scalars(
        sa.select(JournalLine).where(JournalLine.object_id == found["id"])
    ).one()
    assert (line.verb, line.org_id) == ("published", mende.org_id)
    # In its feed, as what follows a model is.
    feed = desk_of(None).get(f"/catalogue/{mende.code}.ttl")
    assert TITLE in feed.page
    assert resource["url"] in feed.page


def test_a_link_goes_online(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent).get(f"/publier/{mende.code}/lien")
    typed = {"title": "Carte du PLU", "url": "https://geo.example.fr/plu?c=1"}
    desk.post(f"/publier/{mende.code}/lien", {**typed, "agreed": "yes"})
    (found,) = published(mende)
    assert found["resources"][0]["url"] == typed["url"]
    assert found["name"] == f"carte-du-plu-{mende.code.lower()}"
    # Another of the same title has its own address.
    desk.get(f"/publier/{mende.code}/lien")
    desk.post(f"/publier/{mende.code}/lien", {**typed, "agreed": "yes"})
    assert {one["name"] for one in published(mende)} == {
        found["name"],
        f"{found['name']}-2",
    }


def test_a_shapefile_is_said_to_be_one(mende: Town) -> None:
    publish_as_is(mende, send(mende, shapefile(), "plu.zip"))
    assert published(mende)[0]["resources"][0]["format"] == "SHP"


WRONG_FORMS = {
    "no title": ({"title": ""}, "Donnez-lui un titre"),
    "a title that says nothing": ({"title": "x 2"}, "Donnez-lui un titre"),
    "nobody checked": ({"agreed": ""}, "Cochez la case après avoir vérifié"),
    "a title too long": ({"title": "a" * 351}, "350"),
}


@pytest.mark.parametrize(("typed", "said"), WRONG_FORMS.values(), ids=WRONG_FORMS)
def test_what_was_typed_is_still_there(
    typed: dict[str, str], said: str, mende: Town, desk_of: Open
) -> None:
    desk = desk_of(mende.agent).drop(mende, PDF, "plan.pdf")
    address = desk.address.removesuffix("/verifier") + "/tel-quel"
    notes = "Relevé de 2024, par le géomètre."
    full = {"title": TITLE, "agreed": "yes", "notes": notes, **typed}
    desk.get(address).post(address, full)
    assert said in words_of(desk)
    assert notes in desk.page
    assert not full["title"] or full["title"] in desk.page
    assert not published(mende)
    assert len(call_as(mende.agent, "odlocale_deposit_list", org_id=mende.org_id)) == 1


WRONG_LINKS = [
    "javascript:alert(1)",
    "geo.example.fr/plu",
    "https://agent:secret@example.fr/",
    "https://example.fr/<script>",
    "https://[",
    "https://exemple.fr/" + "a" * 2000,
    "ftp://example.fr/plu.zip",
]


@pytest.mark.parametrize("url", WRONG_LINKS)
def test_odd_links_are_refused(url: str, mende: Town, desk_of: Open) -> None:
    address = f"/publier/{mende.code}/lien"
    desk = desk_of(mende.agent).get(address)
    desk.post(address, {"title": TITLE, "agreed": "yes", "url": url})
    assert "Copiez l’adresse entière" in words_of(desk)
    assert TITLE in desk.page
    assert not published(mende)


WRONG_FILES = {
    "a page": ("plan.html", b"<html><script>alert(1)</script>"),
    "a drawing that is a page": ("plan.svg", b"<svg onload='alert(1)'/>"),
    "a program": ("plan.exe", b"MZ\x90\0"),
    "a page called a plan": ("plan.pdf", b"<html><script>alert(1)</script>"),
    "cut": ("plan.png", b"\x89P"),
    "empty inside": ("plan.txt", b"  \n "),
    "a macro": ("plan.xlsm", b"PK\x03\x04"),
    "no extension": ("plan", PDF),
    "bytes called a text": ("plan.geojson", b"{\0\0\0\1}"),
}


@pytest.mark.parametrize(("name", "content"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_odd_files_are_refused_and_kept(name: str, content: bytes, mende: Town) -> None:
    sent = send(mende, content, name)
    with pytest.raises(tk.ValidationError) as refused:
        publish_as_is(mende, sent)
    assert "file" in refused.value.error_dict
    assert not published(mende)
    assert Deposit.load(sent["id"]) is not None


def test_what_follows_a_model_is_published_as_such(mende: Town) -> None:
    sent = send(mende, budget(mende.siret))
    with pytest.raises(tk.ValidationError) as refused:
        publish_as_is(mende, sent)
    assert "modèle national" in refused.value.error_dict["file"][0]


def test_two_clicks_publish_once(mende: Town) -> None:
    sent = send(mende, PDF, "plan.pdf")
    publish_as_is(mende, sent, version=sent["version"])
    with pytest.raises(tk.ObjectNotFound):
        publish_as_is(mende, sent, version=sent["version"])
    assert len(published(mende)) == 1


def test_a_full_disk_publishes_nothing(
    mende: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(mende, PDF, "plan.pdf")

    class FullDisk:
        def upload(self, *_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    # The disk itself is not ours to fill.
    monkeypatch.setattr(uploader, "get_resource_uploader", lambda _: FullDisk())
    with pytest.raises(tk.ValidationError) as refused:
        publish_as_is(mende, sent)
    assert refused.value.error_dict["refusal"] == ["NO_ROOM"]
    assert not published(mende)
    draft = Deposit.load(sent["id"])
    assert draft is not None
    assert storage.exists(str(draft.original_sha256))


def test_what_was_typed_waits_for_the_login(mende: Town, desk_of: Open) -> None:
    address = f"/publier/{mende.code}/lien"
    desk = desk_of(mende.agent).get(address).log_out()
    desk.post(address, {"title": TITLE, "url": "https://geo.example.fr/"})
    desk.log_in(mende.agent)
    assert desk.address == address
    assert re.search(rf'value="{TITLE}"', desk.page)
    assert "https://geo.example.fr/" in desk.page
    assert not published(mende)


@pytest.mark.parametrize("action", document_actions.__all__)
def test_others_are_refused(action: str, mende: Town, town: Callable[[], Town]) -> None:
    other = town()
    sent = send(mende, PDF, "plan.pdf")
    asked = {"org_id": mende.org_id, "id": sent["id"], "title": TITLE, "agreed": True}
    for user in ("", other.agent, factories.User()["name"]):
        with pytest.raises(tk.NotAuthorized):
            call_as(user, action, **asked)
    if action.endswith("publish"):
        # Another's draft is not published as one's own.
        with pytest.raises(tk.NotAuthorized):
            call_as(other.agent, action, **{**asked, "org_id": other.org_id})
    assert not published(mende)
