"""Where the embedded portal keeps its state, and what it remembers.

One folder (``ODLOCALE_HOME``, by default ``.portal``) holds data, logs and
secrets; a cache (``ODLOCALE_CACHE``) holds what was downloaded and can be
shared by several portals.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Servers whose port nobody types: they get free ones, kept from then on.
INTERNAL_SERVERS = ("postgresql", "valkey", "solr")
#: Secrets made at the first start and never shown.
SECRET_NAMES = ("postgresql", "valkey", "session", "tables_write", "tables_read")


@dataclass(frozen=True)
class Options:
    """What a user may choose, from the environment.

    :param host: address the web server listens on
    :param port: TCP port of the web server
    :param site_url: public address, without a trailing slash
    :param departement: département code whose territory is created
    :param commune: INSEE code of the demonstration agent's commune, or empty
        to let the portal choose
    """

    host: str
    port: int
    site_url: str
    departement: str
    commune: str

    @property
    def local_url(self) -> str:
        """Address at which this machine reaches the web server."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host
        return f"http://{host}:{self.port}"


def read_options(environ: Mapping[str, str]) -> Options:
    """Options from ``ODLOCALE_*`` variables.

    :raises ValueError: when the port is not a port number
    """
    text = environ.get("ODLOCALE_PORT") or "5000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError(text)
    host = environ.get("ODLOCALE_HOST") or "127.0.0.1"
    local = "127.0.0.1" if host == "0.0.0.0" else host
    site_url = environ.get("ODLOCALE_SITE_URL") or f"http://{local}:{text}"
    return Options(
        host=host,
        port=int(text),
        site_url=site_url.rstrip("/"),
        departement=environ.get("ODLOCALE_DEPARTEMENT") or "56",
        commune=environ.get("ODLOCALE_COMMUNE") or "",
    )


@dataclass(frozen=True)
class Home:
    """The folder of one embedded portal."""

    root: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Home:
        """``ODLOCALE_HOME``, or ``.portal`` in the current folder."""
        return cls(Path(environ.get("ODLOCALE_HOME") or ".portal").resolve())

    @property
    def ini(self) -> Path:
        """CKAN's configuration file, written anew at each start."""
        return self.root / "ckan.ini"

    @property
    def accounts(self) -> Path:
        """The generated passwords; readable by their owner only."""
        return self.root / "comptes.json"

    @property
    def ready_mark(self) -> Path:
        """Fingerprint of what the database was last brought up to."""
        return self.root / "pret.json"

    def data(self, name: str) -> Path:
        """Folder of one server's data."""
        return self.root / "data" / name

    def log(self, name: str) -> Path:
        """Log file of one process."""
        return self.root / "logs" / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        """Where the identity of one running process is noted."""
        return self.root / "run" / f"{name}.json"

    def create(self) -> None:
        """Make the folders. Files that hold a secret are private one by one."""
        self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        for folder in ("data", "logs", "run"):
            (self.root / folder).mkdir(exist_ok=True)
        (self.root / "logs").chmod(0o700)
        # Nothing in here belongs in a repository, wherever it was put.
        (self.root / ".gitignore").write_text("*\n", "utf-8")

    def fingerprint(self) -> str:
        """Short name of this home, for what must live outside of it."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:12]


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Folder of downloads: ``ODLOCALE_CACHE``, else the user's cache."""
    if environ.get("ODLOCALE_CACHE"):
        return Path(environ["ODLOCALE_CACHE"]).resolve()
    base = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "odlocale"


@dataclass(frozen=True)
class Memory:
    """What must be the same at each start: ports and secrets."""

    ports: dict[str, int]
    secrets: dict[str, str]


def load_memory(home: Home) -> Memory:
    """Ports and secrets of this home, made and saved at the first call."""
    path = home.root / "memoire.json"
    known: dict[str, dict[str, object]] = {}
    if path.is_file():
        known = json.loads(path.read_text("utf-8"))
    ports = {str(k): int(str(v)) for k, v in known.get("ports", {}).items()}
    kept = {str(k): str(v) for k, v in known.get("secrets", {}).items()}
    for name in INTERNAL_SERVERS:
        if name not in ports:
            ports[name] = free_port(taken=set(ports.values()))
    for name in SECRET_NAMES:
        kept.setdefault(name, secrets.token_hex(24))
    memory = Memory(ports, kept)
    save_memory(home, memory)
    return memory


def save_memory(home: Home, memory: Memory) -> None:
    """Write ports and secrets, readable by their owner only."""
    text = json.dumps({"ports": memory.ports, "secrets": memory.secrets}, indent=1)
    write_private(home.root / "memoire.json", text)


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner can ever read it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(name, path)


def free_port(taken: set[int]) -> int:
    """A TCP port of 127.0.0.1 that nobody listens on.

    :param taken: ports already promised to others
    """
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody answers on that port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
