"""Texts that a regular expression accepts, to show what a cell should look like.

The expression may come from anybody: what is built is bounded in length and in steps,
whatever is repeated within what is repeated. Libraries that do this (rstr, exrex,
hypothesis) draw at random without such a bound. Nothing here says that a text matches:
whoever asks tries it against the column's rules.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

try:
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # Python 3.10
    import sre_parse as parser

#: Longest text built, in characters, and steps taken to build one.
MAX_LENGTH = 500
MAX_STEPS = 5000

#: Signs chosen first where several are accepted.
_PREFERRED = "1aA0é-_ .,/:'’"

#: How many times more than it must a part is repeated, tried in turn.
_EXTRAS = (0, 1, 2, 4, 9)
_BRANCHES = (0, 1, 2)

_CATEGORIES = {
    "CATEGORY_DIGIT": r"[0-9]",
    "CATEGORY_NOT_DIGIT": r"[^0-9]",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


class _TooLong(Exception):
    """The text, or the way to it, passes the bounds."""


def build_texts(pattern: str) -> Iterator[str]:
    r"""Yield a few texts that the pattern may accept, the shortest first.

    >>> next(build_texts(r"^\d{5}-P-[A-Z]{2}$"))
    '11111-P-AA'

    :param pattern: as Python writes it; nothing is yielded for one it cannot read
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError, MemoryError):
        return
    seen: set[str] = set()
    for extra in _EXTRAS:
        for branch in _BRANCHES:
            try:
                text = _Builder(extra, branch).build(parsed)
            except (_TooLong, RecursionError):
                continue
            if text not in seen:
                seen.add(text)
                yield text


class _Builder:
    """Builds one text from a parsed pattern."""

    def __init__(self, extra: int, branch: int) -> None:
        self.extra = extra
        self.branch = branch
        self.steps = 0
        self.groups: dict[int, str] = {}

    def build(self, parts: Any) -> str:
        text = ""
        for name, argument in parts:
            self.steps += 1
            text += self._build_one(str(name), argument)
            if self.steps > MAX_STEPS or len(text) > MAX_LENGTH:
                raise _TooLong
        return text

    def _build_one(self, name: str, argument: Any) -> str:
        if name == "LITERAL":
            return chr(argument)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self._repeat(*argument)
        if name == "SUBPATTERN":
            group, *_, parts = argument
            text = self.build(parts)
            if group is not None:
                self.groups[group] = text
            return text
        if name == "BRANCH":
            branches = argument[1]
            return self.build(branches[min(self.branch, len(branches) - 1)])
        if name == "ATOMIC_GROUP":
            return self.build(argument)
        if name == "GROUPREF":
            return self.groups.get(argument, "")
        if name in ("IN", "NOT_LITERAL", "ANY"):
            return _choose(name, argument)
        return ""  # anchors and what is looked at around: the rules will tell

    def _repeat(self, least: int, most: int, parts: Any) -> str:
        text = ""
        for _ in range(min(int(least) + self.extra, int(most))):
            text += self.build(parts)
            self.steps += 1
            if self.steps > MAX_STEPS or len(text) > MAX_LENGTH:
                raise _TooLong
        return text


def _choose(name: str, argument: Any) -> str:
    """Return one sign that a class accepts."""
    if name == "ANY":
        return "a"
    if name == "NOT_LITERAL":
        return next(sign for sign in _PREFERRED if ord(sign) != argument)
    items = [(str(kind), value) for kind, value in argument]
    negated = ("NEGATE", None) in items
    for sign in _PREFERRED:
        if any(_holds(kind, value, sign) for kind, value in items) != negated:
            return sign
    for kind, value in items:
        if kind == "LITERAL":
            return chr(value)
        if kind == "RANGE":
            return chr(value[0])
    return ""


def _holds(kind: str, value: Any, sign: str) -> bool:
    if kind == "LITERAL":
        return ord(sign) == int(value)
    if kind == "RANGE":
        return bool(value[0] <= ord(sign) <= value[1])
    if kind == "CATEGORY":
        return re.match(_CATEGORIES.get(str(value), r"(?!)"), sign) is not None
    return False
