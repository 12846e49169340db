"""Template helpers: the datasets' form and pages, what waits on data.gouv.fr."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.datagouv.model import current_portal
from ckanext.odlocale.datagouv.registration_model import HeldDiscussion
from ckanext.odlocale.datagouv.showing import show_script, show_seen
from ckanext.odlocale.scdl.catalogue import load_catalogue

#: On the page of a collectivité, and at its desk.
SHOWN = 20

__all__ = [
    "odlocale_datagouv_seen",
    "odlocale_datagouv_waiting",
    "odlocale_elsewhere",
    "odlocale_scdl_schema_choices",
    "odlocale_schema_org",
    "odlocale_sitemap",
]


def odlocale_datagouv_seen(dataset: dict[str, Any], org_id: str) -> dict[str, Any]:
    """Return what data.gouv.fr will see of a dataset; see :func:`.showing.show_seen`.

    :param dataset: published, or as the desk is about to write it.
    :param org_id: the organisation that it belongs to.
    """
    return show_seen(dataset, org_id)


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


def odlocale_elsewhere(code: str) -> dict[str, Any]:
    """Return the first data that a collectivité publishes on other portals.

    :param code: INSEE code or SIREN.
    """
    asked = {"code": code, "limit": SHOWN}
    return dict(tk.get_action("odlocale_elsewhere_list")({}, asked))


def odlocale_schema_org(dataset: dict[str, Any]) -> str:
    """Return a public dataset for search engines, as JSON for a ``script`` element.

    :param dataset: as ``package_show`` returns it; nothing for one that is not public.
    """
    return show_script(dataset)


def odlocale_sitemap() -> str:
    """Return the address of the sitemap."""
    return f"{current_portal().site_url}/sitemap.xml"
