"""The page of one group of findings: every row it is about, and its answers; and that
of the people whom a file may name.

It works without JavaScript: a row is answered by a choice and, where the choice needs
one, a value; what was typed comes back with the reason of a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.publishing.deciding import list_people
from ckanext.odlocale.publishing.findings import show_group
from ckanext.odlocale.publishing.guards import (
    Page,
    context_of_user,
    describe_owner,
    go_to,
    guard,
    owner_of,
    show,
)
from ckanext.odlocale.publishing.help_views import tell_sent
from ckanext.odlocale.publishing.paging import UNSURE, read_answers, write_answers
from ckanext.odlocale.publishing.release import explain
from ckanext.odlocale.publishing.steps import Step
from ckanext.odlocale.publishing.work_model import Work
from ckanext.odlocale.publishing.work_views import do_or_wait
from ckanext.odlocale.scdl.report import FindingGroup

rows = Blueprint("odlocale_rows", __name__, url_prefix="/publier/depot")

guard(rows)

_ADDRESS = "/<deposit_id>/lignes/<group>"


@rows.get(_ADDRESS)
def list_rows(deposit_id: str, group: str) -> Page:
    """Show one page of the rows of a finding, each with its possible answers."""
    work, typed = Work.of(deposit_id), dict[str, str]()
    if work is not None:
        typed = write_answers(one for one in work.answers if one["group"] == group)
    return _show_rows(deposit_id, group, typed, work.message if work and typed else "")


@rows.post(_ADDRESS)
def answer(deposit_id: str, group: str) -> Page:
    """Keep the answers given to some rows, or one answer for all of them."""
    form = request.form.to_dict()
    decisions = read_answers(group, form)
    return _keep(
        deposit_id,
        decisions,
        _doubts(form),
        lambda error: _show_rows(deposit_id, group, form, error),
    )


@rows.get("/<deposit_id>/personnes")
def people(deposit_id: str) -> Page:
    """Show everybody that a file may name, on one page."""
    return _show_people(deposit_id, {}, "")


@rows.post("/<deposit_id>/personnes")
def answer_people(deposit_id: str) -> Page:
    """Keep what was said of each person. Who was not answered about is asked again."""
    form = request.form.to_dict()
    found = dict[str, dict[str, str]]()
    for name, said in form.items():
        group, colon, field = name.rpartition(":")
        if colon:
            found.setdefault(group, {})[field] = said
    decisions = [
        one for group, own in found.items() for one in read_answers(group, own)
    ]
    return _keep(
        deposit_id,
        decisions,
        any(_doubts(own) for own in found.values()),
        lambda error: _show_people(deposit_id, form, error),
    )


def _doubts(form: Mapping[str, str]) -> bool:
    """Whether somebody does not know what becomes of a row."""
    return any(
        name.startswith("answer-") and said == UNSURE for name, said in form.items()
    )


def _keep(
    deposit_id: str,
    decisions: list[dict[str, Any]],
    doubts: bool,
    again: Callable[[str], Page],
) -> Page:
    """Keep answers, and go where they are seen.

    :param doubts: whether the ATD is asked about some rows, which wait
    :param again: shows the page anew, with what was typed and what is wrong
    """
    if doubts:
        _ask_for_help(deposit_id)
    if not decisions and doubts:
        return go_to("odlocale_publishing.resume", deposit_id=deposit_id)
    if not decisions:
        return again(tk._("Choose one of the answers."))
    seen: dict[str, Any] = {"id": deposit_id}
    if request.form.get("version"):
        seen["version"] = request.form["version"]
    try:
        do_or_wait("odlocale_deposit_decide", seen, {"decisions": decisions})
    except tk.ValidationError as error:
        if "refusal" in error.error_dict:
            tk.h.flash_error(explain(error))
            return go_to("odlocale_publishing.resume", deposit_id=deposit_id)
        return again(explain(error))
    where = {"deposit_id": deposit_id, "name": Step.CHECK.value, "_anchor": "result"}
    return go_to("odlocale_publishing.step", **where)


def _show_people(deposit_id: str, typed: dict[str, str], error: str) -> Page:
    named = {"id": deposit_id}
    deposit = tk.get_action("odlocale_deposit_show")(context_of_user(), named)
    asked = []
    for found in list_people(deposit_id):
        shown = show_group(FindingGroup.from_dict(found["group"]), tk.h.lang())
        later = shown.count - len(found["rows"])
        asked.append({"group": shown, "rows": found["rows"], "later": later})
    if not asked:
        return go_to("odlocale_publishing.resume", deposit_id=deposit_id)
    extra = {"deposit": deposit, "name": deposit["filename"], "asked": asked}
    about = describe_owner(owner_of(deposit["code"]))
    return show("people", {**about, **extra, "typed": typed, "error": error})


def _ask_for_help(deposit_id: str) -> None:
    """Let the ATD know that somebody wonders about a person; the file waits."""
    asked = {"id": deposit_id, "person": True}
    try:
        sent = tk.get_action("odlocale_deposit_ask")(context_of_user(), asked)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
    else:
        tell_sent(sent)


def _show_rows(deposit_id: str, group: str, typed: dict[str, str], error: str) -> str:
    number = request.args.get("page", "1")
    asked = {"id": deposit_id, "group": group}
    if number.isdecimal() and len(number) < 9:
        asked["page"] = number
    call = tk.get_action
    found = call("odlocale_deposit_rows")(context_of_user(), asked)
    deposit = call("odlocale_deposit_show")(context_of_user(), {"id": deposit_id})
    shown = show_group(FindingGroup.from_dict(found["group"]), tk.h.lang())
    extra = {"deposit": deposit, "group": shown, "found": found, "name": deposit["key"]}
    about = describe_owner(owner_of(deposit["code"]))
    return show("rows", {**about, **extra, "typed": typed, "error": error})
