"""``odlocale scdl add``: a published Table Schema joins the catalogue."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..base.language import translator
from .adding import MAX_SCHEMA_BYTES, SchemaRefused
from .catalogue import FOLDER_VARIABLE, extra_folder
from .command_tools import FAILED, FINDINGS, FINE, add_lang_option
from .fetching import CannotFetch, fetch_schema, is_address
from .joining import join


@click.command("add")
@click.argument("source", metavar="URL|FILE")
@click.option("--slug", help="Short and final name, part of addresses.")
@click.option("--label", help="What an agent calls it.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"Where schemas are kept; by default ${FOLDER_VARIABLE}.",
)
@click.option("--allow-host", multiple=True, metavar="HOST", help="A server of yours.")
@add_lang_option
def add_schema(
    source: str,
    slug: str | None,
    label: str | None,
    folder: Path | None,
    allow_host: tuple[str, ...],
    lang: str,
) -> None:
    """Check a published Table Schema and add it to the catalogue.

    Says what changes where the schema is a new version of a known one. Exits with 0
    once it is there, 1 where something in it is wrong (all of it is told), 2 where it
    could not be read or kept.
    """
    speak = translator(lang)
    place = folder or extra_folder()
    if place is None:
        told = speak.gettext("Say where schemas are kept: --folder, or {variable}.")
        raise click.UsageError(told.format(variable=FOLDER_VARIABLE))
    url = source if is_address(source) else None
    try:
        data = fetch_schema(url, allow_host) if url else _read(Path(source))
        proposal, stored = join(place, data, url=url, slug=slug, label=label)
    except SchemaRefused as refused:
        for problem in refused.problems:
            click.echo(f"{problem.say(lang)} {problem.advise(lang)}", err=True)
        sys.exit(FINDINGS)
    except CannotFetch as error:
        click.echo(f"{url} : {error.say(lang)}", err=True)
        sys.exit(FAILED)
    except OSError as error:
        click.echo(str(error), err=True)
        sys.exit(FAILED)
    told = speak.gettext("{name} {version} is there already.")
    if stored.new:
        told = speak.gettext("{name} {version} is added.")
    schema, former = proposal.schema, proposal.former
    name = f"{schema.label} ({schema.slug})"
    click.echo(told.format(name=name, version=schema.version))
    if former is not None and not proposal.is_known:
        changed = speak.gettext("Changes from version {version}:")
        click.echo(changed.format(version=former.version))
        for change in proposal.changes:
            click.echo(f"  {'✗' if change.breaking else '·'} {change.say(lang)}")
    sys.exit(FINE)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_SCHEMA_BYTES + 1)
