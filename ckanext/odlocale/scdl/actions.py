"""Actions on the catalogue of table schemas: public, they write nothing."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.types import Context, DataDict

from .catalogue import UnknownSchema, load_catalogue, load_versions
from .table_schema import TableSchema

__all__ = ["odlocale_schema_list", "odlocale_schema_show"]


@tk.side_effect_free
def odlocale_schema_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return the table schemas that files are checked against, by label.

    :returns: for each: slug, id, version, label, purpose, schema_url, ``added`` (come
        in at run time), ``added_by`` (SIREN of the ATD), number of ``fields``
    """
    tk.check_access("odlocale_schema_list", context, data_dict)
    return [_summarise(schema) for schema in load_catalogue()]


@tk.side_effect_free
def odlocale_schema_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return one table schema: its versions, and each column's name, type, title.

    :param id: its slug (``budget``) or identifier (``scdl/budget``)
    :raises NotFound: no such schema
    """
    tk.check_access("odlocale_schema_show", context, data_dict)
    name = str(tk.get_or_bust(data_dict, "id"))
    try:
        schema = load_catalogue().get(name)
    except UnknownSchema:
        raise tk.ObjectNotFound(tk._("This model was not found.")) from None
    fields = [
        {
            "name": field.name,
            "title": field.title,
            "type": field.type,
            "required": field.required,
        }
        for field in schema.fields
    ]
    versions = [one.version for one in load_versions(schema.slug)]
    return {**_summarise(schema), "fields": fields, "versions": versions}


def _summarise(schema: TableSchema) -> dict[str, Any]:
    return {
        "slug": schema.slug,
        "id": schema.id,
        "version": schema.version,
        "label": schema.label,
        "purpose": schema.purpose,
        "schema_url": schema.schema_url,
        "added": schema.added,
        "added_by": schema.added_by,
        "fields": len(schema.fields),
    }
