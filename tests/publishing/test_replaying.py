"""Replaying what an agent decided: the same decisions always give the same file."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.publishing.analysis import Analysis, Choice, analyse
from ckanext.odlocale.publishing.paging import PAGE_ROWS, page_rows, read_answers
from ckanext.odlocale.publishing.replaying import Pass, read_pass, write_pass
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.decision_refusals import DecisionRefused
from ckanext.odlocale.scdl.decisions import Decision
from ckanext.odlocale.scdl.report import FindingGroup

CATALOGUE = load_catalogue()
HEADERS = (
    "nomAttribuant,idAttribuant,dateConvention,referenceDecision,nomBeneficiaire,"
    "idBeneficiaire,rnaBeneficiaire,objet,montant,nature,conditionsVersement,"
    "datesPeriodeVersement,idRAE,notificationUE,pourcentageSubvention"
)
PEOPLE = ("Camille Exemplaire", "Dominique Fictif")


def grants(*names: str) -> bytes:
    """A list of grants: a club, then people whose names are invented."""
    rows = [
        f"Crach,21560046100010,2024-03-0{day},2024-{day},{name},{siret},,{subject},"
        "100.00,aide en numéraire,unique,2024-05-01,,non,1"
        for day, (name, siret, subject) in enumerate(
            [
                ("Club de voile", "21560046100010", "Fonctionnement"),
                *((name, "", "Aide") for name in names),
            ],
            start=1,
        )
    ]
    return "\n".join([HEADERS, *rows, ""]).encode()


def read(passes: tuple[Pass, ...] = (), *, strict: bool = False) -> Analysis:
    content = grants(*(f"M. {name}" for name in PEOPLE))
    choice = Choice(schema="subventions", passes=passes)
    return analyse(content, "s.csv", choice, CATALOGUE, strict=strict)


def person(found: Analysis) -> FindingGroup:
    assert found.report is not None
    return found.report.by_severity("personal")[0]


def decide(**answer: Any) -> tuple[Decision, ...]:
    return (Decision(group=person(read()).id, **answer),)


def test_people_are_found_before_any_answer() -> None:
    assert person(read()).rows == (3, 4)


@pytest.mark.parametrize("option", ["withdraw", "mask"])
def test_who_is_hidden_is_in_no_published_byte_and_no_preview(option: Any) -> None:
    found = read((decide(option=option),), strict=True)
    shown = found.canonical().decode() + str(found.to_dict())
    assert not [name for name in PEOPLE if name in shown or name.split()[1] in shown]
    assert found.report is not None
    assert not found.report.by_severity("personal")
    assert found.withdrawn == (2 if option == "withdraw" else 0)


def test_rows_are_answered_one_by_one_in_several_passes() -> None:
    first = decide(option="withdraw", rows=(3,))
    assert person(read((first,))).rows == (4,)
    found = read((first, decide(option="mask", rows=(4,))), strict=True)
    assert found.withdrawn == 1
    assert not any(name in found.canonical().decode() for name in PEOPLE)


def test_what_is_kept_is_not_asked_again_and_another_row_is() -> None:
    found = read((decide(option="keep", rows=(3,)),), strict=True)
    assert person(found).rows == (4,)
    assert PEOPLE[0] in found.canonical().decode()


def test_a_value_that_is_wrong_too_is_asked_about() -> None:
    found = read((decide(option="replace", rows=(3,), value="Mme Sasha Inventée"),))
    assert 3 in person(found).rows


def test_the_same_decisions_give_the_same_file() -> None:
    passes = (decide(option="mask"),)
    assert read(passes).canonical() == read(passes).canonical()


def test_an_answer_that_fits_nothing_is_refused_when_given() -> None:
    with pytest.raises(DecisionRefused):
        read(((Decision("gone-00000000", "keep"),),), strict=True)


def test_an_old_answer_that_fits_nothing_leaves_the_person_asked() -> None:
    gone = Decision("gone-00000000", "withdraw")
    found = read(((gone, *decide(option="withdraw", rows=(3,))),))
    assert person(found).rows == (4,)


def test_a_pass_is_stored_as_json_and_read_back() -> None:
    for one in (("enum-case-0",), decide(option="replace", rows=(3,), value="é")):
        assert read_pass(write_pass(one)) == one


def test_every_row_is_shown_a_page_at_a_time() -> None:
    content = grants(*(f"M. Camille Exemplaire{n}" for n in range(PAGE_ROWS + 1)))
    found = analyse(content, "s.csv", Choice(schema="subventions"), CATALOGUE)
    group = person(found)
    last = page_rows(group, 99)
    assert last["pages"] == 2
    assert len(page_rows(group)["rows"]) == PAGE_ROWS
    assert [one["row"] for one in last["rows"]] == [PAGE_ROWS + 3]


@pytest.mark.parametrize("name", ["answer-x", "answer-", "answer-0", "answer--1", "b"])
def test_a_field_that_is_no_row_answers_nothing(name: str) -> None:
    assert read_answers("g", {name: "keep"}) == []
