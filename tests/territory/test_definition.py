"""Reading a perimeter's definition: everything that is wrong is told at once."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.territory.definition import (
    FAULT_CODES,
    MAX_PARTS,
    Definition,
    EmptyPerimeter,
    Other,
    Part,
    PerimeterError,
    WrongDefinition,
)
from ckanext.odlocale.territory.perimeter_reasons import describe_faults

CRACH = {"kind": "commune", "code": "56046"}
SYNDICAT = {"siren": "253514491", "name": "SMICTOM", "kind": "syndicat"}


def faults(value: object) -> list[tuple[str, str]]:
    with pytest.raises(WrongDefinition) as caught:
        Definition.from_dict(value)
    return [(fault.field, fault.code) for fault in caught.value.faults]


def test_a_definition_is_given_back_as_it_was_read() -> None:
    value = {
        "include": [{"kind": "region", "code": "53"}, CRACH],
        "exclude": [{"kind": "epci", "code": "200043123"}],
        "others": [{**SYNDICAT, "departement": "35", "region": "53"}],
    }
    definition = Definition.from_dict(value)
    assert definition.to_dict() == value
    assert Definition.from_dict(definition.to_dict()) == definition
    assert definition.others == (Other("253514491", "SMICTOM", "35", "53"),)


@pytest.mark.parametrize(
    ("kind", "written", "code"),
    [
        ("departement", "1", "01"),
        ("departement", "2a", "2A"),
        ("departement", " 974 ", "974"),
        ("region", "1", "01"),
        ("commune", "1001", "01001"),
        ("commune", "2a 004", "2A004"),
        ("epci", "200 043 123", "200043123"),
        ("siren", "215600461", "215600461"),
    ],
)
def test_codes_are_understood_as_people_write_them(
    kind: str, written: str, code: str
) -> None:
    definition = Definition.from_dict({"include": [{"kind": kind, "code": written}]})
    assert [part.code for part in definition.include] == [code]


def test_a_part_given_twice_counts_once() -> None:
    again = {"kind": "commune", "code": " 56046"}
    definition = Definition.from_dict({"include": [CRACH, again]})
    assert definition.include == (Part("commune", "56046"),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, [("definition", "not_definition")], id="nothing"),
        pytest.param([CRACH], [("definition", "not_definition")], id="a list"),
        pytest.param("56", [("definition", "not_definition")], id="a text"),
        pytest.param({"includes": []}, [("includes", "unknown_field")], id="a typo"),
        pytest.param({"include": CRACH}, [("include", "not_list")], id="not a list"),
        pytest.param({"include": "56"}, [("include", "not_list")], id="text, not list"),
        pytest.param({"include": ["56"]}, [("include.0", "not_part")], id="a code"),
        pytest.param(
            {"include": [{"kind": "pays", "code": "56"}]},
            [("include.0.kind", "unknown_kind")],
            id="an unknown kind",
        ),
        pytest.param(
            {"include": [{"kind": ["epci"], "code": "56"}]},
            [("include.0.kind", "unknown_kind")],
            id="a list as kind",
        ),
        pytest.param(
            {"include": [{"kind": "commune", "code": 56046}]},
            [("include.0.code", "wrong_code")],
            id="a number as code",
        ),
        pytest.param(
            {"include": [{"kind": "commune", "code": "Crach"}]},
            [("include.0.code", "wrong_code")],
            id="a name as code",
        ),
        pytest.param(
            {
                "include": [
                    {"kind": "departement", "code": "5"},
                    {"kind": "departement"},
                ]
            },
            [("include.1.code", "wrong_code")],
            id="no code",
        ),
        pytest.param(
            {"exclude": [{"kind": "siren", "code": "215600462"}]},
            [("exclude.0.code", "wrong_check_digit")],
            id="a wrong SIREN",
        ),
        pytest.param(
            {"exclude": [{"kind": "epci", "code": "٢٠٠٠٤٣١٢٣"}]},
            [("exclude.0.code", "wrong_code")],
            id="figures that are not ours",
        ),
        pytest.param(
            {"others": [{**SYNDICAT, "siren": "253514492"}]},
            [("others.0.siren", "wrong_check_digit")],
            id="a syndicat's wrong SIREN",
        ),
        pytest.param(
            {"others": [{**SYNDICAT, "name": "  "}]},
            [("others.0.name", "no_name")],
            id="a syndicat without name",
        ),
        pytest.param(
            {"others": [{**SYNDICAT, "name": "é'" * 150}]},
            [("others.0.name", "long_name")],
            id="a name too long",
        ),
        pytest.param(
            {"others": [{**SYNDICAT, "kind": "commune"}]},
            [("others.0", "not_other")],
            id="a commune by hand",
        ),
        pytest.param(
            {"others": [SYNDICAT, SYNDICAT]},
            [("others.1.siren", "twice")],
            id="a syndicat twice",
        ),
        pytest.param(
            {"include": [CRACH] * (MAX_PARTS + 1)},
            [("include", "too_many")],
            id="too many",
        ),
        pytest.param(
            {"include": [3, {"kind": "x"}], "exclude": 4, "more": 1},
            [
                ("more", "unknown_field"),
                ("include.0", "not_part"),
                ("include.1.kind", "unknown_kind"),
                ("exclude", "not_list"),
            ],
            id="everything at once",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    value: Any, expected: list[tuple[str, str]]
) -> None:
    assert faults(value) == expected


@pytest.mark.parametrize(
    "value", [{}, {"include": []}, {"include": None}, {"exclude": [CRACH]}]
)
def test_a_definition_that_includes_nothing_is_refused(value: Any) -> None:
    with pytest.raises(EmptyPerimeter):
        Definition.from_dict(value)


def test_a_syndicat_alone_is_a_perimeter() -> None:
    assert Definition.from_dict({"others": [SYNDICAT]}).include == ()


def test_a_name_of_200_characters_with_apostrophes_is_kept() -> None:
    name = "L'" * 100
    definition = Definition.from_dict({"others": [{**SYNDICAT, "name": name}]})
    assert definition.others[0].name == name


def test_what_is_quoted_of_a_wrong_code_is_short() -> None:
    with pytest.raises(WrongDefinition) as caught:
        Definition.from_dict({"include": [{"kind": "commune", "code": "x" * 10**6}]})
    assert len(caught.value.faults[0].params["code"]) <= 40
    assert len(str(caught.value)) < 200


def test_each_fault_says_what_and_what_to_do() -> None:
    with pytest.raises(PerimeterError) as caught:
        Definition.from_dict({"include": [{"kind": "epci", "code": "200043124"}]})
    (described,) = describe_faults(caught.value, "en")
    assert described == {
        "field": "include.0.code",
        "code": "wrong_check_digit",
        "message": "The SIREN 200043124 is not right: its check digit does not match.",
        "remedy": "Check each figure, or look the SIREN up by name.",
    }


def test_every_fault_has_words() -> None:
    from ckanext.odlocale.territory.perimeter_reasons import _FAULTS

    assert set(_FAULTS) == set(FAULT_CODES)
