"""Invitations sent by a worker to a mail server that dies, against a bare SMTP loop.

    python benchmarks/invitations.py [--letters NUMBER] [--per-minute RATE]

1,500 invitations, one a commune, leave by ``ckan odlocale people send`` at a set rate,
in a process of its own, to a real SMTP server in another. Half-way the server is killed
and started again; at three quarters the worker is. What was received is then counted.
The peer is ``smtplib`` alone, which sends the very same letters on one connection,
without noting anything: what it would send twice or forget, nobody would know.

Exit status: 1 when somebody is written to twice, or is neither written to nor left for
a person to decide, or when the rate is exceeded.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from email import message_from_bytes
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
DEPARTEMENTS = ("62", "80", "76", "60")
PATIENCE = 600


def serve(port: int, folder: Path) -> None:
    """Take letters until killed; a file each, whole before it is answered."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

    class Keeper:
        number = len(list(folder.iterdir()))

        async def handle_DATA(  # noqa: N802
            self, server: SMTP, session: Session, envelope: Envelope
        ) -> str:
            self.number += 1
            file = folder / f"{self.number:06}-{os.getpid()}.eml"
            partial = file.with_suffix(".part")
            assert isinstance(envelope.content, bytes)
            partial.write_bytes(envelope.content)
            partial.rename(file)
            return "250 OK"

    Controller(Keeper(), hostname="127.0.0.1", port=port).start()
    print("ready", flush=True)
    signal.pause()


def start_server(port: int, folder: Path) -> subprocess.Popen[str]:
    """Start the mail server in a process of its own."""
    command = [sys.executable, __file__, "--serve", str(port), "--folder", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n"
    return server


def start_worker(port: int, per_minute: float) -> subprocess.Popen[bytes]:
    """Start the command that an operator runs."""
    program = Path(sys.executable).parent / "ckan"
    command = [str(program), "-c", str(ROOT / "test.ini"), "odlocale", "people", "send"]
    environ = {
        **os.environ,
        "CKAN_SMTP_SERVER": f"127.0.0.1:{port}",
        "CKAN_SMTP_MAIL_FROM": "mesures@example.org",
    }
    return subprocess.Popen(
        [*command, "--per-minute", str(per_minute)],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def letters_in(folder: Path) -> list[Path]:
    """Return the letters received, whole."""
    return sorted(folder.glob("*.eml"))


def wait_for(folder: Path, number: int, worker: subprocess.Popen[bytes]) -> None:
    """Wait until so many letters are received, or the worker ends."""
    end = time.monotonic() + PATIENCE
    while len(letters_in(folder)) < number and worker.poll() is None:
        if time.monotonic() > end:
            raise SystemExit(f"no {number} letters after {PATIENCE} s")
        time.sleep(0.02)


def prepare(portal_rows: ModuleType, letters: int) -> tuple[set[str], float]:
    """Write a territory and its invitations; return addresses and the seconds."""
    import sqlalchemy as sa
    from ckan import model

    from ckanext.odlocale.people import inviting
    from ckanext.odlocale.people.invitations import Line
    from ckanext.odlocale.territory.tables import Collectivity

    portal_rows.write_territory(DEPARTEMENTS, limit=letters, linked=True)
    query = sa.select(Collectivity.insee).where(Collectivity.insee.is_not(None))
    codes = sorted(str(one) for one in model.Session.scalars(query))[:letters]
    assert len(codes) == letters, f"{len(codes)} communes only"
    lines = [
        Line(number, code, f"mairie-{code.lower()}@example.org", "", "agent")
        for number, code in enumerate(codes, 1)
    ]
    started = time.perf_counter()
    made = inviting.invite_list(inviting.plan_list(lines), None)
    assert made == letters, made
    return {one.email for one in lines}, time.perf_counter() - started


def send_all(
    port: int, folder: Path, letters: int, per_minute: float
) -> tuple[float, float]:
    """Send with the server killed half-way, then the worker; return seconds of sending
    and letters a second before the first fall."""
    server = start_server(port, folder)
    worker = start_worker(port, per_minute)
    wait_for(folder, 1, worker)
    started = time.perf_counter()
    wait_for(folder, letters // 2, worker)
    half = time.perf_counter() - started
    server.kill()
    server.wait()
    print(f"server killed after {len(letters_in(folder))} letters", end="; ")
    print(f"the worker stops: status {worker.wait(60)}")
    server = start_server(port, folder)
    worker = start_worker(port, per_minute)
    wait_for(folder, letters * 3 // 4, worker)
    worker.kill()
    worker.wait()
    print(f"worker killed after {len(letters_in(folder))} letters")
    worker = start_worker(port, per_minute)
    print(f"third run ends: status {worker.wait(PATIENCE)}")
    seconds = time.perf_counter() - started
    server.kill()
    server.wait()
    return seconds, (letters // 2) / half


def send_bare(port: int, source: Path, letters: int) -> float:
    """Send the same letters on one connection; return the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        server = start_server(port, Path(folder))
        contents = [one.read_bytes() for one in letters_in(source)][:letters]
        started = time.perf_counter()
        with smtplib.SMTP("127.0.0.1", port) as connection:
            for content in contents:
                to = message_from_bytes(content)["To"]
                connection.sendmail("mesures@example.org", [to], content)
        seconds = time.perf_counter() - started
        server.kill()
        server.wait()
    return seconds


def judge(folder: Path, wanted: set[str]) -> list[str]:
    """Return what is wrong, once all runs have ended."""
    import sqlalchemy as sa
    from ckan import model

    from ckanext.odlocale.people.tables import Invitation

    received = Counter(
        str(message_from_bytes(one.read_bytes())["To"]).rpartition("<")[2].strip("> ")
        for one in letters_in(folder)
    )
    states = dict(
        model.Session.execute(sa.select(Invitation.email, Invitation.state)).all()
    )
    unsure = {one for one, state in states.items() if state in ("sending", "unknown")}
    twice = [one for one, number in received.items() if number > 1]
    forgotten = wanted - set(received) - unsure
    print(
        f"received: {len(received)} of {len(wanted)}; left for a person: {len(unsure)}"
        f" (of which received: {len(unsure & set(received))})"
    )
    wrong = [f"written to twice: {twice}"] if twice else []
    wrong += [f"forgotten: {sorted(forgotten)[:5]}"] if forgotten else []
    # One letter was on its way at each of the two deaths.
    wrong += [f"left for a person: {len(unsure)}"] if len(unsure) > 2 else []
    waiting = [one for one, state in states.items() if state == "waiting"]
    return wrong + ([f"still waiting: {len(waiting)}"] if waiting else [])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures, judge them."""
    parser = argparse.ArgumentParser(description="Invitations, and a server that dies.")
    parser.add_argument("--letters", type=int, default=1_500)
    parser.add_argument("--per-minute", type=float, default=1_800)
    # What follows is how the benchmark calls itself.
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(options.serve, options.folder)
        return 0
    # Before CKAN, whose own folder of tests comes first once it is loaded.
    sys.path.insert(0, str(ROOT))
    from tests import portal_rows

    # isort: split
    from benchmarks.territory_apply import start_portal, stop_portal
    from ckanext.odlocale.portal.home import free_port

    start_portal()
    folder = Path(tempfile.mkdtemp(prefix="odlocale-letters-"))
    try:
        wanted, seconds = prepare(portal_rows, options.letters)
        print(f"{len(wanted)} invitations planned and written in {seconds:.1f} s")
        port = free_port(set())
        total, pace = send_all(port, folder, options.letters, options.per_minute)
        wrong = judge(folder, wanted)
        bare = send_bare(port, folder, options.letters)
        number = len(letters_in(folder))
    finally:
        stop_portal()
        shutil.rmtree(folder, ignore_errors=True)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    limit = options.per_minute / 60
    print(f"set rate {limit:.1f} letters/s; reached {pace:.1f}; {total:.0f} s in all")
    print(f"bare smtplib, one connection, nothing noted: {number / bare:.0f} letters/s")
    print(f"memory of the largest worker: {memory:.0f} MB, CKAN included")
    # The first letters of a run leave before the pace is known.
    if pace > limit * 1.05:
        wrong.append(f"faster than asked: {pace:.1f} letters/s")
    for one in wrong:
        print(one)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
