"""Datasets of a pack, written by core's own actions: its validators decide."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base import storage, uploads
from ckanext.odlocale.datagouv.hooks import refresh
from ckanext.odlocale.handover.opening import Pack
from ckanext.odlocale.handover.reading import site_url
from ckanext.odlocale.handover.records import HARVESTED_URL, HERE, Record, Records
from ckanext.odlocale.publishing.validators import DESK_PUBLISHES
from ckanext.odlocale.territory.tables import Collectivity

#: In the context of a takeover: it alone writes for a collectivité that left.
TAKES_OVER = "odlocale_takes_over"

_PACKAGE_MOMENTS = ("metadata_created", "metadata_modified")
_RESOURCE_MOMENTS = ("created", "last_modified", "metadata_modified")


class DatasetRefused(Exception):
    """A dataset does not pass this portal's own validators."""

    def __init__(self, title: str, errors: Any) -> None:
        super().__init__(title)
        self.title, self.errors = title, errors


def write(
    context: Context,
    owner: Collectivity,
    pack: Pack,
    records: Records,
    keys: Sequence[str],
) -> None:
    """Create or update datasets, without committing.

    :raises DatasetRefused: one of them would not be accepted in the form either.
    """
    for key in keys:
        record = records["datasets"][key]
        dataset = _restore(record, owner, pack)
        action = "package_update" if model.Package.get(key) else "package_create"
        deferred: Context = {
            "user": context["user"],
            "auth_user_obj": model.User.get(context["user"]),
            "ignore_auth": True,
            "defer_commit": True,
            "return_id_only": True,
            DESK_PUBLISHES: True,
            TAKES_OVER: True,
        }
        try:
            tk.get_action(action)(deferred, dataset)
        except tk.ValidationError as error:
            title = str(record.get("title") or record["name"])
            raise DatasetRefused(title, error.error_dict) from error
        model.Session.flush()


def _restore(record: Record, owner: Collectivity, pack: Pack) -> dict[str, Any]:
    dataset = {n: v for n, v in record.items() if n not in _PACKAGE_MOMENTS}
    dataset["owner_org"] = owner.org_id
    dataset["tags"] = [{"name": name} for name in record.get("tags", ())]
    dataset["resources"] = [
        _restore_resource(record, one, pack) for one in record["resources"]
    ]
    return dataset


def _restore_resource(record: Record, resource: Record, pack: Pack) -> Record:
    kept = {
        name: value
        for name, value in resource.items()
        if name not in ("upload", HARVESTED_URL)
    }
    former = harvested_url(record, resource, pack)
    return {**kept, HARVESTED_URL: former} if former else kept


def harvested_url(record: Record, resource: Record, pack: Pack) -> str | None:
    """Return the address by which data.gouv.fr knows a file, if it is another
    portal's.

    It knew it by its address on the first portal that published it, which leads here:
    another one would be another file there.
    """
    known = resource.get(HARVESTED_URL)
    if known is None and record["state"] == "active" and not record.get("private"):
        told = pack.records["datasets"][record["id"]]["resources"]
        url = next(
            str(one.get("url", "")) for one in told if one["id"] == resource["id"]
        )
        if resource.get("url_type") == "upload":
            path = f"/dataset/{record['id']}/resource/{resource['id']}/download/{url}"
            known = pack.manifest.portal + path
        elif url.startswith(HERE + "/"):
            known = pack.manifest.portal + url.removeprefix(HERE)
    return known if known and not known.startswith(site_url() + "/") else None


def settle(records: Records, keys: Sequence[str]) -> None:
    """Give datasets back their dates and their files, then describe them anew.

    The place of a dataset in its feed is its date of creation.
    """
    for key in keys:
        record = records["datasets"][key]
        model.Session.execute(
            sa.update(model.Package)
            .where(model.Package.id == key)
            .values({n: read_moment(record[n]) for n in _PACKAGE_MOMENTS})
        )
        for resource in record["resources"]:
            _settle_resource(resource)
        model.Session.flush()
    model.Session.expire_all()
    for key in keys:
        refresh(key)


def _settle_resource(resource: Record) -> None:
    moments = {
        name: read_moment(resource[name]) if resource.get(name) else None
        for name in _RESOURCE_MOMENTS
    }
    model.Session.execute(
        sa.update(model.Resource)
        .where(model.Resource.id == resource["id"])
        .values(moments)
    )
    upload = resource.get("upload")
    if upload:
        limit = int(tk.config["ckan.max_resource_size"])
        with storage.open_path(upload["sha256"]).open("rb") as stream:
            uploads.store_resource(resource["id"], stream, upload["name"], limit)


def read_moment(text: str) -> datetime.datetime:
    """Read a moment as CKAN keeps it: UTC, without a zone."""
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return moment
