"""The whole portal that journeys, contracts and acceptance walk in."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import requests

from ckanext.odlocale.portal.home import Home, free_port, read_options

ROOT = Path(__file__).parent.parent
#: Public address of the portal under test, as a real one would have.
SITE_URL = "https://opendata.example.fr"


@dataclass(frozen=True)
class Portal:
    """A running portal.

    :param address: where this machine reaches it
    :param accounts: name to role, password and organisation
    :param smtp_port: where it sends its letters, on this machine
    """

    address: str
    home: Home
    accounts: dict[str, dict[str, str]]
    smtp_port: int

    def url(self, path: str) -> str:
        """Address of one page."""
        return self.address + path

    def run_ckan(self, *arguments: str) -> str:
        """Standard output of a ``ckan`` command on this portal."""
        program = Path(sys.executable).parent / "ckan"
        done = subprocess.run(
            [str(program), "-c", str(self.home.ini), *arguments],
            env={**os.environ, **letters_to(self.smtp_port)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@cache
def start_portal() -> Portal:
    """The portal of the tests' home, started as ``make portal`` does."""
    return start(home_of_tests(), SITE_URL)


def home_of_tests() -> Path:
    """The folder of the portal that the tests start.

    Each process of pytest-xdist has a portal of its own: the second one's is beside
    the first one's, with ``-2`` at the end of its name.
    """
    first = Path(os.environ.get("ODLOCALE_TEST_HOME") or ROOT / ".portal-test")
    worker = int((os.environ.get("PYTEST_XDIST_WORKER") or "gw0").removeprefix("gw"))
    home = first.resolve()
    return home.with_name(f"{home.name}-{worker + 1}") if worker else home


def start(folder: Path, site_url: str, **settings: str) -> Portal:
    """Start a portal in a folder of its own, on ports that it keeps.

    :param site_url: its public address, which need not exist
    :param settings: more environment variables of ``odlocale up``
    """
    home = Home(folder)
    home.create()
    web = _port(home, "port-web", set())
    smtp = _port(home, "port-smtp", {web})
    environ = {
        **os.environ,
        **letters_to(smtp),
        "ODLOCALE_HOME": str(home.root),
        "ODLOCALE_PORT": str(web),
        "ODLOCALE_SITE_URL": site_url,
        **settings,
    }
    command = [str(Path(sys.executable).parent / "odlocale"), "up"]
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Portal(
        read_options(environ).local_url,
        home,
        json.loads(home.accounts.read_text("utf-8")),
        smtp,
    )


def letters_to(smtp_port: int) -> dict[str, str]:
    """Environment of a process that sends its letters to a port of this machine."""
    return {
        "CKAN_SMTP_SERVER": f"127.0.0.1:{smtp_port}",
        "CKAN_SMTP_MAIL_FROM": "portail@opendata.example.fr",
    }


def _port(home: Home, name: str, taken: set[int]) -> int:
    """A port that this home keeps from one run to the next."""
    file = home.root / name
    if not file.is_file():
        file.write_text(str(free_port(taken)))
    return int(file.read_text())


class Api:
    """Calls with an administrator's token, as business software makes them.

    :param name: who calls, as the token is named
    """

    def __init__(self, portal: Portal, name: str) -> None:
        self.portal = portal
        unique = f"{name}-{secrets.token_hex(4)}"
        printed = portal.run_ckan("user", "token", "add", "admin", unique, "-q")
        self.token = printed.split()[-1]

    def post(self, action: str, status: int = 200, **options: Any) -> dict[str, Any]:
        """Result (or error) of an action; its status must be the expected one."""
        answer = requests.post(
            self.portal.url(f"/api/3/action/{action}"),
            headers={"Authorization": self.token},
            timeout=300,
            **options,
        )
        body = answer.json()
        assert answer.status_code == status, json.dumps(body, ensure_ascii=False)
        found: dict[str, Any] = body["result" if status == 200 else "error"]
        return found

    def get(self, path: str) -> requests.Response:
        """A public page, as anybody reads it."""
        return requests.get(self.portal.url(path), timeout=60)
