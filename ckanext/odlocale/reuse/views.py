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
    go_to,
    guard,
    owner_of,
)
from ckanext.odlocale.publishing.release import explain
from ckanext.odlocale.reuse.embed_views import embed_codes, embeds
from ckanext.odlocale.reuse.model import Report
from ckanext.odlocale.reuse.subjects import NO_MODEL, name_of, subject_of

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
    """Show the form about a file that follows a model."""
    typed = {"row": request.args.get("ligne", "")[:9]}
    return _show_form({"code": code, "schema": schema, "key": key}, typed, {})


@reporting.get("/document/<document_id>")
def document(document_id: str) -> Page:
    """Show the form about what follows no model."""
    return _show_form({"document": document_id}, {}, {})


@reporting.post("/<code>/<schema>/<key>")
def report(code: str, schema: str, key: str) -> Page:
    """Keep a report on a file, and say what will follow."""
    return _keep({"code": code, "schema": schema, "key": key})


@reporting.post("/document/<document_id>")
def report_document(document_id: str) -> Page:
    """Keep a report on what follows no model, and say what will follow."""
    return _keep({"document": document_id})


@reporting.get("/<code>/<schema>/<key>/merci")
def thanks(code: str, schema: str, key: str) -> Page:
    """Thank the reader."""
    about = _about({"code": code, "schema": schema, "key": key})
    return _render("report_thanks", about)


@reporting.get("/document/<document_id>/merci")
def thanks_document(document_id: str) -> Page:
    """Thank the reader."""
    return _render("report_thanks", _about({"document": document_id}))


def _keep(place: dict[str, str]) -> Page:
    names = ("message", "email", "row", "personal")
    typed = {name: request.form.get(name, "") for name in names}
    after = _about(place)["after"]
    if request.form.get(TRAP):
        # Answered as the others are, so that the program learns nothing.
        return go_to(after)
    try:
        context = {"user": tk.current_user.name} if _is_known() else {"user": ""}
        tk.get_action("odlocale_report_create")(context, {**place, **typed})
    except tk.ValidationError as error:
        faults = {name: said[0] for name, said in error.error_dict.items()}
        return _show_form(place, typed, faults), 400
    return go_to(after)


def _is_known() -> bool:
    return bool(tk.current_user.is_authenticated)


def _show_form(
    place: dict[str, str], typed: dict[str, str], errors: dict[str, str]
) -> str:
    extra = {**_about(place), "typed": typed, "errors": errors, "trap": TRAP}
    return _render("report_form", extra)


def _about(place: dict[str, str]) -> dict[str, Any]:
    """Return what the pages about one file say, and their addresses."""
    owner, subject = subject_of(place)
    pages = (
        ("document", "thanks_document") if "document" in place else ("form", "thanks")
    )
    named = {"document_id": place["document"]} if "document" in place else place
    here, after = (tk.h.url_for(f"odlocale_reporting.{one}", **named) for one in pages)
    return {
        "owner": owner,
        "has_rows": subject.schema != NO_MODEL,
        "name": name_of(Report(schema=subject.schema, key=subject.key)),
        "dataset": subject.dataset,
        "here": here,
        "after": after,
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
