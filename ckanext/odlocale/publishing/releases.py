"""Statements on the releases of an address: what it shows, showed, and lost."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale import rooms
from ckanext.odlocale.publishing import keeping
from ckanext.odlocale.publishing.dataset import Publisher, dataset_name
from ckanext.odlocale.publishing.history import Line, Release, tell_history
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.states import PUBLIC_STATES
from ckanext.odlocale.publishing.withdrawal import MAX_NOTE, Reason, read_reason
from ckanext.odlocale.scdl.catalogue import load_catalogue, load_versions
from ckanext.odlocale.scdl.table_schema import TableSchema
from ckanext.odlocale.scdl.typed import write_parquet


@dataclass(frozen=True)
class Notice:
    """What an address says that shows nothing any more.

    :ivar deposit: the last file that it showed
    :ivar on: the day it was withdrawn, where this is known
    """

    deposit: Deposit
    reason: Reason
    on: datetime.date | None


def find_notice(siren: str, schema: str, key: str) -> Notice | None:
    """Return what tells of a withdrawn file; nothing where none was ever shown.

    Core deletes datasets in bulk, and purges them, without telling plugins: the file
    is then published still, and shown to nobody.
    """
    stands = sa.exists().where(
        model.Package.id == Deposit.package_id, model.Package.state != "deleted"
    )
    query = (
        sa.select(Deposit)
        .options(sa.orm.defer(Deposit.report))
        .where(
            *_address(siren, schema, key),
            Deposit.state.in_(("withdrawn", "purged"))
            | ((Deposit.state == "published") & ~stands),
        )
        .order_by(Deposit.withdrawn_at.desc().nulls_last())
        .limit(1)
    )
    found = model.Session.scalars(query).one_or_none()
    if found is None:
        return None
    day = found.withdrawn_at.date() if found.withdrawn_at else None
    return Notice(found, read_reason(found.withdrawal), day)


def releases_of(siren: str, schema: str, key: str) -> Sequence[Deposit]:
    """Return all that an address showed, the latest first, without the reports."""
    query = (
        sa.select(Deposit)
        .options(sa.orm.defer(Deposit.report))
        .where(*_address(siren, schema, key), Deposit.state.in_(PUBLIC_STATES))
        .order_by(Deposit.published_at.desc())
    )
    found: Sequence[Deposit] = model.Session.scalars(query).all()
    return found


def history_of(siren: str, schema: str, key: str) -> tuple[Line, ...]:
    """Return the history of an address, the latest first."""
    return tell_history(
        Release(
            id=one.id,
            state=one.state,
            published_at=one.published_at or one.updated_at,
            rows=one.rows or 0,
            size=one.canonical_size or 0,
            withdrawn_at=one.withdrawn_at,
            reason=one.withdrawal,
        )
        for one in releases_of(siren, schema, key)
    )


def has_parquet(deposit_id: str) -> bool | None:
    """Tell whether a release has a Parquet form; nothing where it is not online."""
    query = sa.select(Deposit.parquet_sha256.is_not(None)).where(
        Deposit.id == deposit_id, Deposit.state == "published"
    )
    found: bool | None = model.Session.scalar(query)
    return found


def check_of(deposit_id: str) -> dict[str, Any] | None:
    """Return the report of a release; nothing where it is not online."""
    query = sa.select(Deposit.report["check"]).where(
        Deposit.id == deposit_id, Deposit.state == "published"
    )
    found: dict[str, Any] | None = model.Session.scalar(query)
    return found


def release_of_resource(resource_id: str) -> Deposit | None:
    """Return the release online that a resource of CKAN's shows, without its report."""
    query = (
        sa.select(Deposit)
        .options(sa.orm.defer(Deposit.report))
        .where(Deposit.resource_id == resource_id, Deposit.state == "published")
    )
    found: Deposit | None = model.Session.scalars(query).first()
    return found


def without_parquet(limit: int) -> Sequence[Deposit]:
    """Return releases online that have no Parquet form yet."""
    query = (
        sa.select(Deposit)
        .options(sa.orm.defer(Deposit.report))
        .where(
            Deposit.state == "published",
            Deposit.parquet_sha256.is_(None),
            Deposit.canonical_sha256.is_not(None),
        )
        .order_by(Deposit.id)
        .limit(limit)
    )
    found: Sequence[Deposit] = model.Session.scalars(query).all()
    return found


def mark_withdrawn(deposit: Deposit, reason: Reason, note: str = "") -> None:
    """Write on a deposit that it is withdrawn, in the caller's transaction."""
    deposit.state = "withdrawn"
    deposit.withdrawal = reason.value
    deposit.withdrawal_note = note[:MAX_NOTE] or None
    deposit.withdrawn_at = datetime.datetime.now(datetime.timezone.utc)
    deposit.touch()


def mark_replaced(former: Deposit) -> None:
    """Write on a deposit that another one took its place.

    Where an administrator deleted its dataset meanwhile, without a word to us, it is
    withdrawn: nobody must read it again.
    """
    package = model.Package.get(former.package_id) if former.package_id else None
    if package is not None and package.state == "deleted":
        mark_withdrawn(former, Reason.OTHER)
        return
    former.state = "replaced"
    former.touch()


def tell_change(deposit: Deposit) -> None:
    """Tell the rooms that what an address shows has changed.

    In the caller's transaction: hooks named ``after_release_change`` get the SIREN, the
    slug of the model and the key. What is shown now is :meth:`Deposit.published`.
    """
    place = (deposit.siren, deposit.schema, deposit.key)
    rooms.call_hooks("after_release_change", *place)


def find_dataset(deposit: Deposit, publisher: Publisher) -> dict[str, Any] | None:
    """Return the dataset of the same collectivité and model, deleted ones included."""
    known = Deposit.package_of(deposit.siren, str(deposit.schema))
    name = dataset_name(str(deposit.schema), publisher.name, publisher.code)
    package = (model.Package.get(known) if known else None) or model.Package.get(name)
    if package is None or package.owner_org != deposit.org_id:
        return None
    found: dict[str, Any] = tk.get_action("package_show")(
        {"ignore_auth": True, "use_cache": False}, {"id": package.id}
    )
    return found


def taken_names(name: str) -> frozenset[str]:
    """Return the names of datasets that begin with one."""
    pattern = model.Package.name.startswith(name, autoescape=True)
    rows = model.Session.query(model.Package.name).filter(pattern)
    return frozenset(row.name for row in rows)


def schema_of(deposit: Deposit) -> TableSchema:
    """Return the model that a release was published under, the nearest kept."""
    slug = str(deposit.schema)
    kept = {one.version: one for one in load_versions(slug)}
    return kept.get(str(deposit.schema_version), load_catalogue().get(slug))


def keep_parquet(deposit: Deposit, content: bytes) -> None:
    """Store a release as Parquet too, in the caller's transaction.

    :param content: its canonical CSV
    """
    stored = keeping.keep(write_parquet(content, schema_of(deposit)))
    deposit.parquet_sha256, deposit.parquet_size = stored.sha256, stored.size


def _address(siren: str, schema: str, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (Deposit.siren == siren, Deposit.schema == schema, Deposit.key == key)
