"""Actions of the room, each in the module of what it is about."""

from __future__ import annotations

from ckanext.odlocale.people.account_actions import *  # noqa: F403
from ckanext.odlocale.people.account_actions import __all__ as account_names
from ckanext.odlocale.people.address_actions import *  # noqa: F403
from ckanext.odlocale.people.address_actions import __all__ as address_names
from ckanext.odlocale.people.factor_actions import *  # noqa: F403
from ckanext.odlocale.people.factor_actions import __all__ as factor_names
from ckanext.odlocale.people.invited_actions import *  # noqa: F403
from ckanext.odlocale.people.invited_actions import __all__ as invited_names
from ckanext.odlocale.people.joining_actions import *  # noqa: F403
from ckanext.odlocale.people.joining_actions import __all__ as joining_names
from ckanext.odlocale.people.journal_actions import *  # noqa: F403
from ckanext.odlocale.people.journal_actions import __all__ as journal_names
from ckanext.odlocale.people.leaving_actions import *  # noqa: F403
from ckanext.odlocale.people.leaving_actions import __all__ as leaving_names
from ckanext.odlocale.people.mandate_actions import *  # noqa: F403
from ckanext.odlocale.people.mandate_actions import __all__ as mandate_names
from ckanext.odlocale.people.official_actions import *  # noqa: F403
from ckanext.odlocale.people.official_actions import __all__ as official_names
from ckanext.odlocale.people.oidc_actions import *  # noqa: F403
from ckanext.odlocale.people.oidc_actions import __all__ as oidc_names
from ckanext.odlocale.people.password_actions import *  # noqa: F403
from ckanext.odlocale.people.password_actions import __all__ as password_names
from ckanext.odlocale.people.perimeter_actions import *  # noqa: F403
from ckanext.odlocale.people.perimeter_actions import __all__ as perimeter_names
from ckanext.odlocale.people.personal_actions import *  # noqa: F403
from ckanext.odlocale.people.personal_actions import __all__ as personal_names
from ckanext.odlocale.people.team_actions import *  # noqa: F403
from ckanext.odlocale.people.team_actions import __all__ as team_names
from ckanext.odlocale.people.token_actions import *  # noqa: F403
from ckanext.odlocale.people.token_actions import __all__ as token_names

__all__ = [
    *journal_names,
    *account_names,
    *address_names,
    *factor_names,
    *invited_names,
    *joining_names,
    *leaving_names,
    *mandate_names,
    *official_names,
    *password_names,
    *perimeter_names,
    *personal_names,
    *oidc_names,
    *team_names,
    *token_names,
]
