"""The real commands refuse to start, in one line, with the real configuration."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from pathlib import Path

import ckantoolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException

from ckanext.odlocale.watching import starting

ROOT = Path(__file__).resolve().parents[3]
#: What to change in the tests' configuration, and what is then said.
WRONG = {
    "order": (
        "ckan.plugins",
        "datastore activity odlocale dcat scheming_datasets scheming_organizations",
        "activity after odlocale",
    ),
    "search": ("solr_url", "http://127.0.0.1:9/solr/ckan", "solr_url"),
    "valkey": ("ckan.redis.url", "redis://:hunter2@127.0.0.1:9/0", "ckan.redis.url"),
    "tables": (
        "ckan.datastore.read_url",
        "postgresql://r:hunter2@127.0.0.1:9/t",
        "ckan.datastore.read_url",
    ),
}
GIVEN = {
    "solr_url": "CKAN_SOLR_URL",
    "ckan.redis.url": "CKAN_REDIS_URL",
    "ckan.datastore.read_url": "CKAN_DATASTORE_READ_URL",
}


def configured(folder: Path, name: str, value: str) -> dict[str, str]:
    """Write the tests' configuration, one setting changed; return its environment."""
    reader = configparser.RawConfigParser()
    reader.optionxform = str  # type: ignore[assignment,method-assign]
    reader.read(ROOT / "test.ini", encoding="utf-8")
    reader["app:main"][name] = value
    with (folder / "ckan.ini").open("w", encoding="utf-8") as file:
        reader.write(file)
    environ = {**os.environ, "CKAN_INI": str(folder / "ckan.ini")}
    environ.setdefault("CKAN_STORAGE_PATH", str(folder / "files"))
    if name in GIVEN:
        environ[GIVEN[name]] = value
    return environ


def run(*command: str, environ: dict[str, str]) -> tuple[int, str]:
    bin_folder = Path(sys.executable).parent
    done = subprocess.run(
        [str(bin_folder / command[0]), *command[1:]],
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("case", ["search", "tables", "valkey"])
def test_a_silent_server_is_named_and_its_password_is_not(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, value, says = WRONG[case]
    starting.require_servers()
    monkeypatch.setitem(tk.config, name, value)
    with pytest.raises(CkanConfigurationException) as refused:
        starting.require_servers()
    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("case", "command"),
    [
        ("order", ("ckan", "jobs", "worker", "--burst")),
        # Of Solr, CKAN writes its own trace before our line.
        ("valkey", ("gunicorn", "ckanext.odlocale.portal.wsgi", "--bind",
                    "127.0.0.1:0", "--no-control-socket")),
    ],
)  # fmt: skip
def test_the_real_commands_stop_at_one_line(
    case: str, command: tuple[str, ...], tmp_path: Path
) -> None:
    name, value, says = WRONG[case]
    environ = configured(tmp_path, name, value)
    status, said = run(*command, environ=environ)
    assert status != 0
    assert says in said
    assert "Traceback" not in said
    assert "hunter2" not in said
