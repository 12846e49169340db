"""Every row of a group of findings, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ckanext.odlocale.scdl.report import FindingGroup

#: Rows on one page: as many questions as one sitting bears.
PAGE_ROWS = 20

#: «Je ne sais pas»: no decision, the ATD is asked.
UNSURE = "unsure"
#: Answers that a value goes with.
_VALUED = ("replace", "fill")

_ROW = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def page_rows(group: FindingGroup, page: int = 1) -> dict[str, Any]:
    """Return one page of the rows of a group.

    :param group: of a check that was just made, which still knows its rows
    :param page: from 1; one out of bounds is the nearest
    :returns: ``group``, ``rows`` (``row`` of the file, ``before`` and ``after``, null
        where they are not known), ``page``, ``pages``
    """
    places = group.places
    total = 0 if places is None else len(places.rows)
    pages = max(1, -(-total // PAGE_ROWS))
    page = min(max(1, page), pages)
    first = (page - 1) * PAGE_ROWS
    rows = []
    for at in range(first, min(first + PAGE_ROWS, total)):
        assert places is not None
        rows.append(
            {
                "row": places.rows[at],
                "before": None if places.before is None else places.before[at],
                "after": None if places.after is None else places.after[at],
            }
        )
    return {"group": group.to_dict(), "rows": rows, "page": page, "pages": pages}


def read_answers(group: str, form: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the answers that a form gives, as decisions to be checked.

    ``answer-12`` is the option chosen for row 12 and ``value-12`` what replaces its
    cell; ``all`` is one option for every row of the group.

    >>> read_answers("enum-near-0", {"answer-12": "replace", "value-12": "oui"})
    [{'group': 'enum-near-0', 'option': 'replace', 'rows': [12], 'value': 'oui'}]
    """
    if form.get("all"):
        value = form.get("value-all") if form["all"] in _VALUED else None
        return [{"group": group, "option": form["all"], "rows": None, "value": value}]
    answers = []
    for name, option in form.items():
        kind, _, row = name.partition("-")
        if kind != "answer" or option in ("", UNSURE) or not _ROW.fullmatch(row):
            continue
        value = form.get(f"value-{row}") if option in _VALUED else None
        answers.append(
            {"group": group, "option": option, "rows": [int(row)], "value": value}
        )
    return answers


def write_answers(decisions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the form that gives these answers, as :func:`read_answers` reads it.

    >>> write_answers(
    ...     [{"group": "a", "option": "replace", "rows": [12], "value": "oui"}]
    ... )
    {'answer-12': 'replace', 'value-12': 'oui'}
    """
    form: dict[str, str] = {}
    for one in decisions:
        for row in one["rows"] or ("all",):
            form["all" if row == "all" else f"answer-{row}"] = one["option"]
            if one["value"] is not None:
                form[f"value-{row}"] = one["value"]
    return form
