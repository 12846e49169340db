"""What the territory's worker does: apply plans, and reindex after them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk
import redis
import sqlalchemy as sa
from ckan import model
from ckan.config.middleware import make_app
from ckan.lib import search
from flask import current_app, has_app_context

from ckanext.odlocale.territory import progress
from ckanext.odlocale.territory.tables import Reindex

log = logging.getLogger(__name__)

# Indexing a dataset takes about 20 ms; the worker's own limit is 180 s.
TIMEOUT_SECONDS = 3600
#: Datasets that are indexed before the search engine is asked to show them.
BATCH = 200


class NotIndexed(RuntimeError):
    """The search engine refused datasets: they stay to be indexed.

    :ivar count: how many organisations have some.
    """

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} organizations are still to be reindexed")
        self.count = count


def reindex_later() -> None:
    """Queue the reindexing of what a plan changed, if anything waits for it.

    The plan is committed: where there is no queue, the rows stay for the next time.
    """
    if not count_pending():
        return
    try:
        tk.enqueue_job(
            reindex_pending,
            title="odlocale: reindex datasets of changed organizations",
            rq_kwargs={"timeout": TIMEOUT_SECONDS},
        )
    except redis.exceptions.RedisError:
        log.exception("Cannot queue the reindexing: ckan odlocale territory reindex")


def count_pending() -> int:
    """Return how many organisations wait for their datasets to be reindexed."""
    return int(model.Session.scalar(sa.select(sa.func.count()).select_from(Reindex)))


def reindex_pending() -> int:
    """Reindex the datasets of the organisations that a plan changed.

    Each is forgotten once all its datasets are done, so that a worker that is killed
    leaves the rest to the next one.

    :returns: how many datasets were reindexed.
    :raises NotIndexed: the search engine refused some; the others are done.
    """
    total, refused = 0, 0
    rows = model.Session.execute(
        sa.select(Reindex.org_id, Reindex.since).order_by(Reindex.since, Reindex.org_id)
    ).all()
    model.Session.commit()
    for org_id, since in rows:
        try:
            total += _reindex(org_id)
        except search.SearchIndexError:
            log.exception("Datasets of organization %s were not indexed", org_id)
            refused += 1
            model.Session.rollback()
            continue
        # Marked again meanwhile: it is for another time.
        model.Session.execute(
            sa.delete(Reindex).where(Reindex.org_id == org_id, Reindex.since == since)
        )
        model.Session.commit()
    if refused:
        raise NotIndexed(refused)
    return total


def _reindex(org_id: str) -> int:
    # Drafts too: who may find them follows who is above.
    statement = sa.select(model.Package.id).where(model.Package.owner_org == org_id)
    ids = list(model.Session.scalars(statement.order_by(model.Package.id)))
    for start in range(0, len(ids), BATCH):
        search.rebuild(package_ids=ids[start : start + BATCH], quiet=True)
        search.commit()
    return len(ids)


def apply_later(job: str, user_name: str, data_dict: dict[str, Any]) -> None:
    """Queue an application of a plan.

    :raises OSError: there is no queue.
    """
    try:
        tk.enqueue_job(
            apply_territory,
            [job, user_name, data_dict],
            title="odlocale: apply the plan of the territory",
            rq_kwargs={"timeout": TIMEOUT_SECONDS},
        )
    except redis.exceptions.RedisError as error:
        raise OSError(str(error)) from error


def apply_territory(job: str, user_name: str, data_dict: dict[str, Any]) -> None:
    """Apply a plan with the rights of whoever asked for it, and say how far it is."""
    progress.tell(job, "reading", 0, 1)

    def tell(phase: str, done: int, total: int) -> None:
        progress.tell(job, phase, done, total)

    with _in_its_language():
        context = {"user": user_name, "ignore_auth": False, "odlocale_tell": tell}
        try:
            done = tk.get_action("odlocale_territory_apply")(context, data_dict)
        except tk.ValidationError as error:
            texts = [text for texts in error.error_dict.values() for text in texts]
            progress.fail(job, texts)
        except tk.NotAuthorized as error:
            progress.fail(job, [str(error)])
        except Exception:
            failure = tk._("The portal failed. Nothing was done. Tell its operator.")
            progress.fail(job, [failure])
            raise
        else:
            progress.finish(job, done["counts"])
        finally:
            model.Session.rollback()


@contextlib.contextmanager
def _in_its_language() -> Iterator[None]:
    """Speak the portal's language: a worker has no visitor to ask."""
    if has_app_context():
        app = current_app._get_current_object()  # type: ignore[attr-defined]
    else:
        app = make_app(tk.config)._wsgi_app
    with app.test_request_context():
        yield
