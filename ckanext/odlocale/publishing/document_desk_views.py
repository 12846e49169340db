"""The page of a document at the desk, and what may be done to it there."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, g, request

from ckanext.odlocale.publishing.document_store import only_file
from ckanext.odlocale.publishing.guards import (
    Page,
    context_of_user,
    describe_owner,
    go_to,
    guard,
    owner_of,
    show,
)
from ckanext.odlocale.publishing.release import explain
from ckanext.odlocale.publishing.withdrawal import (
    ERASING,
    MAX_NOTE,
    Reason,
    label_of,
    read_reason,
)

document_desk = Blueprint("odlocale_document_desk", __name__, url_prefix="/publier")

guard(document_desk)

_PAGE = "/<code>/document/<document_id>"
_FICHE = ("title", "notes", "version")


@document_desk.get(_PAGE)
def shown(code: str, document_id: str) -> Page:
    """Show what is online, since when, and what may be done."""
    about = _about(code, document_id)
    return about if isinstance(about, Response) else show("document_online", about)


@document_desk.get(_PAGE + "/remplacer")
def ask_newer(code: str, document_id: str) -> Page:
    """Ask for the newer file, or for the other address."""
    return _show_form("document_replace", code, document_id, {}, {})


@document_desk.post(_PAGE + "/remplacer")
def replace(code: str, document_id: str) -> Page:
    """Replace the file, or the address."""
    names = ("url", "agreed", "version")
    typed = {name: request.form.get(name, "").strip() for name in names}
    sent = request.files.get("file")
    upload = {"upload": sent} if sent is not None and sent.filename else {}
    errors = _call("odlocale_document_replace", document_id, {**typed, **upload})
    if errors:
        return _show_form("document_replace", code, document_id, typed, errors)
    tk.h.flash_success(tk._("It is replaced: the former one is no longer online."))
    return _go_back(code, document_id)


@document_desk.get(_PAGE + "/fiche")
def fiche(code: str, document_id: str) -> Page:
    """Show what is said of the document, to be changed."""
    typed = g.get("odlocale_typed", {})
    return _show_form("document_fiche", code, document_id, typed, {})


@document_desk.post(_PAGE + "/fiche")
def change(code: str, document_id: str) -> Page:
    """Change what is said of it, or say what lacks, with what was typed."""
    typed = {name: request.form.get(name, "").strip() for name in _FICHE}
    errors = _call("odlocale_document_change", document_id, typed)
    if errors:
        return _show_form("document_fiche", code, document_id, typed, errors)
    tk.h.flash_success(tk._("Your changes are online."))
    return _go_back(code, document_id)


@document_desk.get(_PAGE + "/retirer")
def ask_withdrawal(code: str, document_id: str) -> Page:
    """Ask why it is to be withdrawn."""
    return _show_withdrawal(code, document_id, {}, {})


@document_desk.post(_PAGE + "/retirer")
def withdraw(code: str, document_id: str) -> Page:
    """Withdraw a document that is online."""
    names = ("reason", "note", "version")
    typed = {name: request.form.get(name, "").strip() for name in names}
    if not typed["reason"]:
        errors = {"reason": tk._("Choose one of the reasons.")}
        return _show_withdrawal(code, document_id, typed, errors)
    errors = _call("odlocale_document_withdraw", document_id, typed)
    if errors:
        return _show_withdrawal(code, document_id, typed, errors)
    return _go_back(code, document_id)


@document_desk.get(_PAGE + "/effacer")
def ask_erasing(code: str, document_id: str) -> Page:
    """Say what would be erased, and ask why."""
    tk.check_access("odlocale_document_purge", context_of_user(), {"id": document_id})
    return _show_erasing(code, document_id, "")


@document_desk.post(_PAGE + "/effacer")
def erase(code: str, document_id: str) -> Page:
    """Erase what was shown."""
    typed = {name: request.form.get(name, "").strip() for name in ("reason", "version")}
    errors = _call("odlocale_document_purge", document_id, typed)
    if errors:
        return _show_erasing(code, document_id, next(iter(errors.values())))
    tk.h.flash_success(
        tk._("It is erased for good. The journal keeps that you did it.")
    )
    return go_to("odlocale_publishing.collectivity", code=code)


def _call(action: str, document_id: str, typed: dict[str, Any]) -> dict[str, str]:
    """Call an action; return what lacks, a sentence for each field.

    A refusal that is about no field is under ``message``.
    """
    given = {name: value for name, value in typed.items() if value != ""}
    try:
        tk.get_action(action)(context_of_user(), {"id": document_id, **given})
    except tk.ValidationError as error:
        if "message" in error.error_dict:
            return {"message": explain(error)}
        return {
            "file" if name == "upload" else name: str(said[0])
            for name, said in error.error_dict.items()
            if isinstance(said, list) and said
        } or {"message": explain(error)}
    return {}


def _go_back(code: str, document_id: str) -> Response:
    return go_to("odlocale_document_desk.shown", code=code, document_id=document_id)


def _about(code: str, document_id: str) -> dict[str, Any] | Response:
    """Return what each page of a document needs; the way to the right desk.

    A document that moved with its commune is at the desk of the heir.
    """
    owner = owner_of(code)
    call = tk.get_action("odlocale_document_show")
    found = call(context_of_user(), {"id": document_id})
    if found["org_id"] != owner.org_id or code != owner.code:
        return _go_back(found["code"], document_id)
    reason = read_reason(found["notice"]["reason"]) if found["notice"] else None
    return {
        **describe_owner(owner),
        "document": found,
        "held": only_file(found),
        "reason": label_of(reason, tk._) if reason else "",
    }


def _show_form(
    template: str,
    code: str,
    document_id: str,
    typed: dict[str, str],
    errors: dict[str, str],
    **more: Any,
) -> Page:
    about = _about(code, document_id)
    if isinstance(about, Response):
        return about
    if about["document"]["state"] == "withdrawn":
        return _go_back(code, document_id)
    if template == "document_replace" and about["held"] is None:
        return _go_back(code, document_id)
    return show(template, {**about, "typed": typed, "errors": errors, **more})


def _show_withdrawal(
    code: str, document_id: str, typed: dict[str, str], errors: dict[str, str]
) -> Page:
    reasons = [(one.value, label_of(one, tk._)) for one in Reason]
    more = {"reasons": reasons, "limit": MAX_NOTE}
    return _show_form("document_withdraw", code, document_id, typed, errors, **more)


def _show_erasing(code: str, document_id: str, error: str) -> Page:
    about = _about(code, document_id)
    if isinstance(about, Response):
        return about
    reasons = [(one.value, label_of(one, tk._)) for one in ERASING]
    return show("document_erase", {**about, "reasons": reasons, "error": error})
