"""What the pages and commands read of the outbox, in a query or two each."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.odlocale.datagouv.outbox_model import (
    DATASET,
    Outbox,
    PushChoice,
    Pushed,
)
from ckanext.odlocale.territory.tables import Collectivity, PerimeterMember

_TEXTS = sa.ARRAY(sa.Text)
#: What may be asked for: all, what waits, what failed, what a hand changed there.
WHATS: Final = ("all", "waiting", "failed", "held")


def within(perimeters: Collection[str] | None) -> list[Any]:
    """The clauses of a query on ``Collectivity``; all of the portal for none."""
    if perimeters is None:
        return []
    covered = sa.select(PerimeterMember.siren).where(
        PerimeterMember.atd_siren == sa.any_(sa.literal(list(perimeters), _TEXTS))
    )
    return [Collectivity.siren.in_(covered)]


def summarize(perimeters: Collection[str] | None) -> dict[str, Any]:
    """Return how much is due, since when, and what waits for somebody.

    :returns: ``sent`` (datasets there), ``waiting``, ``oldest`` (ISO 8601 or none),
        ``failed``, ``held``
    """
    waiting = Outbox.key.is_not(None)
    row = model.Session.execute(
        _joined(
            sa.func.count().filter(Pushed.remote_id.is_not(None)),
            sa.func.count().filter(waiting),
            sa.func.min(Outbox.created_at),
            sa.func.count().filter(Outbox.last_error.is_not(None)),
            sa.func.count().filter(Pushed.held != {}),
        ).where(*within(perimeters))
    ).one()
    names = ("sent", "waiting", "oldest", "failed", "held")
    found = dict(zip(names, row, strict=True))
    return {**found, "oldest": _text(found["oldest"])}


def list_sent(
    perimeters: Collection[str] | None, what: str, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Return datasets that go by sending: those that wait for somebody first."""
    tests = {
        "all": sa.true(),
        "waiting": Outbox.key.is_not(None),
        "failed": Outbox.last_error.is_not(None),
        "held": Pushed.held != {},
    }
    clauses = [*within(perimeters), tests[what]]
    total = model.Session.scalar(_joined(sa.func.count()).where(*clauses))
    rows = model.Session.execute(
        _joined(Pushed, Outbox, Collectivity.name, Collectivity.insee)
        .where(*clauses)
        .order_by(
            (Pushed.held == {}),
            Outbox.last_error.is_(None),
            Outbox.created_at,
            Pushed.siren,
            Pushed.package_id,
        )
        .limit(limit)
        .offset(offset)
    ).all()
    return int(total or 0), [_describe(*row) for row in rows]


def list_pending(siren: str, limit: int = 100) -> list[dict[str, Any]]:
    """Return the datasets of one collectivité that wait to be sent, or for a person."""
    rows = model.Session.execute(
        _joined(Pushed, Outbox, Collectivity.name, Collectivity.insee)
        .where(
            Pushed.siren == siren,
            Outbox.key.is_not(None) | (Pushed.held != {}),
        )
        .order_by(Pushed.title, Pushed.package_id)
        .limit(limit)
    ).all()
    return [_describe(*row) for row in rows]


def _joined(*columns: Any) -> Any:
    return (
        sa.select(*columns)
        .select_from(Pushed)
        .outerjoin(
            Outbox, (Outbox.topic == DATASET) & (Outbox.key == Pushed.package_id)
        )
        .outerjoin(Collectivity, Collectivity.siren == Pushed.siren)
    )


def _describe(
    pushed: Pushed, message: Outbox | None, name: str | None, insee: str | None
) -> dict[str, Any]:
    return {
        "id": pushed.package_id,
        "title": pushed.title,
        "siren": pushed.siren,
        "code": insee or pushed.siren,
        "name": name or "",
        "status": pushed.status,
        "page": pushed.page,
        "pushed_at": _text(pushed.pushed_at),
        "checked_at": _text(pushed.checked_at),
        "waiting_since": _text(message.created_at) if message else None,
        "attempts": message.attempts if message else 0,
        "next_try": _text(message.next_try) if message else None,
        "why": message.last_error if message else None,
        "said": message.last_said if message else "",
        "held": describe_held(pushed.held),
        "seen": digest_of(pushed.held),
        "kept": list(pushed.kept),
    }


def describe_held(held: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """Return what a hand changed there, path by path."""
    return [
        {"path": path, "was": was, "is": is_now}
        for path, (was, is_now) in sorted(held.items())
    ]


def digest_of(held: Mapping[str, list[Any]]) -> str:
    """Name what a person was shown: what changed since is not decided unseen."""
    if not held:
        return ""
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()[:16]


def list_places(
    perimeters: Collection[str] | None, words: str, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Return collectivités and whether their data are sent, by name."""
    clauses = [
        *within(perimeters),
        Collectivity.status == "active",
        Collectivity.org_id.is_not(None),
    ]
    if words:
        asked = f"%{words.replace('%', '').replace('_', ' ')}%"
        clauses.append(Collectivity.name.ilike(asked) | (Collectivity.insee == words))
    count = sa.select(sa.func.count()).select_from(Collectivity).where(*clauses)
    rows = model.Session.execute(
        sa.select(
            Collectivity.siren,
            sa.func.coalesce(Collectivity.insee, Collectivity.siren),
            Collectivity.name,
            PushChoice.since,
        )
        .outerjoin(PushChoice, PushChoice.siren == Collectivity.siren)
        .where(*clauses)
        .order_by(Collectivity.name, Collectivity.siren)
        .limit(limit)
        .offset(offset)
    ).all()
    names = ("siren", "code", "name", "since")
    listed = [dict(zip(names, row, strict=True)) for row in rows]
    for one in listed:
        one["since"] = _text(one["since"])
    return int(model.Session.scalar(count) or 0), listed


def choose(sirens: Collection[str], *, send: bool) -> int:
    """Have the data of collectivités sent, or harvested, without committing.

    :returns: for how many this is new
    """
    if send:
        done = model.Session.execute(
            insert(PushChoice)
            .values([{"siren": siren} for siren in sorted(sirens)])
            .on_conflict_do_nothing()
            .returning(PushChoice.siren)
        )
    else:
        done = model.Session.execute(
            sa.delete(PushChoice)
            .where(PushChoice.siren == sa.any_(sa.literal(list(sirens), _TEXTS)))
            .returning(PushChoice.siren)
        )
    return len(done.all())


def try_again(package_id: str, now: datetime.datetime) -> bool:
    """Have a message tried at once, without committing; tell whether there is one."""
    done = model.Session.execute(
        sa.update(Outbox)
        .where(Outbox.topic == DATASET, Outbox.key == package_id)
        .values(next_try=now, attempts=0)
        .returning(Outbox.key)
    )
    return done.first() is not None


def _text(moment: datetime.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
