"""Reading each day what data.gouv.fr holds, and keeping it.

Four calls or so for each collectivité that is registered, in a job: never on a request.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.odlocale.datagouv import registration_store as store
from ckanext.odlocale.datagouv.answers import Item, Job, Organization, Source
from ckanext.odlocale.datagouv.calling import Refused
from ckanext.odlocale.datagouv.client import Client
from ckanext.odlocale.datagouv.model import UTC, in_utc
from ckanext.odlocale.datagouv.outbox_model import Pushed, is_sent
from ckanext.odlocale.datagouv.read_back import (
    MAX_FAILED,
    Alarm,
    Holding,
    Published,
    Talk,
    compare,
    find_alarms,
    read_talk,
)
from ckanext.odlocale.datagouv.registration import Outcome, Tell, run_each
from ckanext.odlocale.datagouv.registration_model import (
    HeldAlarm,
    HeldDataset,
    HeldDiscussion,
)
from ckanext.odlocale.datagouv.registration_rows import (
    Candidate,
    HeldSource,
    Row,
    pick_source,
)
from ckanext.odlocale.territory.tables import Collectivity
from ckanext.odlocale.territory.target_store import published_elsewhere

#: What is not there any more.
GONE = (404, 410)
#: Harvests that went well, whatever became of some datasets.
_GOOD = ("done", "done-errors")
#: Values of ``held`` for what nobody finds there.
_NOT_THERE = ("archived", "absent", "gone_here")


@dataclass(frozen=True)
class _Read:
    """What was read of a collectivité."""

    organization: Organization
    source: Source | None
    job: Job | None
    failed: tuple[Item, ...]
    holdings: tuple[Holding, ...]
    talks: tuple[Talk, ...]
    titles: dict[str, str]


def read_all(scope: store.Scope, tell: Tell = lambda done, total: None) -> Outcome:
    """Read what data.gouv.fr holds of each registered collectivité. Commits each."""
    rows = [row for row in store.read_rows(scope) if row.organization and row.has_key]
    return run_each(rows, read_one, tell)


def read_one(client: Client, row: Row) -> str:
    """Read what data.gouv.fr holds of one collectivité, and keep it.

    :raises DatagouvError: nothing is kept then
    """
    now = datetime.datetime.now(UTC)
    assert row.organization is not None
    try:
        organization = client.organization(row.organization.id)
    except Refused as error:
        if error.status not in GONE:
            raise
        _forget(row.siren)
        return "forgotten"
    read = _ask(client, row, organization, now)
    alarms = find_alarms(
        read.source, read.job, read.failed, read.holdings, read.talks, now
    )
    _keep(row, read, alarms, now)
    return "read"


def _forget(siren: str) -> None:
    """Its organisation was deleted there: it is searched again."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("organization", "organization_id", "source", "source_id", "found", "found_at",
         "decision", "invited_at")
    )  # fmt: skip
    store.keep(siren, **nothing, failed=[], problem=None)
    for table in (HeldDataset, HeldDiscussion, HeldAlarm):
        _drop(table, siren)
    store.settle(siren)


def _ask(
    client: Client, row: Row, organization: Organization, now: datetime.datetime
) -> _Read:
    source = _source(client, row, organization)
    job = source.last_job if source is not None else None
    failed: tuple[Item, ...] = ()
    if source is not None and job is not None:
        if job.status == "failed":
            # Its errors are not told with the source.
            jobs = client.jobs(source.id, 1).items
            job = jobs[0] if jobs else job
        else:
            failed = _failed(client, job)
    last = job.ended if job is not None and job.status in _GOOD else None
    there = list(client.datasets(organization.id))
    holdings = compare(
        published_by(row.siren),
        there,
        now=now,
        last_harvest=last,
        is_read=source is not None and source.state == "accepted",
        source_id=source.id if source is not None else "",
    )
    talks = [
        read_talk(one, organization.id, organization.members)
        for one in client.discussions(organization_id=organization.id)
    ]
    titles = {one.id: one.title for one in there}
    return _Read(
        organization, source, job, failed, tuple(holdings), tuple(talks), titles
    )


def _source(client: Client, row: Row, organization: Organization) -> Source | None:
    if row.source is not None:
        try:
            return client.source(row.source.id)
        except Refused as error:
            if error.status not in GONE:
                raise
    sources = client.sources(organization.id).items
    held = pick_source(sources, row)
    return next((one for one in sources if held and one.id == held.id), None)


def _failed(client: Client, job: Job) -> tuple[Item, ...]:
    found: list[Item] = []
    for status in ("failed", "skipped"):
        if job.by_status.get(status):
            for item in client.items(job.id, status):
                found.append(item)
                if len(found) >= MAX_FAILED:
                    return tuple(found)
    return tuple(found)


def published_by(siren: str) -> list[Published]:
    """Return the public datasets of a collectivité that data.gouv.fr is to show.

    Not those that it publishes in another place: nobody is to miss them there.
    """
    row = Collectivity
    package = model.Package
    query = (
        sa.select(
            package.id,
            package.title,
            package.name,
            package.metadata_modified,
            sa.func.coalesce(Pushed.remote_id, ""),
        )
        .join(row, row.org_id == package.owner_org)
        .outerjoin(Pushed, Pushed.package_id == package.id)
        .where(
            row.siren == siren,
            package.state == "active",
            package.private.is_(False),
            package.type == "dataset",
            sa.or_(sa.not_(published_elsewhere()), is_sent()),
        )
        .order_by(package.metadata_created, package.id)
    )
    return [
        Published(key, title or name, in_utc(changed), known_as)
        for key, title, name, changed, known_as in model.Session.execute(query)
    ]


def _keep(
    row: Row, read: _Read, alarms: Sequence[Alarm], now: datetime.datetime
) -> None:
    by = row.organization.by if row.organization is not None else "name"
    held = Candidate.of(read.organization, by)
    titles = {one.package_id: one.title for one in read.holdings}
    values: dict[str, Any] = {
        "organization": held.to_dict(),
        "read_at": now,
        "problem": None,
        "failed": [
            {
                "remote_id": item.remote_id,
                "title": titles.get(item.remote_id, ""),
                "status": item.status,
                "errors": list(item.errors),
            }
            for item in read.failed
        ],
    }
    if read.source is not None and not read.source.deleted:
        kept = dict(HeldSource.of(read.source).__dict__)
        values["source"] = {**kept, "last_job": _job(read.job)}
        values["source_id"] = read.source.id
    elif row.source is not None:
        values["source"] = values["source_id"] = None
    if held.ours:
        values["invited_at"] = None
    store.keep(row.siren, **values)
    _keep_datasets(row.siren, read.holdings)
    _keep_talks(row.siren, read)
    _keep_alarms(row.siren, alarms)
    store.settle(row.siren)


def _job(job: Job | None) -> dict[str, Any] | None:
    if job is None:
        return None
    moments = {
        name: value.isoformat() if value else None
        for name, value in (("created", job.created), ("ended", job.ended))
    }
    return {**asdict(replace(job, created=None, ended=None)), **moments}


def _keep_datasets(siren: str, holdings: Iterable[Holding]) -> None:
    _replace(
        HeldDataset,
        "package_id",
        siren,
        [
            {
                "package_id": one.package_id,
                "siren": siren,
                "title": one.title,
                "held": one.held.value,
                **_facts(one),
            }
            for one in holdings
        ],
    )
    row = HeldDataset
    is_there = row.dataset_id.is_not(None) & row.held.not_in(_NOT_THERE)
    first = sa.func.coalesce(row.since, sa.func.current_date())
    model.Session.execute(
        sa.update(row)
        .where(row.siren == siren)
        .values(since=sa.case((is_there, first)))
        .execution_options(synchronize_session=False)
    )


def _facts(one: Holding) -> dict[str, Any]:
    found = one.dataset
    if found is None:
        return {
            "dataset_id": None, "page": "", "seen_at": None, "score": None,
            "missing": [], "downloads": 0, "reuses": 0, "discussions": 0,
        }  # fmt: skip
    return {
        "dataset_id": found.id,
        "page": found.page,
        "seen_at": found.harvested or found.modified,
        "score": found.score,
        "missing": list(found.missing),
        "downloads": found.downloads,
        "reuses": found.reuses,
        "discussions": found.discussions,
    }


def _keep_talks(siren: str, read: _Read) -> None:
    ours = {
        one.dataset.id: one.package_id
        for one in read.holdings
        if one.dataset is not None
    }
    _replace(
        HeldDiscussion,
        "id",
        siren,
        [
            {
                "id": talk.id,
                "siren": siren,
                # Nothing where it is about data that came from elsewhere.
                "package_id": ours.get(talk.dataset_id),
                "dataset_title": read.titles[talk.dataset_id],
                "title": talk.title,
                "page": talk.page,
                "answered": talk.answered,
                "closed": talk.closed,
                "waiting_since": talk.waiting_since,
                "messages": list(talk.messages),
            }
            for talk in read.talks
            if talk.dataset_id in read.titles
        ],
    )


def _keep_alarms(siren: str, alarms: Sequence[Alarm]) -> None:
    """Facts that ended are forgotten; those that last keep when they were told."""
    _drop(HeldAlarm, siren, [one.key for one in alarms], "key")
    for one in alarms:
        values = {"kind": one.kind, "detail": dict(one.detail)}
        model.Session.execute(
            insert(HeldAlarm)
            .values(key=one.key, siren=siren, **values)
            .on_conflict_do_update(index_elements=["key"], set_=values)
        )


def _drop(table: Any, siren: str, but: Sequence[str] = (), key: str = "") -> None:
    """Take away the lines of a collectivité, but some."""
    dropped = sa.delete(table).where(table.siren == siren)
    if but:
        dropped = dropped.where(getattr(table, key).not_in(but))
    model.Session.execute(dropped.execution_options(synchronize_session=False))


def _replace(table: Any, key: str, siren: str, rows: list[dict[str, Any]]) -> None:
    """Make a table hold exactly these lines of a collectivité."""
    _drop(table, siren, [row[key] for row in rows], key)
    for row in rows:
        values = {**row, "read_at": sa.func.now()}
        model.Session.execute(
            insert(table)
            .values(**values)
            .on_conflict_do_update(index_elements=[key], set_=values)
        )
