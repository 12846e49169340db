"""The actions of targets: where each collectivité publishes each data."""

from __future__ import annotations

from typing import Any, NoReturn

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base import journal
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory import target_store as store
from ckanext.odlocale.territory.animators import animated_by, is_administrator
from ckanext.odlocale.territory.register import KINDS
from ckanext.odlocale.territory.targets import (
    RESET,
    TARGETS,
    Choice,
    WrongTarget,
    known_schemas,
    read_choice,
)

DataDict = dict[str, Any]

__all__ = ["odlocale_target_list", "odlocale_target_set"]

MAX_PAGE = 1000
SHOWN = 5


@tk.side_effect_free
def odlocale_target_list(context: Context, data_dict: DataDict) -> DataDict:
    """Say where collectivités publish a data, in one query.

    :param schema: the data: a slug of the catalogue, ``bal``, ``decp``, or ``*``.
    :param perimeter: SIREN of an ATD, or a list; those that the caller animates
        where it is left out (optional).
    :param codes: INSEE codes or SIREN, as a list (optional).
    :param epci: SIREN of the EPCI that they belong to (optional).
    :param population_min: inhabitants, at least (optional).
    :param population_max: inhabitants, at most (optional).
    :param kind: commune, epci, departement, region, syndicat (optional).
    :param target: where they publish it now: portal, datagouv, elsewhere (optional).
    :param limit: how many, 1 to 1000 (optional, 50).
    :param offset: how many to pass over (optional, 0).
    :returns: ``count`` and ``results``: siren, insee, code, name, kind, population,
        epci_siren, epci_name, ``target``, ``url`` and ``origin`` (chosen, national,
        general, usual).
    :raises ValidationError: an unknown data, or a filter that makes no sense.
    :raises NotAuthorized: the caller does not animate this perimeter.
    """
    data = _validated(context, data_dict, _list_schema())
    tk.check_access("odlocale_target_list", context, data_dict)
    filters = read_filters(context, data)
    limit = min(max(data["limit"], 1), MAX_PAGE)
    schema = _known_schemas([data["schema"]])[0]
    count, results = store.list_targets(schema, filters, limit, data["offset"])
    return {"count": count, "results": results}


def odlocale_target_set(context: Context, data_dict: DataDict) -> DataDict:
    """Say where many collectivités publish many data, at once.

    :param schemas: the data: a slug, or a list; ``*`` is every data that has no
        choice of its own.
    :param target: ``portal``, ``datagouv``, ``elsewhere``, or ``default`` to forget
        what was chosen.
    :param url: for ``elsewhere``: the address, where ``{insee}`` and ``{siren}``
        stand for each collectivité's own code.
    :param codes: INSEE codes or SIREN, as a list. Without it, every collectivité of
        ``perimeter``, ``epci``, ``kind`` and the population filters: see
        ``odlocale_target_list``. One of them at least is needed.
    :returns: ``collectivities`` and ``schemas`` (how many were named) and
        ``changed``: how many choices are now other than before.
    :raises ValidationError: an unknown data or code, or a target that cannot be.
    :raises NotAuthorized: one of the collectivités is outside the perimeters that
        the caller animates. Nothing was changed.
    """
    data = _validated(context, data_dict, _set_schema())
    tk.check_access("odlocale_target_set", context, data_dict)
    schemas = _known_schemas(data["schemas"])
    choice = None if data["target"] == RESET else _choice(data["target"], data["url"])
    sirens = _named_sirens(context, data)
    changed = (
        store.forget_targets(sirens, schemas)
        if choice is None
        else store.set_targets(sirens, schemas, choice)
    )
    done = {"collectivities": len(sirens), "schemas": len(schemas), "changed": changed}
    _note(context, {**done, "target": data["target"], "named": schemas})
    if not context.get("defer_commit"):
        model.repo.commit()
    return done


def read_filters(context: Context, data: DataDict) -> store.Filters:
    """Return filters that stay within what the caller animates."""
    perimeters = data["perimeter"] or None
    if perimeters is None and not _sees_all(context):
        perimeters = [one.atd_siren for one in animated_by(context.get("user"))]
    return store.Filters(
        perimeters=perimeters,
        codes=data["codes"] or None,
        epci=data["epci"] or None,
        population_min=data["population_min"],
        population_max=data["population_max"],
        target=data.get("target") if data.get("target") in TARGETS else None,
        kind=data["kind"] or None,
    )


def _sees_all(context: Context) -> bool:
    return bool(context.get("ignore_auth")) or is_administrator(context.get("user"))


def _named_sirens(context: Context, data: DataDict) -> list[str]:
    narrowing = ("codes", "perimeter", "epci", "kind", "population_min")
    if not any(data[name] for name in (*narrowing, "population_max")):
        _refuse(codes=tk._("Say for which collectivités: their codes or a perimeter."))
    asked = {**data, "target": None}
    if not data["codes"]:
        sirens = sorted(set(store.find_codes(read_filters(context, asked)).values()))
        if not sirens:
            _refuse(codes=tk._("No collectivité of the portal answers to this choice."))
        return sirens
    here = store.find_codes(store.Filters(codes=data["codes"]))
    unknown = [code for code in data["codes"] if code not in here]
    if unknown:
        say = tk._("These codes are nobody's on the portal: {codes}. Correct them.")
        _refuse(codes=say.format(codes=_list_some(unknown)))
    within = store.find_codes(read_filters(context, asked))
    outside = [code for code in data["codes"] if code not in within]
    if outside:
        say = tk._("These codes are outside your perimeter: {codes}. Remove them.")
        raise tk.NotAuthorized(say.format(codes=_list_some(outside)))
    return sorted({here[code] for code in data["codes"]})


def _list_some(codes: list[str]) -> str:
    return ", ".join(codes[:SHOWN]) + ("…" if len(codes) > SHOWN else "")


def _known_schemas(schemas: list[str]) -> list[str]:
    known = known_schemas(schema.slug for schema in load_catalogue())
    unknown = sorted(set(schemas) - known)
    if unknown:
        say = tk._("No data is called {names}. Choose among: {known}.")
        names, all_names = ", ".join(unknown), ", ".join(sorted(known))
        _refuse(schemas=say.format(names=names, known=all_names))
    return sorted(set(schemas))


def _choice(target: str, url: str | None) -> Choice:
    try:
        return read_choice(target, url)
    except WrongTarget as error:
        faults = {
            "target": tk._("Choose one of: {targets}.").format(
                targets=", ".join((*TARGETS, RESET))
            ),
            "no_url": tk._("Write the address where these data are published."),
            "url": tk._(
                "This is not the address of a web page. It begins with https:// or"
                " http://."
            ),
            "needless_url": tk._(
                "Leave the address empty: it only serves for data published elsewhere."
            ),
        }
        field = "target" if error.fault == "target" else "url"
        _refuse(**{field: faults[error.fault]})


def _note(context: Context, detail: DataDict) -> None:
    user = model.User.get(context.get("user") or "")
    journal.record(
        "targeted",
        user_id=user.id if user is not None else None,
        org_id=None,
        object_type="territory",
        object_id="targets",
        detail=detail,
    )


def _list_schema() -> dict[str, Any]:
    get = tk.get_validator
    natural = get("odlocale_whole_number")
    return {
        **_filter_schema(),
        "schema": [get("not_empty"), get("odlocale_text")],
        "target": [get("ignore_empty"), get("one_of")(list(TARGETS))],
        "limit": [get("default")(50), natural],
        "offset": [get("default")(0), natural],
    }


def _set_schema() -> dict[str, Any]:
    get = tk.get_validator
    return {
        **_filter_schema(),
        "schemas": [get("not_empty"), get("odlocale_codes")],
        "target": [get("not_empty"), get("odlocale_text")],
        "url": [get("ignore_empty"), get("odlocale_text")],
    }


def _filter_schema() -> dict[str, Any]:
    get = tk.get_validator
    natural = get("odlocale_whole_number")
    return {
        "perimeter": [get("ignore_empty"), get("odlocale_codes")],
        "codes": [get("ignore_empty"), get("odlocale_codes")],
        "epci": [get("ignore_empty"), get("odlocale_siren")],
        "population_min": [get("ignore_empty"), natural],
        "population_max": [get("ignore_empty"), natural],
        "kind": [get("ignore_empty"), get("one_of")(list(KINDS))],
    }


def _validated(context: Context, data_dict: DataDict, schema: DataDict) -> DataDict:
    data, errors = tk.navl_validate(dict(data_dict), schema, context)
    if errors:
        raise tk.ValidationError(errors)
    for name in schema:
        # A filter that is not understood must not widen what is done.
        if data_dict.get(name) not in (None, "") and data.get(name) in (None, []):
            _refuse(**{name: tk._("This is not understood: write a text or a list.")})
    return {name: data.get(name) for name in schema}


def _refuse(**messages: str) -> NoReturn:
    raise tk.ValidationError({field: [text] for field, text in messages.items()})
