"""Publications that stopped half-way: the desk's home says so, and offers to resume.

A mark in Valkey, written before a publication begins and taken away once it is
committed. Whatever else ends it, a process that is killed included, leaves it. Without
Valkey the home says «begun» instead, which is true as well. For a day, what stopped is
tried again (:func:`retry`): its agent asked for it, and nothing changed since.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.lib.redis import connect_to_redis
from ckan.lib.search.common import make_connection
from ckan.types import Context
from redis.exceptions import RedisError

from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.states import DRAFT_STATES

log = logging.getLogger(__name__)

#: How long after its beginning a publication that says nothing has stopped.
SILENT_SECONDS = 120
_KEPT_SECONDS = 90 * 86_400
#: For how long what stopped is tried again.
RETRIED_SECONDS = 86_400
#: Datasets of one collectivité that are looked for in the index.
MOST_DATASETS = 10_000


@dataclass(frozen=True)
class Mark:
    """What is noted of a publication.

    :ivar began: when, in seconds since 1970
    :ivar silent: whether it has not said that it stopped
    :ivar user: name of who asked for it
    :ivar version: of the draft
    :ivar again: whether it is tried again: a server was out of reach, or it was killed
    """

    began: float
    silent: bool
    user: str
    version: int
    again: bool = True

    def write(self, deposit_id: str) -> None:
        """Keep it, where Valkey answers."""
        with contextlib.suppress(RedisError):
            kept = json.dumps(asdict(self))
            connect_to_redis().set(_key(deposit_id), kept, ex=_KEPT_SECONDS)

    @property
    def has_stopped(self) -> bool:
        """Whether it said so, or says nothing for long."""
        return not self.silent or self.began < time.time() - SILENT_SECONDS


@contextlib.contextmanager
def note_stop(deposit_id: str, user: str, version: int) -> Iterator[None]:
    """Remember that a publication began, until it is done.

    :param user: name of who asked for it
    :param version: of the draft that was on the screen
    :raises Exception: whatever stopped it
    """
    mark = Mark(time.time(), True, user, version)
    mark.write(deposit_id)
    try:
        yield
    except BaseException as error:
        replace(mark, silent=False, again=_is_a_servers(error)).write(deposit_id)
        raise
    _forget(deposit_id)


def _is_a_servers(error: BaseException) -> bool:
    """Whether what stopped a publication is over once a server answers again."""
    if isinstance(error, tk.ValidationError):
        return error.error_dict.get("refusal") in (["NO_SEARCH"], ["NO_ROOM"])
    # A process that is stopped half-way.
    return not isinstance(error, Exception)


def stopped_of(deposit_ids: Sequence[str]) -> frozenset[str]:
    """Return which drafts' publication stopped."""
    if not deposit_ids:
        return frozenset()
    try:
        marks = _read(deposit_ids)
    except RedisError:
        return frozenset()
    return frozenset(one for one, mark in marks.items() if mark.has_stopped)


def retry() -> int:
    """Publish what stopped within a day, in the name of who asked for it, where the
    draft is still as it was and that person may.

    :returns: how many are online
    """
    try:
        marks = _read_all()
    except RedisError:
        return 0
    done = 0
    for deposit_id, mark in marks.items():
        old = mark.began < time.time() - RETRIED_SECONDS
        if not (mark.has_stopped and mark.again) or old:
            continue
        deposit = Deposit.load(deposit_id)
        user = model.User.get(mark.user)
        if deposit is None or deposit.state not in DRAFT_STATES:
            _forget(deposit_id)
        elif deposit.version == mark.version and user and user.is_active:
            done += _publish(deposit_id, mark)
        model.Session.rollback()
    return done


def _publish(deposit_id: str, mark: Mark) -> bool:
    context: Context = {"user": mark.user, "ignore_auth": False}
    asked = {"id": deposit_id, "version": mark.version}
    try:
        published = tk.get_action("odlocale_deposit_publish")(context, asked)
    except (tk.ValidationError, tk.NotAuthorized):
        # A server is still out of reach, or that person left: her desk says the rest.
        mark.write(deposit_id)
        return False
    except Exception:
        # One that cannot be read must not hold up those after it.
        log.exception("A publication that had stopped cannot be tried again")
        model.Session.rollback()
        mark.write(deposit_id)
        return False
    return bool(published["state"] == "published")


def repair_index() -> int:
    """Let the search say what is online again, where a process was killed after it had
    told it and before it committed.

    :returns: how many collectivités it was asked about
    """
    try:
        killed = _killed()
    except RedisError:
        return 0
    query = sa.select(Deposit.org_id).where(Deposit.id.in_(killed)).distinct()
    places = list(model.Session.scalars(query))
    for org_id in places:
        _index_again(org_id)
    for deposit_id, mark in killed.items():
        replace(mark, silent=False).write(deposit_id)
    return len(places)


def _killed() -> dict[str, Mark]:
    """The drafts whose publication began long ago, and said nothing since."""
    return {one: mark for one, mark in _read_all().items()
            if mark.silent and mark.has_stopped}  # fmt: skip


def _index_again(org_id: str) -> None:
    which = (model.Package.owner_org == org_id) & (model.Package.state != "deleted")
    held = set(model.Session.scalars(sa.select(model.Package.id).where(which)))
    asked = {"fl": "id", "rows": MOST_DATASETS, "fq": f'+owner_org:"{org_id}"'}
    found = {str(one["id"]) for one in make_connection().search("*:*", **asked)}
    for package_id in found - held:
        search.clear(package_id)
    search.rebuild(package_ids=sorted(held))
    search.commit()


def _read(deposit_ids: Sequence[str]) -> dict[str, Mark]:
    """What is noted of some drafts.

    :raises RedisError: Valkey does not answer
    """
    found = connect_to_redis().mget([_key(one) for one in deposit_ids])
    marks = {}
    for one, kept in zip(deposit_ids, found, strict=True):
        with contextlib.suppress(ValueError, TypeError):
            marks[one] = Mark(**json.loads(kept or b""))
    return marks


def _read_all() -> dict[str, Mark]:
    keys = [key.decode() for key in connect_to_redis().scan_iter(_key("*"))]
    ids = [key.removeprefix(_key("")) for key in keys]
    return _read(ids) if ids else {}


def _forget(deposit_id: str) -> None:
    with contextlib.suppress(RedisError):
        connect_to_redis().delete(_key(deposit_id))


def _key(deposit_id: str) -> str:
    return f"odlocale:publishing:{deposit_id}"
