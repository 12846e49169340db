"""Authorisations of the room, each in the module of what it is about."""

from __future__ import annotations

from ckanext.odlocale.people.account_auth import *  # noqa: F403
from ckanext.odlocale.people.account_auth import __all__ as account_names
from ckanext.odlocale.people.journal_auth import *  # noqa: F403
from ckanext.odlocale.people.journal_auth import __all__ as journal_names
from ckanext.odlocale.people.mandate_auth import *  # noqa: F403
from ckanext.odlocale.people.mandate_auth import __all__ as mandate_names
from ckanext.odlocale.people.oidc_auth import *  # noqa: F403
from ckanext.odlocale.people.oidc_auth import __all__ as oidc_names
from ckanext.odlocale.people.perimeter_auth import *  # noqa: F403
from ckanext.odlocale.people.perimeter_auth import __all__ as perimeter_names
from ckanext.odlocale.people.team_auth import *  # noqa: F403
from ckanext.odlocale.people.team_auth import __all__ as team_names
from ckanext.odlocale.people.token_auth import *  # noqa: F403
from ckanext.odlocale.people.token_auth import __all__ as token_names

__all__ = [
    *journal_names,
    *account_names,
    *mandate_names,
    *perimeter_names,
    *oidc_names,
    *team_names,
    *token_names,
]
