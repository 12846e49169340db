"""The production files agree with each other and with the trial portal."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckanext.odlocale.portal.configuration import portal_settings

DOCKER = Path(__file__).resolve().parent.parent / "docker"
# What the trial portal, on plain HTTP, does without.
PRODUCTION_ONLY = {
    "ckanext.odlocale.max_deposit_bytes",
    "ckanext.odlocale.trusted_proxies",
    "use",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yml").read_text("utf-8"))
    return loaded


def asked_variables() -> set[str]:
    """Variables that compose.yml reads from docker/.env."""
    text = (DOCKER / "compose.yml").read_text("utf-8")
    return set(re.findall(r"\$\{([A-Z_]+)", text))


def settings_of_production() -> dict[str, str]:
    reader = configparser.RawConfigParser()
    reader.optionxform = str  # type: ignore[assignment,method-assign]
    reader.read(DOCKER / "ckan.ini", encoding="utf-8")
    return {
        key: value
        for key, value in reader["app:main"].items()
        if key not in reader.defaults()
    }


def test_every_variable_is_explained_and_every_explained_one_is_read() -> None:
    lines = (DOCKER / ".env.example").read_text("utf-8").splitlines()
    offered = {line.partition("=")[0] for line in lines if re.match(r"[A-Z_]+=", line)}
    assert offered == asked_variables()


def test_no_secret_has_a_default() -> None:
    text = (DOCKER / "compose.yml").read_text("utf-8")
    for name in (
        "SECRET_KEY",
        "POSTGRES_PASSWORD",
        "DATASTORE_WRITE_PASSWORD",
        "DATASTORE_READ_PASSWORD",
    ):
        assert set(re.findall(rf"\$\{{{name}(:.)", text)) == {":?"}
        assert f"\n{name}=\n" in (DOCKER / ".env.example").read_text("utf-8")


def test_production_has_the_settings_that_the_trial_portal_has() -> None:
    tried = portal_settings(
        site_url="%(CKAN_SITE_URL)s",
        secret="%(CKAN_SECRET_KEY)s",
        sqlalchemy_url="%(CKAN_SQLALCHEMY_URL)s",
        datastore_write_url="%(CKAN_DATASTORE_WRITE_URL)s",
        datastore_read_url="%(CKAN_DATASTORE_READ_URL)s",
        redis_url="%(CKAN_REDIS_URL)s",
        solr_url="%(CKAN_SOLR_URL)s",
        storage_path="%(CKAN_STORAGE_PATH)s",
        atd_name="%(CKAN_ATD_NAME)s",
        contact_email="%(CKAN_CONTACT_EMAIL)s",
    )
    production = settings_of_production()
    # Asked of nobody where accounts are printed on the screen; the default elsewhere.
    assert tried.pop("ckanext.odlocale.second_factor") == "nobody"
    assert set(production) - set(tried) == PRODUCTION_ONLY
    assert {key: production.get(key) for key in tried} == tried


def test_every_variable_of_the_configuration_is_given(
    compose: dict[str, Any],
) -> None:
    read = set(
        re.findall(r"%\((CKAN_\w+)\)s", (DOCKER / "ckan.ini").read_text("utf-8"))
    )
    image = set(
        re.findall(
            r"^ *(?:ENV )?(CKAN_\w+)=", (DOCKER / "Dockerfile").read_text(), re.M
        )
    )
    given = set(compose["services"]["web"]["environment"])
    assert read <= given | image


def test_folders_mounted_from_the_repository_exist(compose: dict[str, Any]) -> None:
    sources = [
        volume.partition(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith(".")
    ]
    assert sources
    for source in sources:
        assert (DOCKER / source).is_dir()


def test_files_copied_into_the_image_exist_and_are_in_its_context() -> None:
    dockerfile = (DOCKER / "Dockerfile").read_text("utf-8")
    kept = {
        line[1:].strip()
        for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", dockerfile, re.M)
    for name in " ".join(copied).split():
        assert (DOCKER.parent / name).exists()
        assert name.rstrip("/") in kept


def test_the_image_runs_without_root_and_says_whether_it_is_well() -> None:
    dockerfile = (DOCKER / "Dockerfile").read_text("utf-8")
    assert re.findall(r"^FROM (\S+)", dockerfile, re.M) == ["debian:bookworm-slim"] * 2
    users = re.findall(r"^USER (\S+)", dockerfile, re.M)
    assert users == ["odlocale"]
    assert "\nHEALTHCHECK " in dockerfile


def test_only_the_local_proxy_reaches_the_web_server(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }
    assert published == {"web": ["127.0.0.1:${PORT:-5000}:5000"]}
    assert compose["networks"]["inside"] == {"internal": True}
