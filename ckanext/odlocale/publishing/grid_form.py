"""A row of a grid as a form without JavaScript: what it shows, what it sends."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckanext.odlocale.publishing.grid_table import Column

#: Prefixes of a form's fields: what is typed, and what was shown.
TYPED, SHOWN = "cell-", "shown-"


@dataclass(frozen=True)
class Entry:
    """One column in the form.

    :ivar id: of the field, for links
    :ivar value: what it holds
    :ivar shown: what the draft held when the form was made
    :ivar widget: ``list``, ``date``, ``number``, ``text`` or ``long``
    :ivar options: values of a list, the present one included
    :ivar said: what was found in it: a sentence, and what to do
    """

    id: str
    column: Column
    value: str
    shown: str
    widget: str
    options: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowForm:
    """One row to fill in.

    :ivar number: from 1; one more than ``total`` for a row to add
    :ivar is_new: whether the row is yet to be added
    :ivar faults: what was found, with the field it is about
    :ivar required: its required columns, then the others
    """

    number: int
    total: int
    row: str
    is_new: bool
    required: tuple[Entry, ...]
    optional: tuple[Entry, ...]
    faults: tuple[tuple[str, str], ...] = field(default=())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All its columns."""
        return self.required + self.optional


def build_form(
    columns: Sequence[Column],
    draft: Mapping[str, Any],
    number: int,
    new_id: str,
    typed: Mapping[str, str],
    findings: Iterable[Mapping[str, Any]] = (),
) -> RowForm:
    """Return the form of a row.

    :param number: from 1; the row after the last one is a new one
    :param new_id: identifier of a new row
    :param typed: what was typed and not kept, as the form sent it
    :param findings: what was found in the row's cells
    """
    rows = draft["rows"]
    cells = rows[number - 1]["cells"] if number <= len(rows) else {}
    row = rows[number - 1]["id"] if number <= len(rows) else new_id
    # What was typed for a new row stays one, whoever added another meanwhile.
    row = typed.get("row") or row
    is_new = row == new_id or bool(typed.get("new"))
    said: dict[str, list[str]] = {}
    for one in findings:
        sentence = " ".join(filter(None, (one["sentence"], one["remedy"])))
        said.setdefault(one["field"], []).append(sentence)
    entries = [
        _build_entry(at, column, cells.get(column.name, ""), typed, said)
        for at, column in enumerate(columns)
        if not draft["constants"].get(column.name)
    ]
    return RowForm(
        number=number,
        total=len(rows),
        row=row,
        is_new=is_new,
        required=tuple(one for one in entries if one.column.required),
        optional=tuple(one for one in entries if not one.column.required),
        faults=tuple((one.id, text) for one in entries for text in one.said),
    )


def _build_entry(
    at: int,
    column: Column,
    kept: str,
    typed: Mapping[str, str],
    said: Mapping[str, list[str]],
) -> Entry:
    value = typed.get(TYPED + column.name, kept)
    options: tuple[str, ...] = ()
    if column.kind == "list":
        other = (value,) if value and value not in column.choices else ()
        options = ("", *column.choices, *other)
    return Entry(
        id=f"{TYPED}{at}",
        column=column,
        value=value,
        # A form sent again must still say what it was made from.
        shown=typed.get(SHOWN + column.name, "") if typed else kept,
        widget=_choose_widget(column, value),
        options=options,
        said=tuple(said.get(column.name, ())),
    )


def _choose_widget(column: Column, value: str) -> str:
    if "\n" in value:
        return "long"
    # A browser's date field shows nothing of what is no date: it would be lost.
    if column.kind == "date" and value and not _is_day(value):
        return "text"
    return column.kind


def _is_day(value: str) -> bool:
    try:
        return datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def list_changes(form: Mapping[str, str], names: Iterable[str]) -> list[dict[str, str]]:
    """Return the cells that a form changes: what was left as it was is not sent.

    :param form: what the browser sent
    """
    changes = []
    for name in names:
        value = form.get(TYPED + name)
        if value is None:
            continue
        text = value.replace("\r\n", "\n").strip()
        if text != form.get(SHOWN + name, "").replace("\r\n", "\n").strip():
            changes.append({"row": form.get("row", ""), "field": name, "value": text})
    return changes
