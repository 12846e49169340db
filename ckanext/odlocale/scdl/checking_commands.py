"""``odlocale scdl check`` and ``odlocale scdl fix``."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click

from ..base.language import translator
from .catalogue import Catalogue, TableSchema, load_catalogue
from .checking import check
from .command_tools import FAILED, FINDINGS, FINE, add_lang_option, get_schema
from .converting import CONVERTERS, open_any
from .findings_csv import HEADER, write_findings
from .identifiers import is_siren, is_siret
from .messages import render_unreadable
from .outcomes import FORMATS, Outcome, write_outcomes
from .owners import Owner
from .reading import MAX_BYTES
from .recognising import recognise
from .table import Table
from .unreadable import Unreadable

#: Endings of the files that are looked for in a folder.
TABLE_ENDINGS = frozenset(
    (".csv", ".tsv", ".txt", ".xlsx", ".xlsb", ".xls", ".ods", ".zip")
).union(*(one.endings for one in CONVERTERS))

#: Fewest required columns by which a table is recognised without being asked for.
MIN_REQUIRED = 2


@dataclass(frozen=True)
class Failure(Exception):
    """Why a file was not checked: a code, and the words for it."""

    code: str
    message: str


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--schema", "schema_id", metavar="ID", help="Else it is recognised.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="github: annotations of GitHub Actions.",
)
@click.option(
    "--siren",
    metavar="SIREN",
    help="Who publishes, or its SIRET: another one's rows are found.",
)
@click.option(
    "--pages",
    metavar="URL",
    default="",
    help="A portal's address: html and github link to its explanations.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(min=1),
    default=MAX_BYTES,
    show_default=True,
    help="Refuse bigger files.",
)
@click.option(
    "--findings",
    type=click.File("w", encoding="utf-8", lazy=True),
    metavar="FILE",
    help="Also write every row of every finding, as CSV.",
)
@add_lang_option
def check_files(
    files: tuple[str, ...],
    schema_id: str | None,
    form: str,
    siren: str | None,
    pages: str,
    max_bytes: int,
    findings: TextIO | None,
    lang: str,
) -> None:
    """Check files, folders or patterns such as “budgets/*.csv”; “-” is the standard
    input.

    Exits with 0 when the national validator would find no error in any of them, 1
    with findings, 2 when one could not be read or its schema is not recognised.
    """
    catalogue = load_catalogue()
    wanted = get_schema(catalogue, schema_id) if schema_id else None
    owner = read_owner(siren) if siren else None
    status = FINE
    titles: tuple[str, ...] | None = ("file", *HEADER)
    outcomes: list[Outcome] = []
    names = list(expand(files))
    for number, name in enumerate(names, start=1):
        if len(names) > 1 and sys.stderr.isatty():
            click.echo(f"[{number}/{len(names)}] {name}", err=True)
        try:
            table, schema = open_table(name, catalogue, wanted, max_bytes, lang)
            report = check(table, schema, owner=owner)
            outcome = Outcome(name, report=report, schema=schema)
            if findings is not None:
                write_findings(
                    report, findings, header=titles, leading=(name,), lang=lang
                )
                titles = None
            status = max(status, FINE if report.valid else FINDINGS)
        except Failure as failure:
            outcome = Outcome(name, code=failure.code, message=failure.message)
            status = FAILED
            if form != "github":
                click.echo(f"{name}: {failure.message}", err=True)
        if form == "text":
            write_outcomes([outcome], form, lang)
        outcomes.append(outcome)
    if form != "text":
        write_outcomes(outcomes, form, lang, pages=pages)
    sys.exit(status)


def read_owner(number: str) -> Owner:
    """Return who publishes, from a SIREN or a SIRET.

    :raises click.BadParameter: where it is neither
    """
    digits = "".join(number.split())
    if is_siret(digits):
        return Owner(digits[:9], siret=digits)
    if not is_siren(digits):
        raise click.BadParameter(f"{number!r} is neither a SIREN nor a SIRET")
    return Owner(digits)


def expand(files: tuple[str, ...]) -> Iterator[str]:
    """Yield the files that names, folders and patterns stand for, each once.

    A name that stands for nothing is yielded too, so that it is told.
    """
    seen: set[str] = set()
    for name in files:
        if name == "-" or Path(name).is_file():
            found = [name]
        elif Path(name).is_dir():
            found = sorted(
                str(path)
                for path in Path(name).rglob("*")
                if path.suffix.lower() in TABLE_ENDINGS and path.is_file()
            )
        else:
            found = sorted(glob.glob(name, recursive=True)) or [name]
            found = [one for one in found if not Path(one).is_dir()] or [name]
        for one in found or [name]:
            if one not in seen:
                seen.add(one)
                yield one


def open_table(
    name: str,
    catalogue: Catalogue,
    wanted: TableSchema | None,
    max_bytes: int,
    lang: str,
) -> tuple[Table, TableSchema]:
    """Read a file and say what it is.

    :raises Failure: where it cannot be read, is not recognised, or is checked at its
        national home only
    """
    speak = translator(lang)
    try:
        source = sys.stdin.buffer if name == "-" else Path(name)
        opened = open_any(source, name, max_bytes=max_bytes)
    except Unreadable as error:
        message = render_unreadable(error, lang)
        told = f"{message.sentence} {message.remedy}"
        raise Failure(error.code, told) from error
    table = opened.table
    if wanted is not None:
        return table, wanted
    if opened.schema is not None:
        return table, catalogue.get(opened.schema)
    candidates = recognise(table, catalogue.every)
    if not candidates or candidates[0].required_matched < MIN_REQUIRED:
        told = speak.gettext(
            "This table is not recognised. Name its schema with --schema."
        )
        raise Failure("unknown", told)
    schema = candidates[0].schema
    if schema.recognition_only:
        told = speak.gettext("These are “{label}”: they are published at {url}.")
        url = schema.home.url.partition("{")[0] if schema.home else schema.schema_url
        raise Failure("national", told.format(label=schema.label, url=url))
    return table, schema
