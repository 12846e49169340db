"""Between the actions of the grid and its tables: opens, holds, shows a draft."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict, Schema

from ckanext.odlocale.publishing import states
from ckanext.odlocale.publishing.grid_core import (
    DEFAULT_KEY,
    MAX_CHARACTERS,
    MAX_ROWS,
    Conflict,
    Stamp,
    Unkeepable,
    keep_key,
    sentence_of,
)
from ckanext.odlocale.publishing.grid_model import Grid, GridRow, now
from ckanext.odlocale.publishing.ownership import siret_of
from ckanext.odlocale.publishing.release import refuse
from ckanext.odlocale.scdl.catalogue import TableSchema, load_catalogue
from ckanext.odlocale.scdl.prefilled import prefill
from ckanext.odlocale.territory import heirs
from ckanext.odlocale.territory.tables import Collectivity

#: Characters kept of the name of a window.
MAX_CLIENT = 40


@dataclass(frozen=True)
class Place:
    """Which draft a request is about, and what it saw of it.

    :ivar seen: version of the draft that was on the screen
    :ivar client: the window it comes from
    """

    org_id: str
    schema: TableSchema
    key: str
    seen: int
    client: str
    data: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """The model's columns."""
        return [one.name for one in self.schema.fields]


def place_schema() -> Schema:
    """Accept the place of a draft; what an action needs besides is read by it."""
    names = ("not_empty", "odlocale_text", "ignore_empty", "odlocale_whole_number")
    required, text, optional, number = (tk.get_validator(name) for name in names)
    return {
        "org_id": [required, text],
        "schema": [required, text],
        "key": [optional, text],
        "version": [optional, number],
        "client": [optional, text],
    }


def read_place(data_dict: DataDict) -> Place:
    """Return the place of a draft.

    :raises ckan.plugins.toolkit.ValidationError: there can be no draft there
    """
    data, errors = tk.navl_validate(
        {name: data_dict[name] for name in place_schema() if name in data_dict},
        place_schema(),
    )
    if errors:
        raise tk.ValidationError(errors)
    if data["schema"] not in load_catalogue():
        raise tk.ValidationError({"schema": [tk._("This model is not known.")]})
    with explained():
        key = keep_key(data.get("key") or DEFAULT_KEY)
    return Place(
        org_id=data["org_id"],
        schema=load_catalogue().get(data["schema"]),
        key=key,
        seen=data.get("version", 0),
        client=str(data.get("client", ""))[:MAX_CLIENT],
        data=data_dict,
    )


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Tell the agent why something could not be kept, and keep nothing of it."""
    try:
        yield
    except Unkeepable as problem:
        model.Session.rollback()
        raise tk.ValidationError(
            {"refusal": [problem.code], "message": [sentence_of(problem, tk._)]}
        ) from problem


def user_id(context: Context) -> str | None:
    """Return the account that acts."""
    user = model.User.get(context["user"])
    return user.id if user else None


def hold_grid(context: Context, place: Place) -> Grid:
    """Return the draft of a place, held until the commit.

    :raises ckan.plugins.toolkit.ValidationError: the collectivité merged or closed
    """
    owner = heirs.hold(place.org_id)
    if owner is None:
        raise tk.ObjectNotFound(tk._("This collectivité was not found."))
    refuse(None if owner.status == "active" else states.Refusal.GONE)
    known = known_of(owner, place.schema)
    return Grid.lock(
        place.org_id, place.schema.slug, place.key, known, user_id(context)
    )


def known_of(owner: Collectivity, schema: TableSchema) -> dict[str, str]:
    """Return what is known of all rows before anybody types."""
    return prefill(schema, siret_of(owner), owner.name, owner.insee)


def stamp_of(context: Context, place: Place, version: int) -> Stamp:
    """Return the mark of what is written now."""
    return Stamp(version, user_id(context), now().isoformat(), place.client)


def check_size(grid: Grid) -> None:
    """Refuse a draft that became too long.

    :raises Unkeepable: it did
    """
    model.Session.flush()
    rows, length = GridRow.size(grid.id)
    if rows > MAX_ROWS:
        raise Unkeepable("rows", limit=MAX_ROWS)
    if length > MAX_CHARACTERS:
        raise Unkeepable("characters")


def show_grid(context: Context, place: Place, since: int = 0) -> dict[str, Any]:
    """Return a draft as its screens need it; an empty one where none was begun.

    :param since: only the rows changed after this version
    """
    grid = Grid.find(place.org_id, place.schema.slug, place.key)
    owner = Collectivity.by_org(place.org_id)
    if owner is None:
        raise tk.ObjectNotFound(tk._("This collectivité was not found."))
    shown = {
        "org_id": place.org_id,
        "schema": place.schema.slug,
        "key": place.key,
        "code": owner.code,
        "siren": owner.siren,
    }
    if grid is None:
        empty: dict[str, Any] = {"id": None, "version": 0, "rows": [], "conflicts": []}
        constants = known_of(owner, place.schema)
        begun = {"constants": constants, "deposit_id": None, "updated_at": None}
        return {**shown, **empty, **begun}
    rows = [one.to_dict() for one in GridRow.of(grid.id, since)]
    return {
        **shown,
        "id": grid.id,
        "version": grid.version,
        "constants": {key: text for key, text in grid.constants.items() if text},
        "rows": rows if since else [one for one in rows if not one["removed"]],
        "conflicts": describe_conflicts(grid, user_id(context)),
        "deposit_id": grid.deposit_id,
        "updated_at": grid.updated_at.isoformat(),
    }


def describe_conflicts(grid: Grid, user: str | None) -> list[dict[str, Any]]:
    """Return the cells that a person must choose between, with who wrote the other.

    ``mine``, ``theirs``; ``name`` and ``at`` of the other's change; ``own`` where it
    was made in another window of the same person; ``removed`` where the row was taken
    out, by whom is not known.
    """
    waiting = [one for one in grid.waiting if one.user == user]
    rows = GridRow.pick(grid.id, {one.row for one in waiting})
    shown = []
    for one in waiting:
        row = rows.get(one.row)
        stamp = row.stamps.get(one.field) if row else None
        shown.append({**one.to_dict(), **_the_other(row, one, stamp)})
    return shown


def _the_other(
    row: GridRow | None, conflict: Conflict, stamp: list[Any] | None
) -> dict[str, Any]:
    removed = row is None or row.removed
    if removed:
        # Nobody wrote who took a row out: not the last to have typed in it.
        stamp = None
    other = model.User.get(stamp[1]) if stamp and stamp[1] else None
    return {
        "theirs": row.cells.get(conflict.field, "") if row else "",
        "removed": removed,
        "name": other.display_name if other else "",
        "own": bool(stamp and stamp[1] == conflict.user),
        "at": stamp[2] if stamp else None,
    }
