"""The table of pages in `docs/dev/rights.md`: what each address answers to each person.

An address of ours that the table does not have fails, and so does a line about none.
Addresses are only asked for here: :mod:`.test_forms_table` sends the forms.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from werkzeug.routing import AnyConverter, Rule

from ckanext.odlocale.plugin import all_blueprints
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.explaining import load_explanations
from tests.integration.places import Held, Place, Places, RolledBack, places
from tests.integration.publishing.conftest import Desk, desk_of, town
from tests.integration.test_rights_table import LETTERS, REACH, TABLE, write_part

__all__ = ["desk_of", "places", "town"]

#: What is answered, as the table says it.
SHOWN, LOGIN, REFUSED, ABSENT = "yes", "login", "–", "absent"


def read_table() -> tuple[list[str], dict[str, dict[str, str]]]:
    """Kinds of person, and for each address what the table says of each."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.read_text("utf-8")
        .partition("## Pages")[2]
        .partition("\n## ")[0]
        .splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    people = lines[0][1:]
    return people, {
        line[0].strip("`"): dict(zip(people, line[1:], strict=True))
        for line in lines[1:]
    }


PEOPLE, PAGES = read_table()


@dataclass(frozen=True)
class Route:
    """One of our addresses; of a rule that lets choose a word, one for each word.

    :ivar line: as the table writes it
    :ivar chosen: the words, by argument
    """

    rule: Rule
    line: str
    chosen: dict[str, str]


def rules_of(app: Any, method: str = "GET") -> dict[str, Route]:
    """Our addresses that take a method, by line of the table."""
    ours = {one.name for one in all_blueprints()}
    return {
        route.line: route
        for rule in app.flask_app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in ours and method in rule.methods
        for route in routes_of(rule)
    }


def routes_of(rule: Rule) -> Iterator[Route]:
    """Yield a rule with each word that it lets choose."""
    words = {name: converter.items for name, converter in rule._converters.items()
             if isinstance(converter, AnyConverter)}  # fmt: skip
    for chosen in itertools.product(*(sorted(one) for one in words.values())):
        named, line = dict(zip(words, chosen, strict=True)), rule.rule
        for name, word in named.items():
            line = re.sub(rf"<any\([^)]*\):{name}>", word, line)
        yield Route(rule, line, named)


def _fill_models(rule: str) -> str:
    """An address of this rule about a model, or about a check, that exists."""
    schema = load_catalogue().get("budget")
    if rule.startswith("/controles/"):
        return rule.replace(
            "<name>", next(iter(load_explanations().values())).page[10:]
        )
    owner, _, name = schema.id.partition("/")
    return (
        rule.replace("<owner>", owner)
        .replace("<name>", name)
        .replace("<version>", schema.version)
        .replace("<slug>", schema.slug)
    )


def fill(route: Route, held: Held, place: Place) -> str:
    """An address of this rule about what is held by a collectivité of the trials."""
    rule = route.rule
    if rule.rule.startswith(("/schemas/", "/controles/", "/animer/modeles/")):
        return _fill_models(rule.rule)
    values = {
        "code": held.town.code,
        "insee": held.town.code,
        "siren": held.town.siren,
        "deposit_id": held.deposit,
        "mandate_id": held.mandate,
        "token_id": held.token,
        "report_id": held.report,
        "document_id": held.document,
        "schema": "budget",
        "name": model.Group.get(held.town.org_id).name
        if rule.endpoint.startswith("odlocale_admins.")
        else "communes"
        if rule.endpoint.startswith("odlocale_observatory")
        else "verifier",
        "slug": "ouvertes",
        "form": "csv",
        "key": held.release["key"],
        "release_id": held.release["id"],
        "token": held.link,
        "group": held.group,
        "row": 1,
        "year": 2026,
        "number": 1,
        "atd_siren": place.atd_siren,
        "perimeter": place.atd_siren,
        "job_id": place.job,
        "owner": "scdl",
        "version": "latest",
    }
    if rule.rule.startswith("/rappel/"):
        is_answer = "/rien/" in rule.rule
        values["token"] = held.answer_link if is_answer else held.stop_link
    if rule.rule.startswith(("/animer/territoire/perimetres/", "/territoire/<string")):
        values["siren"] = place.atd_siren
    if rule.rule.startswith("/catalogue/epci/"):
        values["code"] = place.atd_siren
    if rule.rule.endswith("tableau.xlsx"):
        values["deposit_id"] = held.release["id"]
    if rule.rule.endswith("/remettre"):
        values["deposit_id"] = held.former["id"]
    if rule.rule.endswith("/repondre"):
        values["mandate_id"] = held.asked_mandate
    values.update(route.chosen)
    parts = []
    for is_dynamic, data in rule._trace:
        if data == "|":
            continue
        if not is_dynamic:
            parts.append(data)
            continue
        parts.append(rule._converters[data].to_url(values.get(data, "1")))
    return "".join(parts)


def answer_of(desk: Desk, address: str) -> str:
    """What somebody is answered, in the table's words."""
    response = desk.client.get(address, follow_redirects=False, buffered=True)
    return _read(response.status_code, response.headers.get("Location", ""))


def token_of(desk: Desk) -> str:
    """What proves that a form was sent from one's own session."""
    page = desk.client.get("/about").text
    found = re.search(r'name="_csrf_token" content="([^"]+)"', page)
    assert found
    return str(found.group(1))


def _read(status: int, location: str) -> str:
    if "/user/login" in location:
        return LOGIN
    if status in (404, 410):
        return ABSENT
    return REFUSED if status >= 400 else SHOWN


def test_each_address_has_its_line(app: Any) -> None:
    assert sorted(PAGES) == sorted(rules_of(app))


def in_a_cell(answers: dict[str, str]) -> str:
    """What is answered about each place, in the table's words.

    >>> in_a_cell({"c": "yes", "n": "–", "e": "yes", "a": "–", "o": "–"})
    'ce'
    >>> in_a_cell({"c": "yes", "n": "yes", "e": "absent", "a": "–", "o": "–"})
    'yes cn, – ao, absent e'
    """
    kinds = [one for one in (SHOWN, LOGIN, REFUSED, ABSENT) if one in answers.values()]
    if len(kinds) == 1:
        return kinds[0]
    where = {
        kind: "".join(one for one in answers if answers[one] == kind) for kind in kinds
    }
    if kinds == [SHOWN, REFUSED]:
        return where[SHOWN]
    return ", ".join(f"{kind} {letters}" for kind, letters in where.items())


def try_all(desk: Desk, rule: Route, places: Places) -> str:
    """What somebody is answered about each place; once where the address is one."""
    asked: dict[str, str] = {}
    answers = {}
    for letter, held in places.all.items():
        address = fill(rule, held, places)
        if address not in asked:
            asked[address] = answer_of(desk, address)
        answers[letter] = asked[address]
    return in_a_cell(answers)


@pytest.mark.parametrize("who", PEOPLE)
def test_what_each_address_answers(
    who: str, places: Places, app: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(places.people[who] or None)
    found = {line: try_all(desk, rule, places) for line, rule in rules_of(app).items()}
    if os.environ.get("ODLOCALE_WRITE"):
        write_part("Pages", "Forms", "Address", read_table()[1], who, found)
        return
    assert found == {line: says[who] for line, says in PAGES.items()}


#: Pages that whoever is logged in opens about any collectivité: a mandate is asked for.
OF_WHOEVER_LOGS_IN = {"/equipe/<code>/mandats"}


@pytest.mark.parametrize("who", [one for one in PEOPLE if one != "administrator"])
def test_no_page_goes_beyond_ones_reach(who: str) -> None:
    """What must be: a table that is written anew cannot hide another rule."""
    beyond = {
        line: says[who]
        for line, says in PAGES.items()
        if not says["nobody"].startswith(SHOWN)
        and "<" in line
        and line not in OF_WHOEVER_LOGS_IN
        and not (line.startswith("/animer/") and who == "ATD's animator")
        and not set(places_shown(says[who])) <= set(REACH[who])
    }
    assert beyond == {}


def places_shown(cell: str) -> str:
    """The places about which a cell of the table says that a page is shown.

    >>> [places_shown(one) for one in ("yes", "cn", "–", "yes c, absent neao")]
    ['cneao', 'cn', '', 'c']
    """
    if cell.startswith(f"{SHOWN} "):
        return cell.partition(",")[0].removeprefix(SHOWN).strip()
    if cell == SHOWN:
        return LETTERS
    return cell if set(cell) <= set(LETTERS) else ""


def opened(
    desk: Desk, app: Any, places: Places, letters: str, **hidden: Any
) -> set[str]:
    """The public addresses that show a file of these places, or name it."""
    routes = {
        line: route
        for line, route in rules_of(app).items()
        if PAGES[line]["nobody"].startswith(SHOWN) and "<" in line
    }
    found = set()
    with RolledBack():
        if hidden:
            model.Session.execute(sa.update(model.Package).values(**hidden))
            model.Session.commit()
        for line, route in routes.items():
            for held in (places.all[letter] for letter in letters):
                address = fill(route, held, places)
                answer = desk.client.get(address, follow_redirects=False, buffered=True)
                names_it = held.release["key"].encode() in answer.data
                about_it = {"key", "release_id"} & route.rule.arguments
                if answer.status_code == 200 and (names_it or about_it):
                    found.add(line)
    return found


@pytest.mark.parametrize("who", [one for one in PEOPLE if one != "administrator"])
def test_no_public_address_opens_once_the_dataset_is_private(
    who: str, places: Places, app: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(places.people[who] or None)
    letters = "".join(one for one in LETTERS if one not in REACH[who])
    assert opened(desk, app, places, letters, private=True) == set()
    if who == "nobody":
        for state in ("draft", "deleted"):
            assert opened(desk, app, places, letters, state=state) == set()
        # The same addresses, while it is public.
        assert len(opened(desk, app, places, "c")) > 12
