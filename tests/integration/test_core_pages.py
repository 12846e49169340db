"""The second table of `docs/dev/rights-core.md`: what CKAN's own pages answer to whom.

Each address of CKAN and of other extensions is asked for, by each kind of person, about
what each place has: its datasets, public, private and draft, which have rows in the
DataStore and were changed, its organisation, its agent.

``ODLOCALE_WRITE=1`` writes the table anew, as in :mod:`.test_core_rights`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.core_places import (
    CONTENT,
    MANDATED,
    STATES,
    CorePlaces,
    CoreRoute,
    core_places,
    read_part,
    routes_of_others,
    write_part,
)
from tests.integration.publishing.conftest import Desk, desk_of, town
from tests.integration.test_rights_table import LETTERS, PEOPLE, REACH
from tests.integration.test_routes_table import (
    SHOWN,
    answer_of,
    in_a_cell,
    places_shown,
)

__all__ = ["core_places", "desk_of", "town"]


#: Of a page that everybody is shown about each place, a visitor is asked about all of
#: them, and who is logged in about a commune and one elsewhere: no right opens it.
OF_A_PUBLIC_PAGE = "co"


def public_lines() -> set[str]:
    """The lines of pages that a visitor is shown about each place.

    None where the table is written anew: it is then made from what each is answered.
    """
    if os.environ.get("ODLOCALE_WRITE"):
        return set()
    pages = read_part("Pages").items()
    return {line for line, says in pages if says["nobody"] == SHOWN}


def try_all(desk: Desk, route: CoreRoute, places: CorePlaces, letters: str) -> str:
    """What somebody is answered about some places; once where the address is one."""
    asked: dict[str, str] = {}
    answers = {}
    for letter in letters:
        address = places.all[letter].fill(route, places.group)
        if address not in asked:
            asked[address] = answer_of(desk, address)
        answers[letter] = asked[address]
    return in_a_cell(answers)


@pytest.mark.parametrize("who", PEOPLE)
def test_what_each_page_of_ckan_answers(
    who: str, core_places: CorePlaces, app: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(core_places.people[who] or None)
    found = {}
    public: set[str] = set() if who == "nobody" else public_lines()
    for route in routes_of_others(app, "GET"):
        letters = OF_A_PUBLIC_PAGE if route.line in public else LETTERS
        found[route.line] = try_all(desk, route, core_places, letters)
    if os.environ.get("ODLOCALE_WRITE"):
        write_part("Pages", who, found)
        return
    assert found == {line: says[who] for line, says in read_part("Pages").items()}


#: Addresses behind which only somebody of the place goes, where it is not published.
OF_A_PLACE = re.compile(r"/organization/.*<id>.*|/user/.*<id>.*|.* \((private|draft)\)")
#: Public, or a question that changes nothing before it is answered: see the forms.
OF_EVERYBODY = re.compile(
    r"/organization/(<id>|about/<id>|activity/<id>)|/user/reset/<id>|/user/delete/<id>"
)


@pytest.mark.parametrize("who", [one for one in PEOPLE if one != "administrator"])
def test_no_page_of_ckan_goes_beyond_ones_reach(who: str) -> None:
    """What must be: a table that is written anew cannot hide a page that opens."""
    beyond = {
        line: says[who]
        for line, says in read_part("Pages").items()
        if OF_A_PLACE.fullmatch(line)
        and not OF_EVERYBODY.fullmatch(line)
        and not set(places_shown(says[who])) <= set(REACH[who])
    }
    assert beyond == {}


#: Addresses that give a dataset's page, its file or one of CKAN's files that it owns.
GIVES = (
    "/dataset/<id>",
    "/dataset/<id>/resource/<resource_id>/download",
    "/file/download/<id>",
)


@pytest.mark.parametrize("state", ["private", "draft"])
@pytest.mark.parametrize("rule", GIVES)
def test_the_page_of_a_dataset_opens_to_its_own(rule: str, state: str) -> None:
    """What no page shows to anybody would look refused to everybody."""
    says = read_part("Pages")[f"{rule} ({state})"]
    for who in PEOPLE:
        shown = places_shown(says[who])
        assert shown == ("" if who in MANDATED else REACH[who]), who
    public = read_part("Pages")[f"{rule} (public)"]
    assert {places_shown(one) for one in public.values()} == {LETTERS}


@pytest.mark.parametrize("who", PEOPLE)
def test_a_file_is_given_to_who_reads_its_dataset(
    who: str, core_places: CorePlaces, desk_of: Callable[[str | None], Desk]
) -> None:
    """The bytes themselves: a page that says yes could give something else."""
    client = desk_of(core_places.people[who] or None).client
    for rule in GIVES[1:]:
        for state in STATES:
            given = ""
            for letter, held in core_places.all.items():
                address = held.fill(CoreRoute(rule, state), core_places.group)
                given += letter if client.get(address).data == CONTENT else ""
            reach = "" if who in MANDATED else REACH[who]
            assert given == (LETTERS if state == "public" else reach), (rule, state)
