"""The actions that plan the territory and apply the plan."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context
from sqlalchemy.exc import IntegrityError

from ckanext.odlocale.territory import applying, jobs, planning, progress
from ckanext.odlocale.territory.perimeter_reasons import describe_cause
from ckanext.odlocale.territory.planning import Asked
from ckanext.odlocale.territory.refusals import (
    explained,
    language,
    lock,
    refuse,
    refuse_stale,
    user_id,
    validated,
)
from ckanext.odlocale.territory.register import LATEST_VINTAGE, Register

DataDict = dict[str, Any]

__all__ = [
    "odlocale_territory_apply",
    "odlocale_territory_apply_later",
    "odlocale_territory_plan",
    "odlocale_territory_progress",
]


@tk.side_effect_free
def odlocale_territory_plan(context: Context, data_dict: DataDict) -> DataDict:
    """Say what must change for the portal to match the register. Nothing is written.

    :param perimeters: the SIREN of an ATD, or a list; all of the portal where it is
        left out (optional).
    :param departement: instead: the code of a département (``"56"``), or a list;
        whoever heads it is its ATD (optional).
    :param vintage: the year of the register (optional, the latest).
    :param live: refresh the register from API Géo first (optional, false).
    :param decisions: answers to what is doubtful: an object that gives, for an
        organisation's id, the SIREN of the collectivité it is, or ``"none"``
        (optional).
    :returns: ``perimeters`` (atd_siren, name), ``vintage``, ``source`` (shipped,
        api-geo, or shipped-offline where API Géo was not believed: ``cause`` then
        has ``code``, ``message`` and ``detail``), ``digest`` (give
        it back to ``odlocale_territory_apply``), ``counts`` by verdict (create,
        adopt, rename, update, merge, close, doubtful, conflict, unchanged) and
        ``steps``: id, verdict, kind, title, siren, insee, organization,
        organization_id, parents, successor, candidates, datasets, reason, message,
        changes.
    :raises ValidationError: an unknown code or ATD, a perimeter that the register
        cannot build, an answer that cannot be followed.
    :raises NotAuthorized: the user does not animate these perimeters.
    """
    data = validated(context, data_dict, _plan_schema())
    tk.check_access("odlocale_territory_plan", context, data)
    asked = _read(context, data_dict, data)
    with explained():
        source = planning.load_source(asked)
        made = planning.make_plan(asked, source)
    return _describe(made, source)


def odlocale_territory_apply(context: Context, data_dict: DataDict) -> DataDict:
    """Carry out a plan, in one transaction: all of it, or nothing.

    What is in conflict or doubtful is left as it is and returned. Where
    ``departement`` is given and its head is not an ATD yet, it becomes one.

    :param digest: the digest of the plan that was read; refused if the plan is
        no longer the same (optional).
    :param perimeters, departement, vintage, live, decisions: as for
        ``odlocale_territory_plan``.
    :returns: the plan that was applied.
    :raises ValidationError: as for the plan; or the plan has changed, or another
        apply holds the territory: nothing was done.
    :raises NotAuthorized: the user does not animate these perimeters.
    """
    data = validated(context, data_dict, _apply_schema())
    tk.check_access("odlocale_territory_apply", context, data)
    asked = _read(context, data_dict, data)
    with explained():
        # It may wait for API Géo: before anybody else is made to wait.
        source = planning.load_source(asked)
        lock()
        made = planning.make_plan(asked, source)
    if data["digest"] not in (None, made.plan.digest):
        refuse_stale()
    _carry_out(context, made, source)
    if not context.get("defer_commit"):
        model.repo.commit()
        jobs.reindex_later()
    return _describe(made, source)


def odlocale_territory_apply_later(context: Context, data_dict: DataDict) -> DataDict:
    """Have a plan carried out by the portal's worker.

    :param digest: as for ``odlocale_territory_apply``, and the others too.
    :returns: ``id`` and ``state``: ask ``odlocale_territory_progress`` about it.
    :raises ValidationError: a parameter that is not understood, or no worker's queue.
    :raises NotAuthorized: the user does not animate these perimeters.
    """
    data = validated(context, data_dict, _apply_schema())
    tk.check_access("odlocale_territory_apply", context, data)
    _read(context, data_dict, data)
    given = {name: data_dict[name] for name in _apply_schema() if name in data_dict}
    job = progress.begin(user_id(context))
    try:
        jobs.apply_later(job, str(context.get("user")), given)
    except OSError:
        progress.fail(job, [tk._("The work could not be queued. Try again later.")])
        refuse(territory=tk._("The work could not be queued. Try again later."))
    return {"id": job, "state": "waiting"}


@tk.side_effect_free
def odlocale_territory_progress(context: Context, data_dict: DataDict) -> DataDict:
    """Say how far an application of the plan is.

    :param id: from ``odlocale_territory_apply_later``.
    :returns: ``id``, ``state`` (waiting, running, done, failed, or lost where its
        worker was killed: nothing was done then), ``phase`` (reading, writing,
        merging, telling), ``done`` and ``total`` within the phase, ``counts`` by
        verdict once done, ``errors`` (sentences), ``started_at``, ``updated_at``.
    :raises NotFound: no such application.
    :raises NotAuthorized: another user asked for it.
    """
    data = validated(context, data_dict, _progress_schema())
    found = progress.read(data["id"])
    if found is None:
        raise tk.ObjectNotFound(tk._("This application of a plan is not known."))
    tk.check_access("odlocale_territory_progress", context, {"asker": found["asker"]})
    return {name: value for name, value in found.items() if name != "asker"}


def _describe(made: planning.Made, source: planning.Source) -> DataDict:
    spoken = language()
    cause = source.cause and describe_cause(source.cause, spoken)
    return {**made.plan.to_dict(spoken), "cause": cause}


def _carry_out(context: Context, made: planning.Made, source: planning.Source) -> None:
    if made.plan.is_empty and not made.new_atds and not source.contours:
        return
    tell = context.get("odlocale_tell") or applying.without_progress
    try:
        applying.carry_out(made, source, user_id(context), tell)
    except IntegrityError:
        # Somebody created an organisation by hand in the meantime.
        model.Session.rollback()
        refuse_stale()


def _read(context: Context, given: DataDict, data: DataDict) -> Asked:
    if "departement" in given and not data["departement"]:
        refuse(departement=tk._("Give the code of a département, for example 56."))
    if "perimeters" in given and not data["perimeters"]:
        refuse(perimeters=tk._("Give the SIREN of an ATD."))
    # What a command gives, and a request cannot.
    register = context.get("odlocale_register")
    proposed = context.get("odlocale_proposed")
    return Asked(
        departements=tuple(data["departement"] or ()),
        atds=tuple(data["perimeters"] or ()),
        vintage=data["vintage"],
        live=data["live"],
        decisions=data["decisions"] or {},
        register=register if isinstance(register, Register) else None,
        proposed=proposed if isinstance(proposed, planning.Atd) else None,
    )


def _decisions(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise tk.Invalid(tk._("Give an object: an answer for each organization."))
    text = tk.get_validator("odlocale_text")
    return {text(key): text(answer).strip() for key, answer in value.items()}


def _plan_schema() -> DataDict:
    get = tk.get_validator
    codes = [get("ignore_empty"), get("odlocale_codes")]
    year = [get("default")(LATEST_VINTAGE), get("odlocale_whole_number")]
    return {
        "perimeters": codes,
        "departement": codes,
        "vintage": year,
        "live": [get("default")(False), get("odlocale_flag")],
        "decisions": [get("ignore_empty"), _decisions],
    }


def _apply_schema() -> DataDict:
    get = tk.get_validator
    return {
        **_plan_schema(),
        "digest": [get("ignore_empty"), get("odlocale_text")],
    }


def _progress_schema() -> DataDict:
    get = tk.get_validator
    return {"id": [get("not_empty"), get("odlocale_text")]}
