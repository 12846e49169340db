"""When something is due to data.gouv.fr: with each dataset, and by looking around.

``follow`` is called in the dataset's own transaction and commits nothing: a dataset and
its message are written together, or not at all. ``sweep`` finds what no plugin is told
of: a purge, a dataset given to another organisation, a choice of the ATD.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Collection
from typing import Any, Final

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.datagouv.fragment import stamp_of
from ckanext.odlocale.datagouv.model import (
    UTC,
    current_portal,
    in_utc,
    is_public,
    read_publishers,
)
from ckanext.odlocale.datagouv.outbox_model import (
    Outbox,
    Pushed,
    drop_message,
    is_sent,
    put_message,
)
from ckanext.odlocale.datagouv.push import Status, Values
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.tables import Collectivity

log = logging.getLogger(__name__)

CHANGED: Final = "odlocale_push_changed"
#: How old what we know of a dataset there may be before it is read again.
CHECK_AFTER: Final = datetime.timedelta(hours=24)
#: How many are read again in one run.
CHECKED_AT_ONCE: Final = 500


def follow(package_id: str, write: Callable[[], Values] | None, stamp: str) -> None:
    """Let data.gouv.fr follow a dataset that is being written.

    :param write: makes what must be there of a public dataset; none for another
    :param stamp: of the profile, portal and publisher that it tells of
    """
    package = model.Session.get(model.Package, package_id)
    sent, siren = _way_of(package_id)
    pushed = Pushed.of(package_id)
    if pushed is None and not (sent and write):
        return
    if sent and write and siren:
        told = _told(package)
        _put(pushed, package_id, siren, package.title or "", "online", write(), told,
             stamp)  # fmt: skip
    elif pushed is not None:
        hide(pushed, _hidden_status(package, pushed, public=write is not None))


def follow_deletion(package_id: str) -> None:
    """Let data.gouv.fr follow a dataset that is being deleted."""
    pushed = Pushed.of(package_id)
    if pushed is not None:
        hide(pushed, "deleted" if pushed.purged else "archived")


def hide(pushed: Pushed, status: Status | None) -> None:
    """Have a dataset hidden there that is not, or no longer, to be seen.

    :param status: none where it goes back to the feed
    """
    never_sent = pushed.remote_id is None and pushed.sending is None
    if status is None or never_sent:
        drop_message(pushed.package_id)
        model.Session.delete(pushed)
        model.Session.flush()
        return
    if pushed.status == status:
        return
    title = "" if status == "deleted" else pushed.title
    _put(pushed, pushed.package_id, pushed.siren, title, status, None, None, "")


def _put(
    pushed: Pushed | None,
    package_id: str,
    siren: str,
    title: str,
    status: Status,
    values: Values | None,
    told: datetime.datetime | None,
    stamp: str,
) -> None:
    now = datetime.datetime.now(UTC)
    if pushed is None:
        pushed = Pushed(package_id=package_id, siren=siren, status=status)
        model.Session.add(pushed)
    pushed.siren, pushed.status, pushed.title = siren, status, title
    pushed.told_modified, pushed.told_stamp = told, stamp
    if status == "online":
        pushed.purged = False
    if status == "deleted":
        # What was erased for good is not kept here either.
        pushed.before, pushed.sending, pushed.held = None, None, {}
    model.Session.flush()
    payload = {"status": status, "values": values, "at": now.isoformat()}
    put_message(package_id, payload, now)
    model.Session().info[CHANGED] = True


def _told(package: Any) -> datetime.datetime:
    return in_utc(package.metadata_modified)


def _hidden_status(package: Any, pushed: Pushed, *, public: bool) -> Status | None:
    """How a dataset must be there that is not sent as it is."""
    if public:
        # It goes by the feed again, which knows what a harvest had left there.
        return None if pushed.harvested else "archived"
    if package is None or (pushed.purged and package.state != "active"):
        return "deleted"
    return "archived" if package.state == "deleted" else "private"


def _way_of(package_id: str) -> tuple[bool, str | None]:
    """Return whether a dataset goes by sending, and the SIREN of its owner."""
    query = (
        sa.select(is_sent(), Collectivity.siren)
        .select_from(model.Package)
        .outerjoin(Collectivity, Collectivity.org_id == model.Package.owner_org)
        .where(model.Package.id == package_id)
    )
    found = model.Session.execute(query).first()
    return (bool(found[0]), found[1]) if found else (False, None)


def note_purge(schema: str, ids: Collection[str]) -> None:
    """Note that contents are being erased for good, in the purge's transaction.

    :param schema: empty for what follows no model: ``ids`` are datasets then, and
        releases otherwise
    """
    packages = set(ids)
    if schema:
        query = sa.select(Deposit.package_id).where(Deposit.id.in_(list(ids)))
        packages = {one for one in model.Session.scalars(query) if one}
    rows = sa.select(Pushed).where(Pushed.package_id.in_(packages))
    for pushed in model.Session.scalars(rows).all():
        pushed.purged = True
        if not schema:
            hide(pushed, "deleted")
    model.Session.flush()


def sweep(
    refresh: Callable[[str], None],
    commit: Callable[[], None] = lambda: model.Session.commit(),
) -> int:
    """Find what changed and told no plugin, and commit.

    :param refresh: writes a dataset's fragment and message, as an edit does
    :param commit: called after each dataset
    :returns: how many datasets were looked at anew
    """
    package, group = model.Package, model.Group
    rows = model.Session.execute(
        sa.select(
            package.id, package.owner_org, package.metadata_modified,
            Pushed.status, Pushed.told_modified, Pushed.told_stamp,
        )
        .join(group, group.id == package.owner_org)
        .outerjoin(Pushed, Pushed.package_id == package.id)
        .where(
            package.state == "active",
            package.private.is_(False),
            package.type == "dataset",
            group.state == "active",
            is_sent(),
        )
    ).all()  # fmt: skip
    portal = current_portal()
    publishers = read_publishers({row[1] for row in rows})
    stamps = {key: stamp_of(one, portal) for key, one in publishers.items()}
    stale = [
        row[0]
        for row in rows
        if (row[3], row[4], row[5])
        != ("online", in_utc(row[2]), stamps.get(row[1], ""))
    ]
    for package_id in stale:
        try:
            refresh(package_id)
            commit()
        except Exception:
            # One dataset that cannot be told must not keep the others.
            model.Session.rollback()
            log.exception("What is to be sent of %s cannot be written", package_id)
    return len(stale) + _sweep_hidden({row[0] for row in rows}, commit)


def _sweep_hidden(online: set[str], commit: Callable[[], None]) -> int:
    count = 0
    query = sa.select(Pushed.package_id).where(Pushed.status != "deleted")
    for package_id in model.Session.scalars(query).all():
        if package_id in online:
            continue
        package = model.Session.get(model.Package, package_id)
        pushed = Pushed.of(package_id)
        if pushed is None:
            continue
        public = package is not None and is_public(package)
        status = _hidden_status(package, pushed, public=public)
        if status != pushed.status:
            hide(pushed, status)
            count += 1
        commit()
    return count


def check_again(now: datetime.datetime) -> int:
    """Have what was sent long ago read again there, in its turn, and commit.

    What a hand changed there is found so, and what a harvest archived is brought back.
    """
    waiting = sa.exists().where(Outbox.key == Pushed.package_id)
    query = (
        sa.select(Pushed.package_id)
        .where(
            Pushed.status == "online",
            Pushed.remote_id.is_not(None),
            Pushed.checked_at < now - CHECK_AFTER,
            sa.not_(waiting),
        )
        .order_by(Pushed.checked_at)
        .limit(CHECKED_AT_ONCE)
    )
    found = model.Session.scalars(query).all()
    model.Session.execute(
        sa.update(Pushed).where(Pushed.package_id.in_(found)).values(told_modified=None)
    )
    model.Session.commit()
    return len(found)
