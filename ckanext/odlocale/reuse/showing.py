"""What a collectivité has online, for those who show it elsewhere."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.french import format_date
from ckanext.odlocale.people.letters import absolute
from ckanext.odlocale.publishing import wording
from ckanext.odlocale.publishing.dataset import release_path
from ckanext.odlocale.publishing.expecting import gather_known
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.release import absolute as absolute_path
from ckanext.odlocale.publishing.screens import describe_all
from ckanext.odlocale.reuse.embeds import Entry, File, Item
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

#: Releases and documents that the feed lists, and documents that the block does.
MAX_ENTRIES = 50


def _online(
    place: Collectivity, states: tuple[str, ...]
) -> sa.Select[tuple[Deposit, str]]:
    """Deposits of public datasets, and the code of their address.

    A commune that merged shows what is in its name; its heir shows all that it holds.
    """
    whose = (
        Deposit.org_id == place.org_id
        if place.status == "active"
        else Deposit.siren == place.siren
    )
    code = sa.func.coalesce(Collectivity.insee, Collectivity.siren)
    return (
        sa.select(Deposit, code)
        .join(model.Package, model.Package.id == Deposit.package_id)
        .join(Collectivity, Collectivity.siren == Deposit.siren)
        .where(
            whose,
            Deposit.state.in_(states),
            model.Package.state == "active",
            model.Package.private.is_(False),
        )
        .options(sa.orm.defer(Deposit.report))
        .order_by(Deposit.published_at.desc(), Deposit.id)
    )


@dataclass(frozen=True)
class Document:
    """What a collectivité has online that follows no model.

    :ivar files: name, address, format and type of each file or address
    """

    id: str
    name: str
    title: str
    changed_at: datetime.datetime
    files: tuple[tuple[str, str, str, str], ...]


def _documents(place: Collectivity) -> sa.Select[Any]:
    """Public datasets that follow no model. Those of a commune that merged are its
    heir's: they are in nobody else's name."""
    package = model.Package
    return sa.select(package.id).where(
        package.owner_org == place.org_id if place.status == "active" else sa.false(),
        package.state == "active",
        package.private.is_(False),
        package.type == "dataset",
        sa.func.coalesce(package.extras["scdl_schema"].astext, "") == "",
    )


def count_documents(place: Collectivity) -> int:
    """Return how much a collectivité has online that follows no model."""
    query = sa.select(sa.func.count()).select_from(_documents(place).subquery())
    return int(model.Session.scalar(query) or 0)


def documents_of(place: Collectivity) -> list[Document]:
    """Return what a collectivité has online that follows no model, the latest first."""
    package, resource = model.Package, model.Resource
    named = model.Session.execute(
        sa.select(package.id, package.name, package.title, package.metadata_modified)
        .where(package.id.in_(_documents(place)))
        .order_by(package.metadata_modified.desc(), package.id)
        .limit(MAX_ENTRIES)
    ).all()
    files: dict[str, list[tuple[str, str, str, str]]] = {}
    listed = sa.select(resource).where(
        resource.package_id.in_([one.id for one in named]), resource.state == "active"
    )
    for one in model.Session.scalars(listed.order_by(resource.position)):
        url = _address_of(one)
        if url:
            said = (one.name or "", url, one.format or "", one.mimetype or "")
            files.setdefault(one.package_id, []).append(said)
    return [
        Document(
            one.id,
            one.name,
            one.title or one.name,
            # CKAN keeps this moment without its time zone, which is UTC.
            one.metadata_modified.replace(tzinfo=datetime.timezone.utc),
            tuple(files.get(one.id, ())),
        )
        for one in named
    ]


def _address_of(resource: model.Resource) -> str:
    """Return where a file is; nothing for an address that runs a program."""
    if resource.url_type != "upload":
        return str(tk.h.odlocale_link(resource.url))
    where = {"id": resource.package_id, "resource_id": resource.id}
    return absolute("dataset_resource.download", filename=resource.url, **where)


def _item_of(one: Document) -> Item:
    when = tk._("Updated on {date}").format(date=format_date(one.changed_at))
    files = tuple(File(name, url, form) for name, url, form, _ in one.files)
    return Item(one.title, absolute("dataset.read", id=one.name), str(when), files)


def _entry_of(one: Document) -> Entry:
    _, url, _, media_type = one.files[0] if one.files else ("", "", "", "")
    page = absolute("dataset.read", id=one.name)
    return Entry(one.id, one.title, page, url, one.changed_at, media_type)


def items_of(place: Collectivity, schema: str | None = None) -> list[Item]:
    """Return what a collectivité has online, in the catalogue's order.

    What follows no model comes after, the latest first.

    :param schema: slug; only that data
    """
    catalogue = load_catalogue()
    found: dict[str, list[tuple[Any, str]]] = {}
    for deposit, code in model.Session.execute(_online(place, ("published",))):
        if schema in (None, deposit.schema):
            found.setdefault(str(deposit.schema), []).append((deposit, code))
    items = []
    for one in catalogue:
        releases = found.get(one.slug)
        if not releases:
            continue
        last, _ = releases[0]
        day = format_date(last.published_at)
        files = tuple(
            File(
                wording.name_release(one, deposit.key),
                absolute_path(release_path(code, one.slug, deposit.key)),
            )
            for deposit, code in releases
        )
        page = absolute("dataset.read", id=last.package_id)
        when = str(tk._("Updated on {date}").format(date=day))
        items.append(Item(one.label, page, when, files))
    return items if schema else [*items, *map(_item_of, documents_of(place))]


def entries_of(place: Collectivity) -> list[Entry]:
    """Return the last releases of a collectivité, those since replaced included, and
    what follows no model, as it is now."""
    catalogue = load_catalogue()
    query = _online(place, ("published", "replaced")).limit(MAX_ENTRIES)
    releases = [
        Entry(
            one.id,
            wording.name_release_fully(catalogue.get(one.schema), one.key, place.name),
            absolute("dataset.read", id=one.package_id),
            absolute_path(release_path(code, one.schema, one.key)),
            one.published_at,
        )
        for one, code in model.Session.execute(query)
        if one.schema in catalogue and one.published_at
    ]
    found = [*releases, *map(_entry_of, documents_of(place))]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MAX_ENTRIES]


def standing_of(place: Collectivity) -> tuple[int, bool]:
    """Return how many data a collectivité has online, and whether none is late."""
    deposits = [
        deposit.summary()
        for deposit, _ in model.Session.execute(_online(place, ("published",)))
    ]
    org_id = str(place.org_id)
    known = gather_known([org_id]).get(org_id)
    count = count_documents(place)
    if not deposits or known is None:
        # Nobody expects them by a day.
        return count, count > 0
    today = datetime.date.today()
    lines = describe_all(deposits, load_catalogue(), known, (), today)
    late = any(one.expected.standing == "late" for one in lines)
    return sum(bool(one.files) for one in lines) + count, not late
