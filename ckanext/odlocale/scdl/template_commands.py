"""``odlocale scdl template``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from ..base.language import translator
from .catalogue import load_catalogue
from .command_tools import FAILED, add_lang_option, get_schema
from .example import example_csv
from .identifiers import is_siret
from .template_bounds import TemplateRefused


@click.command("template")
@click.argument("schema_id", metavar="SCHEMA")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="“-”: standard output. By default, SCHEMA.xlsx or SCHEMA.csv here.",
)
@click.option("--siret", metavar="SIRET", help="Written in advance, 14 digits.")
@click.option("--name", metavar="NAME", help="The collectivité's, written in advance.")
@click.option("--insee", metavar="CODE", help="The commune's, written in advance.")
@click.option(
    "--csv", "as_csv", is_flag=True, help="An example in CSV, not a workbook."
)
@add_lang_option
def write_template(
    schema_id: str,
    output: str | None,
    siret: str | None,
    name: str | None,
    insee: str | None,
    as_csv: bool,
    lang: str,
) -> None:
    """Write the workbook to fill in for a table schema, or an example in CSV.

    The workbook has lists, formats, help on each column, a guide and an example.

    Exits with 0 when it is written, 2 when it could not be.
    """
    # The writer takes a tenth of a second to import: other commands do without.
    from .templating import build_template

    speak = translator(lang)
    schema = get_schema(load_catalogue(), schema_id)
    number = "".join(siret.split()) if siret else None
    if number is not None and not is_siret(number):
        told = speak.gettext("“{value}” is not a SIRET: check its 14 digits.")
        _fail(told.format(value=siret))
    if as_csv and (number or name or insee):
        _fail(speak.gettext("The example in CSV is the same for everybody."))
    try:
        content = (
            example_csv(schema)
            if as_csv
            else build_template(schema, number, name, insee=insee, lang=lang)
        )
    except TemplateRefused as refusal:
        _fail(refusal.tell(lang))
    if output == "-":
        click.get_binary_stream("stdout").write(content)
        return
    path = Path(output or f"{schema.slug}.{'csv' if as_csv else 'xlsx'}")
    try:
        path.write_bytes(content)
    except OSError as error:
        _fail(f"{path}: {error.strerror}")
    click.echo(str(path))


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(FAILED)
