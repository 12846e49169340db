"""Pages of readers, and the page on which an agent answers them."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.people import guards as people_guards
from ckanext.odlocale.publishing.guards import (
    Page,
    context_of_user,
    describe_owner,
    explain,
    go_to,
    guard,
    owner_of,
)
from ckanext.odlocale.reuse import letters
from ckanext.odlocale.reuse.actions import file_of
from ckanext.odlocale.reuse.embed_views import embed_codes, embeds
from ckanext.odlocale.reuse.model import Report

reporting = Blueprint("odlocale_reporting", __name__, url_prefix="/signaler")
reports = Blueprint("odlocale_reports", __name__, url_prefix="/publier/signalement")
blueprints = [reporting, reports, embeds, embed_codes]

#: What a report's form may weigh: its text, and what a browser adds.
FORM_BYTES = 64 * 1024
#: A field that nobody sees: who fills it in is a program.
TRAP = "website"

people_guards.guard(reporting, login=False)
guard(reports)


@reporting.url_value_preprocessor
def limit_form(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Bound what a stranger may send, before anything reads it."""
    request.max_content_length = FORM_BYTES


@reporting.get("/<code>/<schema>/<key>")
def form(code: str, schema: str, key: str) -> Page:
    """Show the form."""
    typed = {"row": request.args.get("ligne", "")[:9]}
    return _show_form(code, schema, key, typed, {})


@reporting.post("/<code>/<schema>/<key>")
def report(code: str, schema: str, key: str) -> Page:
    """Keep a report, and say what will follow."""
    names = ("message", "email", "row", "personal")
    typed = {name: request.form.get(name, "") for name in names}
    place = {"code": code, "schema": schema, "key": key}
    if request.form.get(TRAP):
        # Answered as the others are, so that the program learns nothing.
        return go_to("odlocale_reporting.thanks", **place)
    try:
        context = {"user": tk.current_user.name} if _is_known() else {"user": ""}
        tk.get_action("odlocale_report_create")(context, {**place, **typed})
    except tk.ValidationError as error:
        faults = {name: said[0] for name, said in error.error_dict.items()}
        return _show_form(code, schema, key, typed, faults), 400
    return go_to("odlocale_reporting.thanks", **place)


@reporting.get("/<code>/<schema>/<key>/merci")
def thanks(code: str, schema: str, key: str) -> Page:
    """Thank the reader."""
    return _render("report_thanks", _about(code, schema, key))


def _is_known() -> bool:
    return bool(tk.current_user.is_authenticated)


def _show_form(
    code: str, schema: str, key: str, typed: dict[str, str], errors: dict[str, str]
) -> str:
    about = _about(code, schema, key)
    extra = {**about, "typed": typed, "errors": errors, "trap": TRAP}
    return _render("report_form", extra)


def _about(code: str, schema: str, key: str) -> dict[str, Any]:
    place, release = file_of({"code": code, "schema": schema, "key": key})
    named = Report(schema=release.schema, key=release.key)
    return {
        "owner": place,
        "schema": release.schema,
        "key": release.key,
        "name": letters.name_of(named),
        "dataset": release.package_id,
    }


@reports.get("/<report_id>")
def handle(report_id: str) -> Page:
    """Show what a reader wrote, and the two answers."""
    return _show_report(report_id, "", "")


@reports.post("/<report_id>")
def settle(report_id: str) -> Page:
    """Answer a reader."""
    reason = request.form.get("reason", "")
    asked = {"verdict": request.form.get("verdict", ""), "reason": reason}
    try:
        done = tk.get_action("odlocale_report_settle")(
            context_of_user(), {"id": report_id, **asked}
        )
    except tk.ValidationError as error:
        return _show_report(report_id, reason, explain(error)), 400
    if done["told"]:
        tk.h.flash_success(tk._("Your answer is sent to the reader."))
    elif done["wants_answer"]:
        tk.h.flash_notice(tk._("Your answer is kept. No letter could be sent."))
    else:
        tk.h.flash_success(tk._("Your answer is kept."))
    return go_to("odlocale_publishing.collectivity", code=done["code"])


def _show_report(report_id: str, reason: str, error: str) -> str:
    shown = tk.get_action("odlocale_report_show")(context_of_user(), {"id": report_id})
    about = describe_owner(owner_of(shown["code"]))
    extra = {"report": shown, "reason": reason, "error": error}
    return _render("report", {**about, **extra})


def _render(template: str, extra: dict[str, Any]) -> str:
    return str(tk.render(f"reuse/{template}.html", extra))
