"""What a template of ours holds that is not the agent's: help sheets, and the
collectivité's own number and name on lines that nobody has filled in.

Names of sheets are part of a file's format: the reader tells our templates by them,
so that they are never translated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Protocol, TypeVar

import polars as pl

from .catalogue import Catalogue
from .report import MAX_ROWS, FindingGroup, identify_group, list_places
from .sample_values import keep_accepted
from .table import Table
from .table_schema import Field, TableSchema
from .unreadable import Unreadable
from .values import is_empty
from .words import fold_name

GUIDE_SHEET = "Mode d’emploi"
EXAMPLE_SHEET = "Exemple"
LISTS_SHEET = "Listes"
HELP_SHEETS = frozenset((GUIDE_SHEET, EXAMPLE_SHEET, LISTS_SHEET))

#: Columns that name the collectivité whose data these are, as headers are compared.
_NAME_FIELDS = frozenset(
    (
        "collnom nomcoll collectivitenom nomcollectivite bgtnom nomattribuant"
        " menucollnom platcollnom denominationemployeur"
    ).split()
)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Sheet = TypeVar("Sheet", bound=_Named)


def leave_help_out(sheets: list[Sheet]) -> tuple[list[Sheet], bool]:
    """Return the sheets that may hold data, and whether this is a template of ours.

    A workbook that holds both the guide and the example is one: they, and the lists,
    are never data. Where nothing else is there, all the sheets are returned.
    """
    names = {one.name for one in sheets}
    if not names >= {GUIDE_SHEET, EXAMPLE_SHEET}:
        return sheets, False
    kept = [one for one in sheets if one.name not in HELP_SHEETS]
    return (kept, True) if kept else (sheets, False)


def owner_fields(schema: TableSchema) -> tuple[Field, ...]:
    """Return the columns that only say whose data these are, in the schema's order."""
    return tuple(
        field
        for field in schema.fields
        if field.name in (schema.siret_field, schema.insee_field)
        or fold_name(field.name) in _NAME_FIELDS
    )


def prefill(
    schema: TableSchema, siret: str | None, name: str | None, insee: str | None
) -> dict[str, str]:
    """Return what is known of the collectivité's own columns, by field name.

    A column that says it by SIREN gets the first nine digits. What a column's rules
    would refuse is left out.
    """
    known: dict[str, str] = {}
    for field in owner_fields(schema):
        if field.name == schema.siret_field:
            candidates = [siret, siret[:9]] if siret else []
        elif field.name == schema.insee_field:
            candidates = [insee] if insee else []
        else:
            candidates = [name] if name else []
        kept = keep_accepted(schema, field, candidates)
        if kept:
            known[field.name] = kept[0]
    return known


def drop_untouched(table: Table, catalogue: Catalogue, template: bool) -> Table:
    """Leave out the rows that say only whose they are.

    Only in a table that has, by their very names, all the required columns of a
    schema: elsewhere a number alone may be data. They are told as blank rows, but for
    those that end a template of ours, which nobody wrote.

    :param template: whether the table was read from a template of ours
    :raises Unreadable: no_rows, where nothing is left
    """
    owners = _owner_columns(catalogue, table.headers)
    others = [name for name in table.names if name not in owners]
    if not owners or not others:
        return table
    # Cells beyond the last header are somebody's too.
    untouched = ~table.row_numbers.is_in(list(table.overflow))
    # Column by column: the first one is filled on every row of most files.
    for name in others:
        blank = table.frame.select(is_empty(pl.col(name)).alias("blank"))["blank"]
        untouched = untouched & blank
        if not untouched.any():
            return table
    kept = ~untouched
    if not kept.any():
        raise Unreadable("no_rows", columns=len(table.headers))
    numbers = table.row_numbers.filter(untouched).to_list()
    last = int(table.row_numbers.filter(kept)[-1])
    if template:
        numbers = [one for one in numbers if one < last]
    return replace(
        table,
        frame=table.frame.filter(kept),
        row_numbers=table.row_numbers.filter(kept),
        notes=tuple(_note_blank(table.notes, numbers, last)),
    )


@lru_cache(maxsize=8)
def _owner_columns(catalogue: Catalogue, headers: tuple[str, ...]) -> frozenset[str]:
    """Return the owner's columns of the schema that a table was made for, if any."""
    present = set(headers)
    fitting = [
        schema
        for schema in catalogue.every
        if schema.required and all(field.name in present for field in schema.required)
    ]
    if not fitting:
        return frozenset()
    closest = max(
        fitting, key=lambda one: len(present & {each.name for each in one.fields})
    )
    return frozenset(field.name for field in owner_fields(closest))


def _note_blank(
    notes: Iterable[FindingGroup], numbers: list[int], last: int
) -> Iterator[FindingGroup]:
    """Add rows to the note about blank rows, or write it."""
    told = not numbers
    at_end = sum(one > last for one in numbers)
    for note in notes:
        if note.code != "row.blank" or not numbers:
            yield note
            continue
        told = True
        noted = note.rows if note.places is None else note.places.rows
        every = sorted({*noted, *numbers})
        known = sum(one > last for one in note.rows)
        before = max(known, int(note.params.get("at_end", 0)))
        yield replace(
            note,
            count=note.count + len(numbers),
            rows=tuple(every[:MAX_ROWS]),
            places=list_places(every),
            params={"at_end": before + at_end},
        )
    if not told:
        yield FindingGroup(
            id=identify_group("row.blank", None),
            code="row.blank",
            severity="done",
            count=len(numbers),
            rows=tuple(numbers[:MAX_ROWS]),
            places=list_places(numbers),
            national=True,
            params={"at_end": at_end},
        )
