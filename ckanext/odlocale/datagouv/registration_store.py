"""What is read and written of the tables of data.gouv.fr.

The rows of a plan are read by pages, in a few queries each, whatever their number.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.odlocale.datagouv import keys
from ckanext.odlocale.datagouv.model import UTC, current_portal, read_publishers
from ckanext.odlocale.datagouv.outbox_model import PushChoice
from ckanext.odlocale.datagouv.registering import state_of
from ckanext.odlocale.datagouv.registration_model import Registration
from ckanext.odlocale.datagouv.registration_rows import (
    Candidate,
    Found,
    HeldSource,
    Row,
    State,
)
from ckanext.odlocale.territory.tables import Collectivity, PerimeterMember, Target
from ckanext.odlocale.territory.targets import ALL_SCHEMAS

#: Collectivités read at a time.
BATCH: Final = 200
_TEXTS = sa.ARRAY(sa.Text)


@dataclass(frozen=True)
class Scope:
    """Which collectivités are meant.

    :ivar perimeters: SIREN of ATDs; all of the portal where it is none
    :ivar codes: INSEE codes or SIREN; all where it is none
    """

    perimeters: tuple[str, ...] | None = None
    codes: tuple[str, ...] | None = None

    def tests(self) -> list[Any]:
        """Return the clauses of a query on ``Collectivity``."""
        one = Collectivity
        tests: list[Any] = [one.status == "active", one.org_id.is_not(None)]
        if self.perimeters is not None:
            within = PerimeterMember.atd_siren == sa.any_(_array(self.perimeters))
            tests.append(one.siren.in_(sa.select(PerimeterMember.siren).where(within)))
        if self.codes is not None:
            codes = _array(self.codes)
            tests.append((one.siren == sa.any_(codes)) | (one.insee == sa.any_(codes)))
        return tests


def count(scope: Scope) -> int:
    """Return how many collectivités there are."""
    query = sa.select(sa.func.count()).select_from(Collectivity).where(*scope.tests())
    return int(model.Session.scalar(query) or 0)


def read_rows(scope: Scope) -> Iterator[Row]:
    """Read all that is known of each collectivité, by SIREN, a page at a time."""
    after = ""
    while True:
        query = (
            sa.select(Collectivity)
            .where(*scope.tests(), Collectivity.siren > after)
            .order_by(Collectivity.siren)
            .limit(BATCH)
        )
        places = list(model.Session.scalars(query))
        if not places:
            return
        after = places[-1].siren
        yield from rows_of(places)


def read_row(siren: str) -> Row | None:
    """Read all that is known of one collectivité."""
    place = model.Session.get(Collectivity, siren)
    if place is None or place.org_id is None:
        return None
    return rows_of([place])[0]


def rows_of(places: Sequence[Collectivity]) -> list[Row]:
    """Return rows of collectivités that have an organisation, in six queries."""
    sirens = [one.siren for one in places]
    org_ids = [str(one.org_id) for one in places]
    publishers = read_publishers(org_ids)
    kept = {
        one.siren: one
        for one in model.Session.scalars(
            sa.select(Registration).where(Registration.siren.in_(sirens))
        )
    }
    having = keys.places_of(sirens)
    counts, chosen, logos = _counts(org_ids), _targets(sirens), _logos(org_ids)
    site = current_portal().site_url
    rows = []
    for one in places:
        org_id = str(one.org_id)
        publisher = publishers.get(org_id)
        kind = "commune" if one.insee else "collectivite"
        rows.append(
            _row(
                Row(
                    siren=one.siren,
                    code=one.code,
                    kind=one.kind,
                    name=publisher.name if publisher else one.name,
                    short=one.name,
                    page=f"{site}/{kind}/{one.code}",
                    feed=f"{site}/catalogue/{one.code}.ttl",
                    has_key=one.siren in having,
                    datasets=counts.get(org_id, 0),
                    place=chosen.get(one.siren, "portal"),
                    website=(publisher.website or "") if publisher else "",
                    logo=logos.get(org_id, ""),
                ),
                kept.get(one.siren),
            )
        )
    return rows


def _row(row: Row, kept: Registration | None) -> Row:
    """Add what is kept of data.gouv.fr's answers."""
    if kept is None:
        return row
    values = dict(row.__dict__)
    values.update(
        siret=kept.siret,
        found=Found.from_dict(kept.found) if kept.found else None,
        decision=(kept.decision or {}).get("organization"),
        organization=(
            Candidate.from_dict(kept.organization) if kept.organization else None
        ),
        source=HeldSource.from_dict(kept.source) if kept.source else None,
        invited=kept.invited_at is not None,
    )
    return Row(**values)


def keep(siren: str, **values: Any) -> None:
    """Keep what was learned or decided of a collectivité, without committing."""
    values = {**values, "updated_at": sa.func.now()}
    model.Session.execute(
        insert(Registration)
        .values(siren=siren, **values)
        .on_conflict_do_update(index_elements=["siren"], set_=values)
    )


def keep_found(siren: str, found: Found) -> None:
    """Keep what a search answered, without committing."""
    keep(siren, found=found.to_dict(), found_at=_now(), problem=None)
    settle(siren)


def keep_organization(siren: str, one: Candidate) -> None:
    """Keep whose organisation a collectivité has there, without committing."""
    values = {"organization": one.to_dict(), "organization_id": one.id}
    keep(siren, **values, begun=None, problem=None)
    settle(siren)


def keep_source(siren: str, source: HeldSource) -> None:
    """Keep a collectivité's harvest source, without committing."""
    held = dict(source.__dict__)
    keep(siren, source=held, source_id=source.id, begun=None, problem=None)
    settle(siren)


def settle(siren: str) -> State | None:
    """Write down the state that follows from what is kept, without committing."""
    model.Session.expire_all()
    row = read_row(siren)
    if row is None:
        return None
    state = state_of(row)
    keep(siren, state=state.value)
    return state


def _counts(org_ids: Collection[str]) -> dict[str, int]:
    package = model.Package
    query = (
        sa.select(package.owner_org, sa.func.count())
        .where(
            package.owner_org.in_(org_ids),
            package.state == "active",
            package.private.is_(False),
            package.type == "dataset",
        )
        .group_by(package.owner_org)
    )
    return {org_id: int(number) for org_id, number in model.Session.execute(query)}


def _targets(sirens: Collection[str]) -> dict[str, str]:
    query = sa.select(Target.siren, Target.target).where(
        Target.siren.in_(sirens), Target.schema == ALL_SCHEMAS
    )
    found = dict(model.Session.execute(query).tuples().all())
    sent = sa.select(PushChoice.siren).where(PushChoice.siren.in_(sirens))
    for siren in model.Session.scalars(sent):
        # Sent by the portal: an organisation there, and nothing to harvest.
        if found.get(siren, "portal") == "portal":
            found[siren] = "datagouv"
    return found


def _logos(org_ids: Collection[str]) -> dict[str, str]:
    group = model.Group
    query = sa.select(group.id, group.image_url).where(group.id.in_(org_ids))
    return {org_id: url or "" for org_id, url in model.Session.execute(query)}


def _array(values: Collection[str]) -> Any:
    return sa.literal(list(values), type_=_TEXTS)


def _now() -> datetime.datetime:
    return datetime.datetime.now(UTC)
