"""What the other rooms ask before they write."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckanext.odlocale.handover import taking
from ckanext.odlocale.handover.model import Handover


def stored_files() -> list[sa.ColumnElement[str]]:
    """Columns that hold the SHA-256 of stored files: the feeds of who left."""
    pages = sa.func.jsonb_path_query(Handover.feed, "$.*.*.*").label("page")
    each = sa.select(pages).subquery()
    return [each.c.page.op("#>>")(sa.literal_column("'{}'"))]


def before_dataset_create(context: dict[str, Any], data_dict: dict[str, Any]) -> None:
    """Create nothing for a collectivité that left this portal.

    :raises ValidationError: it says where to go.
    """
    taking.refuse_moved(context, data_dict.get("owner_org"))
