"""What asking for a mandate must not do: say who has an account, or come in crowds."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.odlocale.people import rights, throttle
from ckanext.odlocale.people.mandate_rules import named_account
from ckanext.odlocale.people.tables import Mandate

#: Requests that one person may send in a day, to all collectivités.
MAX_A_DAY = 20
#: Mandates that the people in charge of one collectivité give in a day, all together.
MAX_GIVEN = 40


def hold_back(context: Context, data: dict[str, Any]) -> dict[str, list[str]]:
    """Return what stops who asks too often, or tries who has an account.

    Whoever does not know a person hears the same of an account as of none: that person
    asks for the mandate, which is a yes too.

    :param data: of a mandate that is given or asked for, validated
    :returns: sentences by field: ``holder_id``, or ``message``
    """
    asker = model.User.get(context["user"])
    if data["holder"] == "agent":
        # By an address, a name or a number: each would tell who has an account.
        holder = named_account(str(data["holder_id"]))
        if holder is None or not _may_name(asker, holder, data["org_id"]):
            said = tk._(
                "You cannot name this address here. The person asks for the mandate, on"
                " this page, with their own account. You then accept it."
            )
            return {"holder_id": [said]}
    stopped = stop_crowds(context, data["org_id"])
    return {"message": [stopped]} if stopped else {}


def stop_crowds(context: Context, org_id: str) -> str:
    """Return what stops who asks for a mandate, or for the next one, too often.

    Each one is a letter to whoever answers it, or would hold it.
    """
    asker = model.User.get(context["user"])
    if rights.animates_above(asker.name, org_id):
        # Each of theirs has its deed.
        return ""
    manages = rights.is_direct_manager(asker.id, org_id)
    key, most = (
        (f"mandates:{org_id}", MAX_GIVEN)
        if manages
        else (f"mandate:{asker.id}", MAX_A_DAY)
    )
    if throttle.is_one_too_many(key, most, 86_400):
        return str(tk._("You asked for enough mandates today. Try again tomorrow."))
    return ""


def _may_name(asker: Any, holder: Any, org_id: str) -> bool:
    """Tell whether somebody knows that another has an account here: colleagues, those
    who animate above, whoever held or asked for a mandate of the collectivité."""
    if not holder.is_active:
        return False
    if rights.knows(asker.id, holder.id) or rights.knows(holder.id, asker.id):
        return True
    former = model.Session.query(Mandate).filter_by(
        org_id=org_id, holder="agent", holder_id=holder.id
    )
    return bool(former.count())
