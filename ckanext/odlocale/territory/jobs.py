"""What the territory does after a change, out of the request."""

from __future__ import annotations

from collections.abc import Sequence

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import search

# Indexing a dataset takes about 20 ms; the worker's own limit is 180 s.
TIMEOUT_SECONDS = 3600


def reindex_later(org_ids: Sequence[str]) -> None:
    """Queue the reindexing of organisations' datasets, which show their names.

    Core reindexes nothing when an organisation is renamed.
    """
    if org_ids:
        tk.enqueue_job(
            reindex_datasets,
            [list(org_ids)],
            title="odlocale: reindex datasets of changed organizations",
            rq_kwargs={"timeout": TIMEOUT_SECONDS},
        )


def reindex_datasets(org_ids: list[str]) -> int:
    """Reindex all datasets of organisations.

    :returns: how many there were.
    """
    owners = sa.literal(org_ids, type_=sa.ARRAY(sa.Text))
    statement = sa.select(model.Package.id).where(
        model.Package.owner_org == sa.any_(owners), model.Package.state == "active"
    )
    ids = list(model.Session.scalars(statement))
    if ids:
        search.rebuild(package_ids=ids, force=True, quiet=True)
    return len(ids)
