"""Actions of the desk. Each one: validate, check access, load, change, commit.

A refusal is a ``ValidationError`` whose dictionary holds ``refusal`` (a code, see
:class:`~.states.Refusal`) and ``message`` (a sentence for the agent). Nothing is
changed then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict, Schema

from ckanext.odlocale.base import journal
from ckanext.odlocale.base.download import disposition_name
from ckanext.odlocale.publishing import states
from ckanext.odlocale.publishing.answers import Answers, read_report
from ckanext.odlocale.publishing.dataset import Wishes
from ckanext.odlocale.publishing.grid_actions import *  # noqa: F403
from ckanext.odlocale.publishing.grid_actions import __all__ as grid_names
from ckanext.odlocale.publishing.model import MAX_SEATS, Deposit, seats_of
from ckanext.odlocale.publishing.ownership import lock_for_release, summarise
from ckanext.odlocale.publishing.release import (
    analyse_deposit,
    online_of,
    put_online,
    refresh_state,
    refuse,
    show_deposit,
    store_analysis,
    store_upload,
    take_offline,
    whole_or_nothing,
)
from ckanext.odlocale.publishing.schema_actions import (
    odlocale_schema_add,
    odlocale_schema_migrate,
    odlocale_schema_plan,
)
from ckanext.odlocale.publishing.validators import (
    answer_schema,
    choose_schema,
    correct_schema,
    create_schema,
    deposit_schema,
    list_schema,
    withdraw_schema,
)
from ckanext.odlocale.territory import heirs
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_deposit_answer",
    "odlocale_deposit_choose",
    "odlocale_deposit_correct",
    "odlocale_deposit_create",
    "odlocale_deposit_delete",
    "odlocale_deposit_list",
    "odlocale_deposit_publish",
    "odlocale_deposit_show",
    "odlocale_deposit_undo",
    "odlocale_deposit_withdraw",
    "odlocale_desk_list",
    "odlocale_schema_add",
    "odlocale_schema_migrate",
    "odlocale_schema_plan",
    *grid_names,
]

#: Characters of a file's name that are kept, and of a reason for withdrawing.
MAX_FILENAME = 200
MAX_REASON = 500


@tk.side_effect_free
def odlocale_desk_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return whom the caller publishes for, and what they have there.

    Only direct memberships are listed: an animator, whose role cascades to hundreds
    of communes, picks one by its name instead.

    :returns: ``collectivities``: for each, ``code``, ``name``, ``org_id`` and its
        ``deposits`` (as :func:`odlocale_deposit_list` gives them); ``picks``:
        whether the caller may act for others that are not listed
    """
    tk.check_access("odlocale_desk_list", context, data_dict)
    user = model.User.get(context["user"])
    seats = seats_of(user.id)
    picks = user.sysadmin or any(seat.cascades for seat in seats)
    if len(seats) > MAX_SEATS:
        seats, picks = [], True
    deposits = summarise(Deposit.of_organizations([seat.org_id for seat in seats]))
    return {
        "picks": picks,
        "collectivities": [
            {
                **seat.to_dict(),
                "deposits": [one for one in deposits if one["org_id"] == seat.org_id],
            }
            for seat in seats
        ],
    }


@tk.side_effect_free
def odlocale_deposit_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return one deposit: what was found in it, what was decided, what is next.

    :param id: the deposit
    :returns: its columns, ``step``, ``address``, ``online``, ``tally``, ``analysis``
    :raises NotFound: no such deposit
    """
    data = _validate(data_dict, deposit_schema())
    tk.check_access("odlocale_deposit_show", context, data)
    return show_deposit(_load(data["id"]))


@tk.side_effect_free
def odlocale_deposit_list(
    context: Context, data_dict: DataDict
) -> list[dict[str, Any]]:
    """Return an organisation's drafts and published files, the latest first.

    :param org_id: the organisation
    :param schema: slug (optional); that model's only, former releases included
    :returns: for each: id, org_id, siren, schema, key, state, filename, rows, version
        and dates; ``code`` of its address, ``former`` commune whose file it is
    """
    data = _validate(data_dict, list_schema())
    tk.check_access("odlocale_deposit_list", context, data)
    return summarise(Deposit.of_organizations([data["org_id"]], data.get("schema")))


def odlocale_deposit_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Keep a file as it is, say what it is about and what does not conform.

    :param org_id: the organisation of the collectivité it is sent for
    :param upload: the file: a binary stream, or what a form uploads
    :param filename: its name (optional; an uploaded file has its own)
    :param schema: slug of the model it is expected to follow (optional)
    :returns: as :func:`odlocale_deposit_show`; an unreadable file is kept too
    :raises ValidationError: no file, too large, or the collectivité merged or closed
    :raises NotFound: the organisation is nobody's
    """
    data = _validate(data_dict, create_schema())
    tk.check_access("odlocale_deposit_create", context, data)
    owner = _open_desk(data["org_id"], hold=False)
    stored = store_upload(data["upload"])
    deposit = Deposit.start(data["org_id"], owner.siren, stored, _user_id(context))
    deposit.filename = _name_of(data)
    deposit.answers = Answers(expected=data.get("schema")).to_dict()
    analysis = analyse_deposit(deposit)
    # The reading took its time: nothing is filed under who merged meanwhile.
    _open_desk(data["org_id"])
    store_analysis(deposit, analysis)
    model.Session.add(deposit)
    return _finish(context, deposit, "deposited")


def odlocale_deposit_choose(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say what a draft is about, or which of its columns is which.

    :param id: the deposit
    :param version: the version that was seen (optional): a later one is refused
    :param schema: slug of the model (optional); the corrections are then undone
    :param mapping: columns of the file to the model's fields (optional)
    :returns: as :func:`odlocale_deposit_show`
    """
    data = _validate(data_dict, choose_schema())
    tk.check_access("odlocale_deposit_choose", context, data)
    deposit = _load_draft(data)
    answers = Answers.from_dict(deposit.answers)
    if data.get("schema"):
        answers = answers.choose_model(data["schema"])
    if data.get("mapping") is not None:
        answers = answers.place_columns(data["mapping"])
    deposit.corrections = []
    deposit.answers = answers.to_dict()
    store_analysis(deposit, analyse_deposit(deposit))
    return _finish(context, deposit, "chosen")


def odlocale_deposit_correct(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Accept corrections. The original is kept, and each batch can be undone.

    :param id: the deposit
    :param version: the version that was seen (optional)
    :param groups: ids of groups of findings; without it, all the safe ones
    :returns: as :func:`odlocale_deposit_show`
    """
    data = _validate(data_dict, correct_schema())
    tk.check_access("odlocale_deposit_correct", context, data)
    deposit = _load_draft(data)
    report = read_report(deposit.report)
    ready = report.groups if report else ()
    asked = data.get("groups") or [one.id for one in (report.safe if report else ())]
    batch = [one.id for one in ready if one.correction and one.id in asked]
    if batch:
        deposit.corrections = [*(deposit.corrections or []), batch]
        store_analysis(deposit, analyse_deposit(deposit))
    return _finish(context, deposit, "corrected")


def odlocale_deposit_undo(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Undo the last batch of corrections that was accepted.

    :param id: the deposit
    :param version: the version that was seen (optional)
    :returns: as :func:`odlocale_deposit_show`
    """
    data = _validate(data_dict, deposit_schema())
    tk.check_access("odlocale_deposit_undo", context, data)
    deposit = _load_draft(data)
    if deposit.corrections:
        deposit.corrections = deposit.corrections[:-1]
        store_analysis(deposit, analyse_deposit(deposit))
    return _finish(context, deposit, "undone")


def odlocale_deposit_answer(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Answer what the desk asks before publishing.

    :param id: the deposit
    :param version: the version that was seen (optional)
    :param replaces: id of the published deposit that this one replaces (optional)
    :param another: true: it is another document than the published one (optional)
    :param person: id of a group of findings that names no private person (optional)
    :param wishes: changes of the fiche: title, notes, contact_name,
        contact_email, license_id (optional)
    :returns: as :func:`odlocale_deposit_show`
    """
    data = _validate(data_dict, answer_schema())
    tk.check_access("odlocale_deposit_answer", context, data)
    deposit = _load_draft(data)
    answers = Answers.from_dict(deposit.answers)
    if data.get("replaces"):
        answers = replace(answers, replaces=data["replaces"])
    if data.get("person"):
        answers = replace(answers, persons=(*answers.persons, data["person"]))
    if data.get("wishes") is not None:
        answers = replace(answers, wishes=Wishes.from_dict(data["wishes"]))
    deposit.answers = answers.to_dict()
    if data.get("another"):
        deposit.take_free_key()
    refresh_state(deposit)
    return _finish(context, deposit, "answered")


def odlocale_deposit_publish(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put a draft online at its permanent address, in one transaction.

    The dataset, the address, the feed and the search change together or not at
    all. Publishing twice is harmless: the second call answers the first's result.

    :param id: the deposit
    :param version: the version that was seen (optional)
    :returns: as :func:`odlocale_deposit_show`
    :raises ValidationError: it changed, something blocks, or another file has just
        been published at its address
    """
    data = _validate(data_dict, deposit_schema())
    tk.check_access("odlocale_deposit_publish", context, data)
    deposit = _load(data["id"])
    if deposit.state in states.PUBLIC_STATES:
        return show_deposit(deposit)
    # Read and checked before the lock, so that others wait for the writing only.
    version = data.get("version", deposit.version)
    refuse(states.refuse_edit(deposit.state, deposit.version, version))
    analysis = analyse_deposit(deposit)
    deposit = _lock(deposit)
    if deposit.state in states.PUBLIC_STATES:
        model.Session.rollback()
        return show_deposit(_load(data["id"]))
    refuse(_publication_refusal(deposit, version))
    _open_desk(deposit.org_id)
    with whole_or_nothing():
        put_online(context, deposit, analysis)
        return _finish(context, deposit, "published")


def odlocale_deposit_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Withdraw a published file: its address then says that it was withdrawn.

    :param id: the deposit
    :param reason: why, kept in the journal (optional)
    :returns: as :func:`odlocale_deposit_show`
    :raises ValidationError: it is not online
    """
    data = _validate(data_dict, withdraw_schema())
    tk.check_access("odlocale_deposit_withdraw", context, data)
    deposit = _lock(_load(data["id"]))
    if deposit.state != "published":
        refuse(states.Refusal.NOT_ONLINE)
    reason = data.get("reason", "")[:MAX_REASON]
    _record(context, deposit, "withdrawn", {"reason": reason})
    with whole_or_nothing():
        take_offline(context, deposit)
        model.Session.commit()
    return show_deposit(deposit)


def odlocale_deposit_delete(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Drop a draft. What was published is withdrawn instead.

    The file itself goes with the retention of originals, since another deposit may
    hold the same bytes.

    :param id: the deposit
    :param version: the version that was seen (optional)
    :returns: ``id`` of what was dropped
    :raises ValidationError: it is not a draft
    """
    data = _validate(data_dict, deposit_schema())
    tk.check_access("odlocale_deposit_delete", context, data)
    deposit = _load_draft(data)
    _record(context, deposit, "dropped")
    model.Session.delete(deposit)
    model.Session.commit()
    return {"id": data["id"]}


def _validate(data_dict: DataDict, schema: Schema) -> dict[str, Any]:
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return dict(data)


def _load(deposit_id: str, *, for_update: bool = False) -> Deposit:
    deposit = Deposit.load(deposit_id, for_update=for_update)
    if deposit is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    return deposit


def _lock(deposit: Deposit) -> Deposit:
    locked = lock_for_release(deposit)
    if locked is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    return locked


def _open_desk(org_id: str, *, hold: bool = True) -> Collectivity:
    owner = heirs.hold(org_id) if hold else Collectivity.by_org(org_id)
    if owner is None:
        raise tk.ObjectNotFound(tk._("This collectivité was not found."))
    refuse(None if owner.status == "active" else states.Refusal.GONE)
    return owner


def _load_draft(data: dict[str, Any]) -> Deposit:
    deposit = _load(data["id"], for_update=True)
    refuse(states.refuse_edit(deposit.state, deposit.version, data.get("version")))
    return deposit


def _publication_refusal(deposit: Deposit, version: int) -> states.Refusal | None:
    online = online_of(deposit)
    return states.refuse_publication(
        deposit.state,
        deposit.version,
        version,
        online=online.id if online else None,
        replaces=Answers.from_dict(deposit.answers).replaces,
    )


def _name_of(data: dict[str, Any]) -> str:
    name = data.get("filename") or getattr(data["upload"], "filename", None)
    return disposition_name(str(name or ""))[:MAX_FILENAME]


def _user_id(context: Context) -> str | None:
    user = model.User.get(context["user"])
    return user.id if user else None


def _record(
    context: Context, deposit: Deposit, verb: str, detail: dict[str, Any] | None = None
) -> None:
    journal.record(
        verb,
        user_id=_user_id(context),
        org_id=deposit.org_id,
        object_type="deposit",
        object_id=deposit.id,
        detail={"schema": deposit.schema, "key": deposit.key, **(detail or {})},
    )


def _finish(context: Context, deposit: Deposit, verb: str) -> dict[str, Any]:
    _record(context, deposit, verb)
    deposit.touch()
    model.Session.commit()
    return show_deposit(deposit)
