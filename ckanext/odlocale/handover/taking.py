"""How the portal that receives a pack opens it, says what it would do, and does it."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any, BinaryIO, cast

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.lib.search import SearchError, SearchIndexError
from ckan.types import Context
from sqlalchemy.exc import IntegrityError

from ckanext.odlocale.base.content_store import StorageError
from ckanext.odlocale.handover import leaving, sentences, writing
from ckanext.odlocale.handover.comparing import (
    keys_of,
    list_missing,
    read_held,
    read_present,
)
from ckanext.odlocale.handover.dataset_writing import TAKES_OVER, DatasetRefused
from ckanext.odlocale.handover.model import Handover
from ckanext.odlocale.handover.opening import Pack, PackRefused, open_pack
from ckanext.odlocale.handover.plan import Plan, plan
from ckanext.odlocale.handover.reading import site_url
from ckanext.odlocale.handover.receipt import Receipt
from ckanext.odlocale.handover.records import digest
from ckanext.odlocale.handover.refusals import owner_of, refuse, say_moved
from ckanext.odlocale.territory.tables import Collectivity, Reindex

log = logging.getLogger(__name__)


def stream_of(upload: Any) -> BinaryIO:
    """Return the bytes of what a form uploads, or a stream as it is.

    :raises ckan.plugins.toolkit.ValidationError: it is no file
    """
    stream = getattr(upload, "stream", upload)
    if not hasattr(stream, "read"):
        refuse(upload=tk._("Choose a file first."))
    return cast(BinaryIO, stream)


def open_upload(upload: Any) -> Pack:
    """Open a pack that was sent, and verify it.

    :raises ckan.plugins.toolkit.ValidationError: it says why it is refused
    """
    try:
        return open_pack(stream_of(upload))
    except PackRefused as error:
        refuse(upload=sentences.say_refused(error, tk._))


def store_files(pack: Pack) -> None:
    """Store the files that travelled with a pack.

    :raises ckan.plugins.toolkit.ValidationError: one of them is not the one announced,
        or there is no room
    """
    try:
        writing.store_files(pack)
    except PackRefused as error:
        refuse(upload=sentences.say_refused(error, tk._))
    except StorageError as error:
        refuse(upload=tk._("The file cannot be stored: {cause}.").format(cause=error))


def make_plan(pack: Pack, accepted: Collection[str], seen: str) -> Plan:
    """Return the plan to carry out.

    :param seen: digest of the plan that was read, or nothing.
    :raises ckan.plugins.toolkit.ValidationError: conflicts, or it is another plan
    """
    made = plan(pack.siren, pack.id, pack.records, read_present(pack), accepted)
    if seen and seen != made.digest:
        refuse(digest=tk._("The portal has changed since this plan. Read it again."))
    if made.conflicts:
        said = [sentences.say_conflict(step, tk._) for step in made.conflicts]
        model.Session.rollback()
        raise tk.ValidationError({"conflicts": said})
    return made


def take_in(context: Context, pack: Pack, made: Plan) -> str:
    """Write a plan, in the caller's transaction.

    :returns: the id of the organisation.
    :raises ckan.plugins.toolkit.ValidationError: nothing was done, and why
    """
    try:
        return writing.write(context, pack, made)
    except DatasetRefused as error:
        log.warning("A dataset of a pack is refused: %s", error.errors)
        refuse(
            upload=tk._(
                "This portal does not accept the data {title}: {errors}. Correct it"
                " on the other portal, then make the pack again."
            ).format(title=error.title, errors=error.errors)
        )
    except writing.NotReadBack as error:
        log.exception("A takeover does not read back")
        refuse(
            upload=tk._(
                "What was written does not read back as it was sent: {places}."
                " Nothing was kept."
            ).format(places=", ".join(error.places[:10]))
        )
    except IntegrityError:
        log.exception("A takeover collides with what was written meanwhile")
        refuse(digest=tk._("The portal has changed since this plan. Read it again."))
    except BaseException:
        model.Session.rollback()
        raise


def describe(pack: Pack, accepted: Collection[str]) -> dict[str, Any]:
    """Return what ``odlocale_takeover`` answers."""
    made = plan(pack.siren, pack.id, pack.records, read_present(pack), accepted)
    about = pack.manifest.about
    return {
        "siren": pack.siren,
        "name": pack.records["collectivities"][pack.siren]["name"],
        "portal": pack.manifest.portal,
        "pack": pack.id,
        "digest": made.digest,
        "counts": made.counts,
        "steps": [
            {
                "verdict": step.verdict,
                "kind": step.kind,
                "key": step.key,
                "title": step.title,
                "reason": step.reason,
                "message": (
                    sentences.say_conflict(step, tk._)
                    if step.verdict == "conflict"
                    else ""
                ),
                "changes": list(step.changes),
            }
            for step in made.steps
            if step.verdict != "unchanged"
        ],
        "missing": sorted(list_missing(pack)),
        "left_out": about.get("left_out") or {},
        "applied": False,
        "receipt": write_receipt(pack) if made.is_empty else None,
    }


def write_receipt(pack: Pack) -> dict[str, str]:
    """Say what this portal holds of a pack, read from its database."""
    owner = owner_of(pack.siren)
    group = model.Group.get(owner.org_id)
    found = digest(read_held(pack), keys_of(pack.records))
    return Receipt(pack.siren, site_url(), group.name, pack.id, found).to_dict()


def cancel(handover: Handover) -> None:
    """Give back what a hand-over hid, without committing."""
    owner = owner_of(handover.siren)
    if handover.confirmed_at is not None:
        leaving.come_back(owner, handover)
    else:
        model.Session.delete(handover)


def reindex(siren: str) -> None:
    """Make the search follow, now; whatever stops it, the next run goes on."""
    org_id = owner_of(siren).org_id
    waits = model.Session.get(Reindex, org_id)
    if waits is None:
        return
    package = model.Package
    ids = list(
        model.Session.scalars(
            sa.select(package.id).where(
                package.owner_org == org_id, package.state == "active"
            )
        )
    )
    try:
        if ids:
            search.rebuild(package_ids=ids, quiet=True)
            search.commit()
    except (SearchError, SearchIndexError):
        log.exception("The search does not follow yet: %s", org_id)
        return
    model.Session.delete(waits)
    model.Session.commit()


def refuse_moved(context: Context, owner_org: Any) -> None:
    """Refuse to write for a collectivité that publishes elsewhere.

    :raises ckan.plugins.toolkit.ValidationError: it says where
    """
    if context.get(TAKES_OVER) or not isinstance(owner_org, str) or not owner_org:
        return
    if "\0" in owner_org:
        return
    group = model.Group.__table__
    query = (
        sa.select(Collectivity)
        .join(group, group.c.id == Collectivity.org_id)
        .where(
            Collectivity.status == "moved",
            (group.c.id == owner_org) | (group.c.name == owner_org),
        )
    )
    moved = model.Session.scalars(query).first()
    if moved is not None:
        refuse(owner_org=say_moved(moved))


def refuse_moved_dataset(context: Context, reference: Any) -> None:
    """Refuse to change a dataset that left with its collectivité.

    :raises ckan.plugins.toolkit.ValidationError: it says where it is
    """
    if context.get(TAKES_OVER) or not isinstance(reference, str) or not reference:
        return
    if "\0" in reference:
        return
    package = model.Package
    query = (
        sa.select(Collectivity)
        .join(package, package.owner_org == Collectivity.org_id)
        .where(
            Collectivity.status == "moved",
            (package.id == reference) | (package.name == reference),
        )
    )
    moved = model.Session.scalars(query).first()
    if moved is not None:
        refuse(owner_org=say_moved(moved))
