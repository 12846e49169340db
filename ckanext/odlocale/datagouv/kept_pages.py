"""Pages as they were last written, kept by each process within a number of bytes.

A page is known by what tells all that it says: one that is found is the one that would
be written.
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

MAX_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True)
class Written:
    """A page, as it is sent.

    :ivar tag: its entity tag, in plain form
    :ivar plain: in UTF-8
    :ivar packed: the same, as gzip, the same bytes each time
    """

    tag: str
    plain: bytes
    packed: bytes

    @classmethod
    def from_text(cls, tag: str, text: str) -> Written:
        """Encode a page."""
        plain = text.encode()
        return cls(tag, plain, gzip.compress(plain, compresslevel=6, mtime=0))

    @property
    def size(self) -> int:
        """How much of the memory it takes, in bytes."""
        return len(self.plain) + len(self.packed)


class KeptPages:
    """The last pages that were asked for.

    :param max_bytes: of all of them; one that is larger than a quarter is not kept.

    >>> pages = KeptPages(max_bytes=400)
    >>> pages.keep("a", Written("t", b"1" * 50, b"1"))
    >>> pages.find("a").plain == b"1" * 50, pages.find("b")
    (True, None)
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._pages: OrderedDict[str, Written] = OrderedDict()
        self._size = 0
        # Threads of one process share them.
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._size

    def find(self, key: str) -> Written | None:
        """Return the page of a key, if it is kept."""
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
            return found

    def keep(self, key: str, page: Written) -> None:
        """Keep a page, and let those go that were not asked for the longest."""
        if page.size > self._max_bytes // 4:
            return
        with self._lock:
            former = self._pages.pop(key, None)
            self._size += page.size - (former.size if former else 0)
            self._pages[key] = page
            while self._size > self._max_bytes:
                _key, gone = self._pages.popitem(last=False)
                self._size -= gone.size
