"""The form where a perimeter is written, one piece at a time."""

from __future__ import annotations

import pytest

from ckanext.odlocale.territory.definition import Definition, Other, Part, UnknownCode
from ckanext.odlocale.territory.perimeter_form import (
    MAX_FOUND,
    Draft,
    find_atds,
    find_territories,
    name_part,
    preview,
    read_definition,
    read_draft,
    read_syndicat,
)
from ckanext.odlocale.territory.register import Register

REGISTER = Register.load()
MORBIHAN = "225600014"
WHOLE = Draft(MORBIHAN, "Morbihan", "", Definition((Part("departement", "56"),)))


@pytest.mark.parametrize(
    ("kind", "text", "names"),
    [
        ("departement", "56", ["Morbihan"]),
        ("departement", "2a", ["Corse-du-Sud"]),
        ("departement", "1", ["Ain"]),
        ("departement", "morbihan", ["Morbihan"]),
        ("departement", "côte armor", ["Côtes-d'Armor"]),
        ("region", "Bretagne", ["Région Bretagne"]),
        ("commune", "56046", ["Crach"]),
        ("commune", "crach", ["Crach"]),
        ("epci", "200067932", ["CA Golfe du Morbihan - Vannes Agglomération"]),
        ("departement", "99", []),
        ("commune", "", []),
        ("commune", "'; DROP TABLE --", []),
        ("lune", "56", []),
    ],
)
def test_a_territory_is_found_by_its_code_or_its_name(
    kind: str, text: str, names: list[str]
) -> None:
    found = find_territories(REGISTER, kind, text)
    assert [one.name for one in found] == names


def test_namesakes_are_told_apart_and_the_very_name_comes_first() -> None:
    found = find_territories(REGISTER, "commune", "saint martin")
    assert len(found) == MAX_FOUND
    assert found[0].name == "Saint-Martin"
    assert len({one.hint for one in found}) == MAX_FOUND


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (MORBIHAN, ["Département du Morbihan"]),
        ("225 600 014", ["Département du Morbihan"]),
        ("département du morbihan", ["Département du Morbihan"]),
        ("région bretagne", ["Région Bretagne"]),
        ("999999999", []),
        ("", []),
        ("personne de ce nom", []),
    ],
)
def test_an_atd_is_found_by_its_siren_or_its_name(text: str, names: list[str]) -> None:
    assert [one.full_name for one in find_atds(REGISTER, text)] == names


def test_a_part_is_added_once_and_taken_away() -> None:
    part = Part("commune", "56046")
    twice = WHOLE.with_part(part, excluded=True).with_part(part, excluded=True)
    assert twice.definition.exclude == (part,)
    assert twice.without("exclude", "commune:56046") == WHOLE
    assert WHOLE.without("include", "departement:56").definition.include == ()
    assert WHOLE.without("nowhere", "x") == WHOLE


def test_communes_named_one_by_one_are_taken_away_together() -> None:
    listed = WHOLE.with_list([Part("commune", "56046"), Part("siren", MORBIHAN)], [])
    assert len(listed.definition.include) == 3
    kept = listed.without("include", "communes").definition.include
    assert kept == (Part("departement", "56"), Part("siren", MORBIHAN))


def test_the_form_carries_the_draft_whole() -> None:
    other = Other("255602476", "Morbihan énergies", "56")
    draft = WHOLE.with_part(Part("commune", "56046"), excluded=True)
    draft = draft.with_atd(other.siren, other.name, other)
    form = {
        "definition": draft.write_definition(),
        "atd_siren": draft.atd_siren,
        "name": draft.name,
        "colour": draft.colour,
    }
    assert read_draft(form) == draft
    assert draft.name == "Morbihan"
    assert name_part(REGISTER, Part("siren", other.siren), [other]) == other.name


def test_what_is_left_out_may_be_written_first() -> None:
    part = Part("commune", "56046")
    draft = Draft().with_part(part, excluded=True)
    assert read_definition(draft.write_definition()).exclude == (part,)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '{"include": 3}'])
def test_a_definition_that_was_altered_is_an_empty_one(text: str) -> None:
    assert read_definition(text) == Definition()


@pytest.mark.parametrize(
    ("siren", "name", "expected"),
    [
        ("255 602 476", " Morbihan  énergies ", "Morbihan énergies"),
        ("255602477", "Morbihan énergies", None),
        ("255602476", "  ", None),
        ("", "Morbihan énergies", None),
    ],
)
def test_a_joint_authority_needs_a_right_siren_and_a_name(
    siren: str, name: str, expected: str | None
) -> None:
    found = read_syndicat(siren, name, "56")
    assert (found.name if found else None) == expected


def test_a_preview_counts_and_says_what_is_shared() -> None:
    bretagne = {"include": [{"kind": "region", "code": "53"}]}
    finistere = {"include": [{"kind": "departement", "code": "29"}]}
    broken = {"include": [{"kind": "departement", "code": "99"}]}
    others = [("Bretagne", bretagne), ("Finistère", finistere), ("Cassé", broken)]
    shown = preview(REGISTER, WHOLE, others)
    assert shown is not None
    communes = len(REGISTER.communes("56"))
    assert (shown.counts["commune"], shown.counts["departement"]) == (communes, 1)
    assert shown.shared == (("Bretagne", communes),)


def test_an_empty_draft_covers_nothing_and_a_wrong_code_is_said() -> None:
    assert preview(REGISTER, Draft(), []) is None
    wrong = Draft(definition=Definition((Part("departement", "99"),)))
    with pytest.raises(UnknownCode):
        preview(REGISTER, wrong, [])
