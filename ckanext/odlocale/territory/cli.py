"""``ckan odlocale territory``: set up a département and keep it true.

Data goes to the standard output, talk to the standard error. Exit status: 0
fine, 1 something is left for a person to decide, 2 it could not run.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NoReturn

import ckantoolkit as tk
import click

from ckanext.odlocale.base.http import GuardedClient
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.territory import api_geo
from ckanext.odlocale.territory import model as store

Format = Literal["table", "json", "csv"]

CONFLICTS, FAILURE = 1, 2
# France's communes, drawn finely, weigh 350 MB.
MAX_FILE_BYTES = 500 * 1024 * 1024
SHOWN = 20

_COLUMNS = ("verdict", "kind", "siren", "insee", "title", "organization", "message")


@click.group("territory", short_help="Collectivités and their organizations.")
def territory() -> None:
    """Set up the collectivités of a département and keep them up to date."""


def departement_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--departement`` and ``--format``, which plan and apply share."""
    command = click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        show_default=True,
        help="How to write the plan.",
    )(command)
    return click.option(
        "--departement",
        "departements",
        required=True,
        multiple=True,
        metavar="CODE",
        help="Code of a département: 56, 2A, 974. May be repeated.",
    )(command)


@territory.command()
@departement_option
def plan(departements: tuple[str, ...], form: Format) -> None:
    """Show what apply would do. Nothing is written."""
    made = _call("odlocale_territory_plan", {"departement": list(departements)})
    click.echo(write_plan(made, form), nl=False)
    _finish(made)


@territory.command()
@departement_option
def apply(departements: tuple[str, ...], form: Format) -> None:
    """Show the plan, then carry out exactly that one."""
    wanted = {"departement": list(departements)}
    made = _call("odlocale_territory_plan", wanted)
    click.echo(write_plan(made, form), nl=False)
    done = _call("odlocale_territory_apply", {**wanted, "digest": made["digest"]})
    say = _("Organizations created: {created}. Updated: {updated}.")
    counts = done["counts"]
    _talk(say.format(created=counts["create"], updated=counts["update"]))
    _finish(done)


@territory.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--api-geo", "from_api", is_flag=True, help="Fetch them from API Géo.")
def contours(file: Path | None, from_api: bool) -> None:
    """Record the contours of FILE, a GeoJSON of communes by INSEE code.

    With --api-geo, those of the portal's communes are fetched from the State's
    service instead.
    """
    if (file is None) == (not from_api):
        raise click.UsageError(_("Give a file, or --api-geo."))
    document = _fetch() if file is None else _read(file)
    done = _call("odlocale_territory_contours", {"collection": document})
    say = _(
        "Contours recorded: {matched}, of which made lighter: {simplified}."
        " Not on the portal: {unknown}. Refused: {refused}."
        " Communes still without contour: {missing}."
    )
    numbers = {name: len(done[name]) for name in ("unknown", "refused")}
    _talk(say.format(**{**done, **numbers}))
    for refused in done["refused"][:SHOWN]:
        line = _("Refused, contour {rank} ({code}): {message}")
        _talk(line.format(**{**refused, "code": refused["code"] or "?"}))
    if done["refused"]:
        sys.exit(CONFLICTS)


def write_plan(made: dict[str, Any], form: Format) -> str:
    """Return a plan as text. A table leaves out what does not change."""
    if form == "json":
        return json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    if form == "csv":
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, _COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(made["steps"])
        return text.getvalue()
    verdicts = {
        "create": _("create"),
        "update": _("update"),
        "unchanged": _("unchanged"),
        "conflict": _("conflict"),
    }
    lines = [
        f"{verdicts[step['verdict']]:10}  {step['insee'] or step['siren'] or '':9}  "
        f"{step['title']:40.40}  {_detail(step)}"
        for step in made["steps"]
        if step["verdict"] != "unchanged"
    ]
    totals = ", ".join(f"{verdicts[v]} {n}" for v, n in made["counts"].items())
    return "\n".join([*(line.rstrip() for line in lines), totals]) + "\n"


def _detail(step: dict[str, Any]) -> str:
    return str(step["organization" if step["verdict"] == "create" else "message"])


def _finish(made: dict[str, Any]) -> None:
    if made["counts"]["conflict"]:
        say = _("Left for you to decide: {count}. See the reasons.")
        _talk(say.format(count=made["counts"]["conflict"]))
        sys.exit(CONFLICTS)


def _read(file: Path) -> object:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            _fail(_("{file} is too large: 500 MB at most.").format(file=file))
        return json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        say = _("{file} cannot be read: {cause}.")
        _fail(say.format(file=file, cause=error.strerror))
    except (ValueError, RecursionError):
        _fail(_("{file} is not JSON.").format(file=file))


def _fetch() -> object:
    departements = store.read_departements()
    if not departements:
        _fail(_("The portal has no commune yet. Run apply first."))
    hosts = frozenset(tk.config["ckanext.odlocale.allowed_hosts"])
    try:
        return api_geo.fetch_contours(GuardedClient(hosts), departements)
    except api_geo.ApiGeoUnavailable as error:
        say = _(
            "API Géo did not answer as expected ({cause})."
            " Nothing was changed. Try again later, or give a file."
        )
        _fail(say.format(cause=error))


def _call(name: str, data_dict: dict[str, Any]) -> Any:
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    # Sentences in the portal's language: there is no visitor to ask.
    app = click.get_current_context().meta["flask_app"]
    with app.test_request_context():
        try:
            return tk.get_action(name)({"user": site["name"]}, data_dict)
        except tk.ValidationError as error:
            _fail(
                " ".join(text for texts in error.error_dict.values() for text in texts)
            )


def _fail(message: str) -> NoReturn:
    _talk(message)
    sys.exit(FAILURE)


def _talk(message: str) -> None:
    click.echo(message, err=True)


def _(message: str) -> str:
    return translator(tk.config["ckan.locale_default"]).gettext(message)
