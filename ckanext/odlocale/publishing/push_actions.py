"""What a software does by its token: sending a file, asking about it, withdrawing it.

A software has no account. Its token is in the context, where only the portal's own
pages put it, and these actions are the only ones that it may call: each asks the
token's scope, and nothing else gives a right here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict, Schema

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.content_store import (
    ContentTooLarge,
    StorageFull,
    StoredFile,
)
from ckanext.odlocale.people.token_rules import (
    note_use,
    require_bearer,
    still_holds,
)
from ckanext.odlocale.people.tokens import Bearer
from ckanext.odlocale.publishing.analysing import store_analysis
from ckanext.odlocale.publishing.analysis import Analysis
from ckanext.odlocale.publishing.answers import Answers, read_report
from ckanext.odlocale.publishing.drafts import (
    MAX_FILENAME,
    finish,
    lock,
    open_desk,
    record,
    tell_released,
    validate,
)
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.push_answers import (
    describe_delivery,
    describe_deposit,
    describe_report,
    reasons_of,
)
from ckanext.odlocale.publishing.push_core import Result, too_large
from ckanext.odlocale.publishing.push_refusals import PushRefused
from ckanext.odlocale.publishing.push_store import (
    CHANNEL,
    draft_in_hands,
    drafts_of,
    language,
    last_sent,
    limit_bytes,
    owner_of,
    read_sent,
)
from ckanext.odlocale.publishing.release import (
    absolute,
    put_online,
    show_deposit,
    take_offline,
    whole_or_nothing,
)
from ckanext.odlocale.publishing.withdrawal import MAX_NOTE, Reason, read_reason

__all__ = [
    "odlocale_push_deposit",
    "odlocale_push_show",
    "odlocale_push_withdraw",
]


def odlocale_push_deposit(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Keep a file that a software sends, and publish it where nothing blocks.

    The file is stored and checked as one that an agent deposits, sure corrections
    included. The same bytes sent twice under one key are one deposit.

    :param org_id: the organisation of the collectivité
    :param siren: in whose name: its own, or a commune's that it took in
    :param schema: slug of the model
    :param key: what tells the file from the collectivité's others of that model
    :param upload: a binary stream
    :param filename: its name (optional)
    :returns: ``result`` (``created``, ``replaced``, ``unchanged``, ``draft``),
        ``deposit``, ``reasons``, ``corrected``, ``corrections``, ``report``
    :raises PushRefused: with the code of the refusal; nothing has changed
    """
    data = validate(data_dict, _deposit_schema())
    tk.check_access("odlocale_push_deposit", context, data)
    bearer = require_bearer(context)
    note_use(bearer, "deposit", data["schema"], data["key"])
    owner = owner_of(data["org_id"], data["siren"])
    stored = _store(data["upload"])
    same = _same_online(_place_of(data), stored.sha256)
    if same is not None:
        return _answer("unchanged", same, bearer)
    held = draft_in_hands(bearer, _place_of(data), stored.sha256)
    if held is not None:
        return _answer("draft", held, bearer)
    deposit = Deposit.start(data["org_id"], data["siren"], stored, None)
    deposit.channel, deposit.software = CHANNEL, bearer.name
    named = data.get("filename") or f"{data['schema']}-{data['key']}"
    deposit.filename = named[:MAX_FILENAME]
    analysis = read_sent(deposit, data["schema"], data["key"], owner, language())
    return _settle(context, bearer, deposit, analysis)


@tk.side_effect_free
def odlocale_push_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what is online at an address, and what a software last sent there.

    :param org_id: the organisation of the collectivité
    :param siren: in whose name: its own, or a commune's that it took in
    :param schema: slug of the model
    :param key: of the file
    :returns: ``online`` and ``last``, deposits or null; ``reasons`` why the last one is
        a draft, and its ``report``
    :raises PushRefused: ``nothing_here``
    """
    data = validate(data_dict, _place_schema())
    tk.check_access("odlocale_push_show", context, data)
    bearer = require_bearer(context)
    note_use(bearer, "read", data["schema"], data["key"])
    owner_of(data["org_id"], data["siren"])
    online = Deposit.published(*_place_of(data))
    last = last_sent(bearer, _place_of(data))
    if online is None and last is None:
        raise PushRefused("nothing_here")
    shown = show_deposit(last) if last else None
    return {
        "online": describe_deposit(show_deposit(online), absolute) if online else None,
        "last": describe_deposit(shown, absolute) if shown else None,
        "reasons": _reasons(last, bearer) if last else [],
        "report": describe_report(shown, language()) if shown else None,
    }


def odlocale_push_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Withdraw a file that is online: its address then says that it was withdrawn.

    :param org_id: the organisation of the collectivité
    :param siren: in whose name: its own, or a commune's that it took in
    :param schema: slug of the model
    :param key: of the file
    :param reason: a code of :class:`~.withdrawal.Reason`: everybody reads it
    :param note: what its author adds (optional): nobody outside reads it
    :returns: ``result`` (``withdrawn``) and ``deposit``
    :raises PushRefused: ``not_online``
    """
    data = validate(data_dict, _withdraw_schema())
    tk.check_access("odlocale_push_withdraw", context, data)
    bearer = require_bearer(context)
    note_use(bearer, "withdraw", data["schema"], data["key"])
    owner_of(data["org_id"], data["siren"])
    found = Deposit.published(*_place_of(data))
    if found is None:
        raise PushRefused("not_online")
    deposit = lock(found)
    _require_token(bearer)
    if deposit.state != "published":
        model.Session.rollback()
        raise PushRefused("not_online")
    record(context, deposit, "withdrawn", {"reason": data["reason"]})
    reason = read_reason(data["reason"])
    with whole_or_nothing():
        take_offline(context, deposit, reason, data.get("note", "")[:MAX_NOTE])
        model.Session.commit()
    tell_released(deposit)
    return _answer("withdrawn", deposit, bearer)


def _store(upload: Any) -> StoredFile:
    limit = limit_bytes()
    try:
        stored = storage.put(upload, limit)
    except ContentTooLarge as error:
        raise too_large(limit) from error
    except StorageFull as error:
        raise PushRefused("no_room") from error
    if not stored.size:
        raise PushRefused("empty")
    return stored


def _settle(
    context: Context, bearer: Bearer, deposit: Deposit, analysis: Analysis
) -> dict[str, Any]:
    """Make a checked file the release of its address, or a draft, in one transaction.

    Whoever publishes in the same dataset waits: two software that send one key at once
    are one release, then the other.
    """
    place = (deposit.siren, str(deposit.schema), str(deposit.key))
    Deposit.lock_dataset(deposit.siren, str(deposit.schema))
    open_desk(deposit.org_id)
    _require_token(bearer)
    same = _same_online(place, str(deposit.original_sha256))
    if same is not None:
        model.Session.rollback()
        return _answer("unchanged", same, bearer)
    online = Deposit.published(*place)
    deposit = _replace_drafts(context, bearer, deposit, analysis)
    if deposit.state != "checked" or not bearer.may("publish"):
        model.Session.commit()
        return _answer("draft", deposit, bearer)
    if online is not None:
        agreed = replace(Answers.from_dict(deposit.answers), replaces=online.id)
        deposit.answers = agreed.to_dict()
    with whole_or_nothing():
        put_online(context, deposit, analysis)
        finish(context, deposit, "published")
    tell_released(deposit)
    return _answer("replaced" if online is not None else "created", deposit, bearer)


def _same_online(place: tuple[str, str, str], sha256: str) -> Deposit | None:
    """Return the release of the same bytes that an address shows to everybody.

    One whose dataset an administrator deleted is not shown: it is published again.
    """
    shown = Deposit.shown(*place)
    return shown if shown is not None and shown.original_sha256 == sha256 else None


def _replace_drafts(
    context: Context, bearer: Bearer, deposit: Deposit, analysis: Analysis
) -> Deposit:
    """Put a deposit in the place of the drafts that the software left at its address.

    A draft of the same bytes is taken up as it is. One that a person changed stays.

    :returns: the deposit, in the session
    """
    place = (deposit.siren, str(deposit.schema), str(deposit.key))
    kept = None
    for draft in drafts_of(bearer, place):
        if draft.original_sha256 == deposit.original_sha256 and kept is None:
            kept = draft
            continue
        record(context, draft, "dropped")
        model.Session.delete(draft)
    if kept is not None:
        kept.answers, kept.corrections = deposit.answers, deposit.corrections
        store_analysis(kept, analysis)
        return kept
    model.Session.add(deposit)
    deposit.touch()
    record(context, deposit, "deposited")
    model.Session.flush()
    return deposit


def _require_token(bearer: Bearer) -> None:
    """Refuse a token that was stopped while its file was read."""
    if not still_holds(bearer):
        model.Session.rollback()
        raise PushRefused("token_revoked")


def _answer(result: Result, deposit: Deposit, bearer: Bearer) -> dict[str, Any]:
    return describe_delivery(
        result,
        show_deposit(deposit),
        reasons=_reasons(deposit, bearer) if result == "draft" else [],
        lang=language(),
        absolute=absolute,
    )


def _reasons(deposit: Deposit, bearer: Bearer) -> list[dict[str, str]]:
    if deposit.state not in ("draft", "checked"):
        return []
    report = read_report(deposit.report)
    return reasons_of(report, bearer.may("publish"), language(), absolute)


def _place_of(data: dict[str, Any]) -> tuple[str, str, str]:
    return data["siren"], data["schema"], data["key"]


def _place_schema() -> Schema:
    required, text = tk.get_validator("not_empty"), tk.get_validator("odlocale_text")
    return {name: [required, text] for name in ("org_id", "siren", "schema", "key")}


def _deposit_schema() -> Schema:
    optional, text = tk.get_validator("ignore_empty"), tk.get_validator("odlocale_text")
    present = tk.get_validator("not_missing")
    return {**_place_schema(), "upload": [present], "filename": [optional, text]}


def _withdraw_schema() -> Schema:
    required, optional, text = (
        tk.get_validator(one) for one in ("not_empty", "ignore_empty", "odlocale_text")
    )
    codes = tk.get_validator("one_of")([one.value for one in Reason])
    return {
        **_place_schema(), "reason": [required, codes], "note": [optional, text]
    }  # fmt: skip
