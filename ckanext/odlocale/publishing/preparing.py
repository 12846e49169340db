"""A table that begins as the last one published: what stays true, and no more; or as
a file that was sent in, to be completed.

Of data that go on (equipment, car parks) everything is kept, to be looked over. Of data
of a period, only what comes back each year (who is helped, the accounts of a budget),
and never when or how much: last year's amount must not pass for this year's.
Deliberations or first names do not come back: their table begins empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ckanext.odlocale.publishing.grid_core import MAX_ROWS
from ckanext.odlocale.scdl.prefilled import owner_fields
from ckanext.odlocale.scdl.table_schema import TableSchema

#: What comes back each year, by model.
COMES_BACK: dict[str, frozenset[str]] = {
    "subventions": frozenset(
        "nomBeneficiaire idBeneficiaire rnaBeneficiaire objet nature"
        " conditionsVersement".split()
    ),
    "budget": frozenset(
        "BGT_CONTNAT BGT_CONTNAT_LABEL BGT_NATURE BGT_NATURE_LABEL BGT_FONCTION"
        " BGT_FONCTION_LABEL BGT_SECTION BGT_OPBUDG BGT_CODRD BGT_ARTSPE".split()
    ),
}


def key_of_file(deposit_id: str) -> str:
    """Return the key of the table in which a file's rows are opened.

    >>> key_of_file("0f3c9a52-7d0e-4a35-9d2a-3f2f1f0b8e11")
    'fichier-0f3c9a52'
    """
    return f"fichier-{deposit_id[:8]}"


def rows_of_file(
    schema: TableSchema,
    columns: Mapping[str, str],
    rows: Iterable[Mapping[str, str | None]],
    constants: Mapping[str, str],
) -> tuple[dict[str, str], list[dict[str, str]]] | None:
    """Return the table online that a file gives, to be completed there.

    :param columns: columns of the file to the model's, by name
    :param rows: values by column of the file
    :param constants: what a table of this collectivité says of all its rows
    :returns: what the table says of all rows instead (an empty text lets each row have
        its own value), and its rows; nothing where they are more than a table holds
    """
    known = {one.name for one in schema.fields}
    kept = {column: name for column, name in columns.items() if name in known}
    found: list[dict[str, str]] = []
    for row in rows:
        cells = {name: str(row.get(column) or "") for column, name in kept.items()}
        if any(cells.values()):
            found.append({name: text for name, text in cells.items() if text})
        if len(found) > MAX_ROWS:
            return None
    same: dict[str, str] = {}
    for name in constants:
        said = {row.get(name, "") for row in found}
        if said - {"", constants[name]}:
            same[name] = said.pop() if len(said) == 1 else ""
    whole = {**constants, **same}
    dropped = {name for name, text in whole.items() if text}
    return same, [
        {name: text for name, text in row.items() if name not in dropped}
        for row in found
    ]


def columns_kept(schema: TableSchema) -> tuple[str, ...]:
    """Return the columns that a new table takes from the last one, in their order.

    The collectivité's own are left out: the table has them already.
    """
    own = {one.name for one in owner_fields(schema)}
    others = [one.name for one in schema.fields if one.name not in own]
    if schema.period_field is None and not schema.key_parts:
        return tuple(others)
    back = COMES_BACK.get(schema.slug, frozenset())
    return tuple(name for name in others if name in back)


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
