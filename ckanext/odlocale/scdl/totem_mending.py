"""What the conversion of a TotEM budget leaves wrong or empty, put right and told.

Each repair is a note of the table: an agent reads what was done, and what the document
did not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from .charts import Chart
from .report import MAX_ROWS, FindingGroup, Severity, identify_group, list_places
from .totem_budget import Budget

_SECTIONS = {"I": "investissement", "F": "fonctionnement"}

#: TypOpBudg of an order operation, as in the chart's uses of an account.
_ORDERS = {"1": "OIS", "2": "OES"}

#: NatDec 10, the compte financier unique, has no value of its own in SCDL 0.8.3, which
#: knows the compte administratif that it replaces.
_STEPS = {
    "01": "budget primitif",
    "02": "décision modificative",
    "03": "budget supplémentaire",
    "09": "compte administratif",
    "10": "compte administratif",
}

Notes = list[FindingGroup]


def mend(
    frame: pl.DataFrame, budget: Budget, chart: Chart | None, first: int
) -> tuple[pl.DataFrame, Notes]:
    """Return the lines of a budget once mended, and what is to be told of them.

    :param frame: what the library made of the budget, a row for each line
    :param chart: the chart of accounts the lines are named by, if any is known
    :param first: row of the first line in the table converted
    """
    head, lines = budget.head, budget.lines
    step = _STEPS.get(head.get("NatDec", "").zfill(2))
    deduced: list[int] = []
    unknown: list[int] = []
    columns: dict[str, list[str]] = {
        name: frame[name].to_list()
        for name in (
            "BGT_CONTNAT", "BGT_CONTNAT_LABEL", "BGT_NATURE_LABEL",
            "BGT_FONCTION_LABEL", "BGT_SECTION",
        )
    }  # fmt: skip
    known = chart or Chart("", 0)
    for at, line in enumerate(lines):
        chapter = columns["BGT_CONTNAT"][at]
        account = line.get("Nature", "")
        if not chapter:
            chapter = known.chapter_of(account, _use_of(line))
            columns["BGT_CONTNAT"][at] = chapter
            if chapter:
                deduced.append(first + at)
        label, section = known.chapters.get(chapter, ("", ""))
        named, _ = known.accounts.get(account, ("", {}))
        if not named:
            unknown.append(first + at)
        columns["BGT_CONTNAT_LABEL"][at] = label
        columns["BGT_NATURE_LABEL"][at] = named or line.get("LibCpte", "")
        columns["BGT_FONCTION_LABEL"][at] = known.functions.get(
            line.get("Fonction", ""), ""
        )
        columns["BGT_SECTION"][at] = _SECTIONS.get(
            line.get("Section", ""), _SECTIONS.get(section, "")
        )
    mended = frame.with_columns(
        *(pl.Series(name, values, dtype=pl.String) for name, values in columns.items()),
        pl.lit(step if step is not None else head.get("NatDec", "")).alias(
            "BGT_NATDEC"
        ),
        pl.lit(budget.name).alias("BGT_NOM"),
    )
    return mended, _note_budget(budget, chart, deduced, unknown, step is None)


def _use_of(line: dict[str, str]) -> str:
    """Return the use of a line's account: expense or receipt, real or of order."""
    side = line.get("CodRD", "")
    order = line.get("OpBudg") == "1"
    return side + (_ORDERS.get(line.get("TypOpBudg", ""), "OES") if order else "R")


def _note_budget(
    budget: Budget,
    chart: Chart | None,
    deduced: list[int],
    unknown: list[int],
    step_unknown: bool,
) -> Notes:
    head = budget.head
    facts = {"name": budget.name, "chart": head.get("Nomenclature", ""),
             "year": head.get("Exer", "")}  # fmt: skip
    notes = []
    if step_unknown:
        step = _note("totem.step", "know", 1, budget)
        notes.append(replace(step, values=((head.get("NatDec", ""), 1),)))
    if head.get("ProjetBudget", "").lower() == "true":
        notes.append(_note("totem.draft", "know", 1, budget, **facts))
    if chart is None:
        notes.append(_note("totem.chart_unknown", "know", 1, budget, **facts))
    else:
        if (chart.name, str(chart.year)) != (facts["chart"], facts["year"]):
            facts["known"] = f"{chart.name} {chart.year}"
            notes.append(_note("totem.chart_near", "know", 1, budget, **facts))
        if unknown:
            notes.append(_note("totem.account", "know", unknown, budget))
    if deduced:
        notes.append(_note("totem.chapter", "done", deduced, budget))
    if budget.calculated:
        count = budget.calculated
        notes.append(_note("totem.calculated", "done", count, budget))
    return notes


def note_document(budgets: Sequence[Budget]) -> Notes:
    """Return what is told of the whole document: read, and never published itself."""
    lines = sum(len(one.lines) for one in budgets)
    notes = [_note("totem.read", "done", lines, None)]
    if len(budgets) > 1:
        names = [one.name for one in budgets]
        notes.append(_note("totem.several", "know", len(budgets), None, titles=names))
    return notes


def _note(
    code: str,
    severity: Severity,
    rows: list[int] | int,
    budget: Budget | None,
    **params: Any,
) -> FindingGroup:
    listed = rows if isinstance(rows, list) else []
    return FindingGroup(
        id=identify_group(
            code, None, None if budget is None else budget.head.get("IdEtab")
        ),
        code=code,
        severity=severity,
        count=len(listed) or (rows if isinstance(rows, int) else 0),
        rows=tuple(listed[:MAX_ROWS]),
        places=list_places(listed),
        params=params,
    )
