"""``ckan odlocale territory``: set up a département and keep it true.

Data goes to the standard output, talk to the standard error. Exit status: 0
fine, 1 something is left for a person to decide, 2 it could not run.
"""

from __future__ import annotations

import sys
from pathlib import Path

import ckantoolkit as tk
import click

from ckanext.odlocale.base.http import GuardedClient
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.territory import api_geo
from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory.command_line import (
    CONFLICTS,
    call,
    fail,
    read_json,
    talk,
)
from ckanext.odlocale.territory.perimeter_cli import perimeter
from ckanext.odlocale.territory.plan_cli import apply, plan, reindex
from ckanext.odlocale.territory.target_cli import target
from ckanext.odlocale.territory.transfer_cli import transfer

SHOWN = 20


@click.group("territory", short_help="Collectivités and their organizations.")
def territory() -> None:
    """Set up the collectivités of this portal and keep them up to date."""


territory.add_command(plan)
territory.add_command(apply)
territory.add_command(reindex)
territory.add_command(perimeter)
territory.add_command(target)
territory.add_command(transfer)


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
    document = _fetch() if file is None else read_json(file)
    done = call("odlocale_territory_contours", {"collection": document})
    say = _(
        "Contours recorded: {matched}, of which made lighter: {simplified}."
        " Not on the portal: {unknown}. Refused: {refused}."
        " Communes still without contour: {missing}."
    )
    numbers = {name: len(done[name]) for name in ("unknown", "refused")}
    talk(say.format(**{**done, **numbers}))
    for refused in done["refused"][:SHOWN]:
        line = _("Refused, contour {rank} ({code}): {message}")
        talk(line.format(**{**refused, "code": refused["code"] or "?"}))
    if done["refused"]:
        sys.exit(CONFLICTS)


def _fetch() -> object:
    departements = store.read_departements()
    if not departements:
        fail(_("The portal has no commune yet. Run apply first."))
    hosts = frozenset(tk.config["ckanext.odlocale.allowed_hosts"])
    try:
        return api_geo.fetch_contours(GuardedClient(hosts), departements)
    except api_geo.ApiGeoUnavailable as error:
        say = _(
            "API Géo did not answer as expected ({cause})."
            " Nothing was changed. Try again later, or give a file."
        )
        fail(say.format(cause=error))


def _(message: str) -> str:
    return translator(tk.config["ckan.locale_default"]).gettext(message)
