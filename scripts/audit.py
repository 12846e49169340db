"""Ask whether a locked dependency has a known vulnerability.

    python scripts/audit.py                 # what ships and what tests use
    python scripts/audit.py --accept scripts/audit_accepted.txt

Asks OSV (https://osv.dev), which gathers PyPI's, GitHub's and npm's advisories, about
each version of ``requirements/portal.txt`` and of ``scripts/vendor.py``, in one call.
``ODLOCALE_OSV`` names another server of the same API.

Exit status: 0 nothing known; 1 something is, and is listed; 3 the database could not
be asked, so that NOTHING was checked; 2 the lock cannot be read.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SERVER = "https://api.osv.dev"
FOUND, UNREADABLE, NOT_CHECKED = 1, 2, 3


@dataclass(frozen=True)
class Component:
    """One locked dependency.

    :ivar ecosystem: as OSV names it: ``PyPI``, ``npm``
    :ivar hashes: SHA-256 of its archives, where the lock has them
    """

    ecosystem: str
    name: str
    version: str
    hashes: tuple[str, ...] = ()

    @property
    def purl(self) -> str:
        """Its name for every tool: a package URL."""
        return f"pkg:{self.ecosystem.lower()}/{self.name}@{self.version}"


class NotChecked(Exception):
    """The database of vulnerabilities gave no usable answer."""


def locked(text: str) -> Iterator[Component]:
    """Yield the dependencies of a lock of pip's."""
    for block in re.split(r"\n(?=\S)", text):
        found = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", block)
        if found:
            hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
            yield Component("PyPI", found[1].lower(), found[2], hashes)


def vendored() -> Iterator[Component]:
    """Yield the libraries that are served to browsers."""
    sys.path.insert(0, str(ROOT))
    from scripts.vendor import PACKAGES

    for one in PACKAGES:
        yield Component("npm", one.name, one.version)


def components() -> list[Component]:
    """Return all that is locked.

    :raises ValueError: the lock has nothing that can be read
    """
    found = list(locked((ROOT / "requirements" / "portal.txt").read_text("utf-8")))
    if len(found) < 10:
        raise ValueError("requirements/portal.txt")
    return [*found, *vendored()]


def ask(asked: list[Component], server: str) -> dict[Component, list[str]]:
    """Return the advisories about each component that has some.

    :raises NotChecked: no answer, or one that is not about all of them
    """
    queries = [
        {
            "package": {"name": one.name, "ecosystem": one.ecosystem},
            "version": one.version,
        }
        for one in asked
    ]
    request = urllib.request.Request(
        f"{server}/v1/querybatch",
        json.dumps({"queries": queries}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            results: Any = json.load(answer)["results"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotChecked(f"{server}: {error}") from error
    if not isinstance(results, list) or len(results) != len(asked):
        raise NotChecked(f"{server}: an answer of another length")
    return {
        one: [str(known["id"]) for known in result["vulns"]]
        for one, result in zip(asked, results, strict=True)
        if result and result.get("vulns")
    }


def accepted(lines: Iterable[str]) -> set[str]:
    """Return the advisories that somebody judged: ``ID  why it does not concern us``.

    :raises ValueError: one has no reason
    """
    known = set()
    for line in lines:
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.strip().partition(" ")
            if not reason.strip():
                raise ValueError(f"{name} is accepted without a reason")
            known.add(name)
    return known


def main(arguments: list[str] | None = None) -> int:
    """Run the audit; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--accept", type=Path, default=ROOT / "scripts/audit_accepted.txt"
    )
    options = parser.parse_args(arguments)
    try:
        known = accepted(options.accept.read_text("utf-8").splitlines())
        asked = components()
    except (OSError, ValueError) as error:
        print(f"audit: cannot be read: {error}", file=sys.stderr)
        return UNREADABLE
    try:
        found = ask(asked, os.environ.get("ODLOCALE_OSV", SERVER))
    except NotChecked as error:
        print(f"audit: NOTHING WAS CHECKED: {error}", file=sys.stderr)
        return NOT_CHECKED
    left = {
        one: [name for name in names if name not in known]
        for one, names in found.items()
    }
    for one, names in left.items():
        if names:
            print(f"{one.name} {one.version}: {', '.join(names)}")
    count = sum(map(len, left.values()))
    print(f"audit: {len(asked)} components, {count} advisories", file=sys.stderr)
    return FOUND if count else 0


if __name__ == "__main__":
    sys.exit(main())
