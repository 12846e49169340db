"""Taking a document away: its page says why, or nothing is left of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale import rooms
from ckanext.odlocale.base import journal, uploads
from ckanext.odlocale.publishing import keeping
from ckanext.odlocale.publishing.document_model import DocumentNotice
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import writer_of
from ckanext.odlocale.publishing.states import DRAFT_STATES
from ckanext.odlocale.publishing.validators import DESK_PUBLISHES
from ckanext.odlocale.publishing.withdrawal import Reason
from ckanext.odlocale.territory.tables import Collectivity

_SHA256 = re.compile(r"[0-9a-f]{64}")


def hashes_in(said: Iterable[Any]) -> set[str]:
    """Return the SHA-256 among what resources say of their files."""
    return {one for one in said if isinstance(one, str) and _SHA256.fullmatch(one)}


def withdraw(
    context: Context, package: model.Package, reason: Reason, note: str
) -> None:
    """Delete a document by core's action, which commits, and say why at its address."""
    DocumentNotice.write(package.id, reason.value, note)
    model.Session.flush()
    tk.get_action("package_delete")(_allowed(context), {"id": package.id})


def erase(context: Context, package_id: str, reason: Reason) -> None:
    """Erase a withdrawn document with all that tells of it; core's action commits.

    The bytes go first: stopped in between, what is left is a withdrawn document
    without a file, and the purge is called again.
    """
    package = model.Package.get(package_id)
    resources = list(package.resources_all)
    for resource in resources:
        uploads.remove_resource(resource.id)
    hashes = hashes_in(one.hash for one in resources)
    _drop_drafts(package.owner_org, hashes)
    keeping.ask_erasure(hashes)
    owner = Collectivity.by_org(package.owner_org)
    siren = owner.siren if owner else ""
    rooms.call_hooks("during_purge", siren, "", frozenset([package.id]), "")
    _forget_activities(package.id)
    user = model.User.get(context["user"])
    journal.record(
        "purged",
        user_id=user.id if user else None,
        org_id=package.owner_org,
        object_type="document",
        object_id=package.id,
        detail={"reason": reason.value},
    )
    model.Session.flush()
    tk.get_action("dataset_purge")(_allowed(context), {"id": package.id})


def _drop_drafts(org_id: str, hashes: set[str]) -> None:
    """Drop what was sent in of the same file and not published: it would keep it."""
    drafts = sa.select(Deposit).where(
        Deposit.org_id == org_id,
        Deposit.original_sha256.in_(hashes),
        Deposit.state.in_(DRAFT_STATES),
    )
    for draft in model.Session.scalars(drafts):
        model.Session.delete(draft)


def _allowed(context: Context) -> Context:
    """The desk's own rule said yes, and the desk writes the journal."""
    allowed: Context = {"user": writer_of(context), "ignore_auth": True}
    allowed[DESK_PUBLISHES] = True
    return allowed


def _forget_activities(package_id: str) -> None:
    # CKAN's own plugin, which a portal may have, have had, or never have had.
    if model.Session.scalar(sa.select(sa.func.to_regclass("activity"))) is None:
        return
    activity = sa.table("activity", sa.column("object_id"))
    model.Session.execute(sa.delete(activity).where(activity.c.object_id == package_id))
