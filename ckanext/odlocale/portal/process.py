"""Start, recognise and stop the portal's processes.

A process is recognised by its number *and* its start time, so that a number
taken over by a stranger after a crash is never mistaken for ours, nor killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from ckanext.odlocale.portal.home import Home

#: How long a process may take to end in order before it is killed.
ORDERLY_END_SECONDS = 10.0


class NotReady(Exception):
    """A server did not answer in time, or ended by itself.

    :param name: the server
    :param log: the file that says why
    :param tail: last lines of that file
    """

    def __init__(self, name: str, log: Path, tail: str) -> None:
        super().__init__(f"{name}: {log}\n{tail}")
        self.name, self.log, self.tail = name, log, tail


@dataclass(frozen=True)
class Account:
    """The system account that a process runs under."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """One process of the portal: how to start it, how to know it answers.

    :param answers: returns whether the server answers; may raise ``OSError``
    :param stop_signal: the signal of an orderly end
    """

    name: str
    argv: Sequence[str]
    answers: Callable[[], bool]
    environ: Mapping[str, str]
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM


def find(home: Home, name: str) -> psutil.Process | None:
    """The running process of that name, or nothing."""
    try:
        noted = json.loads(home.pid_file(name).read_text("utf-8"))
        process = psutil.Process(int(noted["pid"]))
        same = abs(process.create_time() - float(noted["started"])) < 1
        alive = process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None
    return process if same and alive else None


def start(home: Home, program: Program) -> psutil.Process:
    """Start a program detached from this terminal, its output in its log."""
    log, account = home.log(program.name), program.account
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(program.argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/" if account else home.root,
            env={**os.environ, **program.environ},
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    process = psutil.Process(child.pid)
    noted = {"pid": child.pid, "started": process.create_time()}
    home.pid_file(program.name).write_text(json.dumps(noted), "utf-8")
    return process


def wait_until_ready(
    home: Home, program: Program, process: psutil.Process, seconds: float
) -> None:
    """Return once the program answers.

    :raises NotReady: when it ended, or did not answer within ``seconds``
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if program.answers():
                return
        if not is_alive(process):
            break
        time.sleep(0.1)
    log = home.log(program.name)
    raise NotReady(program.name, log, tail(log))


def is_alive(process: psutil.Process) -> bool:
    """Whether the process still runs; a dead child of ours counts as ended."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def stop(home: Home, program_name: str, stop_signal: signal.Signals) -> bool:
    """End a process and its children in order; insist if it is deaf.

    :returns: whether there was one to end
    """
    process = find(home, program_name)
    if process is None:
        home.pid_file(program_name).unlink(missing_ok=True)
        return False
    family = [process, *process.children(recursive=True)]
    with contextlib.suppress(psutil.Error):
        process.send_signal(stop_signal)
    _, alive = psutil.wait_procs(family, timeout=ORDERLY_END_SECONDS)
    for member in alive:
        with contextlib.suppress(psutil.Error):
            member.kill()
    psutil.wait_procs(alive, timeout=5)
    home.pid_file(program_name).unlink(missing_ok=True)
    return True


def tail(log: Path, lines: int = 15) -> str:
    """Last lines of a log, for an error message."""
    try:
        text = log.read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
