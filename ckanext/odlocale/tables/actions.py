"""Actions on the tables: what they are, bringing them up to date, making them anew."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.scdl.catalogue import UnknownSchema, load_catalogue
from ckanext.odlocale.tables import jobs, model, settling
from ckanext.odlocale.tables.columns import table_name
from ckanext.odlocale.tables.consolidated import table_path

__all__ = ["odlocale_table_list", "odlocale_table_rebuild", "odlocale_table_settle"]

Context = dict[str, Any]
DataDict = dict[str, Any]

#: Collectivités whose slices one call makes anew.
BATCH = 50


@tk.side_effect_free
def odlocale_table_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """List the tables that gather the rows of all the collectivités.

    :returns: for each: ``schema``, ``label``, ``table`` (its name for
        ``datastore_search_sql``), ``rows``, ``version`` (grows by one at each change),
        ``changed_at``, ``resource_id`` (for ``datastore_search``; null until its
        dataset is made), ``csv`` and ``parquet`` (their addresses)
    """
    tk.check_access("odlocale_table_list", context, data_dict)
    catalogue = load_catalogue()
    site = str(tk.config["ckan.site_url"]).rstrip("/")
    return [
        {
            "schema": one.schema,
            "label": catalogue.get(one.schema).label,
            "table": table_name(one.schema),
            "rows": one.rows,
            "version": one.version,
            "changed_at": one.changed_at.isoformat(),
            "resource_id": model.resource_of(one.schema),
            "csv": site + table_path(one.schema, "csv"),
            "parquet": site + table_path(one.schema, "parquet"),
        }
        for one in settling.read_states()
        if one.schema in catalogue
    ]


def odlocale_table_settle(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Bring the tables to what is published, where something is still due.

    What the worker does after each publication, for portals whose worker was stopped.

    :returns: ``done`` (collectivités looked at), ``left`` (those that failed)
    """
    tk.check_access("odlocale_table_settle", context, data_dict)
    before = len(model.due_pairs())
    try:
        done = jobs.settle_pending()
    except jobs.NotSettled as error:
        return {"done": before - len(model.due_pairs()), "left": error.count}
    return {"done": done, "left": 0}


def odlocale_table_rebuild(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Compare a table with what is published, and make good what differs.

    Call it again with ``next`` as ``after`` until ``next`` is null. A run that was
    stopped goes on from there; one that is run again changes nothing.

    :param schema: slug of the schema
    :param after: the SIREN that ``next`` gave (optional)
    :param anew: true: load every release again, even what is there (optional)
    :returns: ``looked`` and ``changed`` (collectivités), ``total``, ``next``
    :raises NotFound: there is no such schema
    """
    tk.check_access("odlocale_table_rebuild", context, data_dict)
    schema = str(tk.get_or_bust(data_dict, "schema"))
    try:
        load_catalogue().get(schema)
    except UnknownSchema as error:
        raise tk.ObjectNotFound(tk._("There is no such model.")) from error
    sirens = settling.concerned(schema)
    after = str(data_dict.get("after") or "")
    waiting = [one for one in sirens if one > after]
    batch = waiting[:BATCH]
    anew = tk.asbool(data_dict.get("anew", False))
    changed = sum(settling.settle(schema, siren, anew=anew) for siren in batch)
    more = len(waiting) > len(batch)
    if not more:
        jobs.keep_all()
    return {
        "looked": len(batch),
        "changed": changed,
        "total": len(sirens),
        "next": batch[-1] if more else None,
    }
