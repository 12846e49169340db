"""``odlocale scdl convert``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from ..base.language import translator
from .canonical import canonical_csv
from .catalogue import load_catalogue
from .checking import check
from .command_tools import FAILED, FINDINGS, FINE, add_lang_option
from .converting import CONVERTERS, convert
from .messages import render_unreadable
from .outcomes import Outcome, write_outcomes
from .reading import MAX_BYTES, load
from .unreadable import Unreadable

_KNOWN = ", ".join(one.name for one in CONVERTERS)


@click.command("convert")
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", required=True, metavar="FILE", help="“-”: stdout.")
@click.option(
    "--max-bytes", type=click.IntRange(min=1), default=MAX_BYTES, show_default=True,
    help="Refuse bigger files.",
)  # fmt: skip
@add_lang_option
def convert_file(file: str, output: str, max_bytes: int, lang: str) -> None:
    """Write the table that an export of business software holds, in CSV.

    What was done, and what could not be, is told. “-” is the standard input or
    output. Formats known: totem (budget).

    Exits with 0 when the table conforms, 1 with findings, 2 when the file could not
    be converted.
    """
    speak = translator(lang)
    source = sys.stdin.buffer if file == "-" else Path(file)
    try:
        opened = convert(load(source, max_bytes))
    except Unreadable as error:
        message = render_unreadable(error, lang)
        _fail(f"{file}: {message.sentence} {message.remedy}")
    if opened is None or opened.schema is None:
        told = speak.gettext("No converter knows this file. Formats known: {names}.")
        _fail(f"{file}: {told.format(names=_KNOWN)}")
    schema = load_catalogue().get(opened.schema)
    report = check(opened.table, schema)
    content = canonical_csv(opened.table, schema, report.mapping)
    try:
        if output == "-":
            click.echo(content, nl=False)
        else:
            Path(output).write_bytes(content)
    except OSError as error:
        _fail(f"{output}: {error.strerror}")
    write_outcomes([Outcome(file, report=report, schema=schema)], "text", lang, True)
    sys.exit(FINE if report.valid else FINDINGS)


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(FAILED)
