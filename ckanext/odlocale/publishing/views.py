"""Pages of the desk, ``/publier``.

Every writing request is a POST that ends with a redirection; it carries a CSRF token
and the version of the deposit that was on the screen.
"""

from __future__ import annotations

import tempfile
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, abort, g, jsonify, request, send_file

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.download import disposition_name
from ckanext.odlocale.publishing import states, wording
from ckanext.odlocale.publishing.analysing import check_again
from ckanext.odlocale.publishing.answers import Answers, gather_facts, read_report
from ckanext.odlocale.publishing.document_desk_views import document_desk
from ckanext.odlocale.publishing.document_notices import notices
from ckanext.odlocale.publishing.document_views import documents
from ckanext.odlocale.publishing.expecting import describe_one, home_of, homes_of
from ckanext.odlocale.publishing.fiche import is_many, names_of_wishes
from ckanext.odlocale.publishing.findings import (
    list_findings,
    write_findings_csv,
)
from ckanext.odlocale.publishing.grid_calls import grid
from ckanext.odlocale.publishing.guards import (
    Page,
    context_of_user,
    describe_owner,
    go_to,
    guard,
    offered,
    owner_of,
    show,
    templates_of,
)
from ckanext.odlocale.publishing.help_views import helping
from ckanext.odlocale.publishing.history_views import history
from ckanext.odlocale.publishing.nothing_views import answering
from ckanext.odlocale.publishing.ownership import siret_of
from ckanext.odlocale.publishing.permalinks import data
from ckanext.odlocale.publishing.prepare_views import preparing
from ckanext.odlocale.publishing.push_views import push
from ckanext.odlocale.publishing.release import explain
from ckanext.odlocale.publishing.release_views import releases
from ckanext.odlocale.publishing.row_views import rows
from ckanext.odlocale.publishing.schema_views import models
from ckanext.odlocale.publishing.screens import (
    list_files,
)
from ckanext.odlocale.publishing.step_views import SCREENS, show_deposit
from ckanext.odlocale.publishing.steps import Step, allowed_step
from ckanext.odlocale.publishing.work_views import do_or_wait, working
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

desk = Blueprint("odlocale_publishing", __name__, url_prefix="/publier")

#: How many collectivités the animator's picker shows.
PICKED = 20

guard(desk)


@desk.get("")
def home() -> Page:
    """Show the desk of the one collectivité of the user, or the choice of one."""
    mine = tk.get_action("odlocale_desk_list")(context_of_user(), {})
    seats = mine["collectivities"]
    if len(seats) == 1 and not mine["picks"]:
        return _show_home(owner_of(seats[0]["code"]))
    asked = request.args.get("q", "").strip()
    found = _search(asked) if mine["picks"] and asked else []
    homes = homes_of(context_of_user(), seats)
    extra = {"homes": homes, "picks": mine["picks"], "q": asked, "found": found}
    return show("choose", extra)


def _search(asked: str) -> list[dict[str, Any]]:
    query = {"q": asked, "limit": PICKED}
    found = tk.get_action("odlocale_collectivity_search")(context_of_user(), query)
    return list(found["results"])


@desk.get("/<code>")
def collectivity(code: str) -> Page:
    """Show the desk of one collectivité; that of its heir if it merged."""
    owner = owner_of(code)
    if code != owner.code:
        return go_to("odlocale_publishing.collectivity", code=owner.code)
    return _show_home(owner)


def _show_home(owner: Collectivity) -> str:
    mine = {"org_id": owner.org_id}
    deposits = tk.get_action("odlocale_deposit_list")(context_of_user(), mine)
    screen = home_of(context_of_user(), str(owner.org_id), deposits, offered(owner))
    to_see = 0
    if screen.card.draft and screen.card.draft.deposit_id:
        to_see = show_deposit(screen.card.draft.deposit_id)["tally"]["to_see"]
    documents = tk.get_action("odlocale_document_list")(context_of_user(), mine)
    extra = {
        "screen": screen,
        "to_see": to_see,
        "documents": documents,
        "templates": templates_of(owner),
        "epci_name": tk.h.odlocale_collectivity(owner.org_id).get("epci_name"),
    }
    return show("home", {**describe_owner(owner), **extra})


@desk.get("/<code>/<schema>")
def files(code: str, schema: str) -> Page:
    """Show one data of one collectivité: its files, its drafts, a new deposit."""
    owner = owner_of(code)
    if schema not in load_catalogue():
        abort(404)
    if code != owner.code:
        return go_to("odlocale_publishing.files", code=owner.code, schema=schema)
    model = load_catalogue().get(schema)
    asked = {"org_id": owner.org_id, "schema": model.slug}
    deposits = tk.get_action("odlocale_deposit_list")(context_of_user(), asked)
    drafts = [one for one in deposits if one["state"] in states.DRAFT_STATES]
    extra = {"schema": model, "files": list_files(model, deposits), "drafts": drafts}
    extra |= describe_one(str(owner.org_id), model, deposits)
    extra["templates"] = templates_of(owner)
    return show("files", {**describe_owner(owner), **extra})


@desk.post("/deposer")
def deposit_file() -> Page:
    """Keep the file sent in, and go to the first screen it needs."""
    owner = owner_of(request.form.get("code", ""))
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        tk.h.flash_error(tk._("Choose a file first."))
        return go_to("odlocale_publishing.collectivity", code=owner.code)
    sent = {"org_id": owner.org_id, "upload": upload, "later": True}
    if request.form.get("schema") in load_catalogue():
        sent["schema"] = request.form["schema"]
    try:
        deposit = tk.get_action("odlocale_deposit_create")(context_of_user(), sent)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return go_to("odlocale_publishing.collectivity", code=owner.code)
    return _go(deposit["id"], Step(deposit["step"]))


@desk.get("/depot/<deposit_id>")
def resume(deposit_id: str) -> Response:
    """Go to the screen where work on a deposit goes on."""
    return _go(deposit_id, Step(show_deposit(deposit_id)["step"]))


@desk.get(
    "/depot/<deposit_id>/<any(lecture,quoi,colonnes,verifier,remplacer,relire,fini):name>"
)
def step(deposit_id: str, name: str) -> Page:
    """Show one screen of a deposit, or go to the one that must come first."""
    deposit = show_deposit(deposit_id)
    answers = Answers.from_dict(deposit["answers"])
    facts = gather_facts(
        deposit["state"],
        deposit["schema"],
        deposit["analysis"],
        answers,
        load_catalogue(),
        deposit["online"],
        deposit["work"] and deposit["work"]["state"],
    )
    asked = Step(name)
    shown = allowed_step(facts, asked)
    if shown is not asked:
        return _go(deposit_id, shown)
    about = describe_owner(owner_of(deposit["code"]))
    extra = {**about, **_describe(deposit), "facts": facts}
    template, more = SCREENS[shown](deposit, answers)
    return show(template, {**extra, **more})


@desk.post("/depot/<deposit_id>/quoi")
def choose_model(deposit_id: str) -> Response:
    """Say what the file is about."""
    slug = request.form.get("schema", "")
    if slug not in load_catalogue():
        tk.h.flash_error(tk._("Choose one of the answers."))
        return _go(deposit_id, Step.RECOGNISE)
    return _act("odlocale_deposit_choose", deposit_id, {"schema": slug})


@desk.post("/depot/<deposit_id>/colonnes")
def choose_columns(deposit_id: str) -> Response:
    """Say where the missing columns are, or that they are not in the file."""
    prefix = "column-"
    mapping = {
        column: name.removeprefix(prefix)
        for name, column in request.form.items()
        if name.startswith(prefix) and column
    }
    same = {
        name.removeprefix("same-"): value.strip()
        for name, value in request.form.items()
        if name.startswith("same-") and value.strip()
    }
    asked = {"mapping": mapping, "same": same}
    return _act("odlocale_deposit_choose", deposit_id, asked)


@desk.post("/depot/<deposit_id>/corriger")
def correct(deposit_id: str) -> Response:
    """Accept one group of corrections, or all the safe ones."""
    groups = request.form.getlist("group")
    asked = {"groups": groups} if groups else {}
    return _act("odlocale_deposit_correct", deposit_id, asked, Step.CHECK, "result")


@desk.post("/depot/<deposit_id>/annuler")
def undo(deposit_id: str) -> Response:
    """Undo the last corrections."""
    return _act("odlocale_deposit_undo", deposit_id, {}, Step.CHECK, "findings")


@desk.post("/depot/<deposit_id>/remplacer")
def settle_replace(deposit_id: str) -> Response:
    """Say whether the file replaces the one that is online."""
    if request.form.get("answer") == "another":
        answer: dict[str, Any] = {"another": True}
    else:
        answer = {"replaces": request.form.get("replaces", "")}
    return _act("odlocale_deposit_answer", deposit_id, answer, Step.REVIEW)


@desk.post("/depot/<deposit_id>/fiche")
def change_fiche(deposit_id: str) -> Page:
    """Change what is said of the data."""
    wishes = {
        name: request.form.getlist(name)
        if is_many(name)
        else request.form.get(name, "").strip()
        for name in names_of_wishes()
    }
    asked = {**_seen(deposit_id), "wishes": wishes}
    try:
        tk.get_action("odlocale_deposit_answer")(context_of_user(), asked)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        if "wishes" in error.error_dict:
            # Shown at once rather than after a redirection: nothing typed is lost.
            g.odlocale_typed = wishes
            return step(deposit_id, Step.REVIEW.value)
        return _go(deposit_id, None)
    return _go(deposit_id, Step.REVIEW)


@desk.post("/depot/<deposit_id>/publier")
def publish(deposit_id: str) -> Response:
    """Put the file online. A second click changes nothing."""
    return _act("odlocale_deposit_publish", deposit_id, {}, Step.DONE)


@desk.post("/depot/<deposit_id>/supprimer")
def drop(deposit_id: str) -> Response:
    """Drop a draft."""
    code = show_deposit(deposit_id)["code"]
    try:
        tk.get_action("odlocale_deposit_delete")(context_of_user(), _seen(deposit_id))
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return _go(deposit_id, None)
    tk.h.flash_success(tk._("The draft was dropped. Nothing was published."))
    return go_to("odlocale_publishing.collectivity", code=code)


@desk.get("/depot/<deposit_id>/original")
def original(deposit_id: str) -> Response:
    """Send the file back as it was sent in."""
    deposit = show_deposit(deposit_id)
    unread = deposit["work"] and deposit["schema"] is None
    converted = (deposit["analysis"] or {}).get("converted")
    if deposit["original_sha256"] is None or converted or unread:
        # Erased; not read yet; or an export of accounting software, which names
        # people: only its table is served.
        abort(404)
    sent: Response = storage.send(
        deposit["original_sha256"], deposit["filename"], "application/octet-stream"
    )
    return sent


@desk.get("/depot/<deposit_id>/rapport.<any(csv,json):form>")
def report(deposit_id: str, form: str) -> Response:
    """Send the list of findings."""
    deposit = show_deposit(deposit_id)
    found = read_report(deposit["analysis"])
    if found is None:
        abort(404)
    if form == "json":
        return jsonify(list_findings(found, tk.h.lang()))
    checked = check_again(deposit["id"])
    if checked is None:
        abort(404)
    # A big file may have a finding a row: on the disk, and erased with the answer.
    written = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    write_findings_csv(checked, written, tk.h.lang())
    written.seek(0)
    name = disposition_name(f"{deposit['filename']}-points.csv")
    return send_file(written, "text/csv", as_attachment=True, download_name=name)


def _describe(deposit: dict[str, Any]) -> dict[str, Any]:
    name = deposit["filename"]
    schema = None
    if deposit["schema"]:
        schema = load_catalogue().get(deposit["schema"])
        name = wording.name_release(schema, deposit["key"])
        own = siret_of(owner_of(deposit["code"]))
        name = wording.name_unless_main(name, deposit["key"] or "", own)
    if deposit["former"]:
        name = wording.name_of_former(name, deposit["former"])
    return {"deposit": deposit, "schema": schema, "name": name}


def _seen(deposit_id: str) -> dict[str, Any]:
    version = request.form.get("version")
    return {"id": deposit_id, **({"version": version} if version else {})}


def _act(
    action: str,
    deposit_id: str,
    asked: dict[str, Any],
    then: Step | None = None,
    focus: str = "",
) -> Response:
    try:
        deposit = do_or_wait(action, _seen(deposit_id), asked)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return _go(deposit_id, None)
    if deposit["step"] == Step.WAIT.value:
        then, focus = Step.WAIT, ""
    return _go(deposit_id, then or Step(deposit["step"]), focus)


def _go(deposit_id: str, to: Step | None, focus: str = "") -> Response:
    if to is None:
        return go_to("odlocale_publishing.resume", deposit_id=deposit_id)
    names = {"deposit_id": deposit_id, "name": to.value}
    if focus:
        names["_anchor"] = focus
    return go_to("odlocale_publishing.step", **names)


blueprints = [
    desk,
    rows,
    helping,
    answering,
    documents,
    document_desk,
    notices,
    preparing,
    releases,
    grid,
    data,
    history,
    models,
    push,
    working,
]
