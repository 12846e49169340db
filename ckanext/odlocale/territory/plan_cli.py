"""``ckan odlocale territory plan`` and ``apply``, and what they write."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import ckantoolkit as tk
import click

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.territory import jobs, planning
from ckanext.odlocale.territory.command_line import (
    CONFLICTS,
    call,
    fail,
    read_json,
    talk,
    write_csv,
)
from ckanext.odlocale.territory.perimeter_cli import Pieces, perimeter_options
from ckanext.odlocale.territory.register import (
    LATEST_VINTAGE,
    Register,
    UnknownVintage,
    UnreadableRegister,
)
from ckanext.odlocale.territory.register_files import register_folders
from ckanext.odlocale.territory.steps import VERDICTS

Format = Literal["table", "json", "csv"]

_COLUMNS = (
    "verdict",
    "kind",
    "siren",
    "insee",
    "title",
    "organization",
    "organization_id",
    "parents",
    "successor",
    "candidates",
    "datasets",
    "reason",
    "message",
    "changes",
)


def plan_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what plan and apply share."""
    for option in reversed(
        (
            click.option(
                "--atd",
                "atds",
                multiple=True,
                metavar="SIREN",
                help="An ATD of the portal; with a perimeter, whose it will be. "
                "All of them by default. May be repeated.",
            ),
            perimeter_options,
            click.option(
                "--vintage",
                type=int,
                default=LATEST_VINTAGE,
                show_default=True,
                help="Year of the register.",
            ),
            click.option(
                "--register-path",
                metavar="FOLDER",
                help="Where other registers are, instead of the portal's setting.",
            ),
            click.option(
                "--live", is_flag=True, help="Refresh the register from API Géo first."
            ),
            click.option(
                "--decisions",
                type=click.Path(dir_okay=False, path_type=Path),
                help='Answers to what is doubtful, as JSON: {"organization id": '
                '"SIREN" or "none"}.',
            ),
            click.option(
                "--format",
                "form",
                type=click.Choice(["table", "json", "csv"]),
                default="table",
                show_default=True,
                help="How to write the plan.",
            ),
        )
    ):
        command = option(command)
    return command


def _show_plan(
    wanted: dict[str, Any], context: dict[str, Any], form: Format
) -> dict[str, Any]:
    """Write the plan, and beside it why API Géo was not believed, if it was asked."""
    made: dict[str, Any] = call("odlocale_territory_plan", wanted, **context)
    click.echo(write_plan(made, form), nl=False)
    if made["cause"]:
        talk(f"{made['cause']['message']} ({made['cause']['detail']})")
    return made


@click.command()
@plan_options
def plan(form: Format, **options: Any) -> None:
    """Show what apply would do. Nothing is written."""
    wanted, context = read_options(options)
    made = _show_plan(wanted, context, form)
    finish(made)


@click.command()
@plan_options
def apply(form: Format, **options: Any) -> None:
    """Show the plan, then carry out exactly that one."""
    wanted, context = read_options(options)
    made = _show_plan(wanted, context, form)
    wanted["digest"] = made["digest"]
    done = call("odlocale_territory_apply", wanted, odlocale_tell=_tell, **context)
    say = _(
        "Organizations created: {create}. Taken over: {adopt}. Updated: {updated}."
        " Merged: {merge}. Closed: {close}."
    )
    counts = done["counts"]
    talk(say.format(**counts, updated=counts["rename"] + counts["update"]))
    finish(done)


@click.command()
def reindex() -> None:
    """Let the search engine read again what plans changed.

    The portal's worker does it after each plan; run this where it could not.
    """
    try:
        done = jobs.reindex_pending()
    except jobs.NotIndexed as error:
        say = _("Organizations whose datasets could not be read again: {count}.")
        fail(say.format(count=error.count))
    talk(_("Datasets read again: {count}.").format(count=done))


def read_options(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the options ask of an action, and what goes into its context."""
    pieces = Pieces.of(options)
    atds = list(options["atds"])
    wanted: dict[str, Any] = {"vintage": options["vintage"], "live": options["live"]}
    context: dict[str, Any] = {}
    if options["decisions"] is not None:
        wanted["decisions"] = read_json(options["decisions"])
    if options["register_path"]:
        folders = register_folders(options["register_path"])
        context["odlocale_register"] = _load(options["vintage"], folders)
    if pieces == Pieces():
        wanted |= {"perimeters": atds} if atds else {}
    elif pieces.departements_only and not atds:
        wanted["departement"] = list(pieces.departements_only)
    else:
        register = context.get("odlocale_register") or _load(options["vintage"])
        context["odlocale_proposed"] = _propose(pieces, atds, register)
    return wanted, context


def _propose(pieces: Pieces, atds: list[str], register: Register) -> planning.Atd:
    """Return the ATD that the options describe, to register when it is applied."""
    definition = pieces.definition()
    if not atds and len(definition.include) == 1:
        part = definition.include[0]
        own = register.region(part.code) if part.kind == "region" else None
        own = own or (register.by_siren(part.code) if part.kind == "epci" else None)
        atds = [own.siren] if own is not None else []
    if len(atds) != 1:
        fail(_("Say whose perimeter this is: one --atd SIREN."))
    siren = atds[0]
    others = {one.siren: one.name for one in definition.others}
    known = register.by_siren(siren)
    name = known.full_name if known is not None else others.get(siren, siren)
    return planning.Atd(siren, name, definition, planned=True, is_new=True)


def _load(vintage: int, folders: tuple[Path, ...] | None = None) -> Register:
    try:
        if folders is None:
            return planning.load_register(vintage)
        return Register.load(vintage, folders)
    except (UnknownVintage, UnreadableRegister) as error:
        fail(str(error))


def write_plan(made: dict[str, Any], form: Format) -> str:
    """Return a plan as text. A table leaves out what does not change."""
    if form == "json":
        return json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    if form == "csv":
        return write_csv(map(_flat, made["steps"]), _COLUMNS)
    verdicts = verdict_names()
    lines = [
        f"{verdicts[step['verdict']]:12}  {step['insee'] or step['siren'] or '':9}  "
        f"{step['title']:40.40}  {_detail(step)}"
        for step in made["steps"]
        if step["verdict"] != "unchanged"
    ]
    totals = ", ".join(f"{verdicts[v]} {n}" for v, n in made["counts"].items())
    return "\n".join([*(line.rstrip() for line in lines), totals]) + "\n"


def verdict_names() -> dict[str, str]:
    """Return the verdicts in words, as a column shows them."""
    names = {
        "create": _("create"),
        "adopt": _("take over"),
        "rename": _("rename"),
        "update": _("update"),
        "merge": _("merge"),
        "close": _("close"),
        "doubtful": _("doubtful"),
        "conflict": _("conflict"),
        "unchanged": _("unchanged"),
    }
    return {verdict: names[verdict] for verdict in VERDICTS}


def _flat(step: dict[str, Any]) -> dict[str, Any]:
    """Return a step as one line of cells. A cell that a spreadsheet would run is
    written as text."""
    heir = step["successor"]
    cells = {
        **step,
        "parents": " ".join(step["parents"]),
        "successor": heir["siren"] if heir else "",
        "candidates": " ".join(one["siren"] for one in step["candidates"]),
        "changes": "; ".join(
            f"{one['field']}: {one['before']} → {one['after']}"
            for one in step["changes"]
        ),
    }
    return {
        name: f"'{cell}" if str(cell).startswith(("=", "+", "-", "@")) else cell
        for name, cell in cells.items()
    }


def _detail(step: dict[str, Any]) -> str:
    shown = step["organization" if step["verdict"] == "create" else "message"]
    if step["verdict"] == "doubtful":
        return f"{shown} [{step['organization_id']}]"
    return str(shown)


def finish(made: dict[str, Any]) -> None:
    """End the command with status 1 where something is left to decide."""
    left = made["counts"]["conflict"] + made["counts"]["doubtful"]
    if left:
        talk(_("Left for you to decide: {count}. See the reasons.").format(count=left))
        sys.exit(CONFLICTS)


def _tell(phase: str, done: int, total: int) -> None:
    names = {
        "writing": _("Writing"),
        "merging": _("Merging"),
        "telling": _("Bringing feeds up to date"),
    }
    if total and phase in names:
        end = "\n" if done == total else "\r"
        talk(f"{names[phase]} {done}/{total}{end}", newline=False)


def _(message: str) -> str:
    return translator(tk.config["ckan.locale_default"]).gettext(message)
