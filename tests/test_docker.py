"""The production files agree with each other and with the trial portal."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckanext.odlocale.portal.configuration import portal_settings

DOCKER = Path(__file__).resolve().parent.parent / "docker"
# What the trial portal, on plain HTTP, does without.
PRODUCTION_ONLY = {
    "ckanext.odlocale.legal_director",
    "ckanext.odlocale.legal_dpo",
    "ckanext.odlocale.legal_host",
    "ckanext.odlocale.legal_publisher",
    "ckanext.odlocale.max_deposit_bytes",
    "ckanext.odlocale.metrics_token",
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
        assert (DOCKER / source).exists()


def test_files_copied_into_the_image_exist_and_are_in_its_context() -> None:
    dockerfile = (DOCKER / "Dockerfile").read_text("utf-8")
    kept = {
        line[1:].strip()
        for line in (DOCKER.parent / ".dockerignore").read_text().splitlines()
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


def test_the_proxy_alone_is_reached_from_outside(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }
    assert published == {
        "proxy": ["${BIND:-0.0.0.0}:80:80", "${BIND:-0.0.0.0}:443:443"]
    }
    assert compose["networks"]["inside"] == {"internal": True}
    stores = ("postgresql", "valkey", "solr")
    assert all(compose["services"][one]["networks"] == ["inside"] for one in stores)
    assert compose["services"]["proxy"]["networks"] == ["outside"]


@pytest.mark.parametrize("name", ["prepare", "web", "worker", "daily"])
def test_our_containers_write_nothing_but_files(
    name: str, compose: dict[str, Any]
) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["files:/var/lib/odlocale"]


def test_each_part_is_also_built_from_packages(compose: dict[str, Any]) -> None:
    built = yaml.safe_load((DOCKER / "compose.build.yml").read_text("utf-8"))
    foreign = {
        name for name, service in compose["services"].items() if "build" not in service
    }
    assert set(built["services"]) == foreign
    for service in built["services"].values():
        dockerfile = (DOCKER.parent / service["build"]["dockerfile"]).read_text("utf-8")
        assert re.findall(r"^FROM (\S+)", dockerfile, re.M) == ["debian:bookworm-slim"]
        for line in re.findall(r"^COPY ([^\n]*(?:\\\n[^\n]*)*)", dockerfile, re.M):
            for copied in line.replace("\\\n", " ").split()[:-1]:
                assert (DOCKER.parent / copied).exists(), copied


def test_each_command_of_the_entrypoint_is_a_shell_that_reads() -> None:
    for script in (DOCKER / "entrypoint.sh", *(DOCKER / "parts").glob("*.sh")):
        assert script.stat().st_mode & 0o100, script
        subprocess.run(["sh", "-n", str(script)], check=True)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_the_units_of_a_plain_debian_are_right(tmp_path: Path) -> None:
    """With programs where they would be: a wrong line of a unit is named."""
    units = sorted((DOCKER / "debian").glob("odlocale-*"))
    assert len(units) == 6
    for unit in units:
        text = unit.read_text("utf-8").replace("/opt/odlocale/bin/", f"{tmp_path}/")
        (tmp_path / unit.name).write_text(text, "utf-8")
    for name in ("ckan", "gunicorn"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\n", "utf-8")
        program.chmod(0o755)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
         *(str(tmp_path / unit.name) for unit in units)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "odlocale-" in line]
    assert (done.returncode, said) == (0, []), done.stderr
