"""Action on the address at which a collectivité is written to."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.people import members
from ckanext.odlocale.people.invitations import is_address
from ckanext.odlocale.people.tables import OfficialAddress

__all__ = ["odlocale_official_set"]


def odlocale_official_set(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Write, or confirm, the official address of a collectivité.

    Codes that let people in are sent there, so that its own responsables may not.

    :param org_id: its organisation
    :param email: the address: another, or the same once somebody checked it
    :returns: ``email``
    :raises ValidationError: not an address
    """
    org_id = str(tk.get_or_bust(data_dict, "org_id"))
    tk.check_access("odlocale_official_set", context, data_dict)
    place = members.place_of(org_id)
    email = str(data_dict.get("email") or "").strip().lower()
    if not is_address(email):
        said = tk._("Write an e-mail address, such as mairie@commune.fr.")
        raise tk.ValidationError({"official": [said]})
    row = model.Session.get(OfficialAddress, place.siren)
    if row is None:
        row = OfficialAddress(siren=place.siren)
        model.Session.add(row)
    row.email, row.source, row.bounced_at = email, "animator", None
    row.updated_at = datetime.datetime.now(datetime.timezone.utc)
    by = model.User.get(context["user"])
    members.note(
        "official address", by=by.id if by else None, org_id=org_id, who=place.siren,
        detail={},
    )  # fmt: skip
    model.Session.commit()
    return {"email": email}
