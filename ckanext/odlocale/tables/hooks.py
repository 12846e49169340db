"""When the tables follow: at once after a release, by the worker after all the rest."""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.tables import jobs, keeping, settling
from ckanext.odlocale.tables.consolidated import is_whole_table

log = logging.getLogger(__name__)

#: Longer files are the worker's: an agent does not wait for them.
ROWS_AT_ONCE = 20_000

_CHANGED = "odlocale_tables_changed"


def after_release(schema: str, siren: str, rows: int) -> None:
    """Put a release that has just been committed, or withdrawn, in its table.

    Whatever fails here fails nothing: the file is published, its mark is committed with
    it, and the worker tries again.
    """
    if rows <= ROWS_AT_ONCE:
        try:
            settling.settle(schema, siren)
        except Exception:
            log.exception("The table %s of %s will follow later", schema, siren)
    jobs.settle_later()


def after_release_change(siren: str, schema: str, key: str) -> None:
    """Let whatever changes what an address shows be followed, once committed."""
    _follow()


def after_purge(schema: str, siren: str) -> None:
    """Take at once out of the whole table, and of its file, what was erased for good.

    The table first: a worker that writes the file again finds the rows no more.
    Whatever fails here is the worker's: the marks of the purge are committed.
    """
    try:
        settling.settle(schema, siren)
    except Exception:
        log.exception("The table %s of %s will follow later", schema, siren)
    try:
        keeping.forget_parquet(schema)
    except Exception:
        model.Session.rollback()
        log.exception("The file of the table %s will follow later", schema)
    jobs.settle_later()


def after_dataset_create(context: dict[str, Any], pkg_dict: dict[str, Any]) -> None:
    """Let a dataset that another room wrote, with its files, be followed."""
    _follow()


def after_dataset_update(context: dict[str, Any], pkg_dict: dict[str, Any]) -> None:
    """Let a dataset that was made private, or public again, be followed."""
    _follow()


def after_dataset_delete(context: dict[str, Any], pkg_dict: dict[str, Any]) -> None:
    """Let a dataset that was deleted be followed."""
    _follow()


def after_organization_update(organization: Any) -> None:
    """Let a renamed collectivité be followed."""
    _follow()


def after_merger(
    former_org_id: str, heir_org_id: str, former_siren: str, heir_siren: str
) -> None:
    """Let a merger be followed. The rows stay in the former commune's name."""
    _follow()


def after_siren_change(org_id: str, before: str, after: str) -> None:
    """Let a new SIREN be followed."""
    _follow()


def _follow() -> None:
    model.Session().info[_CHANGED] = True


@sa.event.listens_for(model.Session, "after_transaction_end")
def queue_what_changed(session: Any, transaction: Any) -> None:
    """Queue the worker's job once the change is committed.

    Sooner, the job could look before there is anything to see.
    """
    if transaction.parent is None and session.info.pop(_CHANGED, False):
        jobs.settle_later()


def show_resource(resource: dict[str, Any]) -> None:
    """Say that CKAN's pages and API have rows of a resource of ours.

    A sign for readers only: what a resource stands for is read from our tables.
    """
    if resource.get("deposit_id") or is_whole_table(str(resource.get("url") or "")):
        resource["datastore_active"] = True
