"""What the page of a collectivité, a dataset's and the desk's ask of the territory.

Each helper costs a fixed number of queries, whatever the portal holds.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.lib.search import SearchError
from flask import g, has_request_context

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.scdl.obligation_words import describe
from ckanext.odlocale.scdl.obligations import Facts, Obligation, obligations
from ckanext.odlocale.territory import behalf, position, tree
from ckanext.odlocale.territory.model import run
from ckanext.odlocale.territory.search import Statement
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "linked_user",
    "odlocale_atd_of",
    "odlocale_atds_of",
    "odlocale_behalf_names",
    "odlocale_behalf_text",
    "odlocale_obligations",
    "odlocale_on_behalf_datasets",
    "odlocale_page_atd",
    "odlocale_position",
    "odlocale_standing",
    "odlocale_trail",
]

#: Datasets published on behalf of a collectivité that its page shows.
SHOWN_ON_BEHALF = 20
_KEY = "_odlocale_asked"


@tk.chained_helper
def linked_user(
    next_helper: Callable[..., Any], user: Any, maxlength: int = 0, avatar: int = 20
) -> Any:
    """Core's link to a person, for those who are logged in: agents are named to
    nobody else, in histories either."""
    if not tk.current_user.is_authenticated:
        return tk._("An agent")
    return next_helper(user, maxlength, avatar)


def odlocale_atds_of(org_id: str) -> list[dict[str, Any]]:
    """Return the ATDs that cover an organisation, the most local first.

    :param org_id: the organisation's id.
    :returns: for each: ``siren``, ``name``, ``colour``, ``kind``, ``org_name``
        (nothing where it has no page). One query for each request.
    """
    return _once(tree.atds_statement(org_id))


def odlocale_atd_of(org_id: str | None) -> dict[str, Any] | None:
    """Return the ATD whose name and colour an organisation's pages bear.

    The most local one: an EPCI before a département, a département before a région.

    :returns: as :func:`odlocale_atds_of`; nothing for the portal's own look.
    """
    atds = odlocale_atds_of(org_id) if org_id else []
    return atds[0] if atds else None


def odlocale_page_atd(*subjects: Any) -> dict[str, Any] | None:
    """Return the ATD of what a page is about.

    :param subjects: what the page may have: an organisation's dict, a dataset's, a
        collectivité of the desk; the first that names an organisation is taken.
    """
    for subject in subjects:
        org_id = _organization_of(subject)
        if org_id:
            return odlocale_atd_of(org_id)
    return None


def _organization_of(subject: Any) -> str | None:
    if isinstance(subject, Mapping):
        found = subject.get("owner_org")
        if subject.get("is_organization"):
            found = subject.get("id")
        return found if isinstance(found, str) else None
    return subject.org_id if isinstance(subject, Collectivity) else None


def odlocale_trail(org_id: str) -> list[dict[str, Any]]:
    """Return the way from the top of the territory to an organisation, itself last.

    :returns: ``siren``, ``insee``, ``kind``, ``name``, ``title``, ``org_name`` of
        each; empty for an organisation made by hand. One query.
    """
    return _once(tree.trail_statement(org_id))


def _once(statement: Statement) -> list[dict[str, Any]]:
    """Run a query once for each request: page, header and style sheet ask alike."""
    known: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    if has_request_context():
        known = g.setdefault(_KEY, known)
    key = (statement.sql, *sorted(statement.params.items()))
    if key not in known:
        known[key] = [dict(row) for row in run(statement)]
    return known[key]


def odlocale_standing(org_id: str) -> dict[str, Any]:
    """Tell whether a collectivité still exists, and who answers for it.

    :returns: ``status`` (active, merged, closed, moved), ``vintage`` of the
        register that says so, ``moved_to``, ``heir`` (``name`` and ``org_name``).
    """
    own = Collectivity.by_org(org_id)
    if own is None:
        return {"status": "active", "vintage": None, "moved_to": None, "heir": None}
    heir = own.heir() if own.status == "merged" else None
    page = None
    if heir is not None and heir is not own and heir.org_id:
        org = model.Group.get(heir.org_id)
        page = {"name": heir.name, "org_name": org.name if org else None}
    return {
        "status": own.status,
        "vintage": own.cog_vintage,
        "moved_to": own.moved_to,
        "heir": page,
    }


def odlocale_position(place: Mapping[str, Any]) -> position.Drawing | None:
    """Draw where a collectivité is in its département.

    :param place: as ``odlocale_collectivity`` returns it.
    :returns: nothing where no centre is known. Two queries.
    """
    own = Collectivity.by_code(place["siren"])
    if own is None or not own.departement or own.kind == "region":
        return None
    cells = [
        position.Cell(row["longitude"], row["latitude"], row["own"])
        for row in run(position.cells_statement(own.siren, own.departement))
    ]
    centre = None
    if own.kind == "commune" and own.longitude is not None and own.latitude is not None:
        centre = (own.longitude, own.latitude)
    return position.draw(cells, own.contour, centre)


def odlocale_obligations(
    place: Mapping[str, Any], website: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Return what the law asks of a collectivité today, in words.

    :param place: as ``odlocale_collectivity`` returns it.
    :param website: its website, where it gave one.
    :returns: ``applies``, ``presumed`` and ``not``, each a list of ``duty``,
        ``title``, ``when``, ``reason``, ``texts``, by title in the last two.
    """
    facts = facts_of(place, website)
    found: dict[str, list[dict[str, Any]]] = {"applies": [], "presumed": [], "not": []}
    for one in obligations(facts, datetime.date.today()):
        group = {"applies": "applies", "presumed_yes": "presumed"}
        found[group.get(one.verdict, "not")].append(_in_words(one))
    for verdict in ("presumed", "not"):
        found[verdict].sort(key=lambda one: slugify(one["title"]))
    return found


def facts_of(place: Mapping[str, Any], website: str | None = None) -> Facts:
    """Return what decides of the obligations of a collectivité.

    :param place: as ``odlocale_collectivity`` returns it.
    :param website: its website, where it gave one.
    """
    return Facts(
        kind=place["kind"],
        population=place["population"],
        largest_member=_largest_member(place),
        answers={"website": True} if website else {},
    )


def _in_words(one: Obligation) -> dict[str, Any]:
    words = describe(one, str(tk.h.lang()))
    return {
        "duty": one.duty,
        "title": words.title,
        "when": words.when,
        "reason": words.reason,
        "texts": one.texts,
    }


def _largest_member(place: Mapping[str, Any]) -> int | None:
    if place["kind"] != "epci":
        return None
    members = tree.largest_member_statement(place["siren"])
    return next((row["population"] for row in run(members)), None)


def odlocale_on_behalf_datasets(place: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public datasets that others publish on behalf of a collectivité.

    Those of the communes that it took in come with its own. One query of the
    database and one of the search engine.

    :param place: as ``odlocale_collectivity`` returns it.
    :returns: ``count`` and ``results``, at most :data:`SHOWN_ON_BEHALF`; ``fq`` to
        find them all.
    """
    codes = [row["code"] for row in run(behalf.codes_statement(place["siren"]))]
    fq = f"{behalf.INDEX_FIELD}:({' OR '.join(codes)})"
    asked = {
        "fq": fq,
        "rows": SHOWN_ON_BEHALF,
        "sort": "metadata_modified desc",
        "facet": False,
    }
    try:
        found = tk.get_action("package_search")({"user": ""}, asked)
    except SearchError:
        return {"count": 0, "results": [], "fq": fq}
    return {"count": found["count"], "results": found["results"], "fq": fq}


def odlocale_behalf_text(value: Any) -> str:
    """Write those for whom a dataset is published as its form's field holds them.

    :param value: codes as a list, or what somebody typed and is shown again.
    """
    if isinstance(value, str):
        return value
    return ", ".join(
        f"{one['name']} ({one['code']})" for one in odlocale_behalf_names(value)
    )


def odlocale_behalf_names(codes: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return those for whom a dataset is published, by name. One query.

    :param codes: the dataset's ``on_behalf_of``.
    :returns: ``name``, ``code`` and ``org_name`` of each.
    """
    if not codes or not isinstance(codes, (list, tuple)):
        return []
    rows = run(behalf.names_statement([str(code) for code in codes]))
    named = [
        {
            "name": row["name"],
            "code": row["insee"] or row["siren"],
            "org_name": row["org_name"],
        }
        for row in rows
    ]
    return sorted(named, key=lambda one: slugify(one["name"]))
