"""Whoever tries the portal finds her own département and a commune to act for."""

from __future__ import annotations

import pytest

from ckanext.odlocale.portal.people import (
    USUAL_POPULATION,
    choose_commune,
    demonstration_people,
)
from ckanext.odlocale.territory.register import Register

REGISTER = Register.load()


def test_every_departement_has_its_three_people() -> None:
    for code in REGISTER.divisions:
        if not REGISTER.departement(code) or REGISTER.head(code) is None:
            continue
        people = demonstration_people(REGISTER, code, "")
        assert [p.role for p in people] == ["administrator", "animator", "agent"]
        assert people[1].organization
        assert people[2].organization


@pytest.mark.parametrize("code", ["56", "2A", "2B", "75", "972", "974", "976"])
def test_departements_of_every_kind_can_be_tried(code: str) -> None:
    assert REGISTER.departement(code)
    assert REGISTER.head(code) is not None


def test_in_morbihan_the_agent_is_that_of_crach() -> None:
    people = demonstration_people(REGISTER, "56", "")
    assert people[2].organization == "crach-56046"


def test_elsewhere_the_agent_is_that_of_a_small_town_hall() -> None:
    town = choose_commune(REGISTER.departement("29"), "")
    assert abs((town.population or 0) - USUAL_POPULATION) < 50


def test_a_commune_of_another_departement_is_refused() -> None:
    with pytest.raises(LookupError):
        demonstration_people(REGISTER, "56", "29019")
