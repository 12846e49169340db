"""Actions on what is sent to data.gouv.fr: who sends, what waits, who decides."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base import journal
from ckanext.odlocale.datagouv import hooks, push_due
from ckanext.odlocale.datagouv import push_store as store
from ckanext.odlocale.datagouv.outbox_model import Pushed
from ckanext.odlocale.datagouv.push_merge import accept
from ckanext.odlocale.datagouv.pushing import GONE
from ckanext.odlocale.territory import target_store
from ckanext.odlocale.territory.animators import animated_by, is_administrator
from ckanext.odlocale.territory.refusals import refuse, validated
from ckanext.odlocale.territory.tables import Collectivity

DataDict = dict[str, Any]

__all__ = [
    "odlocale_datagouv_send_choose",
    "odlocale_datagouv_send_decide",
    "odlocale_datagouv_send_list",
    "odlocale_datagouv_send_places",
    "odlocale_datagouv_send_retry",
]

MAX_PAGE = 1000
#: What a person may answer where a hand changed something there.
ANSWERS = ("keep", "replace")


@tk.side_effect_free
def odlocale_datagouv_send_list(context: Context, data_dict: DataDict) -> DataDict:
    """Say what is sent to data.gouv.fr, what waits and why, in three queries.

    :param perimeters: SIREN of ATDs, as a list; those that the caller animates where
        it is left out (optional).
    :param what: all, waiting, failed or held (changed there by hand) (optional, all).
    :param limit: how many, 1 to 1000 (optional, 50).
    :param offset: how many to pass over (optional, 0).
    :returns: ``sent``, ``waiting``, ``oldest``, ``failed`` and ``held`` of the whole
        perimeter, ``count`` and ``results``: id, title, siren, code, name, status,
        page, pushed_at, checked_at, waiting_since, attempts, next_try, why, said,
        ``held`` (path, was, is) and ``seen``, which names what it shows.
    :raises ValidationError: an unknown ``what``.
    :raises NotAuthorized: the caller does not animate these perimeters.
    """
    get = tk.get_validator
    schema = {
        "perimeters": [get("ignore_empty"), get("odlocale_codes")],
        "what": [get("default")("all"), get("one_of")(list(store.WHATS))],
        "limit": [get("default")(50), get("odlocale_whole_number")],
        "offset": [get("default")(0), get("odlocale_whole_number")],
    }
    data = validated(context, data_dict, schema)
    tk.check_access("odlocale_datagouv_send_list", context, data_dict)
    perimeters = _perimeters(context, data)
    limit = min(max(data["limit"], 1), MAX_PAGE)
    found = store.list_sent(perimeters, data["what"], limit, data["offset"])
    counts = store.summarize(perimeters)
    return {**counts, "count": found[0], "results": found[1]}


@tk.side_effect_free
def odlocale_datagouv_send_places(context: Context, data_dict: DataDict) -> DataDict:
    """Say for which collectivités the ATD has data sent, in two queries.

    :param perimeters: as for ``odlocale_datagouv_send_list``.
    :param q: part of a name, or an INSEE code (optional).
    :param limit: how many, 1 to 1000 (optional, 50).
    :param offset: how many to pass over (optional, 0).
    :returns: ``count`` and ``results``: siren, code, name, and ``since`` when.
    :raises NotAuthorized: the caller does not animate these perimeters.
    """
    get = tk.get_validator
    schema = {
        "perimeters": [get("ignore_empty"), get("odlocale_codes")],
        "q": [get("ignore_empty"), get("odlocale_text")],
        "limit": [get("default")(50), get("odlocale_whole_number")],
        "offset": [get("default")(0), get("odlocale_whole_number")],
    }
    data = validated(context, data_dict, schema)
    tk.check_access("odlocale_datagouv_send_places", context, data_dict)
    limit = min(max(data["limit"], 1), MAX_PAGE)
    count, results = store.list_places(
        _perimeters(context, data), data["q"] or "", limit, data["offset"]
    )
    return {"count": count, "results": results}


def odlocale_datagouv_send_choose(context: Context, data_dict: DataDict) -> DataDict:
    """Have the data of collectivités sent to data.gouv.fr, or harvested as usual.

    What was created there by sending goes on being sent all the same: a harvest would
    not recognise it.

    :param codes: INSEE codes or SIREN, as a list.
    :param send: true to send, false to let data.gouv.fr come for them.
    :param perimeters: as for ``odlocale_datagouv_send_list``.
    :returns: ``changed``: for how many this is new.
    :raises ValidationError: a code that is nobody's.
    :raises NotAuthorized: a collectivité outside the caller's perimeters. Nothing was
        changed.
    """
    get = tk.get_validator
    schema = {
        "perimeters": [get("ignore_empty"), get("odlocale_codes")],
        "codes": [get("not_empty"), get("odlocale_codes")],
        "send": [get("not_missing"), get("odlocale_flag")],
    }
    data = validated(context, data_dict, schema)
    tk.check_access("odlocale_datagouv_send_choose", context, data_dict)
    sirens = _sirens(context, data)
    changed = store.choose(sirens, send=bool(data["send"]))
    detail = {"count": changed, "send": bool(data["send"])}
    siren = sirens[0] if len(sirens) == 1 else None
    _note(context, "chose how data.gouv.fr is told", siren, detail)
    model.Session().info[push_due.CHANGED] = True
    if not context.get("defer_commit"):
        model.repo.commit()
    return {"changed": changed}


def odlocale_datagouv_send_decide(context: Context, data_dict: DataDict) -> DataDict:
    """Answer where somebody changed on data.gouv.fr what we had sent.

    :param id: the dataset.
    :param answer: ``keep`` what data.gouv.fr holds, now and later, or ``replace`` it.
    :param seen: of ``odlocale_datagouv_send_list``: what the person was shown.
    :returns: ``paths``: what it was about.
    :raises ObjectNotFound: nothing waits for an answer.
    :raises ValidationError: it changed again since it was shown.
    :raises NotAuthorized: the caller may not change the dataset.
    """
    get = tk.get_validator
    schema = {
        "id": [get("not_empty"), get("odlocale_text")],
        "answer": [get("not_empty"), get("one_of")(list(ANSWERS))],
        "seen": [get("not_empty"), get("odlocale_text")],
    }
    data = validated(context, data_dict, schema)
    tk.check_access("odlocale_datagouv_send_decide", context, data_dict)
    pushed = Pushed.of(_package_id(data["id"]))
    if pushed is None or not pushed.held:
        raise tk.ObjectNotFound(tk._("Nothing waits for an answer here."))
    if store.digest_of(pushed.held) != data["seen"]:
        refuse(seen=tk._("This has changed again on data.gouv.fr. Read it again."))
    paths = sorted(pushed.held)
    _answer(pushed, keep=data["answer"] == "keep")
    detail = {"answer": data["answer"], "title": pushed.title}
    _note(context, "decided on data.gouv.fr", pushed.siren, detail)
    hooks.refresh(pushed.package_id)
    if not context.get("defer_commit"):
        model.repo.commit()
    return {"paths": paths}


def odlocale_datagouv_send_retry(context: Context, data_dict: DataDict) -> DataDict:
    """Try to send a dataset again, now.

    :param id: the dataset.
    :returns: ``id``.
    :raises ObjectNotFound: nothing of it waits.
    :raises NotAuthorized: the caller may not change the dataset.
    """
    get = tk.get_validator
    schema = {"id": [get("not_empty"), get("odlocale_text")]}
    data = validated(context, data_dict, schema)
    tk.check_access("odlocale_datagouv_send_retry", context, data_dict)
    package_id = _package_id(data["id"])
    if not store.try_again(package_id, datetime.datetime.now(datetime.timezone.utc)):
        raise tk.ObjectNotFound(tk._("Nothing of these data waits to be sent."))
    model.Session().info[push_due.CHANGED] = True
    if not context.get("defer_commit"):
        model.repo.commit()
    return {"id": package_id}


def _answer(pushed: Pushed, *, keep: bool) -> None:
    held, pushed.told_modified = pushed.held, None
    if keep:
        pushed.kept = sorted({*pushed.kept, *held})
    elif GONE in held:
        pushed.remote_id, pushed.before, pushed.sending = None, None, None
        pushed.kept = []
    else:
        pushed.before = accept(pushed.before or {}, held)
        pushed.kept = [one for one in pushed.kept if one not in held]
    pushed.held = {}
    model.Session.flush()


def _package_id(name: str) -> str:
    package = model.Package.get(name)
    return str(package.id) if package is not None else name


def _perimeters(context: Context, data: DataDict) -> list[str] | None:
    """Return the perimeters that are meant: none for all of the portal."""
    user = str(context.get("user") or "")
    given: list[str] | None = data.get("perimeters") or None
    sees_all = bool(context.get("ignore_auth")) or is_administrator(user)
    if given is None and not sees_all:
        return [one.atd_siren for one in animated_by(user)]
    return given


def _sirens(context: Context, data: DataDict) -> list[str]:
    everywhere = target_store.find_codes(target_store.Filters(codes=data["codes"]))
    unknown = [code for code in data["codes"] if code not in everywhere]
    if unknown:
        say = tk._("These codes are nobody's on the portal: {codes}. Correct them.")
        refuse(codes=say.format(codes=", ".join(unknown[:5])))
    filters = target_store.Filters(_perimeters(context, data), data["codes"])
    inside = target_store.find_codes(filters)
    if any(code not in inside for code in data["codes"]):
        say = tk._("Some of these codes are outside your perimeter: remove them.")
        raise tk.NotAuthorized(say)
    return sorted({inside[code] for code in data["codes"]})


def _note(
    context: Context, verb: str, siren: str | None, detail: dict[str, Any]
) -> None:
    user = model.User.get(context.get("user") or "")
    place = model.Session.get(Collectivity, siren) if siren else None
    journal.record(
        verb,
        user_id=user.id if user is not None else None,
        org_id=place.org_id if place is not None else None,
        object_type="datagouv",
        object_id="sending",
        detail=detail,
    )
