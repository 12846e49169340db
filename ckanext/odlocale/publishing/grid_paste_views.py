"""Pasting in a table what a spreadsheet copied, with or without the grid.

Columns that have no place in the model are asked about. It is the same form on the page
without JavaScript and in the grid, which is sent it written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from flask import request

from ckanext.odlocale.publishing.grid_guards import recall_typed
from ckanext.odlocale.publishing.grid_page import Table
from ckanext.odlocale.publishing.grid_views import grid
from ckanext.odlocale.publishing.guards import (
    Page,
    show,
)
from ckanext.odlocale.publishing.release import explain

#: Prefix of the fields that say where a column goes, before its place.
PLACE = "place-"


@grid.get("/<code>/<schema>/saisie/coller")
def paste(code: str, schema: str) -> Page:
    """Show where to paste what a spreadsheet copied."""
    return _show_paste(Table(code, schema), recall_typed().get("text", ""))


@grid.post("/<code>/<schema>/saisie/coller")
def add_pasted(code: str, schema: str) -> Page:
    """Add the rows that were pasted at the end of the table, or ask where they go."""
    table = Table(code, schema)
    text = request.form.get("text", "")
    if request.form.get("cancel"):
        return _show_paste(table, text)
    answers = {
        name.removeprefix(PLACE): value
        for name, value in request.form.items()
        if name.startswith(PLACE)
    }
    asked: dict[str, Any] = {"text": text, "headers": _has_headers()}
    try:
        read = _read(table, **asked, answers=answers or None)
        if read["asked"]:
            return _show_paste(table, text, read)
        table.call("rows", add=[{"cells": cells} for cells in read["rows"]])
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return _show_paste(table, text, _ask_again(table, asked, answers), answers)
    tk.h.flash_success(say_pasted(read))
    return table.go("sheet")


def _has_headers() -> bool:
    return request.form.get("headers") != "no"


def _read(table: Table, **asked: Any) -> dict[str, Any]:
    same = table.draft()["constants"]
    free = [one.name for one in table.columns if one.name not in same]
    return table.call("paste", columns=free, **asked)


def _ask_again(
    table: Table, asked: Mapping[str, Any], answers: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return what was asked, for an answer that was refused."""
    if not answers:
        return None
    try:
        return _read(table, **asked)
    except tk.ValidationError:
        # The text itself is refused: it is shown to be mended.
        return None


def _show_paste(
    table: Table,
    text: str,
    read: Mapping[str, Any] | None = None,
    answers: Mapping[str, str] | None = None,
) -> Page:
    asked = describe_question(table, read, text, answers or {}) if read else {}
    draft = table.draft()
    return show("grid_paste", {**table.describe(draft), "text": text, **asked})


def describe_question(
    table: Table,
    read: Mapping[str, Any],
    text: str = "",
    answers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what the form needs that asks where columns go.

    :param read: what the clipboard was read as
    :param text: the clipboard, which the form sends again
    :param answers: what was chosen before
    """
    free = [one for one in table.columns if one.name in read["free"]]
    return {
        "table": table,
        "asked": read["asked"],
        "free": free,
        "text": text,
        "answers": answers or {},
    }


def write_question(table: Table, read: Mapping[str, Any]) -> str:
    """Return the form that asks where columns go; nothing where all have a place."""
    if not read["asked"]:
        return ""
    described = describe_question(table, read)
    return str(tk.render("publishing/grid_question.html", described))


def say_pasted(read: dict[str, Any]) -> str:
    """Say what was pasted: rows, dates and other cells corrected, headers left out."""
    count = len(read["rows"])
    said = [
        tk.ungettext("{count} row pasted", "{count} rows pasted", count).format(
            count=count
        )
    ]
    others = read["corrected"] - read["dates"]
    if read["dates"]:
        dates = tk.ungettext(
            "{count} date put in form", "{count} dates put in form", read["dates"]
        )
        said.append(dates.format(count=read["dates"]))
    if others:
        cells = tk.ungettext(
            "{count} cell put in form", "{count} cells put in form", others
        )
        said.append(cells.format(count=others))
    text = ", ".join(said) + "."
    if read["left_out"]:
        headers = ", ".join(read["left_out"])
        unknown = tk._("Left out, not expected here: {headers}.")
        text += " " + unknown.format(headers=headers)
    if read["beyond"]:
        text += " " + tk._("Cells beyond the last column are left out.")
    return text
