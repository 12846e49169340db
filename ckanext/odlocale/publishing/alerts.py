"""What the desk's home warns of, above the next step: each has one thing to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ckanext.odlocale.publishing.wording import name_release
from ckanext.odlocale.scdl.catalogue import Catalogue

Kind = Literal["conflict", "bounced", "reports"]


@dataclass(frozen=True)
class Alert:
    """One thing that somebody must know before the rest.

    :ivar kind: ``conflict``: two people wrote in the same cells of a table, and each
        version waits; ``bounced``: letters to the reader's address come back;
        ``reports``: more readers reported errors than the next step tells of
    :ivar name: of the table, for a conflict
    :ivar schema: of the table, with its ``key``
    :ivar count: of reports
    """

    kind: Kind
    name: str = ""
    schema: str = ""
    key: str = ""
    count: int = 0


def list_alerts(
    grids: Iterable[Mapping[str, Any]],
    catalogue: Catalogue,
    *,
    bounced: bool = False,
    reports: int = 0,
) -> tuple[Alert, ...]:
    """Return the alerts of a desk, what may lose work first.

    :param grids: tables begun: ``schema``, ``key`` and whether there are ``conflicts``
        that the reader settles
    :param bounced: whether letters to who reads come back
    :param reports: errors that readers reported, not answered yet; the first is the
        next step already
    """
    found = [
        Alert(
            "conflict",
            name_release(catalogue.get(one["schema"]), one["key"]),
            one["schema"],
            one["key"],
        )
        for one in grids
        if one.get("conflicts") and one["schema"] in catalogue
    ]
    if bounced:
        found.append(Alert("bounced"))
    if reports > 1:
        found.append(Alert("reports", count=reports - 1))
    return tuple(found)
