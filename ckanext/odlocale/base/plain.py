"""Texts and addresses that strangers write, before they are kept or shown."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

#: What no line of text holds, and no XML: a feed with one of them cannot be read.
_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
#: What browsers drop before they read the scheme of an address.
_DROPPED: Final = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028\u2029\ufeff]")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_FOLLOWED: Final = frozenset({"http", "https", "ftp", "ftps"})


def drop_controls(text: str) -> str:
    """Return a text without the signs that nobody typed on purpose.

    >>> drop_controls("Plan du\\x08 cimetière\\n")
    'Plan du cimetière\\n'
    """
    return _CONTROLS.sub("", text)


def is_followed_safely(url: str) -> bool:
    """Tell whether following an address runs nothing in the name of who follows it.

    A name without a scheme is a file's, or a path of the portal.

    >>> [is_followed_safely(one) for one in (
    ...     "https://example.fr/plan.pdf", "plan.pdf", "/donnees/56046/budget/2022.csv",
    ...     "javascript:alert(1)", " JaVa\\tScript:alert(1)", "data:text/html,x",
    ...     "http://[bad", "mailto:a@b.fr")]
    [True, True, True, False, False, False, False, False]
    """
    read = _DROPPED.sub("", url)
    found = _SCHEME.match(read)
    if found and found[1].lower() not in _FOLLOWED:
        return False
    try:
        urlsplit(read)
    except ValueError:
        return False
    return True
