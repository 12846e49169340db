"""Rows that are another collectivité's: a portal publishes each one's own only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from .catalogue import TableSchema
from .grouping import group_cells
from .identifiers import is_siren_column
from .report import FindingGroup
from .table import Table


@dataclass(frozen=True)
class Owner:
    """Who publishes: the rows must be this collectivité's.

    A commune nouvelle answers for the communes that it took in: their rows are its
    own, and so are those written under a number that it bore before.

    :ivar siren: its 9 digits; any of its establishments is its own
    :ivar insee: the code of a commune; nothing for others
    :ivar old_sirens: SIREN that it bore before
    :ivar old_insees: INSEE codes that it bore before
    :ivar formers: the communes that it took in
    :ivar siret: the establishment it usually publishes under, if known
    """

    siren: str
    insee: str | None = None
    old_sirens: tuple[str, ...] = ()
    old_insees: tuple[str, ...] = ()
    formers: tuple[Owner, ...] = ()
    siret: str | None = None

    @property
    def all_sirens(self) -> frozenset[str]:
        """Its SIREN, present and former; not those of the communes it took in."""
        return frozenset((self.siren, *self.old_sirens))

    @property
    def all_insees(self) -> frozenset[str]:
        """Its INSEE codes, present and former."""
        return frozenset(filter(None, (self.insee, *self.old_insees)))


@dataclass(frozen=True)
class _Clue:
    """One column that says whose a row is.

    :ivar expected: the present number of whoever publishes
    :ivar accepted: all the numbers that are its own
    :ivar owner: whose, on rows where the column says it validly; null elsewhere
    """

    code: str
    field: str
    param: str
    expected: str
    accepted: frozenset[str]
    owner: pl.Expr


def find_foreign(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    owner: Owner | None,
    asked: Collection[str],
) -> Iterator[FindingGroup]:
    """Yield the rows whose SIREN, SIRET or INSEE code is another collectivité's.

    A SIREN says whose the row is, alone or within a SIRET, be the latter's last five
    digits wrong. A number without a valid SIREN is somebody's mistake, found
    elsewhere; it accuses nobody.

    :param chosen: column name to field name
    :param view: the fields' values
    :param asked: fields that say another's somewhere, see :func:`list_foreign`
    """
    for clue in _clues(schema, owner):
        if clue.field in asked:
            yield from _group(table, chosen, view, clue)


def find_file_owner(
    table: Table, schema: TableSchema, mapping: Mapping[str, str], owner: Owner
) -> str | None:
    """Return whose a file is, of whoever publishes and the communes it took in.

    A file is a former commune's where each row that names anybody names that one:
    its budget of before the merger, say. A file about several is the publisher's.

    :param mapping: column name to field name
    :returns: a SIREN; nothing where no row names any of them
    """
    if not owner.formers:
        return None
    view = table.frame.select(
        pl.col(name).alias(field) for name, field in mapping.items()
    )
    numbers = {
        number: one.siren
        for one in (*owner.formers, owner)
        for number in one.all_sirens | one.all_insees
    }
    named = {
        numbers.get(number)
        for clue in _clues(schema, owner)
        if clue.field in view.columns
        for number in view.select(clue.owner.alias("owner"))["owner"].unique()
        if number is not None
    }
    return named.pop() if len(named) == 1 else owner.siren if named else None


def _clues(schema: TableSchema, owner: Owner | None) -> Iterator[_Clue]:
    if owner is None:
        return
    own = (owner, *owner.formers)
    if schema.siret_field:
        digits = pl.col(schema.siret_field).str.replace_all(r"[^0-9]", "")
        first = pl.when(digits.str.len_bytes().is_in([9, 14])).then(
            digits.str.slice(0, 9)
        )
        siren = pl.when(is_siren_column(first)).then(first)
        accepted = frozenset().union(*(one.all_sirens for one in own))
        yield _Clue(
            "siret.foreign", schema.siret_field, "siren", owner.siren, accepted, siren
        )
    if schema.insee_field and owner.insee:
        code = pl.col(schema.insee_field).str.strip_chars().str.to_uppercase()
        # The pattern of the Code officiel géographique, Corsica included.
        valid = code.str.contains(r"^([013-9]\d|2[AB1-9])\d{3}$")
        insee = pl.when(valid).then(code)
        accepted = frozenset().union(*(one.all_insees for one in own))
        yield _Clue(
            "insee.foreign", schema.insee_field, "insee", owner.insee, accepted, insee
        )


def list_foreign(
    schema: TableSchema, owner: Owner | None
) -> Iterator[tuple[str, pl.Expr]]:
    """Yield the fields that say whose a row is, and whether they say another's."""
    for clue in _clues(schema, owner):
        yield clue.field, clue.owner.is_in(sorted(clue.accepted)).not_()


def _group(
    table: Table, chosen: Mapping[str, str], view: pl.DataFrame, clue: _Clue
) -> Iterator[FindingGroup]:
    foreign = view.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"),
        pl.col(clue.field).alias("value"),
        clue.owner.alias("owner"),
    ).filter(pl.col("owner").is_in(sorted(clue.accepted)).not_())
    name = next(name for name, to in chosen.items() if to == clue.field)
    by_owner = foreign.group_by("owner", maintain_order=True).agg(
        pl.len().alias("count"), "index", "value"
    )
    for row in by_owner.iter_rows(named=True):
        yield group_cells(
            table,
            clue.code,
            "blocks",
            name=name,
            field=clue.field,
            index=pl.Series("index", row["index"], dtype=pl.UInt32),
            before=pl.Series("value", row["value"], dtype=pl.String),
            key=row["owner"],
            params={clue.param: row["owner"], "owner": clue.expected},
        )
