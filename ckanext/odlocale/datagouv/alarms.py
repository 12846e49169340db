"""Telling an ATD's animators what goes wrong on data.gouv.fr, once for each fact.

The right to tell is taken, and committed, before the letter leaves: a worker that dies
between the two tells nobody twice. Where no letter left, it is given back.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Sequence
from typing import Any, Final

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.datagouv.harvest_reasons import explain_reason
from ckanext.odlocale.datagouv.registration_model import HeldAlarm
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.letters import absolute, signature
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)

log = logging.getLogger(__name__)

#: Facts that one letter names; the page has them all.
SHOWN: Final = 10


def tell_alarms(now: datetime.datetime) -> tuple[int, int]:
    """Tell each ATD the facts that it was not told yet. Commits.

    :returns: letters that left, and letters that did not
    """
    sent = failures = 0
    told: set[str] = set()
    fresh = list(
        model.Session.scalars(
            sa.select(HeldAlarm.key)
            .where(HeldAlarm.told_at.is_(None))
            .order_by(HeldAlarm.key)
        )
    )
    if not fresh:
        return 0, 0
    _mark(fresh, now)
    try:
        for atd in list(model.Session.scalars(sa.select(AtdPerimeter))):
            facts = _facts_of(atd.atd_siren, fresh)
            if not facts:
                continue
            letter = write_letter(facts)
            for user in _animators_of(atd.atd_siren):
                if _send(letter, user):
                    sent += 1
                    told |= {one.key for one, _ in facts}
                else:
                    failures += 1
    finally:
        _mark([key for key in fresh if key not in told], None)
    return sent, failures


def write_letter(facts: Sequence[tuple[HeldAlarm, Collectivity]]) -> Letter:
    """Write to an animator what goes wrong, in words."""
    names = list(dict.fromkeys(place.name for _, place in facts))
    subject = tk.ungettext(
        "data.gouv.fr: {count} point to look at, {name}",
        "data.gouv.fr: {count} points to look at, {name}…",
        len(facts),
    ).format(count=len(facts), name=names[0])
    blocks: list[str | Link] = [tk._("Hello,")]
    for alarm, place in facts[:SHOWN]:
        blocks.append(
            f"{place.name}{tk._(': ')}{sentence_of(alarm.kind, alarm.detail)}"
        )
    if len(facts) > SHOWN:
        more = tk._("And {count} others, on the page.")
        blocks.append(more.format(count=len(facts) - SHOWN))
    blocks.append(Link(tk._("See what to do"), absolute("odlocale_registration.home")))
    return compose(subject, blocks, signature=signature())


def sentence_of(kind: str, detail: dict[str, Any]) -> str:
    """Return a fact in words."""
    title = str(detail.get("title") or "")
    if kind == "failing":
        return _with_reason(tk._("data.gouv.fr could not read the data."), detail)
    if kind == "items":
        count = int(detail.get("count") or 0)
        said = tk.ungettext(
            "data.gouv.fr refused {count} file of data.",
            "data.gouv.fr refused {count} files of data.",
            count,
        )
        return _with_reason(said.format(count=count), detail)
    if kind == "refused":
        said = tk._("the team of data.gouv.fr refused its data.")
        return f"{said} {detail.get('comment') or ''}".strip()
    said = (
        tk._("“{title}” will soon be archived on data.gouv.fr, though it is here.")
        if kind == "leaving"
        else tk._("a reader has waited a week for an answer: “{title}”.")
    )
    return str(said.format(title=title))


def _with_reason(said: str, detail: dict[str, Any]) -> str:
    errors = detail.get("errors") or []
    return f"{said} {explain_reason(str(errors[0]), gettext=tk._)}" if errors else said


def _facts_of(
    atd_siren: str, keys: Sequence[str]
) -> list[tuple[HeldAlarm, Collectivity]]:
    query = (
        sa.select(HeldAlarm, Collectivity)
        .join(Collectivity, Collectivity.siren == HeldAlarm.siren)
        .join(PerimeterMember, PerimeterMember.siren == Collectivity.siren)
        .where(PerimeterMember.atd_siren == atd_siren, HeldAlarm.key.in_(keys))
        .order_by(Collectivity.name, HeldAlarm.kind, HeldAlarm.key)
    )
    return [(alarm, place) for alarm, place in model.Session.execute(query)]


def _animators_of(atd_siren: str) -> list[Any]:
    head = model.Session.get(Collectivity, atd_siren)
    if head is None or head.org_id is None:
        return []
    people = people_of(str(head.org_id), ("admin",))
    return [user for user, _ in people if user.email]


def _send(letter: Letter, user: Any) -> bool:
    try:
        send(letter, name=user.display_name, address=user.email)
    except LetterNotSent as problem:
        log.warning("An alarm was not sent: %s", problem.kept)
        # The server may have taken it: it is not sent twice.
        return problem.outcome == "unknown"
    return True


def _mark(keys: Sequence[str], moment: datetime.datetime | None) -> None:
    if keys:
        model.Session.execute(
            sa.update(HeldAlarm)
            .where(HeldAlarm.key.in_(keys))
            .values(told_at=moment)
            .execution_options(synchronize_session=False)
        )
    model.Session.commit()
