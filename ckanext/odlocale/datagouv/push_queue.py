"""When the worker sends: after a change, and again when a failure is to be retried."""

from __future__ import annotations

import datetime
import logging

import ckantoolkit as tk
import redis
import sqlalchemy as sa
from ckan import model
from ckan.lib.jobs import get_queue

from ckanext.odlocale.datagouv.outbox_model import Outbox

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 3600
#: By its name: it calls what queues it.
JOB = "ckanext.odlocale.datagouv.push_jobs.push_pending"
# One job at work and one that waits are enough: each does all that is due.
_IDS = ("odlocale-push-a", "odlocale-push-b")
#: The job that comes back has a name for each minute: an old one is not repeated.
_LATER = "odlocale-push-{:%Y%m%d%H%M}"
_WAITING = ("queued", "scheduled", "deferred")


def push_later() -> None:
    """Queue the sending, unless a job that has not begun will do it.

    Where there is no queue, the messages stay: ``ckan odlocale datagouv push``.
    """
    try:
        for name in _IDS:
            status = _status(name)
            if status in _WAITING:
                return
            if status != "started":
                tk.enqueue_job(
                    JOB,
                    title="odlocale: send to data.gouv.fr",
                    rq_kwargs={"timeout": TIMEOUT_SECONDS, "job_id": name},
                )
                return
    except redis.exceptions.RedisError:
        log.exception("Cannot queue the sending: ckan odlocale datagouv push")


def come_back(now: datetime.datetime) -> None:
    """Queue the next sending for when a message that failed is to be tried again."""
    query = sa.select(
        sa.func.min(sa.func.greatest(Outbox.next_try, Outbox.leased_until))
    ).where(Outbox.next_try.is_not(None))
    moment = model.Session.scalar(query)
    if moment is None:
        return
    # Not sooner than a minute: what is due now failed just now.
    moment = max(moment, now + datetime.timedelta(minutes=1))
    name = _LATER.format(moment)
    try:
        if _status(name) not in _WAITING:
            get_queue().enqueue_in(
                moment - now,
                JOB,
                job_id=name,
                job_timeout=TIMEOUT_SECONDS,
            )
    except redis.exceptions.RedisError:
        log.exception("Cannot queue the sending: ckan odlocale datagouv push")


def _status(name: str) -> str | None:
    try:
        return str(tk.job_from_id(name).get_status().value)
    except KeyError:
        return None
