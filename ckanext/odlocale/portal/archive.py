"""The file of a backup: a tar whose last members say what must be in it, and sign it.

Pure: it knows neither database nor CKAN. A backup is complete or it is not there: it is
written beside its place, and renamed once whole. It is read whole before anybody uses
it: a member that lacks, that changed, or that nobody listed, refuses all of it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import hmac
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, Final

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
_MAX_MANIFEST: Final = 512 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
_NO_ROOM: Final = frozenset(
    {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
)


class ArchiveRefused(Exception):
    """A backup that cannot be written, or must not be restored; it says why."""


def key_of(secret: str) -> bytes:
    """Derive the key that signs backups from the portal's secret."""
    return hmac.new(secret.encode(), b"odlocale backup 1", hashlib.sha256).digest()


@dataclass
class Writer:
    """A backup that is being written.

    :ivar path: where it will be
    :ivar key: signs it
    """

    path: Path
    key: bytes
    members: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __enter__(self) -> Writer:
        if self.path.exists():
            raise ArchiveRefused(f"{self.path} exists: nothing is overwritten")
        self._part = self.path.with_name(f".{self.path.name}.part")
        # Readable by its owner alone from its first byte.
        handle = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            return
        with contextlib.suppress(OSError, ValueError):
            self._file.close()
        self._part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise ArchiveRefused(f"no room left for {self.path}: nothing was kept")

    def add(self, name: str, data: IO[bytes], size: int) -> None:
        """Add a member.

        :param size: bytes that ``data`` must give, neither less nor more
        :raises ArchiveRefused: it gave another number
        """
        hashed = _Hashing(data)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        try:
            self._tar.addfile(info, hashed)
        except OSError as error:
            if error.errno is None:
                raise ArchiveRefused(f"{name} became shorter meanwhile") from error
            raise
        if data.read(1):
            raise ArchiveRefused(f"{name} became longer meanwhile")
        self.members[name] = {"sha256": hashed.digest.hexdigest(), "bytes": size}

    def finish(self, about: Mapping[str, Any]) -> None:
        """Write what must be in it, sign that, and put the backup in its place."""
        said = {"format": FORMAT, **about, "members": self.members}
        manifest = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
        signature = hmac.new(self.key, manifest, hashlib.sha256).hexdigest().encode()
        for name, text in ((MANIFEST, manifest), (SIGNATURE, signature)):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(text), 0o600
            self._tar.addfile(info, io.BytesIO(text))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._part, self.path)
        with contextlib.suppress(OSError):
            folder = os.open(self.path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)


class _Hashing:
    def __init__(self, data: IO[bytes]) -> None:
        self.data, self.digest = data, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self.data.read(size)
        self.digest.update(chunk)
        return chunk


def verify(path: Path, key: bytes) -> dict[str, Any]:
    """Read a backup whole, and return what is said of it.

    :param key: of the portal that wrote it
    :raises ArchiveRefused: it is cut, altered, of another portal or of a later format
    """
    found: dict[str, dict[str, Any]] = {}
    ends: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:") as tar:
            for info in tar:
                stream = _opened(tar, info)
                if info.name in (MANIFEST, SIGNATURE):
                    if info.name in ends or info.size > _MAX_MANIFEST:
                        raise ArchiveRefused(f"{path} holds an odd {info.name}")
                    ends[info.name] = stream.read()
                    continue
                if ends or info.name in found:
                    raise ArchiveRefused(f"{path} holds {info.name} out of its place")
                found[info.name] = {"sha256": _hash(stream), "bytes": info.size}
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ArchiveRefused(f"{path} cannot be read whole: {error}") from error
    if set(ends) != {MANIFEST, SIGNATURE}:
        raise ArchiveRefused(f"{path} is cut: its end is missing")
    signature = hmac.new(key, ends[MANIFEST], hashlib.sha256).hexdigest().encode()
    if not hmac.compare_digest(signature, ends[SIGNATURE]):
        raise ArchiveRefused(
            f"{path} was altered, or comes from a portal with another SECRET_KEY"
        )
    said: dict[str, Any] = json.loads(ends[MANIFEST])
    if said["format"] != FORMAT:
        raise ArchiveRefused(f"{path} is of format {said['format']}, not {FORMAT}")
    if said["members"] != found:
        changed = {
            name
            for name in {*said["members"], *found}
            if said["members"].get(name) != found.get(name)
        }
        raise ArchiveRefused(f"{path} was altered: {', '.join(sorted(changed)[:3])}")
    return said


def read_members(path: Path, prefix: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the members below a folder, in the order of the file: name, content.

    Only of a backup that :func:`verify` has read.
    """
    with tarfile.open(path, "r:") as tar:
        for info in tar:
            if info.name.startswith(f"{prefix}/"):
                yield info.name.removeprefix(f"{prefix}/"), _opened(tar, info)


def _opened(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    parts = PurePosixPath(info.name).parts
    if not info.isreg() or ".." in parts or info.name.startswith("/"):
        raise ArchiveRefused(f"{info.name!r} is no plain file of a backup")
    stream = tar.extractfile(info)
    assert stream is not None
    return stream


def _hash(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
