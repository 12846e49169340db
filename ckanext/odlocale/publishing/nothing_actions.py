"""Actions about «nothing to publish»: an answer that counts as a release."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal
from ckanext.odlocale.people import rights
from ckanext.odlocale.publishing.drafts import open_desk, user_id, validate
from ckanext.odlocale.publishing.nothing_model import Nothing
from ckanext.odlocale.publishing.validators import nothing_list_schema, nothing_schema
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_answer_list",
    "odlocale_answer_nothing",
    "odlocale_answer_undo",
]

#: How far back an answer may reach: further, nobody expects anything.
MAX_YEARS_BACK = 10


@tk.side_effect_free
def odlocale_answer_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return about what a collectivité said that it has nothing to publish.

    :param org_id: its organisation
    :returns: for each ``schema`` and ``year``, by name and latest year first
    """
    data = validate(data_dict, nothing_list_schema())
    tk.check_access("odlocale_answer_list", context, data)
    owner = Collectivity.by_org(data["org_id"])
    ground = rights.ground_of(context["user"], data["org_id"])
    known = Nothing.of([owner.siren]).get(owner.siren, {}) if owner else {}
    return [
        {"schema": schema, "year": year}
        for schema, years in sorted(known.items())
        for year in sorted(years, reverse=True)
        if ground is None or ground.covers(schema)
    ]


def odlocale_answer_nothing(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say that a collectivité has nothing to publish of one data about one year.

    Nobody is reminded of it any more. Saying it twice changes nothing more.

    :param org_id: the organisation
    :param schema: slug of the model
    :param year: the year of the data
    :returns: ``schema``, ``year``; ``new``: whether it was not said yet
    :raises ValidationError: no such model or year, or the collectivité merged
    """
    data = _read(context, "odlocale_answer_nothing", data_dict)
    owner = open_desk(data["org_id"])
    who = user_id(context)
    is_new = Nothing.say(owner.siren, data["schema"], data["year"], who)
    if is_new:
        _record("answered nothing", who, data)
    model.Session.commit()
    return {"schema": data["schema"], "year": data["year"], "new": is_new}


def odlocale_answer_undo(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take back that there is nothing to publish of one data about one year.

    :param org_id: the organisation
    :param schema: slug of the model
    :param year: the year of the data
    :returns: ``schema``, ``year``
    """
    data = _read(context, "odlocale_answer_undo", data_dict)
    owner = open_desk(data["org_id"])
    if Nothing.forget(owner.siren, data["schema"], data["year"]):
        _record("took nothing back", user_id(context), data)
    model.Session.commit()
    return {"schema": data["schema"], "year": data["year"]}


def _read(context: Context, action: str, data_dict: DataDict) -> dict[str, Any]:
    data = validate(data_dict, nothing_schema())
    tk.check_access(action, context, data)
    if data["schema"] not in load_catalogue():
        raise tk.ValidationError({"schema": [tk._("This model is not known.")]})
    this_year = datetime.date.today().year
    if not this_year - MAX_YEARS_BACK <= data["year"] <= this_year + 1:
        raise tk.ValidationError({"year": [tk._("This year is not expected.")]})
    return data


def _record(verb: str, who: str | None, data: dict[str, Any]) -> None:
    journal.record(
        verb,
        user_id=who,
        org_id=data["org_id"],
        object_type="answer",
        object_id=f"{data['schema']}/{data['year']}",
        detail={"schema": data["schema"], "year": data["year"]},
    )
