"""What the parts of a portal say of themselves, judged together.

Pure: :mod:`.probes` asks the parts, this decides. Nothing here tells a visitor more
than whether a part answers and how much waits: no address, no version, no error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, Literal

State = Literal["ok", "degraded", "down"]

#: Seconds after which a part that says nothing is down.
PATIENCE: Final = 4.0
#: A worker says that it lives every minute or so (RQ); three missed are a death.
WORKER_SILENCE: Final = 420.0
#: Seconds that a job may wait: a long one may hold the only worker for three minutes.
QUEUE_PATIENCE: Final = 900.0
#: A message that data.gouv.fr did not take within a day has to be looked at.
OUTBOX_PATIENCE: Final = 86_400.0
#: The work of each day, and an hour of delay.
DAILY_PATIENCE: Final = 90_000.0
#: Free bytes and share of the disk below which one must act.
LEAST_FREE: Final = 200_000_000
LEAST_SHARE: Final = 0.05


def _(text: str) -> str:
    """Mark a message for translation, where nothing is translated yet."""
    return text


#: What a page says of each part.
NAMES: Final[Mapping[str, str]] = {
    "database": _("Database of the portal"),
    "tables": _("Database of the tables"),
    "search": _("Search engine"),
    "valkey": _("Sessions and queues"),
    "storage": _("Stored files"),
    "worker": _("Background work"),
    "daily": _("Work of each day"),
    "outbox": _("Messages due to data.gouv.fr"),
    "feeds": _("Feeds for data.gouv.fr"),
}
#: Without these no page is right: a load balancer must send visitors elsewhere.
REQUIRED: Final = frozenset({"database", "tables", "search", "valkey", "storage"})


@dataclass(frozen=True)
class Part:
    """How a part is.

    :ivar figures: numbers about it: seconds, rows, bytes
    """

    state: State
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """How the portal is."""

    parts: Mapping[str, Part]

    @property
    def is_ready(self) -> bool:
        """Whether visitors may be sent here."""
        return all(
            part.state != "down"
            for name, part in self.parts.items()
            if name in REQUIRED
        )

    @property
    def state(self) -> State:
        """The whole: down where it serves nobody, degraded where somebody must look."""
        if not self.is_ready:
            return "down"
        is_well = all(part.state == "ok" for part in self.parts.values())
        return "ok" if is_well else "degraded"

    def as_json(self) -> dict[str, object]:
        """The report for programs."""
        return {
            "status": self.state,
            "ready": self.is_ready,
            "parts": {
                name: {"status": part.state, **part.figures}
                for name, part in self.parts.items()
            },
        }


Probe = Callable[[], Part]


def ask(probes: Mapping[str, Probe], patience: float = PATIENCE) -> Report:
    """Ask all parts at once; one that fails, or says nothing in time, is down.

    :param patience: seconds
    """
    pool = ThreadPoolExecutor(max_workers=len(probes) or 1)
    try:
        asked = {name: pool.submit(probe) for name, probe in probes.items()}
        return Report({name: _heard(one, patience) for name, one in asked.items()})
    finally:
        # One that hangs is left alone: its own limit of time ends it.
        pool.shutdown(wait=False)


def _heard(asked: Future[Part], patience: float) -> Part:
    try:
        return asked.result(timeout=patience)
    except Exception:
        # What it is, is in the logs of whoever asked: never on the page.
        return Part("down")


def judge_worker(
    heard: Sequence[float], waiting: int, oldest: float | None, failed: int
) -> Part:
    """Judge the background work.

    :param heard: seconds since each worker was heard
    :param waiting: jobs in the queue
    :param oldest: seconds that the first has waited
    :param failed: jobs that failed and were not looked at

    >>> judge_worker([3.0], 0, None, 0).state, judge_worker([], 0, None, 0).state
    ('ok', 'down')
    """
    alive = [one for one in heard if one <= WORKER_SILENCE]
    figures: dict[str, float] = {
        "workers": len(alive),
        "waiting": waiting,
        "failed": failed,
    }
    if oldest is not None:
        figures["oldest_seconds"] = round(oldest)
    if not alive:
        return Part("down", figures)
    late = oldest is not None and oldest > QUEUE_PATIENCE
    return Part("degraded" if late else "ok", figures)


def judge_storage(is_writable: bool, free: int, total: int) -> Part:
    """Judge the folder of files.

    :param free: bytes
    :param total: bytes

    >>> [judge_storage(True, free, 10**10).state for free in (10**9, 10**6)]
    ['ok', 'degraded']
    """
    figures = {"free_bytes": float(free)}
    if not is_writable or free == 0:
        return Part("down", figures)
    scarce = free < LEAST_FREE or free < LEAST_SHARE * total
    return Part("degraded" if scarce else "ok", figures)


def judge_outbox(due: int, oldest: float | None, failing: int = 0) -> Part:
    """Judge what is due to data.gouv.fr.

    :param due: messages not yet taken
    :param oldest: seconds since the first was written
    :param failing: those that were refused once at least

    >>> judge_outbox(3, 60).state, judge_outbox(3, 200_000).state
    ('ok', 'degraded')
    """
    figures: dict[str, float] = {"due": due, "failing": failing}
    if oldest is not None:
        figures["oldest_seconds"] = round(oldest)
    late = oldest is not None and oldest > OUTBOX_PATIENCE
    return Part("degraded" if late else "ok", figures)


def judge_daily(ages: Mapping[str, float | None]) -> Part:
    """Judge the work of each day.

    :param ages: seconds since each was last done; nothing where it never was

    >>> judge_daily({"people": 3600.0}).state, judge_daily({"people": None}).state
    ('ok', 'degraded')
    """
    known = [age for age in ages.values() if age is not None]
    figures: dict[str, float] = {"never": len(ages) - len(known)}
    if known:
        figures["oldest_seconds"] = round(max(known))
    late = len(known) < len(ages) or any(age > DAILY_PATIENCE for age in known)
    return Part("degraded" if late else "ok", figures)


def judge_feeds(unwritten: int, refused: int, tables_due: int) -> Part:
    """Judge the feeds.

    :param unwritten: public datasets that no feed describes yet
    :param refused: feeds that data.gouv.fr last read with an error
    :param tables_due: collectivités whose rows are not in a table yet
    """
    figures: dict[str, float] = {
        "unwritten": unwritten, "refused": refused, "tables_due": tables_due
    }  # fmt: skip
    return Part("degraded" if unwritten or refused else "ok", figures)
