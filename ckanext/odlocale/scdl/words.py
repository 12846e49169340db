"""Comparing words as a person does: without case, accents, spaces or punctuation."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "ß": "ss"})
_SEPARATORS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Return what is compared: lower case, no accent, one space between words.

    >>> fold("  Décision_Modificative ")
    'decision modificative'
    """
    return _SEPARATORS.sub(" ", fold_accents(text)).strip()


@lru_cache(maxsize=8192)
def fold_name(text: str) -> str:
    """Return a header as it is compared: letters and figures only.

    >>> fold_name("BGT MTREAL") == fold_name("Bgt_MtReal")
    True
    """
    return _SEPARATORS.sub("", fold_accents(text))


def fold_accents(text: str) -> str:
    """Return the text in lower case without accents, punctuation kept.

    >>> fold_accents("Œuvre d’Été")
    "oeuvre d'ete"
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.translate(_LIGATURES).replace("’", "'"))
    return _accents().sub("", plain).lower()


@lru_cache(maxsize=1)
def _accents() -> re.Pattern[str]:
    """Every sign that only marks the one before it; looked for when first needed."""
    signs = map(chr, range(sys.maxunicode + 1))
    return re.compile("[" + "".join(filter(unicodedata.combining, signs)) + "]+")
