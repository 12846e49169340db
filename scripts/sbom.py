"""Write what the portal is made of: a CycloneDX 1.5 bill of materials, as JSON.

    python scripts/sbom.py [OUTPUT]     # by default dist/sbom.cdx.json

Locked Python packages with the hashes of their archives and, where they are installed,
their licences; the libraries served to browsers; Solr's libraries of the trial portal
with their hashes. The same locks give the same file.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.audit import Component, components  # noqa: E402

JARS = ROOT / "ckanext" / "odlocale" / "portal" / "solr" / "jars.sha256"


def describe(one: Component) -> dict[str, Any]:
    """A component as CycloneDX has it."""
    described: dict[str, Any] = {
        "type": "library",
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
    }
    licence = licence_of(one)
    if licence:
        described["licenses"] = [{"license": {"name": licence}}]
    if one.hashes:
        # One of each archive: which was taken depends on the machine.
        described["properties"] = [
            {"name": "odlocale:archive:sha256", "value": digest}
            for digest in one.hashes
        ]
    return described


def licence_of(one: Component) -> str:
    """The licence that an installed package declares, in one line."""
    try:
        found = metadata.metadata(one.name)
    except metadata.PackageNotFoundError:
        return ""
    said = str(found.get("License-Expression") or found.get("License") or "")
    if not said or "\n" in said or len(said) > 100:
        classifiers = found.get_all("Classifier") or []
        ends = [line.rpartition(" :: ")[2] for line in classifiers if "License" in line]
        said = " OR ".join(ends)
    return said


def jars() -> list[dict[str, Any]]:
    """Solr's libraries, which the trial portal fetches."""
    described = []
    for line in JARS.read_text("utf-8").splitlines():
        digest, name = line.split()
        found = re.fullmatch(r"(.+?)-(\d.*)\.jar", name)
        stem, version = (found[1], found[2]) if found else (name, "")
        described.append(
            {
                "type": "library",
                "bom-ref": f"jar:{name}",
                "name": stem,
                "version": version,
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
        )
    return described


def bill() -> dict[str, Any]:
    """The whole bill; see the module."""
    parts = [describe(one) for one in components()] + jars()
    parts.sort(key=lambda one: str(one["bom-ref"]))
    version = re.search(
        r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.M
    )
    assert version
    named = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(parts, sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{named}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "ckanext-odlocale",
                "name": "ckanext-odlocale",
                "version": version[1],
                "licenses": [{"license": {"id": "AGPL-3.0-or-later"}}],
            }
        },
        "components": parts,
    }


def main() -> None:
    """Write the bill."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "sbom.cdx.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    written = bill()
    target.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"{target}: {len(written['components'])} components")


if __name__ == "__main__":
    main()
