"""Start, repair, ask and stop the whole embedded portal."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from ckanext.odlocale.portal import accounts, process, servers, tables_database
from ckanext.odlocale.portal.configuration import portal_settings, render_ini
from ckanext.odlocale.portal.downloads import DownloadFailed, ensure_solr_jars
from ckanext.odlocale.portal.home import (
    INTERNAL_SERVERS,
    Home,
    Memory,
    Options,
    free_port,
    is_listening,
    load_memory,
    save_memory,
    write_private,
)
from ckanext.odlocale.portal.people import authority_of
from ckanext.odlocale.territory.register import Register

#: Free space below which a start would fail half-way, in bytes.
DISK_NEEDED_BYTES = 500_000_000
#: Seconds that a server may take to answer; these machines may be slow.
PATIENCE_SECONDS = {
    "postgresql": 60,
    "valkey": 30,
    "solr": 120,
    "web": 180,
    "worker": 120,
}

#: Called with a phase's name and, once it is over, its seconds.
Progress = Callable[[str, float | None], None]


class CannotStart(Exception):
    """The portal cannot start; ``code`` says why, ``detail`` where.

    Codes: ``port``, ``disk``, ``download``, ``server``, ``prepare``,
    ``departement``, ``commune``, ``busy``.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


@contextmanager
def only_one(home: Home) -> Iterator[None]:
    """Keep two commands from starting the same portal at once.

    :raises CannotStart: ``busy``
    """
    with (home.root / "run" / "verrou").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart("busy", str(home.root)) from error
        yield


def check_before(home: Home, options: Options) -> None:
    """Refuse, before anything starts, what could only fail later.

    :raises CannotStart: ``departement``, ``commune``, ``disk`` or ``port``
    """
    register = Register.load()
    members = register.departement(options.departement)
    if not members or register.head(options.departement) is None:
        raise CannotStart("departement", options.departement)
    if options.commune and options.commune not in {c.insee for c in members}:
        raise CannotStart("commune", options.commune)
    free = shutil.disk_usage(home.root).free
    if free < DISK_NEEDED_BYTES:
        raise CannotStart("disk", str(free // 1_000_000))
    ours = process.find(home, "web") is not None
    if not ours and is_listening(options.port):
        raise CannotStart("port", str(options.port))


def up(home: Home, options: Options, cache: Path, progress: Progress) -> None:
    """Start what does not run, until everything answers.

    What this call started is stopped again if it fails.

    :raises CannotStart: with the reason
    """
    home.create()
    with only_one(home):
        check_before(home, options)
        started: list[str] = []
        try:
            start_all(home, options, cache, progress, started)
        except BaseException:
            for name in reversed(started):
                process.stop(home, name, servers.stop_signal(name))
            raise


def start_all(
    home: Home, options: Options, cache: Path, progress: Progress, started: list[str]
) -> None:
    """Start the servers in order; note in ``started`` those started here."""

    def ensure(make: Callable[[], process.Program], name: str) -> None:
        with timed(progress, name):
            ensure_running(home, make, name, started)

    memory = move_taken_ports(home, load_memory(home))
    with ThreadPoolExecutor(2) as together:
        # Solr is the slowest to come: it is fetched and started beside the others.
        search = together.submit(start_search, home, memory, cache, progress, started)
        start_stores(home, memory, progress, started)
        created = servers.create_database(memory, "ckan")
        tables_database.prepare(
            servers.database_url(memory, "ckan"), *servers.tables_urls(memory, "ckan")
        )
        search.result()
    if write_configuration(home, options, memory):
        stop_ckan(home)
    mark = fingerprint(options)
    if created or read_mark(home) != mark:
        prepare(home, options, progress)
        write_private(home.ready_mark, json.dumps(mark))
    with ThreadPoolExecutor(2) as together:
        programs = (
            together.submit(ensure, lambda: servers.web(home, options), "web"),
            together.submit(ensure, lambda: servers.worker(home, memory), "worker"),
        )
    for program in programs:
        program.result()


def start_search(
    home: Home, memory: Memory, cache: Path, progress: Progress, started: list[str]
) -> None:
    """Fetch Solr unless it is here, and start it.

    :raises CannotStart: ``download`` or ``server``
    """
    with timed(progress, "download"):
        try:
            jars = ensure_solr_jars(cache)
        except (DownloadFailed, OSError) as error:
            raise CannotStart("download", str(error)) from error
    with timed(progress, "solr"):
        ensure_running(
            home, lambda: servers.solr(home, memory, jars, ("ckan",)), "solr", started
        )


def start_stores(
    home: Home,
    memory: Memory,
    progress: Progress,
    started: list[str],
    unsafe: bool = False,
) -> None:
    """Start PostgreSQL and Valkey.

    :param unsafe: give up durability for speed; for tests only
    """
    for name, make in (
        ("postgresql", lambda: servers.postgresql(home, memory, unsafe)),
        ("valkey", lambda: servers.valkey(home, memory)),
    ):
        with timed(progress, name):
            ensure_running(home, make, name, started)


def ensure_running(
    home: Home,
    make: Callable[[], process.Program],
    name: str,
    started: list[str],
) -> bool:
    """Start a program unless it runs and answers; replace one that is stuck.

    :returns: whether it was started now
    :raises CannotStart: ``server``, with the end of its log
    """
    running = process.find(home, name)
    try:
        program = make()
        if running and program.answers():
            return False
        if running:
            process.stop(home, name, program.stop_signal)
        started.append(name)
        child = process.start(home, program)
        process.wait_until_ready(home, program, child, PATIENCE_SECONDS[name])
    except process.NotReady as error:
        raise CannotStart("server", f"{name} ({error.log})\n{error.tail}") from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotStart("server", f"{name}: {error}") from error
    return True


def move_taken_ports(home: Home, memory: Memory) -> Memory:
    """Give another port to an internal server whose own was taken meanwhile."""
    ports = dict(memory.ports)
    for name in INTERNAL_SERVERS:
        if process.find(home, name) is None and is_listening(ports[name]):
            ports[name] = free_port(set(ports.values()))
    moved = Memory(ports, memory.secrets)
    save_memory(home, moved)
    return moved


def write_configuration(home: Home, options: Options, memory: Memory) -> bool:
    """Write ``ckan.ini``.

    :returns: whether it differs from the one in use
    """
    authority = authority_of(Register.load(), options.departement)
    storage = home.data("files")
    (storage / "odlocale").mkdir(parents=True, exist_ok=True)
    write_url, read_url = servers.tables_urls(memory, "ckan")
    text = render_ini(
        portal_settings(
            site_url=options.site_url,
            secret=memory.secrets["session"],
            sqlalchemy_url=servers.database_url(memory, "ckan"),
            datastore_write_url=write_url,
            datastore_read_url=read_url,
            redis_url=servers.redis_url(memory),
            solr_url=servers.solr_url(memory),
            storage_path=str(storage),
            atd_name=authority.full_name,
            contact_email="opendata@essai.example.org",
        )
    )
    before = home.ini.read_text("utf-8") if home.ini.is_file() else ""
    if before != text:
        write_private(home.ini, text)
    return before != text


def prepare(home: Home, options: Options, progress: Progress) -> None:
    """Run the preparation inside CKAN, relaying its progress.

    :raises CannotStart: ``prepare``, with the end of its log
    """
    command = [
        *(sys.executable, "-m", "ckanext.odlocale.portal.prepare"),
        *("--ini", str(home.ini), "--accounts", str(home.accounts)),
        *("--departement", options.departement, "--commune", options.commune),
    ]
    progress("prepare", None)
    log = home.log("prepare")
    with log.open("ab") as errors:
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=home.root
        )
        assert child.stdout is not None
        for line in child.stdout:
            relay(line, progress)
    if child.wait():
        raise CannotStart("prepare", f"{log}\n{process.tail(log)}")


def relay(line: str, progress: Progress) -> None:
    """Report one step of the preparation; other output is only noise."""
    try:
        done = json.loads(line)
        progress(str(done["step"]), float(done["seconds"]))
    except (ValueError, KeyError, TypeError):
        return


@contextmanager
def timed(progress: Progress, name: str) -> Iterator[None]:
    """Report the start and, unless it fails, the length of a phase."""
    progress(name, None)
    start = time.monotonic()
    yield
    progress(name, time.monotonic() - start)


def fingerprint(options: Options) -> dict[str, str]:
    """What the database must have been prepared for."""
    package = Path(str(files("ckanext.odlocale")))
    shipped = hashlib.sha256()
    for folder in ("migration", "territory/data", "i18n", "datagouv"):
        for path in sorted((package / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                shipped.update(path.read_bytes())
    return {
        "ckan": version("ckan"),
        "shipped": shipped.hexdigest(),
        "site_url": options.site_url,
        "departement": options.departement,
        "commune": options.commune,
    }


def read_mark(home: Home) -> object:
    """What the database was last prepared for; nothing when never."""
    try:
        return json.loads(home.ready_mark.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def stop_ckan(home: Home) -> None:
    """Stop the web server and the worker, so that they read a new file."""
    for name in ("worker", "web"):
        process.stop(home, name, servers.stop_signal(name))


def down(home: Home) -> list[str]:
    """Stop everything that runs: CKAN first, then what it stands on.

    :returns: names of the programs that were running
    """

    def stop(name: str) -> bool:
        return process.stop(home, name, servers.stop_signal(name))

    stopped: list[str] = []
    for names in (("worker", "web"), ("solr", "valkey", "postgresql")):
        with ThreadPoolExecutor(len(names)) as together:
            done = together.map(stop, names)
            stopped += [name for name, ran in zip(names, done, strict=True) if ran]
    return stopped


def health(home: Home, options: Options) -> dict[str, dict[str, object]]:
    """State of each part: whether it runs, whether it answers, its port."""
    memory = load_memory(home)
    answers = {
        "postgresql": lambda: servers.postgresql_answers(memory),
        "valkey": lambda: servers.valkey_answers(memory),
        "solr": lambda: servers.solr_answers(memory),
        "web": lambda: servers.http_answers(
            f"{options.local_url}/api/3/action/status_show"
        ),
        "worker": lambda: servers.worker_answers(home, memory),
    }
    ports = {**memory.ports, "web": options.port}
    found: dict[str, dict[str, object]] = {}
    for name in servers.PROGRAM_NAMES:
        running = process.find(home, name)
        found[name] = {
            "healthy": bool(running and answers[name]()),
            "pid": running.pid if running else None,
            "port": ports.get(name),
            "log": str(home.log(name)),
        }
    return found


def reset(home: Home) -> None:
    """Stop everything and erase the portal's data. Downloads stay cached."""
    down(home)
    outside = accounts.OUTSIDE / home.fingerprint()
    if outside.exists():
        shutil.rmtree(outside)
        # PostgreSQL's programs were copied for this portal and others like it.
        if not any(path.is_dir() for path in accounts.OUTSIDE.glob("????????????")):
            shutil.rmtree(accounts.OUTSIDE)
    if home.root.exists():
        shutil.rmtree(home.root)


def is_created(home: Home) -> bool:
    """Whether a portal was ever started in this folder."""
    return os.path.isfile(home.root / "memoire.json")
