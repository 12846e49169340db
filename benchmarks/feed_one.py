"""One commune's feed, against a static file of the same size on the same server.

    python benchmarks/feed_one.py [--rounds NUMBER] [--datasets NUMBER]

CKAN runs under gunicorn as the portal runs it, in a process of its own. The feed, a
file with the very same bytes in a folder that CKAN serves, and the feed asked with its
tag (304) are asked for in turn, on one connection each time, so that what else the
machine does weighs on all alike.

Exit status: 1 when the median of the feed is over LIMIT times that of the file, or when
304 is not cheaper than the feed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1.5
PATIENCE = 600


def start_server(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start gunicorn on CKAN, which serves a folder of files besides."""
    ini = folder / "measured.ini"
    settings = (ROOT / "test.ini").read_text(encoding="utf-8")
    public = folder / "public"
    # Between requests of other pages too, a session is read from where it is kept.
    ini.write_text(
        settings.replace(
            "[app:main]", f"[app:main]\nextra_public_paths = {public}", 1
        ).replace("%(here)s", str(ROOT)),
        encoding="utf-8",
    )
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "ckanext.odlocale.portal.wsgi"),
            *("--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "2"),
            *("--log-level", "error"),
        ],
        env={**os.environ, "CKAN_INI": str(ini)},
        stdout=subprocess.DEVNULL,
    )


def ask(port: int, address: str, tag: str = "") -> tuple[int, bytes, str]:
    """Ask once; return the status, the body and the tag."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"If-None-Match": tag} if tag else {}
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer.headers.get("ETag", "")


def wait_for(port: int) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            ask(port, "/robots.txt")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"no server after {PATIENCE} s")


def measure(port: int, code: str, public: Path, rounds: int) -> dict[str, float]:
    """Ask for each in turn; return the median milliseconds of each."""
    feed = f"/catalogue/{code}.ttl"
    status, body, tag = ask(port, feed)
    assert status == 200, body[:200]
    (public / "fichier.ttl").write_bytes(body)
    assert ask(port, "/fichier.ttl")[:2] == (200, body)
    asked = {
        "file": ("/fichier.ttl", "", 200),
        "feed": (feed, "", 200),
        "304": (feed, tag, 304),
    }
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, (address, known, expected) in asked.items():
            started = time.perf_counter()
            status, _body, _tag = ask(port, address, known)
            taken[name].append(time.perf_counter() - started)
            assert status == expected, (name, status)
    print(f"{len(body) / 1024:.0f} kB each, {rounds} rounds")
    return {name: statistics.median(times) * 1000 for name, times in taken.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Publish, serve, measure, judge."""
    parser = argparse.ArgumentParser(description="One commune's feed.")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--datasets", type=int, default=20)
    options = parser.parse_args(arguments)
    # Before CKAN, whose own folder of tests comes first once it is loaded.
    sys.path.insert(0, str(ROOT))
    from tests import portal_rows

    # isort: split
    from benchmarks import feed_rows
    from benchmarks.territory_apply import start_portal, stop_portal
    from ckanext.odlocale.portal.home import free_port

    start_portal()
    try:
        territory = portal_rows.write_territory(("62",), limit=20)
        feed_rows.draw_contours()
        code, owner = next(
            (code, org)
            for code, org in territory.orgs.items()
            if org == territory.communes[0]
        )
        feed_rows.write_budgets([owner], options.datasets)
        feed_rows.write_fragments()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "public").mkdir()
            port = free_port(set())
            server = start_server(folder, port)
            try:
                wait_for(port)
                found = measure(port, code, folder / "public", options.rounds)
            finally:
                server.kill()
                server.wait()
    finally:
        stop_portal()
    ratio = found["feed"] / found["file"]
    print(
        f"median: file {found['file']:.2f} ms, feed of {options.datasets} datasets"
        f" {found['feed']:.2f} ms, 304 {found['304']:.2f} ms"
    )
    print(f"the feed takes {ratio:.2f} times the file's time (at most {LIMIT})")
    return 0 if ratio <= LIMIT and found["304"] < found["feed"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
