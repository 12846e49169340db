"""``ckan odlocale territory target``: where collectivités publish each data."""

from __future__ import annotations

import json
import sys
from typing import Any, Literal, NoReturn

import ckantoolkit as tk
import click

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.territory.command_line import write_csv
from ckanext.odlocale.territory.targets import RESET, TARGETS

Format = Literal["table", "json", "csv"]

FAILURE = 2
PAGE = 1000

_COLUMNS = ("siren", "insee", "name", "kind", "target", "url", "origin")


@click.group("target", short_help="Where collectivités publish each data.")
def target() -> None:
    """Say where collectivités publish: here, on data.gouv.fr, elsewhere."""


@target.command("list")
@click.argument("schema")
@click.option("--perimeter", "perimeters", multiple=True, metavar="SIREN", help="ATD.")
@click.option("--code", "codes", multiple=True, help="INSEE code or SIREN.")
@click.option("--epci", metavar="SIREN", help="Intercommunality that they belong to.")
@click.option("--target", "now", type=click.Choice(TARGETS), help="Only those.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to write the list.",
)
def list_(
    schema: str,
    perimeters: tuple[str, ...],
    codes: tuple[str, ...],
    epci: str | None,
    now: str | None,
    form: Format,
) -> None:
    """Show where collectivités publish SCHEMA: budget, bal, decp…"""
    asked: dict[str, Any] = {"schema": schema, "limit": PAGE}
    given = {"perimeter": list(perimeters), "codes": list(codes)}
    asked.update({name: value for name, value in given.items() if value})
    asked.update({"epci": epci} if epci else {})
    asked.update({"target": now} if now else {})
    results: list[dict[str, Any]] = []
    while True:
        page = _call("odlocale_target_list", {**asked, "offset": len(results)})
        results += page["results"]
        if not page["results"] or len(results) >= page["count"]:
            break
    click.echo(write_targets(results, form), nl=False)


@target.command("set")
@click.argument("schemas", nargs=-1, required=True)
@click.option("--to", required=True, type=click.Choice([*TARGETS, RESET]))
@click.option("--url", help="For elsewhere; may hold {insee} or {siren}.")
@click.option("--perimeter", "perimeters", multiple=True, metavar="SIREN", help="ATD.")
@click.option("--code", "codes", multiple=True, help="INSEE code or SIREN.")
@click.option("--epci", metavar="SIREN", help="Intercommunality that they belong to.")
def set_(
    schemas: tuple[str, ...],
    to: str,
    url: str | None,
    perimeters: tuple[str, ...],
    codes: tuple[str, ...],
    epci: str | None,
) -> None:
    """Say where collectivités publish SCHEMAS, all at once.

    Name collectivités by --code, or all those of --perimeter or --epci. «*» is every
    data that has no choice of its own.
    """
    asked: dict[str, Any] = {"schemas": list(schemas), "target": to}
    given = {"perimeter": list(perimeters), "codes": list(codes)}
    asked.update({name: value for name, value in given.items() if value})
    asked.update({"epci": epci} if epci else {})
    asked.update({"url": url} if url else {})
    done = _call("odlocale_target_set", asked)
    say = _("Collectivités named: {collectivities}. Choices changed: {changed}.")
    _talk(say.format(**done))


def write_targets(results: list[dict[str, Any]], form: Format) -> str:
    """Return a list of targets as text."""
    if form == "json":
        return json.dumps(results, ensure_ascii=False, indent=1) + "\n"
    if form == "csv":
        return write_csv(results, _COLUMNS)
    lines = (
        f"{one['code']:9}  {one['name']:40.40}  {one['target']:9}  {one['url'] or ''}"
        for one in results
    )
    return "".join(line.rstrip() + "\n" for line in lines)


def _call(name: str, data_dict: dict[str, Any]) -> Any:
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    # Sentences in the portal's language: there is no visitor to ask.
    app = click.get_current_context().meta["flask_app"]
    with app.test_request_context():
        try:
            return tk.get_action(name)({"user": site["name"]}, data_dict)
        except tk.ValidationError as error:
            texts = [text for texts in error.error_dict.values() for text in texts]
            _fail(" ".join(texts))


def _fail(message: str) -> NoReturn:
    _talk(message)
    sys.exit(FAILURE)


def _talk(message: str) -> None:
    click.echo(message, err=True)


def _(message: str) -> str:
    return translator(tk.config["ckan.locale_default"]).gettext(message)
