"""What data.gouv.fr holds against what we published, and what to raise an alarm about.

Pure: plain values in, plain values out. Facts of udata 17.18: a dataset that its source
no longer gives is archived when it was last seen more than seven days ago, after a
harvest that went well; a harvest runs each night.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

from ckanext.odlocale.datagouv.answers import Dataset, Discussion, Item, Job, Source

DAY: Final = datetime.timedelta(days=1)
#: A change is read the night after; two nights later it should have been.
READ_WITHIN: Final = 2 * DAY
#: Not seen for so long although it is published here: it will be archived.
LEAVING_AFTER: Final = 3 * DAY
#: So long without an answer, and the ATD is told.
UNANSWERED_AFTER: Final = 7 * DAY
#: A text of somebody's that is kept: what is longer is read there.
MAX_TEXT: Final = 4_000
MAX_MESSAGES: Final = 20
MAX_FAILED: Final = 50

AlarmKind = Literal["failing", "items", "refused", "leaving", "unanswered"]


class Held(str, Enum):
    """How data.gouv.fr holds a dataset of ours."""

    UP_TO_DATE = "up_to_date"
    WAITING = "waiting"
    LATE = "late"
    LEAVING = "leaving"
    ARCHIVED = "archived"
    ABSENT = "absent"
    GONE_HERE = "gone_here"


@dataclass(frozen=True)
class Published:
    """A dataset that we publish.

    :ivar changed: when it was last changed here
    :ivar known_as: its identifier there, where it was sent by the API
    """

    id: str
    title: str
    changed: datetime.datetime
    known_as: str = ""


@dataclass(frozen=True)
class Holding:
    """A dataset, here and there."""

    package_id: str
    title: str
    held: Held
    dataset: Dataset | None = None


def compare(
    published: Iterable[Published],
    there: Iterable[Dataset],
    *,
    now: datetime.datetime,
    last_harvest: datetime.datetime | None,
    is_read: bool = True,
    source_id: str = "",
) -> list[Holding]:
    """Compare what we publish with what data.gouv.fr holds for its organisation.

    :param last_harvest: when the source was last harvested without error
    :param is_read: a source is harvested each night: what is not there yet will be
    :param source_id: our source: what another one gave is not ours
    """
    kept = [one for one in there if not one.deleted]
    by_id = {one.id: one for one in kept}
    by_remote = {one.remote_id: one for one in kept if one.remote_id}
    holdings, matched = [], set()
    for ours in published:
        found = by_id.get(ours.known_as) or by_remote.get(ours.id)
        if found is not None:
            matched.add(found.id)
        held = _judge(ours, found, now, last_harvest)
        if found is None and not is_read:
            held = Held.ABSENT
        holdings.append(Holding(ours.id, ours.title, held, found))
    for one in kept:
        # Theirs alone: only what came from our feed, or was sent, was ours once.
        came_from_us = one.remote_id and one.source_id in ("", source_id)
        if one.id not in matched and came_from_us and not one.archived:
            holdings.append(Holding(one.remote_id, one.title, Held.GONE_HERE, one))
    return holdings


def _judge(
    ours: Published,
    found: Dataset | None,
    now: datetime.datetime,
    last_harvest: datetime.datetime | None,
) -> Held:
    if found is None:
        return Held.WAITING if now - ours.changed < READ_WITHIN else Held.ABSENT
    if found.archived:
        return Held.ARCHIVED
    seen = found.harvested or found.modified
    if seen is None or seen >= ours.changed:
        # A harvest that came after, and did not see it.
        missed = (
            found.harvested is not None
            and last_harvest is not None
            and last_harvest - found.harvested > LEAVING_AFTER
        )
        return Held.LEAVING if missed else Held.UP_TO_DATE
    if last_harvest is not None and last_harvest - seen > LEAVING_AFTER:
        return Held.LEAVING
    return Held.WAITING if now - ours.changed < READ_WITHIN else Held.LATE


@dataclass(frozen=True)
class Talk:
    """A discussion, as the desk shows it.

    :ivar answered: nobody waits: the last word is the producer's, or it is closed
    :ivar waiting_since: the first word that the producer did not answer
    """

    id: str
    title: str
    dataset_id: str
    page: str
    closed: bool
    answered: bool
    waiting_since: datetime.datetime | None
    messages: tuple[dict[str, Any], ...] = ()


def read_talk(one: Discussion, organization_id: str, members: Iterable[str]) -> Talk:
    """Read a discussion for the producer of its data.

    :param members: identifiers of the people of its organisation: what they write
        there in their own name is an answer too
    """
    own = set(members)
    waiting = None
    messages = []
    for message in one.messages:
        is_ours = message.organization_id == organization_id or message.author_id in own
        if is_ours:
            waiting = None
        elif waiting is None:
            waiting = message.posted or one.created
        messages.append(
            {
                "author": message.author[:200],
                "text": message.text[:MAX_TEXT],
                "posted": message.posted.isoformat() if message.posted else None,
                "ours": is_ours,
            }
        )
    answered = one.closed or waiting is None
    return Talk(
        one.id, one.title[:300], one.subject_id, one.page, one.closed, answered,
        None if answered else waiting, tuple(messages[-MAX_MESSAGES:]),
    )  # fmt: skip


@dataclass(frozen=True)
class Alarm:
    """A fact that the ATD is told of, once.

    :ivar key: it is told again only if it ended and came back
    """

    key: str
    kind: AlarmKind
    detail: Mapping[str, Any] = field(default_factory=dict)


def find_alarms(
    source: Source | None,
    job: Job | None,
    failed: Sequence[Item],
    holdings: Iterable[Holding],
    talks: Iterable[Talk],
    now: datetime.datetime,
) -> list[Alarm]:
    """Return what the ATD must know about a collectivité."""
    alarms = []
    if source is not None and source.state == "refused":
        detail = {"comment": source.comment}
        alarms.append(Alarm(f"refused:{source.id}", "refused", detail))
    if source is not None and job is not None and job.status == "failed":
        said = {"errors": list(job.errors[:3])}
        alarms.append(Alarm(f"failing:{source.id}", "failing", said))
    elif source is not None and failed:
        counted = {"count": len(failed), "errors": _first_errors(failed)}
        alarms.append(Alarm(f"items:{source.id}", "items", counted))
    for one in holdings:
        if one.held is Held.LEAVING and one.dataset is not None:
            key = f"leaving:{one.dataset.id}"
            about = {"title": one.title, "page": one.dataset.page}
            alarms.append(Alarm(key, "leaving", about))
    for talk in talks:
        waited = talk.waiting_since and now - talk.waiting_since
        if waited and waited >= UNANSWERED_AFTER:
            assert talk.waiting_since is not None
            since = talk.waiting_since.isoformat()
            words = {"title": talk.title, "page": talk.page, "since": since}
            alarms.append(Alarm(f"unanswered:{talk.id}:{since}", "unanswered", words))
    return alarms


def _first_errors(failed: Sequence[Item]) -> list[str]:
    said = [error for item in failed for error in item.errors]
    return list(dict.fromkeys(said))[:3]
