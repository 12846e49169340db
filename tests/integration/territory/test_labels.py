"""Who finds, lists and opens a dataset that is not public."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from ckan import model
from ckan.lib.plugins import DefaultPermissionLabels, get_permission_labels
from ckan.lib.search.common import make_connection
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.territory import jobs
from ckanext.odlocale.territory.tables import Reindex

Call = Callable[..., Any]
PLACES = {
    "region": (),
    "atd": ("region",),
    "epci": ("atd",),
    "other_epci": ("atd",),
    "a": ("epci",),
    "b": ("other_epci",),
    "far": (),
}


@dataclass(frozen=True)
class Tree:
    """A région, an ATD, two EPCI with a commune each, and a commune elsewhere."""

    orgs: dict[str, str]
    private: dict[str, str]
    drafts: dict[str, str]
    public: dict[str, str]

    def user(self, role: str, place: str) -> str:
        """Make a user with a role in one organisation; return his name."""
        name = str(factories.User(name=f"lecteur-{uuid.uuid4().hex[:12]}")["name"])
        helpers.call_action(
            "organization_member_create",
            id=self.orgs[place],
            username=name,
            role=role,
        )
        return name


def put_under(child: str, parent: str, action: str = "member_create") -> None:
    data = {"id": child, "object": parent, "object_type": "group"}
    if action == "member_create":
        data["capacity"] = "public"
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    tk.get_action(action)({"user": site["name"], "ignore_auth": True}, data)


def reindex(org_id: str) -> None:
    """Reindex an organisation as applying a plan does."""
    model.Session.add(Reindex(org_id=org_id))
    model.Session.commit()
    jobs.reindex_pending()
    # CKAN commits without waiting for the searcher that will see it.
    make_connection().commit(waitSearcher=True)


_made: dict[str, Tree] = {}


@pytest.fixture
def tree(portal: None) -> Tree:
    """The tree that these tests read: made once, put back by whoever changes it."""
    if "tree" not in _made:
        orgs = {name: factories.Organization()["id"] for name in PLACES}
        for name, parents in PLACES.items():
            for parent in parents:
                put_under(orgs[name], orgs[parent])
        _made["tree"] = Tree(
            orgs,
            {
                n: factories.Dataset(owner_org=o, private=True)["id"]
                for n, o in orgs.items()
            },
            {
                n: factories.Dataset(owner_org=o, state="draft")["id"]
                for n, o in orgs.items()
            },
            {n: factories.Dataset(owner_org=o)["id"] for n, o in orgs.items()},
        )
    return _made["tree"]


BELOW_ATD = {"atd", "epci", "other_epci", "a", "b"}
READERS = [
    pytest.param(
        "admin", "region", BELOW_ATD | {"region"}, id="animator of the région"
    ),
    pytest.param("admin", "atd", BELOW_ATD, id="animator of the ATD"),
    pytest.param("editor", "atd", {"atd"}, id="editor of the ATD"),
    pytest.param("member", "atd", {"atd"}, id="member of the ATD"),
    pytest.param("admin", "epci", {"epci", "a"}, id="admin of the EPCI"),
    pytest.param("editor", "epci", {"epci"}, id="editor of the EPCI"),
    pytest.param("editor", "a", {"a"}, id="agent of a commune"),
    pytest.param("admin", "far", {"far"}, id="manager of a commune elsewhere"),
    pytest.param(None, None, set(), id="anonymous"),
]


def opens(call_as: Call, user: str | None, package_id: str) -> bool:
    try:
        call_as(user, "package_show", id=package_id)
    except tk.NotAuthorized:
        return False
    return True


def found_by(call_as: Call, user: str | None, ids: dict[str, str]) -> set[str]:
    """Return whose datasets a search finds, asked for private ones and drafts."""
    query = {"include_private": True, "include_drafts": True, "rows": 100}
    clause = "id:(" + " OR ".join(ids.values()) + ")"
    found = call_as(user, "package_search", fq=clause, **query)
    results = {one["id"] for one in found["results"]}
    return {name for name, package_id in ids.items() if package_id in results}


@pytest.mark.parametrize(("role", "place", "expected"), READERS)
def test_each_reads_what_one_may_and_nothing_else(
    tree: Tree, call_as: Call, role: str | None, place: str, expected: set[str]
) -> None:
    user = tree.user(role, place) if role else None
    for ids in (tree.private, tree.drafts):
        assert {n for n, i in ids.items() if opens(call_as, user, i)} == expected
        assert found_by(call_as, user, ids) == expected
    assert found_by(call_as, user, tree.public) == set(PLACES)


@pytest.mark.parametrize(("role", "place", "expected"), READERS[:-1])
def test_whoever_edits_below_reads_there_too_as_core_says(
    tree: Tree, role: str, place: str, expected: set[str]
) -> None:
    from ckan import authz

    name = tree.user(role, place)
    allowed = {
        org
        for org, org_id in tree.orgs.items()
        if authz.has_user_permission_for_group_or_org(org_id, name, "read")
    }
    assert allowed == expected


@pytest.mark.parametrize(("role", "place", "expected"), READERS)
def test_completion_and_pages_agree_with_the_search(
    tree: Tree,
    app: Any,
    call_as: Call,
    role: str | None,
    place: str,
    expected: set[str],
) -> None:
    user = tree.user(role, place) if role else None
    headers = {}
    if user:
        token = helpers.call_action("api_token_create", user=user, name="t")["token"]
        headers = {"Authorization": token}
    names = {n: model.Package.get(i).name for n, i in tree.private.items()}
    for place_name, name in names.items():
        completed = call_as(user, "package_autocomplete", q=name)
        assert (name in [one["name"] for one in completed]) == (place_name in expected)
        answer = app.get(f"/dataset/{name}", headers=headers, follow_redirects=False)
        assert (answer.status_code == 200) == (place_name in expected), place_name


def test_the_list_of_data_shows_a_private_one_to_its_own(tree: Tree, app: Any) -> None:
    names = {place: model.Package.get(i).name for place, i in tree.private.items()}
    public = model.Package.get(tree.public["far"]).name

    def listed(user: str, address: str) -> str:
        made = helpers.call_action("api_token_create", user=user, name="t")
        page = app.get(address, headers={"Authorization": made["token"]})
        assert page.status_code == 200
        return str(page.body)

    for address in (f"/dataset/?q={public}", f"/organization/{tree.orgs['far']}"):
        page = listed(tree.user("admin", "atd"), address)
        assert f'/dataset/{public}"' in page
        assert f'/dataset/{names["far"]}"' not in page
    page = listed(tree.user("admin", "atd"), f"/dataset/?q={names['far']}")
    assert f'/dataset/{names["far"]}"' not in page
    # The same page names it to who reads it.
    page = listed(tree.user("editor", "far"), f"/organization/{tree.orgs['far']}")
    assert f'/dataset/{names["far"]}"' in page


def test_a_moved_commune_leaves_its_former_intercommunality(
    tree: Tree, call_as: Call
) -> None:
    former = tree.user("admin", "epci")
    current = tree.user("admin", "other_epci")
    a, epci, other = (tree.orgs[name] for name in ("a", "epci", "other_epci"))
    try:
        put_under(a, other)
        put_under(a, epci, "member_delete")
        # Core's rows are read at once; the search engine after the job.
        assert not opens(call_as, former, tree.private["a"])
        assert opens(call_as, current, tree.private["a"])
        reindex(a)
        for ids in (tree.private, tree.drafts):
            assert found_by(call_as, former, ids) == {"epci"}
            assert found_by(call_as, current, ids) == {"other_epci", "a", "b"}
    finally:
        put_under(a, epci)
        put_under(a, other, "member_delete")
        reindex(a)
    assert found_by(call_as, former, tree.private) == {"epci", "a"}


def test_a_commune_under_two_is_read_from_both(tree: Tree, call_as: Call) -> None:
    animator = tree.user("admin", "far")
    try:
        put_under(tree.orgs["a"], tree.orgs["far"])
        reindex(tree.orgs["a"])
        assert found_by(call_as, animator, tree.private) == {"far", "a"}
        assert found_by(call_as, tree.user("admin", "atd"), tree.private) == BELOW_ATD
    finally:
        put_under(tree.orgs["a"], tree.orgs["far"], "member_delete")
        reindex(tree.orgs["a"])


def test_a_dataset_and_a_user_bear_few_labels(tree: Tree) -> None:
    labels = get_permission_labels()
    orgs = tree.orgs
    private = model.Package.get(tree.private["a"])
    assert set(labels.get_dataset_labels(private)) == {
        f"member-{orgs['a']}",
        *(f"under-{orgs[name]}" for name in ("epci", "atd", "region")),
    }
    public = model.Package.get(tree.public["a"])
    assert labels.get_dataset_labels(public) == ["public"]
    user = model.User.get(tree.user("admin", "atd"))
    assert labels.get_user_dataset_labels(user) == [
        "public",
        f"creator-{user.id}",
        f"member-{orgs['atd']}",
        f"under-{orgs['atd']}",
    ]
    assert labels.get_user_dataset_labels(None) == ["public"]


def test_a_collaborator_reads_as_core_says(tree: Tree, call_as: Call) -> None:
    user, package_id = factories.User(), tree.private["a"]
    with helpers.changed_config("ckan.auth.allow_dataset_collaborators", True):
        helpers.call_action(
            "package_collaborator_create",
            id=package_id,
            user_id=user["id"],
            capacity="member",
        )
        known = model.User.get(user["id"])
        core = DefaultPermissionLabels().get_user_dataset_labels(known)
        assert get_permission_labels().get_user_dataset_labels(known) == core
        assert opens(call_as, user["name"], package_id)
    assert not opens(call_as, user["name"], package_id)
