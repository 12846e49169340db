"""The territory's actions. They decide nothing: see ``plan`` and ``contours``."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

import ckantoolkit as tk
from ckan import model, plugins
from ckan.lib import i18n
from ckan.types import Context
from flask import has_request_context
from sqlalchemy.exc import IntegrityError, OperationalError

from ckanext.odlocale.base import journal
from ckanext.odlocale.territory import jobs, reasons
from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory.contours import NotFeatures, read_contours
from ckanext.odlocale.territory.perimeters import (
    EmptyPerimeter,
    UnknownDepartement,
    departements_perimeter,
)
from ckanext.odlocale.territory.plan import Organisation, Plan, plan
from ckanext.odlocale.territory.projection import project
from ckanext.odlocale.territory.register import KINDS, Kind, Register
from ckanext.odlocale.territory.search import search_statement
from ckanext.odlocale.territory.tables import Collectivity

DataDict = dict[str, Any]
Action = Callable[[Context, DataDict], Any]

__all__ = [
    "group_update",
    "member_create",
    "odlocale_collectivity_search",
    "odlocale_collectivity_show",
    "odlocale_territory_apply",
    "odlocale_territory_contours",
    "odlocale_territory_plan",
    "organization_update",
]

MAX_PAGE = 100


@tk.side_effect_free
def odlocale_territory_plan(context: Context, data_dict: DataDict) -> DataDict:
    """Say what applying the register to départements would change.

    :param departement: the code of a département (``"56"``), or a list of them.
    :returns: ``perimeter``, ``vintage``, ``digest`` (give it back to
        ``odlocale_territory_apply``), ``counts`` by verdict (create, update,
        unchanged, conflict) and ``steps``: for each collectivité its verdict,
        kind, title, SIREN, INSEE code, organization, parent_siren, reason,
        message and changes.
    :raises ValidationError: an unknown département, or none.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    data = _validated(context, data_dict, _territory_schema())
    tk.check_access("odlocale_territory_plan", context, data_dict)
    made, _known = _make_plan(data["departement"])
    return made.to_dict(_language())


def odlocale_territory_apply(context: Context, data_dict: DataDict) -> DataDict:
    """Create and bring up to date the organisations of départements.

    It is one transaction: all is done, or nothing. What is in conflict is left
    as it is and returned.

    :param departement: as for ``odlocale_territory_plan``.
    :param digest: the digest of the plan that was read; refused if the plan is
        no longer the same (optional).
    :returns: the plan that was applied.
    :raises ValidationError: as for the plan; or the plan has changed, or another
        apply holds the territory: nothing was done.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    data = _validated(context, data_dict, _territory_schema())
    tk.check_access("odlocale_territory_apply", context, data_dict)
    made, known = _locked_plan(data["departement"])
    if data.get("digest") not in (None, made.digest):
        _refuse(digest=tk._("The portal has changed since this plan. Read it again."))
    changed = [] if made.is_empty else _write(made, known, _user_id(context))
    if not context.get("defer_commit"):
        model.repo.commit()
    jobs.reindex_later(changed)
    return made.to_dict(_language())


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
        _refuse(collection=tk._("This is not a GeoJSON collection of contours."))
    _lock()
    matched, org_ids = store.write_contours(found)
    _tell_plugins("edit", org_ids)
    _note("contours", context, {"matched": len(matched)})
    if not context.get("defer_commit"):
        model.repo.commit()
    return {
        "matched": len(matched),
        "simplified": sum(c.simplified for c in found if c.code in matched),
        "unknown": [c.code for c in found if c.code not in matched],
        "refused": [reasons.describe_refusal(r, _language()) for r in refused],
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
    data = _validated(context, data_dict, _show_schema())
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
    :param limit: how many, 1 to 100 (optional, 20).
    :param offset: how many to pass over (optional, 0).
    :returns: ``count``, the number found, and ``results``, a page of them: the
        register's fields, ``code``, ``epci_name``, ``org_id``, ``org_name``,
        ``org_title`` and ``datasets``, the number of its public datasets.
    :raises ValidationError: a limit or an offset that is not a number.
    """
    data = _validated(context, data_dict, _search_schema())
    tk.check_access("odlocale_collectivity_search", context, data_dict)
    kind: Kind | None = data["kind"] or None
    rows = store.run(
        search_statement(
            Register.load(),
            data["q"],
            kind=kind,
            limit=min(max(data["limit"], 1), MAX_PAGE),
            offset=data["offset"],
        )
    )
    total = rows[0]["total"]
    shown = [row for row in rows if row["siren"] is not None]
    return {"count": total, "results": [_search_result(row) for row in shown]}


@tk.chained_action
def member_create(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which lets nobody put an organisation under itself.

    :raises ValidationError: ``object`` is below ``id``: its pages would not end.
    """
    if str(data_dict.get("object_type")).lower() == "group":
        _refuse_loop(data_dict.get("id"), [data_dict.get("object")])
    return action(context, data_dict)


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
            _refuse(groups=tk._("An organisation cannot be under itself."))


def _search_result(row: Mapping[str, Any]) -> DataDict:
    hidden = ("total", "folded")
    return {name: value for name, value in row.items() if name not in hidden} | {
        "code": row["insee"] or row["siren"]
    }


def _territory_schema() -> dict[str, Any]:
    get = tk.get_validator
    return {
        "departement": [get("not_empty")],
        "digest": [get("ignore_empty"), get("odlocale_text")],
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
        "limit": [get("default")(20), natural],
        "offset": [get("default")(0), natural],
    }


def _validated(
    context: Context, data_dict: DataDict, schema: dict[str, Any]
) -> DataDict:
    data, errors = tk.navl_validate(dict(data_dict), schema, context)
    if errors:
        raise tk.ValidationError(errors)
    return {name: data.get(name) for name in schema}


def _make_plan(departements: object) -> tuple[Plan, list[Organisation]]:
    codes = departements if isinstance(departements, list) else [departements]
    split = [code for text in codes for code in str(text).replace(",", " ").split()]
    register = Register.load()
    try:
        perimeter = departements_perimeter(register, split)
    except UnknownDepartement as error:
        message = tk._("No département has the code {code}.").format(code=error.code)
        _refuse(departement=message)
    except EmptyPerimeter:
        _refuse(departement=tk._("Give the code of a département, for example 56."))
    known = store.read_organisations()
    return plan(register, perimeter, known), known


def _locked_plan(departements: object) -> tuple[Plan, list[Organisation]]:
    _lock()
    return _make_plan(departements)


def _lock() -> None:
    try:
        store.lock_territory()
    except OperationalError:
        model.Session.rollback()
        _refuse(territory=tk._("Somebody is changing the territory. Try again later."))


def _write(made: Plan, known: list[Organisation], user_id: str | None) -> list[str]:
    now = datetime.datetime.now()
    projection = project(made, known, now, model.types.make_uuid)
    created = [row["id"] for row in projection.new_groups]
    changed = [row["key"] for row in projection.changed_groups]
    try:
        store.write_projection(projection)
    except IntegrityError:
        # Somebody created an organisation by hand in the meantime.
        model.Session.rollback()
        _refuse(digest=tk._("The portal has changed since this plan. Read it again."))
    _tell_plugins("create", created)
    _tell_plugins("edit", changed)
    if user_id is not None and _keeps_activities():
        store.record_activities(created, user_id, "new")
        store.record_activities(changed, user_id, "changed")
    journal.record(
        "applied",
        user_id=user_id,
        org_id=None,
        object_type="territory",
        object_id=made.perimeter,
        detail={"digest": made.digest, **made.counts},
    )
    return changed


def _keeps_activities() -> bool:
    enabled = bool(tk.config["ckan.activity_streams_enabled"])
    return plugins.plugin_loaded("activity") and enabled


def _tell_plugins(event: str, org_ids: Iterable[str]) -> None:
    """Call what ``organization_create`` and ``organization_update`` would."""
    listeners = list(plugins.PluginImplementations(plugins.IOrganizationController))
    ids = list(org_ids)
    if not listeners or not ids:
        return
    groups = store.read_groups(ids)
    for listener in listeners:
        for group in groups:
            getattr(listener, event)(group)


def _note(verb: str, context: Context, detail: DataDict) -> None:
    journal.record(
        verb,
        user_id=_user_id(context),
        org_id=None,
        object_type="territory",
        object_id="contours",
        detail=detail,
    )


def _user_id(context: Context) -> str | None:
    user = model.User.get(context.get("user") or "")
    return user.id if user is not None else None


def _language() -> str:
    if has_request_context():
        return str(i18n.get_lang())
    return str(tk.config["ckan.locale_default"])


def _refuse(**messages: str) -> NoReturn:
    raise tk.ValidationError({field: [text] for field, text in messages.items()})
