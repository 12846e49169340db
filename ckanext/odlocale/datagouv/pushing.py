"""Sending one message to data.gouv.fr: exactly once in effect, wherever it stops.

Pure: the site and the ledger are given. The ledger is written *before* each creation or
change (``begin``) and after it (``finish``). A worker killed in between leaves what it
was sending, and the next one looks before it writes:

- a creation that arrived bears our identifier: it is found, and not made again;
- a change that arrived is recognised path by path, and is not taken for a hand's.

``tests/datagouv/test_pushing.py`` kills it before and after every call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ckanext.odlocale.datagouv.push import (
    ID_EXTRA,
    Status,
    Values,
    match_files,
    name_files,
    payload_of,
    read_values,
)
from ckanext.odlocale.datagouv.push_merge import find_changed, leave, merge

#: Not there any more, and not by us.
GONE = "gone"

Outcome = Literal["created", "written", "unchanged", "removed", "nothing", "held"]
Remote = Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """How a dataset must be on data.gouv.fr.

    :ivar values: from :func:`push.describe_values`; none where it is not online here
    :ivar at: when it was written, in ISO 8601: the day of an archiving
    """

    package_id: str
    status: Status
    values: Values | None
    at: str


@dataclass(frozen=True)
class Record:
    """What we know of a dataset there.

    :ivar before: what it held after our last write
    :ivar sending: what was being written when we stopped
    :ivar kept: paths that a person left to data.gouv.fr
    """

    remote_id: str | None = None
    before: Values | None = None
    sending: Values | None = None
    kept: frozenset[str] = field(default_factory=frozenset)


class Site(Protocol):
    """data.gouv.fr, for one organisation. Failures are ``DatagouvError``."""

    def read(self, remote_id: str) -> Remote | None:
        """Return a dataset; nothing where there is none."""

    def find(self, package_id: str) -> list[Remote]:
        """Return the living datasets that tell of one of ours, the oldest first."""

    def contacts(self, wanted: list[list[str]], remote: Remote | None) -> list[str]:
        """Return the ids of contacts, made where they are missing."""

    def create(self, payload: Mapping[str, Any]) -> Remote:
        """Create a dataset."""

    def update(self, remote_id: str, payload: Mapping[str, Any]) -> Remote:
        """Replace a dataset."""

    def delete(self, remote_id: str) -> None:
        """Delete a dataset. One that is gone already is no failure."""

    def delete_file(self, remote_id: str, file_id: str) -> None:
        """Take a file away."""

    @property
    def organization_id(self) -> str:
        """The organisation there."""


class Ledger(Protocol):
    """What is recorded of the dataset; each call is durable when it returns."""

    def begin(self, values: Values) -> None:
        """Note what is about to be sent, while the lease holds."""

    def finish(
        self, remote: Remote, values: Values, held: Mapping[str, list[Any]]
    ) -> None:
        """Note what is there now, and what waits for a person."""

    def forget(self) -> None:
        """Nothing of it is there any more."""

    def hold(self, held: Mapping[str, list[Any]]) -> None:
        """Note what waits for a person, where nothing was written."""


def push_one(message: Message, record: Record, site: Site, ledger: Ledger) -> Outcome:
    """Make data.gouv.fr hold a dataset as a message says.

    :raises DatagouvError: it could not be done; the message is to be tried again
    """
    remote, known = _look(message, record, site)
    if message.status == "deleted":
        return _remove(record, remote, site, ledger)
    if remote is None:
        if not known:
            return _create(message, site, ledger)
        if GONE in record.kept:
            return "nothing"
        ledger.hold({GONE: [record.remote_id, None]})
        return "held"
    return _update(message, record, remote, site, ledger)


def _look(message: Message, record: Record, site: Site) -> tuple[Remote | None, bool]:
    """Return the dataset there, and whether we had recorded one."""
    if record.remote_id:
        return site.read(record.remote_id), True
    found = site.find(message.package_id)
    # A creation that arrived twice, the answer of the first being lost.
    for twin in found[1:]:
        if _bears_mark(twin, message.package_id):
            site.delete(str(twin["id"]))
    return (found[0] if found else None), False


def _bears_mark(remote: Remote, package_id: str) -> bool:
    return (remote.get("extras") or {}).get(ID_EXTRA) == package_id


def _remove(
    record: Record, remote: Remote | None, site: Site, ledger: Ledger
) -> Outcome:
    if remote is not None and not remote.get("deleted"):
        site.delete(str(remote["id"]))
    ledger.forget()
    return "removed" if remote is not None else "nothing"


def _create(message: Message, site: Site, ledger: Ledger) -> Outcome:
    if message.values is None:
        # Withdrawn before it was ever sent.
        ledger.forget()
        return "nothing"
    contacts = site.contacts(message.values["contacts"], None)
    payload = payload_of(
        message.values,
        package_id=message.package_id,
        organization_id=site.organization_id,
        contact_ids=contacts,
    )
    ledger.begin(message.values)
    created = site.create(payload)
    ledger.finish(created, read_values(created, name_files(message.values)), {})
    return "created"


def _update(
    message: Message, record: Record, remote: Remote, site: Site, ledger: Ledger
) -> Outcome:
    known = message.values or record.before or record.sending or {}
    files = name_files(known)
    now = read_values(remote, files)
    arrived = record.remote_id or _bears_mark(remote, message.package_id)
    # One that a harvest left there was never sent by us.
    sending = record.sending if arrived else None
    changed = find_changed(record.before, now, sending)
    hidden = message.values is None or message.status != "online"
    wanted = message.values if message.values and not hidden else _hide(message, now)
    merged = merge(wanted, now, changed, record.kept)
    theirs = {
        path: was
        for path, was in changed.items()
        if path not in record.kept and (hidden or path in merged.held)
    }
    if merged.values["deleted"]:
        # A hand deleted it: it is not brought back without a person's word.
        ledger.hold(merged.held)
        return "held" if merged.held else "nothing"
    if record.before is None or record.sending is not None:
        # What arrived of an interrupted write, before anything else is begun.
        ledger.finish(remote, leave(now, theirs, record.before), merged.held)
    if not merged.differs and not _stays_archived(remote, merged.values):
        ledger.finish(remote, leave(now, theirs, record.before), merged.held)
        return "held" if merged.held else "unchanged"
    payload = payload_of(
        merged.values,
        package_id=message.package_id,
        organization_id=_owner_of(remote) or site.organization_id,
        contact_ids=site.contacts(merged.values["contacts"], remote),
        remote=remote,
    )
    # What stays theirs is not ours on the way either.
    ledger.begin(leave(merged.values, theirs, record.before))
    if not payload["resources"]:
        # An empty list changes nothing there: one at a time.
        for one in match_files(remote, files).values():
            site.delete_file(str(remote["id"]), str(one["id"]))
    written = site.update(str(remote["id"]), payload)
    held_there = read_values(written, files)
    ledger.finish(written, leave(held_there, theirs, record.before), merged.held)
    return "written"


def _hide(message: Message, now: Values) -> Values:
    """What must be there of what is not online here: what it says, but unseen."""
    if message.status == "private":
        return {**now, "private": True}
    return {**now, "archived": True, "archived_at": message.at}


def _stays_archived(remote: Remote, values: Values) -> bool:
    """A harvest archived it, and it must be seen."""
    return bool(remote.get("archived")) and not values["archived"]


def _owner_of(remote: Remote) -> str:
    return str((remote.get("organization") or {}).get("id") or "")
