"""The monthly digest of each ATD to its animators, once."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.french import format_number
from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.letters import absolute, signature
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.states import DRAFT_STATES
from ckanext.odlocale.reminders.digest import Figures, Help, Month, Reason, list_names
from ckanext.odlocale.reminders.letters import stop_address
from ckanext.odlocale.reminders.links import headers_of
from ckanext.odlocale.reminders.model import Digest, LetterStop, Reminder
from ckanext.odlocale.reminders.sending import ServerOutOfReach
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)

#: A draft that nobody touched for so long is forgotten, or in trouble.
OLD_DRAFT_DAYS = 30
#: Letters about late data after which somebody should call.
LATE_LETTERS = 2


def figures_of(atd_siren: str, month: Month, now: datetime.datetime) -> Figures:
    """Return what happened in an ATD's perimeter, in five queries."""
    members = (
        sa.select(Collectivity.siren)
        .join(PerimeterMember, PerimeterMember.siren == Collectivity.siren)
        .where(PerimeterMember.atd_siren == atd_siren, Collectivity.status == "active")
    )
    counted = sa.select(sa.func.count(members.subquery().c.siren))
    total = model.Session.scalar(counted)
    online = sa.select(Deposit.siren).where(
        Deposit.siren.in_(members), Deposit.state == "published"
    )
    publishing = model.Session.scalar(
        sa.select(sa.func.count(sa.distinct(online.subquery().c.siren)))
    )
    first = sa.func.min(Deposit.published_at)
    began = (
        sa.select(Collectivity.name)
        .join(Deposit, Deposit.siren == Collectivity.siren)
        .where(Collectivity.siren.in_(members), Deposit.published_at.is_not(None))
        .group_by(Collectivity.siren, Collectivity.name)
        .having(first >= month.first_day, first < month.end)
        .order_by(Collectivity.name)
    )
    return Figures(
        int(total or 0),
        int(publishing or 0),
        tuple(model.Session.scalars(began)),
        tuple(_to_help(members, now)),
    )


def _to_help(members: sa.Select[tuple[str]], now: datetime.datetime) -> Iterator[Help]:
    """One line for each collectivité, the first reason found."""
    found: dict[str, Help] = {}

    def note(place: Collectivity, reason: Reason) -> None:
        found.setdefault(place.siren, Help(place.code, place.name, reason))

    reminded = (
        sa.select(Collectivity, Reminder.state, Reminder.told)
        .join(Reminder, Reminder.siren == Collectivity.siren)
        .where(Collectivity.siren.in_(members))
    )
    for place, state, told in model.Session.execute(reminded):
        if state == "refused":
            note(place, "address")
        elif any(one["late"] >= LATE_LETTERS for one in told.values()):
            note(place, "late")
    since = now - datetime.timedelta(days=OLD_DRAFT_DAYS)
    drafts = sa.select(Deposit.org_id).where(
        Deposit.state.in_(DRAFT_STATES), Deposit.updated_at < since
    )
    stuck = sa.select(Collectivity).where(
        Collectivity.siren.in_(members), Collectivity.org_id.in_(drafts)
    )
    for place in model.Session.scalars(stuck):
        note(place, "draft")
    yield from sorted(found.values(), key=lambda one: (one.name, one.code))


def send_digests(
    now: datetime.datetime,
    *,
    dry_run: bool = False,
    tell: Callable[[str, str, str], None] = lambda address, subject, state: None,
) -> int:
    """Send the digest of the last month to who did not have it yet.

    :param dry_run: say what would leave, and send nothing
    :param tell: told of each letter: address, subject, what became of it
    :returns: how many left
    :raises ServerOutOfReach: the server stopped answering; run it again
    """
    month = Month.before(now.date())
    sent = 0
    for atd in list(model.Session.scalars(sa.select(AtdPerimeter))):
        figures = figures_of(atd.atd_siren, month, now)
        for user in _animators_of(atd.atd_siren):
            letter = write_digest(month, figures, user.id)
            asked = (atd.atd_siren, user, month, letter)
            state = _foresee(*asked) if dry_run else _send(*asked)
            if state:
                tell(user.email, letter.subject, state)
            sent += state == "sent"
    return sent


def _animators_of(atd_siren: str) -> list[Any]:
    head = model.Session.get(Collectivity, atd_siren)
    if head is None or head.org_id is None:
        return []
    return [
        user
        for user, _ in people_of(str(head.org_id), ("admin",))
        if user.email and not LetterStop.holds(user.id, "digest")
    ]


def _foresee(atd_siren: str, user: Any, month: Month, letter: Letter) -> str:
    known = model.Session.get(Digest, (atd_siren, user.id, month.code))
    return "" if known is not None else "waiting"


def _send(atd_siren: str, user: Any, month: Month, letter: Letter) -> str:
    name, address = user.display_name, user.email
    headers = headers_of(stop_address(user.id, "digest"))
    key = (atd_siren, user.id, month.code)
    if not Digest.claim(*key):
        return ""
    state, error, said = "sent", "", ""
    try:
        send(letter, name=name, address=address, headers=headers)
    except LetterNotSent as problem:
        state, error, said = problem.outcome, problem.kept, str(problem)
    claimed = model.Session.get(Digest, key)
    if state == "unsent":
        model.Session.delete(claimed)
    else:
        claimed.state, claimed.error = state, error
    model.Session.commit()
    if state in ("unsent", "unknown"):
        raise ServerOutOfReach(said)
    return state


def write_digest(month: Month, figures: Figures, user_id: str) -> Letter:
    """Write the digest: «Mars: 9 communes de plus, 7 à aider»."""
    says = {
        "month": month.name,
        "new": len(figures.new),
        "help": len(figures.to_help),
        "publishing": format_number(figures.publishing),
        "total": format_number(figures.total),
    }
    more = str(tk._("and {count} more"))
    blocks: list[str | Link] = [
        tk._("{publishing} of your {total} collectivités publish.").format(**says)
    ]
    if figures.new:
        names = list_names(figures.new, more)
        blocks.append(tk._("New: {names}.").format(names=names))
    for reason, sentence in _reasons().items():
        concerned = tuple(one.name for one in figures.to_help if one.reason == reason)
        if concerned:
            blocks.append(sentence.format(names=list_names(concerned, more)))
    blocks += [
        Link(tk._("Open"), absolute("odlocale_publishing.home")),
        Link(tk._("No longer receive this summary"), stop_address(user_id, "digest")),
    ]
    return compose(
        tk.ungettext(
            "{month}: {new} more commune, {help} to help",
            "{month}: {new} more communes, {help} to help",
            len(figures.new),
        ).format(**says),
        blocks,
        signature=signature(),
    )


def _reasons() -> dict[Reason, str]:
    return {
        "late": tk._("To help, late although reminded: {names}."),
        "draft": tk._("To help, a draft left for a month: {names}."),
        "address": tk._("To help, an e-mail address that no longer works: {names}."),
    }
