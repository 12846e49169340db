"""What decides of a file that a software sends: its bytes, its key, its fate."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import BinaryIO, Final, Literal

from ckanext.odlocale.publishing.push_refusals import PushRefused
from ckanext.odlocale.scdl.table_schema import TableSchema

Result = Literal["created", "replaced", "unchanged", "draft", "withdrawn"]

#: A key as the data give it: no dot, no slash, nothing that a path would follow.
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_KEY: Final = 120

#: Another document of the same key, as the desk numbers it.
_OTHER = re.compile(r"-(?:[2-9]|[1-9][0-9])")

#: Read at once: small, so that no megabyte is waited for.
CHUNK_BYTES: Final = 64 * 1024


class Body:
    """The body of a request, read once and never beyond what was announced.

    >>> import io
    >>> Body(io.BytesIO(b"abc"), 3).read(10)
    b'abc'
    >>> cut = Body(io.BytesIO(b"abc"), 5)
    >>> cut.read(10), cut.read(10)
    Traceback (most recent call last):
    ...
    ckanext.odlocale.publishing.push_refusals.PushRefused: interrupted
    """

    def __init__(self, stream: BinaryIO, length: int | None) -> None:
        """Wrap what the server reads from.

        :param length: bytes announced; nothing where the body says itself when it ends
        """
        self._stream = stream
        self._length = length
        self.size = 0

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """Return the next bytes, none once all are read.

        :raises PushRefused: ``interrupted``, where the sender left before the end
        """
        wanted = min(size, CHUNK_BYTES)
        if self._length is not None:
            wanted = min(wanted, self._length - self.size)
            if wanted <= 0:
                return b""
        try:
            chunk = self._stream.read(wanted)
        except Exception as error:
            # Each server has its own errors of a connection cut, or of a false chunk.
            raise PushRefused("interrupted") from error
        if not chunk and self._length is not None:
            raise PushRefused("interrupted")
        self.size += len(chunk)
        return chunk


def is_key(text: str) -> bool:
    """Tell whether the end of an address may be a key.

    >>> [is_key(one) for one in ("2022-bp-00010", "..", "a.csv", "A", "-a", "a--b")]
    [True, False, False, False, False, False]
    """
    return len(text) <= MAX_KEY and bool(_KEY.fullmatch(text))


def suffix_of(asked: str, own: str) -> str | None:
    """Return what an address adds to the key that the data have; nothing if it is
    another one's.

    >>> [suffix_of(asked, "2022") for asked in ("2022", "2022-3", "2021", "20225")]
    ['', '-3', None, None]
    """
    if not asked.startswith(own):
        return None
    rest = asked[len(own) :]
    return rest if not rest or _OTHER.fullmatch(rest) else None


def says_its_key(schema: TableSchema, found: Collection[str]) -> bool:
    """Tell whether a file has the columns that its key is made of.

    :param found: names of the fields that its columns are
    """
    return all(part.partition(":")[0] in found for part in schema.key_parts)


def read_length(header: str | None) -> int | None:
    """Return the size that a request announces; nothing where it is no number.

    >>> [read_length(one) for one in ("12", "", None, "-1", "1e9", "9" * 30)]
    [12, None, None, None, None, None]
    """
    digits = header or ""
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        return None
    return int(digits)


def check_length(length: int | None, chunked: bool, limit: int) -> None:
    """Refuse a body before a byte of it is read.

    :param length: bytes announced
    :param chunked: whether the body says itself when it ends
    :param limit: bytes of the largest file
    :raises PushRefused: ``length_missing``, ``empty``, ``too_large``
    """
    if length is None and not chunked:
        raise PushRefused("length_missing")
    if length == 0:
        raise PushRefused("empty")
    if length is not None and length > limit:
        raise too_large(limit)


def too_large(limit: int) -> PushRefused:
    """Return the refusal of a file beyond the limit, in bytes."""
    return PushRefused("too_large", {"limit": max(1, limit // 1024**2)})
