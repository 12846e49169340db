"""``odlocale up``, ``down``, ``status``, ``logs``, ``reset`` and ``demo``.

Data go to standard output, talk to standard error. Exit codes: 0 done, 1 a
part is unwell, 2 could not run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import NoReturn

import click

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.portal import servers, stack
from ckanext.odlocale.portal.home import Home, Options, cache_folder, read_options
from ckanext.odlocale.portal.people import demonstration_people
from ckanext.odlocale.portal.words import explain, phase_label
from ckanext.odlocale.territory.register import Register

_ = translator().gettext


def say(text: str = "") -> None:
    """Talk to the person, on standard error."""
    click.echo(text, err=True)


def fail(text: str) -> NoReturn:
    """Say why and end with "could not run"."""
    say(click.style(text, fg="red"))
    raise SystemExit(2)


def options_or_fail() -> Options:
    """The options of the environment, or a clear end."""
    try:
        return read_options(os.environ)
    except ValueError as error:
        fail(
            _("ODLOCALE_PORT is {value}: give a port number from 1 to 65535.").format(
                value=error
            )
        )


def show_progress(name: str, seconds: float | None) -> None:
    """One line a phase; on a terminal the line under way is shown too."""
    label = phase_label(name)
    if seconds is None:
        if sys.stderr.isatty():
            click.echo(f"  … {label}\r", err=True, nl=False)
        return
    duration = f"{seconds:.1f}".replace(".", ",")
    click.echo(f"  ✓ {label:<44}{duration:>7} s", err=True)


@click.command(help="Start the trial portal and wait until it answers.")
def up() -> None:
    """Start the portal."""
    home, options = Home.from_environment(), options_or_fail()
    began = time.monotonic()
    say(_("Starting the trial portal (for production, see docker/)."))
    try:
        stack.up(home, options, cache_folder(), show_progress)
    except stack.CannotStart as error:
        fail(explain(error.code, error.detail))
    except KeyboardInterrupt:
        fail(_("Stopped at your request: nothing runs."))
    say(_("Ready in {seconds} s.").format(seconds=round(time.monotonic() - began)))
    print_summary(home, options)


def print_summary(home: Home, options: Options) -> None:
    """Say where the portal is and who may enter."""
    known = json.loads(home.accounts.read_text("utf-8"))
    people = demonstration_people(Register.load(), options.departement, options.commune)
    labels = {
        "administrator": _("Administrator"),
        "animator": _("Animator"),
        "agent": _("Town hall agent"),
    }
    click.echo()
    click.echo(f"  {_('Portal'):<22}{options.local_url}")
    for person in people:
        password = known[person.name]["password"]
        click.echo(f"  {labels[person.role]:<22}{person.name} / {password}")
    code = people[-1].organization.rsplit("-", 1)[1]
    click.echo(f"  {_('Feed of a commune'):<22}{options.site_url}/catalogue/{code}.ttl")
    click.echo(f"  {'':<22}{_('(it begins with the first publication)')}")
    click.echo(f"  {_('Passwords kept in'):<22}{home.accounts}")
    click.echo(f"  {_('To stop'):<22}make stop")


@click.command(help="Stop the trial portal; its data stay.")
def down() -> None:
    """Stop the portal."""
    home = Home.from_environment()
    stopped = stack.down(home) if stack.is_created(home) else []
    if stopped:
        say(_("Stopped: {names}.").format(names=", ".join(stopped)))
    else:
        say(_("Nothing was running."))


@click.command(help="Say whether each part answers.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, on standard output.")
def status(as_json: bool) -> None:
    """Show the health of each part."""
    home, options = Home.from_environment(), options_or_fail()
    if not stack.is_created(home):
        fail(_("No portal here yet: type make portal."))
    parts = stack.health(home, options)
    healthy = all(part["healthy"] for part in parts.values())
    if as_json:
        state = {"healthy": healthy, "address": options.local_url, "parts": parts}
        click.echo(json.dumps(state, indent=1))
    else:
        for name, part in parts.items():
            word = _("answers") if part["healthy"] else _("does not answer")
            click.echo(f"  {name:<12}{word:<20}{part['log']}")
        if not healthy:
            say(_("To repair: make portal. Nothing is lost."))
    raise SystemExit(0 if healthy else 1)


@click.command(help="Show the end of the logs.")
@click.argument("name", required=False, type=click.Choice(servers.PROGRAM_NAMES))
@click.option("--lines", default=40, show_default=True, help="Lines of each log.")
@click.option("--follow", is_flag=True, help="Keep showing what is added.")
def logs(name: str | None, lines: int, follow: bool) -> None:
    """Show the end of one log, or of all."""
    home = Home.from_environment()
    names = [name] if name else list(servers.PROGRAM_NAMES)
    paths = [str(home.log(n)) for n in names if home.log(n).is_file()]
    if not paths:
        fail(_("No log yet: type make portal."))
    tail = shutil.which("tail")
    if tail is None:
        fail(
            _("The tail command is missing; the logs are in {folder}.").format(
                folder=home.root / "logs"
            )
        )
    command = [tail, "-n", str(lines), *(["-F"] if follow else []), *paths]
    try:
        raise SystemExit(subprocess.run(command, check=False).returncode)
    except KeyboardInterrupt:
        raise SystemExit(0) from None


@click.command(help="Stop the trial portal and erase its data.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Erase the portal."""
    home = Home.from_environment()
    if not stack.is_created(home):
        say(_("Nothing to erase in {folder}.").format(folder=home.root))
        return
    question = _("Erase all data of the portal in {folder}?").format(folder=home.root)
    if not yes and not click.confirm(question, err=True):
        raise SystemExit(2)
    stack.reset(home)
    say(_("Erased. Downloads stay in {folder}.").format(folder=cache_folder()))


@click.command(help="Publish invented data for a few communes, to show the portal.")
@click.option("--communes", default=5, show_default=True, help="How many communes.")
def demo(communes: int) -> None:
    """Publish demonstration data through the desk's own actions."""
    home, options = Home.from_environment(), options_or_fail()
    if not stack.is_created(home) or not all(
        part["healthy"] for part in stack.health(home, options).values()
    ):
        fail(_("The portal does not run: type make portal first."))
    command = [
        *(sys.executable, "-m", "ckanext.odlocale.portal.demonstration"),
        *("--ini", str(home.ini), "--departement", options.departement),
        *("--communes", str(communes)),
    ]
    with home.log("demo").open("ab") as errors:
        done = subprocess.run(command, stderr=errors, check=False)
    if done.returncode:
        fail(explain("prepare", str(home.log("demo"))))
