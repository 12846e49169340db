"""No page and no call costs more on a portal of three thousand communes.

Each page is asked for twice by the same person: beside twenty communes, then beside
three thousand. It must send as many statements to PostgreSQL and as many labels to
Solr, and be no longer.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pysolr
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from tests import portal_rows

Call = Callable[..., Any]
#: Nobody else's in these tests. The first bears the ATD.
FEW, MANY = ("73",), ("62", "80", "76", "60")
LABELS = re.compile(r"permission_labels:\(([^)]*)\)")


@dataclass
class Sent:
    """What a request sent to the servers."""

    statements: list[str] = field(default_factory=list)
    clauses: int = 0
    searches: int = 0
    facets: list[Any] = field(default_factory=list)


@contextmanager
def counted() -> Iterator[Sent]:
    """Count statements sent to PostgreSQL and label clauses sent to Solr."""
    sent = Sent()

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.statements.append(" ".join(statement.split()))

    search = pysolr.Solr.search

    def note_search(solr: Any, q: Any, *args: Any, **options: Any) -> Any:
        filters = options.get("fq") or []
        for one in [filters] if isinstance(filters, str) else filters:
            for labels in LABELS.findall(one):
                sent.clauses += len(labels.split(" OR "))
        sent.searches += 1
        sent.facets.append(options.get("facet.limit"))
        return search(solr, q, *args, **options)

    sa.event.listen(model.meta.engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pysolr.Solr, "search", note_search)
        try:
            yield sent
        finally:
            sa.event.remove(model.meta.engine, "before_cursor_execute", note)


@dataclass
class People:
    """Who asks for the pages, and what they act on."""

    headers: dict[str, dict[str, str]]
    names: dict[str, str]
    head: str
    commune: str
    dataset: str


def measure(app: Any, people: People, page: str, who: str) -> tuple[Sent, int]:
    """Ask for a page, and measure it."""
    address = page.format(
        me=people.names.get(who, people.names["agent"]),
        commune=people.commune,
        head=people.head,
        dataset=people.dataset,
    )
    headers = people.headers[who]
    with counted() as sent:
        answer = app.get(address, headers=headers, follow_redirects=False)
    assert answer.status_code in (200, 302, 403), (address, answer.status_code)
    return sent, len(answer.body)


EVERYBODY = ("anonymous", "agent", "animator", "sysadmin")
LOGGED = EVERYBODY[1:]
PAGES = [
    ("/", EVERYBODY),
    ("/organization/", EVERYBODY),
    ("/organization/?q=saint", EVERYBODY),
    ("/organization/?departement=73", EVERYBODY),
    ("/organization/{commune}", EVERYBODY),
    ("/organization/{head}", EVERYBODY),
    ("/organization/about/{commune}", EVERYBODY),
    ("/organization/edit/{head}", ("animator", "sysadmin")),
    ("/organization/members/{head}", ("animator", "sysadmin")),
    ("/organization/manage_members/{head}", ("animator", "sysadmin")),
    ("/organization/bulk_process/{head}", ("animator", "sysadmin")),
    ("/organization/activity/{head}", EVERYBODY),
    ("/dataset/", EVERYBODY),
    ("/dataset/?q=budget", EVERYBODY),
    ("/dataset/?_organization_limit=0", EVERYBODY),
    ("/dataset/{dataset}", EVERYBODY),
    ("/dataset/new", LOGGED),
    ("/dataset/edit/{dataset}", ("animator", "sysadmin", "agent")),
    ("/dataset/groups/{dataset}", LOGGED),
    ("/dashboard/datasets", LOGGED),
    ("/dashboard/organizations", LOGGED),
    ("/dashboard/groups", LOGGED),
    ("/dashboard/", LOGGED),
    ("/user/{me}", EVERYBODY),
    ("/user/edit/{me}", LOGGED),
    ("/publier", LOGGED),
    ("/api/3/action/organization_list_for_user", EVERYBODY),
    ("/api/3/action/organization_list_for_user?permission=create_dataset", LOGGED),
    ("/api/3/action/odlocale_organization_choices?q=saint", LOGGED),
    ("/api/3/action/odlocale_collectivity_search?q=saint", EVERYBODY),
    ("/api/3/action/organization_show?id={commune}", EVERYBODY),
    ("/api/3/action/organization_list", EVERYBODY),
    ("/api/3/action/organization_list?all_fields=true&limit=5", EVERYBODY),
    ("/api/3/action/organization_autocomplete?q=saint", EVERYBODY),
    ("/api/3/action/group_list_authz", LOGGED),
    ("/api/3/action/package_search?q=budget", EVERYBODY),
    ("/api/3/action/package_autocomplete?q=budget", EVERYBODY),
    ("/api/3/action/user_show?id={me}&include_datasets=true", LOGGED),
    ("/api/3/action/status_show", EVERYBODY),
]
#: Asked for all of the portal's organisations, they return their names.
WHOLE_LISTS = {"/api/3/action/organization_list"}
CASES = [(page, who) for page, asking in PAGES for who in asking]

_measured: dict[str, Any] = {}


@pytest.fixture
def measured(app: Any) -> dict[str, Any]:
    """All pages, measured beside few communes, then beside many; once."""
    if "error" in _measured:
        raise _measured["error"]
    if not _measured:
        # As a page does not exist by halves, nor does this: what fails once would
        # fail for each page.
        try:
            _measured.update(measure_all(app))
        except Exception as error:
            _measured["error"] = error
            raise
    return _measured


def measure_all(app: Any) -> dict[str, Any]:
    """Return what each page costs on a small portal and on a large one."""
    few = portal_rows.write_territory(FEW, limit=20)
    written = [few]
    try:
        people = introduce(few)
        # Once to fill what is kept from one request to the next.
        for case in CASES:
            measure(app, people, *case)
        before = {case: measure(app, people, *case) for case in CASES}
        many = portal_rows.write_territory(MANY)
        written.append(many)
        # The animator's territory grows, not only the portal.
        portal_rows.put_under(many, few.head)
        after = {case: measure(app, people, *case) for case in CASES}
    finally:
        model.Session.rollback()
        for territory in written:
            portal_rows.remove_territory(territory)
    return {"before": before, "after": after, "number": len(many.communes)}


def introduce(few: portal_rows.Territory) -> People:
    """Make the four who ask, and a dataset of the agent's."""
    agent, animator, sysadmin = (
        factories.User(name=f"mesure-{uuid.uuid4().hex[:12]}") for _ in range(3)
    )
    model.User.get(sysadmin["id"]).sysadmin = True
    model.repo.commit()
    commune = few.communes[0]
    for user, role, org_id in (
        (agent, "editor", commune),
        (animator, "admin", few.head),
    ):
        helpers.call_action(
            "organization_member_create", id=org_id, username=user["name"], role=role
        )
    names = {
        "agent": agent["name"],
        "animator": animator["name"],
        "sysadmin": sysadmin["name"],
    }
    headers: dict[str, dict[str, str]] = {"anonymous": {}}
    for who, name in names.items():
        made = helpers.call_action("api_token_create", user=name, name="mesure")
        headers[who] = {"Authorization": made["token"]}
    dataset = factories.Dataset(owner_org=commune, user=agent)
    return People(
        headers,
        names,
        model.Group.get(few.head).name,
        model.Group.get(commune).name,
        dataset["name"],
    )


@pytest.mark.parametrize(("page", "who"), CASES)
def test_a_page_costs_the_same_on_a_large_portal(
    measured: dict[str, Any], page: str, who: str
) -> None:
    assert measured["number"] > 2000
    few, short = measured["before"][page, who]
    many, long = measured["after"][page, who]
    extra = [one for one in many.statements if one not in few.statements]
    assert len(many.statements) == len(few.statements), extra
    assert many.searches == few.searches
    assert many.clauses == few.clauses
    if page not in WHOLE_LISTS:
        assert long < short * 1.5 + 6000


@pytest.mark.parametrize("who", LOGGED)
def test_the_search_engine_reads_four_labels_at_most(
    measured: dict[str, Any], who: str
) -> None:
    sent, _ = measured["after"]["/dataset/", who]
    # None at all for an administrator of the portal, who reads everything.
    assert sent.clauses <= 4 * sent.searches
    assert (sent.clauses == 0) == (who == "sysadmin")


def test_whom_one_belongs_to_is_listed_and_all_below_on_demand(portal: None) -> None:
    territory = portal_rows.write_territory(("14",), limit=60)
    try:
        animator = factories.User(name=f"mesure-{uuid.uuid4().hex[:12]}")["name"]
        helpers.call_action(
            "organization_member_create",
            id=territory.head,
            username=animator,
            role="admin",
        )
        listed = {
            below: tk.get_action("organization_list_for_user")(
                {"user": animator, "ignore_auth": False},
                {
                    "permission": "read",
                    "include_below": below,
                    "include_dataset_count": True,
                    "include_member_count": True,
                },
            )
            for below in (False, True)
        }
        assert {one["id"] for one in listed[True]} == set(territory.orgs.values())
        (own,) = listed[False]
        # The same dictionary as core's, counts and capacity included.
        (cores,) = (one for one in listed[True] if one["id"] == territory.head)
        assert own == cores
        assert (own["capacity"], own["member_count"]) == ("admin", 1)
    finally:
        portal_rows.remove_territory(territory)


def test_a_page_beyond_any_other_is_a_page(app: Any) -> None:
    for number in ("9999999999", "-1", "0", "x", "9" * 400, "1%00"):
        answer = app.get(f"/organization/?page={number}")
        assert answer.status_code == 200, number


@pytest.mark.parametrize("name", ["epci", "departement", "q"])
def test_a_hostile_filter_finds_nothing_and_breaks_nothing(app: Any, name: str) -> None:
    for value in ("%00", "'; DROP TABLE package; --", "9" * 5000, "%F0%9F%98%80"):
        answer = app.get(f"/organization/?{name}={value}")
        assert answer.status_code == 200, value
