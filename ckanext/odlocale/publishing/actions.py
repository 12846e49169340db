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
from ckan.types import Context, DataDict

from ckanext.odlocale.publishing import keeping, states
from ckanext.odlocale.publishing.analysing import (
    analyse_deposit,
    prepare_rows,
    refresh_state,
    store_analysis,
)
from ckanext.odlocale.publishing.analysis import Analysis
from ckanext.odlocale.publishing.answers import Answers, read_report
from ckanext.odlocale.publishing.core_actions import (
    dataset_purge,
    package_owner_org_update,
)
from ckanext.odlocale.publishing.deciding import keep_decisions
from ckanext.odlocale.publishing.document_actions import *  # noqa: F403
from ckanext.odlocale.publishing.document_actions import __all__ as document_names
from ckanext.odlocale.publishing.document_desk_actions import *  # noqa: F403
from ckanext.odlocale.publishing.document_desk_actions import __all__ as online_names
from ckanext.odlocale.publishing.drafts import (
    finish,
    load,
    load_draft,
    lock,
    name_of,
    open_desk,
    publication_refusal,
    record,
    refuse_outside_mandate,
    tell_released,
    user_id,
    validate,
)
from ckanext.odlocale.publishing.fiche_validators import (
    answer_schema,
    read_wishes,
    settle_territory,
)
from ckanext.odlocale.publishing.grid_actions import *  # noqa: F403
from ckanext.odlocale.publishing.grid_actions import __all__ as grid_names
from ckanext.odlocale.publishing.help_actions import odlocale_deposit_ask
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.nothing_actions import *  # noqa: F403
from ckanext.odlocale.publishing.nothing_actions import __all__ as nothing_names
from ckanext.odlocale.publishing.prepare_actions import *  # noqa: F403
from ckanext.odlocale.publishing.prepare_actions import __all__ as prepare_names
from ckanext.odlocale.publishing.push_actions import *  # noqa: F403
from ckanext.odlocale.publishing.push_actions import __all__ as push_names
from ckanext.odlocale.publishing.reading_actions import *  # noqa: F403
from ckanext.odlocale.publishing.reading_actions import __all__ as reading_names
from ckanext.odlocale.publishing.release import (
    filled_fiche,
    put_online,
    refuse,
    show_deposit,
    store_upload,
    whole_or_nothing,
)
from ckanext.odlocale.publishing.release_actions import *  # noqa: F403
from ckanext.odlocale.publishing.release_actions import __all__ as release_names
from ckanext.odlocale.publishing.rule_actions import (
    odlocale_schema_rule_list,
    odlocale_schema_rule_set,
)
from ckanext.odlocale.publishing.schema_actions import (
    odlocale_schema_add,
    odlocale_schema_migrate,
    odlocale_schema_plan,
)
from ckanext.odlocale.publishing.stopped import note_stop
from ckanext.odlocale.publishing.validators import (
    choose_schema,
    correct_schema,
    create_schema,
    decide_schema,
    deposit_schema,
)
from ckanext.odlocale.publishing.work_actions import *  # noqa: F403
from ckanext.odlocale.publishing.work_actions import __all__ as work_names
from ckanext.odlocale.publishing.work_actions import read_later, waits
from ckanext.odlocale.publishing.work_model import is_busy

__all__ = [
    "dataset_purge",
    "odlocale_deposit_answer",
    "odlocale_deposit_ask",
    "odlocale_deposit_choose",
    "odlocale_deposit_correct",
    "odlocale_deposit_create",
    "odlocale_deposit_decide",
    "odlocale_deposit_delete",
    "odlocale_deposit_publish",
    "odlocale_deposit_undo",
    "odlocale_schema_add",
    "odlocale_schema_migrate",
    "odlocale_schema_plan",
    "odlocale_schema_rule_list",
    "odlocale_schema_rule_set",
    "package_owner_org_update",
    *document_names,
    *online_names,
    *grid_names,
    *nothing_names,
    *prepare_names,
    *push_names,
    *reading_names,
    *release_names,
    *work_names,
]


def odlocale_deposit_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Keep a file as it is, say what it is about and what does not conform.

    :param org_id: the organisation of the collectivité it is sent for
    :param upload: the file: a binary stream, or what a form uploads
    :param filename: its name (optional; an uploaded file has its own)
    :param schema: slug of the model it is expected to follow (optional)
    :param later: whether a long file is read by the worker (optional): ``step`` is
        ``lecture`` then, and nothing is said of the file yet
    :returns: as :func:`odlocale_deposit_show`; an unreadable file is kept too
    :raises ValidationError: no file, too large, or the collectivité merged or closed
    :raises NotFound: the organisation is nobody's
    """
    data = validate(data_dict, create_schema())
    tk.check_access("odlocale_deposit_create", context, data)
    owner = open_desk(data["org_id"], hold=False)
    stored = store_upload(data["upload"])
    deposit = Deposit.start(data["org_id"], owner.siren, stored, user_id(context))
    deposit.filename = name_of(data)
    deposit.answers = Answers(expected=data.get("schema")).to_dict()
    later = bool(data.get("later")) and waits(context, deposit)
    analysis = Analysis() if later else prepare_rows(deposit)
    refuse(states.Refusal.BUSY if analysis.is_postponed else None)
    # The reading took its time: nothing is filed under who merged meanwhile.
    open_desk(data["org_id"])
    store_analysis(deposit, analysis)
    ground = refuse_outside_mandate(context, deposit)
    # Removed meanwhile, by a purge of the same file: it is sent again.
    kept = keeping.hold(str(deposit.original_sha256))
    refuse(None if kept else states.Refusal.LOST)
    model.Session.add(deposit)
    shown = finish(context, deposit, "deposited", ground)
    return read_later(context, deposit.id) if later else shown


def odlocale_deposit_choose(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say what a draft is about, or which of its columns is which.

    :param id: the deposit
    :param version: the version that was seen (optional): a later one is refused
    :param schema: slug of the model (optional); the corrections are then undone
    :param mapping: columns of the file to the model's fields (optional); remembered
    :param same: fields of the model to the value of all rows (optional)
    :returns: as :func:`odlocale_deposit_show`; with neither, the file was read anew
    """
    data = validate(data_dict, choose_schema())
    tk.check_access("odlocale_deposit_choose", context, data)
    deposit = load_draft(data)
    answers = Answers.from_dict(deposit.answers)
    if data.get("schema"):
        answers = answers.choose_model(data["schema"])
    if data.get("mapping") is not None:
        answers = answers.place_columns(data["mapping"])
    deposit.corrections = []
    deposit.answers = answers.to_dict()
    said = (data.get("mapping") or {}, data.get("same") or {})
    analysis = prepare_rows(deposit, *said)
    refuse(states.Refusal.BUSY if analysis.is_postponed else None)
    store_analysis(deposit, analysis)
    chosen = data.get("schema") or data.get("mapping") is not None
    return finish(context, deposit, "chosen" if chosen else None)


def odlocale_deposit_correct(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Accept corrections. The original is kept, and each batch can be undone.

    :param id: the deposit
    :param version: the version that was seen (optional)
    :param groups: ids of groups of findings; without it, all the safe ones
    :returns: as :func:`odlocale_deposit_show`
    """
    data = validate(data_dict, correct_schema())
    tk.check_access("odlocale_deposit_correct", context, data)
    deposit = load_draft(data)
    report = read_report(deposit.report)
    ready = report.groups if report else ()
    asked = data.get("groups") or [one.id for one in (report.safe if report else ())]
    batch = [one.id for one in ready if one.correction and one.id in asked]
    if batch:
        deposit.corrections = [*(deposit.corrections or []), batch]
        store_analysis(deposit, analyse_deposit(deposit))
    return finish(context, deposit, "corrected")


def odlocale_deposit_decide(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Answer findings, row by row or for a whole group.

    The answers of one call are one pass, which :func:`odlocale_deposit_undo` undoes.

    :param id: the deposit
    :param version: the version that was seen (optional)
    :param decisions: as :meth:`Decision.to_dict` gives them: ``group``, ``option``,
        ``rows`` (null: all those of the group), ``value``
    :returns: as :func:`odlocale_deposit_show`
    :raises ValidationError: an answer fits no finding, option or row; nothing changes
    """
    data = validate(data_dict, decide_schema())
    tk.check_access("odlocale_deposit_decide", context, data)
    deposit = load_draft(data)
    keep_decisions(deposit, data["decisions"])
    return finish(context, deposit, "decided")


def odlocale_deposit_undo(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Undo the last batch of corrections that was accepted.

    :param id: the deposit
    :param version: the version that was seen (optional)
    :returns: as :func:`odlocale_deposit_show`
    """
    data = validate(data_dict, deposit_schema())
    tk.check_access("odlocale_deposit_undo", context, data)
    deposit = load_draft(data)
    if deposit.corrections:
        deposit.corrections = deposit.corrections[:-1]
        store_analysis(deposit, analyse_deposit(deposit))
    return finish(context, deposit, "undone")


def odlocale_deposit_answer(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Answer what the desk asks before publishing.

    :param id: the deposit
    :param version: the version that was seen (optional)
    :param replaces: id of the published deposit that this one replaces (optional)
    :param another: true: it is another document than the published one (optional)
    :param wishes: changes of the fiche, by the names of :class:`~.fiche.Wishes`
        (optional); ``theme`` and ``on_behalf_of`` are lists
    :returns: as :func:`odlocale_deposit_show`
    """
    data = validate(data_dict, answer_schema())
    tk.check_access("odlocale_deposit_answer", context, data)
    deposit = load_draft(data)
    answers = Answers.from_dict(deposit.answers)
    if data.get("replaces"):
        answers = replace(answers, replaces=data["replaces"])
    if data.get("wishes") is not None:
        said = settle_territory(data["wishes"], deposit.org_id)
        answers = replace(answers, wishes=read_wishes(said, filled_fiche(deposit)))
    deposit.answers = answers.to_dict()
    if data.get("another"):
        deposit.take_free_key()
    refresh_state(deposit)
    # A fiche saves itself as one types: the journal tells of what is published.
    typing = data.get("wishes") is not None and not data.get("replaces")
    return finish(context, deposit, None if typing else "answered")


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
    data = validate(data_dict, deposit_schema())
    tk.check_access("odlocale_deposit_publish", context, data)
    deposit = load(data["id"])
    if deposit.state in states.PUBLIC_STATES:
        return show_deposit(deposit)
    # Read and checked before the lock, so that others wait for the writing only.
    version = data.get("version", deposit.version)
    refuse(states.refuse_edit(deposit.state, deposit.version, version))
    refuse(states.Refusal.READING if is_busy(deposit.id) else None)
    analysis = analyse_deposit(deposit)
    deposit = lock(deposit)
    if deposit.state in states.PUBLIC_STATES:
        model.Session.rollback()
        return show_deposit(load(data["id"]))
    refuse(publication_refusal(deposit, version, analysis))
    open_desk(deposit.org_id)
    with note_stop(deposit.id, context["user"], version), whole_or_nothing():
        put_online(context, deposit, analysis)
        published = finish(context, deposit, "published")
    tell_released(deposit)
    return published


def odlocale_deposit_delete(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Drop a draft. What was published is withdrawn instead.

    The file itself goes with the day's work, unless another deposit holds its bytes.

    :param id: the deposit
    :param version: the version that was seen (optional)
    :returns: ``id`` of what was dropped
    :raises ValidationError: it is not a draft
    """
    data = validate(data_dict, deposit_schema())
    tk.check_access("odlocale_deposit_delete", context, data)
    deposit = load_draft(data)
    record(context, deposit, "dropped")
    model.Session.delete(deposit)
    model.Session.commit()
    return {"id": data["id"]}
