"""Actions on what is published outside any model: a file as it is, or an address."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import logic, model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal, storage, uploads
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.publishing import document, states
from ckanext.odlocale.publishing.document_store import (
    describe_file,
    describe_link,
    judge_file,
    refuse_faults,
)
from ckanext.odlocale.publishing.document_validators import (
    document_list_schema,
    document_schema,
)
from ckanext.odlocale.publishing.drafts import (
    load_draft,
    open_desk,
    user_id,
    validate,
)
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import publisher_of, writer_of
from ckanext.odlocale.publishing.release import save_dataset, whole_or_nothing
from ckanext.odlocale.publishing.releases import taken_names

__all__ = ["odlocale_document_list", "odlocale_document_publish"]


@tk.side_effect_free
def odlocale_document_list(
    context: Context, data_dict: DataDict
) -> list[dict[str, Any]]:
    """Return the public datasets of a collectivité that follow no model.

    :param org_id: its organisation
    :returns: for each ``id``, ``name``, ``title`` and ``modified`` (ISO), the latest
        first
    """
    data = validate(data_dict, document_list_schema())
    tk.check_access("odlocale_document_list", context, data)
    package = model.Package
    query = (
        sa.select(package.id, package.name, package.title, package.metadata_modified)
        .where(
            package.owner_org == data["org_id"],
            package.state == "active",
            package.private.is_(False),
            package.type == "dataset",
            sa.func.coalesce(package.extras["scdl_schema"].astext, "") == "",
        )
        .order_by(package.metadata_modified.desc())
    )
    return [
        {"id": key, "name": name, "title": title, "modified": moment.isoformat()}
        for key, name, title, moment in model.Session.execute(query)
    ]


def odlocale_document_publish(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Publish a file as it is, or an address, as a dataset that follows no model.

    The draft leaves the desk: what it was is the dataset, changed on its own page.

    :param org_id: the organisation
    :param id: the draft whose file it is (or ``url``)
    :param version: the version of it that was seen (optional)
    :param url: the address (or ``id``)
    :param title: what it is
    :param notes: what it holds (optional: a sentence is written)
    :param agreed: true: the agent checked that it names nobody
    :returns: ``id``, ``name`` and ``title`` of the dataset
    :raises ValidationError: with a sentence by field; the draft is kept
    """
    data = validate(data_dict, document_schema())
    tk.check_access("odlocale_document_publish", context, data)
    draft = load_draft(data) if data.get("id") else None
    owner = open_desk(data["org_id"])
    faults = [document.judge_title(data["title"])]
    if not data.get("agreed"):
        faults.append(document.Fault.PEOPLE)
    resource: dict[str, Any] = {}
    if draft is None:
        url = data.get("url") or ""
        faults.append(document.judge_address(url))
        resource = describe_link(url)
    else:
        found = judge_file(draft)
        if isinstance(found, document.Fault):
            faults.append(found)
        else:
            resource = {"id": model.types.make_uuid(), **describe_file(draft, found)}
    refuse_faults(faults)
    publisher = publisher_of(draft or Deposit(org_id=data["org_id"], siren=owner.siren))
    notes = data.get("notes") or document.describe(
        data["title"], publisher.contact_name, translator("fr").gettext
    )
    built = document.build_document(
        publisher, data["title"], notes, resource, datetime.date.today()
    )
    built["name"] = states.free_key(built["name"], taken_names(built["name"]))
    with whole_or_nothing():
        return _save(context, draft, built)
    raise AssertionError("unreachable: each failure raises")


def _save(
    context: Context, draft: Deposit | None, built: dict[str, Any]
) -> dict[str, Any]:
    """Store the file, then write the dataset, and let the draft go with it."""
    (resource,) = built["resources"]
    if draft is not None:
        limit = int(tk.config["ckanext.odlocale.max_deposit_bytes"]) // 1024**2 + 1
        with storage.open_path(str(draft.original_sha256)).open("rb") as stream:
            uploads.store_resource(resource["id"], stream, resource["url"], limit)
    package_id = save_dataset(context, None, built)
    journal.record(
        "published",
        user_id=user_id(context),
        org_id=built["owner_org"],
        object_type="document",
        object_id=package_id,
        # Not its title: the journal only grows, and a title may have to be erased.
        detail={},
    )
    if draft is not None:
        model.Session.delete(draft)
    model.Session.flush()
    logic.index_update_package({"user": writer_of(context)}, package_id)
    model.Session.commit()
    return {"id": package_id, "name": built["name"], "title": built["title"]}
