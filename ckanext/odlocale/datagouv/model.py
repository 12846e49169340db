"""The stored fragments, and what the feeds read of CKAN's tables.

``package_owner_org_update``, a purge, a bulk plan of the territory change datasets and
organisations without telling any plugin. So a fragment is never served on its own word:
each page is read from CKAN's ``package`` table, and a fragment counts only if it tells
of the dataset as it is now, and of its organisation as it is now.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.datagouv import fragment
from ckanext.odlocale.datagouv.cleaning import clean_email, clean_line, clean_url
from ckanext.odlocale.datagouv.description import Portal, Publisher
from ckanext.odlocale.datagouv.geometry import coverage_of
from ckanext.odlocale.datagouv.outbox_model import is_sent_from_here
from ckanext.odlocale.datagouv.registration_model import Registration
from ckanext.odlocale.territory import transfers
from ckanext.odlocale.territory.identifiers import is_siret
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Collectivity
from ckanext.odlocale.territory.target_store import published_elsewhere

UTC = datetime.timezone.utc


class Fragment(tk.BaseModel):  # type: ignore[misc]
    """The triples of one public dataset, ready to be served.

    :ivar order_key: the dataset's place in its feed, for those who read the table
    :ivar catalogue_row: the dataset as a line of ``scdl/catalogue``
    :ivar stamp: from :func:`fragment.stamp_of`: of what profile, portal and publisher
        the triples tell
    :ivar updated_at: of which change of the dataset they tell: its
        ``metadata_modified``
    """

    __tablename__ = "odlocale_fragment"

    package_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    org_id: Mapped[str] = mapped_column(sa.Text)
    order_key: Mapped[str] = mapped_column(sa.Text)
    stamp: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.Text)
    ntriples: Mapped[str] = mapped_column(sa.Text)
    catalogue_row: Mapped[str] = mapped_column(sa.Text, server_default="")
    updated_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True))


@dataclass(frozen=True)
class Row:
    """A public dataset, and what is known of its fragment."""

    package_id: str
    org_id: str
    created: datetime.datetime
    modified: datetime.datetime
    fragment_org: str | None
    fragment_stamp: str | None
    fragment_told: datetime.datetime | None
    sha256: str | None

    @property
    def order_key(self) -> str:
        """The dataset's place in its feed."""
        return fragment.order_key(self.package_id, self.created)

    def is_fresh(self, stamp: str) -> bool:
        """Tell whether the fragment tells of this dataset as it is now."""
        return (self.fragment_org, self.fragment_stamp, self.fragment_told) == (
            self.org_id,
            stamp,
            self.modified,
        )


def in_utc(moment: datetime.datetime) -> datetime.datetime:
    """CKAN's moments have no time zone and are UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def is_public(package: model.Package) -> bool:
    """Tell whether anybody may read this dataset, and a feed may hold it."""
    organisation = package.owner_org and model.Group.get(package.owner_org)
    return bool(
        package.state == "active"
        and not package.private
        and package.type == "dataset"
        and organisation
        and organisation.state == "active"
    )


@dataclass(frozen=True)
class Scope:
    """Which datasets a feed holds.

    :ivar org_id: those of one organisation; all those of the portal where it is none
    :ivar siren: whose feed it is: of the organisation's datasets, those that stay in
        a former commune's feed for now are left out
    :ivar waiting: datasets of other organisations that stay in this feed for now
    :ivar epci: those of an EPCI and of its communes, by its SIREN
    :ivar fed: leave out what its owner publishes in another place than this portal:
        whoever reads both would have it twice
    """

    org_id: str | None = None
    siren: str | None = None
    waiting: tuple[str, ...] = ()
    epci: str | None = None
    fed: bool = False

    def owned(self) -> list[Any]:
        """Tell, in a query, which datasets are in it, whatever their state."""
        package = model.Package
        clauses: list[Any] = []
        if self.org_id is not None:
            own: Any = package.owner_org == self.org_id
            if self.siren is not None:
                own = sa.and_(own, sa.not_(transfers.waits_elsewhere(self.siren)))
            if self.waiting:
                own = sa.or_(own, package.id.in_(self.waiting))
            clauses.append(own)
        if self.epci is not None:
            place = Collectivity
            within = (place.epci_siren == self.epci) | (place.siren == self.epci)
            clauses.append(
                package.owner_org.in_(
                    sa.select(place.org_id).where(within, place.org_id.is_not(None))
                )
            )
        if self.fed:
            clauses.append(sa.not_(published_elsewhere()))
            # What is sent to data.gouv.fr must not be harvested there too. Those sent
            # because they belong there were left out just above.
            clauses.append(sa.not_(is_sent_from_here()))
        return clauses


def _public(scope: Scope) -> sa.ColumnElement[bool]:
    package, group = model.Package, model.Group
    return sa.and_(
        package.state == "active",
        sa.not_(package.private),
        package.type == "dataset",
        group.state == "active",
        *scope.owned(),
    )


def read_rows(
    scope: Scope, after: tuple[datetime.datetime, str] | None, limit: int
) -> list[Row]:
    """Read public datasets, in the order of the feed.

    :param after: the creation date and id of the last dataset already read.
    """
    package, group = model.Package, model.Group
    query = (
        sa.select(
            package.id,
            package.owner_org,
            package.metadata_created,
            package.metadata_modified,
            Fragment.org_id,
            Fragment.stamp,
            Fragment.updated_at,
            Fragment.sha256,
        )
        .join(group, group.id == package.owner_org)
        .outerjoin(Fragment, Fragment.package_id == package.id)
        .where(_public(scope))
        .order_by(package.metadata_created, package.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(
            sa.tuple_(package.metadata_created, package.id)
            > sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
        )
    return [
        Row(row[0], row[1], row[2], in_utc(row[3]), *row[4:])
        for row in model.Session.execute(query)
    ]


def count_public(scope: Scope) -> int:
    """Count the datasets of a feed."""
    query = (
        sa.select(sa.func.count())
        .select_from(model.Package)
        .join(model.Group, model.Group.id == model.Package.owner_org)
        .where(_public(scope))
    )
    return int(model.Session.execute(query).scalar_one())


def has_withdrawn(scope: Scope, answering: str | None = None) -> bool:
    """Tell whether there are datasets that are finished, and that this feed hides.

    :param answering: the organisation that answers for the feed today. Those that a
        merger took out of the feed count too.
    """
    package = model.Package
    query = sa.select(package.id).where(
        package.type == "dataset", package.state != "draft"
    )
    if scope.org_id is not None:
        left = package.id.in_(transfers.came_from(scope.siren or ""))
        query = query.where((package.owner_org == answering) | left)
    else:
        query = query.where(*dataclasses.replace(scope, fed=False).owned())
    return model.Session.execute(query.limit(1)).first() is not None


def read_ntriples(package_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Read fragments: (sha256, N-Triples) by dataset."""
    query = sa.select(Fragment.package_id, Fragment.sha256, Fragment.ntriples).where(
        Fragment.package_id.in_(package_ids)
    )
    return {row[0]: (row[1], row[2]) for row in model.Session.execute(query)}


def read_catalogue_rows(package_ids: Sequence[str]) -> dict[str, str]:
    """Read the lines of ``scdl/catalogue``, by dataset."""
    query = sa.select(Fragment.package_id, Fragment.catalogue_row).where(
        Fragment.package_id.in_(package_ids)
    )
    return {row[0]: row[1] for row in model.Session.execute(query)}


def store(
    package: model.Package,
    stamp: str,
    written: fragment.Fragment,
    seen: Row | None = None,
) -> None:
    """Keep a fragment, in the caller's transaction.

    :param seen: what a reader found out of date. The fragment is then kept only if
        nobody wrote another one in between, who knew a later state of the dataset.
    """
    values = {
        "package_id": package.id,
        "org_id": package.owner_org,
        "order_key": fragment.order_key(package.id, package.metadata_created),
        "stamp": stamp,
        "sha256": written.sha256,
        "ntriples": written.ntriples,
        "catalogue_row": written.row,
        "updated_at": in_utc(package.metadata_modified),
    }
    statement = insert(Fragment).values(values)
    key = [Fragment.package_id]
    if seen is None:
        statement = statement.on_conflict_do_update(index_elements=key, set_=values)
    elif seen.fragment_told is None:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    else:
        statement = statement.on_conflict_do_update(
            index_elements=key,
            set_=values,
            where=sa.and_(
                Fragment.org_id == seen.fragment_org,
                Fragment.stamp == seen.fragment_stamp,
                Fragment.updated_at == seen.fragment_told,
            ),
        )
    model.Session.execute(statement)


def fragment_owner(package_id: str) -> str | None:
    """Return the organisation that a dataset's fragment tells of."""
    query = sa.select(Fragment.org_id).where(Fragment.package_id == package_id)
    found: str | None = model.Session.execute(query).scalar_one_or_none()
    return found


def forget(package_id: str) -> None:
    """Drop a fragment, in the caller's transaction."""
    model.Session.execute(sa.delete(Fragment).where(Fragment.package_id == package_id))


def forget_orphans() -> int:
    """Drop the fragments of datasets that exist no longer, or are not public."""
    package, group = model.Package, model.Group
    public = (
        sa.select(package.id)
        .join(group, group.id == package.owner_org)
        .where(_public(Scope()))
    )
    result = model.Session.execute(
        sa.delete(Fragment).where(Fragment.package_id.not_in(public))
    )
    return int(getattr(result, "rowcount", 0))


def current_portal() -> Portal:
    """The portal, by its configuration: never by the address of a request."""
    return Portal(
        site_url=str(tk.config["ckan.site_url"]).rstrip("/"),
        title=str(tk.config.get("ckan.site_title") or ""),
        contact_email=tk.config.get("ckanext.odlocale.contact_email") or None,
    )


def read_publishers(org_ids: Iterable[str]) -> dict[str, Publisher]:
    """Read organisations and their territories, in one query."""
    group = model.Group
    query = (
        sa.select(
            group.id,
            group.name,
            group.title,
            group.extras,
            Collectivity.siren,
            Collectivity.contour,
            Collectivity.kind,
            Registration.siret,
        )
        .outerjoin(Collectivity, Collectivity.org_id == group.id)
        .outerjoin(Registration, Registration.siren == Collectivity.siren)
        .where(group.id.in_(list(org_ids)), group.is_organization.is_(True))
    )
    portal = current_portal()
    return {row[0]: _publisher(portal, *row) for row in model.Session.execute(query)}


def _full_name(siren: str | None, title: str | None) -> str | None:
    """The name as data.gouv.fr shows it: «Commune de Crach», not «Crach».

    A title that is not the register's own was chosen by somebody: it stays.
    """
    known = Register.load().by_siren(siren) if siren else None
    if known is None or title != known.name:
        return title
    return known.full_name or title


def _publisher(
    portal: Portal,
    org_id: str,
    name: str,
    title: str | None,
    extras: dict[str, str] | None,
    siren: str | None,
    contour: str | None,
    kind: str | None,
    confirmed: str | None,
) -> Publisher:
    said = extras or {}
    # What a person compared with a document comes before what was typed.
    siret = confirmed or (said.get("siret") or "").replace(" ", "")
    return Publisher(
        org_id=org_id,
        name=_full_name(siren, clean_line(title)) or name,
        slug=name,
        identifier=siret if is_siret(siret) else siren,
        contact_name=clean_line(said.get("contact_name")),
        email=clean_email(said.get("contact_email")),
        website=clean_url(said.get("website"), portal.site_url),
        coverage=coverage_of(contour),
        kind=kind,
    )
