"""Actions on whom one publishes for, in a number of queries that never grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import authz, model
from ckan.types import Context

from ckanext.odlocale import rooms
from ckanext.odlocale.territory import owners
from ckanext.odlocale.territory.transfer_actions import show_or_lead

DataDict = dict[str, Any]
Action = Callable[[Context, DataDict], Any]

MAX_CHOICES = 50


@tk.side_effect_free
def odlocale_organization_choices(context: Context, data_dict: DataDict) -> DataDict:
    """Find the collectivités that one may publish for, as one types.

    :param q: the beginning of words of a name, a postal code, an INSEE code or a
        SIREN; the first ones by name where it is empty (optional).
    :param limit: how many, 1 to 50 (optional, 10).
    :returns: ``results``: for each ``id``, ``name``, ``title``, ``code``, ``kind`` and
        ``label``, how the form's field writes it. One query, for an agent as for
        the animator of two thousand communes.
    :raises ValidationError: a limit that is not a number.
    :raises NotAuthorized: nobody is logged in.
    """
    get = tk.get_validator
    schema = {
        "q": [get("default")(""), get("odlocale_text")],
        "limit": [get("default")(owners.OFFERED), get("odlocale_whole_number")],
    }
    data, errors = tk.navl_validate(dict(data_dict), schema, context)
    if errors:
        raise tk.ValidationError(errors)
    tk.check_access("odlocale_organization_choices", context, data_dict)
    limit = min(max(data["limit"], 1), MAX_CHOICES)
    user = model.User.get(context["user"])
    return {"results": owners.find_choices(user, data["q"], limit) if user else []}


@tk.chained_action
@tk.side_effect_free
def organization_list_for_user(
    action: Action, context: Context, data_dict: DataDict
) -> list[DataDict]:
    """Core's action, on the organisations that the user was put in by name.

    Core adds every organisation below, and lists the whole portal to its
    administrators: thousands, each with its queries. ``odlocale_organization_choices``
    searches among those; ``include_below`` gives core's answer all the same.

    :param id: the user; whoever calls, where it is left out.
    :param permission: a right that the role must give (optional, manage_group).
    :param include_dataset_count: with ``package_count`` (optional).
    :param include_member_count: with ``member_count`` (optional).
    :param include_below: core's own answer, however long (optional, false).
    :returns: organisations as core's, with ``capacity``; in four queries at most.
    :raises NotFound: there is no such user.
    :raises ValidationError: a flag that is neither true nor false.
    """
    try:
        below, datasets, members = (
            tk.asbool(data_dict.get(f"include_{name}", False))
            for name in ("below", "dataset_count", "member_count")
        )
    except ValueError:
        raise tk.ValidationError({"message": [tk._("Answer true or false.")]}) from None
    if below:
        return list(action(context, data_dict))
    tk.check_access("organization_list_for_user", context, data_dict)
    user = model.User.get(data_dict.get("id") or context["user"])
    if user is None and data_dict.get("id"):
        raise tk.ObjectNotFound(tk._("This user was not found."))
    roles = authz.get_roles_with_permission(
        str(data_dict.get("permission") or "manage_group")
    )
    if user is None or not roles:
        return []
    return owners.memberships_shown(
        context, user.id, roles, with_datasets=datasets, with_members=members
    )


@tk.chained_action
@tk.side_effect_free
def organization_show(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, without what core's own pages ask for and never show.

    A page says nothing of followers, and names what is above by a query of its own;
    core would walk every parent and ask the search engine about each. Calls of the
    API get core's answer. A former organisation's leads to the one of today.
    """
    if not context.get("for_view"):
        return show_or_lead(action, context, data_dict)
    unasked = ("include_groups", "include_dataset_count", "include_followers")
    asked = {**dict.fromkeys(unasked, False), **data_dict}
    shown = show_or_lead(action, context, asked)
    if "package_count" not in shown:
        shown["package_count"] = owners.public_datasets(shown["id"])
    return shown


@tk.chained_action
def package_create(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, whose ``owner_org`` may be a name or a code as somebody types it.

    Core judges the right to publish before it validates: the owner must be known then.

    :raises ValidationError: nothing, or several collectivités, are called so.
    """
    if data_dict.get("owner_org") and (context.get("user") or "ignore_auth" in context):
        try:
            data_dict["owner_org"] = tk.get_validator("odlocale_owner")(
                data_dict["owner_org"], context
            )
        except tk.Invalid as error:
            raise tk.ValidationError({"owner_org": [error.error]}) from error
    # One chained action of a name for each plugin: other rooms have their say here.
    rooms.call_hooks("before_dataset_create", context, data_dict)
    return action(context, data_dict)
