"""Actions that read the desk: whose it is, what is in it, one file, one finding."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.people import rights
from ckanext.odlocale.publishing.deciding import list_rows
from ckanext.odlocale.publishing.drafts import load, validate, visible_to
from ckanext.odlocale.publishing.model import MAX_SEATS, Deposit, seats_of
from ckanext.odlocale.publishing.ownership import summarise
from ckanext.odlocale.publishing.release import show_deposit
from ckanext.odlocale.publishing.validators import (
    deposit_schema,
    list_schema,
    rows_schema,
)

__all__ = [
    "odlocale_deposit_list",
    "odlocale_deposit_rows",
    "odlocale_deposit_show",
    "odlocale_desk_list",
]


@tk.side_effect_free
def odlocale_desk_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return whom the caller publishes for, and what they have there.

    Direct memberships and mandates are listed: an animator, whose role cascades to
    hundreds of communes, picks one by its name instead.

    :returns: ``collectivities``: for each, ``code``, ``name``, ``org_id`` and its
        ``deposits`` (as :func:`odlocale_deposit_list` gives them); ``picks``:
        whether the caller may act for others that are not listed
    """
    tk.check_access("odlocale_desk_list", context, data_dict)
    user = model.User.get(context["user"])
    mandated = rights.mandated_orgs(user.id)
    seats = seats_of(user.id, list(mandated))
    picks = user.sysadmin or any(seat.cascades for seat in seats)
    if len(seats) > MAX_SEATS:
        seats, picks = [], True
    found = Deposit.of_organizations([seat.org_id for seat in seats])
    seen = [one for one in found if one.org_id not in mandated]
    for org_id in mandated:
        own = [one for one in found if one.org_id == org_id]
        seen += visible_to(context, org_id, own)
    deposits = summarise(seen)
    return {
        "picks": picks,
        "collectivities": [
            {
                **seat.to_dict(),
                "deposits": [one for one in deposits if one["org_id"] == seat.org_id],
            }
            for seat in seats
        ],
    }


@tk.side_effect_free
def odlocale_deposit_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return one deposit: what was found in it, what was decided, what is next.

    :param id: the deposit
    :returns: its columns, ``step``, ``address``, ``online``, ``tally``, ``analysis``
    :raises NotFound: no such deposit
    """
    data = validate(data_dict, deposit_schema())
    tk.check_access("odlocale_deposit_show", context, data)
    return show_deposit(load(data["id"]))


@tk.side_effect_free
def odlocale_deposit_list(
    context: Context, data_dict: DataDict
) -> list[dict[str, Any]]:
    """Return an organisation's drafts and published files, the latest first.

    :param org_id: the organisation
    :param schema: slug (optional); that model's only, former releases included
    :returns: for each: id, org_id, siren, schema, key, state, filename, rows, version
        and dates; ``code`` of its address, ``former`` commune whose file it is
    """
    data = validate(data_dict, list_schema())
    tk.check_access("odlocale_deposit_list", context, data)
    found = Deposit.of_organizations([data["org_id"]], data.get("schema"))
    return summarise(visible_to(context, data["org_id"], found))


@tk.side_effect_free
def odlocale_deposit_rows(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return every row of one group of findings, a page at a time.

    :param id: the deposit
    :param group: id of the group
    :param page: from 1 (optional)
    :returns: ``group`` (:meth:`FindingGroup.to_dict`), ``rows`` (``row``, ``before``,
        ``after``), ``page``, ``pages``
    :raises NotFound: no such deposit or group
    """
    data = validate(data_dict, rows_schema())
    tk.check_access("odlocale_deposit_rows", context, data)
    return list_rows(load(data["id"]), data["group"], data.get("page") or 1)
