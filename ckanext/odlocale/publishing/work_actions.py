"""Actions on a draft whose file is too long to wait for: the worker does them.

What is done is the desk's own action, in the agent's name and under her rights of then.
"""

from __future__ import annotations

import logging
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.lib.jobs import get_queue
from ckan.types import Context, DataDict
from redis.exceptions import RedisError

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.content_store import ContentMissing
from ckanext.odlocale.people import rights
from ckanext.odlocale.publishing import states
from ckanext.odlocale.publishing.drafts import load, load_draft, user_id, validate
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.release import refuse, show_deposit
from ckanext.odlocale.publishing.validators import deposit_schema, work_schema
from ckanext.odlocale.publishing.waiting import GOING_ON, is_long
from ckanext.odlocale.publishing.work_jobs import do_work
from ckanext.odlocale.publishing.work_model import Work, is_busy

log = logging.getLogger(__name__)

__all__ = [
    "odlocale_work_resume",
    "odlocale_work_show",
    "odlocale_work_start",
    "odlocale_work_stop",
]

#: Seconds that the worker gives to the longest file.
TIMEOUT = 3600


def odlocale_work_start(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Do something to a draft: at once, or by the worker where its file is long.

    :param id: the deposit
    :param version: the version that was seen (optional): a later one is refused
    :param action: name of the desk's action, one of :data:`.waiting.ACTIONS`
    :param data: what else that action takes (optional)
    :returns: as :func:`odlocale_deposit_show`; ``step`` is ``lecture`` while it is done
    :raises ValidationError: as that action; or the draft is being worked on
    """
    data = validate(data_dict, work_schema())
    asked = {**(data.get("data") or {}), "id": data["id"]}
    tk.check_access("odlocale_work_start", context, {**asked, "action": data["action"]})
    if "version" in data:
        asked["version"] = data["version"]
    deposit = load(data["id"])
    if not waits(context, deposit):
        return dict(tk.get_action(data["action"])(context, asked))
    deposit = load_draft(data)
    if not start(deposit, data["action"], asked, str(user_id(context))):
        return dict(tk.get_action(data["action"])(context, asked))
    return show_deposit(load(data["id"]))


@tk.side_effect_free
def odlocale_work_show(context: Context, data_dict: DataDict) -> dict[str, Any] | None:
    """Return how far the worker is with a draft; nothing where it has nothing to do.

    :param id: the deposit
    :returns: ``action``, ``state`` (``waiting``, ``running``, ``stopped``, ``refused``,
        ``failed``), ``rows`` of the file and those ``done``, ``message``
    """
    data = validate(data_dict, deposit_schema())
    tk.check_access("odlocale_deposit_show", context, data)
    work = Work.of(load(data["id"]).id)
    return work.to_dict() if work else None


def odlocale_work_stop(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Stop what the worker does to a draft. The file is kept as it was.

    :param id: the deposit
    :returns: as :func:`odlocale_deposit_show`
    """
    data = validate(data_dict, deposit_schema())
    tk.check_access("odlocale_work_stop", context, data)
    work = Work.of(load(data["id"]).id)
    if work is not None and work.standing in GOING_ON:
        Work.change(work.deposit_id, work.token, state="stopped")
    return show_deposit(load(data["id"]))


def odlocale_work_resume(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask again for what was stopped, or failed, in the caller's name.

    :param id: the deposit
    :returns: as :func:`odlocale_deposit_show`; nothing is done where nothing waits
    """
    data = validate(data_dict, deposit_schema())
    tk.check_access("odlocale_work_resume", context, data)
    deposit = load(data["id"], for_update=True)
    work = Work.of(deposit.id)
    if work is None:
        return show_deposit(deposit)
    # The action is asked for its own rights, which may be others' than those of then.
    asked = {**work.data, "action": work.action}
    tk.check_access("odlocale_work_start", context, asked)
    refuse(states.Refusal.READING if is_busy(deposit.id) else None)
    version = {"version": deposit.version} if "version" in work.data else {}
    start(deposit, work.action, {**work.data, **version}, str(user_id(context)))
    return show_deposit(load(data["id"]))


def waits(context: Context, deposit: Deposit) -> bool:
    """Tell whether a draft's file is long enough for the worker.

    Not where the caller's mandate is about some models only: whether a file is one of
    them is known once it was read, and what is not is not kept.
    """
    if deposit.original_sha256 is None or deposit.state not in states.DRAFT_STATES:
        return False
    limit = int(tk.config["ckanext.odlocale.long_file_bytes"])
    try:
        with storage.open_path(deposit.original_sha256).open("rb") as file:
            if not is_long(deposit.original_size or 0, file.read(4), limit):
                return False
    except (ContentMissing, OSError):
        # What is lost is said at once.
        return False
    ground = rights.ground_of(context["user"], deposit.org_id)
    return ground is not None and ground.schemas is None


def read_later(context: Context, deposit_id: str) -> dict[str, Any]:
    """Let the worker read a file that was just kept.

    :returns: as :func:`odlocale_deposit_show`
    """
    asked = {"id": deposit_id, "action": "odlocale_deposit_choose"}
    return odlocale_work_start(context, asked)


def start(deposit: Deposit, action: str, data: dict[str, Any], user: str) -> bool:
    """Ask the worker; commits.

    :param user: id of who asks
    :returns: whether there is a queue: without one, nothing is kept
    """
    token = Work.ask(deposit.id, action, data, user)
    model.Session.commit()
    try:
        get_queue().enqueue(
            do_work,
            deposit.id,
            token,
            job_timeout=TIMEOUT,
            meta={"title": "odlocale: a long file"},
        )
    except RedisError:
        log.exception("Cannot queue the check of a long file: it is checked at once")
        Work.forget(deposit.id)
        model.Session.commit()
        return False
    return True
