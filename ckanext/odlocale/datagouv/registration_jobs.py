"""What the worker does with data.gouv.fr, with the rights of whoever asked for it."""

from __future__ import annotations

import logging
from typing import Any, Final

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.base.worker import portal_language
from ckanext.odlocale.datagouv import work

log = logging.getLogger(__name__)

#: What may be asked of the worker, and the action that does it.
WORKS: Final = {
    "search": "odlocale_datagouv_search",
    "apply": "odlocale_datagouv_apply",
    "read": "odlocale_datagouv_read",
}
#: Two thousand calls, five a second, and a server that makes some of them wait.
TIMEOUT_SECONDS: Final = 4 * 3600


def work_later(job: str, what: str, user: str, given: dict[str, Any]) -> None:
    """Queue some work.

    :raises redis.exceptions.RedisError: there is no queue
    """
    tk.enqueue_job(
        carry_out,
        [job, what, user, given],
        title=f"odlocale: data.gouv.fr, {what}",
        rq_kwargs={"timeout": TIMEOUT_SECONDS},
    )


def carry_out(job: str, what: str, user: str, given: dict[str, Any]) -> None:
    """Do the work, and say how far it is."""
    work.tell(job, 0, 0)

    def tell(done: int, total: int) -> None:
        work.tell(job, done, total)

    context = {"user": user, "ignore_auth": False, "odlocale_tell": tell}
    with portal_language():
        try:
            outcome = tk.get_action(WORKS[what])(context, given)
        except tk.ValidationError as error:
            listed = error.error_dict.values()
            work.fail(job, [str(text) for texts in listed for text in texts])
        except tk.NotAuthorized as error:
            work.fail(job, [str(error)])
        except Exception:
            log.exception("The work %s with data.gouv.fr failed", what)
            said = tk._("The portal failed. What was done is kept: start it again.")
            work.fail(job, [said])
            raise
        else:
            work.finish(job, outcome)
        finally:
            model.Session.rollback()
