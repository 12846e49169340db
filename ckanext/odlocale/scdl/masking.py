"""Writing a cell anew without the person it tells of.

The words of the law are those of its article on what is published of people: the
document stays, what points at somebody is hidden (Code des relations entre le public
et l'administration, L312-1-2; CNIL and CADA, *Guide pratique de la publication en
ligne et de la réutilisation des données publiques*).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .personal import (
    BANK,
    BIRTH,
    EMAIL,
    HOUSEHOLD,
    HOUSEHOLD_WORD,
    INITIALS,
    MOBILE,
    NIR,
    SIGN,
    TITLE,
    TITLED,
    Role,
    find_full_names,
)

#: What a beneficiary is called in place of a name, in the data themselves: French.
PERSON = "personne physique"
#: What stands in a text in place of a name. Initials would still tell, in a village,
#: of whom; and a sentence reads well with it wherever the name was.
REMOVED = "[nom retiré]"

_EMPTIED = (NIR, BANK, BIRTH, EMAIL, MOBILE)
_REST_OF_NAME = re.compile(
    r"(?:[ \u00a0](?:(?:et|de|du|des|le|la|van|von|el|ben)[ \u00a0])?"
    r"[A-ZÀ-ÖØ-ÞŒ][A-Za-zÀ-ÖØ-öø-ÿŒœ'’.-]*){0,3}"
)
# «aux époux», «de la famille»: what agrees with these words is left with them.
_HOUSEHOLD_WORDS = re.compile(rf"{HOUSEHOLD_WORD}[ \u00a0](?:de[ \u00a0])?")
# «M. J. D.»: whoever wrote it hid a name, not whose it is.
_TITLED_INITIALS = re.compile(
    rf"(?<!{SIGN}){TITLE}(?:[ \u00a0]et[ \u00a0]{TITLE})?[ \u00a0]?{INITIALS}"
)
_AGAIN = re.compile(
    rf"{re.escape(REMOVED)}(?:(?:,| et| ou)?[ \u00a0]{re.escape(REMOVED)})+"
)


def mask(role: Role, text: str) -> str:
    """Return a cell without the person it tells of.

    A beneficiary becomes «personne physique»; in a text, «[nom retiré]» stands for a
    name, and a number, an address or a birth date goes.

    :param role: what the column holds, see :func:`personal_columns.role_of`
    :param text: the cell

    >>> mask("subject", "Aide à Mme Modèle Camille, née le 01/02/1950")
    'Aide à [nom retiré]'
    """
    if role == "beneficiary":
        return PERSON
    for pattern in _EMPTIED:
        text = pattern.sub("", text)
    if role not in ("email", "phone"):
        text = _remove_names(text)
    return _tidy(text)


def _remove_names(text: str) -> str:
    """Take names away: those after a title, then those of two words."""
    for pattern in (HOUSEHOLD, TITLED, _TITLED_INITIALS):
        text = _replace(text, (_span(text, match) for match in pattern.finditer(text)))
    text = _replace(text, (_span(text, match) for match in find_full_names(text)))
    return _AGAIN.sub(REMOVED, text)


def _span(text: str, match: re.Match[str]) -> tuple[int, int]:
    """Return where a title or a name begins, and where its last word ends."""
    head = _HOUSEHOLD_WORDS.match(text, match.start())
    start = match.start() if head is None else head.end()
    rest = _REST_OF_NAME.match(text, match.end())
    end = match.end() if rest is None else rest.end()
    return start, start + len(text[start:end].rstrip())


def _replace(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts, end = [], 0
    for start, stop in spans:
        if start >= end:
            parts += [text[end:start], REMOVED]
            end = stop
    return "".join([*parts, text[end:]])


def _tidy(text: str) -> str:
    """Take away what a name leaves behind: empty brackets, spaces, lone commas."""
    text = re.sub(r"\(\s*\)", "", text)
    text = re.sub(r"[ \u00a0]+([,.)])", r"\1", text)
    return re.sub(r"[ \u00a0]{2,}", " ", text).strip(" ,;:-\u00a0")
