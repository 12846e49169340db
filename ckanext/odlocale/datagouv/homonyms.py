"""Collectivités whose name holds another's: «Locmaria-Grand-Champ» and «Locmaria».

An organisation that bears the longer name is not the shorter one's: nobody is asked.
"""

from __future__ import annotations

from functools import lru_cache

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory.register import Register


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, without accents, capitals nor signs."""
    return tuple(word for word in slugify(name).split("-") if word)


def holds(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Tell whether words are among others, in their order and side by side."""
    size = len(part)
    starts = range(len(words) - size + 1)
    return bool(size) and any(words[at : at + size] == part for at in starts)


def longer_names(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the longer names, as words, that hold a collectivité's.

    >>> ("locmaria", "grand", "champ") in longer_names("Locmaria")
    True
    >>> longer_names("Crach")
    ()
    """
    own = words_of(name)
    if not own:
        return ()
    others = _by_word().get(own[0], ())
    return tuple(one for one in others if len(one) > len(own) and holds(one, own))


@lru_cache(maxsize=1)
def _by_word() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The names of all communes, by each word of theirs."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for row in Register.load().rows:
        if row[0] != "commune":
            continue
        words = words_of(str(row[3]))
        for word in words:
            found.setdefault(word, set()).add(words)
    return {word: tuple(sorted(names)) for word, names in found.items()}
