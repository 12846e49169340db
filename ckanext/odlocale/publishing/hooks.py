"""What happens to the files of the desk when CKAN changes a dataset.

Called before CKAN commits, in its session. Nothing here commits. Also what the desk
holds on a person, for who asks for it.
"""

from __future__ import annotations

from typing import Any, Final

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.base import journal
from ckanext.odlocale.people.refused import Owned
from ckanext.odlocale.publishing.core_writes import Seen, tell
from ckanext.odlocale.publishing.document_model import DocumentNotice
from ckanext.odlocale.publishing.grid_model import Grid
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.nothing_model import Nothing
from ckanext.odlocale.publishing.releases import mark_withdrawn
from ckanext.odlocale.publishing.validators import DESK_PUBLISHES, of_the_desk
from ckanext.odlocale.publishing.withdrawal import Reason

#: Where a write of core keeps the dataset as it was, for its end.
SEEN: Final = "odlocale_seen_before"


def stored_files() -> list[Any]:
    """Columns that hold the SHA-256 of stored files."""
    return [Deposit.original_sha256, Deposit.canonical_sha256, Deposit.parquet_sha256]


def find_owner(object_id: str, found: list[Owned]) -> None:
    """Add whose file an id is, and the model that it is about."""
    deposit = model.Session.get(Deposit, object_id)
    if deposit is not None:
        schema = deposit.schema or ""
        found.append(Owned("deposit", object_id, deposit.org_id, schema))


def after_dataset_create(context: dict[str, Any], pkg_dict: dict[str, Any]) -> None:
    """Write in the journal who published a dataset without the desk."""
    package = model.Package.get(pkg_dict["id"])
    if package is not None:
        note_write(context, package, None, see(package))


def after_dataset_update(context: dict[str, Any], pkg_dict: dict[str, Any]) -> None:
    """Write in the journal who published, changed, hid or moved a dataset without the
    desk. What it was is what :func:`before_dataset_update` saw."""
    package = model.Package.get(pkg_dict["id"])
    if package is None:
        return
    if package.state == "active":
        DocumentNotice.forget(package.id)
    # One context may serve several writes: each has what it saw, or nothing.
    known, before = context.pop(SEEN, (None, None))
    if known == package.id:
        note_write(context, package, before, see(package))


def after_dataset_delete(context: dict[str, Any], pkg_dict: dict[str, Any]) -> None:
    """Withdraw the files of a deleted dataset: their addresses answer 410.

    A dataset that had none of the desk's has its own line in the journal.

    The desk deletes a dataset by core's action once its last file is withdrawn:
    there is nothing left to do then.

    :param pkg_dict: CKAN gives the id of the dataset, or its name.
    """
    package = model.Package.get(pkg_dict["id"])
    if package is None:
        return
    deposits = Deposit.published_in(package.id)
    if not deposits:
        before = see(package)
        note_write(context, package, before, Seen(before.org_id, is_public=False))
    for deposit in deposits:
        mark_withdrawn(deposit, Reason.OTHER)
        journal.record(
            "withdrawn",
            user_id=_writer(context),
            org_id=deposit.org_id,
            object_type="deposit",
            object_id=deposit.id,
            detail={"schema": deposit.schema, "key": deposit.key, "dataset": "deleted"},
        )
    model.Session.flush()


def before_dataset_update(context: dict[str, Any], data_dict: dict[str, Any]) -> None:
    """Let nobody take a file of the desk out of its dataset: it is withdrawn there.

    Its address would show nothing and say nothing. Whoever has no right is told so by
    core first.

    :raises ValidationError: a file of the desk is no longer among the resources.
    """
    named = data_dict.get("id") or data_dict.get("name")
    package = model.Package.get(named) if isinstance(named, str) else None
    if package is None:
        return
    context[SEEN] = (package.id, see(package))
    if context.get(DESK_PUBLISHES) or context.get("ignore_auth"):
        return
    given = data_dict.get("resources")
    listed = given if isinstance(given, list) else []
    kept = {one.get("id") for one in listed if isinstance(one, dict)}
    gone = [
        one for one in package.resources if is_of_the_desk(one) and one.id not in kept
    ]
    if gone:
        tk.check_access("package_update", context, data_dict)
        raise tk.ValidationError({"resources": [{"id": [of_the_desk()]}]})


def see(package: model.Package) -> Seen:
    """Return what the journal needs to know of a dataset, as it is now."""
    is_public = package.state == "active" and not package.private
    return Seen(package.owner_org, is_public)


def note_write(
    context: Any, package: model.Package, before: Seen | None, after: Seen
) -> None:
    """Write in the journal what one write of core did to a dataset, if anything.

    Its title is not kept: the journal only grows, and a title may have to be erased.

    :param before: the dataset as it was; nothing where it is new
    """
    # What the desk does, a move from another portal, a whole table: told elsewhere.
    if context.get(DESK_PUBLISHES):
        return
    for verb, org_id in tell(before, after):
        journal.record(
            verb,
            user_id=_writer(context),
            org_id=org_id,
            object_type="dataset",
            object_id=package.id,
        )


def _writer(context: Any) -> str | None:
    user = model.User.get(context.get("user") or "")
    return user.id if user else None


def is_of_the_desk(resource: model.Resource | None) -> bool:
    """Tell whether the desk published a resource."""
    return bool(resource is not None and (resource.extras or {}).get("deposit_id"))


def after_merger(
    former_org_id: str, heir_org_id: str, former_siren: str, heir_siren: str
) -> None:
    """Give the drafts and the files of a commune that merged to its heir's desk.

    They stay in its name: their permanent addresses show the same bytes as before.
    """
    Deposit.give(former_org_id, heir_org_id)
    Grid.give(former_org_id, heir_org_id)
    model.Session.expire_all()


def after_siren_change(org_id: str, before: str, after: str) -> None:
    """Let the files of a collectivité follow its new SIREN."""
    Deposit.change_siren(before, after)
    model.Session.expire_all()


def after_restoration(org_id: str, siren: str) -> None:
    """Give a commune that exists again the files that are in its name."""
    Deposit.give_back(org_id, siren)
    model.Session.expire_all()


def export_person(user_id: str, found: dict[str, Any]) -> None:
    """Add the files that somebody sent in, the tables that he began, and the years
    about which he said that there is nothing to publish.

    :param found: what is held on the person, which this adds to
    """
    deposits = model.Session.query(Deposit).filter_by(created_by=user_id)
    found["deposits"] = [
        {
            "id": one.id,
            "org_id": one.org_id,
            "filename": one.filename,
            "state": one.state,
            "created_at": one.created_at.isoformat(),
        }
        for one in deposits.order_by(Deposit.created_at)
    ]
    answers = model.Session.query(Nothing).filter_by(user_id=user_id)
    found["nothing_to_publish"] = [
        {"siren": one.siren, "schema": one.schema, "year": one.year,
         "at": one.at.isoformat()}
        for one in answers.order_by(Nothing.at)
    ]  # fmt: skip
    grids = model.Session.query(Grid).filter_by(created_by=user_id)
    found["grids"] = [
        {"id": one.id, "org_id": one.org_id, "schema": one.schema, "key": one.key,
         "created_at": one.created_at.isoformat()}
        for one in grids.order_by(Grid.created_at)
    ]  # fmt: skip
