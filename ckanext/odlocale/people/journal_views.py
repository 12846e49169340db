"""Pages of the journal of a collectivité, ``/equipe/<code>/journal``."""

from __future__ import annotations

import ckantoolkit as tk
from flask import Blueprint, Response, request

from ckanext.odlocale.people.guards import (
    Page,
    context_of_user,
    go_to,
    place_of,
    show,
)
from ckanext.odlocale.people.journal_actions import MOST
from ckanext.odlocale.people.spreadsheets import write_table

#: Beyond it no journal goes, nor PostgreSQL's numbers.
MAX_PAGE = 1_000_000
PER_PAGE = 50


def add_routes(blueprint: Blueprint) -> None:
    """Put the pages on the room's blueprint."""
    blueprint.get("/<code>/journal")(journal)
    blueprint.get("/<code>/journal.csv")(journal_csv)


def journal(code: str) -> Page:
    """Show who did what, a page at a time."""
    owner = place_of(code)
    if code != owner.code:
        return go_to("odlocale_people.journal", code=owner.code)
    number = min(MAX_PAGE, max(1, tk.h.get_page_number(request.args)))
    asked = {
        "org_id": owner.org_id,
        "limit": PER_PAGE,
        "offset": (number - 1) * PER_PAGE,
    }
    found = tk.get_action("odlocale_journal_list")(context_of_user(), asked)
    pages = max(1, -(-found["count"] // PER_PAGE))
    extra = {"owner": owner, "has_role": True, "page": number, "pages": pages}
    return show("journal", {**extra, **found})


def journal_csv(code: str) -> Response:
    """Send the whole journal of a collectivité as a table."""
    owner = place_of(code)
    header = [
        tk._("When"), tk._("Who"), tk._("On behalf of"), tk._("What"), tk._("Code"),
    ]  # fmt: skip
    rows: list[list[str]] = []
    offset = 0
    while True:
        asked = {"org_id": owner.org_id, "limit": MOST, "offset": offset}
        found = tk.get_action("odlocale_journal_list")(context_of_user(), asked)
        for one in found["lines"]:
            behalf = owner.name if one["on_behalf"] else ""
            rows.append([one["at"], one["who"], behalf, one["sentence"], one["verb"]])
        offset += MOST
        if offset >= found["count"]:
            break
    name = f"journal-{owner.code}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    written = write_table(header, rows)
    return Response(written, mimetype="text/csv", headers=headers)
