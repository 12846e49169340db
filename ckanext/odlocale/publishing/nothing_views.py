"""The page on which an agent says that there is nothing to publish this year."""

from __future__ import annotations

import ckantoolkit as tk
from flask import Blueprint, abort, request

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
from ckanext.odlocale.scdl.catalogue import load_catalogue

answering = Blueprint("odlocale_answering", __name__, url_prefix="/publier")

guard(answering)

_ADDRESS = "/<code>/<schema>/rien/<int:year>"


@answering.get(_ADDRESS)
def ask(code: str, schema: str, year: int) -> Page:
    """Ask to confirm, or to take the answer back. Nothing is done yet."""
    owner = owner_of(code)
    if schema not in load_catalogue():
        abort(404)
    asked = {"org_id": owner.org_id}
    known = tk.get_action("odlocale_answer_list")(context_of_user(), asked)
    extra = {
        "schema": load_catalogue().get(schema),
        "year": year,
        "answered": {"schema": schema, "year": year} in known,
        "here": tk.h.url_for(
            "odlocale_answering.ask", code=owner.code, schema=schema, year=year
        ),
    }
    return show("nothing", {**describe_owner(owner), **extra})


@answering.post(_ADDRESS)
def answer(code: str, schema: str, year: int) -> Page:
    """Keep the answer, or take it back."""
    owner = owner_of(code)
    undoes = request.form.get("answer") == "undo"
    action = "odlocale_answer_undo" if undoes else "odlocale_answer_nothing"
    asked = {"org_id": owner.org_id, "schema": schema, "year": year}
    try:
        tk.get_action(action)(context_of_user(), asked)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return go_to("odlocale_publishing.collectivity", code=owner.code)
    if undoes:
        tk.h.flash_success(tk._("Your answer is taken back."))
    else:
        tk.h.flash_success(tk._("Your answer counts: nothing to publish."))
    return go_to("odlocale_publishing.files", code=owner.code, schema=schema)
