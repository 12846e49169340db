"""``odlocale scdl add``: a published Table Schema joins the catalogue."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..base.http import GuardedClient, RequestError
from ..base.language import translator
from .adding import MAX_SCHEMA_BYTES, SchemaRefused, complete, read_descriptor, store
from .catalogue import FOLDER_VARIABLE, extra_folder, load_catalogue, parse_schema
from .command_tools import FAILED, FINDINGS, FINE, add_lang_option
from .versions import compare, read_rules


class _CannotFetch(Exception):
    """The schema could not be had."""


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
    url = source if source.startswith(("https://", "http://")) else None
    try:
        data = _fetch(url, allow_host, lang) if url else _read(Path(source))
        known = load_catalogue(place)
        completed = complete(
            read_descriptor(data), known, url=url, slug=slug, label=label
        )
        former = (
            known.get(completed["odlocale"]["id"])
            if (completed["odlocale"]["id"] in known)
            else None
        )
        stored = store(place, completed)
    except SchemaRefused as refused:
        for problem in refused.problems:
            click.echo(problem.say(lang), err=True)
        sys.exit(FINDINGS)
    except (_CannotFetch, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(FAILED)
    told = speak.gettext("{name} {version} is there already.")
    if stored.new:
        told = speak.gettext("{name} {version} is added.")
    name = f"{completed['odlocale']['label']} ({completed['odlocale']['slug']})"
    click.echo(told.format(name=name, version=completed["version"]))
    if former is not None and former.version != completed["version"]:
        changed = speak.gettext("Changes from version {version}:")
        click.echo(changed.format(version=former.version))
        rules = read_rules(completed["odlocale"].get("migrations"), former.version)
        for change in compare(former, parse_schema(completed), rules):
            click.echo(f"  {'✗' if change.breaking else '·'} {change.say(lang)}")
    sys.exit(FINE)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_SCHEMA_BYTES + 1)


def _fetch(url: str, hosts: tuple[str, ...], lang: str) -> bytes:
    told = translator(lang).gettext("{url} cannot be fetched: {cause}")
    try:
        response = GuardedClient(frozenset(hosts)).get(url, max_bytes=MAX_SCHEMA_BYTES)
    except RequestError as error:
        raise _CannotFetch(told.format(url=url, cause=error)) from error
    if response.status != 200:
        raise _CannotFetch(told.format(url=url, cause=response.status))
    return response.body
