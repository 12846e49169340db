"""Actions on what was published: its history, withdrawing, restoring, erasing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale import rooms
from ckanext.odlocale.publishing import erasing, keeping, states
from ckanext.odlocale.publishing.analysing import analyse_deposit, store_analysis
from ckanext.odlocale.publishing.answers import Answers, tally_of
from ckanext.odlocale.publishing.dataset import history_path, release_path
from ckanext.odlocale.publishing.drafts import (
    finish,
    load,
    lock,
    open_desk,
    record,
    tell_released,
    user_id,
    validate,
)
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.purging import Purge
from ckanext.odlocale.publishing.release import (
    absolute,
    online_of,
    put_online,
    refuse,
    show_deposit,
    take_offline,
    whole_or_nothing,
)
from ckanext.odlocale.publishing.releases import history_of
from ckanext.odlocale.publishing.searching import fold
from ckanext.odlocale.publishing.validators import (
    address_schema,
    deposit_schema,
    purge_plan_schema,
    purge_schema,
    withdraw_schema,
)
from ckanext.odlocale.publishing.withdrawal import read_reason
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_deposit_withdraw",
    "odlocale_release_list",
    "odlocale_release_purge",
    "odlocale_release_purge_plan",
    "odlocale_release_restore",
]

#: What is written of the origin of a former release that is put online again.
RESTORED = "restoration"

#: Rows that a plan shows, to be read again.
SHOWN_ROWS = 50


@tk.side_effect_free
def odlocale_release_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the releases of a permanent address, the latest first.

    :param code: of the collectivité, as in the address
    :param schema: slug of the model
    :param key: last part of the address
    :returns: ``csv``, ``parquet`` (absolute addresses; nothing where there is none) and
        ``releases``: for each ``id``, ``standing`` (online, kept, hidden, withdrawn,
        purged), ``published`` (ISO), ``rows`` and ``csv`` where it may be read
    :raises NotFound: the address shows nothing
    """
    data = validate(data_dict, address_schema())
    tk.check_access("odlocale_release_list", context, data)
    owner = Collectivity.by_code(data["code"])
    place = (data["schema"], data["key"])
    shown = Deposit.shown(owner.siren, *place) if owner else None
    if owner is None or shown is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    present = absolute(release_path(owner.code, *place))
    parquet = absolute(release_path(owner.code, *place, "parquet"))
    return {
        "csv": present,
        "parquet": parquet if shown.parquet_sha256 else None,
        "releases": [
            {
                "id": line.release.id,
                "standing": line.standing,
                "published": line.release.published_at.isoformat(),
                "rows": line.release.rows if line.is_readable else None,
                "csv": present
                if line.standing == "online"
                else absolute(history_path(owner.code, *place, line.release.id))
                if line.is_readable
                else None,
            }
            for line in history_of(owner.siren, *place)
        ],
    }


def odlocale_deposit_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Withdraw a published file: its address then says that it was withdrawn, and why.

    :param id: the deposit
    :param reason: personal, faulty, mistaken, outdated, elsewhere or other (optional):
        everybody reads it
    :param note: what the agent adds (optional): nobody outside reads it
    :returns: as :func:`odlocale_deposit_show`
    :raises ValidationError: it is not online
    """
    data = validate(data_dict, withdraw_schema())
    tk.check_access("odlocale_deposit_withdraw", context, data)
    deposit = lock(load(data["id"]))
    refuse(None if deposit.state == "published" else states.Refusal.NOT_ONLINE)
    reason = read_reason(data.get("reason"))
    # Not the note: the journal only grows, and a note may name somebody.
    record(context, deposit, "withdrawn", {"reason": reason.value})
    with whole_or_nothing():
        take_offline(context, deposit, reason, data.get("note", ""))
        model.Session.commit()
    tell_released(deposit)
    return show_deposit(deposit)


def odlocale_release_restore(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put a former release online again, replaced or withdrawn, as a new one.

    It goes through the same checks as a file sent in today, under the same decisions.
    Where something blocks now, it waits as a draft.

    :param id: the former deposit
    :param version: the version of it that was seen (optional)
    :returns: the new deposit, as :func:`odlocale_deposit_show`
    :raises ValidationError: it was erased, is online, or is a draft
    """
    data = validate(data_dict, deposit_schema())
    tk.check_access("odlocale_release_restore", context, data)
    former = load(data["id"])
    refuse(states.refuse_restoring(former.state, former.version, data.get("version")))
    later = _copy_of(former, user_id(context))
    analysis = analyse_deposit(later)
    refuse(states.Refusal.BUSY if analysis.is_postponed else None)
    former = lock(former)
    refuse(states.refuse_restoring(former.state, former.version, data.get("version")))
    open_desk(former.org_id)
    refuse(None if keeping.hold(str(later.original_sha256)) else states.Refusal.LOST)
    later.org_id, later.siren = former.org_id, former.siren
    store_analysis(later, analysis)
    # Its address never moves, whatever key a new version of the model would give.
    later.key = former.key
    online = online_of(later)
    answers = replace(
        Answers.from_dict(later.answers), replaces=online.id if online else None
    )
    later.answers = answers.to_dict()
    model.Session.add(later)
    with whole_or_nothing():
        if later.state == "checked" and not tally_of(analysis.report).blocking:
            put_online(context, later, analysis)
        restored = finish(context, later, "restored")
    tell_released(later)
    return restored


@tk.side_effect_free
def odlocale_release_purge_plan(
    context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Return what erasing for good would take, changing nothing.

    :param id: a deposit that was published
    :param text: erase the rows that hold it, in all the files of the same data
        (optional); without it, the release goes, with those before it at its address
    :returns: ``digest`` (what :func:`odlocale_release_purge` is given), ``erased``,
        ``renewed`` (releases; ``holding`` rows leave the latter), ``drafts``, ``rows``
        (how many leave what is online), ``tables`` (rows of tables filled in online),
        ``elsewhere`` (copies of the same files at other collectivités, that stay),
        ``preview`` (``fields``, first ``rows`` that leave)
    :raises ValidationError: nothing to erase, or what is said of the data holds it too
    """
    data = validate(data_dict, purge_plan_schema())
    tk.check_access("odlocale_release_purge_plan", context, data)
    target = load(data["id"])
    sought = fold(data.get("text") or "")
    return _describe(target, _plan(target, sought), sought)


def odlocale_release_purge(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Erase for good a release, or the rows that hold a text, with every trace of them.

    Stopped half-way, nothing is done, or all is but the removal of files from the disk,
    which the next purge or ``ckan odlocale publishing daily`` carries out.

    :param id: a deposit that was published
    :param text: as for :func:`odlocale_release_purge_plan`
    :param reason: as for :func:`odlocale_deposit_withdraw` (personal by default)
    :param digest: of the plan that was read; another one is refused
    :returns: the plan that was carried out
    :raises ValidationError: the plan has changed, or cannot be carried out
    """
    data = validate(data_dict, purge_schema())
    tk.check_access("odlocale_release_purge", context, data)
    sought = fold(data.get("text") or "")
    target = lock(load(data["id"]))
    plan = _plan(target, sought)
    refuse(None if plan.digest == data["digest"] else states.Refusal.CHANGED)
    told = _describe(target, plan, sought)
    reason = read_reason(data.get("reason") or "personal")
    with whole_or_nothing():
        erasing.carry_out(context, target, plan, sought, reason)
    keeping.erase_asked()
    rooms.call_hooks("after_purge", str(target.schema), target.siren)
    return told


def _plan(target: Deposit, sought: str) -> Purge:
    known = target.state in states.PUBLIC_STATES and target.state != "purged"
    refuse(None if known else states.Refusal.NOT_FORMER)
    fiche = erasing.fiche_holds(target, sought)
    refuse(states.Refusal.IN_FICHE if fiche else None)
    plan = erasing.plan_purge(target, sought)
    refuse(states.Refusal.NOTHING_TO_ERASE if plan.is_empty else None)
    return plan


def _describe(target: Deposit, plan: Purge, sought: str) -> dict[str, Any]:
    def told(copies: Any) -> list[dict[str, Any]]:
        return [
            {
                "id": one.id,
                "state": one.state,
                "key": one.key,
                "published": one.published_at.isoformat() if one.published_at else None,
                "rows": one.rows,
                "holding": one.holding,
            }
            for one in copies
        ]

    return {
        "digest": plan.digest,
        "erased": told(plan.erased),
        "renewed": told(plan.renewed),
        "drafts": len(plan.dropped),
        "rows": plan.rows,
        "tables": sum(count for _, count in plan.grids),
        "elsewhere": erasing.count_elsewhere(target, plan),
        "preview": erasing.list_rows(plan, sought, SHOWN_ROWS),
    }


def _copy_of(former: Deposit, user: str | None) -> Deposit:
    """Return a new draft of the same file, under the same decisions."""
    answers = Answers.from_dict(former.answers)
    return Deposit(
        id=model.types.make_uuid(),
        org_id=former.org_id,
        siren=former.siren,
        state="draft",
        channel=RESTORED,
        filename=former.filename,
        original_sha256=former.original_sha256,
        original_size=former.original_size,
        corrections=list(former.corrections or []),
        answers=replace(answers, chosen=former.schema).to_dict(),
        created_by=user,
        version=0,
    )
