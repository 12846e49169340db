"""What the commands of ``odlocale scdl`` share: statuses, options, ways to print."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from .catalogue import Catalogue, TableSchema, UnknownSchema

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


def get_schema(catalogue: Catalogue, name: str) -> TableSchema:
    """Return a schema by its name.

    :raises click.UsageError: where there is none
    """
    try:
        return catalogue.get(name)
    except UnknownSchema as error:
        raise click.UsageError(str(error)) from error


def print_json(data: object) -> None:
    """Print data on the standard output, as JSON."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
