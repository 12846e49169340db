"""What becomes, on the portal that it leaves, of a collectivité handed over.

Its datasets and its organisation are hidden the way core hides what is deleted, so
that no list, count, search or right has to know of hand-overs; nothing is lost, and
cancelling gives it all back. Its feeds go on answering what they answered last.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from ckan import model
from ckan.lib import search

from ckanext.odlocale.base import storage
from ckanext.odlocale.datagouv import feed
from ckanext.odlocale.datagouv.feeds import find_feed
from ckanext.odlocale.datagouv.model import current_portal, read_ntriples
from ckanext.odlocale.datagouv.page_reading import read_page
from ckanext.odlocale.handover.model import Handover
from ckanext.odlocale.handover.receipt import Receipt
from ckanext.odlocale.territory.tables import Collectivity, Reindex

FrozenFeed = dict[str, dict[str, dict[str, str]]]


def freeze_feeds(family: Sequence[Collectivity]) -> FrozenFeed:
    """Keep every page of a collectivité's feeds as it is answered now.

    :param family: the collectivité and those that merged into it: each of them has a
        feed as long as data.gouv.fr has not accepted its transfers.
    :returns: SHA-256 of each page, by code, by format, by cursor; no code for a feed
        that answers 404.
    """
    found: FrozenFeed = {}
    for one in family:
        pages = _freeze_pages(one.code)
        if pages:
            found[one.code] = pages
    return found


def _freeze_pages(code: str) -> dict[str, dict[str, str]]:
    frozen: dict[str, dict[str, str]] = {}
    portal, found = current_portal(), find_feed(code)
    cursor: str | None = ""
    while found is not None and cursor is not None:
        page = read_page(found, portal, cursor)
        if page is None:
            return frozen
        fragments = read_ntriples([entry.package_id for entry in page.entries])
        texts = [fragments[entry.package_id][1] for entry in page.entries]
        for extension in feed.CONTENT_TYPES:
            written = feed.write_page(page, extension, texts)
            stored = storage.put(written.encode())
            frozen.setdefault(extension, {})[cursor] = stored.sha256
        cursor = page.next_after
    return frozen


def leave(
    owner: Collectivity, handover: Handover, receipt: Receipt, frozen: FrozenFeed
) -> list[str]:
    """Make a collectivité another portal's, without committing.

    :returns: ids of its datasets, to be taken out of the search once it is committed.
    """
    handover.moved_to = receipt.portal
    handover.organization = receipt.organization
    handover.confirmed_at = datetime.datetime.now(datetime.timezone.utc)
    handover.feed = frozen
    handover.hidden = _hide(owner)
    owner.status, owner.moved_to = "moved", receipt.portal
    model.Session.flush()
    return list(handover.hidden)


def _hide(owner: Collectivity) -> dict[str, str]:
    package = model.Package
    owned = (package.owner_org == owner.org_id) & (package.state != "deleted")
    query = sa.select(package.id, package.state).where(owned)
    hidden: dict[str, str] = dict(model.Session.execute(query).tuples().all())
    model.Session.execute(sa.update(package).where(owned).values(state="deleted"))
    _set_organization_state(owner, "deleted")
    return hidden


def _set_organization_state(owner: Collectivity, state: str) -> None:
    group = model.Group
    model.Session.execute(
        sa.update(group).where(group.id == owner.org_id).values(state=state)
    )


def come_back(owner: Collectivity, handover: Handover) -> None:
    """Give back what was hidden, without committing. The search follows."""
    package = model.Package
    for state in ("active", "draft"):
        ids = [key for key, before in handover.hidden.items() if before == state]
        model.Session.execute(
            sa.update(package).where(package.id.in_(ids)).values(state=state)
        )
    _set_organization_state(owner, "active")
    owner.status, owner.moved_to = "active", None
    model.Session.merge(Reindex(org_id=owner.org_id))
    model.Session.delete(handover)
    model.Session.flush()
    model.Session.expire_all()


def forget_in_search(package_ids: Iterable[str]) -> None:
    """Take datasets out of the search. Twice is harmless."""
    for package_id in package_ids:
        search.clear(package_id)
