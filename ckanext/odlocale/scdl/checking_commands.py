"""``odlocale scdl check`` and ``odlocale scdl fix``."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ..base.language import translator
from .catalogue import Catalogue, TableSchema, load_catalogue
from .checking import check
from .command_tools import FAILED, FINDINGS, FINE, add_lang_option, get_schema
from .converting import CONVERTERS, open_any
from .correcting import apply
from .messages import render_unreadable
from .outcomes import FORMATS, Outcome, write_outcomes
from .owners import Owner
from .reading import MAX_BYTES
from .recognising import recognise
from .report import Report
from .table import Table
from .unreadable import Unreadable

#: Endings of the files that are looked for in a folder.
TABLE_ENDINGS = frozenset(
    (".csv", ".tsv", ".txt", ".xlsx", ".xlsb", ".xls", ".ods", ".zip")
).union(*(one.endings for one in CONVERTERS))

#: Fewest required columns by which a table is recognised without being asked for.
MIN_REQUIRED = 2


@dataclass(frozen=True)
class _Failure(Exception):
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
    "--siren", metavar="SIREN", help="Who publishes: another one's rows are found."
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
@add_lang_option
def check_files(
    files: tuple[str, ...],
    schema_id: str | None,
    form: str,
    siren: str | None,
    pages: str,
    max_bytes: int,
    lang: str,
) -> None:
    """Check files, folders or patterns such as “budgets/*.csv”; “-” is the standard
    input.

    Exits with 0 when the national validator would find no error in any of them, 1
    with findings, 2 when one could not be read or its schema is not recognised.
    """
    catalogue = load_catalogue()
    wanted = get_schema(catalogue, schema_id) if schema_id else None
    owner = Owner(siren) if siren else None
    status = FINE
    outcomes: list[Outcome] = []
    names = list(expand(files))
    for number, name in enumerate(names, start=1):
        if len(names) > 1 and sys.stderr.isatty():
            click.echo(f"[{number}/{len(names)}] {name}", err=True)
        try:
            table, schema = open_table(name, catalogue, wanted, max_bytes, lang)
            report = check(table, schema, owner=owner)
            outcome = Outcome(name, report=report, schema=schema)
            status = max(status, FINE if report.valid else FINDINGS)
        except _Failure as failure:
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


@click.command("fix")
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", required=True, metavar="FILE", help="“-”: stdout.")
@click.option("--schema", "schema_id", metavar="ID", help="Else it is recognised.")
@click.option(
    "--accept",
    multiple=True,
    metavar="CODE",
    help="Also apply the corrections to confirm of this code (repeatable).",
)
@add_lang_option
def fix_file(
    file: str,
    output: str,
    schema_id: str | None,
    accept: tuple[str, ...],
    lang: str,
) -> None:
    """Write a corrected copy of a file, in CSV.

    Corrections that have one meaning only are applied; others where their code is
    accepted. Every column is kept, in its order, the recognised ones under their
    expected names. What was changed is told, then what is left.

    Exits with 0 when the copy conforms, 1 when findings are left, 2 when it could not
    be made.
    """
    speak = translator(lang)
    catalogue = load_catalogue()
    wanted = get_schema(catalogue, schema_id) if schema_id else None
    if output != "-" and file != "-" and Path(output).resolve() == Path(file).resolve():
        click.echo(speak.gettext("The output must not be the file itself."), err=True)
        sys.exit(FAILED)
    try:
        table, schema = open_table(file, catalogue, wanted, MAX_BYTES, lang)
    except _Failure as failure:
        click.echo(f"{file}: {failure.message}", err=True)
        sys.exit(FAILED)
    fixed, report, count = fix(table, schema, frozenset(accept))
    frame = fixed.frame.rename(
        dict(zip(fixed.names, _distinct(fixed.headers, fixed.names), strict=True))
    )
    content = frame.write_csv(line_terminator="\n", quote_style="necessary")
    try:
        if output == "-":
            click.echo(content, nl=False)
        else:
            Path(output).write_text(content, encoding="utf-8", newline="")
    except OSError as error:
        click.echo(f"{output}: {error.strerror}", err=True)
        sys.exit(FAILED)
    told = speak.ngettext(
        "{count} cell corrected.", "{count} cells corrected.", count
    ).format(count=count)
    click.echo(told, err=True)
    write_outcomes([Outcome(file, report=report, schema=schema)], "text", lang, True)
    sys.exit(FINE if report.valid else FINDINGS)


def fix(
    table: Table, schema: TableSchema, accepted: frozenset[str] = frozenset()
) -> tuple[Table, Report, int]:
    """Return a corrected copy, its report, and how many cells were changed.

    Corrections that the first ones made possible (a header, then its cells) are
    applied in turn; each pass has fewer, and three are enough for what is known.

    :param accepted: codes of the corrections to confirm that are applied too
    """
    changed = 0
    mapping = None
    for _ in range(3):
        report = check(table, schema, mapping=mapping)
        groups = [
            group.id
            for group in report.groups
            if group.correction and (group.correction.safe or group.code in accepted)
        ]
        if not groups:
            break
        outcome = apply(table, schema, groups, report)
        table, mapping = outcome.table, outcome.mapping
        changed += len(outcome.changes)
    table = replace(table, notes=tuple(n for n in table.notes if n.severity != "done"))
    return table, check(table, schema, mapping=mapping), changed


def _distinct(headers: tuple[str, ...], names: list[str]) -> list[str]:
    """Return the headers as written, but for those that are there twice."""
    return [
        header if headers.count(header) == 1 and header else name
        for header, name in zip(headers, names, strict=True)
    ]


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

    :raises _Failure: where it cannot be read, is not recognised, or is checked at its
        national home only
    """
    speak = translator(lang)
    try:
        source = sys.stdin.buffer if name == "-" else Path(name)
        opened = open_any(source, name, max_bytes=max_bytes)
    except Unreadable as error:
        message = render_unreadable(error, lang)
        told = f"{message.sentence} {message.remedy}"
        raise _Failure(error.code, told) from error
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
        raise _Failure("unknown", told)
    schema = candidates[0].schema
    if schema.recognition_only:
        told = speak.gettext("These are “{label}”: they are published at {url}.")
        url = schema.home.url.partition("{")[0] if schema.home else schema.schema_url
        raise _Failure("national", told.format(label=schema.label, url=url))
    return table, schema
