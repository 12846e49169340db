"""The wheel, as somebody else installs it: light, then with CKAN."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ckanext.odlocale.portal.home import cache_folder

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "tests" / "data" / "journeys" / "budget-principal.csv"

LOAD_PLUGIN = """
import json, sys
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
app = make_app(CKANConfigLoader(sys.argv[1]).get_config())._wsgi_app
import ckan.plugins, ckanext.odlocale, ckantoolkit as tk
from ckan.cli.db import _resolve_alembic_config
import os
answer = app.test_client().get("/")
with app.test_request_context():
    print(json.dumps({
        "file": ckanext.odlocale.__file__,
        "loaded": ckan.plugins.plugin_loaded("odlocale"),
        "home": answer.status_code,
        "french": "Trouver" in answer.get_data(as_text=True),
        "migrations": os.path.isfile(_resolve_alembic_config("odlocale")),
        "default": tk.config["ckanext.odlocale.max_deposit_bytes"],
        "fields": [f["field_name"] for f in
                   tk.h.scheming_get_organization_schema("organization")["fields"]],
    }))
"""


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command outside of the repository, with its output."""
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )


@pytest.fixture(scope="module")
def uv() -> str:
    found = shutil.which("uv") or str(cache_folder() / "uv" / "bin" / "uv")
    assert Path(found).exists(), "make install puts uv in the cache"
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    # From a copy: a build leaves folders behind, and must not see them either.
    source = tmp_path_factory.mktemp("source") / "project"
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__"),
    )
    command = ("-m", "build", "--wheel", "--no-isolation", "--outdir", out, source)
    done = run(sys.executable, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def install(uv: str, target: Path, *what: str | Path) -> Path:
    """Make an environment that holds only what is named; return its ``bin``."""
    assert run(uv, "venv", "--python", sys.executable, target).returncode == 0
    constraints = ROOT / "requirements" / "portal.txt"
    pinned = target / "constraints.txt"
    lines = constraints.read_text().replace("\\\n", "").splitlines()
    pinned.write_text("\n".join(line.split("--hash")[0].strip() for line in lines))
    done = run(
        *(uv, "pip", "install", "--python", target / "bin" / "python"),
        *("--override", ROOT / "requirements" / "overrides.txt"),
        *("--constraint", pinned, *what),
    )
    assert done.returncode == 0, done.stderr
    return target / "bin"


#: What a portal is made of, and checking a file needs nothing of.
HEAVY = {"ckan", "ckantoolkit", "flask", "sqlalchemy", "psycopg2", "rdflib", "lxml"}


@pytest.fixture(scope="module")
def light(uv: str, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment where only the package was asked for."""
    return install(uv, tmp_path_factory.mktemp("light") / "env", wheel)


def test_the_light_wheel_brings_nothing_of_a_portal(uv: str, light: Path) -> None:
    done = run(uv, "pip", "list", "--format", "json", "--python", light / "python")
    names = {one["name"].lower() for one in json.loads(done.stdout)}
    assert "polars" in names
    assert names & HEAVY == set()
    assert not {name for name in names if name.startswith("ckan-")}
    assert len(names) < 20, names


@pytest.mark.parametrize("module", sorted(HEAVY))
def test_the_light_wheel_cannot_import_a_portal(
    module: str, light: Path, tmp_path: Path
) -> None:
    done = run(light / "python", "-c", f"import {module}", cwd=tmp_path)
    assert "ModuleNotFoundError" in done.stderr


def test_the_light_wheel_lists_checks_fixes_and_explains(
    light: Path, tmp_path: Path
) -> None:
    def scdl(*words: str | Path) -> subprocess.CompletedProcess[str]:
        return run(light / "odlocale", "scdl", *words, cwd=tmp_path)

    listed = scdl("list")
    assert listed.returncode == 0, listed.stderr
    assert "subventions" in listed.stdout
    checked = scdl("check", "--format", "json", FILE)
    assert checked.returncode == 1, checked.stderr
    (report,) = json.loads(checked.stdout)
    pages = {group["code"]: group["page"] for group in report["groups"]}
    assert pages["enum.case"] == "controles/enum-case"
    fixed = scdl("fix", FILE, "-o", "corrige.csv")
    assert fixed.returncode in (0, 1), fixed.stderr
    assert "budget primitif" in (tmp_path / "corrige.csv").read_text("utf-8")
    again = scdl("check", "--format", "json", "corrige.csv")
    assert "enum.case" not in again.stdout
    explained = scdl("explain", "enum.case")
    assert explained.returncode == 0, explained.stderr
    assert "Budget Primitif" in explained.stdout
    page = scdl("check", "--format", "html", FILE)
    assert page.stdout.startswith("<!doctype html>")
    template = scdl("template", "prenoms", "-o", "prenoms.xlsx")
    assert template.returncode == 0, template.stderr
    for done in (listed, checked, fixed, again, explained, page, template):
        assert "Traceback" not in done.stderr


def test_the_light_wheel_says_what_a_portal_needs(light: Path, tmp_path: Path) -> None:
    portal = run(light / "odlocale", "up", cwd=tmp_path)
    assert portal.returncode == 2
    assert "ckanext-odlocale[portal]" in portal.stderr


def test_the_wheel_with_ckan_loads_the_plugin_with_all_its_files(
    uv: str, wheel: Path, tmp_path: Path
) -> None:
    programs = install(uv, tmp_path / "full", f"{wheel}[ckan]", "psycopg2-binary")
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = run(
        *(programs / "python", "-c", LOAD_PLUGIN, ROOT / "test.ini"),
        cwd=tmp_path,
        env=environ,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["file"].startswith(str(tmp_path))
    assert seen["loaded"]
    assert seen["home"] == 200
    assert seen["french"]
    assert seen["migrations"]
    assert seen["default"] == 104857600
    assert "siren" in seen["fields"]
