"""Rows of a file, for the page of its resource."""

from __future__ import annotations

import logging
from typing import Any

import ckantoolkit as tk
import psycopg2
import sqlalchemy.exc

from ckanext.odlocale.tables.backend import number_rows
from ckanext.odlocale.tables.consolidated import is_whole_table
from ckanext.odlocale.tables.preview import Asked, show_rows

__all__ = ["odlocale_rows"]

log = logging.getLogger(__name__)


def odlocale_rows(resource: dict[str, Any]) -> dict[str, Any] | None:
    """Return a page of a resource's rows, as the address of the page asks for it.

    :returns: see :func:`.preview.show_rows`; nothing where it has no rows to show now
    """
    if not resource.get("datastore_active"):
        return None
    asked = Asked.from_query(tk.request.args)
    about = {
        "id": resource["id"],
        "include_meta": False,
        "include_fields_schema": False,
    }
    try:
        fields = tk.get_action("datastore_info")({}, about)["fields"]
        search = asked.to_search([one["id"] for one in fields])
        found = tk.get_action("datastore_search")(
            {}, {"resource_id": resource["id"], **search}
        )
        places = number_rows(resource["id"], [one["_id"] for one in found["records"]])
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None
    except (psycopg2.Error, sqlalchemy.exc.SQLAlchemyError):
        log.exception("The rows of %s cannot be read", resource["id"])
        return None
    whole = is_whole_table(str(resource.get("url") or ""))
    return show_rows(asked, fields, found, owners=whole, _=tk._, places=places)
