"""The agent's page of data.gouv.fr: her data there, and what readers ask about them."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.datagouv.push_words import describe_change, why_sentences
from ckanext.odlocale.datagouv.registration_words import held_names, state_names
from ckanext.odlocale.publishing.guards import (
    Page,
    context_of_user,
    describe_owner,
    go_to,
    guard,
    owner_of,
)
from ckanext.odlocale.territory.animer_guards import explain

replies = Blueprint("odlocale_replies", __name__, url_prefix="/publier")

guard(replies)

_ADDRESS = "/<code>/data-gouv"


@replies.get(_ADDRESS)
def home(code: str) -> Page:
    """Show how data.gouv.fr holds a collectivité's data, and who waits."""
    return _show(code)


@replies.post(_ADDRESS)
def answer(code: str) -> Page:
    """Send an answer, in the collectivité's name."""
    owner = owner_of(code)
    discussion, typed = (
        request.form.get("discussion", ""),
        request.form.get("texte", ""),
    )
    given = {
        "code": owner.siren,
        "id": discussion,
        "text": typed,
        "version": request.form.get("lus", ""),
        "close": bool(request.form.get("clore")),
    }
    try:
        _act("discussion_answer", **given)
    except tk.ValidationError as error:
        refused = {"id": discussion, "said": explain(error)[0], "typed": typed}
        return _show(code, refused)
    tk.h.flash_success(tk._("Your answer is on data.gouv.fr."))
    return go_to("odlocale_replies.home", code=owner.code)


def _show(code: str, refused: dict[str, str] | None = None) -> Page:
    owner = owner_of(code)
    held = _act("held_list", code=owner.siren)
    extra = {
        **describe_owner(owner),
        "held": held,
        "pending": [
            {**one, "changes": [describe_change(change) for change in one["held"]]}
            for one in held["sending"]
        ],
        "whys": why_sentences(),
        "talks": _act("discussion_list", code=owner.siren),
        "states": state_names(),
        "helds": held_names(),
        "refused": refused or {},
    }
    return str(tk.render("datagouv/replies.html", extra))


def _act(name: str, **given: Any) -> Any:
    return tk.get_action(f"odlocale_datagouv_{name}")(context_of_user(), given)
