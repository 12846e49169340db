"""Template helpers of the datasets' form."""

from __future__ import annotations

from typing import Any

from ckanext.odlocale.scdl.catalogue import load_catalogue

__all__ = ["odlocale_scdl_schema_choices"]


def odlocale_scdl_schema_choices(field: dict[str, Any]) -> list[dict[str, str]]:
    """List the table schemas for the form: their slug, and their French label.

    :param field: the scheming field that asks.
    """
    return [
        {"value": schema.slug, "label": schema.label} for schema in load_catalogue()
    ]
