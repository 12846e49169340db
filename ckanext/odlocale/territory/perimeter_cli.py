"""``ckan odlocale territory perimeter``: which ATDs there are, and what each covers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import click

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.scdl.unreadable import Unreadable
from ckanext.odlocale.territory import perimeter_reasons, planning
from ckanext.odlocale.territory.command_line import call, fail, talk
from ckanext.odlocale.territory.definition import Definition, Part, PartKind
from ckanext.odlocale.territory.lists import (
    ListRead,
    NoCodeColumn,
    TooManyRows,
    read_list,
)

SHOWN = 20

_KINDS: tuple[PartKind, ...] = ("region", "departement", "epci")


@dataclass(frozen=True)
class Pieces:
    """What the options of a command say of a perimeter."""

    parts: tuple[tuple[PartKind, str], ...] = ()
    lists: tuple[Path, ...] = ()
    except_parts: tuple[tuple[PartKind, str], ...] = ()
    except_lists: tuple[Path, ...] = ()

    @classmethod
    def of(cls, options: dict[str, Any]) -> Pieces:
        """Take them out of a command's options."""

        def parts(prefix: str, kinds: Iterable[PartKind]) -> Any:
            given = ((kind, options.pop(f"{prefix}{kind}")) for kind in kinds)
            return tuple((kind, code) for kind, codes in given for code in codes)

        return cls(
            parts("", _KINDS),
            options.pop("list"),
            parts("except_", (*_KINDS, "commune")),
            options.pop("except_list"),
        )

    @property
    def departements_only(self) -> tuple[str, ...]:
        """The codes of its départements, where it is nothing else."""
        others = self.lists or self.except_parts or self.except_lists
        if others or any(kind != "departement" for kind, _ in self.parts):
            return ()
        return tuple(code for _, code in self.parts)

    def definition(self) -> Definition:
        """Return the perimeter; end the command where a list cannot be used."""
        include = [Part.of(kind, code) for kind, code in self.parts]
        exclude = [Part.of(kind, code) for kind, code in self.except_parts]
        found = [_read(path) for path in self.lists]
        left_out = [_read(path) for path in self.except_lists]
        return Definition(
            tuple(dict.fromkeys([*include, *(p for one in found for p in one.parts)])),
            tuple(dict.fromkeys([*exclude, *(p for o in left_out for p in o.parts)])),
            tuple(dict.fromkeys(other for one in found for other in one.others)),
        )


def perimeter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what a perimeter is made of."""
    file = click.Path(dir_okay=False, path_type=Path)
    options = [
        ("--region", "CODE", "A région, with all it holds.", None),
        ("--departement", "CODE", "A département: 56, 2A, 974.", None),
        ("--epci", "SIREN", "An intercommunality, with its communes.", None),
        ("--list", "FILE", "INSEE codes or SIREN, in CSV or XLSX.", file),
        ("--except-region", "CODE", "Leave out a région.", None),
        ("--except-departement", "CODE", "Leave out a département.", None),
        ("--except-epci", "SIREN", "Leave out an intercommunality.", None),
        ("--except-commune", "INSEE", "Leave out a commune.", None),
        ("--except-list", "FILE", "Leave out those of a list.", file),
    ]
    for name, metavar, text, kind in reversed(options):
        told = f"{text} May be repeated."
        command = click.option(
            name, multiple=True, metavar=metavar, type=kind, help=told
        )(command)
    return command


def _read(path: Path) -> ListRead:
    language = tk.config["ckan.locale_default"]
    register = planning.load_register()
    try:
        found = read_list(path.read_bytes(), path.name, register)
    except OSError as error:
        say = _("{file} cannot be read: {cause}.")
        fail(say.format(file=path, cause=error.strerror))
    except (Unreadable, NoCodeColumn, TooManyRows) as unusable:
        told = perimeter_reasons.describe_unusable(unusable, language)
        fail(f"{path.name}{_(': ')}{told['message']} {told['remedy']}")
    refused = perimeter_reasons.describe_list(found, language)["refused"]
    for one in refused[:SHOWN]:
        line = _("{file}, line {row}: {message} {remedy}")
        talk(line.format(file=path.name, **one))
    if refused:
        say = _("Lines to correct in {file}: {count}. Nothing was done.")
        fail(say.format(file=path.name, count=len(refused)))
    return found


@click.group("perimeter", short_help="ATDs and what each covers.")
def perimeter() -> None:
    """Say which ATDs there are on this portal, and what each covers."""


@perimeter.command("list")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to write the list.",
)
def list_(form: str) -> None:
    """List the ATDs of the portal."""
    found = call("odlocale_perimeter_list", {}, ignore_auth=True)
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for one in found:
        click.echo(f"{one['atd_siren']}  {one['members']:6}  {one['name']}")
    if not found:
        talk(_("The portal has no perimeter yet. Create one."))


@perimeter.command()
@click.argument("siren")
def show(siren: str) -> None:
    """Show an ATD and its perimeter, as JSON."""
    found = call("odlocale_perimeter_show", {"atd_siren": siren})
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


@perimeter.command("set")
@click.argument("siren")
@click.option("--name", help="As visitors read it; by default, its official name.")
@click.option("--colour", metavar="#RRGGBB", help="Of its buttons and links.")
@perimeter_options
def set_(siren: str, name: str | None, colour: str | None, **options: Any) -> None:
    """Make the collectivité of a SIREN an ATD, or change what it covers.

    Organisations and rights follow when the plan is applied.
    """
    wanted: dict[str, Any] = {
        "atd_siren": siren,
        "definition": Pieces.of(options).definition().to_dict(),
    }
    wanted |= {"name": name} if name else {}
    wanted |= {"colour": colour} if colour else {}
    done = call("odlocale_perimeter_set", wanted)
    say = _("{name} is saved. See the plan, then apply it.")
    talk(say.format(name=done["name"]))


@perimeter.command()
@click.argument("siren")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def remove(siren: str, yes: bool) -> None:
    """Take its perimeter from an ATD: its rights over it end at once."""
    shown = call("odlocale_perimeter_show", {"atd_siren": siren})
    if not yes:
        ask = _("Take its perimeter from {name}, and its rights?")
        click.confirm(ask.format(name=shown["name"]), abort=True, err=True)
    done = call("odlocale_perimeter_delete", {"atd_siren": siren})
    say = _("Collectivités released: {count}. Organizations and data stay.")
    talk(say.format(count=done["released"]))


def _(message: str) -> str:
    return translator(tk.config["ckan.locale_default"]).gettext(message)
