"""What the worker does for the tables: what a publication left to be done."""

from __future__ import annotations

import logging

import ckantoolkit as tk
import psycopg2
import redis
from ckan import model as ckan_model
from rq import Retry
from sqlalchemy.exc import SQLAlchemyError

from ckanext.odlocale.publishing import stopped
from ckanext.odlocale.tables import keeping, model, settling
from ckanext.odlocale.tables.store import State

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 3600

#: Seconds before each new attempt: a database that restarts, then one that is mended.
ATTEMPTS = [30, 120, 600, 1800, 3600, 7200]

# One job at work and one that waits are enough: each does all that is due.
_IDS = ("odlocale-tables-a", "odlocale-tables-b")


class NotSettled(RuntimeError):
    """Tables could not be brought up to date: their marks stay for the next attempt.

    :ivar count: how many failed
    """

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} tables are still to be brought up to date")
        self.count = count


def settle_later() -> None:
    """Queue the work that is due, unless a job that has not begun will do it.

    Where there is no queue, the marks stay: the next publication, or
    ``ckan odlocale tables settle``, finds them.
    """
    try:
        for name in _IDS:
            status = _status(name)
            if status in ("queued", "scheduled", "deferred"):
                return
            if status != "started":
                tk.enqueue_job(
                    settle_pending,
                    title="odlocale: bring the tables up to date",
                    rq_kwargs={
                        "timeout": TIMEOUT_SECONDS,
                        "job_id": name,
                        "retry": Retry(max=len(ATTEMPTS), interval=ATTEMPTS),
                    },
                )
                return
    except redis.exceptions.RedisError:
        log.exception("Cannot queue the tables' work: ckan odlocale tables settle")


def _status(name: str) -> str | None:
    try:
        return str(tk.job_from_id(name).get_status().value)
    except KeyError:
        return None


def settle_pending() -> int:
    """Do all that is due, then write the datasets and Parquet files of what changed.

    And mend what a killed publication told the search, which otherwise waits for the
    day's work.

    :returns: how many collectivités' slices were looked at
    :raises NotSettled: some could not be; the others are done
    """
    done, failed = 0, 0
    try:
        stopped.repair_index()
    except Exception:
        log.exception("The search was not told again what is online")
        ckan_model.Session.rollback()
    for schema, siren in model.due_pairs():
        try:
            settling.settle(schema, siren)
            done += 1
        except Exception:
            log.exception("The table %s of %s is not up to date", schema, siren)
            failed += 1
    failed += keep_all()
    if failed:
        raise NotSettled(failed)
    return done


def keep_all() -> int:
    """Write the datasets and Parquet files that are out of date.

    :returns: how many could not be
    """
    try:
        changed = _changed()
    except (SQLAlchemyError, psycopg2.Error):
        log.exception("The tables cannot be read")
        return 1
    failed = 0
    for state in changed:
        try:
            keeping.keep(state)
        except Exception:
            log.exception("The dataset of the table %s was not written", state.schema)
            ckan_model.Session.rollback()
            failed += 1
    return failed


def _changed() -> list[State]:
    told = {
        one.schema: {one.version, one.parquet_version}
        for one in ckan_model.Session.query(model.Table)
    }
    return [
        one for one in settling.read_states() if told.get(one.schema) != {one.version}
    ]
