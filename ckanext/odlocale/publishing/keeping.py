"""Which stored files are in use, and the removing of those that are not.

A file may be anybody's who deposits the same bytes, so nobody removes one on his own
word. Whoever writes a row that refers to a file holds that file's lock, shared, until
the commit; whoever removes one takes the lock alone, and looks at the rows again. The
lock is PostgreSQL's: it holds between machines too.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale import rooms
from ckanext.odlocale.base import storage
from ckanext.odlocale.base.content_store import StoredFile

#: Namespace of the locks on files among PostgreSQL's advisory locks.
FILE_LOCKS = 0x0D2

#: Files looked at in one query.
BATCH = 500


class Erasure(tk.BaseModel):  # type: ignore[misc]
    """A content that a purge took out of the rows, and that must leave the disk.

    Written in the purge's own transaction: whoever stops it after the commit leaves
    this line, which the next purge, or the work of the day, carries out.
    """

    __tablename__ = "odlocale_erasure"

    sha256: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    asked_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )


def keep(content: bytes) -> StoredFile:
    """Store bytes that a row of the caller's transaction will refer to."""
    hold(hashlib.sha256(content).hexdigest())
    return storage.put(content)


def hold(sha256: str) -> bool:
    """Keep a stored file from being removed until the transaction ends.

    :returns: whether it is still there
    """
    _lock(sha256, shared=True)
    return storage.exists(sha256)


def ask_erasure(sha256s: Iterable[str]) -> None:
    """Note contents to be removed after the commit, in the caller's transaction."""
    values = [{"sha256": one} for one in sorted(set(sha256s))]
    if values:
        model.Session.execute(insert(Erasure).values(values).on_conflict_do_nothing())


def erase_asked() -> int:
    """Remove what purges asked to remove, and nothing refers to. Commits.

    Stopped half-way, it is called again.

    :returns: how many files left the disk
    """
    removed = 0
    for sha256 in model.Session.scalars(sa.select(Erasure.sha256)).all():
        removed += _remove(sha256, None)
        model.Session.execute(sa.delete(Erasure).where(Erasure.sha256 == sha256))
        model.Session.commit()
    return removed


def remove_unused(before: datetime.datetime) -> int:
    """Remove the files that arrived before a moment and that no row refers to. Commits.

    :param before: with its time zone
    :returns: how many files left the disk
    """
    limit = before.timestamp()
    removed = 0
    files = storage.list_older(limit)
    while some := list(islice(files, BATCH)):
        for sha256 in set(some) - in_use(some):
            removed += _remove(sha256, limit)
            model.Session.commit()
    return removed


def in_use(sha256s: Collection[str]) -> frozenset[str]:
    """Return those of some contents that a row of the portal refers to."""
    found: set[str] = set()
    for column in _columns():
        query = sa.select(column).where(column.in_(list(sha256s)))
        found.update(model.Session.scalars(query))
    return frozenset(found)


def _columns() -> Iterator[Any]:
    """Columns of all rooms that hold the SHA-256 of a stored file."""
    for module in rooms.modules("hooks").values():
        listed = getattr(module, "stored_files", None)
        if listed is not None:
            yield from listed()


def _remove(sha256: str, limit: float | None) -> bool:
    _lock(sha256, shared=False)
    return not in_use([sha256]) and storage.remove(sha256, limit)


def _lock(sha256: str, *, shared: bool) -> None:
    kind = "pg_advisory_xact_lock" + ("_shared" if shared else "")
    lock = getattr(sa.func, kind)
    model.Session.execute(sa.select(lock(FILE_LOCKS, sa.func.hashtext(sha256))))
