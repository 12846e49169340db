"""What becomes of a published file when its model has a new version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ckanext.odlocale.scdl.canonical import canonical_csv
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.report import FindingGroup, Report
from ckanext.odlocale.scdl.table import Table
from ckanext.odlocale.scdl.table_schema import TableSchema
from ckanext.odlocale.scdl.versions import Rename, Rule, migrate

Verdict = Literal["fits", "follows", "breaks"]


@dataclass(frozen=True)
class Impact:
    """The fate of one file.

    :ivar verdict: it ``fits`` as it is; it ``follows`` once the rules of migration have
        changed it; it ``breaks``, with faults that it did not have
    :ivar faults: what it would be at fault for, that it is not today; where it
        follows, the columns that it would lose
    :ivar content: its published form under the new version
    """

    verdict: Verdict
    faults: tuple[FindingGroup, ...]
    content: bytes

    def say(self, lang: str) -> list[str]:
        """Return the faults in words."""
        return [render(fault, lang).sentence for fault in self.faults]


def judge(
    content: bytes, old: TableSchema, new: TableSchema, rules: Sequence[Rule]
) -> Impact:
    """Judge one published file.

    A fault counts where the file has it under the new version, and had it not, or less
    often, under its own: what was published incomplete stays so without a word.

    :param content: the published form: UTF-8 CSV
    :param rules: that lead from its version to the new one
    :raises ckanext.odlocale.scdl.unreadable.Unreadable: it is no table
    """
    table = read(content)
    before = _count(check(table, old), _renamed(rules))
    moved = migrate(table, rules)
    report = check(moved, new)
    after = _count(report, {})
    faults = tuple(
        group
        for group in report.groups
        if group.national and after[_key(group, {})] > before[_key(group, {})]
    )
    written = canonical_csv(moved, new, report.mapping)
    if faults:
        return Impact("breaks", faults, written)
    lost = tuple(
        group
        for group in report.groups
        if group.code == "column.extra" and _is_filled(moved, str(group.params["name"]))
    )
    return Impact("fits" if written == content else "follows", lost, written)


def _is_filled(table: Table, name: str) -> bool:
    return bool((table.frame[name].str.strip_chars() != "").any())


def _renamed(rules: Sequence[Rule]) -> dict[str, str]:
    return {rule.before: rule.after for rule in rules if isinstance(rule, Rename)}


def _key(group: FindingGroup, renamed: dict[str, str]) -> tuple[str, str]:
    column = group.column or ""
    return group.code, renamed.get(column, column)


def _count(report: Report, renamed: dict[str, str]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for group in report.groups:
        if group.national:
            counts[_key(group, renamed)] += group.count
    return counts
