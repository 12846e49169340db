"""``odlocale scdl``: the engine on the command line, with or without a portal."""

from __future__ import annotations

from typing import Any

import click

from ..base.language import translator
from .adding_commands import add_schema
from .catalogue import TableSchema, load_catalogue
from .checking_commands import check_files
from .command_tools import add_lang_option, get_schema, print_json
from .converting_commands import convert_file
from .explaining_commands import explain_code
from .fixing_commands import fix_file
from .template_commands import write_template


@click.group()
def scdl() -> None:
    """Check and correct the data of the Socle commun des données locales."""


@scdl.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def list_schemas(form: str) -> None:
    """List the table schemas known."""
    catalogue = load_catalogue()
    if form == "json":
        print_json([_summarise(schema) for schema in catalogue])
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
    schema = get_schema(load_catalogue(), schema_id)
    if form == "json":
        print_json(_describe(schema))
        return
    required = translator(lang).gettext("required")
    click.echo(f"{schema.label} ({schema.id} {schema.version})\n{schema.purpose}\n")
    if schema.home:
        told = translator(lang).gettext("National home: {name}, {url}")
        click.echo(told.format(name=schema.home.name, url=schema.home.url) + "\n")
    width = max(len(field.name) for field in schema.fields)
    for field in schema.fields:
        facts = [field.type] + ([required] if field.required else [])
        click.echo(f"{field.name:<{width}}  {field.title} ({', '.join(facts)})")
        for value in field.enum:
            click.echo(f"{'':<{width}}    {value}")


scdl.add_command(check_files)
scdl.add_command(fix_file)
scdl.add_command(convert_file)
scdl.add_command(explain_code)
scdl.add_command(add_schema)
scdl.add_command(write_template)


def _summarise(schema: TableSchema) -> dict[str, Any]:
    return {
        "slug": schema.slug,
        "id": schema.id,
        "version": schema.version,
        "label": schema.label,
        "purpose": schema.purpose,
        "schema_url": schema.schema_url,
        "core": schema.core,
        "added": schema.added,
        "home": None
        if schema.home is None
        else {"name": schema.home.name, "url": schema.home.url},
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
                "personal": field.personal.risk,
            }
            for field in schema.fields
        ],
        "checks": [
            {"name": one.name, "columns": list(one.columns), "params": dict(one.params)}
            for one in schema.checks
        ],
    }
