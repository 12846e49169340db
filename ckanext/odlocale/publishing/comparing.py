"""What a release changes to another one: rows added, removed, changed.

Rows are matched by the columns that the model says are unlike in any two rows. Where it
names none, or the files do not obey it, a row is itself or is not: it is then added or
removed, never changed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ckanext.odlocale.scdl.typed import read_canonical

#: Beyond these, both files are downloaded rather than compared on a page.
MAX_BYTES = 50 * 1024 * 1024
MAX_ROWS = 500_000

_COUNT, _RANK = "\0count", "\0rank"


@dataclass(frozen=True)
class Change:
    """One cell that changed.

    :ivar row: values of the columns that tell the row
    :ivar column: which cell
    """

    row: tuple[str, ...]
    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """How a file became another.

    :ivar keys: columns that rows were matched by; none where whole rows were compared
    :ivar added: rows that the later file alone has, in its order
    :ivar removed: rows that the earlier one alone has, in its order
    :ivar before: rows that changed, as they were
    :ivar after: the same rows, as they are
    """

    keys: tuple[str, ...]
    added: pl.DataFrame
    removed: pl.DataFrame
    before: pl.DataFrame
    after: pl.DataFrame

    @property
    def is_same(self) -> bool:
        """Whether both files have the same rows, in any order."""
        return not (len(self.added) or len(self.removed) or len(self.before))

    def changes(self, limit: int) -> list[Change]:
        """Return the cells of the first rows that changed.

        :param limit: of rows
        """
        told = []
        for old, new in zip(
            self.before.head(limit).iter_rows(named=True),
            self.after.head(limit).iter_rows(named=True),
            strict=True,
        ):
            row = tuple(str(new[key]) for key in self.keys)
            told += [
                Change(row, column, old[column] or "", new[column] or "")
                for column in self.before.columns
                if old[column] != new[column]
            ]
        return told

    def to_csv(self, header: str, words: Mapping[str, str]) -> bytes:
        """Return every row that was added, removed or changed.

        :param header: of the column that says which
        :param words: what it says: ``added``, ``removed``, ``before``, ``after``
        """
        pairs = pl.concat(
            [
                _marked(frame, header, words[word]).with_row_index(_RANK)
                for word, frame in (("before", self.before), ("after", self.after))
            ]
        )
        parts = [
            _marked(self.removed, header, words["removed"]),
            _marked(self.added, header, words["added"]),
            pairs.sort(_RANK, maintain_order=True).drop(_RANK),
        ]
        written = io.BytesIO()
        pl.concat(parts).write_csv(written, line_terminator="\n")
        return written.getvalue()


def is_comparable(sizes: Sequence[int], rows: Sequence[int]) -> bool:
    """Tell whether files are small enough to be compared while somebody waits.

    :param sizes: in bytes
    """
    return max(sizes) <= MAX_BYTES and max(rows) <= MAX_ROWS


def compare(before: bytes, after: bytes, primary_key: Sequence[str]) -> Comparison:
    """Compare two published files of one model.

    :param primary_key: columns no two rows have the same values in, if any

    >>> old, new = b"ID,NOM\\n1,Puits\\n2,Stade\\n", b"ID,NOM\\n2,Halle\\n"
    >>> found = compare(old, new, ["ID"])
    >>> found.removed.rows()
    [('1', 'Puits')]
    >>> found.changes(50)
    [Change(row=('2',), column='NOM', before='Stade', after='Halle')]
    """
    old, new = _align(read_canonical(before), read_canonical(after))
    keys = list(primary_key)
    if keys and _tells_rows(old, keys) and _tells_rows(new, keys):
        return _compare_by_key(old, new, keys)
    return _compare_whole(old, new)


def _align(old: pl.DataFrame, new: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give both files the columns of both, in the later one's order."""
    names = [*new.columns, *(one for one in old.columns if one not in new.columns)]
    return _with_columns(old, names), _with_columns(new, names)


def _with_columns(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    present = set(frame.columns)
    return frame.select(
        pl.col(one) if one in present else pl.lit(None, pl.String).alias(one)
        for one in names
    )


def _tells_rows(frame: pl.DataFrame, keys: Sequence[str]) -> bool:
    if not set(keys) <= set(frame.columns):
        return False
    told = frame.select(keys)
    return not any(told.null_count().row(0)) and told.n_unique() == len(frame)


def _compare_by_key(
    old: pl.DataFrame, new: pl.DataFrame, keys: list[str]
) -> Comparison:
    others = [one for one in new.columns if one not in keys]
    kept = new.join(old, on=keys, how="inner", suffix="\0", maintain_order="left")
    if others:
        differs = pl.any_horizontal(
            pl.col(one).ne_missing(pl.col(f"{one}\0")) for one in others
        )
        kept = kept.filter(differs)
    else:
        kept = kept.clear()
    was = [pl.col(one if one in keys else f"{one}\0").alias(one) for one in new.columns]
    return Comparison(
        keys=tuple(keys),
        added=new.join(old, on=keys, how="anti", maintain_order="left"),
        removed=old.join(new, on=keys, how="anti", maintain_order="left"),
        before=kept.select(was),
        after=kept.select(new.columns),
    )


def _compare_whole(old: pl.DataFrame, new: pl.DataFrame) -> Comparison:
    none = new.clear()
    return Comparison((), _beyond(new, old), _beyond(old, new), none, none)


def _beyond(frame: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a file that another has not, as often as it lacks them."""
    names = frame.columns
    rank = pl.int_range(pl.len()).over(names).alias(_COUNT)
    left, right = frame.with_columns(rank), other.with_columns(rank)
    beyond = left.join(
        right, on=[*names, _COUNT], how="anti", nulls_equal=True, maintain_order="left"
    )
    return beyond.select(names)


def _marked(frame: pl.DataFrame, header: str, word: str) -> pl.DataFrame:
    return frame.select(pl.lit(word).alias(header), *(pl.col(n) for n in frame.columns))
