"""What pages of lists, completions and feeds name to whom.

The pages themselves open to everybody, or to whoever works there: what must not be read
is what they hold. The datasets are those of :mod:`.test_reading_table`, of each owner
and in each state: they are all in one group, under one keyword, made by one agent.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ckan import model

from tests.integration.publishing.conftest import Desk, desk_of, town
from tests.integration.test_reading_table import (
    READING,
    Shelf,
    expected_of,
    named_in,
    shelf,
)
from tests.integration.test_rights_table import PEOPLE

__all__ = ["desk_of", "shelf", "town"]

OWNERS = sorted({owner for owner, _ in READING})
PUBLIC = {line for line in READING if line[1] == "public"}


def name_of(shelf: Shelf, owner: str) -> str:
    """The name of an owner's organisation."""
    org_id = shelf.datasets[owner, "public"]["owner_org"]
    return str(model.Group.get(org_id).name)


def public_of(owner: str) -> tuple[str, str]:
    """The line of an owner's public dataset."""
    return owner, "public"


@pytest.mark.parametrize("who", PEOPLE)
def test_what_completing_pages_name_to_each(
    who: str, shelf: Shelf, desk_of: Callable[[str | None], Desk]
) -> None:
    client = desk_of(shelf.place.people[who] or None).client
    not_drafts = {line for line in expected_of(who) if line[1] != "draft"}
    for version in ("", "/1", "/2"):
        at = f"/api{version}/util/dataset/autocomplete"
        said = client.get(f"{at}?limit=99&incomplete={shelf.word}")
        assert len(said.json["ResultSet"]["Result"]) == len(not_drafts)
        assert named_in(shelf, said.get_data(as_text=True)) == not_drafts, at


@pytest.mark.parametrize("who", PEOPLE)
def test_what_lists_name_to_each(
    who: str, shelf: Shelf, desk_of: Callable[[str | None], Desk]
) -> None:
    desk, expected = desk_of(shelf.place.people[who] or None), expected_of(who)
    for owner in OWNERS:
        for page in ("organization", "organization/activity"):
            said = desk.get(f"/{page}/{name_of(shelf, owner)}")
            named = named_in(shelf, said.page)
            assert said.response.status_code == 200
            assert named <= expected, (page, owner)
            assert public_of(owner) in named, (page, owner)
    for page in ("group", "group/activity"):
        said = desk.get(f"/{page}/{shelf.group}")
        named = named_in(shelf, said.page)
        assert said.response.status_code == 200
        assert named <= expected, page
        assert page != "group" or named >= PUBLIC


#: Who opens the page of the commune's agent, who made all the datasets.
OPENS_THE_AGENT_S = {
    "agent", "manager", "EPCI's animator", "ATD's animator", "administrator",
}  # fmt: skip


@pytest.mark.parametrize("who", PEOPLE)
def test_what_the_page_of_who_made_them_names_to_each(
    who: str, shelf: Shelf, desk_of: Callable[[str | None], Desk]
) -> None:
    """To have made a dataset gives no right on another collectivité's."""
    desk, expected = desk_of(shelf.place.people[who] or None), expected_of(who)
    for page in ("user", "user/activity"):
        said = desk.get(f"/{page}/{shelf.place.town.agent}")
        is_open = said.response.status_code == 200
        assert is_open == (who in OPENS_THE_AGENT_S), page
        named = named_in(shelf, said.page)
        assert named <= expected, page
        assert not is_open or named >= PUBLIC, page
    for page in ("", "datasets"):
        named = named_in(shelf, desk.get(f"/dashboard/{page}").page)
        assert named <= expected, page
    if who == "agent":
        assert named == expected


@pytest.mark.parametrize("who", PEOPLE)
def test_no_feed_names_what_is_not_public(
    who: str, shelf: Shelf, desk_of: Callable[[str | None], Desk]
) -> None:
    """Whoever asks: a feed is read by machines, and kept by them."""
    client = desk_of(shelf.place.people[who] or None).client
    # What each must name, and nothing else of the shelf.
    feeds = {
        f"/feeds/organization/{name_of(shelf, owner)}.atom": {public_of(owner)}
        for owner in OWNERS
    }
    feeds |= {
        f"/catalogue/{code}.{form}": {public_of(owner)}
        for owner, code in shelf.codes.items()
        for form in ("ttl", "rdf", "jsonld")
    }
    feeds |= {
        f"/catalog.{form}?q={shelf.word}": PUBLIC for form in ("ttl", "rdf", "jsonld")
    }
    feeds[f"/feeds/tag/{shelf.tag}.atom"] = PUBLIC
    feeds[f"/feeds/group/{shelf.group}.atom"] = PUBLIC
    feeds[f"/feeds/custom.atom?q={shelf.word}"] = PUBLIC
    feeds[f"/feeds/custom.atom?tags={shelf.tag}"] = PUBLIC
    for address, must in feeds.items():
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert named_in(shelf, answer.get_data(as_text=True)) == must, address
    # Those of the whole portal stop after some datasets, which may be others.
    whole = ["/feeds/dataset.atom"]
    whole += [f"/catalogue/portail.{form}" for form in ("ttl", "rdf", "jsonld")]
    whole += [f"/catalogue/{code}.csv" for code in shelf.codes.values()]
    whole += ["/catalogue/portail.csv", "/sitemap-1.xml"]
    for address in whole:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert named_in(shelf, answer.get_data(as_text=True)) <= PUBLIC, address
