"""Cells left empty whose value another column, or the collectivité, tells.

What is deduced is proposed: the agent fills the cells, or leaves them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import polars as pl

from .grouping import call_field, group_cells
from .identifiers import is_siret
from .owners import Owner
from .report import Correction, FindingGroup, identify_group
from .table import Table
from .table_schema import TableSchema
from .values import is_empty

_CUT = re.compile(r"([0-9])(?:[.,]([0-9]*))?\s*e\s*\+?\s*([0-9]{1,2})", re.IGNORECASE)


def find_deduced(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    asked: Collection[str],
) -> Iterator[FindingGroup]:
    """Yield empty cells that the beginning of another column's value settles.

    Rules are data of the schema (``deductions``): the section of a budget's line is
    that of its account, classes 1 and 2 or 6 and 7 (instructions budgétaires et
    comptables M14 and M57).

    :param chosen: column name to field name
    :param view: the fields' values
    :param asked: fields that have empty cells
    """
    names = {field: name for name, field in chosen.items()}
    for rule in schema.deductions:
        if rule.field not in asked or rule.source not in names:
            continue
        cells = view.select(
            pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"),
            is_empty(pl.col(rule.field)).alias("empty"),
            _deduce(pl.col(rule.source).str.strip_chars(), rule.starts).alias("after"),
            pl.col(rule.source).alias("source"),
        ).filter("empty")
        told = cells.filter(pl.col("after").is_not_null())
        if not told.height:
            continue
        yield group_cells(
            table,
            "value.deduced",
            "confirm",
            name=names[rule.field],
            field=rule.field,
            index=told["index"],
            before=pl.repeat("", told.height, dtype=pl.String, eager=True),
            after=told["after"],
            params={
                "empty": cells.height,
                "title": call_field(table, chosen, schema.field(rule.field)),
                "source": call_field(table, chosen, schema.field(rule.source)),
            },
        )


def _deduce(column: pl.Expr, starts: Mapping[str, str]) -> pl.Expr:
    """Return what the longest known beginning of a value says, null where none does."""
    said = pl.lit(None, dtype=pl.String)
    for start in sorted(starts, key=len):
        said = pl.when(column.str.starts_with(start)).then(
            pl.lit(starts[start])
        ).otherwise(said)  # fmt: skip
    return said


def find_own_siret(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    owner: Owner | None,
    asked: Collection[str],
) -> Iterator[FindingGroup]:
    """Yield rows, or a whole file, that do not say whose they are.

    The SIRET proposed is the one that the other rows have, else the one known of
    who publishes.

    :param chosen: column name to field name
    :param view: the fields' values
    :param asked: fields that have empty cells
    """
    target = schema.siret_field
    if owner is None or target is None or not _wants_siret(schema, target):
        return
    if target not in view.columns:
        if is_siret(owner.siret or "") and schema.field(target).required:
            yield FindingGroup(
                id=identify_group("siret.absent", target),
                code="siret.absent",
                severity="blocks",
                count=1,
                column=target,
                correction=Correction("siret.absent", False, owner.siret),
                national=True,
                params={"title": schema.field(target).title, "siret": owner.siret},
            )
        return
    if not schema.field(target).required or target not in asked:
        return
    known = _known_siret(view[target], owner)
    if known is None:
        return
    empty = view.select(is_empty(pl.col(target)).alias("empty"))["empty"]
    index = empty.arg_true()
    after = pl.repeat(known, len(index), dtype=pl.String, eager=True)
    yield group_cells(
        table,
        "siret.own",
        "confirm",
        name=next(name for name, field in chosen.items() if field == target),
        field=target,
        index=index,
        before=view[target].gather(index),
        after=after,
        params={"siret": known},
    )


def complete_own_siret(
    groups: Iterator[FindingGroup],
    schema: TableSchema,
    view: pl.DataFrame,
    owner: Owner | None,
) -> Iterator[FindingGroup]:
    """Yield groups, with the collectivité's own SIRET where its number was cut.

    A spreadsheet's «2,15E+13» keeps the first figures: it is proposed only where they
    agree. So is the SIRET for the SIREN alone.

    :param groups: of cells at fault
    """
    target = schema.siret_field
    for group in groups:
        places = group.places
        cut = group.code in ("siret.scientific", "siret.siren")
        if (
            not cut
            or group.column != target
            or target is None
            or owner is None
            or places is None
            or places.before is None
            or not _wants_siret(schema, target)
        ):
            yield group
            continue
        known = _known_siret(view[target], owner)
        if known is None or not all(_agrees(one, known) for one in places.before):
            yield group
            continue
        after = pl.repeat(known, group.count, dtype=pl.String, eager=True)
        yield replace(
            group,
            severity="confirm",
            examples=tuple(replace(one, after=known) for one in group.examples),
            correction=Correction(group.code, False, known),
            places=replace(places, after=after),
        )


def _agrees(cell: str, siret: str) -> bool:
    """Tell whether what is left of a number begins a SIRET of 14 figures.

    >>> _agrees("2,156E+13", "21560046100010"), _agrees("9,1E+13", "21560046100010")
    (True, False)
    """
    bare = cell.strip()
    cut = _CUT.fullmatch(bare)
    if cut is None:
        return re.sub(r"\D", "", bare) == siret[:9]
    figures = (cut[1] + (cut[2] or "")).rstrip("0")
    rounded = str(round(int(siret) / 10 ** (14 - len(figures)))) if figures else ""
    return int(cut[3]) == 13 and figures in (
        siret[: len(figures)],
        rounded.rstrip("0"),
        rounded,
    )


def _wants_siret(schema: TableSchema, target: str) -> bool:
    """Tell whether the column wants 14 figures: one schema names its owner by SIREN."""
    return "siren" not in target.lower()


def _known_siret(column: pl.Series, owner: Owner) -> str | None:
    """Return the SIRET of the other rows if they agree, else the one known."""
    digits = column.str.replace_all(r"[^0-9]", "").unique()
    told = digits.filter(digits.str.slice(0, 9).is_in(sorted(owner.all_sirens)))
    own = [one for one in told if is_siret(one)]
    if own:
        return own[0] if len(own) == 1 else None
    return owner.siret if owner.siret and is_siret(owner.siret) else None
