"""Who may do what with the feeds. Reading them is for everybody."""

from __future__ import annotations

from typing import Any

from ckanext.odlocale.datagouv.elsewhere_auth import *  # noqa: F403
from ckanext.odlocale.datagouv.elsewhere_auth import __all__ as elsewhere_names
from ckanext.odlocale.datagouv.push_auth import *  # noqa: F403
from ckanext.odlocale.datagouv.push_auth import __all__ as push_names
from ckanext.odlocale.datagouv.registration_auth import *  # noqa: F403
from ckanext.odlocale.datagouv.registration_auth import __all__ as registration_names

__all__ = ["odlocale_fragment_rebuild"]
__all__ += [*push_names, *registration_names, *elsewhere_names]


def odlocale_fragment_rebuild(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> dict[str, Any]:
    """System administrators only: CKAN lets them through before asking."""
    return {"success": False}
