"""One run of the sending: look around, then each message that is due, once.

One runner at a time, by a lock of its own connection: a killed one leaves it at once.
Each message is taken by a lease (:mod:`.outbox`), in a transaction of its own: nothing
of the database is held during a call.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from ckan import model
from rq.timeouts import JobTimeoutException

from ckanext.odlocale.datagouv import hooks, keys, outbox, push_due
from ckanext.odlocale.datagouv.calling import DatagouvError
from ckanext.odlocale.datagouv.model import UTC
from ckanext.odlocale.datagouv.outbox_model import DATASET, Outbox, Pushed
from ckanext.odlocale.datagouv.push_site import NoOrganization, Places, PushSite
from ckanext.odlocale.datagouv.pushing import Message, Outcome, Record, push_one

log = logging.getLogger(__name__)

_LOCK: Final = "odlocale_push"


class LeaseLost(Exception):
    """The message is another's, or is no more: nothing is to be written for it."""


@dataclass
class Report:
    """What a run did.

    :ivar outcomes: how many messages, by what became of them
    :ivar failures: how many, by why
    :ivar busy: another run was at work: nothing was done
    :ivar stopped: data.gouv.fr does not answer: the rest waits
    """

    outcomes: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    busy: bool = False
    stopped: bool = False

    def note(self, counts: dict[str, int], what: str) -> None:
        """Count one."""
        counts[what] = counts.get(what, 0) + 1


def run(
    tell: Callable[[str, str], None] = lambda key, what: None,
    clock: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(UTC),
) -> Report:
    """Send what is due.

    :param tell: called with each dataset and what became of its message
    :param clock: with a time zone
    """
    report = Report()
    with _only_one() as alone:
        if not alone:
            report.busy = True
            return report
        push_due.check_again(clock())
        push_due.sweep(hooks.refresh)
        _send_all(report, tell, clock)
    return report


def foresee(now: datetime.datetime) -> list[str]:
    """Return the datasets that a run would send, and write nothing."""
    push_due.sweep(hooks.refresh, commit=model.Session.flush)
    query = sa.select(Outbox.key).where(Outbox.next_try <= now).order_by(Outbox.key)
    found = list(model.Session.scalars(query))
    model.Session().info.pop(push_due.CHANGED, None)
    model.Session.rollback()
    return found


@contextlib.contextmanager
def _only_one() -> Iterator[bool]:
    lock = sa.func.hashtextextended(_LOCK, 0)
    with model.meta.engine.connect() as connection:
        taken = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(lock))))
        connection.commit()
        try:
            yield taken
        finally:
            if taken:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(lock)))
                connection.commit()


def _send_all(
    report: Report,
    tell: Callable[[str, str], None],
    clock: Callable[[], datetime.datetime],
) -> None:
    places, in_a_row, after = Places(), 0, ("", "")
    while taken := _take(after, clock()):
        after = (taken.siren, taken.message.package_id)
        try:
            outcome = _send(taken, places, clock)
        except LeaseLost:
            model.Session.rollback()
            continue
        except JobTimeoutException:
            # The queue's own time is over: what is being sent is taken up again.
            raise
        except Exception as error:
            failure = _failure(error, taken.attempts)
            if failure is None:
                log.exception("Cannot send %s", taken.message.package_id)
                failure = outbox.Failure(
                    "failed", type(error).__name__, outbox.wait_after(taken.attempts)
                )
            model.Session.rollback()
            places.note_failure(taken.siren, failure.why)
            _put_off(taken, failure, clock())
            report.note(report.failures, failure.why)
            tell(taken.message.package_id, failure.why)
            in_a_row = in_a_row + 1 if failure.counts else 0
            if failure.stops or in_a_row >= outbox.ENOUGH:
                report.stopped = True
                return
            continue
        in_a_row = 0
        _done(taken, clock())
        report.note(report.outcomes, outcome)
        tell(taken.message.package_id, outcome)


def _failure(error: Exception, attempts: int) -> outbox.Failure | None:
    """What a failure means; nothing where it is not one that we know."""
    if isinstance(error, DatagouvError):
        return outbox.judge(error, attempts)
    wait = max(outbox.SETTLING_WAIT, outbox.wait_after(attempts))
    if isinstance(error, keys.NoKey):
        return outbox.Failure("no_key", "", wait)
    if isinstance(error, NoOrganization):
        return outbox.Failure("no_organization", "", wait)
    return None


@dataclass(frozen=True)
class Taken:
    """A message, and the right to send it for a while."""

    message: Message
    record: Record
    siren: str
    version: int
    attempts: int
    lease: str
    until: datetime.datetime


def _take(after: tuple[str, str], now: datetime.datetime) -> Taken | None:
    """Take the next message that is due, and commit."""
    free = Outbox.leased_until.is_(None) | (Outbox.leased_until < now)
    query = (
        sa.select(Outbox, Pushed)
        .join(Pushed, Pushed.package_id == Outbox.key)
        .where(
            Outbox.topic == DATASET,
            Outbox.next_try <= now,
            free,
            sa.tuple_(Pushed.siren, Outbox.key)
            > sa.tuple_(sa.literal(after[0]), sa.literal(after[1])),
        )
        .order_by(Pushed.siren, Outbox.key)
        .limit(1)
        .with_for_update(of=Outbox, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = model.Session.execute(query).first()
    if found is None:
        model.Session.rollback()
        return None
    row, pushed = found
    row.lease, row.leased_until = secrets.token_hex(8), now + outbox.LEASE
    row.attempts += 1
    payload = row.payload
    taken = Taken(
        Message(row.key, payload["status"], payload["values"], payload["at"]),
        Record(pushed.remote_id, pushed.before, pushed.sending, frozenset(pushed.kept)),
        pushed.siren,
        row.version,
        row.attempts,
        row.lease,
        row.leased_until,
    )
    model.Session.commit()
    return taken


def _send(
    taken: Taken, places: Places, clock: Callable[[], datetime.datetime]
) -> Outcome:
    site: PushSite = places.site_of(taken.siren)
    return push_one(taken.message, taken.record, site, _Ledger(taken, clock))


@dataclass(frozen=True)
class _Ledger:
    """The rows of one dataset, written while the lease holds."""

    taken: Taken
    clock: Callable[[], datetime.datetime]

    def begin(self, values: Mapping[str, Any]) -> None:
        if not outbox.may_write(self.clock(), self.taken.until):
            raise LeaseLost
        self._write(sending=dict(values))

    def finish(
        self,
        remote: Mapping[str, Any],
        values: Mapping[str, Any],
        held: Mapping[str, list[Any]],
    ) -> None:
        harvest = remote.get("harvest") or {}
        key = self.taken.message.package_id
        self._write(
            remote_id=str(remote["id"]),
            page=str(remote.get("page") or ""),
            harvested=harvest.get("remote_id") == key,
            before=dict(values),
            sending=None,
            held=dict(held),
            pushed_at=self.clock(),
            checked_at=self.clock(),
        )

    def hold(self, held: Mapping[str, list[Any]]) -> None:
        self._write(held=dict(held), checked_at=self.clock())

    def forget(self) -> None:
        self._hold_lease()
        model.Session.execute(
            sa.delete(Pushed).where(Pushed.package_id == self.taken.message.package_id)
        )
        model.Session.commit()

    def _write(self, **values: Any) -> None:
        self._hold_lease()
        model.Session.execute(
            sa.update(Pushed)
            .where(Pushed.package_id == self.taken.message.package_id)
            .values(**values)
        )
        model.Session.commit()

    def _hold_lease(self) -> None:
        """:raises LeaseLost: somebody else has it"""
        query = sa.select(Outbox.key).where(*_mine(self.taken)).with_for_update()
        if model.Session.scalar(query) is None:
            raise LeaseLost


def _mine(taken: Taken) -> tuple[Any, ...]:
    return (
        Outbox.topic == DATASET,
        Outbox.key == taken.message.package_id,
        Outbox.lease == taken.lease,
    )


def _done(taken: Taken, now: datetime.datetime) -> None:
    """Take the message away, unless it was replaced meanwhile; commit."""
    model.Session.execute(
        sa.delete(Outbox).where(*_mine(taken), Outbox.version == taken.version)
    )
    model.Session.execute(
        sa.update(Outbox)
        .where(*_mine(taken))
        .values(lease=None, leased_until=None, next_try=now, attempts=0)
    )
    model.Session.commit()


def _put_off(taken: Taken, failure: outbox.Failure, now: datetime.datetime) -> None:
    """Leave the message for later, and commit; one that replaced it is due at once."""
    later = None if failure.wait is None else now + failure.wait
    same = Outbox.version == taken.version
    model.Session.execute(
        sa.update(Outbox)
        .where(*_mine(taken))
        .values(
            lease=None,
            leased_until=None,
            next_try=sa.case((same, later), else_=now),
            last_error=failure.why,
            last_said=failure.said[:500],
        )
    )
    model.Session.commit()
