"""CKAN's DataStore on our tables: a resource is a table, or a slice of one.

CKAN's own backend gives each resource a table of its own, named by its id. Here the
id of a commune's file stands for its slice of the schema's table, that of «all the
communes» for the table; any other resource is CKAN's as before. Every way in (search,
information, dump, SQL) goes through these methods.
"""

from __future__ import annotations

from typing import Any, cast

import ckantoolkit as tk
from ckan import model as ckan_model
from ckan import plugins
from ckan.exceptions import CkanConfigurationException
from ckan.types import Context
from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import DatastorePostgresqlBackend

from ckanext.odlocale.tables import model, settling, store
from ckanext.odlocale.tables.columns import TABLE_PREFIX, table_name
from ckanext.odlocale.tables.queries import rename_tables

#: How a search carries, from one method to the next, whose rows it may find.
_SLICE = "odlocale_slice"

#: Anybody may ask by SQL: no question may keep a processor for longer.
SQL_MILLISECONDS = 5_000

#: CKAN's own list of the tables.
ALL_TABLES = "_table_metadata"

#: Functions of SQL that make rows or texts of any size from nothing.
MAKING_FUNCTIONS = {"generate_series", "repeat", "lpad", "rpad"}

DataDict = dict[str, Any]


def require_datastore() -> None:
    """Check, at start-up, that CKAN's DataStore reads our tables.

    :raises CkanConfigurationException: it is not listed, or is listed after us
    """
    listed = plugins.plugin_loaded("datastore")
    if not listed or not isinstance(
        DatastoreBackend.get_active_backend(), TablesBackend
    ):
        raise CkanConfigurationException(
            "ckan.plugins: list datastore, before odlocale. Its database is made by"
            " python -m ckanext.odlocale.portal.tables_database"
        )


class Target:
    """What a resource's id stands for in our tables.

    :ivar slice: ``None`` for the whole table
    """

    def __init__(self, schema: str, found: store.Slice | None) -> None:
        self.schema = schema
        self.table = table_name(schema)
        self.slice = found


def find_target(resource_id: str) -> Target | None:
    """Return what a resource's id stands for; nothing where its table waits still."""
    address = model.find_address(resource_id)
    if address is None:
        return None
    with settling.writing() as cursor:
        if address.siren is None or address.key is None:
            made = store.read_states(cursor, address.schema)
            return Target(address.schema, None) if made else None
        found = store.find_slice(cursor, address.schema, address.siren, address.key)
    return Target(address.schema, found) if found else None


def number_rows(resource_id: str, ids: list[int]) -> dict[int, int]:
    """Return the place in its file of each of some rows of a resource, from 1; nothing
    for a whole table, or for rows that are in no table of ours.

    :param ids: the rows' ``_id``
    """
    target = find_target(resource_id)
    if target is None or target.slice is None or not ids:
        return {}
    with settling.writing() as cursor:
        return store.number_rows(cursor, target.schema, target.slice.id, ids)


class TablesBackend(DatastorePostgresqlBackend):  # type: ignore[misc]
    """One table for each schema, behind CKAN's own actions and pages."""

    def configure(self, config: Any) -> None:
        """Read CKAN's list of functions, but for those that make rows from nothing."""
        super().configure(config)
        if self.enable_sql_search:
            self.allowed_sql_functions -= MAKING_FUNCTIONS

    def resource_exists(self, id: str) -> bool:
        """Tell whether a resource has rows."""
        if model.find_address(id) is not None:
            return find_target(id) is not None
        return not id.startswith(TABLE_PREFIX) and super().resource_exists(id)

    def resource_id_from_alias(self, alias: str) -> tuple[bool, str | None]:
        """Tell whether a name has rows, and whose id it stands for."""
        if model.find_address(alias) is not None:
            return find_target(alias) is not None, None
        if alias.startswith(TABLE_PREFIX):
            # Our tables are read through their resource, which says who may.
            return False, None
        found: tuple[bool, str | None] = super().resource_id_from_alias(alias)
        return found

    def search(self, context: Context, data_dict: DataDict) -> Any:
        """Search the rows of a resource, and of no other.

        :raises ckan.plugins.toolkit.NotAuthorized: it is the list of all tables, which
            is the administrators'
        """
        asked = data_dict["resource_id"]
        if asked == ALL_TABLES:
            # CKAN shows it to everybody, with the ids of drafts' files.
            tk.check_access("sysadmin", context, {})
        target = find_target(asked)
        if target is None:
            return super().search(context, data_dict)
        if target.slice is None:
            settling.retire(target.schema)
        own = cast(Context, {**context, _SLICE: target.slice})
        found = super().search(own, {**data_dict, "resource_id": target.table})
        return {**found, "resource_id": asked}

    def datastore_search(
        self,
        context: Context,
        data_dict: DataDict,
        fields_types: DataDict,
        query_dict: DataDict,
    ) -> DataDict:
        """Add to what CKAN asks the database whose rows it may find."""
        query: DataDict = super().datastore_search(
            context, data_dict, fields_types, query_dict
        )
        found = cast("store.Slice | None", context.get(_SLICE))
        if found is not None:
            query["where"].append((f'"_slice" = {int(found.id)}',))
        return query

    def search_sql(self, context: Context, data_dict: DataDict) -> Any:
        """Answer a question in SQL on whole tables, by their name or resource.

        :raises ckan.plugins.toolkit.ValidationError: it is on one commune's file
        """
        statement = rename_tables(data_dict["sql"], _table_of_name)
        settling.retire()
        check = cast(Any, context)["check_access"]
        own = cast(
            Context,
            {
                **context,
                "query_timeout": SQL_MILLISECONDS,
                "check_access": lambda names: check(_resources_of(names)),
            },
        )
        return super().search_sql(own, {**data_dict, "sql": statement})

    def resource_fields(
        self, id: str, include_meta: bool = True, include_fields_schema: bool = True
    ) -> DataDict:
        """Describe the rows of a resource."""
        target = find_target(id)
        if target is None:
            return cast(
                DataDict,
                super().resource_fields(id, include_meta, include_fields_schema),
            )
        if target.slice is None:
            settling.retire(target.schema)
        info: DataDict = super().resource_fields(
            target.table, include_meta, include_fields_schema
        )
        if include_meta:
            info["meta"]["id"] = id
            if target.slice is not None:
                info["meta"]["count"] = target.slice.rows
        return info

    def resource_plugin_data(self, id: str) -> DataDict:
        """Return what plugins keep about columns."""
        target = find_target(id)
        return cast(
            DataDict, super().resource_plugin_data(target.table if target else id)
        )

    def get_all_ids(self) -> list[str]:
        """Return the tables that are one resource's: ``datastore purge`` drops them."""
        names: list[str] = super().get_all_ids()
        return [name for name in names if not name.startswith(TABLE_PREFIX)]

    def create(
        self, context: Context, data_dict: DataDict, plugin_data: dict[int, DataDict]
    ) -> Any:
        """Refuse to write in our tables, or to take their names."""
        _refuse_ours(data_dict["resource_id"])
        aliases = data_dict.get("aliases") or []
        for alias in aliases.split(",") if isinstance(aliases, str) else aliases:
            if alias.strip().startswith(TABLE_PREFIX):
                raise tk.ValidationError(
                    {"alias": [tk._("Names in odl_ are those of the portal's tables.")]}
                )
        return super().create(context, data_dict, plugin_data)

    def upsert(self, context: Context, data_dict: DataDict) -> Any:
        """Refuse to write in our tables."""
        _refuse_ours(data_dict["resource_id"])
        return super().upsert(context, data_dict)

    def delete(self, context: Context, data_dict: DataDict) -> Any:
        """Refuse to remove rows of our tables.

        CKAN also asks for it when a resource is deleted: its rows leave by themselves
        once nothing public is behind them.
        """
        resource = ckan_model.Resource.get(data_dict["resource_id"])
        if resource is not None and resource.state == "deleted":
            return data_dict
        _refuse_ours(data_dict["resource_id"])
        return super().delete(context, data_dict)

    def calculate_record_count(self, resource_id: str) -> None:
        """Count the rows of a table of CKAN's; ours say their number."""
        if model.find_address(resource_id) is None:
            super().calculate_record_count(resource_id)


def _refuse_ours(resource_id: str) -> None:
    if resource_id.startswith(TABLE_PREFIX) or model.find_address(resource_id):
        raise tk.ValidationError(
            {
                "read-only": [
                    tk._(
                        "These rows are those of a published file. Publish a new"
                        " version of the file to change them."
                    )
                ]
            }
        )


def _table_of_name(name: str) -> str | None:
    address = model.find_address(name)
    if address is None:
        return None
    table = table_name(address.schema)
    if address.siren is not None:
        advice = tk._(
            "SQL reads the table of all the collectivités: ask {table} with a"
            " condition on org_code."
        )
        raise tk.ValidationError({"query": [advice.format(table=table)]})
    return table


def _resources_of(names: Any) -> list[str]:
    """Return the resources that say who may read some tables.

    One of ours that has no resource yet is read by everybody: all its rows are public.
    """
    tables = {table_name(one): one for one in settling.made_schemas()}
    found = []
    for name in names:
        resource = model.resource_of(tables[name]) if name in tables else name
        if resource is not None:
            found.append(resource)
    return found
