"""Processes are recognised by number and start time, and end in order."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckanext.odlocale.portal import process
from ckanext.odlocale.portal.home import Home
from ckanext.odlocale.portal.process import NotReady, Program

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(60)",
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "portal")
    made.create()
    yield made
    running = process.find(made, "sleeper")
    if running:
        running.kill()


def program(home: Home, argv: tuple[str, ...] = SLEEP) -> Program:
    log = home.log("sleeper")
    return Program("sleeper", argv, lambda: "up" in log.read_text(), {})


def start(home: Home, argv: tuple[str, ...] = SLEEP) -> None:
    wanted = program(home, argv)
    child = process.start(home, wanted)
    process.wait_until_ready(home, wanted, child, 20)


def test_a_started_process_is_found_then_stopped(home: Home) -> None:
    start(home)
    assert process.find(home, "sleeper")
    assert process.stop(home, "sleeper", signal.SIGTERM)
    assert process.find(home, "sleeper") is None
    assert not process.stop(home, "sleeper", signal.SIGTERM)


def test_a_killed_process_is_not_taken_for_running(home: Home) -> None:
    start(home)
    found = process.find(home, "sleeper")
    assert found
    found.kill()
    found.wait(10)
    assert process.find(home, "sleeper") is None


def test_a_number_taken_over_by_a_stranger_is_never_ours(home: Home) -> None:
    start(home)
    path = home.pid_file("sleeper")
    noted = json.loads(path.read_text())
    path.write_text(json.dumps({**noted, "started": noted["started"] - 3600}))
    assert process.find(home, "sleeper") is None
    path.write_text(json.dumps(noted))


@pytest.mark.parametrize("text", ["", "{}", '{"pid": "x", "started": 1}', "[1]"])
def test_a_damaged_note_means_that_nothing_runs(home: Home, text: str) -> None:
    home.pid_file("sleeper").write_text(text)
    assert process.find(home, "sleeper") is None


def test_a_process_that_ends_at_once_is_reported_with_its_log(home: Home) -> None:
    broken = Program(
        "sleeper", (sys.executable, "-c", "raise SystemExit('no room')"), bool, {}
    )
    child = process.start(home, broken)
    with pytest.raises(NotReady, match="no room"):
        process.wait_until_ready(home, broken, child, 20)


def test_a_process_deaf_to_the_first_signal_is_killed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "ORDERLY_END_SECONDS", 0.3)
    start(home, STUBBORN)
    process.stop(home, "sleeper", signal.SIGTERM)
    assert process.find(home, "sleeper") is None
