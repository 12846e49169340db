"""Template helpers: the datasets' form, and what waits on data.gouv.fr."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.datagouv.registration_model import HeldDiscussion
from ckanext.odlocale.scdl.catalogue import load_catalogue

__all__ = ["odlocale_datagouv_waiting", "odlocale_scdl_schema_choices"]


def odlocale_datagouv_waiting(siren: str) -> int:
    """Return how many readers wait for an answer of a collectivité on data.gouv.fr."""
    query = sa.select(sa.func.count()).where(
        HeldDiscussion.siren == siren, HeldDiscussion.answered.is_(False)
    )
    return int(model.Session.scalar(query) or 0)


def odlocale_scdl_schema_choices(field: dict[str, Any]) -> list[dict[str, str]]:
    """List the table schemas for the form: their slug, and their French label.

    :param field: the scheming field that asks.
    """
    return [
        {"value": schema.slug, "label": schema.label} for schema in load_catalogue()
    ]
