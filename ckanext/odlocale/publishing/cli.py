"""``ckan odlocale publishing``: files that follow the new version of their model."""

from __future__ import annotations

import json
from typing import Any

import click

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.territory.command_line import CONFLICTS, call


@click.group(short_help="Files that are online.")
def publishing() -> None:
    """Files that are online, and the versions of their models."""


@publishing.command()
@click.argument("schema", metavar="MODEL")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def plan(schema: str, form: str) -> None:
    """Say what becomes of the files online under a former version of a model.

    Writes nothing. Exits with 0, or 1 where some would no longer conform.
    """
    found: dict[str, Any] = call("odlocale_schema_plan", {"schema": schema})
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for one in found["files"]:
            click.echo(
                f"{one['code']}\t{one['key']}\t{one['version']}\t{one['verdict']}"
            )
            for fault in one["faults"]:
                click.echo(f"\t{fault}")
    _tell_count(found["count"])
    if any(one["verdict"] == "breaks" for one in found["files"]):
        raise SystemExit(CONFLICTS)


@publishing.command()
@click.argument("schema", metavar="MODEL")
@click.option("--after", help="Go on after this file, printed when a run stopped.")
def migrate(schema: str, after: str | None) -> None:
    """Bring files to the version in use of their model.

    One transaction a file: a run that stops is started again. Files that would break
    stay online as they are; exits with 1 where there are some.
    """
    breaks = moved = 0
    while True:
        asked = {"schema": schema, "after": after}
        done: dict[str, Any] = call("odlocale_schema_migrate", asked)
        moved += done["fits"] + done["follows"]
        breaks += done["breaks"]
        after = done["after"]
        if after is None:
            break
        click.echo(f"{moved}… --after {after}", err=True)
    speak = translator("fr")
    said = speak.ngettext(
        "{count} file follows the new version.",
        "{count} files follow the new version.",
        moved,
    )
    click.echo(said.format(count=moved))
    if breaks:
        left = speak.ngettext(
            "{count} file stays as it is: it would no longer conform.",
            "{count} files stay as they are: they would no longer conform.",
            breaks,
        )
        click.echo(left.format(count=breaks), err=True)
        raise SystemExit(CONFLICTS)


def _tell_count(count: int) -> None:
    said = translator("fr").ngettext(
        "{count} file is online under a former version.",
        "{count} files are online under a former version.",
        count,
    )
    click.echo(said.format(count=count), err=True)
