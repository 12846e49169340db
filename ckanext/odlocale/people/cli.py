"""``ckan odlocale people``: inviting, sending, what is to be done each day."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import click
from ckan import model

from ckanext.odlocale import rooms
from ckanext.odlocale.base import marks
from ckanext.odlocale.base.http import GuardedClient
from ckanext.odlocale.people import (
    bounces,
    bouncing,
    directory,
    idle_accounts,
    inviting,
    oidc_arrival,
    retention,
    sending,
)
from ckanext.odlocale.people.invitations import Line, NoColumn, read_list
from ckanext.odlocale.people.mandate_actions import warn_of_ends
from ckanext.odlocale.people.oidc_settings import PREFIX
from ckanext.odlocale.people.tables import OfficialAddress
from ckanext.odlocale.people.token_actions import warn_of_tokens
from ckanext.odlocale.territory.command_line import CONFLICTS, call, fail
from ckanext.odlocale.territory.tables import Collectivity

SHOWN = 20
MAX_MESSAGE = bounces.MAX_BYTES + 1
WORDS = {
    "unproved": "passed over: it quotes no letter of this portal to this address",
    "unknown": "passed over: never written to",
    "late": "nothing changed: the letter may still arrive",
    "given up": "the letter did not arrive: its invitation is refused",
    "gone": "nobody is there: invitation refused, address marked",
}


@click.group(short_help="Agents, invitations, mandates.")
def people() -> None:
    """Who works for whom: invitations, official addresses, mandates."""


@people.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", "applies", is_flag=True, help="Invite, not only plan.")
def invite(file: Path, applies: bool) -> None:
    """Invite the people of a CSV list: code, email, and name, role if it has them.

    Without --apply, says who would be invited and who is set aside, and writes nothing.
    Letters leave by the worker, or by "send". Exits with 1 where somebody is set aside.
    """
    try:
        lines = read_list(file.read_bytes())
    except NoColumn as error:
        fail(f"{file}: the column {error.column} is missing")
    except ValueError as error:
        fail(f"{file}: {error}")
    _invite(lines, applies)


@people.command("town-halls")
@click.option("--departement", "departements", multiple=True, required=True)
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An export of the directory, instead of fetching it.",
)  # fmt: skip
@click.option("--invite", "invites", is_flag=True, help="Also invite each one.")
@click.option("--apply", "applies", is_flag=True, help="Write, not only plan.")
def town_halls(
    departements: tuple[str, ...], file: Path | None, invites: bool, applies: bool
) -> None:
    """Learn the official address of each town hall from the State's directory.

    Codes that prove that one works there are sent to these addresses. An address that
    an animator wrote by hand is kept.
    """
    rows = []
    try:
        if file is not None:
            rows = directory.read_rows(json.loads(file.read_bytes()))
        else:
            allowed = frozenset(tk.config["ckanext.odlocale.allowed_hosts"])
            client = GuardedClient(allowed_hosts=allowed)
            for one in departements:
                rows += directory.fetch_departement(client, one)
    except (directory.DirectoryUnavailable, ValueError) as error:
        fail(f"the directory cannot be read: {error}")
    known = {
        code: email
        for code, email in directory.addresses_of(rows).items()
        if code.startswith(departements)
    }
    written = _keep_addresses(known, applies)
    click.echo(f"{len(known)} addresses, {written} new", err=True)
    if invites:
        _invite(
            [Line(n, code, email, "", "agent") for n, (code, email) in
             enumerate(sorted(known.items()), 1)],
            applies,
        )  # fmt: skip


@people.command()
@click.option("--per-minute", type=float, default=60, show_default=True)
def send(per_minute: float) -> None:
    """Send the invitations that wait, at a set rate.

    Stopped half-way, run it again: nobody is written to twice. Exits with 1 where some
    still wait.
    """
    with _language():
        try:
            sent = sending.send_waiting(per_minute)
        except sending.ServerOutOfReach as error:
            left = sending.count_waiting()
            click.echo(f"the mail server stopped: {error}; {left} wait", err=True)
            raise SystemExit(CONFLICTS) from error
    click.echo(f"{sent} sent", err=True)


@people.command()
def daily() -> None:
    """Do what each day asks for.

    Tell of mandates and accesses of software that end, end roles that nobody proved,
    send what waits, forget what is past its time, warn and close idle accounts.
    """
    with _language():
        today = datetime.date.today()
        told, tokens = warn_of_ends(today), warn_of_tokens(today)
        ended = oidc_arrival.lapse_all(int(tk.config[f"{PREFIX}days"]))
        now = datetime.datetime.now(datetime.timezone.utc)
        gone = retention.forget_old(now)
        idle = idle_accounts.review(now)
        rooms.call_hooks("each_day", now)
        try:
            sent = sending.send_waiting()
        except sending.ServerOutOfReach:
            sent = 0
    marks.done("people")
    click.echo(f"{told} mandates told of, {sent} invitations sent", err=True)
    click.echo(f"{tokens} accesses of software told of", err=True)
    click.echo(f"{ended} roles ended that no login proved again", err=True)
    click.echo(f"{gone['lines']} lines of the journal past their time", err=True)
    click.echo(f"{idle.warned} idle accounts warned, {idle.closed} closed", err=True)


@people.command("reset-factor")
@click.argument("name")
def reset_factor(name: str) -> None:
    """Forget the second factor of somebody who lost it, and end the sessions."""
    call("odlocale_account_reset_factor", {"id": name})


@people.command()
@click.argument("name")
def export(name: str) -> None:
    """Write all that the portal holds on a person, as JSON."""
    found = call("odlocale_person_export", {"id": name})
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@people.command()
@click.argument("name")
@click.option("--apply", "applies", is_flag=True, help="Erase, not only plan.")
def erase(name: str, applies: bool) -> None:
    """Close an account and take the person out of all that the portal keeps.

    Without --apply, says what would be done, and writes nothing.
    """
    asked = {"id": name, "apply": applies, "confirm": name}
    plan = call("odlocale_person_erase", asked)
    click.echo(json.dumps(plan, ensure_ascii=False, indent=2))
    click.echo("erased" if applies else "nothing is written: --apply erases", err=True)


@people.command()
@click.option(
    "--folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Read each message of a folder, then put it in its sub-folder “read”.",
)  # fmt: skip
def bounce(folder: Path | None) -> None:
    """Read a letter that came back, as a mail alias pipes it in.

    The invitation is refused and its link closed; an address where nobody is gets
    marked. What answers no letter of ours is passed over, and said: the command ends
    with 0, since a mail server would send an error back.
    """
    if folder is None:
        stream = click.get_binary_stream("stdin")
        _read_bounce("-", lambda: bounces.read_notice(stream.read(MAX_MESSAGE)))
        return
    for file in bouncing.read_folder(folder):
        _read_bounce(file.name, partial(bouncing.read_file, file))
        bouncing.put_away(file)


def _read_bounce(name: str, read: Callable[[], bounces.Notice]) -> None:
    try:
        notice = read()
    except bounces.NotANotice as error:
        click.echo(f"{name}: passed over: {error.cause}", err=True)
        return
    for one, done in bouncing.apply_notice(notice):
        click.echo(f"{one.address}\t{one.status}\t{WORDS[done]}")


def _invite(lines: list[Line], applies: bool) -> None:
    plan = inviting.plan_list(lines)
    for line, reason in plan.aside[:SHOWN]:
        click.echo(f"{line.row}\t{line.code}\t{line.email}\t{reason}")
    verb = "invited" if applies else "to invite"
    number = inviting.invite_list(plan, None) if applies else len(plan.invited)
    click.echo(f"{number} {verb}, {len(plan.aside)} set aside", err=True)
    if applies and number:
        sending.send_later()
    if plan.aside:
        raise SystemExit(CONFLICTS)


def _keep_addresses(known: dict[str, str], applies: bool) -> int:
    query = model.Session.query(Collectivity).filter(Collectivity.insee.in_(known))
    new = 0
    for place in query:
        row = model.Session.get(OfficialAddress, place.siren)
        email = known[str(place.insee)]
        if row is not None and (row.source != "directory" or row.email == email):
            continue
        new += 1
        if row is None:
            row = OfficialAddress(siren=place.siren, source="directory", email=email)
            model.Session.add(row)
        row.email, row.bounced_at = email, None
    if applies:
        model.Session.commit()
    else:
        model.Session.rollback()
    return new


def _language() -> AbstractContextManager[Any]:
    """Write letters in the portal's language: there is no visitor to ask."""
    app: Any = click.get_current_context().meta["flask_app"]
    request: AbstractContextManager[Any] = app.test_request_context()
    return request
