"""Sending reminders, none of them twice.

Who works at several town halls has one letter about them all. The right to write to one
person is taken, and committed, before the letter leaves (``Reminder.claim``): a worker
that dies between the two leaves it ``sending``, and nobody writes again that week. A
mail server out of reach gives the right back and stops the run; begun again, it goes on
with who was not written to.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.members import bounced_among
from ckanext.odlocale.publishing.expecting import gather_known
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.next_step import DataLine
from ckanext.odlocale.publishing.screens import describe_all
from ckanext.odlocale.reminders import letters
from ckanext.odlocale.reminders.choosing import (
    Told,
    choose_letter,
    expected_of,
    is_quiet,
)
from ckanext.odlocale.reminders.links import headers_of
from ckanext.odlocale.reminders.model import LetterStop, Reminder
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

#: Collectivités read at a time.
BATCH = 50


class ServerOutOfReach(Exception):
    """The mail server takes nothing at present: the rest waits for the next run."""


@dataclass(frozen=True)
class Part:
    """What a letter says of one collectivité, and what will then have been told."""

    place: Collectivity
    lines: tuple[DataLine, ...]
    told: dict[str, Any]


@dataclass(frozen=True)
class Planned:
    """One letter that would leave today; the most pressing collectivité first."""

    user: Any
    parts: tuple[Part, ...]


def plan_letters(now: datetime.datetime) -> Iterator[Planned]:
    """Return the letters of today, one person after the other.

    Each is made as it is asked for: who answered meanwhile is not written to.
    """
    concerned: dict[str, list[str]] = {}
    for place, _ in expected_everywhere(now.date()):
        for user, _ in people_of(str(place.org_id)):
            concerned.setdefault(user.id, []).append(place.siren)
    for user_id, sirens in concerned.items():
        planned = _plan_one(user_id, sirens, now)
        if planned is not None:
            yield planned


def expected_everywhere(
    today: datetime.date,
) -> Iterator[tuple[Collectivity, list[DataLine]]]:
    """Return each collectivité that something is expected of, and what, by batches."""
    after = ""
    while True:
        query = (
            sa.select(Collectivity)
            .where(
                Collectivity.siren > after,
                Collectivity.status == "active",
                Collectivity.org_id.is_not(None),
            )
            .order_by(Collectivity.siren)
            .limit(BATCH)
        )
        places = list(model.Session.scalars(query))
        if not places:
            return
        after = places[-1].siren
        yield from _expected_of_batch(places, today)


def _expected_of_batch(
    places: list[Collectivity], today: datetime.date
) -> Iterator[tuple[Collectivity, list[DataLine]]]:
    org_ids = [str(one.org_id) for one in places]
    known = gather_known(org_ids)
    deposits: dict[str, list[dict[str, Any]]] = {}
    for one in Deposit.of_organizations(org_ids):
        deposits.setdefault(one.org_id, []).append(one.summary())
    found = []
    for place, org_id in zip(places, org_ids, strict=True):
        catalogue = load_catalogue()
        mine = deposits.get(org_id, [])
        lines = describe_all(mine, catalogue, known[org_id], (), today)
        expected = expected_of(lines)
        if expected:
            found.append((place, expected))
    yield from found


def _plan_one(
    user_id: str, sirens: list[str], now: datetime.datetime
) -> Planned | None:
    user = model.User.get(user_id)
    if (
        user is None
        or not user.is_active
        or not user.email
        or LetterStop.holds(user_id, "reminders")
    ):
        return None
    if bounced_among([user_id]):
        # Who helps the collectivité sees it beside the name: see people/bouncing.py.
        return None
    if is_quiet(Reminder.last_to(user_id), now):
        return None
    places = [model.Session.get(Collectivity, siren) for siren in sirens]
    # Who left while others were written to is not.
    active = [
        one
        for one in places
        if one is not None
        and one.status == "active"
        and any(user_id == other.id for other, _ in people_of(str(one.org_id)))
    ]
    parts = []
    for place, lines in _expected_of_batch(active, now.date()):
        last = Reminder.of(place.siren, user_id)
        kept = last.told if last is not None else {}
        told = {slug: Told.from_dict(one) for slug, one in kept.items()}
        chosen, after = choose_letter(lines, told, now.date())
        if chosen:
            written = {slug: one.to_dict() for slug, one in after.items()}
            parts.append(Part(place, tuple(chosen), written))
    parts.sort(key=lambda one: (str(one.lines[0].due_on), one.place.siren))
    return Planned(user, tuple(parts)) if parts else None


def send_reminders(
    now: datetime.datetime,
    per_minute: float = 60,
    tell: Callable[[Planned, str], None] = lambda planned, state: None,
) -> int:
    """Send the reminders of today, at a set rate.

    :param now: with its time zone
    :param per_minute: letters a minute; many servers refuse more from one sender
    :param tell: told of each letter, and of what became of it
    :returns: how many left
    :raises ServerOutOfReach: the server stopped answering; what is left waits
    """
    sent = 0
    pause = 60 / per_minute if per_minute else 0
    for planned in plan_letters(now):
        begun = time.monotonic()
        state = _send(planned, now)
        if state:
            tell(planned, state)
        sent += state == "sent"
        time.sleep(max(0.0, pause - (time.monotonic() - begun)) if state else 0)
    return sent


def _send(planned: Planned, now: datetime.datetime) -> str:
    """Send one letter; return its state, nothing where another worker has it."""
    user_id, told = (
        planned.user.id,
        {one.place.siren: one.told for one in planned.parts},
    )
    before = {siren: _kept(Reminder.of(siren, user_id)) for siren in told}
    name, address = planned.user.display_name, planned.user.email
    letter = letters.reminder(
        user_id, [(one.place, one.lines) for one in planned.parts]
    )
    headers = headers_of(letters.stop_address(user_id, "reminders"))
    if not Reminder.claim(user_id, told, now):
        return ""
    state, error, said = "sent", "", ""
    try:
        send(letter, name=name, address=address, headers=headers)
    except LetterNotSent as problem:
        state, error, said = problem.outcome, problem.kept, str(problem)
    for siren, kept in before.items():
        claimed = Reminder.of(siren, user_id)
        if claimed is None:
            # The collectivité was removed meanwhile, and its reminders with it.
            continue
        if state != "unsent":
            claimed.state, claimed.error = state, error
        elif kept is None:
            model.Session.delete(claimed)
        else:
            claimed.state, claimed.at, claimed.told, claimed.error = kept
    model.Session.commit()
    if state in ("unsent", "unknown"):
        raise ServerOutOfReach(said)
    return state


def _kept(last: Reminder | None) -> tuple[Any, ...] | None:
    return (last.state, last.at, last.told, last.error) if last else None
