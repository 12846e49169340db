"""Who may say that data.gouv.fr took a change of owner."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.territory.animators import animated_by, is_administrator
from ckanext.odlocale.territory.transfers import Filters, find_transfers

AuthResult = dict[str, Any]


def odlocale_transfer_list(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Administrators of the portal, and animators: these see their perimeter's."""
    user = context.get("user")
    if is_administrator(user) or animated_by(user):
        return {"success": True}
    return _refused()


def odlocale_transfer_accept(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Administrators, and the animators of an ATD that covers the heir.

    :param transfers: package ids of the transfers; the action finds them first.
    """
    user = context.get("user")
    if is_administrator(user):
        return {"success": True}
    wanted = set(data_dict.get("transfers") or ())
    atds = [one.atd_siren for one in animated_by(user)]
    if not atds or not wanted:
        return _refused()
    asked = Filters(atds=atds, package_ids=wanted, pending=False)
    _, covered = find_transfers(asked)
    if wanted <= {one["package_id"] for one in covered}:
        return {"success": True}
    return _refused()


def _refused() -> AuthResult:
    message = tk._("Only the animators of this territory may follow its transfers.")
    return {"success": False, "msg": message}
