"""A table that begins as the last one published: what stays true, and no more.

Of data that go on (equipment, car parks) everything is kept, to be looked over. Of the
data of a period (grants, a budget) what names who or what is kept, and what says when
and how much is left empty: last year's amount must never pass for this year's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ckanext.odlocale.publishing.grid_core import MAX_ROWS
from ckanext.odlocale.scdl.prefilled import owner_fields
from ckanext.odlocale.scdl.table_schema import TableSchema

#: Checks of the columns that identify somebody: who was helped last year may be again.
_IDENTIFIERS = frozenset(("siret", "siren", "code-rna"))


def columns_kept(schema: TableSchema) -> tuple[str, ...]:
    """Return the columns that a new table takes from the last one, in their order.

    The collectivité's own are left out: the table has them already.
    """
    own = {one.name for one in owner_fields(schema)}
    others = [one for one in schema.fields if one.name not in own]
    periods = {part.partition(":")[0] for part in schema.key_parts}
    if schema.period_field is None and not periods:
        return tuple(one.name for one in others)
    periods.add(schema.period_field or "")
    identifiers = {
        column
        for check in schema.checks
        if check.name in _IDENTIFIERS
        for column in check.columns
    }
    return tuple(
        one.name
        for one in others
        if one.name not in periods
        and one.type == "string"
        and (one.required or one.enum or one.name in identifiers)
    )


def prepare_rows(
    schema: TableSchema, rows: Iterable[Mapping[str, str | None]]
) -> list[dict[str, str]]:
    """Return the rows of a new table, from those of the last release.

    Rows that say the same once their amounts are gone are one.

    :param rows: values by column
    :returns: nothing where there are more than a table filled in online may hold
    """
    kept = columns_kept(schema)
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        cells = {name: str(row.get(name) or "") for name in kept}
        if any(cells.values()):
            filled = {name: text for name, text in cells.items() if text}
            found.setdefault(tuple(cells.values()), filled)
        if len(found) > MAX_ROWS:
            return []
    return list(found.values())
