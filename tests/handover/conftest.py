"""A small pack, whole and true, for the tests that spoil it."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from typing import Any

import pytest

from ckanext.odlocale.handover.pack import Manifest, make_manifest, write_folder
from ckanext.odlocale.handover.records import KINDS, Records

CRACH, FORMER = "215600461", "215600537"
ORIGINAL, CANONICAL = b"\xe9t\xe9;1\n", "été,1\n".encode()

_numbers = itertools.count()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def some_records() -> Records:
    """A commune, one former commune, one dataset of one published file."""
    records: Records = {kind: {} for kind in KINDS}
    common = {"kind": "commune", "cog_vintage": 2026}
    records["collectivities"] = {
        CRACH: {
            **common,
            "siren": CRACH,
            "insee": "56046",
            "name": "Crach",
            "status": "active",
        },
        FORMER: {
            **common,
            "siren": FORMER,
            "insee": "56053",
            "name": "Évriguet",
            "status": "merged",
            "successor": CRACH,
        },
    }
    records["organizations"] = {
        CRACH: {
            "siren": CRACH,
            "id": "o1",
            "name": "crach-56046",
            "title": "Crach",
            "description": "",
            "image": "",
            "extras": {"contact_email": "mairie@crach.example.org"},
        }
    }
    records["people"] = {
        "agent@crach.example.org": {
            "email": "agent@crach.example.org",
            "name": "agent-crach",
            "fullname": "Camille Le Goff",
            "capacity": "editor",
            "agreed_at": "2026-11-23T10:00:00+00:00",
        }
    }
    records["datasets"] = {
        "d1": {
            "id": "d1",
            "name": "budget-crach-56046",
            "title": "Budget",
            "type": "dataset",
            "state": "active",
            "metadata_created": "2026-01-01T00:00:00",
            "metadata_modified": "2026-01-02T00:00:00",
            "resources": [{"id": "r1", "url": "{portal}/donnees/56046/budget/k.csv"}],
        }
    }
    records["deposits"] = {
        "p1": {
            "id": "p1",
            "siren": CRACH,
            "state": "published",
            "schema": "budget",
            "key": "k",
            "original_sha256": sha256(ORIGINAL),
            "canonical_sha256": sha256(CANONICAL),
            "version": 1,
            "package_id": "d1",
            "created_at": "2026-01-01T00:00:00+00:00",
            "updated_at": "2026-01-01T00:00:00+00:00",
            "published_at": "2026-01-01T00:00:00+00:00",
        }
    }
    return records


class Written:
    """A pack in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "pack"
        self.files = {}
        for content in (ORIGINAL, CANONICAL):
            path = folder / f"file-{next(_numbers)}"
            path.write_bytes(content)
            self.files[sha256(content)] = path
        self.records = some_records()

    @property
    def manifest(self) -> Manifest:
        sizes = {one: path.stat().st_size for one, path in self.files.items()}
        return make_manifest("https://a.fr", self.records, sizes, {"made_at": "now"})

    def write(self) -> Path:
        write_folder(self.folder, self.manifest, self.records, self.files)
        return self.folder

    def change_manifest(self, change: Any) -> Path:
        """Write the pack, its manifest changed, coherent or not."""
        import json

        path = self.write() / "manifest.json"
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value))
        return self.folder


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)
