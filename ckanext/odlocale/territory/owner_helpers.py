"""What forms and lists ask about whom one publishes for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import authz, model

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory import owners
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Collectivity

__all__ = ["can_update_owner_org", "odlocale_filters", "odlocale_owner_field"]


def odlocale_owner_field(
    value: str | None, own: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what the field of a dataset's owner shows.

    :param value: the owner's id, or what was typed and refused; nothing at first.
    :param own: the organisations where the user may publish as a member by name.
    :returns: ``only``, the one organisation that may be meant, where there is nothing
        to choose; ``text``, what the field holds; ``choices``, what it offers.
    """
    user = model.User.get(tk.current_user.name)
    meant = owners.organisation_meant(value or "")
    offered = owners.find_choices(user, "" if meant else value or "") if user else []
    if len(own) == 1 and value in (None, "", own[0]["id"], own[0]["name"]):
        only = own[0]["id"]
        if [one["id"] for one in offered] == [only]:
            return {"only": only, "text": own[0]["display_name"], "choices": []}
    text = (meant and owners.label_of(meant)) or value or ""
    return {"only": None, "text": text, "choices": [one["label"] for one in offered]}


_OTHERS = sa.text(
    """
    SELECT g.name, g.title FROM "group" g
    LEFT JOIN odlocale_collectivity c ON c.org_id = g.id
    WHERE g.is_organization AND g.state = 'active' AND c.siren IS NULL
      AND ' ' || odlocale_folded(coalesce(nullif(g.title, ''), g.name)) LIKE :words
    ORDER BY odlocale_folded(coalesce(nullif(g.title, ''), g.name)), g.name
    LIMIT :limit
    """
)
MAX_OTHERS = 50


def odlocale_other_organizations(q: str) -> list[dict[str, str]]:
    """Return the organisations that are no collectivité of the register, in one query.

    Those of an association, of a service, or made by hand and not taken over yet.

    :param q: beginnings of the words of a name; all of them where it is empty.
    :returns: ``name`` and ``title`` of fifty at most, in alphabetical order.
    """
    words = slugify(q or "").replace("-", " ").strip()
    if (q or "").strip() and not words:
        return []
    params = {"words": f"% {words}%" if words else "%", "limit": MAX_OTHERS}
    rows = model.Session.execute(_OTHERS, params)
    return [{"name": name, "title": title or name} for name, title in rows]


def odlocale_filters(departement: str, epci: str) -> dict[str, Any]:
    """Return the départements and the EPCI that the list of collectivités offers.

    EPCI are those of one département, so that their list does not grow with the
    portal: of the one that is chosen, or of the only one.

    :param departement: the code of the one that is chosen, or nothing.
    :param epci: the SIREN of the one that is chosen, or nothing.
    :returns: ``departements`` and ``epcis``, pairs of a code and a name; two queries.
    """
    held = Collectivity.__table__.c
    active = (held.status == "active", held.org_id.is_not(None))
    codes = model.Session.scalars(
        sa.select(held.departement)
        .where(*active, held.kind == "commune", held.departement.is_not(None))
        .distinct()
    ).all()
    divisions = Register.load().divisions
    departements = sorted(
        (code, divisions[code].name if code in divisions else code) for code in codes
    )
    chosen = departement or (departements[0][0] if len(departements) == 1 else "")
    epcis = model.Session.execute(
        sa.select(held.siren, held.name)
        .where(*active, held.kind == "epci")
        .where(
            # One whose seat is elsewhere has members here: Redon's are in three.
            held.siren.in_(
                sa.select(Collectivity.epci_siren).where(
                    Collectivity.status == "active",
                    Collectivity.departement == chosen,
                    Collectivity.epci_siren.is_not(None),
                )
            )
            | (held.siren == epci)
        )
        .order_by(held.name)
    )
    return {
        "departements": departements,
        "epcis": [(siren, name) for siren, name in epcis],
    }


@tk.chained_helper
def can_update_owner_org(
    following: Callable[..., bool],
    package_dict: Mapping[str, Any],
    user_orgs: Sequence[Mapping[str, Any]] | None = None,
) -> bool:
    """Core's rule, for those too whose right comes from above the owner.

    Core looks for the owner in ``organization_list_for_user``, which here holds the
    organisations that one was put in by name.
    """
    owner = package_dict.get("owner_org")
    if package_dict.get("id") and owner:
        name = tk.current_user.name
        if authz.has_user_permission_for_group_or_org(owner, name, "create_dataset"):
            return True
    return following(package_dict, user_orgs)
