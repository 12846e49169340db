"""An environment of its own for udata, the software of data.gouv.fr.

udata and CKAN ask for different versions of the same libraries. udata is installed
once, at the versions of ``requirements/udata.txt``, in the user's cache
(``ODLOCALE_CACHE``), about 470 MB; a change of that file makes another environment.

    python -m tests.contracts.environment

prints the path of its Python.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from ckanext.odlocale.portal.home import cache_folder

REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "udata.txt"
# udata 17.18 does not run on an older one.
PYTHON = ">=3.11"


class NoEnvironment(Exception):
    """udata could not be installed; the message says what to do."""


def ensure_environment() -> Path:
    """Install udata, unless it is there already.

    :returns: the path of the environment's Python.
    :raises NoEnvironment: a tool, a Python or the network is missing.
    """
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = cache_folder() / f"udata-{digest}"
    python = folder / "bin" / "python"
    # Written last: an installation that was stopped is made anew.
    complete = folder / "complete"
    if complete.is_file() and python.is_file():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    uv = find_uv()
    run(
        [uv, "venv", "--quiet", "--python", find_python(), str(folder)],
        f"udata asks for Python {PYTHON}: install one and put it in the path",
    )
    run(
        [
            *(uv, "pip", "sync", "--quiet", "--require-hashes"),
            *("--python", str(python), str(REQUIREMENTS)),
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


def find_python() -> str:
    """This Python where it is recent enough, else what uv finds in the path."""
    return sys.executable if sys.version_info >= (3, 11) else PYTHON


def run(command: list[str], remedy: str) -> None:
    """Run a command of the installation.

    :raises NoEnvironment: it failed; the message ends with the remedy.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip()
        raise NoEnvironment(f"udata could not be installed: {said}\n{remedy}")


if __name__ == "__main__":
    try:
        print(ensure_environment())
    except NoEnvironment as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
