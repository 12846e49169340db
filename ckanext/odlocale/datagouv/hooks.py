"""What happens to the fragments when datasets and organisations change.

Called before CKAN commits, in its session: a dataset and its fragment are written
together, or not at all. Nothing here commits.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.datagouv import push_due, push_queue
from ckanext.odlocale.datagouv.description import describe
from ckanext.odlocale.datagouv.elsewhere_model import read_outside
from ckanext.odlocale.datagouv.feed import PAGE_SIZE
from ckanext.odlocale.datagouv.fragment import stamp_of, write_fragment
from ckanext.odlocale.datagouv.model import (
    UTC,
    Row,
    Scope,
    current_portal,
    forget,
    fragment_owner,
    is_public,
    read_publishers,
    read_rows,
    store,
)
from ckanext.odlocale.datagouv.push import describe_values
from ckanext.odlocale.datagouv.registration_model import HeldDataset
from ckanext.odlocale.territory import transfers
from ckanext.odlocale.territory.tables import Collectivity

Context = dict[str, Any]


def after_dataset_create(context: Context, pkg_dict: dict[str, Any]) -> None:
    """Write the fragment of a new dataset."""
    refresh(pkg_dict["id"])


def after_dataset_update(context: Context, pkg_dict: dict[str, Any]) -> None:
    """Replace the fragment of a dataset, or drop it where it became private."""
    refresh(pkg_dict["id"])


def after_dataset_delete(context: Context, pkg_dict: dict[str, Any]) -> None:
    """Drop the fragment of a dataset. CKAN gives its id or its name."""
    package = model.Package.get(pkg_dict["id"])
    if package is not None:
        forget(package.id)
        # CKAN tells before it deletes.
        push_due.follow_deletion(package.id)


def after_organization_update(organization: Any) -> None:
    """Write anew the fragments of a renamed organisation.

    Those of an organisation with more than a page of datasets are written when its
    feed is next read: their stamp tells that they are out of date.

    :param organization: CKAN's Group; anything else is ignored, since CKAN tells of
        changed datasets and organisations by one method.
    """
    if not isinstance(organization, model.Group) or not organization.is_organization:
        return
    model.Session.flush()
    for row in read_rows(Scope(organization.id), None, PAGE_SIZE):
        refresh(row.package_id)


def after_siren_change(org_id: str, before: str, after: str) -> None:
    """Let the datasets that wait for data.gouv.fr follow a new SIREN.

    A merger itself needs nothing here: the fragments of the datasets that moved tell
    of another organisation than theirs, and the next reader writes them anew.
    """
    transfers.change_siren(before, after)


def after_restoration(org_id: str, siren: str) -> None:
    """Give a commune that exists again the datasets that its merger moved."""
    transfers.give_back(org_id, siren)


def refresh(package_id: str, seen: Row | None = None) -> None:
    """Make a dataset's fragment tell of the dataset as it is now.

    :param package_id: of a dataset of any state; one that is not public keeps no
        fragment.
    :param seen: what a reader found out of date; ``None`` for whoever changes the
        dataset, and decides.
    """
    model.Session.flush()
    package = model.Package.get(package_id)
    if package is None or not is_public(package):
        forget(package_id)
        push_due.follow(package_id, None, "")
        return
    portal = current_portal()
    publisher = read_publishers([package.owner_org])[package.owner_org]
    # From the database: what Solr keeps is of before this change.
    context = {"ignore_auth": True, "use_cache": False}
    shown = tk.get_action("package_show")(context, {"id": package.id})
    now = datetime.datetime.now(UTC)
    described = describe(shown, publisher, portal, now=now)
    stamp = stamp_of(publisher, portal)
    written = write_fragment(described, portal)
    _follow_owner(package)
    store(package, stamp, written, seen)
    push_due.follow(package.id, lambda: describe_values(described), stamp)


def _follow_owner(package: model.Package) -> None:
    """Let a dataset that changed hands wait in the feed that data.gouv.fr knows it by.

    There, a dataset has one owner: the feed of another would be refused, item by item
    («Item has another owner»), until somebody transfers it.
    """
    former = fragment_owner(package.id)
    if former in (None, package.owner_org) or not is_held(package.id):
        return
    owners = [Collectivity.by_org(one) for one in (str(former), package.owner_org)]
    if all(owners):
        before, after = (str(one.siren) for one in owners if one)
        transfers.wait_for(package.id, before, after)


def is_held(package_id: str) -> bool:
    """Tell whether data.gouv.fr held a dataset when it was last read."""
    held = model.Session.get(HeldDataset, package_id)
    return held is not None and held.dataset_id is not None


def datasets_outside(found: list[dict[str, Any]]) -> None:
    """Add what collectivités publish on other portals, for the observatory."""
    found.extend(read_outside())


def during_purge(
    siren: str, schema: str, deposit_ids: Collection[str], sought: str
) -> None:
    """Let a purge reach data.gouv.fr too.

    :param schema: empty for what follows no model
    :param deposit_ids: releases that go, or datasets of what follows no model
    """
    push_due.note_purge(schema, deposit_ids)


@sa.event.listens_for(model.Session, "after_transaction_end")
def queue_what_is_due(session: Any, transaction: Any) -> None:
    """Queue the sending once the change is committed: sooner, nothing is to be seen."""
    if transaction.parent is None and session.info.pop(push_due.CHANGED, False):
        push_queue.push_later()
