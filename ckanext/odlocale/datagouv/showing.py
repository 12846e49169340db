"""What data.gouv.fr will see of one dataset, from the portal's tables."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.datagouv.advice import (
    UNKNOWN,
    advise,
    name_criteria,
    tell_reading,
)
from ckanext.odlocale.datagouv.description import describe
from ckanext.odlocale.datagouv.model import UTC, current_portal, read_publishers
from ckanext.odlocale.datagouv.registration_model import Registration
from ckanext.odlocale.datagouv.schema_org import write_script
from ckanext.odlocale.datagouv.seen import see
from ckanext.odlocale.territory.tables import Collectivity
from ckanext.odlocale.territory.target_store import choices_of
from ckanext.odlocale.territory.targets import find_place

#: Stands for what a dataset gets when it is created.
NEW = "new"


def show_seen(dataset: Mapping[str, Any], org_id: str) -> dict[str, Any]:
    """Tell what data.gouv.fr will see of a dataset, published or about to be.

    :param dataset: as ``package_show`` returns it, or as it will be written.
    :param org_id: the organisation that it belongs to.
    :returns: ``seen`` (:class:`~.seen.Seen`), ``criteria`` (name, label, met, advice)
        and ``reading``: when data.gouv.fr reads it.
    """
    now = datetime.datetime.now(UTC)
    publisher = read_publishers([org_id]).get(org_id)
    whole = {"id": NEW, **dataset, "resources": _numbered(dataset)}
    seen = see(
        describe(whole, publisher, current_portal(), now=now),
        len(whole["resources"]),
        now,
    )
    name, atd = seen.publisher or "", tk.h.odlocale_atd_name()
    labels, advice = name_criteria(tk._), advise(tk._, name, atd)
    return {
        "seen": seen,
        "criteria": [
            {"name": one, "label": labels[one], "met": met, "advice": advice[one]}
            for one, met in seen.met.items()
        ],
        "reading": tell_reading(_state_of(dataset, org_id), tk._, name, atd),
    }


def show_script(dataset: Mapping[str, Any]) -> str:
    """Write a dataset for search engines; nothing for one that is not public.

    :param dataset: as ``package_show`` returns it.
    """
    if dataset.get("private") or dataset.get("state") != "active":
        return ""
    owner = str(dataset.get("owner_org") or "")
    portal = current_portal()
    publisher = read_publishers([owner]).get(owner) if owner else None
    now = datetime.datetime.now(UTC)
    return write_script(describe(dataset, publisher, portal, now=now), portal)


def _numbered(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Name the files that are not written yet: a description drops the nameless."""
    files = dataset.get("resources") or []
    return [{"id": f"{NEW}-{number}", **one} for number, one in enumerate(files)]


def _state_of(dataset: Mapping[str, Any], org_id: str) -> str:
    if dataset.get("private") or dataset.get("state", "active") != "active":
        return "hidden"
    owner = Collectivity.by_org(org_id)
    if owner is None:
        return UNKNOWN
    place = find_place(
        str(dataset.get("scdl_schema") or ""),
        owner.kind,
        owner.insee,
        owner.siren,
        choices_of(owner.siren),
    )
    return registration_state(owner.siren) if place.target == "portal" else place.target


def registration_state(siren: str) -> str:
    """Return how far a collectivité is on data.gouv.fr, as last known."""
    query = sa.select(Registration.state).where(Registration.siren == siren)
    return model.Session.execute(query).scalar_one_or_none() or UNKNOWN
