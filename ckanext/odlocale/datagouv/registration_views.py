"""The animator's pages of data.gouv.fr: ``/animer/data-gouv``.

No page of these asks data.gouv.fr anything, but the one that takes a key: what grows
with the territory is done by the worker, and followed.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, request

from ckanext.odlocale.datagouv.elsewhere import Source, write_source
from ckanext.odlocale.datagouv.harvest_reasons import explain_reason
from ckanext.odlocale.datagouv.registering import APPLIED
from ckanext.odlocale.datagouv.registration_screen import (
    Sought,
    read_sought,
    write_invitation,
    write_request,
)
from ckanext.odlocale.datagouv.registration_words import (
    fault_sentences,
    held_names,
    problem_names,
    state_names,
    verb_names,
    work_names,
)
from ckanext.odlocale.people.spreadsheets import write_table
from ckanext.odlocale.territory.animer_guards import (
    Page,
    context_of_user,
    explain,
    go_to,
    guard,
    own_perimeters,
    show,
)
from ckanext.odlocale.territory.tables import AtdPerimeter, Collectivity

registration = Blueprint(
    "odlocale_registration", __name__, url_prefix="/animer/data-gouv"
)

PER_PAGE = 50
#: What the action gives at most in one page.
READ_AT_ONCE = 1000
REFRESH_SECONDS = 3
GOING_ON = ("waiting", "running")
#: Steps of a plan that the page shows; all are in the file.
STEPS_SHOWN = 200

guard(registration, lambda: go_to("odlocale_registration.home"))


@registration.get("")
def home() -> Page:
    """Show where the collectivités of a perimeter are."""
    own = own_perimeters()
    if not own:
        return show("empty", {})
    sought = _read(own, request.args)
    return _show_home(own, sought)


def _show_home(
    own: list[AtdPerimeter],
    sought: Sought,
    refusals: list[str] | None = None,
    errors: dict[str, str] | None = None,
) -> Page:
    offset = (sought.page - 1) * PER_PAGE
    asked = {**sought.to_action(), "limit": PER_PAGE, "offset": offset}
    found = _act("status", **asked)
    extra = {
        **_words(),
        "perimeters": own,
        "sought": sought,
        "found": found,
        "pages": max(1, -(-found["count"] // PER_PAGE)),
        "keys": _act("key_list", perimeters=[sought.perimeter])["results"],
        "refusals": refusals or [],
        "errors": errors or {},
    }
    return show("datagouv", extra)


@registration.post("/cle")
def give_atd_key() -> Page:
    """Keep the ATD's key, or forget it."""
    own = _some_perimeters()
    sought = _read(own, request.form)
    forgets = bool(request.form.get("oublier"))
    given = {} if forgets else {"key": request.form.get("cle", "")}
    action = "key_forget" if forgets else "key_set"
    try:
        done = _act(action, code=sought.perimeter, **given)
    except tk.ValidationError as error:
        return _show_home(own, sought, errors={"cle": explain(error)[0]})
    _say_done(done)
    return go_to("odlocale_registration.home", **sought.to_query())


@registration.get("/plan")
def plan() -> Page:
    """Show what is to be done, from what is known."""
    own = _some_perimeters()
    return _show_plan(own, _read(own, request.args))


def _show_plan(
    own: list[AtdPerimeter], sought: Sought, refusals: list[str] | None = None
) -> Page:
    made = _act("plan", perimeters=[sought.perimeter])
    due = [step for step in made["steps"] if step["verb"] in APPLIED]
    extra = {
        **_words(),
        "perimeters": own,
        "sought": sought,
        "plan": made,
        "due": due,
        "shown": due[:STEPS_SHOWN],
        "refusals": refusals or [],
    }
    return show("datagouv_plan", extra)


@registration.post("/lancer")
def start() -> Page:
    """Have the worker search, carry out the plan that was read, or read back."""
    own = _some_perimeters()
    sought = _read(own, request.form)
    what = request.form.get("quoi", "")
    asked: dict[str, Any] = {"what": what, "perimeters": [sought.perimeter]}
    if what == "apply":
        asked["digest"] = request.form.get("digest", "")
        if _act("plan", perimeters=[sought.perimeter])["digest"] != asked["digest"]:
            said = tk._("The plan has changed since it was read. Here is the new one.")
            return _show_plan(own, sought, [said])
    try:
        job = _act("start", **asked)
    except tk.ValidationError as error:
        back = _show_plan if what == "apply" else _show_home
        return back(own, sought, explain(error))
    return go_to("odlocale_registration.follow", job_id=job["id"])


@registration.get("/suivi/<job_id>")
def follow(job_id: str) -> Page:
    """Show how far some work is, then what it did."""
    own_perimeters()
    progress = _act("progress", id=job_id)
    goes_on = progress["state"] in GOING_ON
    extra = {
        **_words(),
        "progress": progress,
        "goes_on": goes_on,
        "refresh": REFRESH_SECONDS,
    }
    if not request.headers.get("HX-Request"):
        return show("datagouv_progress", extra)
    answer = Response(show("datagouv_progress_part", extra))
    if not goes_on:
        answer.headers["HX-Refresh"] = "true"
    return answer


@registration.get("/attente")
def waiting() -> Page:
    """Show the sources that wait for data.gouv.fr's team, as a message."""
    own = _some_perimeters()
    sought = _read(own, request.args)
    rows = _every_row(sought, "pending")
    site = str(tk.config["ckan.site_url"]).rstrip("/")
    message = write_request(str(tk.config["ckan.site_title"]), site, rows)
    extra = {"sought": sought, "rows": rows, "message": message}
    return show("datagouv_waiting", extra)


@registration.get("/attente.csv")
def waiting_csv() -> Response:
    """Send the sources that wait, as a table."""
    own = _some_perimeters()
    rows = [
        [
            row["code"],
            row["siren"],
            row["name"],
            (row["organization"] or {}).get("page", ""),
            (row["source"] or {}).get("id", ""),
            (row["source"] or {}).get("url", ""),
        ]
        for row in _every_row(_read(own, request.args), "pending")
    ]
    header = [tk._("Code"), tk._("SIREN"), tk._("Local authority"),
              tk._("Organisation"), tk._("Identifier"), tk._("Address")]  # fmt: skip
    sent = {"Content-Disposition": "attachment; filename=data-gouv-attente.csv"}
    return Response(write_table(header, rows), mimetype="text/csv", headers=sent)


@registration.get("/<code>")
def place(code: str) -> Page:
    """Show one collectivité: what is there, what to decide, what fails."""
    _some_perimeters()
    return _show_place(code)


def _show_place(
    code: str, errors: dict[str, str] | None = None, typed: str = ""
) -> Page:
    found = _act("status", codes=[code], limit=1)["results"]
    if not found:
        raise tk.ObjectNotFound()
    row = found[0]
    one = Collectivity.by_code(row["code"])
    assert one is not None
    site = str(tk.config["ckan.site_url"]).rstrip("/")
    feed = f"{site}/catalogue/{row['code']}.ttl"
    reasons = [
        {
            **item,
            "reasons": [explain_reason(said, gettext=tk._) for said in item["errors"]],
        }
        for item in row["failed"]
    ]
    job = row["last_job"] or {}
    extra = {
        **_words(),
        "row": row,
        "feed": feed,
        "held": _act("held_list", code=row["code"]),
        "talks": _act("discussion_list", code=row["code"]),
        "failed": reasons,
        "job_reasons": [
            explain_reason(one, gettext=tk._) for one in job.get("errors") or ()
        ],
        "invitation": write_invitation(row, str(tk.config["ckan.site_title"]), feed),
        "proposed_siret": _proposed_siret(one),
        "elsewhere": _show_elsewhere(row["code"]),
        "elsewhere_faults": fault_sentences(),
        "errors": errors or {},
        "typed": typed,
    }
    return show("datagouv_place", extra)


def _show_elsewhere(code: str) -> dict[str, Any]:
    """What is known of its data on other portals; ``address`` is what was said."""
    listing = tk.get_action("odlocale_elsewhere_list")
    found: dict[str, Any] = listing(context_of_user(), {"code": code, "limit": 1})
    named, site = found["source"], str(tk.config["ckanext.odlocale.datagouv_url"])
    source = Source(named["kind"], named["address"]) if named else None
    return {**found, "address": write_source(source, site) if source else ""}


@registration.post("/<code>/organisation")
def decide(code: str) -> Page:
    """Say which organisation is this collectivité's."""
    _some_perimeters()
    wanted = request.form.get("organisation", "")
    if not wanted:
        return _show_place(code, {"organisation": tk._("Choose an answer first.")})
    answer = "" if wanted == "again" else wanted
    return _do(code, "decide", "organisation", organization=answer)


@registration.post("/<code>/siret")
def confirm_siret(code: str) -> Page:
    """Confirm the SIRET that data.gouv.fr will be given."""
    typed = request.form.get("siret", "")
    return _do(code, "siret_confirm", "siret", typed=typed, siret=typed)


@registration.post("/<code>/ailleurs")
def say_elsewhere(code: str) -> Page:
    """Say where its data of other portals are described, or forget it."""
    _some_perimeters()
    typed = request.form.get("adresse", "").strip()
    given = {"code": code, "address": typed}
    try:
        tk.get_action("odlocale_elsewhere_set")(context_of_user(), given)
    except tk.ValidationError as error:
        return _show_place(code, {"adresse": explain(error)[0]}, typed)
    _say_done({})
    return go_to("odlocale_registration.place", code=code)


@registration.post("/<code>/ecrit")
def invited(code: str) -> Page:
    """Note that its administrators were written to."""
    return _do(code, "invite", "ecrit", done=request.form.get("fait") != "non")


@registration.post("/<code>/cle")
def give_key(code: str) -> Page:
    """Keep a key, or forget it."""
    if request.form.get("oublier"):
        return _do(code, "key_forget", "cle")
    return _do(code, "key_set", "cle", key=request.form.get("cle", ""))


def _do(code: str, action: str, field: str, typed: str = "", **given: Any) -> Page:
    """Do something about one collectivité, and show it again."""
    _some_perimeters()
    try:
        done = _act(action, code=code, **given)
    except tk.ValidationError as error:
        return _show_place(code, {field: explain(error)[0]}, typed)
    _say_done(done)
    return go_to("odlocale_registration.place", code=code)


def _say_done(done: dict[str, Any]) -> None:
    if done.get("checked") is False:
        said = tk._("The key is kept. data.gouv.fr did not answer to try it.")
        tk.h.flash_notice(said)
    else:
        tk.h.flash_success(tk._("It is noted."))


def _act(name: str, **given: Any) -> Any:
    return tk.get_action(f"odlocale_datagouv_{name}")(context_of_user(), given)


def _some_perimeters() -> list[AtdPerimeter]:
    own = own_perimeters()
    if not own:
        raise tk.ObjectNotFound()
    return own


def _read(own: list[AtdPerimeter], given: Any) -> Sought:
    return read_sought(given.to_dict(), [one.atd_siren for one in own])


def _every_row(sought: Sought, state: str) -> list[dict[str, Any]]:
    asked = {"perimeters": [sought.perimeter], "state": state, "limit": READ_AT_ONCE}
    rows: list[dict[str, Any]] = []
    while True:
        page = _act("status", **asked, offset=len(rows))
        rows += page["results"]
        if not page["results"] or len(rows) >= page["count"]:
            return rows


def _proposed_siret(one: Collectivity) -> str:
    """What its organisation says here: a person compares it, then confirms."""
    if one.org_id is None:
        return ""
    shown = tk.get_action("organization_show")(context_of_user(), {"id": one.org_id})
    return str(shown.get("siret") or "")


def _words() -> dict[str, Any]:
    return {
        "states": state_names(),
        "verbs": verb_names(),
        "problems": problem_names(),
        "helds": held_names(),
        "works": work_names(),
    }
