"""Pages on a file that was published: withdrawing, restoring, opening, erasing it."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, abort, make_response, request

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.download import disposition_name
from ckanext.odlocale.publishing import wording
from ckanext.odlocale.publishing.excel import (
    XLSX_MEDIA_TYPE,
    TooLong,
    write_workbook,
)
from ckanext.odlocale.publishing.guards import (
    Page,
    context_of_user,
    describe_owner,
    go_to,
    guard,
    owner_of,
    show,
)
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.release import explain
from ckanext.odlocale.publishing.releases import schema_of
from ckanext.odlocale.publishing.steps import Step
from ckanext.odlocale.publishing.withdrawal import (
    ERASING,
    MAX_NOTE,
    Reason,
    label_of,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue

releases = Blueprint("odlocale_releases", __name__, url_prefix="/publier/depot")

guard(releases)


@releases.get("/<deposit_id>/retirer")
def ask_withdrawal(deposit_id: str) -> Page:
    """Ask why a file is to be withdrawn."""
    return _show_withdrawal(deposit_id, {}, "")


@releases.post("/<deposit_id>/retirer")
def withdraw(deposit_id: str) -> Page:
    """Withdraw a file that is online."""
    typed = {name: request.form.get(name, "").strip() for name in ("reason", "note")}
    if not typed["reason"]:
        return _show_withdrawal(deposit_id, typed, tk._("Choose one of the reasons."))
    asked = {"id": deposit_id, **typed}
    try:
        tk.get_action("odlocale_deposit_withdraw")(context_of_user(), asked)
    except tk.ValidationError as error:
        if "refusal" not in error.error_dict:
            return _show_withdrawal(deposit_id, typed, explain(error))
        tk.h.flash_error(explain(error))
    return _go_to_receipt(deposit_id)


@releases.post("/<deposit_id>/remettre")
def restore(deposit_id: str) -> Page:
    """Put a former version online again."""
    asked = {"id": deposit_id, "version": request.form.get("version")}
    call = tk.get_action("odlocale_release_restore")
    try:
        later = call(context_of_user(), asked)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return _go_to_receipt(deposit_id)
    if later["state"] == "published":
        tk.h.flash_success(tk._("This version is online again."))
    else:
        tk.h.flash_notice(
            tk._("Something must be answered first. The file waits here as a draft.")
        )
    return go_to("odlocale_publishing.resume", deposit_id=later["id"])


@releases.get("/<deposit_id>/tableau.xlsx")
def workbook(deposit_id: str) -> Response:
    """Send the published rows as a workbook that Excel reads well."""
    deposit = _load(deposit_id)
    found = Deposit.load(deposit_id)
    if found is None or found.canonical_sha256 is None:
        abort(404)
    content = storage.open_path(found.canonical_sha256).read_bytes()
    try:
        written = write_workbook(content, schema_of(found), tk._("Data"))
    except TooLong:
        abort(404)
    name = disposition_name(f"{_name_of(deposit)}.xlsx")
    answer: Response = make_response(written)
    answer.mimetype = XLSX_MEDIA_TYPE
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@releases.get("/<deposit_id>/effacer")
def ask_erasing(deposit_id: str) -> Page:
    """Ask what must be erased: the file, or the rows that hold a text."""
    tk.check_access(
        "odlocale_release_purge_plan", context_of_user(), {"id": deposit_id}
    )
    return _show_erasing(deposit_id, {}, "")


@releases.post("/<deposit_id>/effacer")
def plan_erasing(deposit_id: str) -> Page:
    """Show what would be erased. A text is never in an address, which logs keep."""
    typed = {name: request.form.get(name, "").strip() for name in ("what", "text")}
    if typed["what"] not in ("file", "rows"):
        return _show_erasing(deposit_id, typed, tk._("Choose one of the answers."))
    if typed["what"] == "rows" and not typed["text"]:
        said = tk._("Write what the rows to erase hold.")
        return _show_erasing(deposit_id, typed, said)
    text = typed["text"] if typed["what"] == "rows" else ""
    asked = {"id": deposit_id, "text": text}
    try:
        plan = tk.get_action("odlocale_release_purge_plan")(context_of_user(), asked)
    except tk.ValidationError as error:
        return _show_erasing(deposit_id, typed, explain(error))
    about = _about(deposit_id)
    schema = load_catalogue().get(about["deposit"]["schema"])
    for one in (*plan["erased"], *plan["renewed"]):
        one["name"] = wording.name_release(schema, one["key"] or "")
    titles = {one.name: one.title or one.name for one in schema.fields}
    reasons = [(one.value, label_of(one, tk._)) for one in ERASING]
    extra = {"plan": plan, "text": text, "reasons": reasons, "titles": titles}
    return show("erase_confirm", {**about, **extra})


@releases.post("/<deposit_id>/effacer/confirmer")
def erase(deposit_id: str) -> Page:
    """Erase exactly what was shown."""
    names = ("text", "reason", "digest")
    asked = {name: request.form.get(name, "") for name in names}
    call = tk.get_action("odlocale_release_purge")
    try:
        call(context_of_user(), {"id": deposit_id, **asked})
    except tk.ValidationError as error:
        typed = {"what": "rows" if asked["text"] else "file", "text": asked["text"]}
        return _show_erasing(deposit_id, typed, explain(error))
    tk.h.flash_success(
        tk._("It is erased for good. The journal keeps that you did it.")
    )
    return _go_to_receipt(deposit_id)


def _show_withdrawal(deposit_id: str, typed: dict[str, str], error: str) -> Page:
    about = _about(deposit_id)
    if about["deposit"]["state"] != "published":
        return _go_to_receipt(deposit_id)
    reasons = [(one.value, label_of(one, tk._)) for one in Reason]
    extra = {"typed": typed, "error": error, "reasons": reasons, "limit": MAX_NOTE}
    return show("withdraw", {**about, **extra})


def _show_erasing(deposit_id: str, typed: dict[str, str], error: str) -> Page:
    about = _about(deposit_id)
    if about["deposit"]["state"] not in ("published", "replaced", "withdrawn"):
        return _go_to_receipt(deposit_id)
    return show("erase", {**about, "typed": typed, "error": error})


def _load(deposit_id: str) -> dict[str, Any]:
    shown = tk.get_action("odlocale_deposit_show")
    return dict(shown(context_of_user(), {"id": deposit_id}))


def _about(deposit_id: str) -> dict[str, Any]:
    deposit = _load(deposit_id)
    about = describe_owner(owner_of(deposit["code"]))
    return {**about, "deposit": deposit, "name": _name_of(deposit)}


def _name_of(deposit: dict[str, Any]) -> str:
    if not deposit["schema"] or not deposit["key"]:
        return str(deposit["filename"])
    schema = load_catalogue().get(deposit["schema"])
    return wording.name_release(schema, deposit["key"])


def _go_to_receipt(deposit_id: str) -> Response:
    where = {"deposit_id": deposit_id, "name": Step.DONE.value}
    return go_to("odlocale_publishing.step", **where)
