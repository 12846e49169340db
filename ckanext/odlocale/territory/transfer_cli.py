"""``ckan odlocale territory transfer``: what waits on data.gouv.fr after a merger."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

import ckantoolkit as tk
import click

from ckanext.odlocale.base.language import translator

FAILURE = 2


@click.group("transfer", short_help="Datasets that change owner on data.gouv.fr.")
def transfer() -> None:
    """Follow the datasets that a merger moved, until data.gouv.fr has them."""


@transfer.command("list")
@click.option("--former", metavar="CODE", help="Only those of this former commune.")
@click.option("--all", "every", is_flag=True, help="With those already accepted.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to write the list.",
)
def list_(former: str | None, every: bool, form: str) -> None:
    """List the datasets that wait for their transfer, the oldest first."""
    rows: list[dict[str, Any]] = []
    total = 1
    while len(rows) < total:
        asked = {"former": former, "all": every, "limit": 1000, "offset": len(rows)}
        page = _call("odlocale_transfer_list", asked)
        rows += page["results"]
        total = page["count"] if page["results"] else len(rows)
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for one in rows:
        former_, heir = (
            f"{one[key]['code']} {one[key]['name'] or ''}".strip()
            for key in ("former", "heir")
        )
        day = (one["accepted_at"] or "")[:10] or _("waits")
        click.echo(f"{day:10}  {former_:30.30}  {heir:30.30}  {one['name']}")
    _talk(_("Datasets listed: {count}.").format(count=len(rows)))


@transfer.command()
@click.argument("datasets", nargs=-1)
@click.option("--former", metavar="CODE", help="All those of this former commune.")
def accept(datasets: tuple[str, ...], former: str | None) -> None:
    """Say that data.gouv.fr gave DATASETS (names or ids) to their new owner."""
    asked = {"datasets": list(datasets), "former": former}
    done = _call("odlocale_transfer_accept", asked)
    say = _("Datasets now in the feed of their new owner: {count}.")
    _talk(say.format(count=done["accepted"]))


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
