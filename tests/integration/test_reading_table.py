"""The table of datasets in `docs/dev/rights.md`: who reads which, by every way in.

A dataset is of some collectivité (one's own, a neighbour, one above, one elsewhere) and
in some state; each cell is tried by the action, the page, the search, the completion,
the list of an organisation, the resource and the activity stream. All ways in must
agree with the table, and so with each other; :mod:`.test_reading_pages` reads what
pages of lists and feeds name.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ckan import model
from ckan.lib.search.common import make_connection
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from tests.integration.places import Place
from tests.integration.publishing.conftest import Desk, Town, desk_of, town
from tests.integration.test_rights_table import PEOPLE, TABLE, YES

__all__ = ["desk_of", "town"]

STATES = ("public", "draft", "private")
Line = tuple[str, str]


def read_table() -> dict[Line, dict[str, str]]:
    """For each owner and state, what the table says of each kind of person."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.read_text("utf-8").partition("## Datasets")[2].splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    assert lines[0][2:] == PEOPLE
    return {
        (line[0], line[1]): dict(zip(PEOPLE, line[2:], strict=True))
        for line in lines[1:]
    }


READING = read_table()


class Shelf:
    """One dataset of each state, for the place of the trials and those around it.

    :ivar word: a word that only these datasets hold
    :ivar formats: that of the file of each, by the dataset's name, which it has as
        keyword too
    :ivar tag: a keyword that they all have
    :ivar group: one of CKAN's groups, in which they all are
    :ivar codes: the communes' codes, by owner
    :ivar deleted: a dataset that was public
    """

    def __init__(self, make_town: Callable[[], Town]) -> None:
        self.place = Place(make_town)
        self.word = f"temoin{uuid.uuid4().hex[:10]}"
        self.tag = f"sujet{uuid.uuid4().hex[:10]}"
        self.group = str(factories.Group()["name"])
        self.formats: dict[str, str] = {}
        neighbour, cousin = make_town(), make_town()
        other_epci = str(factories.Organization()["id"])
        self.place._put_under(neighbour.org_id, self.place.epci)
        self.place._put_under(other_epci, self.place.atd)
        self.place._put_under(cousin.org_id, other_epci)
        owners = {
            "the commune": self.place.town.org_id,
            "another of its EPCI": neighbour.org_id,
            "one of another EPCI": cousin.org_id,
            "its EPCI": self.place.epci,
            "its ATD": self.place.atd,
            "one elsewhere": self.place.other.org_id,
        }
        self.codes = {
            "the commune": self.place.town.code,
            "another of its EPCI": neighbour.code,
            "one of another EPCI": cousin.code,
            "one elsewhere": self.place.other.code,
        }
        self.datasets = {
            (owner, state): self._make(org_id, state)
            for owner, org_id in owners.items()
            for state in STATES
        }
        for dataset in self.datasets.values():
            self._add_rows(dataset)
        self.deleted = self._make(self.place.town.org_id, "public")
        self.place._call("package_delete", id=self.deleted["id"])
        # CKAN commits without waiting for the searcher that will see it.
        make_connection().commit(waitSearcher=True)

    def names(self, state: str) -> set[str]:
        """The names of the datasets in a state, which are their keywords."""
        return {one["name"] for line, one in self.datasets.items() if line[1] == state}

    def _add_rows(self, dataset: dict[str, Any]) -> None:
        """Put its file in the DataStore, as any of CKAN's tools does."""
        self.place._call(
            "datastore_create",
            resource_id=dataset["resources"][0]["id"],
            fields=[{"id": "nom", "type": "text"}],
            records=[{"nom": dataset["name"]}],
            force=True,
        )

    def _make(self, org_id: str, state: str) -> dict[str, Any]:
        name = f"{self.word}-{uuid.uuid4().hex[:8]}"
        # No format of a file is as long as CKAN's names.
        self.formats[name] = f"{self.word[-10:]}-{uuid.uuid4().hex[:8]}"
        options = {"draft": {"state": "draft"}, "private": {"private": True}}
        return dict(
            factories.Dataset(
                name=name, title=f"{self.word} {name}", owner_org=org_id,
                tags=[{"name": name}, {"name": self.tag}],
                groups=[{"name": self.group}],
                # Whose right it is is the owner's, whoever made it.
                user={"name": self.place.town.agent},
                resources=[{"url": "https://essai.example/a.csv", "name": name,
                            "format": self.formats[name]}],
                **options.get(state, {}),
            )
        )  # fmt: skip


_made: list[Shelf] = []


@pytest.fixture
def shelf(portal: None, town: Callable[[], Town]) -> Iterator[Shelf]:
    if not _made:
        _made.append(Shelf(town))
    yield _made[0]
    model.Session.rollback()


def read_by_id(
    shelf: Shelf, user: str, action: str, id_of: Callable[[dict[str, Any]], str]
) -> set[Line]:
    """The datasets that an action opens, asked for one by one."""
    found = set()
    named = {"datastore_search": "resource_id", "datastore_search_sql": "sql"}.get(
        action, "id"
    )
    for line, dataset in shelf.datasets.items():
        try:
            tk.get_action(action)(
                {"user": user, "ignore_auth": False}, {named: id_of(dataset)}
            )
        except tk.NotAuthorized:
            continue
        found.add(line)
    return found


def named_in(shelf: Shelf, said: str) -> set[Line]:
    """The datasets that a text names."""
    return {line for line, one in shelf.datasets.items() if one["name"] in said}


def ask(user: str, action: str, **data: Any) -> Any:
    return tk.get_action(action)({"user": user, "ignore_auth": False}, data)


def expected_of(who: str) -> set[Line]:
    return {line for line, says in READING.items() if says[who] == YES}


def test_each_owner_and_state_has_its_line(shelf: Shelf) -> None:
    assert sorted(READING) == sorted(shelf.datasets)


@pytest.mark.parametrize("who", PEOPLE)
def test_what_the_api_gives_to_each(who: str, shelf: Shelf) -> None:
    user = shelf.place.people[who]
    expected = expected_of(who)
    ways = {
        "package_show": lambda one: str(one["id"]),
        "resource_show": lambda one: str(one["resources"][0]["id"]),
        "datastore_search": lambda one: str(one["resources"][0]["id"]),
        "datastore_info": lambda one: str(one["resources"][0]["id"]),
        "datastore_search_sql": lambda one: (
            f'SELECT nom FROM "{one["resources"][0]["id"]}"'
        ),
        "package_activity_list": lambda one: str(one["id"]),
    }
    for action, id_of in ways.items():
        assert read_by_id(shelf, user, action, id_of) == expected, action
    everything = {"include_private": True, "include_drafts": True, "rows": 100}
    names = " OR ".join(one["name"] for one in shelf.datasets.values())
    found = ask(user, "package_search", fq=f"name:({names})", **everything)
    assert named_in(shelf, str(found["results"])) == expected
    # Neither how many there are, nor under whose name, tells more.
    assert found["count"] == len(expected)


@pytest.mark.parametrize("who", PEOPLE)
def test_no_list_of_the_api_names_more(who: str, shelf: Shelf) -> None:
    user, expected = shelf.place.people[who], expected_of(who)
    public = {line for line in READING if line[1] == "public"}
    completed = ask(user, "package_autocomplete", q=shelf.word, limit=100)
    not_drafts = {line for line in expected if line[1] != "draft"}
    assert named_in(shelf, str(completed)) == not_drafts
    searched = ask(user, "resource_search", query=f"name:{shelf.word}", limit=100)
    assert named_in(shelf, str(searched)) == public
    for action, data in {
        "package_list": {"limit": 5000},
        "current_package_list_with_resources": {"limit": 1000},
    }.items():
        said = str(ask(user, action, **data))
        assert named_in(shelf, said) <= expected, action
    for owner in ("the commune", "its EPCI", "one elsewhere"):
        org_id = shelf.datasets[owner, "public"]["owner_org"]
        shown = ask(user, "organization_show", id=org_id, include_datasets=True)
        assert named_in(shelf, str(shown)) <= expected, owner


@pytest.mark.parametrize("who", PEOPLE)
def test_no_completion_tells_what_is_not_public(who: str, shelf: Shelf) -> None:
    """Whoever asks: keywords and formats of drafts, and of what was deleted."""
    user = shelf.place.people[who]
    public = {
        one["name"] for line, one in shelf.datasets.items() if line[1] == "public"
    }
    for action, asked in {
        "tag_list": {},
        "tag_autocomplete": {"query": shelf.word},
        "tag_search": {"query": shelf.word},
    }.items():
        found = ask(user, action, **asked)
        listed = found["results"] if isinstance(found, dict) else found
        names = {one["name"] if isinstance(one, dict) else one for one in listed}
        assert {one for one in names if shelf.word in one} == public, action
    assert ask(user, "tag_search", query=shelf.word)["count"] == len(public)
    assert len(ask(user, "tag_list", query=shelf.word, all_fields=True)) == len(public)
    one = ask(user, "tag_search", query=shelf.word, limit=1, offset=1)
    assert (one["count"], len(one["results"])) == (len(public), 1)
    for name in {*shelf.formats}:
        try:
            shown = ask(user, "tag_show", id=name)
        except tk.ObjectNotFound:
            shown = None
        assert (shown is not None) == (name in public)
    formats = ask(user, "format_autocomplete", q=shelf.word[-10:].upper(), limit=100)
    assert set(formats) == {shelf.formats[name] for name in public}
    assert len(ask(user, "format_autocomplete", q=shelf.word[-10:], limit=2)) == 2


def test_no_completing_page_tells_what_is_not_public(
    shelf: Shelf, desk_of: Callable[[str | None], Desk]
) -> None:
    client = desk_of(None).client
    public = {
        one["name"] for line, one in shelf.datasets.items() if line[1] == "public"
    }
    for version in ("", "/1", "/2"):
        at = f"/api{version}/util"
        said = client.get(f"{at}/tag/autocomplete?limit=99&incomplete={shelf.word}")
        assert {one["Name"] for one in said.json["ResultSet"]["Result"]} == public
        asked = f"resource/format_autocomplete?limit=99&incomplete={shelf.word[-10:]}"
        found = client.get(f"{at}/{asked}").json["ResultSet"]["Result"]
        formats = {shelf.formats[name] for name in public}
        assert {one["Format"] for one in found} == formats


def test_keywords_of_a_vocabulary_are_the_portal_s(shelf: Shelf) -> None:
    """No dataset has this one: it is offered all the same."""
    word = f"liste{uuid.uuid4().hex[:10]}"
    shelf.place._call("vocabulary_create", name=f"v-{word}", tags=[{"name": word}])
    of = {"vocabulary_id": f"v-{word}"}
    assert ask("", "tag_list", **of) == [word]
    assert ask("", "tag_autocomplete", query=word, **of) == [word]
    assert ask("", "tag_search", query=word, **of)["count"] == 1
    assert ask("", "tag_show", id=word, **of)["name"] == word
    assert ask("", "tag_autocomplete", query=word) == []


@pytest.mark.parametrize("who", PEOPLE)
def test_the_list_of_tables_is_the_administrators(
    who: str, shelf: Shelf, desk_of: Callable[[str | None], Desk]
) -> None:
    user, table = shelf.place.people[who], "_table_metadata"
    try:
        rows = ask(user, "datastore_search", resource_id=table)["records"]
    except (tk.NotAuthorized, tk.ObjectNotFound):
        rows = []
    assert bool(rows) == (who == "administrator")
    page = desk_of(user or None).client.get(f"/datastore/dump/{table}")
    assert (page.status_code == 200) == (who == "administrator")
    refused = (tk.NotAuthorized, tk.ObjectNotFound)
    with pytest.raises(refused):
        ask(user, "datastore_info", id=table)
    if who != "administrator":
        with pytest.raises((*refused, tk.ValidationError)):
            ask(user, "datastore_search_sql", sql=f'SELECT * FROM "{table}"')


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(
    "of", [{}, {"object_type": "user"}, {"object_type": "package"}]
)
def test_who_lists_what_an_organisation_holds(
    who: str, of: dict[str, str], shelf: Shelf
) -> None:
    """CKAN gives it to everybody: agents, and the ids of drafts."""
    for owner in {line[0] for line in READING}:
        org_id = shelf.datasets[owner, "public"]["owner_org"]
        try:
            listed = ask(shelf.place.people[who], "member_list", id=org_id, **of)
        except tk.NotAuthorized:
            listed = None
        reads = (owner, "private") in expected_of(who)
        assert (listed is not None) <= reads, owner


@pytest.mark.parametrize("who", PEOPLE)
def test_what_the_pages_give_to_each(
    who: str, shelf: Shelf, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(shelf.place.people[who] or None)
    expected = expected_of(who)
    opened, described, dumped = set(), set(), set()
    for line, dataset in shelf.datasets.items():
        name, resource = dataset["name"], dataset["resources"][0]["id"]
        page = desk.client.get(f"/dataset/{name}", follow_redirects=False)
        inner = desk.client.get(f"/dataset/{name}/resource/{resource}")
        assert (page.status_code == 200) == (inner.status_code == 200), line
        assert page.status_code in (200, 403, 404), line
        if page.status_code == 200:
            opened.add(line)
        if desk.client.get(f"/dataset/{name}.jsonld").status_code == 200:
            described.add(line)
        rows = desk.client.get(f"/datastore/dump/{resource}")
        if name in rows.text:
            dumped.add(line)
    assert opened == expected
    assert described == expected
    assert dumped == expected
    listed = desk.get(f"/dataset/?q={shelf.word}").page
    assert named_in(shelf, listed) <= expected
    assert {line for line in READING if line[1] == "public"} <= named_in(shelf, listed)
