"""What an agent answers to findings, one row or a whole group, and what it changes.

Answers are data, replayed from the file that was sent: the same file, report and
answers always give the same table. Rows are those of the file, whatever was withdrawn
before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import polars as pl

from .corrected import Change, Corrected, rebuild, rename_headers
from .decision_refusals import DecisionRefused
from .masking import mask
from .options import OPTION_CODES, OptionCode
from .personal import judge
from .personal_columns import role_of
from .report import FindingGroup, Places, Report, count_values
from .table import Table
from .table_schema import TableSchema

#: Longest value that replaces a cell, in characters: that of one cell of Excel.
MAX_VALUE = 32_767
#: What identifies a beneficiary beside his name: it goes with the name.
IDENTIFIERS = ("idBeneficiaire", "rnaBeneficiaire")


@dataclass(frozen=True)
class Decision:
    """One answer.

    :ivar group: identifier of the group of findings
    :ivar option: what to do, one of those that the group offers
    :ivar rows: rows of the file; all those of the group where it says none
    :ivar value: what replaces the cells, where the option is ``replace``
    """

    group: str
    option: OptionCode
    rows: tuple[int, ...] | None = None
    value: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form."""
        return {
            "group": self.group,
            "option": self.option,
            "rows": None if self.rows is None else list(self.rows),
            "value": self.value,
        }

    @classmethod
    def from_dict(cls, data: object) -> Decision:
        """Rebuild an answer from :meth:`to_dict`, or from what a stranger sent.

        :raises DecisionRefused: ``shape`` where it is no answer
        """
        if not isinstance(data, Mapping):
            raise DecisionRefused("shape")
        group, option = data.get("group"), data.get("option")
        rows, value = data.get("rows"), data.get("value")
        if not isinstance(group, str) or option not in OPTION_CODES:
            raise DecisionRefused("shape")
        if rows is not None and not (
            isinstance(rows, (list, tuple)) and all(type(row) is int for row in rows)
        ):
            raise DecisionRefused("shape")
        if value is not None and not isinstance(value, str):
            raise DecisionRefused("shape")
        numbers = None if rows is None else tuple(rows)
        return cls(group, cast(OptionCode, option), numbers, value)


@dataclass(frozen=True)
class _Answer:
    """A decision beside its group, its rows being settled, in order."""

    group: FindingGroup
    places: Places
    option: OptionCode
    rows: pl.Series
    value: str | None

    def among_places(self) -> pl.Series:
        """Positions of its rows among those of the group."""
        return self.places.rows.search_sorted(self.rows)


def apply_decisions(
    table: Table, schema: TableSchema, report: Report, decisions: Iterable[Decision]
) -> Corrected:
    """Return the table as the answers make it.

    Corrections come first, then what replaces or hides, then the rows that leave:
    the order in which answers were given changes nothing.

    :param report: what :func:`checking.check` returned for this very table
    :returns: the corrected copy, each change and each row withdrawn being listed
    :raises DecisionRefused: where an answer fits no group, option or row of the
        report, where a row has two answers, or where a person cannot be masked
    :raises ValueError: where the report was stored, and no longer knows its rows
    """
    answers = _settle(report, decisions)
    edits = _Edits(table, schema, report)
    for option in ("apply", "publish", "fill", "replace", "mask", "withdraw"):
        for answer in answers:
            if answer.option == option:
                edits.take(answer)
    return edits.finish()


def leave_kept(report: Report, decisions: Iterable[Decision]) -> Report:
    """Return a report without what was kept knowingly.

    A finding that the national validator counts stays, to be known only: keeping a
    value does not make the file conform. What blocks is kept by nobody.

    :param report: of the table that the answers have made
    """
    kept: dict[str, list[Decision]] = {}
    for one in decisions:
        if one.option == "keep":
            kept.setdefault(one.group, []).append(one)
    groups = []
    for group in report.groups:
        rest: FindingGroup | None = group
        if group.id in kept and group.severity != "blocks":
            rest = _without(group, kept[group.id])
        if rest is not None:
            groups.append(rest)
    return replace(report, groups=tuple(groups))


def _without(group: FindingGroup, kept: Sequence[Decision]) -> FindingGroup | None:
    if group.national:
        asked = group.severity == "confirm"
        return replace(group, severity="know" if asked else group.severity)
    places = group.places
    if places is None or any(one.rows is None for one in kept):
        return None
    numbers = pl.Series("row", [row for one in kept for row in one.rows or ()])
    left = places.rows.is_in(numbers.cast(places.rows.dtype).implode()).not_()
    rows = places.rows.filter(left)
    if not len(rows):
        return None
    before = None if places.before is None else places.before.filter(left)
    after = None if places.after is None else places.after.filter(left)
    return replace(
        group,
        count=len(rows),
        rows=tuple(rows.head(len(group.rows))),
        values=() if before is None else count_values(before),
        examples=tuple(one for one in group.examples if one.row in set(rows)),
        places=replace(places, rows=rows, before=before, after=after),
    )


def _settle(report: Report, decisions: Iterable[Decision]) -> list[_Answer]:
    """Put each decision beside its group, refusing those that fit none."""
    groups = {group.id: group for group in report.groups}
    answers: list[_Answer] = []
    taken: dict[str, list[pl.Series]] = {}
    for one in decisions:
        group = groups.get(one.group)
        if group is None:
            raise DecisionRefused("group", group=one.group)
        option = next((o for o in group.options if o.code == one.option), None)
        if option is None:
            raise DecisionRefused("option", group=one.group, option=one.option)
        places = group.places
        if places is None:
            if group.rows:
                raise ValueError("a stored report no longer knows its rows")
            places = Places(pl.Series("row", [], dtype=pl.UInt32))
        rows = _read_rows(one, places)
        taken.setdefault(one.group, []).append(rows)
        value = _read_value(one) if option.needs_value else None
        answers.append(_Answer(group, places, one.option, rows, value))
    for group_id, given in taken.items():
        together = pl.concat(given)
        if together.n_unique() < len(together) or (
            len(given) > 1 and not len(together)
        ):
            twice = together.filter(together.is_duplicated())
            raise DecisionRefused("twice", group=group_id, row=twice.min() or 0)
    order = {group_id: rank for rank, group_id in enumerate(groups)}
    return sorted(
        answers,
        key=lambda each: (order[each.group.id], each.rows[0] if len(each.rows) else 0),
    )


def _read_rows(one: Decision, places: Places) -> pl.Series:
    """Return the rows of an answer, refusing those that its group does not have."""
    if one.rows is None:
        return places.rows
    known = places.rows.dtype
    # A number that no row can have would not even fit in the column's type.
    strange = [row for row in one.rows if not 0 < row < 2**32]
    if not strange:
        asked = pl.Series("row", one.rows, dtype=known)
        strange = asked.filter(asked.is_in(places.rows.implode()).not_()).to_list()
    if strange:
        raise DecisionRefused("row", group=one.group, row=min(strange))
    if len(set(one.rows)) < len(one.rows):
        again = min(row for row in one.rows if one.rows.count(row) > 1)
        raise DecisionRefused("twice", group=one.group, row=again)
    return pl.Series("row", sorted(one.rows), dtype=known)


def _read_value(one: Decision) -> str:
    """Return the value given, refusing what no cell can hold.

    An empty one empties the cell; it must have been said, not forgotten.
    """
    if one.value is None:
        raise DecisionRefused("no_value", group=one.group)
    if len(one.value) > MAX_VALUE:
        raise DecisionRefused("value_long", group=one.group, limit=MAX_VALUE)
    if not all(sign.isprintable() for sign in one.value):
        raise DecisionRefused("value_signs", group=one.group)
    return one.value


class _Edits:
    """Cells and rows changed so far."""

    def __init__(self, table: Table, schema: TableSchema, report: Report) -> None:
        self.table, self.schema, self.report = table, schema, report
        self.frame = table.frame
        self.counts: Counter[str] = Counter()
        self.renamed: set[str] = set()
        self.filled: dict[str, str] = {}
        self.published: dict[str, str] = {}
        self.gone = pl.Series("row", [], dtype=table.row_numbers.dtype)

    def take(self, answer: _Answer) -> None:
        """Take one answer into account."""
        count = len(answer.rows) or 1
        if answer.option == "withdraw":
            self.gone = pl.concat([self.gone, answer.rows])
        elif answer.option == "mask":
            self._mask(answer)
        elif answer.option == "publish":
            name = str(answer.group.params["name"])
            self.published[name] = self.table.header_of(name).strip()
        elif answer.option == "fill":
            self.filled[str(answer.group.column)] = str(answer.value)
        elif answer.option == "replace":
            self._write(answer, [str(answer.value)] * len(answer.rows))
        elif answer.group.code == "column.renamed":
            self.renamed.add(answer.group.id)
        elif answer.group.code == "siret.absent":
            correction = answer.group.correction
            self.filled[str(answer.group.column)] = str(correction and correction.after)
        else:
            count = self._apply(answer)
        self.counts[answer.group.id] += count

    def _apply(self, answer: _Answer) -> int:
        places = answer.places
        if places.after is None:
            return 0
        at = answer.among_places()
        after = places.after.gather(at)
        ready = after.is_not_null()
        index = self._index(answer.rows.filter(ready))
        self._set(self._name(answer), index, after.filter(ready))
        for name, values in places.beside.items():
            self._set(name, index, values.gather(at).filter(ready))
        return int(ready.sum())

    def _mask(self, answer: _Answer) -> None:
        field = self.schema.field(str(answer.group.column))
        role = role_of(field, [one.name for one in self.schema.fields])
        name = self._name(answer)
        cells = self.frame[name].gather(self._index(answer.rows))
        masked = [mask(role, cell) for cell in cells]
        for row, after in zip(answer.rows, masked, strict=True):
            if judge(role, after) is not None:
                raise DecisionRefused("unmasked", group=answer.group.id, row=row)
        self._write(answer, masked)
        if role == "beneficiary":
            targets = {to: name for name, to in self.report.mapping.items()}
            for identifier in IDENTIFIERS:
                if identifier in targets:
                    index = self._index(answer.rows)
                    self._set(targets[identifier], index, [""] * len(answer.rows))

    def _name(self, answer: _Answer) -> str:
        name = answer.places.name
        if name is None:
            raise DecisionRefused("option", group=answer.group.id, option=answer.option)
        return name

    def _index(self, rows: pl.Series) -> pl.Series:
        """Positions in the frame of rows of the file, whose numbers only grow."""
        return self.table.row_numbers.search_sorted(rows)

    def _write(self, answer: _Answer, after: Sequence[str]) -> None:
        if len(answer.rows):
            self._set(self._name(answer), self._index(answer.rows), after)

    def _set(
        self, name: str, index: pl.Series, after: Sequence[str] | pl.Series
    ) -> None:
        values = pl.Series(name, after, dtype=pl.String)
        self.frame = self.frame.with_columns(self.frame[name].scatter(index, values))

    def finish(self) -> Corrected:
        """Return the copy, with what differs from the table listed."""
        headers, renamed = rename_headers(self.table, self.report, self.renamed)
        gone = self.gone.unique().sort()
        left = self.table.row_numbers.is_in(gone.implode()).not_()
        changes = self._list_changes(left) + renamed
        labels = {one.name: one.title for one in self.schema.fields}
        corrected = rebuild(
            self.table, self.report, self.frame.filter(left), headers, changes,
            self.counts, self.filled, labels,
        )  # fmt: skip
        copy = replace(corrected.table, row_numbers=self.table.row_numbers.filter(left))
        names = dict(zip(self.table.names, corrected.table.names, strict=False))
        more = {names[name]: header for name, header in self.published.items()}
        return replace(
            corrected,
            table=copy,
            mapping={**corrected.mapping, **more},
            withdrawn=tuple(gone),
            published=tuple(more.values()),
        )

    def _list_changes(self, left: pl.Series) -> list[Change]:
        changes = []
        for name, field in self.report.mapping.items():
            before, after = self.table.frame[name], self.frame[name]
            index = ((before != after) & left).arg_true()
            rows = self.table.row_numbers.gather(index)
            changes += [
                Change(row, field, old, new)
                for row, old, new in zip(
                    rows, before.gather(index), after.gather(index), strict=True
                )
            ]
        return changes
