"""Actions that register collectivités on data.gouv.fr, and follow them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import redis
from ckan import model
from ckan.types import Context

from ckanext.odlocale.datagouv import reading, registration, status, work
from ckanext.odlocale.datagouv import registration_store as store
from ckanext.odlocale.datagouv.registration_jobs import WORKS, work_later
from ckanext.odlocale.datagouv.registration_rows import State
from ckanext.odlocale.territory.animators import animated_by, is_administrator
from ckanext.odlocale.territory.refusals import refuse, user_id, validated

DataDict = dict[str, Any]

__all__ = [
    "odlocale_datagouv_apply",
    "odlocale_datagouv_plan",
    "odlocale_datagouv_progress",
    "odlocale_datagouv_read",
    "odlocale_datagouv_search",
    "odlocale_datagouv_start",
    "odlocale_datagouv_status",
]

MAX_PAGE = 1000


@tk.side_effect_free
def odlocale_datagouv_plan(context: Context, data_dict: DataDict) -> DataDict:
    """Say what is to be done for each collectivité to be on data.gouv.fr. Nothing is
    written there, nor asked: see ``odlocale_datagouv_search`` for that.

    :param perimeters: SIREN of ATDs, as a list; those that the caller animates where
        it is left out (optional).
    :param codes: INSEE codes or SIREN, as a list (optional).
    :returns: ``digest``, ``counts`` by verb, and ``steps``: id, siren, code, name,
        verb (create_organization, adopt, add_siret, create_source, move_source,
        decide, invite, search, wait, give_key, publish_first, elsewhere, unchanged),
        state, organization_id, source_id, fields (what would be sent), then,
        candidates.
    :raises ValidationError: a list was expected.
    :raises NotAuthorized: the caller does not animate these perimeters.
    """
    data = validated(context, data_dict, _scope_schema())
    tk.check_access("odlocale_datagouv_plan", context, data_dict)
    made = registration.plan(scope_of(context, data))
    steps = [step.to_dict() for step in made.steps]
    return {"digest": made.digest, "counts": made.counts(), "steps": steps}


def odlocale_datagouv_search(context: Context, data_dict: DataDict) -> DataDict:
    """Ask data.gouv.fr whether collectivités have an organisation there: two calls
    each at most, none for those that are known.

    :param perimeters, codes: as for ``odlocale_datagouv_plan``.
    :param fresh: ask again about those that have no organisation of theirs yet
        (optional, false).
    :returns: ``done``, ``problems`` (code of the problem, by SIREN), ``left`` (not
        asked: data.gouv.fr stopped answering), ``calls``.
    :raises ValidationError: other work with data.gouv.fr is going on.
    :raises NotAuthorized: the caller does not animate these perimeters.
    """
    schema = {**_scope_schema(), "fresh": _flag()}
    data = validated(context, data_dict, schema)
    tk.check_access("odlocale_datagouv_search", context, data_dict)
    scope, tell = scope_of(context, data), _tell(context)
    return _alone(
        lambda: registration.search_all(scope, fresh=bool(data["fresh"]), tell=tell)
    )


def odlocale_datagouv_apply(context: Context, data_dict: DataDict) -> DataDict:
    """Carry out the plan: create organisations and sources, each once.

    What is done already is passed over, so that it may be run again after it was
    stopped, at whatever call.

    :param perimeters, codes: as for ``odlocale_datagouv_plan``.
    :param digest: that of the plan that was read; refused if it is no longer the same
        (optional).
    :param steps: ids of steps of the plan that was read: no other is carried out
        (optional).
    :returns: ``done`` by verb, ``problems`` (code, by SIREN), ``left``, ``calls``.
    :raises ValidationError: the plan changed, or other work is going on.
    :raises NotAuthorized: the caller does not animate these perimeters.
    """
    data = validated(context, data_dict, _apply_schema())
    tk.check_access("odlocale_datagouv_apply", context, data_dict)
    scope, tell = scope_of(context, data), _tell(context)
    if data["digest"] and registration.plan(scope).digest != data["digest"]:
        refuse(digest=tk._("The plan has changed since it was read. Read it again."))
    return _alone(
        lambda: registration.apply_steps(
            scope,
            data["steps"] or None,
            portal=str(tk.config["ckan.site_title"]),
            user_id=user_id(context),
            tell=tell,
        )
    )


def odlocale_datagouv_read(context: Context, data_dict: DataDict) -> DataDict:
    """Read what data.gouv.fr holds: sources, harvests, datasets, discussions.

    :param perimeters, codes: as for ``odlocale_datagouv_plan``.
    :returns: ``done``, ``problems``, ``left``, ``calls``.
    :raises ValidationError: other work with data.gouv.fr is going on.
    :raises NotAuthorized: the caller does not animate these perimeters.
    """
    data = validated(context, data_dict, _scope_schema())
    tk.check_access("odlocale_datagouv_read", context, data_dict)
    scope, tell = scope_of(context, data), _tell(context)
    return _alone(lambda: reading.read_all(scope, tell=tell))


def odlocale_datagouv_start(context: Context, data_dict: DataDict) -> DataDict:
    """Have a search, an application of the plan or a reading done by the worker.

    :param what: ``search``, ``apply`` or ``read``.
    :param perimeters, codes, digest, steps, fresh: as for that action.
    :returns: ``id`` and ``state``: ask ``odlocale_datagouv_progress`` about it.
    :raises ValidationError: other work is going on, or the work cannot be queued.
    :raises NotAuthorized: the caller does not animate these perimeters.
    """
    get = tk.get_validator
    schema = {
        **_apply_schema(),
        "what": [get("not_empty"), get("odlocale_text"), get("one_of")(list(WORKS))],
        "fresh": _flag(),
    }
    data = validated(context, data_dict, schema)
    tk.check_access("odlocale_datagouv_start", context, data_dict)
    scope_of(context, data)
    if work.is_busy():
        refuse(work=_busy())
    what = str(data["what"])
    given = {
        name: value
        for name, value in data.items()
        if name != "what" and value not in (None, [], "")
    }
    job = work.begin(user_id(context), what)
    try:
        work_later(job, what, str(context.get("user")), given)
    except redis.exceptions.RedisError:
        said = tk._("The work could not be queued. Try again later.")
        work.fail(job, [said])
        refuse(work=said)
    return {"id": job, "state": "waiting"}


@tk.side_effect_free
def odlocale_datagouv_progress(context: Context, data_dict: DataDict) -> DataDict:
    """Say how far some work with data.gouv.fr is.

    :param id: from ``odlocale_datagouv_start``.
    :returns: ``id``, ``what``, ``state`` (waiting, running, done, failed, or lost where
        its worker was killed: start it again, it goes on), ``done`` and ``total``,
        ``outcome`` once done, ``errors``.
    :raises NotFound: no such work.
    :raises NotAuthorized: another user asked for it.
    """
    get = tk.get_validator
    schema = {"id": [get("not_empty"), get("odlocale_text")]}
    data = validated(context, data_dict, schema)
    found = work.read(str(data["id"]))
    # Whoever asks about work that is not there is told what another's asker is.
    asked = {"asker": found["asker"] if found is not None else None}
    tk.check_access("odlocale_datagouv_progress", context, asked)
    if found is None:
        raise tk.ObjectNotFound(tk._("This work is not known."))
    return {name: value for name, value in found.items() if name != "asker"}


@tk.side_effect_free
def odlocale_datagouv_status(context: Context, data_dict: DataDict) -> DataDict:
    """Say where collectivités are on their way to data.gouv.fr, in three queries.

    :param perimeters, codes: as for ``odlocale_datagouv_plan``.
    :param state: unknown, absent, doubtful, others, invited, ours, certified, pending,
        refused or live (optional).
    :param q: part of a name (optional).
    :param trouble: ``problem`` (a step stopped), ``failing`` (the last harvest) or
        ``siret`` (to be confirmed) (optional).
    :param limit: how many, 1 to 1000 (optional, 50).
    :param offset: how many to pass over (optional, 0).
    :returns: ``count``, ``counts`` by state for the whole perimeter, and ``results``:
        siren, code, name, state, certified, siret, organization, source, last_job,
        failed, problem, read_at.
    :raises ValidationError: an unknown state.
    :raises NotAuthorized: the caller does not animate these perimeters.
    """
    get = tk.get_validator
    optional = get("ignore_empty")
    text = get("odlocale_text")
    schema = {
        **_scope_schema(),
        "state": [optional, text, get("one_of")([one.value for one in State])],
        "q": [optional, text],
        "trouble": [optional, text, get("one_of")(list(status.TROUBLES))],
        "limit": [get("default")(50), get("odlocale_whole_number")],
        "offset": [get("default")(0), get("odlocale_whole_number")],
    }
    data = validated(context, data_dict, schema)
    tk.check_access("odlocale_datagouv_status", context, data_dict)
    asked = status.Asked(
        scope_of(context, data),
        data["state"] or "",
        data["q"] or "",
        data["trouble"] or "",
        min(max(data["limit"], 1), MAX_PAGE),
        data["offset"],
    )
    return status.list_status(asked)


def scope_of(context: Context, data: DataDict) -> store.Scope:
    """Return whom an action is about, within what the caller animates."""
    perimeters = data.get("perimeters") or None
    user = str(context.get("user") or "")
    sees_all = bool(context.get("ignore_auth")) or is_administrator(user)
    if perimeters is None and not sees_all:
        perimeters = [one.atd_siren for one in animated_by(user)]
    codes = data.get("codes") or None
    return store.Scope(
        tuple(perimeters) if perimeters is not None else None,
        tuple(codes) if codes is not None else None,
    )


def _alone(do: Callable[[], registration.Outcome]) -> DataDict:
    """:raises ValidationError: other work is going on"""
    try:
        with work.alone():
            outcome = do()
    except work.Busy:
        refuse(work=_busy())
    finally:
        model.Session.rollback()
    return outcome.to_dict()


def _busy() -> str:
    return str(tk._("Other work with data.gouv.fr is going on. Try again later."))


def _tell(context: Context) -> registration.Tell:
    given: Any = context.get("odlocale_tell")
    return given or (lambda done, total: None)


def _flag() -> list[Any]:
    return [tk.get_validator("default")(False), tk.get_validator("odlocale_flag")]


def _scope_schema() -> DataDict:
    codes = [tk.get_validator("ignore_empty"), tk.get_validator("odlocale_codes")]
    return {"perimeters": codes, "codes": codes}


def _apply_schema() -> DataDict:
    get = tk.get_validator
    return {
        **_scope_schema(),
        "digest": [get("ignore_empty"), get("odlocale_text")],
        "steps": [get("ignore_empty"), get("odlocale_codes")],
    }
