"""A file sent by the real curl to a real server: from the command to the feed.

What the documentation shows is run as it is written, but for the address of the portal
and the year, so that a portal that was walked in before is no hindrance.
"""

from __future__ import annotations

import datetime
import json
import os
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.documentation import Command, commands
from tests.running import ROOT, SITE_URL, Api, Portal, start_portal

CRACH = "56046"
BUDGET = ROOT / "tests" / "data" / "journeys" / "budget-principal.csv"
LINES = [one for one in commands() if one.line.startswith("curl ")]


@pytest.fixture(scope="module")
def portal() -> Portal:
    return start_portal()


@pytest.fixture(scope="module")
def token(portal: Portal) -> str:
    """A token of Crach on its budgets, as the page makes them."""
    api = Api(portal, "push")
    owner = api.post("odlocale_collectivity_show", json={"code": CRACH})
    until = datetime.date.today() + datetime.timedelta(days=30)
    made = api.post(
        "odlocale_token_create",
        data={
            "org_id": owner["org_id"],
            "name": "Logiciel de comptabilité",
            "schemas": "budget",
            "verbs": "publish withdraw",
            "until": until.isoformat(),
        },
        files={"document": ("mandat.pdf", b"%PDF-1.4\n% signed\n")},
    )
    return str(made["secret"])


# An iterator that ends: once a portal that is kept has them all, a test fails.
_YEARS = iter(range(1970, 2010))


@pytest.fixture
def year(portal: Portal) -> str:
    """A year that nothing was ever published of on this portal."""
    address = portal.url(f"/donnees/{CRACH}/budget/%s-budget-primitif-00010.csv")
    return next(
        str(one)
        for one in _YEARS
        if requests.get(address % one, timeout=60).status_code == 404
    )


@pytest.fixture
def folder(tmp_path: Path, year: str) -> Path:
    """A folder with a budget of Crach in it."""
    text = BUDGET.read_text("utf-8").replace(",2022,", f",{year},")
    (tmp_path / "budget.csv").write_text(text, "utf-8")
    return tmp_path


class Curl:
    """The real program; each call says the status and the JSON that came back."""

    def __init__(self, portal: Portal, folder: Path, token: str) -> None:
        self.portal, self.folder, self.token = portal, folder, token
        (folder / ".curlrc").write_text(
            'silent\nshow-error\nmax-time = 120\noutput = "answer"\n'
            'write-out = "%{http_code}"\n'
        )

    def run(self, line: str) -> tuple[int, dict[str, object]]:
        environ = {**os.environ, "CURL_HOME": str(self.folder), "CODE": self.token}
        environ |= {"NO_PROXY": "*", "no_proxy": "*"}
        done = subprocess.run(
            ["sh", "-c", line], cwd=self.folder, env=environ, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stderr)
        answer = self.folder / "answer"
        return int(done.stdout), json.loads(answer.read_text("utf-8"))

    def send(
        self, what: str, path: str, *options: str
    ) -> tuple[int, dict[str, object]]:
        header = '-H "Authorization: Bearer $CODE"'
        return self.run(
            f"curl {' '.join(options)} {header} {what} {self.portal.url(path)}"
        )


@pytest.fixture
def curl(portal: Portal, folder: Path, token: str) -> Curl:
    return Curl(portal, folder, token)


def path_of(year: str) -> str:
    return f"/api/odlocale/v1/depots/{CRACH}/budget/{year}-budget-primitif-00010"


def expected_status(command: Command) -> int:
    return int(command.output.split()[1])


def test_the_lines_of_the_documentation_do_what_it_says(
    curl: Curl, portal: Portal, year: str
) -> None:
    assert len(LINES) == 5
    for one in LINES:
        line = one.line.replace(SITE_URL, portal.address)
        line = line.replace("/2022-", f"/{year}-")
        status, answer = curl.run(line)
        assert status == expected_status(one), (one, answer)


def test_a_file_pushed_is_on_the_commune_s_page_and_in_its_feed(
    curl: Curl, portal: Portal, year: str
) -> None:
    status, done = curl.send("-T budget.csv", path_of(year))
    assert status == 201, done
    deposit = done["deposit"]
    assert isinstance(deposit, dict)
    address = str(deposit["address"]).removeprefix(SITE_URL)
    shown = requests.get(portal.url(address), timeout=60)
    assert f"budget primitif,{year}" in shown.content.decode("utf-8")
    feed = requests.get(portal.url(f"/catalogue/{CRACH}.ttl"), timeout=60)
    assert address in feed.content.decode("utf-8")
    whole = requests.get(portal.url("/donnees/toutes/budget.csv"), timeout=60)
    assert any(
        f",{CRACH}," in line and f"budget primitif,{year}," in line
        for line in whole.content.decode("utf-8").splitlines()
    )
    page = requests.get(portal.url(f"/commune/{CRACH}"), timeout=60)
    assert "Budget" in page.text
    dataset = requests.get(portal.url("/dataset/budget-crach-56046"), timeout=60)
    assert year in dataset.text


def test_whichever_way_curl_sends_it(curl: Curl, year: str) -> None:
    status, done = curl.run(
        'cat budget.csv | curl -T - -H "Authorization: Bearer $CODE"'
        f" {curl.portal.url(path_of(year))}"
    )
    assert status == 201, done
    for options in (
        "-X PUT --data-binary @budget.csv",
        "-X PUT -H 'Content-Type: text/csv' --data-binary @budget.csv",
        "-X PUT -H 'Expect: 100-continue' --data-binary @budget.csv",
    ):
        status, done = curl.send(options, path_of(year))
        assert (status, done.get("result")) == (200, "unchanged"), (options, done)
    status, done = curl.send("-X PUT -F file=@budget.csv", path_of(year))
    assert status == 415, done


def test_a_refusal_is_read_whatever_the_size_of_the_file(
    curl: Curl, folder: Path, year: str
) -> None:
    with (folder / "big.csv").open("wb") as file:
        file.truncate(60 * 1024 * 1024)
    curl.token = "odl_aaaaaaaa_" + "A" * 43
    status, done = curl.send("-T big.csv", path_of(year))
    assert status == 401, done


def test_two_gigabytes_are_refused_at_once(curl: Curl, folder: Path, year: str) -> None:
    with (folder / "huge.csv").open("wb") as file:
        file.truncate(2 * 1024**3)
    status, done = curl.send("-T huge.csv", path_of(year))
    assert status == 413, done


def test_chunks_without_end_are_refused_at_the_limit(curl: Curl, year: str) -> None:
    status, done = curl.run(
        'cat /dev/zero | curl -T - -H "Authorization: Bearer $CODE"'
        f" {curl.portal.url(path_of(year))}"
    )
    assert status == 413, done


def speak(portal: Portal, request: bytes) -> bytes:
    """Send bytes to the server as they are, close, and return its answer."""
    asked = urlsplit(portal.address)
    with socket.create_connection((asked.hostname, asked.port), timeout=60) as link:
        link.sendall(request)
        link.shutdown(socket.SHUT_WR)
        answer = b""
        while part := link.recv(65536):
            answer += part
    return answer


def head(token: str, year: str, *headers: str) -> bytes:
    lines = [f"PUT {path_of(year)} HTTP/1.1", "Host: localhost", "Connection: close",
             f"Authorization: Bearer {token}", *headers]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


CUTS = {
    "before the end": (("Content-Length: 900000",), b"BGT_NATDEC,BGT_ANNEE\n" * 99),
    "within a chunk": (("Transfer-Encoding: chunked",), b"ff\r\nBGT_NATDEC"),
    "no last chunk": (("Transfer-Encoding: chunked",), b"3\r\nabc\r\n"),
    "a false chunk": (("Transfer-Encoding: chunked",), b"zz\r\nabc\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize(("headers", "body"), CUTS.values(), ids=CUTS)
def test_a_connection_that_is_cut_leaves_nothing(
    headers: tuple[str, ...], body: bytes, curl: Curl, token: str, year: str
) -> None:
    answer = speak(curl.portal, head(token, year, *headers) + body)
    assert b" 500 " not in answer[:40]
    status, _ = curl.send("", path_of(year))
    assert status == 404
    incoming = list((curl.portal.home.root).rglob(".incoming/*"))
    assert incoming == []


@pytest.mark.parametrize(
    "headers",
    [(), ("Content-Length: -5",), ("Content-Length: 1e3",),
     ("Content-Length: 5", "Content-Length: 6"),
     ("Content-Length: 5", "Transfer-Encoding: chunked")],
)  # fmt: skip
def test_a_length_that_is_none_is_refused(
    headers: tuple[str, ...], curl: Curl, token: str, year: str
) -> None:
    answer = speak(curl.portal, head(token, year, *headers) + b"abcde")
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 411", b"HTTP/1.0 400"), answer
    status, _ = curl.send("", path_of(year))
    assert status == 404


def test_the_header_of_two_gigabytes_is_answered_before_a_byte_is_sent(
    portal: Portal, token: str, year: str
) -> None:
    asked = urlsplit(portal.address)
    with socket.create_connection((asked.hostname, asked.port), timeout=20) as link:
        link.sendall(head(token, year, f"Content-Length: {2 * 1024**3}"))
        assert b" 413 " in link.recv(4096)[:40]
