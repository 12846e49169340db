"""Actions on what data.gouv.fr holds of a collectivité: its data, its discussions."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base import journal
from ckanext.odlocale.datagouv import keys, push_store
from ckanext.odlocale.datagouv import registration_store as store
from ckanext.odlocale.datagouv.calling import DatagouvError, NotNow, Refused
from ckanext.odlocale.datagouv.model import UTC
from ckanext.odlocale.datagouv.registration_model import (
    HeldAlarm,
    HeldDataset,
    HeldDiscussion,
    Registration,
)
from ckanext.odlocale.territory.refusals import refuse, user_id, validated
from ckanext.odlocale.territory.tables import Collectivity

DataDict = dict[str, Any]

__all__ = [
    "odlocale_datagouv_discussion_answer",
    "odlocale_datagouv_discussion_list",
    "odlocale_datagouv_held_list",
]

MAX_TEXT = 20_000


@tk.side_effect_free
def odlocale_datagouv_held_list(context: Context, data_dict: DataDict) -> DataDict:
    """Say how data.gouv.fr holds the datasets of a collectivité, as it was last read.

    :param code: INSEE code or SIREN.
    :returns: ``state``, ``organization``, ``source``, ``read_at``, and ``results``:
        package_id, title, page, held (up_to_date, waiting, late, leaving, archived,
        absent, gone_here), seen_at, score, missing (criteria of the score), downloads,
        reuses, discussions. ``sending``: what waits to be sent there, or for somebody,
        as ``odlocale_datagouv_send_list`` describes it.
    :raises NotFound: no such collectivité.
    :raises NotAuthorized: the caller does not publish for it.
    """
    place = _place(context, "odlocale_datagouv_held_list", data_dict)
    kept = model.Session.get(Registration, place.siren)
    query = (
        sa.select(HeldDataset)
        .where(HeldDataset.siren == place.siren)
        .order_by(HeldDataset.title, HeldDataset.package_id)
    )
    names = (
        "package_id", "title", "page", "held", "score", "missing", "downloads",
        "reuses", "discussions",
    )  # fmt: skip
    rows = [
        {
            **{name: getattr(one, name) for name in names},
            "seen_at": one.seen_at.isoformat() if one.seen_at else None,
        }
        for one in model.Session.scalars(query)
    ]
    return {
        "state": kept.state if kept else "unknown",
        "organization": kept.organization if kept else None,
        "source": kept.source if kept else None,
        "read_at": kept.read_at.isoformat() if kept and kept.read_at else None,
        "results": rows,
        "sending": push_store.list_pending(place.siren),
    }


@tk.side_effect_free
def odlocale_datagouv_discussion_list(
    context: Context, data_dict: DataDict
) -> DataDict:
    """Return the discussions about a collectivité's data, who waits first.

    :param code: INSEE code or SIREN.
    :returns: ``may_answer`` (a key serves it), ``waiting`` (how many wait), and
        ``results``: id, title, package_id, dataset_title, page, answered, closed,
        waiting_since, messages (author, text, posted, ours).
    :raises NotFound: no such collectivité.
    :raises NotAuthorized: the caller does not publish for it.
    """
    place = _place(context, "odlocale_datagouv_discussion_list", data_dict)
    query = (
        sa.select(HeldDiscussion)
        .where(HeldDiscussion.siren == place.siren)
        .order_by(
            HeldDiscussion.answered, HeldDiscussion.waiting_since, HeldDiscussion.id
        )
        .limit(200)
    )
    rows = [_shown(one) for one in model.Session.scalars(query)]
    row = store.read_row(place.siren)
    administers = bool(
        row and row.has_key and row.organization and row.organization.ours
    )
    return {
        "may_answer": administers,
        "waiting": sum(not one["answered"] for one in rows),
        "results": rows,
    }


def odlocale_datagouv_discussion_answer(
    context: Context, data_dict: DataDict
) -> DataDict:
    """Answer a discussion on data.gouv.fr, in the collectivité's name.

    :param code: INSEE code or SIREN.
    :param id: the discussion's.
    :param text: the answer.
    :param version: how many messages were read: refused where there are more since
        (optional).
    :param close: close the discussion too (optional, false).
    :returns: the discussion, as in ``odlocale_datagouv_discussion_list``.
    :raises ValidationError: nothing was written, or data.gouv.fr refused: nothing was
        sent then, or the page says to look.
    :raises NotFound: no such collectivité or discussion.
    :raises NotAuthorized: the caller has no role in it.
    """
    get = tk.get_validator
    text = get("odlocale_text")
    schema = {
        "code": [get("not_empty"), text],
        "id": [get("not_empty"), text],
        "text": [get("ignore_empty"), text],
        "version": [get("ignore_empty"), get("odlocale_whole_number")],
        "close": [get("default")(False), get("odlocale_flag")],
    }
    place = _place(context, "odlocale_datagouv_discussion_answer", data_dict)
    data = validated(context, data_dict, schema)
    kept = model.Session.get(HeldDiscussion, str(data["id"]), with_for_update=True)
    if kept is None or kept.siren != place.siren:
        raise tk.ObjectNotFound(tk._("This discussion is not known."))
    said = str(data["text"] or "").strip()
    if not said:
        refuse(text=tk._("Write your answer."))
    if len(said) > MAX_TEXT:
        refuse(text=tk._("Your answer is too long: 20,000 signs at most."))
    if data["version"] is not None and data["version"] < len(kept.messages):
        refuse(text=tk._("Somebody wrote since you read this. Read it again."))
    _send(place, kept, said, close=bool(data["close"]))
    author = place.name
    kept.messages = [
        *kept.messages,
        {
            "author": author,
            "text": said,
            "posted": datetime.datetime.now(UTC).isoformat(),
            "ours": True,
        },
    ]
    kept.answered, kept.waiting_since = True, None
    kept.closed = kept.closed or bool(data["close"])
    model.Session.execute(
        sa.delete(HeldAlarm)
        .where(HeldAlarm.key.startswith(f"unanswered:{kept.id}:", autoescape=True))
        .execution_options(synchronize_session=False)
    )
    journal.record(
        "answered on data.gouv.fr",
        user_id=user_id(context),
        org_id=place.org_id,
        object_type="datagouv",
        object_id=kept.id,
    )
    if not context.get("defer_commit"):
        model.Session.commit()
    return _shown(kept)


def _send(place: Collectivity, kept: HeldDiscussion, said: str, *, close: bool) -> None:
    """:raises ValidationError: it was not sent, or nobody knows whether it was"""
    row = store.read_row(place.siren)
    organization = row.organization if row is not None else None
    if organization is None or not organization.ours:
        refuse(text=tk._("The portal cannot answer there: use the link."))
    try:
        keys.client_for(place.siren).answer_discussion(
            kept.id, said, organization_id=organization.id, close=close
        )
    except keys.NoKey:
        refuse(text=tk._("The portal cannot answer there: use the link."))
    except Refused:
        refuse(
            text=tk._("data.gouv.fr refused this answer. Follow the link to see why.")
        )
    except NotNow:
        refuse(text=tk._("data.gouv.fr takes no answer at present. Try again later."))
    except DatagouvError as error:
        if error.maybe_done:
            # It may be there: sent again, it would be there twice.
            refuse(text=tk._("data.gouv.fr did not confirm. Follow the link to look."))
        refuse(text=tk._("data.gouv.fr does not answer. Try again later."))


def _place(context: Context, action: str, data_dict: DataDict) -> Collectivity:
    get = tk.get_validator
    schema = {"code": [get("not_empty"), get("odlocale_text")]}
    data = validated(context, {"code": data_dict.get("code")}, schema)
    tk.check_access(action, context, data)
    place = Collectivity.by_code(str(data["code"]))
    if place is None or place.org_id is None:
        raise tk.ObjectNotFound(tk._("This local authority is not on the portal."))
    return place


def _shown(one: HeldDiscussion) -> DataDict:
    names = (
        "id", "title", "package_id", "dataset_title", "page", "answered", "closed",
        "messages",
    )  # fmt: skip
    waiting = one.waiting_since.isoformat() if one.waiting_since else None
    return {**{name: getattr(one, name) for name in names}, "waiting_since": waiting}
