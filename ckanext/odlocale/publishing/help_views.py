"""The page on which an agent asks for help about a file."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

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

helping = Blueprint("odlocale_help", __name__, url_prefix="/publier/depot")

guard(helping)

_ADDRESS = "/<deposit_id>/aide"


@helping.get(_ADDRESS)
def write(deposit_id: str) -> Page:
    """Show the form: a few words, or none."""
    return _show(deposit_id, "", "")


@helping.post(_ADDRESS)
def ask(deposit_id: str) -> Page:
    """Send the question, and go back to the file."""
    message = request.form.get("message", "").strip()
    asked = {"id": deposit_id, "message": message}
    try:
        sent = tk.get_action("odlocale_deposit_ask")(context_of_user(), asked)
    except tk.ValidationError as error:
        return _show(deposit_id, message, explain(error))
    tell_sent(sent)
    return go_to("odlocale_publishing.resume", deposit_id=deposit_id)


def tell_sent(sent: dict[str, Any]) -> None:
    """Say that a question is on its way, and that work may go on meanwhile."""
    said = tk._("Your question is sent to {email}. Your draft waits for you here.")
    tk.h.flash_success(said.format(email=sent["to"]))


def _show(deposit_id: str, message: str, error: str) -> str:
    shown = tk.get_action("odlocale_deposit_show")
    deposit = shown(context_of_user(), {"id": deposit_id})
    about = describe_owner(owner_of(deposit["code"]))
    extra = {"deposit": deposit, "name": deposit["filename"]}
    return show("ask", {**about, **extra, "message": message, "error": error})
