"""The short form: a file as it is, or an address, that follows no model."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, g, request

from ckanext.odlocale.publishing import document
from ckanext.odlocale.publishing.guards import (
    Page,
    context_of_user,
    describe_owner,
    go_to,
    guard,
    owner_of,
    show,
)
from ckanext.odlocale.publishing.step_views import show_deposit

documents = Blueprint("odlocale_documents", __name__, url_prefix="/publier")

guard(documents)

_FILE = "/depot/<deposit_id>/tel-quel"
_LINK = "/<code>/lien"
_FIELDS = ("title", "notes", "url", "agreed", "version")


@documents.get(_FILE)
def form(deposit_id: str) -> Page:
    """Ask what the file of a draft is: its title is proposed."""
    deposit = show_deposit(deposit_id)
    title = document.propose_title(deposit["filename"] or "")
    return _show_file(deposit, {"title": title, **g.get("odlocale_typed", {})}, {})


@documents.post(_FILE)
def publish(deposit_id: str) -> Page:
    """Publish the file of a draft, or say what lacks, with what was typed."""
    deposit = show_deposit(deposit_id)
    typed = _read_form()
    owner = owner_of(deposit["code"])
    asked = {**typed, "org_id": owner.org_id, "id": deposit_id}
    asked.pop("url")
    errors = _publish(asked)
    if errors:
        return _show_file(show_deposit(deposit_id), typed, errors)
    return go_to("odlocale_publishing.collectivity", code=owner.code)


@documents.get(_LINK)
def link(code: str) -> Page:
    """Ask which address, and what it is."""
    return _show_link(code, g.get("odlocale_typed", {}), {})


@documents.post(_LINK)
def publish_link(code: str) -> Page:
    """Publish an address, or say what lacks, with what was typed."""
    owner = owner_of(code)
    typed = _read_form()
    asked = {**typed, "org_id": owner.org_id}
    asked.pop("version")
    errors = _publish(asked)
    if errors:
        return _show_link(code, typed, errors)
    return go_to("odlocale_publishing.collectivity", code=owner.code)


def _read_form() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in _FIELDS}


def _publish(asked: dict[str, Any]) -> dict[str, str]:
    """Publish; return what lacks, a sentence for each field."""
    asked = {name: value for name, value in asked.items() if value != ""}
    try:
        made = tk.get_action("odlocale_document_publish")(context_of_user(), asked)
    except tk.ValidationError as error:
        return {
            "file" if name in ("message", "id", "version") else name: str(said[0])
            for name, said in error.error_dict.items()
            if name != "refusal"
        }
    tk.h.flash_success(tk._("“{title}” is online.").format(title=made["title"]))
    return {}


def _show_file(
    deposit: dict[str, Any], typed: dict[str, str], errors: dict[str, str]
) -> str:
    return _show(deposit["code"], deposit, typed, errors)


def _show_link(code: str, typed: dict[str, str], errors: dict[str, str]) -> str:
    return _show(code, None, typed, errors)


def _show(
    code: str,
    deposit: dict[str, Any] | None,
    typed: dict[str, str],
    errors: dict[str, str],
) -> str:
    owner = owner_of(code)
    asked = {"org_id": owner.org_id, **({"id": deposit["id"]} if deposit else {})}
    tk.check_access("odlocale_document_publish", context_of_user(), asked)
    extra = {"deposit": deposit, "typed": typed, "errors": errors}
    return show("document", {**describe_owner(owner), **extra})
