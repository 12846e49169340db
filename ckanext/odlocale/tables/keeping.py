"""Keeping the datasets of the whole tables, and their Parquet files.

Not in a publication's own time: a worker does it, for all the releases since the last
time at once.
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import logic
from ckan import model as ckan_model

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.publishing.states import free_key
from ckanext.odlocale.publishing.validators import DESK_PUBLISHES
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.tables import settling, store
from ckanext.odlocale.tables.consolidated import (
    ORGANIZATION,
    Translate,
    build_dataset,
    build_organization,
    dataset_name,
)
from ckanext.odlocale.tables.model import Table
from ckanext.odlocale.tables.parquet import write_parquet
from ckanext.odlocale.tables.store import State
from ckanext.odlocale.tables.streaming import Stream

#: How long a page waits for a worker that is writing a file.
PATIENCE = "60s"


def keep(state: State) -> None:
    """Bring the dataset and the Parquet file of a table up to it.

    The dataset tells of a change once a day: each telling is kept by CKAN for ever.
    """
    session = ckan_model.Session
    _hold(state.schema)
    table = session.get(Table, state.schema, populate_existing=True)
    package = ckan_model.Package.get(table.package_id) if table else None
    if table is None or package is None:
        table = _create(state, table)
    elif package.state == "active" and table.version != state.version:
        _tell(package, state)
        table.version = state.version
        session.commit()
    settling.tidy(state.schema)
    # What was committed above let go of it.
    _hold(state.schema)
    if table.parquet_version != state.version:
        table.parquet_version = _write(state.schema)
    session.commit()


def is_kept(schema: str) -> bool:
    """Tell whether a table has its dataset: its Parquet file is there, or will be."""
    return ckan_model.Session.get(Table, schema) is not None


def forget_parquet(schema: str) -> None:
    """Remove the Parquet file of a table until the worker has written another. Commits.

    It may hold rows that have just been erased for good from the table: a worker that
    read them before is waited for.

    :raises sqlalchemy.exc.OperationalError: it takes too long
    """
    ckan_model.Session.execute(sa.text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
    _hold(schema)
    settling.parquet_path(schema).unlink(missing_ok=True)
    table = ckan_model.Session.get(Table, schema)
    if table is not None:
        table.parquet_version = None
    ckan_model.Session.commit()


def _hold(schema: str) -> None:
    """Let one process at a time write the file of a table, until the next commit."""
    key = sa.func.hashtext(schema)
    ckan_model.Session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(store.LOCK_NAMESPACE, key))
    )


def _create(state: State, former: Table | None) -> Table:
    session = ckan_model.Session
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    schema = load_catalogue().get(state.schema)
    org_id = _organization(user)
    dataset = build_dataset(
        schema,
        org_id,
        str(uuid.uuid4()),
        str(tk.config["ckan.site_url"]),
        {
            "name": str(tk.config["ckanext.odlocale.atd_name"]),
            "email": str(tk.config["ckanext.odlocale.contact_email"]),
        },
        state.changed_at.date(),
        _language(),
    )
    taken = session.scalars(
        sa.select(ckan_model.Package.name).where(
            ckan_model.Package.name.startswith(dataset_name(schema.slug))
        )
    )
    dataset["name"] = free_key(dataset["name"], frozenset(taken))
    # As a release does: the dataset and our row of it are one transaction.
    context: Any = {
        "user": user,
        "ignore_auth": True,
        "defer_commit": True,
        "return_id_only": True,
        # The portal's own work: no line in the journal for each day's file.
        DESK_PUBLISHES: True,
    }
    package_id = tk.get_action("package_create")(context, dataset)
    table = former or Table(schema=state.schema)
    table.package_id = package_id
    table.resource_id = dataset["resources"][0]["id"]
    table.version = state.version
    table.parquet_version = None
    session.add(table)
    session.flush()
    logic.index_update_package({"user": user}, package_id)
    session.commit()
    return table


def _organization(user: str) -> str:
    known = ckan_model.Group.get(ORGANIZATION)
    if known is not None:
        return str(known.id)
    context: Any = {"user": user, "ignore_auth": True}
    made = tk.get_action("organization_create")(
        context, build_organization(_language())
    )
    return str(made["id"])


def _language() -> Translate:
    """Write in the portal's language: a worker has no visitor to ask."""
    return translator(str(tk.config["ckan.locale_default"])).gettext


def _tell(package: ckan_model.Package, state: State) -> None:
    day = state.changed_at.astimezone(datetime.timezone.utc).date().isoformat()
    if package.extras.get("modified") == day:
        return
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    context: Any = {"user": user, "ignore_auth": True, DESK_PUBLISHES: True}
    tk.get_action("package_patch")(context, {"id": package.id, "modified": day})


def _write(schema: str) -> int:
    """Write the Parquet file; return the version of the table that it holds."""
    settling.retire(schema)
    columns = settling.columns_for(schema)
    integers = {one.name for one in columns if one.field.type == "integer"}
    stream = Stream(str(tk.config["ckan.datastore.read_url"]), schema)
    assert stream.state is not None
    write_parquet(stream.read(), stream.types, integers, settling.parquet_path(schema))
    return stream.state.version
