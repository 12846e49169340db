"""What a perimeter has to say, in words."""

from __future__ import annotations

import pytest

from ckanext.odlocale.territory.perimeter_reasons import (
    describe_cause,
    describe_faults,
    describe_gone,
    describe_partly,
)
from ckanext.odlocale.territory.perimeters import (
    Definition,
    EmptyPerimeter,
    Part,
    UnknownCode,
    build_perimeter,
)
from ckanext.odlocale.territory.refresh import Cause, CauseCode
from ckanext.odlocale.territory.register import Register, Resolved

REGISTER = Register.load()


def test_a_grouping_covered_in_part_is_told_with_how_many_are_missing() -> None:
    definition = Definition((Part("epci", "200043123"),), (Part("commune", "56046"),))
    (partly,) = build_perimeter(REGISTER, definition, "x").partly
    assert describe_partly(partly, "en") == (
        "CC Auray Quiberon Terre Atlantique: "
        "1 of its communes is outside the perimeter."
    )


def test_a_commune_that_merged_is_told_with_the_one_that_took_it_in() -> None:
    definition = Definition((Part("commune", "35112"),))
    (gone,) = build_perimeter(REGISTER, definition, "x").gone
    said = describe_gone(gone, "en")
    assert "35112" in said
    assert "La Chapelle-Fleurigné (35062)" in said


def test_a_current_code_is_not_gone() -> None:
    crach = REGISTER.commune("56046")
    assert crach is not None
    with pytest.raises(ValueError, match="current"):
        describe_gone(Resolved(crach), "en")


def test_an_unknown_code_is_told_with_the_year_and_its_kind() -> None:
    with pytest.raises(UnknownCode) as caught:
        build_perimeter(REGISTER, Definition((Part("commune", "56999"),)), "x")
    (described,) = describe_faults(caught.value, "en")
    assert described["field"] == "include.0.code"
    assert described["message"] == (
        "The 2026 register does not have a commune “56999”."
    )


def test_an_empty_perimeter_says_what_to_do() -> None:
    (described,) = describe_faults(EmptyPerimeter(), "en")
    assert described["remedy"] == "Include at least one that is not excluded."


@pytest.mark.parametrize("code", ["no_answer", "incomplete", "inconsistent"])
def test_a_refresh_that_failed_says_what_is_used_instead(code: CauseCode) -> None:
    described = describe_cause(Cause(code, "56", "status 500"), "en")
    assert described["message"].endswith("the shipped register is used.")
    assert described["detail"] == "département 56: status 500"
