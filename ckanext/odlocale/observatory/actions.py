"""The figures for machines, and the goal of an ATD."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal
from ckanext.odlocale.base.days import today
from ckanext.odlocale.observatory import reading
from ckanext.odlocale.observatory.definitions import INDICATORS, VERSION
from ckanext.odlocale.observatory.following import follow_up
from ckanext.odlocale.observatory.goals import Goal as Target
from ckanext.odlocale.observatory.goals import month_ends
from ckanext.odlocale.observatory.model import Goal, Observation
from ckanext.odlocale.observatory.reading import Scope
from ckanext.odlocale.observatory.screens import draw_curve
from ckanext.odlocale.observatory.strata import CODES
from ckanext.odlocale.observatory.summing import GROUPS, summarise
from ckanext.odlocale.territory.refusals import refuse, validated
from ckanext.odlocale.territory.register import KINDS
from ckanext.odlocale.territory.tables import AtdPerimeter

__all__ = [
    "odlocale_goal_set",
    "odlocale_indicator_list",
    "odlocale_observatory_curve",
    "odlocale_observatory_follow",
    "odlocale_observatory_list",
    "odlocale_observatory_show",
]

MAX_PAGE = 1_000
#: A goal is no further than what anybody plans.
LAST_YEAR = 2100
MOST = 100_000


@tk.side_effect_free
def odlocale_indicator_list(
    context: Context, data_dict: DataDict
) -> list[dict[str, Any]]:
    """Return what each indicator is.

    :returns: for each ``slug``, ``code``, ``column``, ``name``, ``definition``,
        ``unit``, ``denominator``, ``source``, and ``version`` of the definitions
    """
    tk.check_access("odlocale_indicator_list", context, data_dict)
    words = (
        *("slug", "code", "column", "name"),
        *("definition", "unit", "denominator", "source"),
    )
    told = [one.translate(tk._) for one in INDICATORS]
    return [{**{w: getattr(one, w) for w in words}, "version": VERSION} for one in told]


@tk.side_effect_free
def odlocale_observatory_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the totals of a territory on a day.

    :param perimeter: SIREN of an ATD; the whole portal where it is left out (optional)
    :param epci: SIREN of an EPCI (optional)
    :param departement: code (optional)
    :param kind: commune, epci, departement, region, syndicat (optional)
    :param stratum: code of a population band (optional)
    :param on: a day, as 2026-11-30; the last known one where it is left out (optional)
    :param by: gather by stratum, kind, epci, arrondissement, departement or region
        (optional)
    :returns: ``day``, ``version``, ``total`` and, where ``by`` is given, ``groups``:
        see :func:`.summing.summarise`
    :raises ValidationError: a filter that is not understood
    """
    tk.check_access("odlocale_observatory_show", context, data_dict)
    data = validated(context, data_dict, {**_scope_schema(), **_by_schema()})
    day = read_day(data_dict.get("on"), "on")
    rows = reading.read_rows(_scope(data), day)
    answer = {**_dated(day), "total": summarise(rows)[0]}
    return {**answer, "groups": summarise(rows, data["by"])} if data["by"] else answer


@tk.side_effect_free
def odlocale_observatory_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the indicators of each collectivité on a day.

    :param perimeter: and the other filters of :func:`odlocale_observatory_show`
    :param limit: how many, 1 to 1000 (optional, 100)
    :param offset: how many to pass over (optional, 0)
    :returns: ``day``, ``version``, ``count`` and ``results``, by SIREN: ``siren``,
        ``insee``, ``name``, ``since`` (the day from which this holds) and the values
    :raises ValidationError: a filter that is not understood
    """
    tk.check_access("odlocale_observatory_list", context, data_dict)
    data = validated(context, data_dict, {**_scope_schema(), **_page_schema()})
    day = read_day(data_dict.get("on"), "on")
    rows = reading.read_rows(_scope(data), day)
    limit = min(max(data["limit"], 1), MAX_PAGE)
    page = rows.slice(data["offset"], limit).drop("until")
    places = reading.read_places(page["siren"].to_list())
    named = [
        {"insee": places[one["siren"]]["insee"], "name": places[one["siren"]]["name"],
         **{k: _plain(v) for k, v in one.items()}}
        for one in page.to_dicts()
    ]  # fmt: skip
    return {**_dated(day), "count": rows.height, "results": named}


@tk.side_effect_free
def odlocale_observatory_curve(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return how many were open at the end of each month, against the goal.

    :param perimeter: and the other filters of :func:`odlocale_observatory_show`, but
        ``on``
    :returns: ``goal`` (``by_day``, ``count``, or nothing) and ``points``: ``day``,
        ``open`` (the national count), ``here`` (on this portal), ``expected`` by the
        goal, ``national`` (the national programme's line)
    :raises ValidationError: a filter that is not understood
    """
    tk.check_access("odlocale_observatory_curve", context, data_dict)
    scope = _scope(validated(context, data_dict, _scope_schema()))
    goal = model.Session.get(Goal, scope.atd) if scope.atd else None
    last, first = Observation.last(), reading.first_day(scope)
    days = month_ends(first, last.day) if last and first else []
    points = reading.read_curve(scope, days) if days else []
    told = draw_curve(points, Target(goal.by_day, goal.count) if goal else None)
    return {
        "goal": {"by_day": goal.by_day.isoformat(), "count": goal.count}
        if goal
        else None,
        "points": [
            {**{k: _plain(v) for k, v in vars(one).items()}, "day": one.day.isoformat()}
            for one in told
        ],
    }


@tk.side_effect_free
def odlocale_observatory_follow(
    context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Return who needs somebody in a territory.

    :param perimeter: SIREN of the ATD
    :returns: ``close`` (a file begun, nothing online), ``stalled`` (late, and nothing
        done for six months), ``obliged_nothing`` (bound by the law, nothing at all):
        each a list of ``siren``, ``insee``, ``name``, ``org_name``, ``since``
    :raises NotAuthorized: the caller does not animate this territory
    """
    tk.check_access("odlocale_observatory_follow", context, data_dict)
    siren = str(data_dict["perimeter"])
    rows = reading.read_rows(Scope(atd=siren))
    drafts, acts = reading.read_activity(rows["siren"].to_list())
    found = follow_up(rows, drafts, acts, today())
    listed = {one["siren"] for some in found.values() for one in some}
    places = reading.read_places(sorted(listed))
    names = ("siren", "insee", "name", "org_name")
    return {
        reason: [
            {
                **{name: places[one["siren"]][name] for name in names},
                "since": _plain(one["since"]),
            }
            for one in some
            if one["siren"] in places
        ]
        for reason, some in found.items()
    }


def odlocale_goal_set(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Set the goal of a territory, in the place of the former one.

    :param perimeter: SIREN of the ATD
    :param by_day: the day by which it is to be reached, as 2027-12-31
    :param count: how many open local authorities; 0 to have no goal
    :returns: ``perimeter``, ``by_day`` and ``count``; nothing where there is none
    :raises NotAuthorized: the caller does not animate this territory
    :raises NotFound: no such ATD
    :raises ValidationError: no day, or no number
    """
    tk.check_access("odlocale_goal_set", context, data_dict)
    siren = str(data_dict["perimeter"])
    if model.Session.get(AtdPerimeter, siren) is None:
        raise tk.ObjectNotFound(tk._("This page was not found."))
    data = validated(context, data_dict, _goal_schema())
    by_day = read_day(data_dict.get("by_day"), "by_day")
    if data["count"] > MOST:
        refuse(count=tk._("Write a smaller number."))
    if data["count"] and by_day is None:
        refuse(by_day=tk._("Write a day, such as 31/12/2027."))
    if by_day is not None and not datetime.date.min.year < by_day.year <= LAST_YEAR:
        refuse(by_day=tk._("Write a day, such as 31/12/2027."))
    if data["count"] and by_day is not None:
        Goal.put(siren, by_day, data["count"])
    else:
        Goal.forget(siren)
    told = {"count": data["count"], "by_day": by_day.isoformat() if by_day else None}
    user = model.User.get(context.get("user") or "")
    journal.record(
        "aimed",
        user_id=user.id if user is not None else None,
        org_id=None,
        object_type="territory",
        object_id=siren,
        detail=told,
    )
    model.Session.commit()
    return {"perimeter": siren, **told}


def read_day(value: Any, field: str) -> datetime.date | None:
    """Read a day: 2026-11-30, or 30/11/2026 as it is typed.

    :raises ValidationError: it is none
    """
    if value in (None, ""):
        return None
    text = str(value).strip()
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return refuse(**{field: tk._("Write a day, such as 31/12/2027.")})


def _dated(day: datetime.date | None) -> dict[str, Any]:
    last = Observation.last()
    known = day or (last.day if last else None)
    return {"day": known.isoformat() if known else None, "version": VERSION}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def _scope(data: dict[str, Any]) -> Scope:
    return Scope(
        data["perimeter"],
        data["kind"],
        data["epci"],
        data["departement"],
        data["stratum"],
    )


def _scope_schema() -> dict[str, Any]:
    get = tk.get_validator
    siren = [get("ignore_empty"), get("odlocale_siren")]
    return {
        "perimeter": siren,
        "epci": siren,
        "departement": [get("ignore_empty"), get("odlocale_text")],
        "kind": [get("ignore_empty"), get("one_of")(list(KINDS))],
        "stratum": [get("ignore_empty"), get("one_of")(list(CODES))],
    }


def _by_schema() -> dict[str, Any]:
    get = tk.get_validator
    return {"by": [get("ignore_empty"), get("one_of")(list(GROUPS))]}


def _page_schema() -> dict[str, Any]:
    get = tk.get_validator
    whole = get("odlocale_whole_number")
    return {"limit": [get("default")(100), whole], "offset": [get("default")(0), whole]}


def _goal_schema() -> dict[str, Any]:
    get = tk.get_validator
    return {"count": [get("not_empty"), get("odlocale_whole_number")]}
