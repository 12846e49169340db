"""The animator's page of the territory: the plan, its answers, its application."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, jsonify, request, send_file

from ckanext.odlocale.territory.animer_guards import (
    Page,
    context_of_user,
    explain,
    go_to,
    guard,
    own_perimeters,
    page_behind,
    show,
)
from ckanext.odlocale.territory.plan_screen import (
    ALL,
    DONE,
    LIVE,
    Answer,
    Asked,
    arrange_plan,
    gather_answers,
    read_answers,
    read_asked,
    to_decisions,
    write_answers,
    write_plan_csv,
)
from ckanext.odlocale.territory.reasons import name_field
from ckanext.odlocale.territory.register_files import (
    available_vintages,
    register_folders,
)
from ckanext.odlocale.territory.tables import AtdPerimeter

animer = Blueprint("odlocale_animer", __name__, url_prefix="/animer/territoire")

#: Under which a person's answers are kept, for each territory: an answer is refused
#: where it does not belong.
ANSWERS = {"entity_type": "user", "task_type": "odlocale_territory_answers"}
#: How often the page of a running application asks for news.
REFRESH_SECONDS = 3
GOING_ON = ("waiting", "running")

guard(animer)


@animer.get("")
def home() -> Page:
    """Show the plan of a perimeter."""
    own = own_perimeters()
    if not own:
        return show("empty", {})
    return _show_plan(own, _read(own, request.args))


def _show_plan(
    own: list[AtdPerimeter], asked: Asked, refusals: list[str] | None = None
) -> Page:
    extra: dict[str, Any] = {
        "perimeters": own,
        "vintages": _vintages(),
        "asked": asked,
        "all": ALL,
        "live": LIVE,
        "refusals": refusals or [],
        "answers": _kept_answers(asked),
        "verdicts": verdict_names(),
        "plan": None,
    }
    try:
        plan = _plan(own, asked)
    except tk.ValidationError as error:
        extra["refusals"] = [*(refusals or []), *explain(error)]
        return show("plan", extra)
    screen = arrange_plan(plan, asked)
    return show("plan", {**extra, "plan": plan, "screen": screen})


@animer.get("/plan.<any(csv,json):form>")
def export(form: str) -> Page:
    """Send the whole plan."""
    own = _some_perimeters()
    asked = _read(own, request.args)
    try:
        plan = _plan(own, asked)
    except tk.ValidationError:
        return _show_plan(own, asked)
    if form == "json":
        answer = jsonify(plan)
        answer.headers["Content-Disposition"] = "attachment; filename=plan.json"
        return answer
    written = write_plan_csv(plan, _headers(), verdict_names())
    sent: Response = send_file(
        io.BytesIO(written), "text/csv", as_attachment=True, download_name="plan.csv"
    )
    return sent


@animer.post("/reponses")
def answer() -> Page:
    """Keep what the person says of doubtful organisations, then plan again."""
    own = _some_perimeters()
    asked = _read(own, request.form)
    plan = _plan(own, asked)
    found = gather_answers(request.form, arrange_plan(plan, asked).doubtful)
    if not found:
        said = [tk._("Choose an answer first.")]
        return _show_plan(own, asked, said)
    _keep_answers(asked, {**_kept_answers(asked), **found})
    tk.h.flash_success(tk._("Your answers are kept. Here is the plan with them."))
    return go_to("odlocale_animer.home", **asked.to_query(page=1))


@animer.post("/reponses/retirer")
def forget_answer() -> Page:
    """Forget one answer: the question is asked again."""
    asked = _read(_some_perimeters(), request.form)
    kept = _kept_answers(asked)
    kept.pop(request.form.get("organization", ""), None)
    _keep_answers(asked, kept)
    return go_to(page_behind())


@animer.post("/appliquer")
def apply() -> Page:
    """Have exactly the plan that was read applied, and follow it."""
    own = _some_perimeters()
    asked = _read(own, request.form)
    digest = request.form.get("digest", "")
    wanted = {**_asked_of(own, asked), "digest": digest}
    if asked.register != LIVE and _plan(own, asked)["digest"] != digest:
        # The job would refuse it too: said at once, with the new plan.
        said = tk._(
            "The portal has changed since this plan was made. Here is the new one."
            " Your answers are kept."
        )
        return _show_plan(own, asked, [said])
    try:
        job = tk.get_action("odlocale_territory_apply_later")(context_of_user(), wanted)
    except tk.ValidationError as error:
        return _show_plan(own, asked, explain(error))
    return go_to("odlocale_animer.follow", job_id=job["id"])


@animer.get("/suivi/<job_id>")
def follow(job_id: str) -> Page:
    """Show how far an application is, then what it did."""
    own_perimeters()
    progress = tk.get_action("odlocale_territory_progress")(
        context_of_user(), {"id": job_id}
    )
    goes_on = progress["state"] in GOING_ON
    extra = {
        "progress": progress,
        "goes_on": goes_on,
        "refresh": REFRESH_SECONDS,
        "done_verdicts": DONE,
        "verdicts": verdict_names(),
    }
    if not request.headers.get("HX-Request"):
        return show("progress", extra)
    # htmx asks for the part that changes; at the end, the whole page says it.
    answer = Response(show("progress_part", extra))
    if not goes_on:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _some_perimeters() -> list[AtdPerimeter]:
    own = own_perimeters()
    if not own:
        raise tk.ObjectNotFound()
    return own


def _vintages() -> tuple[int, ...]:
    setting = tk.config.get("ckanext.odlocale.register_path")
    return available_vintages(register_folders(setting))


def _read(own: list[AtdPerimeter], given: Any) -> Asked:
    sirens = [one.atd_siren for one in own]
    return read_asked(given.to_dict(), sirens, _vintages())


def _asked_of(own: list[AtdPerimeter], asked: Asked) -> dict[str, Any]:
    chosen = asked.to_action(one.atd_siren for one in own)
    return {**chosen, "decisions": to_decisions(_kept_answers(asked))}


def _plan(own: list[AtdPerimeter], asked: Asked) -> dict[str, Any]:
    planned = tk.get_action("odlocale_territory_plan")
    made: dict[str, Any] = planned(context_of_user(), _asked_of(own, asked))
    for step in made["steps"]:
        for change in step["changes"]:
            change["label"] = name_field(change["field"], tk.h.lang())
    return made


def _kept_answers(asked: Asked) -> dict[str, Answer]:
    wanted = {**ANSWERS, "entity_id": tk.current_user.id, "key": asked.perimeter}
    try:
        kept = tk.get_action("task_status_show")({"ignore_auth": True}, wanted)
    except tk.ObjectNotFound:
        return {}
    return read_answers(kept["value"])


def _keep_answers(asked: Asked, answers: dict[str, Answer]) -> None:
    wanted = {**ANSWERS, "entity_id": tk.current_user.id, "key": asked.perimeter}
    context = {**context_of_user(), "ignore_auth": True}
    with contextlib.suppress(tk.ObjectNotFound):
        wanted["id"] = tk.get_action("task_status_show")(context, dict(wanted))["id"]
    written = {**wanted, "value": write_answers(answers)}
    tk.get_action("task_status_update")(context, written)


def verdict_names() -> dict[str, str]:
    """Return the verdicts in words, as they follow a number."""
    return {
        "conflict": tk._("to settle"),
        "doubtful": tk._("to decide"),
        "create": tk._("to create"),
        "merge": tk._("to merge"),
        "adopt": tk._("to attach"),
        "rename": tk._("to rename"),
        "update": tk._("to bring up to date"),
        "close": tk._("to close"),
        "unchanged": tk._("unchanged"),
    }


def _headers() -> dict[str, str]:
    return {
        "verdict": tk._("What will be done"),
        "kind": tk._("Kind"),
        "siren": tk._("SIREN"),
        "insee": tk._("INSEE code"),
        "title": tk._("Local authority"),
        "organization": tk._("Name in its address"),
        "successor": tk._("Merged into"),
        "message": tk._("Why"),
        "changes": tk._("Before → after"),
    }


blueprints = [animer]
