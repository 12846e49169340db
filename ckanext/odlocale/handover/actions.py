"""Hand a collectivité over to another portal, and take one in.

On the portal that it leaves: pack, then confirm with the other's receipt, then release
the feed; cancel undoes the confirmation. On the other: takeover.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale import rooms
from ckanext.odlocale.base import storage
from ckanext.odlocale.base.content_store import StorageError
from ckanext.odlocale.handover import leaving, packing, people, taking
from ckanext.odlocale.handover.model import Handover
from ckanext.odlocale.handover.plan import ACCEPTABLE
from ckanext.odlocale.handover.reading import agreed_at, family_of
from ckanext.odlocale.handover.refusals import (
    finish,
    note,
    now,
    owner_of,
    refuse,
    standing_owner,
    stored_handover,
    validated,
)
from ckanext.odlocale.territory.refusals import lock

Action = Callable[[Context, DataDict], Any]

__all__ = [
    "odlocale_handover_agree",
    "odlocale_handover_cancel",
    "odlocale_handover_confirm",
    "odlocale_handover_list",
    "odlocale_handover_pack",
    "odlocale_handover_release_feed",
    "odlocale_takeover",
    "odlocale_takeover_file",
    "package_update",
]


def odlocale_handover_pack(context: Context, data_dict: DataDict) -> DataDict:
    """Gather all that is a collectivité's. Nothing changes for anybody.

    :param siren: the SIREN of a collectivité of this portal.
    :param people: ``agreed`` (default): with the members who agreed; ``none``.
    :returns: ``siren``, ``name``, ``pack`` (SHA-256 of the manifest), ``manifest``,
        ``records`` (by kind, then by key), ``files`` (sizes, by SHA-256) and
        ``left_out`` (names of the members who did not agree).
    :raises ValidationError: it left this portal already, or merged.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    data = validated(data_dict, "siren", people=("agreed", ["agreed", "none"]))
    tk.check_access("odlocale_handover_pack", context, data_dict)
    lock()
    owner = standing_owner(data["siren"])
    made = packing.make_pack(owner, with_people=data["people"] == "agreed")
    values = {"siren": owner.siren, "pack": made.id, "digest": made.manifest.digest}
    model.Session.merge(Handover(**values, packed_at=now(), hidden={}, feed={}))
    note(context, "packed", owner, {"pack": made.id})
    finish(context)
    return packing.describe(owner, made)


def odlocale_handover_confirm(context: Context, data_dict: DataDict) -> DataDict:
    """Make the collectivité the other portal's, once that one proved that it has it.

    Its pages and files then answer 301 to the other portal. Its feed goes on until
    ``odlocale_handover_release_feed``. Twice the same receipt is harmless.

    :param siren: the SIREN of a collectivité that was packed.
    :param receipt: what ``odlocale_takeover`` answered on the other portal.
    :returns: ``siren``, ``moved_to``, ``organization`` (its name there), ``pack`` and
        the moments of each step.
    :raises ValidationError: it was not packed, the receipt is not for what was packed
        last, or the collectivité has changed here since: nothing is done.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    data = validated(data_dict, "siren", "receipt")
    tk.check_access("odlocale_handover_confirm", context, data_dict)
    handover = stored_handover(data["siren"])
    receipt = packing.check_receipt(handover, data["receipt"])
    if not packing.is_confirmed(handover, receipt):
        owner = standing_owner(handover.siren)
        frozen = leaving.freeze_feeds(family_of(owner))
        lock()
        packing.refuse_changed(handover, standing_owner(handover.siren))
        leaving.leave(owner, handover, receipt, frozen)
        note(context, "handed over", owner, {"to": receipt.portal})
        finish(context)
    leaving.forget_in_search(stored_handover(data["siren"]).hidden)
    return stored_handover(data["siren"]).to_dict()


def odlocale_handover_cancel(context: Context, data_dict: DataDict) -> DataDict:
    """Take a hand-over back, as long as the feed was not released.

    Everything answers here again. What was taken in on the other portal stays there:
    delete it there.

    :param siren: the SIREN of a collectivité that was packed or handed over.
    :returns: ``siren``.
    :raises ValidationError: no hand-over, or its feed was released.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    data = validated(data_dict, "siren")
    tk.check_access("odlocale_handover_cancel", context, data_dict)
    lock()
    handover = stored_handover(data["siren"])
    if handover.released_at is not None:
        refuse(
            siren=tk._(
                "data.gouv.fr reads the other portal already. Hand the collectivité"
                " over from there instead."
            )
        )
    taking.cancel(handover)
    finish(context)
    taking.reindex(data["siren"])
    return {"siren": data["siren"]}


def odlocale_handover_release_feed(context: Context, data_dict: DataDict) -> DataDict:
    """Let the feed go: say that data.gouv.fr's source points to the other portal.

    The former feed then answers 301. data.gouv.fr follows no redirect: a source that
    was forgotten fails there, where it is seen, and archives nothing.

    :param siren: the SIREN of a collectivité that was handed over.
    :returns: as ``odlocale_handover_confirm``.
    :raises ValidationError: it was not handed over.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    data = validated(data_dict, "siren")
    tk.check_access("odlocale_handover_release_feed", context, data_dict)
    handover = stored_handover(data["siren"])
    if handover.confirmed_at is None:
        refuse(siren=tk._("This collectivité has not been handed over yet."))
    if handover.released_at is None:
        handover.released_at, handover.feed = now(), {}
        note(context, "feed released", owner_of(data["siren"]), {})
        finish(context)
    return stored_handover(data["siren"]).to_dict()


@tk.side_effect_free
def odlocale_handover_list(context: Context, data_dict: DataDict) -> list[DataDict]:
    """Return all hand-overs, the latest first.

    :returns: for each ``siren``, ``pack``, ``moved_to``, ``organization``,
        ``packed_at``, ``confirmed_at``, ``released_at``.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    tk.check_access("odlocale_handover_list", context, data_dict)
    return [one.to_dict() for one in Handover.all()]


def odlocale_handover_agree(context: Context, data_dict: DataDict) -> DataDict:
    """Agree, or no longer agree, to follow one's collectivité to another portal.

    It is the caller's own answer: nobody agrees for somebody else.

    :param agree: true to be told of there (name, address, role); false to be left out.
    :returns: ``agreed_at``, since when; nothing where one does not agree.
    :raises NotAuthorized: nobody is logged in.
    """
    data = validated(data_dict, agree=("", None))
    tk.check_access("odlocale_handover_agree", context, data_dict)
    user = model.User.get(context["user"])
    if data["agree"] not in (True, False, "true", "false", "True", "False"):
        # A consent is given in so many words, or it is none.
        raise tk.ValidationError({"agree": [tk._("Answer true or false.")]})
    agree = tk.asbool(data["agree"])
    if agree != bool(agreed_at(user)):
        people.note_agreement(user, agree)
        finish(context)
    return {"agreed_at": agreed_at(user)}


def odlocale_takeover_file(context: Context, data_dict: DataDict) -> DataDict:
    """Keep one file of a pack that is being sent. Nobody sees it.

    :param upload: the file.
    :param sha256: its SHA-256.
    :returns: ``sha256`` and ``size``.
    :raises ValidationError: the file is another one, or there is no room.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    data = validated(data_dict, "upload", "sha256")
    tk.check_access("odlocale_takeover_file", context, data_dict)
    try:
        stored = storage.put(taking.stream_of(data["upload"]))
    except StorageError as error:
        refuse(upload=tk._("The file cannot be stored: {cause}.").format(cause=error))
    if stored.sha256 != data["sha256"]:
        refuse(upload=tk._("The file was altered on its way. Send it again."))
    return {"sha256": stored.sha256, "size": stored.size}


def odlocale_takeover(context: Context, data_dict: DataDict) -> DataDict:
    """Say what taking a pack in would change; with ``apply``, do exactly that.

    It is one transaction, read back before it is committed: all is done, or nothing.
    A second time, the plan is empty.

    :param upload: the pack as a ZIP file. Its files may have been sent before, one by
        one, by ``odlocale_takeover_file``.
    :param apply: true to carry the plan out (optional).
    :param digest: of the plan that was read; another one is refused (optional).
    :param accept: conflicts to pass over: ``other_datasets`` (optional).
    :returns: ``siren``, ``name``, ``portal`` (where it comes from), ``pack``,
        ``digest``, ``counts``, ``steps`` (those that change something, with ``message``
        and ``changes``), ``missing`` (SHA-256 of files to be sent), ``left_out``,
        ``applied``, and ``receipt`` once this portal holds all of the pack.
    :raises ValidationError: the pack is refused, conflicts are left, or the plan has
        changed: nothing was done.
    :raises NotAuthorized: the user is not an administrator of the portal.
    """
    data = validated(data_dict, "upload", apply=(False, None), digest=("", None))
    tk.check_access("odlocale_takeover", context, data_dict)
    accepted = ACCEPTABLE & set(tk.aslist(data_dict.get("accept") or []))
    pack = taking.open_upload(data["upload"])
    if not tk.asbool(data["apply"]):
        return taking.describe(pack, accepted)
    taking.store_files(pack)
    lock()
    made = taking.make_plan(pack, accepted, data["digest"])
    if not made.is_empty:
        org_id = taking.take_in(context, pack, made)
        detail = {"from": pack.manifest.portal, "pack": pack.id}
        note(context, "taken over", owner_of(pack.siren), detail, org_id)
        finish(context)
        taking.reindex(pack.siren)
    return {**taking.describe(pack, accepted), "applied": True}


@tk.chained_action
def package_update(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which changes nothing of a collectivité that left this portal.

    :raises ValidationError: it says where to go.
    """
    taking.refuse_moved(context, data_dict.get("owner_org"))
    taking.refuse_moved_dataset(context, data_dict.get("id"))
    # One chained action of a name for each plugin: other rooms have their say here.
    rooms.call_hooks("before_dataset_update", context, data_dict)
    return action(context, data_dict)
