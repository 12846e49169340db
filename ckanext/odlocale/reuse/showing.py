"""What a collectivité has online, for those who show it elsewhere."""

from __future__ import annotations

import datetime
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

#: Releases that the feed lists.
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


def items_of(place: Collectivity, schema: str | None = None) -> list[Item]:
    """Return what a collectivité has online, in the catalogue's order.

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
    return items


def entries_of(place: Collectivity) -> list[Entry]:
    """Return the last releases of a collectivité, those since replaced included."""
    catalogue = load_catalogue()
    query = _online(place, ("published", "replaced")).limit(MAX_ENTRIES)
    return [
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


def standing_of(place: Collectivity) -> tuple[int, bool]:
    """Return how many data a collectivité has online, and whether none is late."""
    deposits = [
        deposit.summary()
        for deposit, _ in model.Session.execute(_online(place, ("published",)))
    ]
    org_id = str(place.org_id)
    known = gather_known([org_id]).get(org_id)
    if not deposits or known is None:
        return 0, False
    today = datetime.date.today()
    lines = describe_all(deposits, load_catalogue(), known, (), today)
    late = any(one.expected.standing == "late" for one in lines)
    return sum(bool(one.files) for one in lines), not late
