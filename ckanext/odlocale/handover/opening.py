"""Opening a pack that somebody else wrote.

Nothing is believed before it was compared with the manifest, and no name found in a
pack ever becomes a path: only the names that the format has are opened.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from ckanext.odlocale.base.content_store import CHUNK_BYTES
from ckanext.odlocale.handover import records as told
from ckanext.odlocale.handover import shapes
from ckanext.odlocale.handover.pack import (
    FORMAT,
    MANIFEST,
    VERSION,
    Entry,
    Manifest,
    name_file,
    name_records,
)
from ckanext.odlocale.handover.records import KINDS, Kind, Records

_FILE = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class PackRefused(Exception):
    """A pack is not taken in.

    :ivar code: ``not_a_pack``, ``version``, ``unexpected``, ``missing``,
        ``altered``, ``too_large``, ``unreadable`` or ``record``.
    :ivar detail: which part.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Limits:
    """The largest pack that is read, in bytes; ``entries`` is a number of parts."""

    manifest: int = 64 * 1024**2
    records: int = 1024**3
    file: int = 2 * 1024**3
    total: int = 100 * 1024**3
    entries: int = 200_000


class Source(Protocol):
    """Where the parts of a pack are."""

    def names(self, limit: int) -> Sequence[str]:
        """List all parts, refusing what is none."""

    def open(self, path: str) -> BinaryIO:
        """Open a part."""


@dataclass(frozen=True)
class FolderSource:
    """The parts of a pack in a folder."""

    root: Path

    def names(self, limit: int) -> Sequence[str]:
        """List the files. A link, or anything that is not a file, is refused."""
        found: list[str] = []
        for folder, folders, files in os.walk(self.root):
            for name in (*folders, *files):
                path = Path(folder) / name
                mode = path.lstat().st_mode
                if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                    raise PackRefused("unexpected", str(path.relative_to(self.root)))
            found += [
                (Path(folder) / name).relative_to(self.root).as_posix()
                for name in files
            ]
            if len(found) > limit:
                raise PackRefused("too_large", str(len(found)))
        return found

    def open(self, path: str) -> BinaryIO:
        """Open a part, not following a link put there since."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
        return os.fdopen(os.open(self.root / path, flags), "rb")


@dataclass(frozen=True)
class ZipSource:
    """The parts of a pack in a ZIP file."""

    archive: zipfile.ZipFile

    def names(self, limit: int) -> Sequence[str]:
        """List the parts. Encrypted ones, links and twice the same are refused."""
        parts = self.archive.infolist()
        if len(parts) > limit:
            raise PackRefused("too_large", str(len(parts)))
        seen: set[str] = set()
        for part in parts:
            kind = stat.S_IFMT(part.external_attr >> 16)
            odd = kind not in (0, stat.S_IFREG) or part.flag_bits & 0x1
            if odd or part.orig_filename in seen:
                raise PackRefused("unexpected", part.orig_filename)
            seen.add(part.orig_filename)
        return sorted(seen)

    def open(self, path: str) -> BinaryIO:
        """Open a part."""
        return cast(BinaryIO, self.archive.open(path))  # an IO[bytes], said less


@dataclass(frozen=True)
class Pack:
    """A pack whose manifest and records were verified; its files are as they are
    read."""

    source: Source
    manifest: Manifest
    records: Records
    siren: str
    apart: frozenset[str]

    @property
    def id(self) -> str:
        """The SHA-256 of its manifest: what a person compares on both sides."""
        return self.manifest.id

    def open_file(self, sha256: str) -> BinaryIO:
        """Open a file: its reader fails on the first byte too many, or at the end.

        :raises PackRefused: while it is read, where it is not what was announced.
        """
        entry = Entry(name_file(sha256), sha256, self.manifest.files[sha256])
        return _open_verified(self.source, entry)


#: What a damaged ZIP file, or a damaged disk, may raise anywhere.
_DAMAGE = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
)


def _open_verified(source: Source, entry: Entry) -> io.BufferedReader:
    try:
        stream = source.open(entry.path)
    except _DAMAGE as error:
        raise PackRefused("unreadable", entry.path) from error
    return io.BufferedReader(_Verified(stream, entry))


class _Verified(io.RawIOBase):
    """Reads a part, and refuses it as soon as it is not the one announced."""

    def __init__(self, stream: BinaryIO, entry: Entry) -> None:
        self._stream, self._entry = stream, entry
        self._hash, self._size = hashlib.sha256(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            chunk = self._stream.read(min(len(buffer), CHUNK_BYTES))
        except _DAMAGE as error:
            raise PackRefused("unreadable", self._entry.path) from error
        self._size += len(chunk)
        self._hash.update(chunk)
        short = not chunk and self._size < self._entry.size
        other = not chunk and self._hash.hexdigest() != self._entry.sha256
        if self._size > self._entry.size or short or other:
            raise PackRefused("altered", self._entry.path)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._stream.close()
        super().close()


def open_pack(origin: Path | BinaryIO, limits: Limits | None = None) -> Pack:
    """Open a pack, and verify all of it but the content of its files.

    :param origin: a folder, a ZIP file, or a stream of one.
    :raises PackRefused: it is no pack, or not the one that was made.
    """
    limits = limits or Limits()
    source = _source(origin)
    try:
        names = source.names(limits.entries)
        manifest = _read_manifest(source, names, limits)
        apart = _compare(names, manifest, limits)
        records = _read_records(source, manifest)
        siren = told.check_together(records)
    except told.BadRecord as error:
        raise PackRefused("record", str(error)) from error
    except _DAMAGE as e:
        raise PackRefused("unreadable", str(e)) from e
    if told.digest(records) != manifest.digest:
        raise PackRefused("altered", "digest")
    if told.files_of(records) != set(manifest.files):
        raise PackRefused("missing", "files")
    return Pack(source, manifest, records, siren, apart)


def _source(origin: Path | BinaryIO) -> Source:
    if isinstance(origin, Path) and origin.is_dir():
        return FolderSource(origin)
    try:
        return ZipSource(zipfile.ZipFile(origin))
    except (*_DAMAGE, ValueError) as error:
        raise PackRefused("not_a_pack", str(error)) from error


def _read_manifest(source: Source, names: Sequence[str], limits: Limits) -> Manifest:
    if MANIFEST not in names:
        raise PackRefused("not_a_pack", MANIFEST)
    with source.open(MANIFEST) as stream:
        data = stream.read(limits.manifest + 1)
    if len(data) > limits.manifest:
        raise PackRefused("too_large", MANIFEST)
    try:
        value = told.read_line(data.decode())
    except (UnicodeDecodeError, told.BadRecord) as error:
        raise PackRefused("not_a_pack", MANIFEST) from error
    return read_manifest(value)


def read_manifest(value: dict[str, Any]) -> Manifest:
    """Read a manifest.

    :raises PackRefused: it is none that this portal knows.
    """
    value = dict(value)
    if value.pop("format", None) != FORMAT:
        raise PackRefused("not_a_pack", "format")
    if value.pop("version", None) != VERSION:
        raise PackRefused("version", str(VERSION))
    portal, digest = value.pop("portal", None), value.pop("digest", None)
    entries = value.pop("entries", None)
    if not (isinstance(portal, str) and isinstance(digest, str)):
        raise PackRefused("not_a_pack", "portal")
    if not isinstance(entries, list):
        raise PackRefused("not_a_pack", "entries")
    return Manifest(portal, digest, tuple(map(_read_entry, entries)), value)


def _read_entry(value: Any) -> Entry:
    try:
        entry = Entry(**value)
    except TypeError as error:
        raise PackRefused("not_a_pack", "entries") from error
    size = entry.size
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise PackRefused("not_a_pack", "size")
    if not (isinstance(entry.path, str) and isinstance(entry.sha256, str)):
        raise PackRefused("not_a_pack", "path")
    is_file = _FILE.fullmatch(entry.path)
    is_records = entry.path in {name_records(kind) for kind in KINDS}
    # Only these names are ever opened: no path can climb out of the pack.
    if not is_records and (is_file is None or is_file[2] != entry.sha256):
        raise PackRefused("unexpected", entry.path)
    if not _SHA256.fullmatch(entry.sha256):
        raise PackRefused("not_a_pack", "sha256")
    return entry


def _compare(
    names: Sequence[str], manifest: Manifest, limits: Limits
) -> frozenset[str]:
    announced = {entry.path: entry for entry in manifest.entries}
    if len(announced) != len(manifest.entries):
        raise PackRefused("unexpected", "entries")
    for name in names:
        if name not in announced and name != MANIFEST:
            raise PackRefused("unexpected", name)
    present = set(names)
    for entry in manifest.entries:
        in_files = entry.path.startswith("files/")
        if entry.size > (limits.file if in_files else limits.records):
            raise PackRefused("too_large", entry.path)
        if not in_files and entry.path not in present:
            raise PackRefused("missing", entry.path)
    if sum(entry.size for entry in manifest.entries) > limits.total:
        raise PackRefused("too_large", "total")
    files = {one for one in manifest.files if name_file(one) not in present}
    return frozenset(files)


def _read_records(source: Source, manifest: Manifest) -> Records:
    return told.group(
        (kind, record)
        for kind in KINDS
        for entry in manifest.entries
        if entry.path == name_records(kind)
        for record in _read_part(source, entry, kind)
    )


def _read_part(source: Source, entry: Entry, kind: Kind) -> Iterator[told.Record]:
    with _open_verified(source, entry) as stream:
        data = stream.read()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise told.BadRecord(f"{kind}: not UTF-8") from error
    # Not splitlines(): a text may hold other separators of lines.
    for line in text.split("\n"):
        if line:
            record = told.read_line(line)
            shapes.check(kind, record)
            yield record
