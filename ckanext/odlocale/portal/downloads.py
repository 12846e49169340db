"""What the embedded portal fetches once: Solr's libraries.

They come from Maven's central repository, resolved by jgo (pure Python), and
each is compared with the checksum shipped in ``solr/jars.sha256`` before Java
ever reads it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

#: Maven coordinates: Solr 9's test framework starts a whole Solr over HTTP.
SOLR_COORDINATES = "org.apache.solr:solr-test-framework:9.10.1"


class DownloadFailed(Exception):
    """Solr's libraries could not be fetched, or are not those expected."""


def expected_jars() -> dict[str, str]:
    """File name to SHA-256 of each library, as shipped."""
    text = (files("ckanext.odlocale.portal") / "solr" / "jars.sha256").read_text()
    return {name: digest for digest, name in map(str.split, text.splitlines())}


def ensure_solr_jars(cache: Path) -> Path:
    """Folder that holds Solr's libraries, fetched at the first call.

    :param cache: folder of downloads
    :raises DownloadFailed: with the reason in its text
    """
    target = cache / "solr-9.10.1"
    wanted = expected_jars()
    if target.is_dir() and {p.name for p in target.iterdir()} == set(wanted):
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".solr-") as name:
        work = Path(name)
        fetch(work)
        jars = work / "complete"
        jars.mkdir()
        for jar in work.glob("jgo/envs/**/*.jar"):
            shutil.copyfile(jar, jars / jar.name)
        compare(jars, wanted)
        if target.exists():
            shutil.rmtree(target)
        # One step: an interrupted download never looks like a complete one.
        os.replace(jars, target)
    return target


def fetch(work: Path) -> None:
    """Let jgo resolve and download everything below ``work``."""
    command = [
        str(Path(sys.executable).parent / "jgo"),
        "--timeout",
        "60",
        "info",
        "classpath",
        SOLR_COORDINATES,
    ]
    environ = {
        **os.environ,
        "JGO_CACHE_DIR": str(work / "jgo"),
        "M2_REPO": str(work / "m2"),
    }
    try:
        done = subprocess.run(
            command, env=environ, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise DownloadFailed(str(error)) from error
    if done.returncode:
        # jgo ends in a Python trace: its last line is the reason.
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise DownloadFailed(lines[-1].strip() if lines else str(done.returncode))


def compare(jars: Path, wanted: dict[str, str]) -> None:
    """Refuse a missing or altered library.

    :raises DownloadFailed: naming the first file that differs
    """
    for name, digest in wanted.items():
        jar = jars / name
        if not jar.is_file():
            raise DownloadFailed(f"{name} is missing")
        if hashlib.sha256(jar.read_bytes()).hexdigest() != digest:
            raise DownloadFailed(f"{name} is not the expected file")
    for jar in jars.iterdir():
        if jar.name not in wanted:
            jar.unlink()
