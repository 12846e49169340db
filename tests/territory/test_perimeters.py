"""Choosing what an ATD covers."""

from __future__ import annotations

import pytest

from ckanext.odlocale.territory.perimeters import (
    EmptyPerimeter,
    UnknownDepartement,
    departements_perimeter,
)
from ckanext.odlocale.territory.register import Register

from .builders import perimeter_of

REGISTER = Register.load()


@pytest.mark.parametrize(
    ("written", "label"),
    [
        (["56"], "56"),
        (["1"], "01"),
        (["2a"], "2A"),
        ([" 974 "], "974"),
        (["56", "29"], "29, 56"),
        (["56", "56"], "56"),
    ],
)
def test_codes_are_understood_as_people_write_them(
    written: list[str], label: str
) -> None:
    assert departements_perimeter(REGISTER, written).label == label


@pytest.mark.parametrize("code", ["99", "20", "Morbihan", "56046", "000"])
def test_an_unknown_departement_is_named(code: str) -> None:
    with pytest.raises(UnknownDepartement) as caught:
        departements_perimeter(REGISTER, [code])
    assert caught.value.code == code


def test_an_empty_perimeter_is_refused() -> None:
    with pytest.raises(EmptyPerimeter):
        departements_perimeter(REGISTER, [])


def test_two_departements_share_their_common_grouping() -> None:
    members = perimeter_of("56", "44").members
    sirens = [member.siren for member in members]
    assert len(sirens) == len(set(sirens))
    assert sirens.count("244400610") == 1


def test_alsace_has_one_head_for_two_departements() -> None:
    heads = [m for m in perimeter_of("67", "68").members if m.kind == "departement"]
    assert [head.siren for head in heads] == ["200094332"]


def test_parents_come_before_children() -> None:
    kinds = [member.kind for member in perimeter_of("56").members]
    assert kinds == ["departement"] + ["epci"] * 15 + ["commune"] * 249


def test_what_has_no_siren_is_reported() -> None:
    perimeter = perimeter_of("988")
    assert perimeter.members == ()
    assert len(perimeter.unidentified) == 33
