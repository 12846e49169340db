"""The territory's actions. They decide nothing: see ``plan`` and ``contours``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.odlocale import rooms
from ckanext.odlocale.base import journal
from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory import reasons
from ckanext.odlocale.territory.applying import tell_plugins
from ckanext.odlocale.territory.contours import NotFeatures, read_contours
from ckanext.odlocale.territory.history_actions import (
    activity_show,
    dashboard_activity_list,
    group_activity_list,
    organization_activity_list,
    package_activity_list,
    recently_changed_packages_activity_list,
    user_activity_list,
)
from ckanext.odlocale.territory.member_actions import (
    group_member_delete,
    organization_member_delete,
)
from ckanext.odlocale.territory.owner_actions import (
    odlocale_organization_choices,
    organization_list_for_user,
    organization_show,
    package_create,
)
from ckanext.odlocale.territory.perimeter_actions import (
    odlocale_perimeter_delete,
    odlocale_perimeter_list,
    odlocale_perimeter_set,
    odlocale_perimeter_show,
)
from ckanext.odlocale.territory.plan_actions import (
    odlocale_territory_apply,
    odlocale_territory_apply_later,
    odlocale_territory_plan,
    odlocale_territory_progress,
)
from ckanext.odlocale.territory.refusals import (
    language,
    lock,
    refuse,
    user_id,
    validated,
)
from ckanext.odlocale.territory.register import KINDS, Kind, Register
from ckanext.odlocale.territory.search import search_statement
from ckanext.odlocale.territory.tables import Collectivity
from ckanext.odlocale.territory.target_actions import (
    odlocale_target_list,
    odlocale_target_set,
)
from ckanext.odlocale.territory.transfer_actions import (
    odlocale_transfer_accept,
    odlocale_transfer_list,
)
from ckanext.odlocale.territory.word_actions import (
    format_autocomplete,
    tag_autocomplete,
    tag_list,
    tag_search,
    tag_show,
)

DataDict = dict[str, Any]
Action = Callable[[Context, DataDict], Any]

__all__ = [
    "activity_show",
    "dashboard_activity_list",
    "format_autocomplete",
    "group_activity_list",
    "group_member_delete",
    "group_update",
    "member_create",
    "odlocale_collectivity_search",
    "odlocale_collectivity_show",
    "odlocale_organization_choices",
    "odlocale_perimeter_delete",
    "odlocale_perimeter_list",
    "odlocale_perimeter_set",
    "odlocale_perimeter_show",
    "odlocale_target_list",
    "odlocale_target_set",
    "odlocale_territory_apply",
    "odlocale_territory_apply_later",
    "odlocale_territory_contours",
    "odlocale_territory_plan",
    "odlocale_territory_progress",
    "odlocale_transfer_accept",
    "odlocale_transfer_list",
    "organization_activity_list",
    "organization_list_for_user",
    "organization_member_delete",
    "organization_show",
    "organization_update",
    "package_activity_list",
    "package_create",
    "recently_changed_packages_activity_list",
    "tag_autocomplete",
    "tag_list",
    "tag_search",
    "tag_show",
    "user_activity_list",
]

MAX_PAGE = 100


def odlocale_territory_contours(context: Context, data_dict: DataDict) -> DataDict:
    """Record the contours of the portal's collectivités.

    :param collection: a GeoJSON FeatureCollection in WGS 84; each feature has an
        INSEE code or a SIREN in its properties (``code``, ``insee``, ``siren``…)
        and a Polygon or a MultiPolygon.
    :returns: ``matched`` and ``simplified`` (numbers), ``unknown`` (codes that are
        nobody's here), ``refused`` (rank, code, fault, message) and ``missing``
        (how many communes still have no contour).
    :raises ValidationError: it is not a FeatureCollection.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    tk.check_access("odlocale_territory_contours", context, data_dict)
    try:
        found, refused = read_contours(data_dict.get("collection"))
    except NotFeatures:
        refuse(collection=tk._("This is not a GeoJSON collection of contours."))
    lock()
    matched, org_ids = store.write_contours(found)
    tell_plugins("edit", org_ids)
    _note("contours", context, {"matched": len(matched)})
    if not context.get("defer_commit"):
        model.repo.commit()
    return {
        "matched": len(matched),
        "simplified": sum(c.simplified for c in found if c.code in matched),
        "unknown": [c.code for c in found if c.code not in matched],
        "refused": [reasons.describe_refusal(r, language()) for r in refused],
        "missing": store.count_without_contour(),
    }


@tk.side_effect_free
def odlocale_collectivity_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return a collectivité of the portal.

    :param code: its INSEE code or its SIREN.
    :param include_contour: with its contour, as GeoJSON (optional, false).
    :returns: the register's fields, ``code``, ``organization`` (id, name, title;
        or null), ``longitude`` and ``latitude``.
    :raises NotFound: the portal has no such collectivité.
    """
    data = validated(context, data_dict, _show_schema())
    tk.check_access("odlocale_collectivity_show", context, data_dict)
    found = Collectivity.by_code(data["code"])
    if found is None:
        raise tk.ObjectNotFound(tk._("This collectivité is not on the portal."))
    result: DataDict = found.to_dict() | {"organization": None}
    org = model.Group.get(found.org_id) if found.org_id else None
    if org is not None and org.state == "active":
        result["organization"] = {"id": org.id, "name": org.name, "title": org.title}
    if not data["include_contour"]:
        del result["contour"]
    return result


@tk.side_effect_free
def odlocale_collectivity_search(context: Context, data_dict: DataDict) -> DataDict:
    """Find collectivités that have an organisation here, in one query.

    :param q: the beginning of words of a name, a postal code, an INSEE code or a
        SIREN; all of them where it is empty (optional).
    :param kind: only this kind: commune, epci, departement, region (optional).
    :param epci: only the members of the EPCI of this SIREN, and itself (optional).
    :param departement: only the département of this code (optional).
    :param limit: how many, 1 to 100 (optional, 20).
    :param offset: how many to pass over (optional, 0).
    :returns: ``count``, the number found, and ``results``, a page of them: the
        register's fields, ``code``, ``epci_name``, ``org_id``, ``org_name``,
        ``org_title`` and ``datasets``, the number of its public datasets.
    :raises ValidationError: a limit or an offset that is not a number.
    """
    data = validated(context, data_dict, _search_schema())
    tk.check_access("odlocale_collectivity_search", context, data_dict)
    kind: Kind | None = data["kind"] or None
    rows = store.run(
        search_statement(
            Register.load(),
            data["q"],
            kind=kind,
            epci=data["epci"] or None,
            departement=data["departement"] or None,
            limit=min(max(data["limit"], 1), MAX_PAGE),
            offset=data["offset"],
        )
    )
    total = rows[0]["total"]
    shown = [row for row in rows if row["siren"] is not None]
    return {"count": total, "results": [_search_result(row) for row in shown]}


@tk.chained_action
def member_create(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which lets nobody put an organisation under itself, and tells
    those concerned of a role that somebody is given.

    :raises ValidationError: ``object`` is below ``id``: its pages would not end.
    """
    if str(data_dict.get("object_type")).lower() == "group":
        _refuse_loop(data_dict.get("id"), [data_dict.get("object")])
    if str(data_dict.get("object_type")).lower() != "user":
        return action(context, data_dict)
    if model.Group.get(str(data_dict.get("id") or "")) is not None:
        # Core looks the account up first: whoever may not hears the same of one as of
        # none.
        tk.check_access("member_create", context, data_dict)
    rooms.call_hooks("before_role_given", context, data_dict)
    done = action(context, data_dict)
    rooms.call_hooks("after_role_given", context, data_dict)
    return done


@tk.chained_action
def organization_update(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which lets nobody put an organisation under itself.

    :raises ValidationError: one of ``groups`` is below ``id``.
    """
    _refuse_loop(data_dict.get("id"), _references(data_dict.get("groups")))
    return action(context, data_dict)


@tk.chained_action
def group_update(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which lets nobody put a group under itself.

    :raises ValidationError: one of ``groups`` is below ``id``.
    """
    _refuse_loop(data_dict.get("id"), _references(data_dict.get("groups")))
    return action(context, data_dict)


def _references(groups: object) -> list[object]:
    listed = groups if isinstance(groups, list) else []
    return [g.get("id") or g.get("name") for g in listed if isinstance(g, dict)]


def _refuse_loop(child: object, parents: Iterable[object]) -> None:
    wanted = [str(parent) for parent in parents if parent and "\0" not in str(parent)]
    if not wanted or not child or "\0" in str(child):
        return
    below = model.Group.get(str(child))
    for parent in map(model.Group.get, wanted):
        if below and parent and store.is_within(parent.id, below.id):
            refuse(groups=tk._("An organisation cannot be under itself."))


def _search_result(row: Mapping[str, Any]) -> DataDict:
    hidden = ("total", "folded")
    return {name: value for name, value in row.items() if name not in hidden} | {
        "code": row["insee"] or row["siren"]
    }


def _show_schema() -> dict[str, Any]:
    get = tk.get_validator
    return {
        "code": [get("not_empty"), get("odlocale_text")],
        "include_contour": [get("default")(False), get("odlocale_flag")],
    }


def _search_schema() -> dict[str, Any]:
    get = tk.get_validator
    natural = get("odlocale_whole_number")
    return {
        "q": [get("default")(""), get("odlocale_text")],
        "kind": [get("ignore_empty"), get("one_of")(list(KINDS))],
        "epci": [get("ignore_empty"), get("odlocale_text")],
        "departement": [get("ignore_empty"), get("odlocale_text")],
        "limit": [get("default")(20), natural],
        "offset": [get("default")(0), natural],
    }


def _note(verb: str, context: Context, detail: DataDict) -> None:
    journal.record(
        verb,
        user_id=user_id(context),
        org_id=None,
        object_type="territory",
        object_id="contours",
        detail=detail,
    )
