"""What each day asks of the storage: nothing is kept that serves nobody."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.base import storage
from ckanext.odlocale.publishing import keeping, stopped
from ckanext.odlocale.publishing.releases import keep_parquet, without_parquet

#: Releases that get their Parquet form in one transaction.
BATCH = 20


@dataclass(frozen=True)
class Done:
    """What was done.

    :ivar erased: files that purges had asked to remove
    :ivar unused: files removed since nothing refers to them any more
    :ivar parquet: releases that got their Parquet form
    :ivar indexed: collectivités whose datasets the search was told again
    :ivar published: publications that had stopped, and are online
    """

    erased: int
    unused: int
    parquet: int
    indexed: int
    published: int


def work(now: datetime.datetime) -> Done:
    """Do what the day asks for, committing as it goes.

    :param now: with its time zone
    """
    days = max(1, int(tk.config["ckanext.odlocale.unused_file_days"]))
    before = now - datetime.timedelta(days=days)
    return Done(
        erased=keeping.erase_asked(),
        unused=keeping.remove_unused(before),
        parquet=_add_parquet(),
        indexed=stopped.repair_index(),
        published=stopped.retry(),
    )


def _add_parquet() -> int:
    added = 0
    while some := without_parquet(BATCH):
        for deposit in some:
            path = storage.open_path(str(deposit.canonical_sha256))
            keep_parquet(deposit, path.read_bytes())
        model.Session.commit()
        added += len(some)
    return added
