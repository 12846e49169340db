"""Datasets that a merger moved, and whether data.gouv.fr knows of it.

data.gouv.fr refuses a dataset that its source's owner does not own («Item has another
owner»). So a dataset stays in the feed of the collectivité that it came from until a
person has had it transferred there and says so here.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert as upsert

from ckanext.odlocale.territory.tables import (
    Collectivity,
    PerimeterMember,
    Reindex,
    Transfer,
)

_T = Transfer.__table__
_P = model.Package.__table__
_PENDING = _T.c.accepted_at.is_(None)

#: The least that makes what the search engine keeps of a dataset out of date. Its
#: data did not change: a reader must not be told of a later day.
OUTDATES = datetime.timedelta(milliseconds=10)


@dataclass(frozen=True)
class Filters:
    """Which transfers.

    :ivar atds: SIREN of the ATDs one of which must cover the heir; all where none.
    :ivar from_siren: of the former collectivité.
    :ivar to_siren: of the one that took it in.
    :ivar package_ids: of these datasets only.
    :ivar pending: only those that wait.
    :ivar public: only datasets that a feed may hold today.
    """

    atds: Collection[str] | None = None
    from_siren: str | None = None
    to_siren: str | None = None
    package_ids: Collection[str] | None = None
    pending: bool = True
    public: bool = False


def move_datasets(
    former_org_id: str, heir_org_id: str, former_siren: str, heir_siren: str
) -> int:
    """Give an organisation's datasets to another, without committing.

    Those that data.gouv.fr may hold wait for their transfer there: the public ones,
    and those deleted since, which the desk may put online again. One that waits
    already, from an earlier merger, goes on waiting where it is.

    Core's own way costs a call for each dataset, and tells no plugin either.

    :returns: how many datasets moved.
    """
    session = model.Session
    _hold_both(former_siren, heir_siren)
    public = sa.and_(
        _P.c.owner_org == former_org_id,
        _P.c.type == "dataset",
        _P.c.private.is_(False),
        _P.c.state.in_(("active", "deleted")),
    )
    columns = ["package_id", "from_siren", "to_siren"]
    waiting = upsert(_T).from_select(
        columns,
        sa.select(_P.c.id, sa.literal(former_siren), sa.literal(heir_siren)).where(
            public
        ),
    )
    kept = {
        name: sa.case((_PENDING, _T.c[name]), else_=waiting.excluded[name])
        for name in ("from_siren", "since")
    }
    session.execute(
        waiting.on_conflict_do_update(
            index_elements=["package_id"],
            set_={**kept, "to_siren": heir_siren, "accepted_at": None},
        )
    )
    # Private for now: they wait where they were too.
    session.execute(
        sa.update(_T)
        .where(_PENDING, _T.c.to_siren == former_siren)
        .values(to_siren=heir_siren)
    )
    # Back where data.gouv.fr believes that they are.
    session.execute(sa.delete(_T).where(_PENDING, _T.c.from_siren == _T.c.to_siren))
    moved = session.execute(
        sa.update(_P)
        .where(_P.c.owner_org == former_org_id)
        .values(
            owner_org=heir_org_id,
            # Core reads a dataset from the search engine as long as both tell of the
            # same moment to the hundredth: an edit before the reindexing would write
            # the former owner back.
            metadata_modified=_P.c.metadata_modified + OUTDATES,
        )
    )
    session.expire_all()
    return int(getattr(moved, "rowcount", 0))


def wait_for(package_id: str, former_siren: str, heir_siren: str) -> None:
    """Let one dataset that changed hands wait where data.gouv.fr believes that it is,
    without committing.

    One that waits already goes on waiting where it is; one that is back waits no more.
    """
    session = model.Session
    moved = upsert(_T).values(
        package_id=package_id, from_siren=former_siren, to_siren=heir_siren
    )
    kept = {
        name: sa.case((_PENDING, _T.c[name]), else_=moved.excluded[name])
        for name in ("from_siren", "since")
    }
    session.execute(
        moved.on_conflict_do_update(
            index_elements=["package_id"],
            set_={**kept, "to_siren": heir_siren, "accepted_at": None},
            # Once accepted, it is there.
            where=_PENDING | (_T.c.to_siren != heir_siren),
        )
    )
    session.execute(
        sa.delete(_T).where(
            _PENDING, _T.c.package_id == package_id, _T.c.from_siren == _T.c.to_siren
        )
    )


def give_back(org_id: str, siren: str) -> int:
    """Give a commune that exists again the datasets that its merger moved.

    One that data.gouv.fr never transferred is back where it believes it to be; one
    that it did waits in the heir's feed for its transfer back.

    :param org_id: the organisation of the commune.
    :returns: how many datasets moved.
    """
    session = model.Session
    moved = session.execute(
        sa.update(_P)
        .where(_P.c.id.in_(came_from(siren)))
        .values(owner_org=org_id, metadata_modified=_P.c.metadata_modified + OUTDATES)
    )
    session.execute(sa.delete(_T).where(_T.c.from_siren == siren, _PENDING))
    session.execute(
        sa.update(_T)
        .where(_T.c.from_siren == siren)
        .values(
            from_siren=_T.c.to_siren,
            to_siren=siren,
            accepted_at=None,
            since=sa.func.now(),
        )
    )
    session.execute(
        upsert(Reindex.__table__).values(org_id=org_id).on_conflict_do_nothing()
    )
    session.expire_all()
    return int(getattr(moved, "rowcount", 0))


def _hold_both(*sirens: str) -> None:
    """Make publications in progress end first, and others see the merger.

    See :func:`heirs.hold`.
    """
    row = Collectivity.__table__
    model.Session.execute(
        sa.select(row.c.siren)
        .where(row.c.siren.in_(sirens))
        .order_by(row.c.siren)
        .with_for_update()
    )


def change_siren(before: str, after: str) -> None:
    """Let the transfers of a collectivité follow its new SIREN."""
    for column in (_T.c.from_siren, _T.c.to_siren):
        model.Session.execute(
            sa.update(_T).where(column == before).values({column.name: after})
        )


def waiting_in(siren: str) -> list[str]:
    """Return the datasets that stay in a former collectivité's feed for now."""
    query = sa.select(_T.c.package_id).where(_T.c.from_siren == siren, _PENDING)
    return list(model.Session.scalars(query))


def came_from(siren: str) -> sa.Select[tuple[str]]:
    """Return, for a query, the datasets that mergers took from a collectivité."""
    return sa.select(_T.c.package_id).where(_T.c.from_siren == siren)


def waits_elsewhere(siren: str) -> sa.ColumnElement[bool]:
    """Tell, in a query on datasets, which stay in another collectivité's feed."""
    return sa.exists().where(
        _T.c.package_id == model.Package.id, _PENDING, _T.c.from_siren != siren
    )


def find_transfers(
    filters: Filters, limit: int | None = None, offset: int = 0
) -> tuple[int, list[Mapping[Any, Any]]]:
    """Return transfers, the oldest first, and how many there are in all.

    Two queries. A dataset that was purged since has no transfer any more.
    """
    former = Collectivity.__table__.alias("former")
    heir = Collectivity.__table__.alias("heir")
    base = (
        sa.select(
            _T,
            _P.c.name,
            _P.c.title,
            former.c.name.label("from_name"),
            sa.func.coalesce(former.c.insee, _T.c.from_siren).label("from_code"),
            heir.c.name.label("to_name"),
            sa.func.coalesce(heir.c.insee, _T.c.to_siren).label("to_code"),
        )
        .join(_P, _P.c.id == _T.c.package_id)
        .outerjoin(former, former.c.siren == _T.c.from_siren)
        .outerjoin(heir, heir.c.siren == _T.c.to_siren)
        .where(*_clauses(filters))
    )
    count = sa.select(sa.func.count()).select_from(base.subquery())
    page = base.order_by(_T.c.since, _P.c.name, _T.c.package_id)
    page = page.limit(limit).offset(offset)
    total = int(model.Session.execute(count).scalar_one())
    return total, list(model.Session.execute(page).mappings())


def _clauses(filters: Filters) -> list[Any]:
    clauses: list[Any] = []
    if filters.pending:
        clauses.append(_PENDING)
    if filters.public:
        clauses += [_P.c.state == "active", _P.c.private.is_(False)]
    if filters.from_siren is not None:
        clauses.append(_T.c.from_siren == filters.from_siren)
    if filters.to_siren is not None:
        clauses.append(_T.c.to_siren == filters.to_siren)
    if filters.package_ids is not None:
        ids = list(filters.package_ids)
        clauses.append(_T.c.package_id.in_(ids) | _P.c.name.in_(ids))
    if filters.atds is not None:
        covered = sa.select(PerimeterMember.siren).where(
            PerimeterMember.atd_siren.in_(list(filters.atds))
        )
        clauses.append(_T.c.to_siren.in_(covered))
    return clauses


def accept(package_ids: Collection[str], moment: datetime.datetime) -> int:
    """Note that data.gouv.fr took the change of owner, without committing.

    :returns: how many waited.
    """
    done = model.Session.execute(
        sa.update(_T)
        .where(_T.c.package_id.in_(list(package_ids)), _PENDING)
        .values(accepted_at=moment)
    )
    return int(getattr(done, "rowcount", 0))
