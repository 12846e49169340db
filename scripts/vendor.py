"""Bring in the libraries that draw in the reader's browser, from their npm packages.

    python scripts/vendor.py            # writes ckanext/odlocale/assets/vendor/
    python scripts/vendor.py --check    # is what ships up to date?

They ship with the package: a page fetches nothing from anybody else. A package whose
bytes are not those of its integrity is refused; the same pins always give the same
files. To take a later version, change it here with the integrity that
``npm view <name>@<version> dist.integrity`` gives. Needs ``npm``. Exit status: 0, 1
when ``--check`` finds a difference, 2 when a package cannot be had.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "ckanext/odlocale/assets/vendor"


@dataclass(frozen=True)
class Package:
    """One package of npm.

    :ivar integrity: of its archive, as npm writes it
    :ivar files: what ships of it: the path in the package, the name here
    """

    name: str
    version: str
    integrity: str
    files: Mapping[str, str]


PACKAGES = (
    Package(
        "chart.js",
        "4.6.1",
        "sha512-hJyniucsFmq//EvXYvJ6c6mahPoI3kaxdjVH8awTaJ/fDNWeSqqqArixMJWkWNN6fcYvPU3H"
        "neSANFNYtRi61g==",
        {"dist/chart.umd.min.js": "chart.js", "LICENSE.md": "chart.LICENSE.txt"},
    ),
    Package(
        "leaflet",
        "1.9.4",
        "sha512-nxS1ynzJOmOlHp+iL3FyWqK89GtNL8U8rvlMOsQdTTssxZwCXh8N2NB3GDQOL+YR3XnWyZAx"
        "wQixURb+FA74PA==",
        {
            "dist/leaflet.js": "leaflet.js",
            "dist/leaflet.css": "leaflet.css",
            "LICENSE": "leaflet.LICENSE.txt",
        },
    ),
)


def fetch(package: Package) -> bytes:
    """Return a package's archive.

    :raises ValueError: it is not the one that was pinned
    :raises subprocess.CalledProcessError: npm does not have it
    """
    wanted = f"{package.name}@{package.version}"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", wanted, "--silent", "--pack-destination", folder],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = Path(folder).iterdir()
        content = archive.read_bytes()
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise ValueError(f"{wanted} is not what was pinned: sha512-{digest}")
    return content


def unpack(package: Package, archive: bytes) -> dict[str, bytes]:
    """Return what ships of a package, by name."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for source, name in package.files.items():
            member = opened.extractfile(f"package/{source}")
            if member is None:
                raise ValueError(f"{package.name} has no file {source}")
            found[name] = _without_map(member.read())
    return found


def _without_map(content: bytes) -> bytes:
    """Leave out the line that names a source map, which does not ship."""
    lines = content.decode().replace("\r\n", "\n").rstrip().split("\n")
    kept = [one for one in lines if not one.startswith("//# sourceMappingURL=")]
    return ("\n".join(kept) + "\n").encode()


def main() -> int:
    """Write the files, or compare them with those that ship."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    files: dict[str, bytes] = {}
    try:
        for package in PACKAGES:
            files |= unpack(package, fetch(package))
    except (OSError, ValueError, KeyError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    if check:
        there = {one.name: one.read_bytes() for one in TARGET.iterdir()}
        wrong = sorted(
            name
            for name in files.keys() | there.keys()
            if files.get(name) != there.get(name)
        )
        print("\n".join(f"{name} is out of date" for name in wrong), end="")
        return 1 if wrong else 0
    TARGET.mkdir(exist_ok=True)
    for name, content in files.items():
        (TARGET / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
