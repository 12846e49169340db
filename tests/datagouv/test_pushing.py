"""One message sent, exactly once in effect, with a worker killed at every step."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.odlocale.datagouv.description import Portal, Publisher, describe
from ckanext.odlocale.datagouv.push import describe_values, file_path, read_values
from ckanext.odlocale.datagouv.push_merge import accept
from ckanext.odlocale.datagouv.pushing import GONE, Message, Record, push_one
from tests.datagouv.push_world import Book, Killed, Killer, World

PACKAGE = "pkg-1"
FILE = "res-1"
SITE = "https://opendata.example.fr"
NOW = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.timezone.utc)
DATASET: dict[str, Any] = {
    "id": PACKAGE,
    "name": "budget",
    "title": "Budget",
    "notes": "Les recettes et les dépenses.",
    "license_id": "lov2",
    "tags": [{"name": "Budget"}, {"name": "École"}],
    "resources": [
        {"id": FILE, "url": f"{SITE}/donnees/56046/budget/2022.csv", "name": "2022",
         "format": "CSV", "size": 12, "hash": "0f" * 32, "hash_algorithm": "sha256"},
    ],
}  # fmt: skip


def values_of(**changes: Any) -> dict[str, Any]:
    publisher = Publisher("org", "Kerlibre", email="mairie@kerlibre.example.fr")
    described = describe({**DATASET, **changes}, publisher, Portal(SITE), now=NOW)
    return describe_values(described)


@dataclass
class Portalside:
    """What the portal wants, and its worker."""

    world: World = field(default_factory=World)
    book: Book = field(default_factory=Book)
    values: dict[str, Any] | None = field(default_factory=values_of)
    status: Any = "online"

    def push(self, kill_at: int = -1, after: bool = False) -> str:
        killer = Killer(kill_at, after)
        self.world.killer = self.book.killer = killer
        message = Message(PACKAGE, self.status, self.values, NOW.isoformat())
        try:
            return push_one(message, self.book.record, self.world, self.book)
        except Killed:
            return "killed"

    def decide(self, *, keep: bool) -> None:
        """What the action does of a person's word."""
        held, record = self.book.held, self.book.record
        if keep:
            record = replace(record, kept=record.kept | set(held))
        elif GONE in held:
            record = Record(kept=record.kept)
        else:
            before = accept(record.before or {}, held)
            record = replace(record, before=before, kept=record.kept - set(held))
        self.book.record, self.book.held = record, {}

    def there(self) -> dict[str, Any]:
        (found,) = self.world.living()
        return found


@pytest.fixture
def side() -> Portalside:
    return Portalside()


def test_a_dataset_sent_twice_is_there_once_and_written_once(side: Portalside) -> None:
    assert [side.push(), side.push()] == ["created", "unchanged"]
    assert side.world.calls == ["create"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_killed_while_it_creates_it_makes_no_second_one(
    step: int, after: bool, side: Portalside
) -> None:
    assert side.push(step, after) == "killed"
    side.values = values_of(title="Budget corrigé meanwhile")
    side.push()
    assert side.there()["title"] == "Budget corrigé meanwhile"
    assert side.book.held == {}
    assert side.world.calls.count("create") == 1


def test_what_a_hand_changed_is_shown_and_the_rest_goes_on(side: Portalside) -> None:
    side.push()
    side.there()["title"] = "Budget de Kerlibre"
    size = {"resources": [{**DATASET["resources"][0], "size": 99}]}
    side.values = values_of(**size)
    assert side.push() == "written"
    assert side.there()["title"] == "Budget de Kerlibre"
    assert side.there()["resources"][0]["filesize"] == 99
    assert side.book.held == {"title": ["Budget", "Budget de Kerlibre"]}


def test_a_person_keeps_theirs_or_replaces_it(side: Portalside) -> None:
    side.push()
    side.there()["title"] = "Leur titre"
    side.push()
    side.decide(keep=True)
    side.values = values_of(title="Notre titre", notes="Autre texte.")
    side.push()
    assert (side.there()["title"], side.there()["description"]) == (
        "Leur titre",
        "Autre texte.",
    )
    assert side.book.held == {}
    side.there()["description"] = "Leur texte."
    side.push()
    side.decide(keep=False)
    side.push()
    assert side.there()["description"] == "Autre texte."


def test_a_file_added_there_stays_and_one_taken_away_there_is_asked_about(
    side: Portalside,
) -> None:
    side.push()
    theirs = {"id": "theirs", "title": "Notice", "url": "https://a.fr/n.pdf"}
    side.there()["resources"] = [theirs]
    side.push()
    assert side.there()["resources"] == [theirs]
    assert list(side.book.held) == [f"file:{FILE}"]
    side.decide(keep=False)
    side.push()
    assert {one["title"] for one in side.there()["resources"]} == {"2022", "Notice"}


def test_what_is_withdrawn_is_archived_and_comes_back_at_its_place(
    side: Portalside,
) -> None:
    side.push()
    first = side.there()["id"]
    side.there()["title"] = "Leur titre"
    side.status, side.values = "archived", None
    side.push()
    assert side.there()["archived"] == NOW.isoformat()
    side.status, side.values = "private", None
    side.push()
    assert side.there()["private"] is True
    side.status, side.values = "online", values_of()
    side.push()
    there = side.there()
    assert (there["id"], there["archived"], there["private"]) == (first, None, False)
    # Hidden in between, what a hand wrote is still not overwritten.
    assert there["title"] == "Leur titre"
    assert "title" in side.book.held


def test_a_purge_reaches_what_is_there_and_may_be_repeated(side: Portalside) -> None:
    side.push()
    side.status, side.values = "deleted", None
    assert [side.push(1, True), side.push(), side.push()] == [
        "killed",
        "removed",
        "nothing",
    ]
    assert side.world.living() == []


@pytest.mark.parametrize("how", ["deleted", "erased"])
def test_what_was_deleted_there_comes_back_on_a_persons_word_only(
    how: str, side: Portalside
) -> None:
    side.push()
    if how == "deleted":
        side.there()["deleted"] = "2026-11-30"
    else:
        side.world.datasets.clear()
    assert side.push() == "held"
    assert side.world.living() == []
    side.decide(keep=False)
    side.push()
    assert side.there()["title"] == "Budget"


def test_what_a_harvest_left_there_is_taken_over_with_its_files(
    side: Portalside,
) -> None:
    url = DATASET["resources"][0]["url"]
    side.world.datasets["old"] = {
        "id": "old", "title": "Ancien", "deleted": None, "extras": {"x": 1},
        "archived": "2026-11-29T03:00:00+00:00",
        "harvest": {"remote_id": PACKAGE, "archived_at": "2026-11-29T03:00:00+00:00"},
        "resources": [{"id": "f", "url": url, "title": "a", "extras": {"check": 1}}],
        "organization": {"id": "org-there"},
    }  # fmt: skip
    side.push(2)
    side.push()
    there = side.there()
    assert (there["id"], there["title"], there["archived"]) == ("old", "Budget", None)
    assert [one["id"] for one in there["resources"]] == ["f"]
    assert there["extras"]["x"] == there["resources"][0]["extras"]["check"] == 1
    assert side.book.held == {}


TEXTS = st.sampled_from(["a", "b", "c"])
FIELDS = {"title": "title", "notes": "description"}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.sampled_from(sorted(FIELDS)), TEXTS),
        st.tuples(st.just("hand"), st.sampled_from(sorted(FIELDS.values())), TEXTS),
        st.tuples(st.just("push"), st.integers(-1, 5), st.booleans()),
        st.tuples(st.just("file"), st.booleans(), st.none()),
        st.tuples(st.just("hide"), st.sampled_from(["private", "archived"]), st.none()),
    ),
    max_size=25,
)


@given(steps=STEPS)
@settings(max_examples=150, deadline=None)
def test_whatever_stops_there_is_one_dataset_and_no_hand_is_overwritten(
    steps: list[tuple[str, Any, Any]],
) -> None:
    side, said = Portalside(), dict[str, Any]()
    by_hand: dict[str, str] = {}
    for what, first, second in steps:
        living = side.world.living()
        if what == "edit":
            said[first] = second
        elif what == "file":
            said["resources"] = DATASET["resources"] if first else []
        elif what == "hide":
            side.status, side.values = first, None
        elif what == "hand" and living:
            by_hand[first] = f"hand {second}"
            living[0][first] = by_hand[first]
        elif what == "push":
            side.push(first, second)
        if what in ("edit", "file"):
            side.status, side.values = "online", values_of(**said)
        assert len(side.world.living()) <= 1
        for path, text in by_hand.items():
            assert living[0][path] == text
    side.status, side.values = "online", values_of(**said)
    side.push()
    there = side.there()
    assert side.world.calls.count("create") == 1
    assert side.push() in ("unchanged", "held")
    now = read_values(there)
    for path, wanted in side.values.items():
        if path in by_hand and by_hand[path] != wanted:
            assert now[path] == by_hand[path]
            assert side.book.held[path][1] == by_hand[path]
        elif path != "page":
            assert now[path] == wanted, path
    assert (file_path(FILE, "url") in now) is (said.get("resources") != [])
