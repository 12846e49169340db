"""Amounts that add up those above them, as a total at the bottom of a table does."""

from __future__ import annotations

from itertools import accumulate

import polars as pl

from .numbers_and_dates import read_french_number
from .table_schema import TableSchema

#: How far a sum and its total may be, in the unit of the amounts: half a cent.
_ROUNDING = 0.005
#: How many rows a total adds up at least: two alike amounts are no sum.
_FEWEST = 2


class Sums:
    """The amounts of a table, and which of its rows add up those above.

    Rows are asked about in their order: a row that is a total is then left out of
    what the next ones may add up.

    :param columns: the amounts of each column, null where a row has none
    """

    def __init__(self, columns: list[list[float | None]]) -> None:
        self._columns = [_Column(one) for one in columns]

    def has_amount(self, at: int) -> bool:
        """Tell whether a row has an amount."""
        return any(one.amounts[at] is not None for one in self._columns)

    def adds_up(self, at: int) -> bool:
        """Tell whether each amount of a row is the sum of those above it.

        Of all of them, or of those since the last total; totals are not counted.
        """
        filled = [one for one in self._columns if one.amounts[at] is not None]
        return bool(filled) and all(one.adds_up(at) for one in filled)

    def leave_out(self, at: int) -> None:
        """Count a row as a total."""
        for one in self._columns:
            one.leave_out(at)


class _Column:
    def __init__(self, amounts: list[float | None]) -> None:
        self.amounts = amounts
        self._until = [0.0, *accumulate(one or 0.0 for one in amounts)]
        self._filled = [0, *accumulate(int(bool(one)) for one in amounts)]
        self._totals, self._count, self._since = 0.0, 0, 0

    def adds_up(self, at: int) -> bool:
        amount, until, filled = self.amounts[at], self._until[at], self._filled[at]
        if not amount:
            return False
        every = (until - self._totals, filled - self._count)
        since = (until - self._until[self._since], filled - self._filled[self._since])
        return any(
            rows >= _FEWEST and abs(added - amount) < _ROUNDING
            for added, rows in (every, since)
        )

    def leave_out(self, at: int) -> None:
        amount = self.amounts[at]
        self._totals += amount or 0.0
        self._count += int(bool(amount))
        self._since = at + 1


def list_sums(view: pl.DataFrame, schema: TableSchema) -> Sums:
    """Return the amounts of a table: its numbers, but those that have a maximum.

    A share, a note or an hour is not added up.

    :param view: the fields' values
    """
    amounts = [
        field.name
        for field in schema.fields
        if field.type in ("number", "integer")
        and field.maximum is None
        and field.name in view.columns
    ]
    return Sums([_read_amounts(view[name]) for name in amounts])


def _read_amounts(column: pl.Series) -> list[float | None]:
    read = {one: read_french_number(one.strip()) for one in column.unique()}
    numbers = {one: None if text is None else float(text) for one, text in read.items()}
    return [numbers[one] for one in column]
