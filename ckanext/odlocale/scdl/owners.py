"""Rows that are another collectivité's: a portal publishes each one's own only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from .catalogue import TableSchema
from .identifiers import is_siren_column
from .report import MAX_ROWS, FindingGroup, count_values, identify_group
from .table import Table


@dataclass(frozen=True)
class Owner:
    """Who publishes: the rows must be this collectivité's.

    :ivar siren: its 9 digits; any of its establishments is its own
    :ivar insee: the code of a commune; nothing for others
    """

    siren: str
    insee: str | None = None


@dataclass(frozen=True)
class _Clue:
    """One column that says whose a row is.

    :ivar owner: whose, on rows where the column says it validly; null elsewhere
    """

    code: str
    field: str
    param: str
    expected: str
    owner: pl.Expr


def find_foreign(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    owner: Owner | None,
) -> Iterator[FindingGroup]:
    """Yield the rows whose SIREN, SIRET or INSEE code is another collectivité's.

    A SIREN says whose the row is, alone or within a SIRET, be the latter's last five
    digits wrong. A number without a valid SIREN is somebody's mistake, found
    elsewhere; it accuses nobody.

    :param chosen: column name to field name
    :param view: the fields' values
    """
    for clue in _clues(schema, owner):
        if clue.field in view.columns:
            yield from _group(table, chosen, view, clue)


def _clues(schema: TableSchema, owner: Owner | None) -> Iterator[_Clue]:
    if owner is None:
        return
    if schema.siret_field:
        digits = pl.col(schema.siret_field).str.replace_all(r"[^0-9]", "")
        first = pl.when(digits.str.len_bytes().is_in([9, 14])).then(
            digits.str.slice(0, 9)
        )
        siren = pl.when(is_siren_column(first)).then(first)
        yield _Clue("siret.foreign", schema.siret_field, "siren", owner.siren, siren)
    if schema.insee_field and owner.insee:
        code = pl.col(schema.insee_field).str.strip_chars().str.to_uppercase()
        # The pattern of the Code officiel géographique, Corsica included.
        valid = code.str.contains(r"^([013-9]\d|2[AB1-9])\d{3}$")
        insee = pl.when(valid).then(code)
        yield _Clue("insee.foreign", schema.insee_field, "insee", owner.insee, insee)


def _group(
    table: Table, chosen: Mapping[str, str], view: pl.DataFrame, clue: _Clue
) -> Iterator[FindingGroup]:
    foreign = view.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"),
        pl.col(clue.field).alias("value"),
        clue.owner.alias("owner"),
    ).filter(pl.col("owner") != clue.expected)
    name = next(name for name, to in chosen.items() if to == clue.field)
    by_owner = foreign.group_by("owner", maintain_order=True).agg(
        pl.len().alias("count"), pl.col("index").head(MAX_ROWS), "value"
    )
    for row in by_owner.iter_rows(named=True):
        numbers = table.row_numbers.gather(row["index"])
        yield FindingGroup(
            id=identify_group(clue.code, clue.field, row["owner"]),
            code=clue.code,
            severity="blocks",
            count=row["count"],
            column=clue.field,
            header=table.header_of(name),
            excel_column=table.letter_of(name),
            rows=tuple(numbers),
            values=count_values(pl.Series("value", row["value"])),
            params={clue.param: row["owner"], "owner": clue.expected},
        )
