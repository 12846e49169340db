"""``odlocale scdl``: the engine on the command line, with or without a portal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ..base.language import translator
from .catalogue import Catalogue, TableSchema, UnknownSchema, load_catalogue
from .checking import check as check_table
from .messages import render, render_unreadable
from .owners import Owner
from .reading import MAX_BYTES, read
from .recognising import recognise
from .report import Report
from .unreadable import Unreadable

#: Exit statuses: fine, findings, could not run. Of several files, the highest.
FINE, FINDINGS, FAILED = 0, 1, 2

Command = TypeVar("Command", bound=Callable[..., Any])


def add_lang_option(command: Command) -> Command:
    """Add the option that chooses the language of the sentences."""
    return click.option(
        "--lang",
        type=click.Choice(["fr", "en"]),
        default="fr",
        show_default=True,
        help="Language of the sentences.",
    )(command)


@click.group()
def scdl() -> None:
    """Check and correct the data of the Socle commun des données locales."""


@scdl.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def list_schemas(form: str) -> None:
    """List the table schemas known."""
    catalogue = load_catalogue()
    if form == "json":
        _print_json([_summarise(schema) for schema in catalogue])
        return
    width = max(len(schema.slug) for schema in catalogue)
    for schema in catalogue:
        click.echo(f"{schema.slug:<{width}}  {schema.version:<6}  {schema.label}")


@scdl.command("show")
@click.argument("schema_id", metavar="SCHEMA")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@add_lang_option
def show_schema(schema_id: str, form: str, lang: str) -> None:
    """Show the columns of one table schema."""
    schema = _get_schema(load_catalogue(), schema_id)
    if form == "json":
        _print_json(_describe(schema))
        return
    required = translator(lang).gettext("required")
    click.echo(f"{schema.label} ({schema.id} {schema.version})\n{schema.purpose}\n")
    width = max(len(field.name) for field in schema.fields)
    for field in schema.fields:
        facts = [field.type] + ([required] if field.required else [])
        click.echo(f"{field.name:<{width}}  {field.title} ({', '.join(facts)})")
        for value in field.enum:
            click.echo(f"{'':<{width}}    {value}")


@scdl.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--schema", "schema_id", metavar="ID", help="Else it is recognised.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option(
    "--siren", metavar="SIREN", help="Who publishes: another one's rows are found."
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
    max_bytes: int,
    lang: str,
) -> None:
    """Check files; “-” is the standard input.

    Exits with 0 when the national validator would find no error in any of them, 1
    with findings, 2 when one could not be read or its schema is not recognised.
    """
    catalogue = load_catalogue()
    wanted = _get_schema(catalogue, schema_id) if schema_id else None
    status = FINE
    outcomes: list[dict[str, Any]] = []
    for name in files:
        outcome, report = _check_one(name, catalogue, wanted, siren, max_bytes, lang)
        outcomes.append(outcome)
        if report is None:
            status = FAILED
            click.echo(f"{name}: {outcome['error']['message']}", err=True)
        else:
            status = max(status, FINE if report.valid else FINDINGS)
            if form == "text":
                _print_report(name, report, catalogue, lang)
    if form == "json":
        _print_json(outcomes)
    sys.exit(status)


def _check_one(
    name: str,
    catalogue: Catalogue,
    wanted: TableSchema | None,
    siren: str | None,
    max_bytes: int,
    lang: str,
) -> tuple[dict[str, Any], Report | None]:
    try:
        source = sys.stdin.buffer if name == "-" else Path(name)
        table = read(source, name, max_bytes=max_bytes)
    except Unreadable as error:
        message = render_unreadable(error, lang)
        said = f"{message.sentence} {message.remedy}"
        return {"file": name, "error": {"code": error.code, "message": said}}, None
    if wanted is None:
        candidates = recognise(table, catalogue)
        if not candidates or candidates[0].required_matched < 2:
            said = translator(lang).gettext(
                "This table is not recognised. Name its schema with --schema."
            )
            return {"file": name, "error": {"code": "unknown", "message": said}}, None
        wanted = candidates[0].schema
    report = check_table(table, wanted, owner=Owner(siren) if siren else None)
    outcome = {"file": name, **report.to_dict()}
    for said_of, group in zip(outcome["groups"], report.groups, strict=True):
        message = render(group, lang)
        said_of["message"] = message.sentence
        said_of["remedy"] = message.remedy
    return outcome, report


def _print_report(name: str, report: Report, catalogue: Catalogue, lang: str) -> None:
    speak = translator(lang)
    schema = catalogue.get(report.schema_id)
    click.echo(
        speak.ngettext(
            "{name}: {label}, {count} row.",
            "{name}: {label}, {count} rows.",
            report.rows,
        ).format(name=name, label=schema.label, count=report.rows)
    )
    for group in report.groups:
        message = render(group, lang)
        sign = "✗" if group.national else "·"
        said = f"{message.sentence} {message.remedy}".rstrip()
        click.echo(f"  {sign} [{group.code}] {said}")
    if report.valid:
        click.echo("  " + speak.gettext("Conforms to the national model."))
    elif report.safe:
        click.echo(
            "  "
            + speak.ngettext(
                "{count} correction is ready.",
                "{count} corrections are ready.",
                report.safe_count,
            ).format(count=report.safe_count)
        )


def _get_schema(catalogue: Catalogue, name: str) -> TableSchema:
    try:
        return catalogue.get(name)
    except UnknownSchema as error:
        raise click.UsageError(str(error)) from error


def _summarise(schema: TableSchema) -> dict[str, Any]:
    return {
        "slug": schema.slug,
        "id": schema.id,
        "version": schema.version,
        "label": schema.label,
        "purpose": schema.purpose,
        "schema_url": schema.schema_url,
    }


def _describe(schema: TableSchema) -> dict[str, Any]:
    return {
        **_summarise(schema),
        "fields": [
            {
                "name": field.name,
                "title": field.title,
                "description": field.description,
                "type": field.type,
                "format": field.format,
                "required": field.required,
                "example": field.example,
                "pattern": field.pattern,
                "enum": list(field.enum),
            }
            for field in schema.fields
        ],
        "checks": [
            {"name": one.name, "columns": list(one.columns), "params": dict(one.params)}
            for one in schema.checks
        ],
    }


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
