"""Actions of the tables filled in online.

A draft is named by its place: ``org_id``, ``schema``, and ``key`` where an
organisation fills in several tables of one model. It begins with the first thing
typed. Refusals are as for deposits: ``refusal`` (a code) and ``message``.
"""

from __future__ import annotations

import io
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal
from ckanext.odlocale.people import rights
from ckanext.odlocale.publishing import grid_changes, grid_letter
from ckanext.odlocale.publishing.grid_core import keep_conflicts, merge, read_changes
from ckanext.odlocale.publishing.grid_model import Grid, GridRow
from ckanext.odlocale.publishing.grid_store import (
    Place,
    check_size,
    explained,
    hold_grid,
    read_place,
    show_grid,
    stamp_of,
    user_id,
)
from ckanext.odlocale.publishing.grid_table import write_file
from ckanext.odlocale.territory.refusals import language

__all__ = [
    "odlocale_grid_check",
    "odlocale_grid_delete",
    "odlocale_grid_deposit",
    "odlocale_grid_list",
    "odlocale_grid_paste",
    "odlocale_grid_rows",
    "odlocale_grid_save",
    "odlocale_grid_settle",
    "odlocale_grid_show",
]


@tk.side_effect_free
def odlocale_grid_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a draft: an empty one, already prefilled, where none was begun.

    :param org_id: the organisation
    :param schema: slug of the model
    :param key: which of its tables (optional)
    :param version: only the rows changed after this version (optional)
    :returns: ``version``, ``constants`` (column to the value of all rows), ``rows``
        (``id``, ``position``, ``cells``, ``removed``), ``conflicts`` left to the
        caller, ``deposit_id``, ``updated_at``, ``code`` of the collectivité
    :raises NotFound: the organisation is nobody's
    """
    place = read_place(data_dict)
    tk.check_access("odlocale_grid_show", context, data_dict)
    return show_grid(context, place, place.seen)


@tk.side_effect_free
def odlocale_grid_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return the tables that an organisation has begun, the latest first.

    :param org_id: the organisation
    :returns: for each ``schema``, ``key``, ``version``, ``deposit_id``, ``updated_at``
    """
    org_id = str(tk.get_or_bust(data_dict, "org_id"))
    tk.check_access("odlocale_grid_list", context, {"org_id": org_id})
    ground = rights.ground_of(context["user"], org_id)
    return [
        {
            "schema": one.schema,
            "key": one.key,
            "version": one.version,
            "deposit_id": one.deposit_id,
            "updated_at": one.updated_at.isoformat(),
        }
        for one in Grid.of_organization(org_id)
        if ground is None or ground.covers(one.schema)
    ]


def odlocale_grid_save(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Save the cells that were changed, and only these.

    A cell that somebody else changed since, to something else, is left as it is: what
    was typed is kept beside it, in ``conflicts``.

    :param org_id, schema, key: the draft
    :param version: the version that was on the screen
    :param client: name of the window (optional): it is never in conflict with itself
    :param changes: list of ``{"row", "field", "value"}``; a change may say the
        ``seen`` version of its own cell
    :param constants: columns that have one value for all rows, to that value
        (optional); an empty one lets each row have its own
    :returns: as :func:`odlocale_grid_show`, with the rows changed since ``version``
    :raises ValidationError: something cannot be kept: nothing is
    """
    place = read_place(data_dict)
    tk.check_access("odlocale_grid_save", context, data_dict)
    with explained():
        changes = read_changes(data_dict.get("changes", []), place.names, place.seen)
        constants = grid_changes.read_constants(data_dict.get("constants"), place)
        grid = hold_grid(context, place)
        waited = grid_letter.waits_for(grid, user_id(context))
        stored = GridRow.pick(grid.id, {one.row for one in changes})
        version = grid.begin_change()
        rows = {key: one.read() for key, one in stored.items()}
        merged = merge(rows, changes, stamp_of(context, place, version))
        for key, row in merged.rows.items():
            stored[key].write(row, version)
        grid.wait_for(keep_conflicts(grid.waiting, merged.conflicts))
        grid.constants = {**grid.constants, **constants}
        begins = bool(merged.conflicts) and not waited
        return _finish(context, place, grid, begins=begins)


def odlocale_grid_rows(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Add rows, take some out, bring some back. Doing it twice changes nothing more.

    :param org_id, schema, key, version, client: as :func:`odlocale_grid_save`
    :param add: list of ``{"id", "cells"}`` (both optional), in order
    :param before: identifier of the row to put them before (optional; at the end)
    :param remove: identifiers of rows to take out
    :param restore: identifiers of rows taken out, to bring back as they were
    :returns: as :func:`odlocale_grid_save`; ``added``: identifiers of the new rows
    :raises ValidationError: too many rows, or a cell that cannot be kept
    """
    place = read_place(data_dict)
    tk.check_access("odlocale_grid_rows", context, data_dict)
    with explained():
        asked = grid_changes.read_rows(data_dict, place)
        grid = hold_grid(context, place)
        version = grid.begin_change()
        stamp = stamp_of(context, place, version)
        added = grid_changes.add_rows(grid, asked, stamp)
        grid_changes.mark_removed(grid, asked, version)
        return {**_finish(context, place, grid), "added": added}


def odlocale_grid_settle(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Choose between one's own value and somebody else's, cell by cell.

    :param org_id, schema, key, version, client: as :func:`odlocale_grid_save`
    :param choices: list of ``{"row", "field", "keep"}``, ``keep`` being ``mine`` or
        ``theirs``; a row that the other took out comes back with ``mine``
    :returns: as :func:`odlocale_grid_save`
    """
    place = read_place(data_dict)
    tk.check_access("odlocale_grid_settle", context, data_dict)
    with explained():
        choices = grid_changes.read_choices(data_dict.get("choices", []))
        grid = hold_grid(context, place)
        version = grid.begin_change()
        grid_changes.settle(grid, choices, stamp_of(context, place, version))
        return _finish(context, place, grid)


@tk.side_effect_free
def odlocale_grid_check(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say what was found in the cells of some rows, or of all of them.

    :param org_id, schema, key: the draft
    :param rows: identifiers (optional; all of them)
    :returns: ``checked``: the rows; ``findings``: for each ``row``, ``field``,
        ``code``, ``severity``, ``sentence``, ``remedy``, ``after``, ``page``
    """
    place = read_place(data_dict)
    tk.check_access("odlocale_grid_check", context, data_dict)
    draft = show_grid(context, place)
    with explained():
        asked = data_dict.get("rows")
        return grid_changes.check_rows(place, draft, asked, language())


@tk.side_effect_free
def odlocale_grid_paste(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Read what a spreadsheet copied, without keeping anything.

    Headers are recognised and skipped; safe corrections are applied. Columns that are
    none of the model's are asked about first: there are then no rows.

    :param org_id, schema, key: the draft
    :param text: the clipboard's text, tabs between cells
    :param columns: the columns that the cells go to where there are no headers
    :param headers: false where the first line is a row after all (optional)
    :param answers: where each column of ``asked`` goes: its ``at``, as a text, to one
        of ``free``, or to an empty text (optional)
    :returns: ``rows`` (cells by column), ``columns``, ``corrected`` and ``dates``
        (cells), ``left_out`` (headers that went nowhere), ``asked`` (``at``,
        ``header``, ``values``), ``free`` (columns that these may go to)
    :raises ValidationError: numbers that the spreadsheet cut, too many rows
    """
    place = read_place(data_dict)
    tk.check_access("odlocale_grid_paste", context, data_dict)
    same = show_grid(context, place, place.seen)["constants"]
    with explained():
        return grid_changes.read_clipboard(place, same)


def odlocale_grid_deposit(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Make a deposit of a draft, to be checked and published as any file.

    The draft stays. A deposit of it that was not published is dropped.

    :param org_id, schema, key: the draft
    :returns: as :func:`odlocale_deposit_show`
    :raises ValidationError: no row holds anything, or the collectivité merged
    """
    place = read_place(data_dict)
    tk.check_access("odlocale_grid_deposit", context, data_dict)
    draft = show_grid(context, place)
    cells = [one["cells"] for one in draft["rows"]]
    if not any(any(row.values()) for row in cells):
        raise tk.ValidationError({"message": [tk._("Fill in one row first.")]})
    sent = tk.get_action("odlocale_deposit_create")(
        {"user": context["user"]},
        {
            "org_id": place.org_id,
            "schema": place.schema.slug,
            "upload": io.BytesIO(write_file(place.schema, cells, draft["constants"])),
            "filename": f"saisie-{place.schema.slug}-{place.key}.csv",
        },
    )
    grid_changes.hand_over(context, place, sent["id"])
    return dict(tk.get_action("odlocale_deposit_show")(context, {"id": sent["id"]}))


def odlocale_grid_delete(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Erase a draft and all it holds. What was deposited or published stays.

    :param org_id, schema, key: the draft
    :returns: ``id`` of what was erased, or null where there was nothing
    """
    place = read_place(data_dict)
    tk.check_access("odlocale_grid_delete", context, data_dict)
    grid = Grid.find(place.org_id, place.schema.slug, place.key)
    if grid is None:
        return {"id": None}
    _record(context, place, grid, "dropped")
    model.Session.delete(grid)
    model.Session.commit()
    return {"id": grid.id}


def _record(context: Context, place: Place, grid: Grid, verb: str) -> None:
    journal.record(
        verb,
        user_id=user_id(context),
        org_id=place.org_id,
        object_type="grid",
        object_id=grid.id,
        detail={"schema": place.schema.slug, "key": place.key},
    )


def _finish(
    context: Context, place: Place, grid: Grid, *, begins: bool = False
) -> dict[str, Any]:
    """Commit, and show what changed.

    :param begins: whether cells begin to wait for somebody's choice
    """
    check_size(grid)
    if grid.version == 1:
        _record(context, place, grid, "begun")
    model.Session.commit()
    user = user_id(context)
    if begins and user and grid_letter.waits_for(grid, user):
        grid_letter.tell_later(grid.id, user)
    return show_grid(context, place, place.seen)
