"""What a browser is told about a file that it receives."""

from __future__ import annotations

import re
import unicodedata

# Types that no browser runs as a page of our own origin. Anything else that a
# visitor deposited is only ever downloaded.
INLINE_TYPES = frozenset(
    {
        "application/json",
        "application/pdf",
        "image/jpeg",
        "image/png",
        "text/csv",
        "text/plain",
    }
)
MAX_NAME_LENGTH = 150

_FORBIDDEN = re.compile(r'[\\/:*?"<>|]+')


def may_show_inline(mimetype: str) -> bool:
    """Tell whether a browser may show this media type in our own pages' origin.

    :param mimetype: a media type, parameters allowed (``text/csv;charset=utf-8``).

    >>> may_show_inline("text/html")
    False
    """
    return mimetype.partition(";")[0].strip().lower() in INLINE_TYPES


def force_attachment(disposition: str) -> str:
    """Turn a ``Content-Disposition`` into that of a download, its name kept.

    :param disposition: the header's value, empty where there is none.

    >>> force_attachment('inline; filename="page.html"')
    'attachment; filename="page.html"'
    """
    _, semicolon, name = disposition.partition(";")
    return f"attachment{semicolon}{name}"


def disposition_name(name: str) -> str:
    """Make a deposited file's name safe to offer in a download.

    Signs that a header, Windows or a shell cannot bear become a hyphen, letters
    keep their accents, and the extension survives shortening.

    :param name: the name as it came, possibly a path, possibly hostile.
    :returns: 1 to 150 characters, ``"fichier"`` where nothing is left.

    >>> disposition_name("../../budget\\r\\nSet-Cookie: x=1.csv")
    'budget-Set-Cookie- x=1.csv'
    """
    printable = "".join(
        sign if unicodedata.category(sign)[0] not in "CZ" or sign == " " else "\n"
        for sign in unicodedata.normalize("NFC", name)
    )
    safe = re.sub(r"\n+", "-", _FORBIDDEN.sub("-", printable)).strip(" .-")
    if len(safe) > MAX_NAME_LENGTH:
        stem, dot, extension = safe.rpartition(".")
        kept = f"{dot}{extension}" if stem and len(extension) <= 8 else ""
        safe = safe[: MAX_NAME_LENGTH - len(kept)].rstrip(" .-") + kept
    return safe or "fichier"
