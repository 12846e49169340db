"""Pages of the journal: ``/equipe/<code>/journal`` for a collectivité,
``/compte/journal`` for oneself, ``/equipe/journal`` for the portal's administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    blueprint.get("/journal")(portal_journal)
    blueprint.get("/journal.csv")(portal_journal_csv)


def add_own_routes(blueprint: Blueprint) -> None:
    """Put one's own pages on the blueprint of one's account."""
    blueprint.get("/journal")(own_journal)
    blueprint.get("/journal.csv")(own_journal_csv)


def journal(code: str) -> Page:
    """Show who did what, a page at a time."""
    owner = place_of(code)
    if code != owner.code:
        return go_to("odlocale_people.journal", code=owner.code)
    extra = {"owner": owner, "has_role": True}
    return _show("journal", "odlocale_journal_list", extra, org_id=owner.org_id)


def journal_csv(code: str) -> Response:
    """Send the whole journal of a collectivité as a table."""
    owner = place_of(code)
    asked = {"org_id": owner.org_id}
    return _send(f"journal-{owner.code}.csv", "odlocale_journal_list", asked)


def own_journal() -> Page:
    """Show what was done by who asks, for whomever, and to his account."""
    extra = {"has_role": False, "own": True}
    return _show("journal_portal", "odlocale_journal_own", extra)


def own_journal_csv() -> Response:
    """Send all of it as a table."""
    return _send("journal-compte.csv", "odlocale_journal_own", {})


def portal_journal() -> Page:
    """Show all logins, and what was done for no collectivité."""
    extra = {"has_role": False, "own": False}
    return _show("journal_portal", "odlocale_journal_portal", extra)


def portal_journal_csv() -> Response:
    """Send all of it as a table."""
    return _send("journal-portail.csv", "odlocale_journal_portal", {})


def _show(template: str, action: str, extra: dict[str, Any], **asked: Any) -> Page:
    number = min(MAX_PAGE, max(1, tk.h.get_page_number(request.args)))
    asked.update(limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    found = tk.get_action(action)(context_of_user(), asked)
    pages = max(1, -(-found["count"] // PER_PAGE))
    return show(template, {**extra, "page": number, "pages": pages, **found})


def _send(name: str, action: str, asked: dict[str, Any]) -> Response:
    header = [
        tk._("When"), tk._("Who"), tk._("On behalf of"), tk._("What"), tk._("Code"),
        tk._("Local authority"),
    ]  # fmt: skip
    rows: list[list[str]] = []
    for one in _all_of(tk.get_action(action), asked):
        behalf = one["for"] if one["on_behalf"] else ""
        rows.append(
            [one["at"], one["who"], behalf, one["sentence"], one["verb"], one["for"]]
        )
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    written = write_table(header, rows)
    return Response(written, mimetype="text/csv", headers=headers)


def _all_of(
    action: Callable[..., dict[str, Any]], asked: dict[str, Any]
) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    offset = 0
    while True:
        page = {**asked, "limit": MOST, "offset": offset}
        found = action(context_of_user(), page)
        lines += found["lines"]
        offset += MOST
        if offset >= found["count"]:
            return lines
