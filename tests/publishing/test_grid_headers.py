"""Titles that come with what is pasted: found, and asked about where unknown."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.publishing.grid_core import Unkeepable, sentence_of
from ckanext.odlocale.publishing.grid_headers import MAX_ASKED, SHOWN_LENGTH
from ckanext.odlocale.publishing.grid_paste import read_paste
from ckanext.odlocale.scdl.catalogue import load_catalogue

GRANTS = load_catalogue().get("subventions")
SHOWN = ["dateConvention", "nomBeneficiaire", "objet", "montant"]
TITLES = "Date de convention\tNom de l'association\tSomme versée\tRemarque"
ROWS = "03/04/2024\tAmis du port\t1 200,00\tvu\n05/06/2024\tChorale\t80\tà revoir"


def asked_of(text: str, **more: Any) -> list[str]:
    return [one.header for one in read_paste(text, GRANTS, SHOWN, **more).asked]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        # Not one word is known, but half of them stand above numbers and dates.
        (f"{TITLES}\n{ROWS}", TITLES.split("\t")),
        ("Objet\tLes sous\nfête\t12\n", ["Les sous"]),
        (
            "Objet\tMontant\tNature de la chose\nfête\tbeaucoup\tvu",
            ["Nature de la chose"],
        ),
        ("Objet\tMontant\t\nfête\t12\tvu\n", [""]),
        ("Objet\nfête\tau bout\n", [""]),
    ],
    ids=["reader", "one known", "texts", "untitled", "beyond"],
)
def test_titles_are_asked_about_and_nothing_is_pasted(
    text: str, asked: list[str]
) -> None:
    pasted = read_paste(text, GRANTS, SHOWN)
    assert pasted.headers
    assert pasted.rows == ()
    assert [one.header for one in pasted.asked] == asked
    assert all(one.values for one in pasted.asked)


def test_a_title_with_nothing_under_it_is_not_asked_about() -> None:
    pasted = read_paste("Objet\tRemarque\nfête\t\n", GRANTS, SHOWN)
    assert pasted.rows == ({"objet": "fête"},)


@pytest.mark.parametrize(
    "text",
    [
        "2024-04-03\tAmis\tFête\t12\n" + ROWS,
        "Fête\tObjet\nConcert\tAchat de chaises\n" * 3,
        "aide en nature\taide en nature\naide en nature\taide en numéraire",
        "Fête\t\tport\nConcert\t\tquai",
        "12\tMontant\n13\tMontant",
        "Chorale\nFanfare",
        "fête",
    ],
    ids=["typed", "comes back", "of a list", "texts", "a number", "one", "alone"],
)
def test_a_first_row_of_data_is_a_row(text: str) -> None:
    pasted = read_paste(text, GRANTS, SHOWN)
    assert not pasted.headers
    assert len(pasted.rows) == len(text.strip().splitlines())


def test_an_answer_puts_each_column_in_its_place() -> None:
    text = f"{TITLES}\n{ROWS}"
    asked = {one.header: str(one.at) for one in read_paste(text, GRANTS, SHOWN).asked}
    answers = dict.fromkeys(asked.values(), "")
    answers[asked["Somme versée"]] = "montant"
    pasted = read_paste(text, GRANTS, SHOWN, answers=answers)
    assert [row["montant"] for row in pasted.rows] == ["1200.00", "80"]
    assert "objet" not in pasted.rows[0]
    assert "Remarque" in pasted.left_out
    assert "Somme versée" not in pasted.left_out


def test_titles_that_are_none_are_a_row_once_it_is_said() -> None:
    pasted = read_paste(f"{TITLES}\n{ROWS}", GRANTS, SHOWN, headers=False)
    assert not pasted.asked
    assert [row["nomBeneficiaire"] for row in pasted.rows] == [
        "Nom de l'association",
        "Amis du port",
        "Chorale",
    ]


def test_what_is_the_same_on_all_rows_is_no_place() -> None:
    text = f"{TITLES}\n{ROWS}"
    free = read_paste(text, GRANTS, SHOWN, same=["idAttribuant"]).free
    assert "montant" in free
    assert "idAttribuant" not in free
    assert "idAttribuant" in read_paste(text, GRANTS, SHOWN).free


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ("objet", "text"),
        (["objet"], "text"),
        ({"1": "licorne"}, "column"),
        ({"1": "objet"}, "column"),
        ({"1": 12}, "column"),
        ({"1": ["montant"]}, "column"),
        ({"1": "montant", "2": "montant"}, "twice"),
    ],
    ids=repr,
)
def test_an_answer_that_makes_no_sense_is_refused_in_words(
    answers: Any, code: str
) -> None:
    text = "Objet\tDes sous\tD'autres\nfête\t12\t13"
    with pytest.raises(Unkeepable) as refused:
        read_paste(text, GRANTS, SHOWN, answers=answers)
    assert refused.value.code == code
    assert sentence_of(refused.value, str)


def test_an_answer_that_leaves_nothing_is_refused() -> None:
    text = "Quand\tQui\tCombien\tNote\n" + ROWS
    with pytest.raises(Unkeepable) as refused:
        read_paste(text, GRANTS, SHOWN, answers={})
    assert refused.value.code == "nowhere"


def test_an_answer_about_other_columns_changes_nothing() -> None:
    text = "Objet\tDes sous\nfête\t12"
    answers = {"0": "montant", "7": "montant", "-1": "x", "1": ""}
    pasted = read_paste(text, GRANTS, SHOWN, answers=answers)
    assert pasted.rows == ({"objet": "fête"},)


def test_hundreds_of_columns_make_a_question_of_some() -> None:
    titles = "Objet\t" + "\t".join(f"colonne {chr(97 + at % 26)}" for at in range(900))
    row = "fête\t" + "\t".join(["x" * 500] * 900)
    asked = read_paste(f"{titles}\n{row}", GRANTS, SHOWN).asked
    assert len(asked) == MAX_ASKED
    assert max(len(value) for one in asked for value in one.values) == SHOWN_LENGTH


def test_a_number_that_lost_its_digits_is_refused_wherever_it_is_put() -> None:
    text = "Objet\tNuméro de la structure\nfête\t2,15E+13"
    assert asked_of(text)
    with pytest.raises(Unkeepable) as refused:
        read_paste(text, GRANTS, SHOWN, answers={"1": "idBeneficiaire"})
    assert refused.value.code == "cut"
