"""One page per check: why it is there, a wrong and a right example, what to do.

The words are French data, ``data/explanations/*.json``, one file a family, each code
an agent can meet (:func:`ckanext.odlocale.scdl.report.page_of` gives its address).
Examples are lines of a file with the model they are checked against:
:mod:`.explaining_examples` runs them, so that no page can say what is not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ..base.french import french_spaces
from .report import page_of
from .unreadable import CODES

FOLDER = files("ckanext.odlocale.scdl") / "data" / "explanations"

#: Codes of a file that is refused are explained under this name.
REFUSED = "unreadable."
#: Reasons beside those of :data:`.unreadable.CODES` for which a file is not checked.
NOT_CHECKED = ("unknown", "national")

_SOURCES = "sources.json"
_WORDS = "words.json"
_EXAMPLE_KEYS = ("deductions", "fields", "custom_checks", "primary_key", "siret_field")


@dataclass(frozen=True)
class Reference:
    """The specification or the law a check comes from.

    :ivar text: its name, in French
    :ivar url: where it is read
    """

    text: str
    url: str


@dataclass(frozen=True)
class Explanation:
    """What a person reads of one check. All texts are French.

    :ivar code: of the finding: ``date.french``, ``unreadable.binary``
    :ivar family: the heading it stands under in the index
    :ivar title: the fault, in a few words
    :ivar why: what harm it does
    :ivar remedy: what to do
    :ivar sources: where the rule is written
    :ivar wrong: lines of a CSV file where it is found; none where no text shows it
    :ivar right: the same lines put right
    :ivar schema: slug of the model of these lines, or nothing where ``model`` says it
    :ivar model: Table Schema of these lines: ``fields``, ``custom_checks``…
    :ivar owner: who publishes them (``siren``, ``insee``), where that matters
    """

    code: str
    family: str
    title: str
    why: str
    remedy: str
    sources: tuple[Reference, ...]
    wrong: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    schema: str = ""
    model: Mapping[str, Any] = field(default_factory=dict)
    owner: Mapping[str, str] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """The address of its page, without a leading slash."""
        return page_of(self.code)

    @property
    def has_example(self) -> bool:
        """Whether lines of a file show it; an empty file has none, yet is one."""
        return bool(self.wrong or self.right)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form, without the model of the examples."""
        return {
            "code": self.code,
            "page": self.page,
            "family": self.family,
            "title": self.title,
            "why": self.why,
            "remedy": self.remedy,
            "wrong": list(self.wrong),
            "right": list(self.right),
            "sources": [{"text": one.text, "url": one.url} for one in self.sources],
        }


class UnknownCode(LookupError):
    """No check has this code."""


@lru_cache(maxsize=1)
def load_explanations() -> Mapping[str, Explanation]:
    """Return every explanation by its code, in the order of the index."""
    sources = {
        key: Reference(french_spaces(one["text"]), one["url"])
        for key, one in _read(_SOURCES).items()
    }
    names = sorted(entry.name for entry in FOLDER.iterdir() if entry.name[:1].isdigit())
    found: dict[str, Explanation] = {}
    for name in names:
        family = _read(name)
        for code, told in family["checks"].items():
            assert code not in found, f"{code} is explained twice"
            found[code] = _parse(code, family["family"], told, sources)
    return found


def explain(code: str) -> Explanation:
    """Return the explanation of a code.

    :param code: of a finding, of a refused file (``binary``), or the name of its page
        (``date-french``)
    :raises UnknownCode: no check has it

    >>> explain("date.french").title, explain("controles/date-french").code
    ('Date écrite à la française', 'date.french')
    >>> explain("binary").page
    'controles/unreadable-binary'
    """
    every = load_explanations()
    wanted = code.strip().removeprefix("controles/").removesuffix(".md")
    if wanted in (*CODES, *NOT_CHECKED):
        wanted = f"{REFUSED}{wanted}"
    if wanted in every:
        return every[wanted]
    for one in every.values():
        if one.page == f"controles/{wanted}":
            return one
    raise UnknownCode(code)


def list_families() -> dict[str, list[Explanation]]:
    """Return the explanations by family, both in the order of the index."""
    families: dict[str, list[Explanation]] = {}
    for one in load_explanations().values():
        families.setdefault(one.family, []).append(one)
    return families


@lru_cache(maxsize=1)
def load_words() -> Mapping[str, str]:
    """Return the French headings of a page, by what they stand over."""
    return {key: french_spaces(text) for key, text in _read(_WORDS).items()}


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return data


def _parse(
    code: str, family: str, told: Mapping[str, Any], sources: Mapping[str, Reference]
) -> Explanation:
    return Explanation(
        code=code,
        family=french_spaces(family),
        title=french_spaces(told["title"]),
        why=french_spaces(told["why"]),
        remedy=french_spaces(told["do"]),
        sources=tuple(sources[key] for key in told["source"]),
        wrong=tuple(told.get("wrong", ())),
        right=tuple(told.get("right", ())),
        schema=told.get("schema", ""),
        model={key: told[key] for key in _EXAMPLE_KEYS if key in told},
        owner=told.get("owner", {}),
    )
