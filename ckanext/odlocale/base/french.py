"""How French is written: spaces, numbers, dates, and names in addresses.

Rules of spacing and figures follow the Imprimerie nationale's *Lexique des
règles typographiques*: a narrow no-break space before ``; ? !`` and between
thousands, a no-break space before ``:`` and inside guillemets.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from decimal import Decimal

NO_BREAK = "\u00a0"
NARROW_NO_BREAK = "\u202f"

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)

_TAG = re.compile(r"(<[^<>]*>)")
_SPACE = f"[ {NO_BREAK}{NARROW_NO_BREAK}]"
# What may follow a mark that ends a phrase. Anything else means that the mark
# belongs to an address, a time or a Windows path, which must not change.
_AFTER = r"(?=$|[\s»)\].…])"
# One run of marks, ``?!`` for example, takes one space.
_MARKS = re.compile(rf"(?<![\s:;?!(\[«]) ?(?P<marks>[:;?!]+){_AFTER}")
# The semicolon that ends an HTML entity (``&amp;``) is no punctuation.
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|\w+)$")
_OPENING = re.compile(rf"«{_SPACE}*(?=\S)")
_CLOSING = re.compile(rf"(?<=\S){_SPACE}*»")
_UNIT = re.compile(r"(?<=\d) (?=[%€])")

_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o"}
)
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def french_spaces(text: str) -> str:
    """Put the spaces French wants around its punctuation.

    Works on plain text and on HTML: what stands between ``<`` and ``>`` and
    entities is left as it is. Times (``14:30``), addresses and paths are not
    touched, and applying it twice changes nothing.

    :param text: a sentence as it is typed, with or without spaces before
        ``: ; ? !`` and inside guillemets.
    :returns: the same sentence with no-break spaces.

    >>> french_spaces("Prêt? Voici: «budget»!") == (
    ...     "Prêt\\u202f? Voici\\u00a0: «\\u00a0budget\\u00a0»\\u202f!"
    ... )
    True
    """
    parts = _TAG.split(text)
    return "".join(
        part if part.startswith("<") and part.endswith(">") else _space_phrase(part)
        for part in parts
    )


def _space_phrase(text: str) -> str:
    text = _OPENING.sub(f"«{NO_BREAK}", text)
    text = _CLOSING.sub(f"{NO_BREAK}»", text)
    text = _MARKS.sub(_space_marks, text)
    return _UNIT.sub(NO_BREAK, text)


def _space_marks(found: re.Match[str]) -> str:
    marks = found["marks"]
    if found.group().startswith(";") and _ENTITY.search(found.string[: found.start()]):
        return found.group()
    return (NO_BREAK if set(marks) == {":"} else NARROW_NO_BREAK) + marks


def format_number(value: float | Decimal, decimals: int | None = None) -> str:
    """Write a number as French does: ``1 234 567,5``.

    :param value: the number.
    :param decimals: how many decimals to write (0 to 20); by default those that
        the number has, without trailing zeros.
    :returns: figures in groups of three separated by a narrow no-break space,
        with a decimal comma.

    >>> format_number(1234567.5) == "1\\u202f234\\u202f567,5"
    True
    """
    exact = Decimal(str(value))
    written = f"{exact:,f}" if decimals is None else f"{exact:,.{decimals}f}"
    if decimals is None and "." in written:
        written = written.rstrip("0").rstrip(".")
    whole, _, fraction = written.partition(".")
    whole = whole.replace(",", NARROW_NO_BREAK)
    return f"{whole},{fraction}" if fraction else whole


def format_file_size(size: int) -> str:
    """Write the size of a file in units of a thousand: octets, ko, Mo, Go.

    :param size: in bytes.
    :returns: three figures at most before the unit, one decimal under a hundred.

    >>> format_file_size(48213), format_file_size(999)
    ('48,2\\xa0ko', '999\\xa0octets')
    """
    if size < 1000:
        return f"{size}{NO_BREAK}{'octet' if size < 2 else 'octets'}"
    amount, unit = size / 1000, "ko"
    for larger in ("Mo", "Go"):
        if round(amount) >= 1000:
            amount, unit = amount / 1000, larger
    rounded = round(amount) if round(amount, 1) >= 100 else round(amount, 1)
    return f"{format_number(rounded)}{NO_BREAK}{unit}"


def format_date(day: datetime.date) -> str:
    """Write a date in full: ``3 avril 2024``, ``1er mars 2026``.

    :param day: a date, or a date and time whose time is left out.

    >>> format_date(datetime.date(2026, 3, 1))
    '1er mars 2026'
    """
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month - 1]} {day.year}"


def slugify(name: str) -> str:
    """Turn a name into what an address may hold: ``[a-z0-9-]+``, or nothing.

    Accents are folded, ligatures written out, and every other sign (apostrophes
    included) becomes one hyphen.

    :param name: a collectivité's or a document's name.
    :returns: the slug; an empty string where the name has no letter or figure.

    >>> slugify("Bœuf-en-l'Île")
    'boeuf-en-l-ile'
    """
    if name.isascii():
        return _NOT_SLUG.sub("-", name.lower()).strip("-")
    folded = unicodedata.normalize("NFKD", name.translate(_LIGATURES))
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return _NOT_SLUG.sub("-", plain.lower()).strip("-")
