"""Findings in an agent's words: what, where, and what to do.

One catalogue for the desk, the command line and the e-mails. The sentences are
English here and translated with the package's own gettext catalogue, so that this
room speaks French without CKAN. Each says the row of the file, the letter Excel
shows, and the agent's own header.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import InvalidOperation

from ..base.french import format_date, format_number
from ..base.language import translator
from .doubt_sentences import DOUBT_REMEDIES, DOUBT_SENTENCES
from .format_sentences import FORMAT_REMEDIES, FORMAT_SENTENCES
from .numbers_and_dates import multiply_by_hundred
from .personal_sentences import PERSONAL_REMEDIES, PERSONAL_SENTENCES
from .remedies import FILL_IN, REFUSALS, REMEDIES
from .report import FindingGroup
from .sentences import SENTENCES, UNKNOWN
from .totem_sentences import TOTEM_REMEDIES, TOTEM_SENTENCES
from .unreadable import Unreadable

#: Longest value quoted in a sentence, in characters.
MAX_QUOTED = 60

#: Every sentence and every remedy, by finding code.
ALL_SENTENCES = {
    **SENTENCES,
    **DOUBT_SENTENCES,
    **FORMAT_SENTENCES,
    **PERSONAL_SENTENCES,
    **TOTEM_SENTENCES,
}
ALL_REMEDIES = {
    **REMEDIES,
    **DOUBT_REMEDIES,
    **FORMAT_REMEDIES,
    **PERSONAL_REMEDIES,
    **TOTEM_REMEDIES,
}

_OPERATORS = {">": "after", ">=": "after", "<": "before", "<=": "before", "==": "equal"}


@dataclass(frozen=True)
class Message:
    """What an agent reads of a finding.

    :ivar sentence: what and where
    :ivar remedy: what to do, or an empty text where the sentence says it
    """

    sentence: str
    remedy: str = ""


def render(group: FindingGroup, lang: str = "fr") -> Message:
    """Return the words of a group of findings.

    :param lang: language code of the gettext catalogue
    """
    speak = translator(lang)
    code = _find_code(group)
    singular, plural = ALL_SENTENCES.get(code, UNKNOWN)
    facts = _gather_facts(group, lang)
    sentence = speak.ngettext(singular, plural, group.count).format_map(facts)
    remedy = ALL_REMEDIES.get(code, "")
    if group.code == "required.empty" and group.severity == "blocks":
        remedy = FILL_IN
    if remedy:
        remedy = speak.gettext(remedy).format_map(facts)
    return Message(sentence, remedy)


def render_unreadable(error: Unreadable, lang: str = "fr") -> Message:
    """Return the words of a file that could not be read."""
    speak = translator(lang)
    sentence, remedy = REFUSALS[error.code]
    facts = {name: _show(value, lang) for name, value in error.params.items()}
    for name in ("size", "limit"):
        if isinstance(error.params.get(name), int):
            facts[f"{name}_mb"] = _show(
                round(int(error.params[name]) / 1024 / 1024, 1), lang
            )
    return Message(
        speak.gettext(sentence).format_map(_Facts(facts)),
        speak.gettext(remedy).format_map(_Facts(facts)),
    )


class _Facts(dict[str, str]):
    """Facts of a sentence; one that is missing shows as an ellipsis."""

    def __missing__(self, key: str) -> str:
        return "…"


def _find_code(group: FindingGroup) -> str:
    """Choose between sentences of one code."""
    if group.code == "year.coming" and group.correction is None:
        return f"{group.code}.several"
    if group.code in ("enum.case", "enum.near") and (
        group.correction is None or group.correction.after is None
    ):
        return f"{group.code}.several"
    if group.code == "required.empty" and len(group.params.get("columns", ())) > 1:
        return "required.empty.several"
    if group.code == "columns.order":
        operator = _OPERATORS.get(str(group.params.get("operator")), "after")
        kind = "dates" if group.params.get("dates") else "numbers"
        return f"columns.order.{operator}.{kind}"
    return group.code


def _gather_facts(group: FindingGroup, lang: str) -> _Facts:
    example = group.examples[0] if group.examples else None
    before = example.before if example else ""
    if not before and group.values:
        before = group.values[0][0]
    after = example.after if example else None
    titles = [str(one) for one in group.params.get("titles", ())]
    facts = {
        name: _show(value, lang)
        for name, value in group.params.items()
        if isinstance(value, (str, int, float))
    }
    facts |= {
        "count": _show(group.count, lang),
        "row": str(group.rows[0]) if group.rows else "…",
        "letter": group.excel_column or "…",
        "column": group.column or "",
        "header": _quote(group.header or group.column or ""),
        "title": str(group.params.get("title") or group.header or group.column or ""),
        "before": _quote(before),
        "after": _write_date(after, lang) or _quote(after or ""),
        "value": _quote(group.values[0][0]) if group.values else "",
        "columns": ", ".join(titles),
        "first": titles[0] if titles else "",
        "second": titles[1] if len(titles) > 1 else "",
        "others": ", ".join(titles[1:]),
        "whole": _percent(before) if group.code == "percent.one" else "",
        "digits": str(sum(sign.isdigit() for sign in before)),
        "letters": ", ".join(str(one) for one in group.params.get("letters", ())),
    }
    return _Facts(facts)


def _percent(share: str) -> str:
    try:
        return multiply_by_hundred(share.strip())
    except InvalidOperation:
        return _quote(share)


def _write_date(after: str | None, lang: str) -> str | None:
    """Return a date as it is said: « 3 avril 2024 »."""
    if after is None or not lang.startswith("fr"):
        return None
    try:
        return format_date(datetime.date.fromisoformat(after))
    except ValueError:
        return None


def _quote(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= MAX_QUOTED else f"{shown[: MAX_QUOTED - 1]}…"


def _show(value: object, lang: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return format_number(value) if lang.startswith("fr") else f"{value:,}"
