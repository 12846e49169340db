"""Who may read and change where collectivités publish."""

from __future__ import annotations

from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.territory.animators import authorize_animator

__all__ = ["odlocale_target_list", "odlocale_target_set"]


def odlocale_target_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Animators, for the perimeters that they animate.

    Administrators of the portal are let through before this.
    """
    return authorize_animator(context.get("user"), data_dict.get("perimeter"))


def odlocale_target_set(context: Context, data_dict: DataDict) -> AuthResult:
    """Animators, for the perimeters that they animate.

    The action refuses a collectivité that is outside of them.
    """
    return authorize_animator(context.get("user"), data_dict.get("perimeter"))
