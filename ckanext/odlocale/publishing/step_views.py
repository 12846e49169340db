"""What each screen of a deposit shows: its template, and what fills it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from flask import g

from ckanext.odlocale.publishing.answers import Answers, read_report
from ckanext.odlocale.publishing.dataset import unite_periods
from ckanext.odlocale.publishing.expecting import home_of
from ckanext.odlocale.publishing.fiche import period_of
from ckanext.odlocale.publishing.findings import arrange_findings, severity_names
from ckanext.odlocale.publishing.grid_core import MAX_ROWS
from ckanext.odlocale.publishing.guards import context_of_user, offered, owner_of
from ckanext.odlocale.publishing.release import preview_dataset
from ckanext.odlocale.publishing.rule_model import who_asks_conformity
from ckanext.odlocale.publishing.screens import ask_columns, ask_model
from ckanext.odlocale.publishing.steps import Step
from ckanext.odlocale.publishing.waiting import GOING_ON
from ckanext.odlocale.publishing.work_model import Work
from ckanext.odlocale.publishing.work_views import say
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.messages import render_unreadable
from ckanext.odlocale.scdl.unreadable import Unreadable


def show_deposit(deposit_id: str) -> dict[str, Any]:
    """Return a deposit that the user may see."""
    shown = tk.get_action("odlocale_deposit_show")
    return dict(shown(context_of_user(), {"id": deposit_id}))


def _show_wait(deposit: dict[str, Any], answers: Answers) -> tuple[str, Any]:
    work = deposit["work"]
    goes_on = work["state"] in GOING_ON
    if goes_on:
        Work.look(deposit["id"])
    kept = Work.of(deposit["id"])
    refused = kept.answers if kept else []
    return "wait", {
        "work": work,
        "goes_on": goes_on,
        "said": say(work),
        "refused_group": refused[0]["group"] if refused else "",
    }


def _show_recognise(deposit: dict[str, Any], answers: Answers) -> tuple[str, Any]:
    return "recognise", ask_model(deposit["analysis"], load_catalogue())


def _show_columns(deposit: dict[str, Any], answers: Answers) -> tuple[str, Any]:
    schema = load_catalogue().get(deposit["schema"])
    question = ask_columns(schema, read_report(deposit["analysis"]), answers)
    return "columns", {**question, "columns": deposit["analysis"]["columns"]}


def _show_check(deposit: dict[str, Any], answers: Answers) -> tuple[str, Any]:
    problem = deposit["analysis"]["problem"]
    if problem:
        unreadable = Unreadable(problem["code"], **problem["params"])
        message = render_unreadable(unreadable, tk.h.lang())
        return "unreadable", {"message": message}
    report = read_report(deposit["analysis"])
    assert report is not None, "a readable file of a known model is always checked"
    return "check", {
        "report": report,
        "sections": arrange_findings(report, tk.h.lang()),
        "severities": severity_names(tk.h.lang()),
        "asked_by": who_asks_conformity(deposit["siren"], deposit["schema"]),
        "fits_a_table": _fits_a_table(deposit),
    }


def _show_replace(deposit: dict[str, Any], answers: Answers) -> tuple[str, Any]:
    return "replace", {"online": show_deposit(deposit["online"])}


def _show_review(deposit: dict[str, Any], answers: Answers) -> tuple[str, Any]:
    dataset = preview_dataset(deposit["id"])
    schema = load_catalogue().get(deposit["schema"])
    preview = deposit["analysis"]["preview"]
    known = {one.name: one.title for one in schema.fields}
    titles = [known.get(name, name) for name in preview["fields"]]
    covered = period_of(deposit["answers"], deposit["analysis"].get("coverage"))
    return "review", {
        "dataset": dataset,
        "period": unite_periods([covered] if covered else []),
        "titles": titles,
        "rows": preview["rows"],
        "typed": g.get("odlocale_typed"),
    }


def _show_done(deposit: dict[str, Any], answers: Answers) -> tuple[str, Any]:
    owner = owner_of(deposit["code"])
    asked = {"org_id": deposit["org_id"]}
    mine = tk.get_action("odlocale_deposit_list")(context_of_user(), asked)
    home = home_of(context_of_user(), deposit["org_id"], mine, offered(owner))
    lines = (*home.published, *home.possible, *home.optional)
    same = (one for one in lines if one.schema == deposit["schema"])
    return "done", {
        "card": home.card,
        "line": next(same, None),
        "fits_a_table": _fits_a_table(deposit),
    }


def _fits_a_table(deposit: dict[str, Any]) -> bool:
    """Whether the file's rows can be opened in a table online."""
    return 0 < (deposit["rows"] or 0) <= MAX_ROWS


#: By screen, what gives its template and what fills it.
SCREENS: dict[Step, Callable[[dict[str, Any], Answers], tuple[str, Any]]] = {
    Step.WAIT: _show_wait,
    Step.RECOGNISE: _show_recognise,
    Step.COLUMNS: _show_columns,
    Step.CHECK: _show_check,
    Step.REPLACE: _show_replace,
    Step.REVIEW: _show_review,
    Step.DONE: _show_done,
}
