"""The page of a long file: how far it is, and stopping it."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, jsonify

from ckanext.odlocale.publishing.guards import (
    context_of_user,
    go_to,
    guard,
)
from ckanext.odlocale.publishing.release import explain
from ckanext.odlocale.publishing.waiting import ACTIONS, GOING_ON
from ckanext.odlocale.publishing.work_model import Work

working = Blueprint("odlocale_work", __name__, url_prefix="/publier/depot")

guard(working)

_ADDRESS = "/<deposit_id>/lecture"
#: In what the script of the page asks as it is left.
LEFT = "quitte"


@working.get(_ADDRESS + ".json")
def state(deposit_id: str) -> Response:
    """Say how far it is, to the script of the page; nothing more to wait for: null."""
    named = {"id": deposit_id}
    work = tk.get_action("odlocale_work_show")(context_of_user(), named)
    if work is not None and work["state"] in GOING_ON:
        Work.look(deposit_id, left=LEFT in tk.request.args)
        return jsonify({**work, "said": say(work)})
    return jsonify(None)


@working.post(_ADDRESS + "/arreter")
def stop(deposit_id: str) -> Response:
    """Stop it; the file is kept."""
    return _act("odlocale_work_stop", deposit_id)


@working.post(_ADDRESS + "/reprendre")
def resume(deposit_id: str) -> Response:
    """Ask for it again."""
    return _act("odlocale_work_resume", deposit_id)


def _act(action: str, deposit_id: str) -> Response:
    try:
        tk.get_action(action)(context_of_user(), {"id": deposit_id})
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
    return go_to("odlocale_publishing.resume", deposit_id=deposit_id)


def do_or_wait(
    action: str, seen: dict[str, Any], asked: dict[str, Any]
) -> dict[str, Any]:
    """Do something to a draft at once, or let the worker do it where its file is long.

    :param seen: the deposit, and the version of it that was on the screen
    :param asked: what else the action takes
    """
    if action not in ACTIONS:
        return dict(tk.get_action(action)(context_of_user(), {**seen, **asked}))
    given = {**seen, "action": action, "data": asked}
    return dict(tk.get_action("odlocale_work_start")(context_of_user(), given))


def say(work: dict[str, Any]) -> str:
    """Say in one sentence how far it is."""
    if work["state"] == "waiting":
        return str(tk._("Your file waits for its turn."))
    if not work["rows"]:
        return str(tk._("Reading the file…"))
    said = tk._("{done} rows checked out of {rows}.")
    numbers = {name: tk.h.odlocale_number(work[name]) for name in ("done", "rows")}
    return str(said.format(**numbers))
