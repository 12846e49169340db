"""A folder of files named by what they contain.

Each file's name is the SHA-256 of its bytes, so a name never changes meaning:
the same content is stored once, a stored file is never rewritten, and a reader
never sees half of one. It knows nothing of CKAN; ``storage.py`` joins it to the
storage that the configuration names.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

INCOMING = ".incoming"
CHUNK_BYTES = 1024 * 1024
STALE_SECONDS = 24 * 3600

_SHA256 = re.compile(r"[0-9a-f]{64}")
# EDQUOT does not exist on every system.
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class StorageError(Exception):
    """A file could not be stored, found or served."""


class StorageFull(StorageError):
    """The disk, or the account's quota, has no room left."""


class ContentTooLarge(StorageError):
    """The content is larger than the caller accepts."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"content larger than {max_bytes} bytes")
        self.max_bytes = max_bytes


class ContentMissing(StorageError):
    """No file has this SHA-256."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"no stored file {sha256}")
        self.sha256 = sha256


@dataclass(frozen=True)
class StoredFile:
    """What is known of a stored file: its SHA-256 (64 hexadecimal digits, also
    its name) and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class ContentStore:
    """The files under one folder.

    >>> import tempfile
    >>> store = ContentStore(Path(tempfile.mkdtemp()))
    >>> stored = store.put(b"bonjour")
    >>> store.open_path(stored.sha256).read_bytes()
    b'bonjour'
    """

    root: Path

    def put(self, data: BinaryIO | bytes, max_bytes: int | None = None) -> StoredFile:
        """Store a content, once.

        The bytes are hashed while they are copied, by pieces of 1 MB, to a file
        that nobody reads; it takes its name only when it is whole and on disk.

        :param data: the bytes, or a binary stream read from where it stands.
        :param max_bytes: refuse a longer content.
        :returns: the SHA-256 and the size in bytes.
        :raises ContentTooLarge: beyond ``max_bytes``.
        :raises StorageFull: the disk or the quota is full.
        :raises StorageError: the folder cannot be written.
        Whatever is raised, nothing is left behind.
        """
        stream = BytesIO(data) if isinstance(data, bytes) else data
        with self._incoming() as (descriptor, path):
            digest = hashlib.sha256()
            size = 0
            while chunk := stream.read(CHUNK_BYTES):
                size += len(chunk)
                if max_bytes is not None and size > max_bytes:
                    raise ContentTooLarge(max_bytes)
                digest.update(chunk)
                _write_all(descriptor, chunk)
            os.fsync(descriptor)
            stored = StoredFile(digest.hexdigest(), size)
            self._settle(path, stored)
        return stored

    def exists(self, sha256: str) -> bool:
        """Tell whether a content is stored."""
        return self._path(sha256).is_file()

    def open_path(self, sha256: str) -> Path:
        """Return the path of a stored file, to be read only.

        :param sha256: the content's SHA-256.
        :raises ContentMissing: no such file.
        :raises ValueError: ``sha256`` is not 64 lower-case hexadecimal digits.
        """
        path = self._path(sha256)
        if not path.is_file():
            raise ContentMissing(sha256)
        return path

    def sweep_incoming(self, now: float | None = None) -> int:
        """Remove what a killed process left while it was copying.

        :param now: the present time, in seconds since 1970; the clock's by
            default.
        :returns: how many files of more than a day were removed.
        """
        limit = (time.time() if now is None else now) - STALE_SECONDS
        removed = 0
        for path in (self.root / INCOMING).glob("*"):
            # Another process may sweep, or settle the file, at the same time.
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    path.unlink()
                    removed += 1
        return removed

    def list_older(self, limit: float) -> Iterator[str]:
        """Yield the SHA-256 of the files that arrived before a moment.

        :param limit: in seconds since 1970.
        """
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            # Another process may remove the file at the same time.
            with contextlib.suppress(FileNotFoundError):
                if _SHA256.fullmatch(path.name) and path.stat().st_mtime < limit:
                    yield path.name

    def remove(self, sha256: str, limit: float | None = None) -> bool:
        """Remove a stored file. Whoever reads it at this moment reads it to its end.

        :param sha256: the content's SHA-256; it may be gone already.
        :param limit: keep it if it arrived since, in seconds since 1970.
        :returns: whether it was there and was removed.
        """
        path = self._path(sha256)
        try:
            if limit is not None and path.stat().st_mtime >= limit:
                return False
            path.unlink()
        except FileNotFoundError:
            return False
        _sync_folder(path.parent)
        return True

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"not a SHA-256: {sha256!r}")
        return self.root / sha256[:2] / sha256

    @contextlib.contextmanager
    def _incoming(self) -> Iterator[tuple[int, Path]]:
        path: Path | None = None
        try:
            folder = self.root / INCOMING
            folder.mkdir(exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=folder)
            path = Path(name)
            try:
                yield descriptor, path
            finally:
                os.close(descriptor)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise StorageFull(f"no room left in {self.root}") from error
            raise StorageError(f"cannot store in {self.root}: {error}") from error
        finally:
            if path is not None:
                path.unlink(missing_ok=True)

    def _settle(self, path: Path, stored: StoredFile) -> None:
        destination = self._path(stored.sha256)
        # A file of another size under this name was damaged by something else
        # than us: the fresh copy replaces it. One that is whole is kept, and is as
        # if it had just arrived; it may be removed at this very moment.
        with contextlib.suppress(FileNotFoundError):
            if destination.stat().st_size == stored.size:
                os.utime(destination)
                return
        if not destination.parent.is_dir():
            destination.parent.mkdir(exist_ok=True)
            _sync_folder(self.root)
        os.chmod(path, 0o640)
        os.replace(path, destination)
        _sync_folder(destination.parent)


def _write_all(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    # The new name survives a power cut only once its folder is on disk too.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
