"""The letter to whoever left a cell to be chosen: two people changed the same table.

It goes to the one who can choose, the second to have typed, once the table has waited a
few minutes: whoever is at the panel needs no letter. A job writes it, after the commit,
so that no mail server holds back what is typed.
"""

from __future__ import annotations

import datetime
import logging

import ckantoolkit as tk
from ckan import model
from ckan.lib.jobs import get_queue
from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError
from rq import Retry

from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.base.worker import portal_language
from ckanext.odlocale.people.letters import absolute, signature
from ckanext.odlocale.people.members import bounced_among
from ckanext.odlocale.publishing.grid_core import DEFAULT_KEY
from ckanext.odlocale.publishing.grid_model import Grid
from ckanext.odlocale.publishing.grid_store import describe_conflicts
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

log = logging.getLogger(__name__)

#: How long somebody has to choose before a letter says so.
DELAY = datetime.timedelta(minutes=10)
#: One letter at most, of one table to one person, in this time.
QUIET_SECONDS = 86_400
#: When a letter that did not leave is tried again.
ATTEMPTS = [600, 3_600, 21_600]


def waits_for(grid: Grid, user_id: str | None) -> bool:
    """Tell whether a person must choose between her value and somebody else's.

    Her own other window is not somebody else.
    """
    return any(not one["own"] for one in describe_conflicts(grid, user_id))


def tell_later(grid_id: str, user_id: str) -> None:
    """Let the worker write, unless the person has chosen by then.

    Where there is no queue no letter leaves: the table's own pages still ask.
    """
    try:
        get_queue().enqueue_in(
            DELAY,
            tell_conflict,
            grid_id,
            user_id,
            retry=Retry(max=len(ATTEMPTS), interval=ATTEMPTS),
            meta={"title": "odlocale: two values for one cell"},
        )
    except RedisError:
        log.exception("Cannot queue the letter about two values for one cell")


def tell_conflict(grid_id: str, user_id: str) -> bool:
    """Write to a person who has still to choose, from a job; tell whether it left.

    :raises LetterNotSent: the mail server took nothing: another try is harmless
    """
    with portal_language():
        return _tell(grid_id, user_id)


def _tell(grid_id: str, user_id: str) -> bool:
    grid, user = model.Session.get(Grid, grid_id), model.User.get(user_id)
    if grid is None or not _may_choose(grid, user):
        return False
    letter = write_letter(grid, user_id)
    mark = f"odlocale:grid-conflict:{grid_id}:{user_id}"
    server = connect_to_redis()
    # Taken before the letter leaves: of two workers one writes.
    if letter is None or not server.set(mark, 1, ex=QUIET_SECONDS, nx=True):
        return False
    try:
        send(letter, name=user.display_name, address=user.email)
    except LetterNotSent as problem:
        if problem.outcome == "unsent":
            server.delete(mark)
            raise
        log.warning("The letter about two values did not arrive: %s", problem.kept)
        return False
    return True


def _may_choose(grid: Grid, user: model.User | None) -> bool:
    if user is None or not user.is_active or not user.email:
        return False
    if bounced_among([user.id]):
        return False
    asked = {"org_id": grid.org_id, "schema": grid.schema}
    try:
        tk.check_access("odlocale_grid_show", {"user": user.name}, asked)
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def write_letter(grid: Grid, user_id: str) -> Letter | None:
    """Return the letter; nothing where all was chosen, or the table is no more."""
    waiting = [one for one in describe_conflicts(grid, user_id) if not one["own"]]
    place = Collectivity.by_org(grid.org_id)
    if not waiting or place is None or grid.schema not in load_catalogue():
        return None
    says = {
        "name": place.name,
        "label": load_catalogue().get(grid.schema).label,
        "who": waiting[0]["name"] or tk._("Somebody"),
    }
    asked = {} if grid.key == DEFAULT_KEY else {"tableau": grid.key}
    where = absolute(
        "odlocale_grid.conflicts", code=place.code, schema=grid.schema, **asked
    )
    return compose(
        tk._("{name}: two versions of “{label}”").format(**says),
        [
            tk._("{who} and you changed the same draft. Nothing is lost.").format(
                **says
            ),
            Link(tk._("Choose between these values"), where),
        ],
        signature=signature(),
    )
