"""Warning the owners of accounts that serve nobody, then closing these accounts."""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people import last_seen, leaving, personal_actions
from ckanext.odlocale.people.account_letters import account_will_close
from ckanext.odlocale.people.contacts import atd_of, people_of, tell
from ckanext.odlocale.people.idleness import asleep_since, notice, stage_of
from ckanext.odlocale.people.letters import team_asleep
from ckanext.odlocale.people.tables import Account
from ckanext.odlocale.territory.tables import Collectivity

log = logging.getLogger(__name__)


@dataclass
class Outcome:
    """What a day did of idle accounts.

    :ivar asleep: organisations whose people have all not come for months
    """

    warned: int = 0
    closed: int = 0
    asleep: list[str] = field(default_factory=list)


def review(now: datetime.datetime) -> Outcome:
    """Warn who is about to be closed, close who was warned; each once.

    The administrators of the portal are never closed so: they are who would give an
    access back.

    :param now: with its time zone
    """
    days, outcome = last_seen.idle_days(), Outcome()
    if days <= 0:
        return outcome
    now = now.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    idle = _idle(asleep_since(now, days))
    asleep = {user.id for user, _, _ in idle}
    for user, seen, warned_at in idle:
        stage = stage_of(seen, warned_at, now, days)
        ends = max(now + notice(days), seen + datetime.timedelta(days=days))
        if stage == "warn" and _warn(user, ends, now):
            outcome.warned += 1
            outcome.asleep += [
                one
                for one in leaving.seats_of(user.id)
                if all(other.id in asleep for other, _ in people_of(one))
            ]
        elif stage == "close":
            personal_actions.close(user, None)
            outcome.closed += 1
    found = list(dict.fromkeys(outcome.asleep))
    _tell_atds(found)
    return Outcome(outcome.warned, outcome.closed, found)


def _tell_atds(org_ids: list[str]) -> None:
    """Tell each animator of what is below him alone, and the mailbox of all."""
    told: dict[str, tuple[Any, list[str]]] = {}
    for org_id in org_ids:
        for one in atd_of(org_id):
            told.setdefault(one.email or "", (one, []))[1].append(org_id)
    for one, theirs in told.values():
        tell(team_asleep(theirs), [one])


def _idle(before: datetime.datetime) -> list[tuple[Any, datetime.datetime, Any]]:
    seen = last_seen.moment()
    warned_at = sa.func.timezone("UTC", Account.idle_warned_at)
    query = (
        sa.select(model.User, seen, warned_at)
        .outerjoin(Account, Account.user_id == model.User.id)
        .where(
            model.User.state == "active",
            sa.not_(model.User.sysadmin),
            model.User.name != str(tk.config["ckan.site_id"]),
            seen <= before,
        )
        .order_by(seen, model.User.id)
    )
    return [(row[0], row[1], row[2]) for row in model.Session.execute(query)]


def _warn(user: Any, ends: datetime.datetime, now: datetime.datetime) -> bool:
    """Write to somebody, at most once; tell whether he is warned."""
    # Noted first: a letter missing is better than one each day.
    _note_warning(user.id, now)
    places = [Collectivity.by_org(one) for one in leaving.seats_of(user.id)]
    names = [one.name for one in places if one]
    if not user.email:
        return True
    try:
        letter = account_will_close(ends.date(), names)
        send(letter, name=user.display_name, address=user.email)
    except LetterNotSent as error:
        if error.outcome == "unsent":
            _note_warning(user.id, None)
            log.warning("The account %s could not be warned yet", user.id)
            return False
        # An address that refuses letters: nobody can be told there.
        log.info("The account %s has an address that takes no letter", user.id)
    return True


def _note_warning(user_id: str, at: datetime.datetime | None) -> None:
    moment = at.replace(tzinfo=datetime.timezone.utc) if at else None
    added = insert(Account.__table__).values(user_id=user_id, idle_warned_at=moment)
    model.Session.execute(
        added.on_conflict_do_update(
            index_elements=["user_id"], set_={"idle_warned_at": moment}
        )
    )
    model.Session.commit()
