"""Environments of their own for udata (data.gouv.fr), Validata and DCAT-AP's shapes.

They and CKAN ask for different versions of the same libraries. Each is installed
once, at the versions of ``requirements/<name>.txt``, in the user's cache
(``ODLOCALE_CACHE``), about 470 MB for udata, 180 MB for Validata and 15 MB for the
shapes; a change of that
file makes another environment.

    python -m tests.contracts.environment [NAME]

prints the path of its Python.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from ckanext.odlocale.portal.home import cache_folder

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
#: The Pythons that each runs on: udata 17.18 on no older one, and Validata 0.12 pins
#: libraries that have no wheel for the newest.
PYTHONS = {"udata": ">=3.11", "validata": ">=3.11,<3.13", "shacl": ">=3.11"}


class NoEnvironment(Exception):
    """Something could not be installed; the message says what to do."""


def ensure_environment(name: str = "udata") -> Path:
    """Install one of them, unless it is there already.

    :param name: ``udata``, ``validata`` or ``shacl``
    :returns: the path of the environment's Python.
    :raises NoEnvironment: a tool, a Python or the network is missing.
    """
    requirements = REQUIREMENTS / f"{name}.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = cache_folder() / f"{name}-{digest}"
    python = folder / "bin" / "python"
    # Written last: an installation that was stopped is made anew.
    complete = folder / "complete"
    if complete.is_file() and python.is_file():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    uv = find_uv()
    run(
        [uv, "venv", "--quiet", "--python", find_python(name), str(folder)],
        f"{name} asks for Python {PYTHONS[name]}: install one, put it in the path",
    )
    run(
        [
            *(uv, "pip", "sync", "--quiet", "--require-hashes"),
            *("--python", str(python), str(requirements)),
        ],
        "check the network or the proxy, then try again: the cache keeps what came",
    )
    complete.touch()
    return python


def find_uv() -> str:
    """The installer: the user's, or the one that ``make install`` keeps.

    :raises NoEnvironment: there is none.
    """
    kept = cache_folder() / "uv" / "bin" / "uv"
    found = shutil.which("uv") or (str(kept) if kept.is_file() else None)
    if found is None:
        raise NoEnvironment("uv is missing: run `make install` first")
    return found


def find_python(name: str) -> str:
    """This Python where the software runs on it, else what uv finds in the path."""
    newest = (3, 13) if "<" in PYTHONS[name] else (4, 0)
    suits = (3, 11) <= sys.version_info[:2] < newest
    return sys.executable if suits else PYTHONS[name]


def run(command: list[str], remedy: str) -> None:
    """Run a command of the installation.

    :raises NoEnvironment: it failed; the message ends with the remedy.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip()
        raise NoEnvironment(f"{command[0]} failed: {said}\n{remedy}")


if __name__ == "__main__":
    try:
        print(ensure_environment(*sys.argv[1:2]))
    except NoEnvironment as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
