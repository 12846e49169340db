"""A pack: a collectivité in a folder or in one ZIP file, whole and verifiable.

``manifest.json`` says what the pack holds, with the SHA-256 and the size of each
part. Nothing is believed before it was compared with it: a part that is missing,
altered, cut short, of another name or larger than announced refuses the whole pack.
See ``docs/dev/handover.md`` for the format.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from ckanext.odlocale.handover import records as told
from ckanext.odlocale.handover.records import KINDS, Kind, Records

FORMAT: Final = "odlocale-handover"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"

# The same pack has the same bytes, whenever it is written.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Entry:
    """A part of a pack, as the manifest announces it."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a pack says of itself.

    :ivar portal: the address of the portal that made it.
    :ivar digest: of the records: what the receiver must find once it is done.
    :ivar about: the rest: names, counts, who was left out. For people only.
    """

    portal: str
    digest: str
    entries: tuple[Entry, ...]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its SHA-256: what a person compares on both sides."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            **self.about,
            "format": FORMAT,
            "version": VERSION,
            "portal": self.portal,
            "digest": self.digest,
            "entries": [vars(one) for one in self.entries],
        }

    def to_bytes(self) -> bytes:
        """Write it, always the same way."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=1, sort_keys=True)
        return text.encode() + b"\n"

    @property
    def files(self) -> dict[str, int]:
        """Sizes of the files, by SHA-256."""
        return {e.sha256: e.size for e in self.entries if e.path.startswith("files/")}


def name_records(kind: Kind) -> str:
    """Return the part that holds the records of a kind."""
    return f"{kind}.jsonl"


def name_file(sha256: str) -> str:
    """Return the part that holds a file."""
    return f"files/{sha256[:2]}/{sha256}"


def write_records(records: Records) -> dict[str, bytes]:
    """Return the parts that hold the records, one line each, sorted."""
    return {
        name_records(kind): "".join(
            told.canonical(one) + "\n" for _, one in sorted(records[kind].items())
        ).encode()
        for kind in KINDS
        if records[kind]
    }


def make_manifest(
    portal: str,
    records: Records,
    sizes: Mapping[str, int],
    about: Mapping[str, Any],
) -> Manifest:
    """Describe a pack.

    :param sizes: bytes of each file, by SHA-256.
    """
    parts = write_records(records)
    entries = [
        Entry(path, hashlib.sha256(data).hexdigest(), len(data))
        for path, data in parts.items()
    ]
    entries += [Entry(name_file(one), one, size) for one, size in sizes.items()]
    entries.sort(key=lambda entry: entry.path)
    return Manifest(portal, told.digest(records), tuple(entries), dict(about))


def write_zip(
    target: BinaryIO, manifest: Manifest, records: Records, files: Mapping[str, Path]
) -> None:
    """Write a pack as one ZIP file.

    :param files: where the files are. Those that are left out travel apart.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = {MANIFEST: manifest.to_bytes(), **write_records(records)}
        for path, data in parts.items():
            archive.writestr(
                zipfile.ZipInfo(path, _ZIP_DATE), data, zipfile.ZIP_DEFLATED
            )
        for sha256, origin in sorted(files.items()):
            archive.write(origin, name_file(sha256))


def write_folder(
    folder: Path, manifest: Manifest, records: Records, files: Mapping[str, Path]
) -> None:
    """Write a pack as a folder, which has its name only once it is whole.

    :param folder: replaced if it is a former pack.
    :raises FileExistsError: there is something else of that name.
    """
    if folder.exists() and not (folder / MANIFEST).is_file() and any(folder.iterdir()):
        raise FileExistsError(str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Only its owner may read it: a pack holds drafts and people's addresses.
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        parts = {MANIFEST: manifest.to_bytes(), **write_records(records)}
        for path, data in parts.items():
            (work / path).write_bytes(data)
        for sha256, origin in files.items():
            destination = work / name_file(sha256)
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin, destination)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
