"""The actions of perimeters: which ATDs there are, and what each covers."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context
from sqlalchemy.dialects.postgresql import insert as upsert

from ckanext.odlocale.base import journal
from ckanext.odlocale.territory import applying, jobs, perimeter_reasons, planning
from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory.animators import animated_by
from ckanext.odlocale.territory.definition import Definition, PerimeterError
from ckanext.odlocale.territory.perimeters import build_perimeter
from ckanext.odlocale.territory.planning import Asked
from ckanext.odlocale.territory.refusals import (
    explained,
    language,
    lock,
    refuse,
    user_id,
    validated,
)
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)

DataDict = dict[str, Any]

__all__ = [
    "odlocale_perimeter_delete",
    "odlocale_perimeter_list",
    "odlocale_perimeter_set",
    "odlocale_perimeter_show",
]

MAX_NAME = 200
SHOWN = 5


@tk.side_effect_free
def odlocale_perimeter_list(context: Context, data_dict: DataDict) -> list[DataDict]:
    """List the ATDs: all for an administrator of the portal, else one's own.

    :returns: by name, as ``odlocale_perimeter_show`` gives each.
    :raises NotAuthorized: nobody is logged in.
    """
    tk.check_access("odlocale_perimeter_list", context, data_dict)
    if context.get("ignore_auth"):
        rows = sorted(store.read_perimeters(), key=lambda row: row.name)
    else:
        rows = animated_by(context.get("user"))
    return _describe(rows)


@tk.side_effect_free
def odlocale_perimeter_show(context: Context, data_dict: DataDict) -> DataDict:
    """Return an ATD and its perimeter.

    :param atd_siren: its SIREN.
    :returns: ``atd_siren``, ``name``, ``colour``, ``definition`` (include, exclude,
        others), ``organization`` (id, name, title; or null), ``members`` (how many
        collectivités it covered when it was last applied), ``updated_at``.
    :raises NotFound: no such ATD here.
    :raises NotAuthorized: the user does not animate it.
    """
    data = validated(context, data_dict, _siren_schema())
    tk.check_access("odlocale_perimeter_show", context, data)
    return _describe([_stored(data["atd_siren"])])[0]


def odlocale_perimeter_set(context: Context, data_dict: DataDict) -> DataDict:
    """Make a collectivité an ATD, or change what it covers.

    Organisations and rights follow when the plan is applied.

    :param atd_siren: its SIREN; of the register, or of the definition's ``others``.
    :param name: as visitors read it (optional: its name in the register).
    :param colour: of its buttons and links, ``#rrggbb`` (optional).
    :param definition: ``include`` and ``exclude``, lists of ``kind`` (region,
        departement, epci, commune, siren) and ``code``; ``others``, a list of
        syndicats: ``siren``, ``name``, ``departement``, ``region``.
    :returns: as ``odlocale_perimeter_show``.
    :raises ValidationError: an unknown code, an empty perimeter…
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    data = validated(context, data_dict, _perimeter_schema())
    tk.check_access("odlocale_perimeter_set", context, data)
    definition = _read_definition(data)
    values = {
        "name": _name(data, definition),
        "colour": data["colour"] or None,
        "definition": definition.to_dict(),
        "updated_at": datetime.datetime.now(datetime.timezone.utc),
    }
    model.Session.execute(
        upsert(AtdPerimeter.__table__)
        .values(atd_siren=data["atd_siren"], **values)
        .on_conflict_do_update(index_elements=["atd_siren"], set_=values)
    )
    _note("set", context, data["atd_siren"])
    model.Session.expire_all()
    shown = _describe([_stored(data["atd_siren"])])[0]
    if not context.get("defer_commit"):
        model.repo.commit()
    return shown


def odlocale_perimeter_delete(context: Context, data_dict: DataDict) -> DataDict:
    """Take its perimeter from an ATD: its rights over it end at once.

    Organisations and data stay, its own too.

    :param atd_siren: its SIREN.
    :returns: ``atd_siren``, and ``released``: how many collectivités it covered.
    :raises NotFound: no such ATD here.
    :raises ValidationError: somebody is changing the territory.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    data = validated(context, data_dict, _siren_schema())
    tk.check_access("odlocale_perimeter_delete", context, data)
    siren = data["atd_siren"]
    lock()
    stored = _stored(siren)
    asked = Asked(atds=(siren,), withdrawn=siren)
    with explained():
        source = planning.load_source(asked)
        made = planning.make_plan(asked, source)
    released = _describe([stored])[0]["members"]
    applying.carry_out(made, source, user_id(context), applying.without_progress)
    model.Session.execute(
        sa.delete(AtdPerimeter).where(AtdPerimeter.atd_siren == siren)
    )
    _note("deleted", context, siren)
    if not context.get("defer_commit"):
        model.repo.commit()
        jobs.reindex_later()
    return {"atd_siren": siren, "released": released}


def _stored(siren: str) -> AtdPerimeter:
    found: AtdPerimeter | None = model.Session.get(AtdPerimeter, siren)
    if found is None:
        raise tk.ObjectNotFound(tk._("The portal has no perimeter of this SIREN."))
    return found


def _describe(rows: list[AtdPerimeter]) -> list[DataDict]:
    """Return ATDs as the API gives them: two queries, whatever their number."""
    sirens = [row.atd_siren for row in rows]
    counts = model.Session.execute(
        sa.select(PerimeterMember.atd_siren, sa.func.count())
        .where(PerimeterMember.atd_siren.in_(sirens))
        .group_by(PerimeterMember.atd_siren)
    )
    members = {siren: int(number) for siren, number in counts}
    found = model.Session.execute(
        sa.select(
            Collectivity.siren, model.Group.id, model.Group.name, model.Group.title
        )
        .join(model.Group, model.Group.id == Collectivity.org_id)
        .where(Collectivity.siren.in_(sirens), model.Group.state == "active")
    )
    orgs = {r.siren: {"id": r.id, "name": r.name, "title": r.title} for r in found}
    return [
        {
            "atd_siren": row.atd_siren,
            "name": row.name,
            "colour": row.colour,
            "definition": row.definition,
            "organization": orgs.get(row.atd_siren),
            "members": members.get(row.atd_siren, 0),
            "updated_at": row.updated_at.isoformat(),
        }
        for row in rows
    ]


def _read_definition(data: DataDict) -> Definition:
    siren = data["atd_siren"]
    try:
        definition = Definition.from_dict(data["definition"])
        register = planning.load_register()
        build_perimeter(register, definition, siren, atd_siren=siren)
    except PerimeterError as error:
        told = perimeter_reasons.describe_faults(error, language())
        said = [f"{one['message']} {one['remedy']}" for one in told[:SHOWN]]
        raise tk.ValidationError({"definition": said}) from error
    return definition


def _name(data: DataDict, definition: Definition) -> str:
    given = " ".join((data["name"] or "").split())
    if len(given) > MAX_NAME:
        say = tk._("This name is too long: {limit} characters at most.")
        refuse(name=say.format(limit=MAX_NAME))
    if given:
        return given
    found = planning.load_register().by_siren(data["atd_siren"])
    others = {one.siren: one.name for one in definition.others}
    return found.full_name if found is not None else others[data["atd_siren"]]


def _note(verb: str, context: Context, siren: str) -> None:
    journal.record(
        verb,
        user_id=user_id(context),
        org_id=None,
        object_type="perimeter",
        object_id=siren,
    )


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise tk.Invalid(tk._("Give an object with include, exclude and others."))
    return value


def _siren_schema() -> DataDict:
    get = tk.get_validator
    return {
        "atd_siren": [get("not_empty"), get("odlocale_text"), get("odlocale_siren")]
    }


def _perimeter_schema() -> DataDict:
    get = tk.get_validator
    return {
        **_siren_schema(),
        "name": [get("ignore_empty"), get("odlocale_text")],
        "colour": [get("ignore_empty"), get("odlocale_colour")],
        "definition": [get("not_empty"), _object],
    }
