"""What the desk's actions share: checking, loading, locking, noting, committing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict, Schema

from ckanext.odlocale import rooms
from ckanext.odlocale.base import journal
from ckanext.odlocale.base.download import disposition_name
from ckanext.odlocale.people import rights
from ckanext.odlocale.people.token_rules import bearer_of
from ckanext.odlocale.publishing import states
from ckanext.odlocale.publishing.analysis import Analysis
from ckanext.odlocale.publishing.answers import Answers, tally_of
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import lock_for_release
from ckanext.odlocale.publishing.release import online_of, refuse, show_deposit
from ckanext.odlocale.publishing.work_model import is_busy
from ckanext.odlocale.territory import heirs
from ckanext.odlocale.territory.tables import Collectivity

#: Characters of a file's name that are kept.
MAX_FILENAME = 200


def validate(data_dict: DataDict, schema: Schema) -> dict[str, Any]:
    """Return what an action was given, checked."""
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return dict(data)


def load(deposit_id: str, *, for_update: bool = False) -> Deposit:
    """Return a deposit."""
    deposit = Deposit.load(deposit_id, for_update=for_update)
    if deposit is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    return deposit


def lock(deposit: Deposit) -> Deposit:
    """Return a deposit whose release nobody else can change meanwhile."""
    locked = lock_for_release(deposit)
    if locked is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    return locked


def open_desk(org_id: str, *, hold: bool = True) -> Collectivity:
    """Return the collectivité of an organisation, refusing one that closed."""
    owner = heirs.hold(org_id) if hold else Collectivity.by_org(org_id)
    if owner is None:
        raise tk.ObjectNotFound(tk._("This collectivité was not found."))
    refuse(None if owner.status == "active" else states.Refusal.GONE)
    return owner


def load_draft(data: dict[str, Any]) -> Deposit:
    """Return a draft to change, refusing one that changed since it was seen."""
    deposit = load(data["id"], for_update=True)
    refuse(states.Refusal.READING if is_busy(deposit.id) else None)
    refuse(states.refuse_edit(deposit.state, deposit.version, data.get("version")))
    return deposit


def publication_refusal(
    deposit: Deposit, version: int, analysis: Analysis
) -> states.Refusal | None:
    """Tell why a draft may not be published, if so.

    :param analysis: of its file, just made: an answer given to an older engine may no
        longer hide the person that it hid
    """
    answers = Answers.from_dict(deposit.answers)
    if analysis.report is None or tally_of(analysis.report).blocking:
        return states.refuse_edit(deposit.state, deposit.version, version) or (
            states.Refusal.BLOCKED
        )
    online = online_of(deposit)
    return states.refuse_publication(
        deposit.state,
        deposit.version,
        version,
        online=online.id if online else None,
        replaces=answers.replaces,
    )


def name_of(data: dict[str, Any]) -> str:
    """Return the name of a file sent in, safe and short."""
    name = data.get("filename") or getattr(data["upload"], "filename", None)
    return disposition_name(str(name or ""))[:MAX_FILENAME]


def visible_to(
    context: Context, org_id: str, deposits: Sequence[Deposit]
) -> list[Deposit]:
    """Return the deposits of an organisation that the caller may work on.

    A mandate shows those of its models, and its holder's own files whose model nobody
    chose yet.
    """
    ground = rights.ground_of(context["user"], org_id)
    if ground is None or ground.schemas is None:
        return list(deposits)
    me = user_id(context)
    return [
        one
        for one in deposits
        if (one.schema in ground.schemas if one.schema else one.created_by == me)
    ]


def refuse_outside_mandate(context: Context, deposit: Deposit) -> rights.Ground:
    """Refuse a file about data that the caller's mandate does not cover.

    :returns: on what ground it is taken
    """
    ground = rights.ground_of(context["user"], deposit.org_id)
    if ground is not None and ground.covers(deposit.schema):
        return ground
    refuse(states.Refusal.NOT_MANDATED)
    raise AssertionError("unreachable: each refusal raises")


def user_id(context: Context) -> str | None:
    """Return who acts."""
    user = model.User.get(context["user"])
    return user.id if user else None


def record(
    context: Context,
    deposit: Deposit,
    verb: str,
    detail: dict[str, Any] | None = None,
    ground: rights.Ground | None = None,
) -> None:
    """Write in the journal what was done to a deposit, and by which mandate.

    :param ground: on what ground, where it is known already
    """
    by: dict[str, Any] = {}
    bearer = bearer_of(context)
    if bearer is not None:
        by = {"software": bearer.name, "token": bearer.prefix}
        by["mandates"] = [bearer.mandate_id]
    elif ground := ground or rights.ground_of(context["user"], deposit.org_id):
        by = {"mandates": list(ground.mandates)} if ground.mandates else {}
    journal.record(
        verb,
        user_id=user_id(context),
        org_id=deposit.org_id,
        object_type="deposit",
        object_id=deposit.id,
        detail={"schema": deposit.schema, "key": deposit.key, **by, **(detail or {})},
    )


def tell_released(deposit: Deposit) -> None:
    """Tell the rooms to the right what has just been committed at an address."""
    rooms.call_hooks(
        "after_release", str(deposit.schema), deposit.siren, deposit.rows or 0
    )


def finish(
    context: Context,
    deposit: Deposit,
    verb: str | None,
    ground: rights.Ground | None = None,
) -> dict[str, Any]:
    """Note a change in the journal, commit, and return the deposit.

    :param verb: nothing is noted where there is none
    :param ground: as for :func:`record`
    """
    if verb is not None:
        record(context, deposit, verb, ground=ground)
    deposit.touch()
    model.Session.commit()
    return show_deposit(deposit)
