"""What the worker does to a long draft: the desk's own action, saying how far it is."""

from __future__ import annotations

import logging
import time
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base.worker import portal_language
from ckanext.odlocale.publishing.release import explain
from ckanext.odlocale.publishing.states import Refusal
from ckanext.odlocale.publishing.waiting import GOING_ON
from ckanext.odlocale.publishing.work_letter import tell_done
from ckanext.odlocale.publishing.work_model import Work, at_work
from ckanext.odlocale.scdl.progress import watched

log = logging.getLogger(__name__)

#: Seconds between two signs of life.
BEAT = 1.0


class Stopped(Exception):
    """Somebody stopped the work, or asked for other work."""


class _Teller:
    """Writes how far a check is, once a second, and hears whether to stop."""

    def __init__(self, work: Work) -> None:
        self.deposit_id, self.token = work.deposit_id, work.token
        self.next = 0.0

    def __call__(self, done: int, rows: int) -> None:
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + BEAT
        told = {"done": done, "rows": rows}
        if Work.change(self.deposit_id, self.token, **told) != "running":
            raise Stopped


def do_work(deposit_id: str, token: str) -> None:
    """Do what is asked for a draft, from a job. Twice is harmless."""
    with portal_language():
        work = Work.claim(deposit_id, token)
        if work is not None:
            _do(work)


def _do(work: Work) -> None:
    deposit_id, token = work.deposit_id, work.token
    user = model.User.get(work.user_id)
    if user is None or not user.is_active:
        Work.forget(deposit_id)
        model.Session.commit()
        return
    context: Context = {"user": user.name, "ignore_auth": False}
    action, data = work.action, dict(work.data)
    outcome: dict[str, Any] = {"state": "failed"}
    try:
        with at_work(deposit_id), watched(_Teller(work)):
            tk.get_action(action)(context, data)
        outcome = {}
    except Stopped:
        model.Session.rollback()
        return
    except tk.ValidationError as error:
        model.Session.rollback()
        # No room to read it now: neither the file nor what was asked is wrong.
        if error.error_dict.get("refusal") != [Refusal.BUSY.name]:
            outcome = {"state": "refused", "message": explain(error)}
    except (tk.NotAuthorized, tk.ObjectNotFound):
        # The draft was dropped, or its agent left, meanwhile.
        model.Session.rollback()
        Work.forget(deposit_id)
        model.Session.commit()
        return
    except Exception:
        model.Session.rollback()
        log.exception("The work on a long file failed")
    if outcome and Work.change(deposit_id, token, **outcome) != "running":
        return
    gone = (Work.of(deposit_id) or work).is_gone
    if not outcome:
        Work.forget(deposit_id)
        model.Session.commit()
    if gone:
        tell_done(deposit_id, user.id, action, outcome.get("state", "done"))


def begin_again() -> int:
    """Do at once what a worker or the queue lost.

    :returns: how many drafts that was for
    """
    query = sa.select(Work).where(Work.state.in_(GOING_ON))
    lost = [one for one in model.Session.scalars(query) if one.begins_again]
    found = [(one.deposit_id, one.token) for one in lost]
    for deposit_id, token in found:
        Work.change(deposit_id, token, state="waiting")
        do_work(deposit_id, token)
    return len(found)
