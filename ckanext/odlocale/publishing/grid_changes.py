"""What the grid's actions do with what they were given."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ckan import model
from ckan.types import Context

from ckanext.odlocale.publishing.grid_core import (
    MAX_CHANGES,
    MAX_ROWS,
    Row,
    Stamp,
    Unkeepable,
    keep_row_id,
    read_cells,
)
from ckanext.odlocale.publishing.grid_model import Grid, GridRow
from ckanext.odlocale.publishing.grid_paste import read_paste
from ckanext.odlocale.publishing.grid_store import Place, hold_grid
from ckanext.odlocale.publishing.grid_table import find_in_cells
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.states import DRAFT_STATES
from ckanext.odlocale.scdl.owners import Owner

Choice = tuple[str, str, bool]


@dataclass(frozen=True)
class AskedRows:
    """Rows to add, to take out, to bring back."""

    add: tuple[Row, ...]
    before: str | None
    remove: tuple[str, ...]
    restore: tuple[str, ...]


def read_constants(given: Any, place: Place) -> dict[str, str]:
    """Return the values of all rows that a request changes.

    Emptied ones are kept as empty: what is known of the collectivité is not put back.
    """
    if given is None:
        return {}
    read = read_cells(given, place.names)
    return {name: read.get(name, "") for name in given}


def read_rows(data: Mapping[str, Any], place: Place) -> AskedRows:
    """Return what a request asks of the rows.

    :raises Unkeepable: something in it is not a row
    """
    listed = data.get("add") or []
    if not isinstance(listed, list):
        raise Unkeepable("text")
    if len(listed) > MAX_ROWS:
        raise Unkeepable("rows", limit=MAX_ROWS)
    add = []
    for one in listed:
        if not isinstance(one, Mapping):
            raise Unkeepable("text")
        key = keep_row_id(one.get("id") or uuid.uuid4().hex)
        add.append(Row(key, read_cells(one.get("cells") or {}, place.names)))
    before = data.get("before")
    return AskedRows(
        tuple(add),
        keep_row_id(before) if before else None,
        _read_ids(data.get("remove")),
        _read_ids(data.get("restore")),
    )


def _read_ids(given: Any) -> tuple[str, ...]:
    listed = [given] if isinstance(given, str) else given or []
    if not isinstance(listed, list):
        raise Unkeepable("row_id")
    if len(listed) > MAX_CHANGES:
        raise Unkeepable("changes", limit=MAX_CHANGES)
    return tuple(keep_row_id(one) for one in listed)


def add_rows(grid: Grid, asked: AskedRows, stamp: Stamp) -> list[str]:
    """Put new rows in a draft; one that is there already is left as it is."""
    known = GridRow.pick(grid.id, [row.id for row in asked.add])
    fresh = {row.id: row for row in asked.add if row.id not in known}
    if not fresh:
        return []
    position = GridRow.next_position(grid.id)
    if asked.before:
        target = GridRow.pick(grid.id, [asked.before]).get(asked.before)
        if target is None:
            raise Unkeepable("row")
        position = target.position
        GridRow.make_room(grid.id, position, len(fresh), stamp.version)
    for place, row in enumerate(fresh.values()):
        written = replace(row, stamps=dict.fromkeys(row.cells, stamp))
        one = GridRow(grid_id=grid.id, id=row.id, position=position + place)
        one.write(written, stamp.version)
        model.Session.add(one)
    return list(fresh)


def mark_removed(grid: Grid, asked: AskedRows, version: int) -> None:
    """Take rows out, and bring others back."""
    wanted = {
        **dict.fromkeys(asked.remove, True),
        **dict.fromkeys(asked.restore, False),
    }
    for key, row in GridRow.pick(grid.id, wanted).items():
        if row.removed is not wanted[key]:
            row.removed = wanted[key]
            row.version = version


def read_choices(given: Any) -> list[Choice]:
    """Return the cells that a person chose: row, column, whether hers is kept.

    :raises Unkeepable: it is no choice
    """
    if not isinstance(given, list):
        raise Unkeepable("text")
    choices = []
    for one in given:
        if not isinstance(one, Mapping) or one.get("keep") not in ("mine", "theirs"):
            raise Unkeepable("text")
        name = str(one.get("field"))
        choices.append((keep_row_id(one.get("row")), name, one["keep"] == "mine"))
    return choices


def settle(grid: Grid, choices: list[Choice], stamp: Stamp) -> None:
    """Write the values that a person chose, and forget these conflicts."""
    chosen = {(row, name): mine for row, name, mine in choices}
    kept = []
    for conflict in grid.waiting:
        mine = chosen.get((conflict.row, conflict.field))
        if conflict.user != stamp.user or mine is None:
            kept.append(conflict)
            continue
        row = GridRow.pick(grid.id, [conflict.row]).get(conflict.row)
        if mine and row is not None:
            written = row.read().write(conflict.field, conflict.mine, stamp)
            row.write(replace(written, removed=False), stamp.version)
    grid.wait_for(kept)


def check_rows(
    place: Place, draft: Mapping[str, Any], asked: Any, lang: str
) -> dict[str, Any]:
    """Return what is found in the rows asked for, or in all of them."""
    cells = {row["id"]: row["cells"] for row in draft["rows"]}
    numbers = {key: number for number, key in enumerate(cells, start=1)}
    if asked is not None:
        wanted = _read_ids(asked)
        cells = {key: row for key, row in cells.items() if key in wanted}
    found = find_in_cells(
        place.schema,
        cells,
        draft["constants"],
        numbers,
        owner=Owner(siren=draft["siren"]),
        lang=lang,
    )
    return {"checked": list(cells), "findings": [one.to_dict() for one in found]}


def read_clipboard(place: Place, same: Collection[str]) -> dict[str, Any]:
    """Return what a spreadsheet copied, as the grid can take it.

    :param same: columns that have one value for all rows
    """
    text, columns = place.data.get("text"), place.data.get("columns")
    headers = place.data.get("headers", True)
    if not isinstance(text, str) or not isinstance(columns, (list, type(None))):
        raise Unkeepable("text")
    if not isinstance(headers, bool):
        raise Unkeepable("text")
    answers = place.data.get("answers")
    read = read_paste(
        text, place.schema, columns, same=same, answers=answers, headers=headers
    )
    return read.to_dict()


def hand_over(context: Context, place: Place, deposit_id: str) -> None:
    """Note which deposit was made of a draft, and drop the one made before."""
    grid = hold_grid(context, place)
    former = Deposit.load(grid.deposit_id) if grid.deposit_id else None
    if former is not None and former.state in DRAFT_STATES:
        model.Session.delete(former)
    made = Deposit.load(deposit_id)
    if made is not None:
        made.channel = "grid"
    grid.deposit_id = deposit_id
    GridRow.forget_removed(grid.id)
    model.Session.commit()
