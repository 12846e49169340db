"""Rows that are probably not data: a total at the bottom, the same line twice.

Nobody but the agent knows: each is asked about, none is left out without a word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import polars as pl

from .grouping import group_cells
from .report import FindingGroup
from .sums import Sums, list_sums
from .table import Table
from .table_schema import TableSchema
from .words import fold

#: «Total», «TOTAUX», «Sous-total 2024», «Total général des subventions»…
_TOTAL = re.compile(r"(?:sous )?tota(?:l|ux)(?: .{0,40})?")
_TOTAL_WORD = ("total", "Total", "TOTAL", "totaux", "Totaux", "TOTAUX")
#: What may follow «total» and name nobody, unlike «Total Direct Energie».
_PLAIN_WORDS = frozenset(
    "general generaux global annuel partiel ht ttc eur euro euros a au aux d de des du"
    " en et l la le les par pour sur annee exercice page commune mairie section"
    " chapitre article budget depense depenses recette recettes fonctionnement"
    " investissement montant montants somme sommes subvention subventions aide aides"
    " association associations beneficiaire beneficiaires attribue attribues attribuee"
    " attribuees verse verses versee versees vote votes votee votees".split()
)


def says_total(column: pl.Expr) -> pl.Expr:
    """Return whether a cell has the word, at first look."""
    return column.str.contains_any(list(_TOTAL_WORD))


def is_sparse(columns: Iterable[str]) -> pl.Expr:
    """Return whether a row fills half, at most, of what rows usually fill.

    A column that says the same on every row tells no row from the others, and is not
    counted: once the portal has filled it, a total has it as its neighbours do.
    """
    filled = pl.sum_horizontal(
        [
            ((pl.col(name) != "") & _varies(pl.col(name))).cast(pl.UInt32)
            for name in columns
        ]
    )
    return filled * 2 <= filled.median()


def _varies(column: pl.Expr) -> pl.Expr:
    return (column != column.first()).any()


def find_totals(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    sparse: bool,
    worded: Collection[str],
) -> Iterator[FindingGroup]:
    """Yield the rows that add up others: one says «total», and fills few columns.

    A total fills half, at most, of the columns that its neighbours fill: an
    association called «Total Danse» has a SIRET, an amount and a date. Whatever it
    fills, a row that says «total» is one where its amounts add up the rows above.

    :param chosen: column name to field name
    :param view: the fields' values
    :param sparse: whether some row fills few columns
    :param worded: fields that say «total» somewhere
    """
    if table.frame.width < 2 or view.height < 2:
        return
    few = set[int]()
    if sparse:
        told = view.select(is_sparse(view.columns).alias("s"))["s"]
        few.update(told.arg_true())
    labels = _find_labels(table, chosen, few, worded)
    if not labels:
        return
    found = [*_choose_totals(labels, few, list_sums(view, schema))]
    if not found:
        return
    index = pl.Series("index", found, dtype=pl.UInt32)
    before = [labels[at] for at in found]
    first = next(iter(chosen), table.names[0])
    yield group_cells(
        table,
        "row.total",
        "confirm",
        name=first,
        field=chosen.get(first, first),
        index=index,
        before=pl.Series("before", before, dtype=pl.String),
    )


def _find_labels(
    table: Table,
    chosen: Mapping[str, str],
    few: Collection[int],
    worded: Collection[str],
) -> dict[int, str]:
    """Return the cell that calls each row a total, by position, in order."""
    # What every row says calls none of them a total.
    told = table.frame.select(_varies(pl.all())).row(0, named=True)
    varied = table.frame.select(name for name, varies in told.items() if varies)
    if not varied.width:
        return {}
    said: set[int] = set()
    for name, field in chosen.items():
        if field in worded and name in varied.columns:
            said.update(varied.select(says_total(pl.col(name)))[name].arg_true())
    labels: dict[int, str] = {}
    for at in sorted({*few, *said}):
        label = _label(varied.row(at))
        if label is not None:
            labels[at] = label
    return labels


def _label(row: tuple[str, ...]) -> str | None:
    """Return the cell that calls a row a total, if one does."""
    return next((cell for cell in row if cell and _TOTAL.fullmatch(fold(cell))), None)


def _choose_totals(
    labels: Mapping[int, str], few: Collection[int], sums: Sums
) -> Iterator[int]:
    """Yield the positions of the rows that are totals.

    :param few: positions of the rows that fill few columns
    """
    for at, label in labels.items():
        added = sums.adds_up(at)
        # An amount that adds up nothing is that of whom «Total» is the name.
        sparse = at in few and (_is_plain(label) or not sums.has_amount(at))
        if added or sparse:
            sums.leave_out(at)
            yield at


def _is_plain(label: str) -> bool:
    """Tell whether a label only says that a row is a total, and of what.

    >>> _is_plain("Total général 2024"), _is_plain("Total Direct Energie")
    (True, False)
    """
    first, *others = fold(label).split()
    return first == "sous" or all(
        word.isdigit() or word in _PLAIN_WORDS for word in others
    )


def find_twice(
    table: Table, schema: TableSchema, chosen: Mapping[str, str], view: pl.DataFrame
) -> Iterator[FindingGroup]:
    """Yield the rows that repeat an earlier one, cell for cell.

    Only where the schema says that each row is one thing (a unique column, a primary
    key): two lines of a budget may well be alike.

    :param chosen: column name to field name
    :param view: the fields' values
    """
    keys = [one.name for one in schema.fields if one.unique]
    keys += [name for name in schema.primary_key if name not in keys]
    keys = [name for name in keys if name in view.columns]
    if not keys or not view.select(pl.struct(keys).is_duplicated().any()).item():
        return
    frame = table.frame
    again = frame.select(
        (pl.struct(pl.all()).is_first_distinct().not_()).alias("again")
    )["again"]
    blank = view.select(pl.all_horizontal(pl.col(keys) == "").alias("blank"))["blank"]
    index = (again & ~blank).arg_true()
    if not len(index):
        return
    names = {field: name for name, field in chosen.items()}
    yield group_cells(
        table,
        "row.twice",
        "confirm",
        name=names[keys[0]],
        field=keys[0],
        index=index,
        before=view[keys[0]].gather(index),
    )
