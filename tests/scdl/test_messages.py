"""Every finding has words, short and filled in."""

from __future__ import annotations

import re
import string

import pytest

from ckanext.odlocale.scdl import proposing, rules
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.messages import (
    ALL_REMEDIES,
    ALL_SENTENCES,
    render,
    render_unreadable,
)
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.remedies import REFUSALS
from ckanext.odlocale.scdl.report import Correction, Example, FindingGroup
from ckanext.odlocale.scdl.sentences import UNKNOWN
from ckanext.odlocale.scdl.unreadable import CODES, Unreadable
from tests.scdl.samples import BUDGET, group_of, schema


def test_a_capital_on_every_row_is_said_with_its_count_and_column():
    report = check(read(BUDGET), schema("budget"))
    sentence = render(group_of(report, "enum.case"), "en").sentence
    assert sentence == (
        "40 rows, column A: “Budget primitif” is written “budget primitif”."
    )


@pytest.mark.parametrize("count", [1, 40])
@pytest.mark.parametrize("code", ALL_SENTENCES)
def test_a_finding_is_said_with_all_its_facts(code, count):
    group = FindingGroup(
        id="x",
        code=re.sub(r"\.(several|(after|before|equal)\.\w+)$", "", code),
        severity="know",
        count=count,
        column="BGT_NATDEC",
        header="Étape",
        excel_column="A",
        rows=(2, 3),
        values=(("Avant", count),),
        examples=(Example(2, "Avant", "après"),),
        correction=None if code.endswith("several") else Correction("x", True, "après"),
        params={
            "title": "Section",
            "titles": ["Un", "Deux", "Trois"],
            "columns": ["A", "B"] if code.endswith("several") else [],
            "letters": ["D", "G"],
            "example": "dépense",
            "row": 4,
            "chart": "M57-M57_A",
            "year": "2026",
            "known": "M57-M57_A 2022",
            "whole": "100",
            "siret": "21569990100017",
            "source": "Nature",
            "empty": 53,
        },
    )
    for language in ("en", "fr"):
        message = render(group, language)
        assert "{" not in message.sentence
        assert "…" not in message.sentence + message.remedy


@pytest.mark.parametrize("code", CODES)
def test_a_refused_file_is_told_why_and_what_to_do(code):
    error = Unreadable(
        code, name="budget.csv", size=209715200, limit=104857600, row=3, count=20_000
    )
    for language in ("en", "fr"):
        message = render_unreadable(error, language)
        assert message.sentence
        assert message.remedy
        assert "{" not in message.sentence
        assert "…" not in message.sentence


def test_the_size_of_a_file_that_is_too_big_is_said():
    error = Unreadable("too_large", size=209715200, limit=104857600)
    assert "200" in render_unreadable(error, "en").sentence


def test_every_code_the_engine_writes_has_words():
    source = ""
    for module in (proposing, rules):
        with open(module.__file__, encoding="utf-8") as file:
            source += file.read()
    written = set(re.findall(r'(?:Proposal|Rule)\(\s*"([a-z.]+_?[a-z]*)"', source))
    internal = {"siret.wrong"}
    assert written - internal <= set(ALL_SENTENCES)


def test_remedies_and_refusals_belong_to_codes():
    assert set(ALL_REMEDIES) <= set(ALL_SENTENCES)
    assert set(REFUSALS) == set(CODES)


@pytest.mark.parametrize(
    "pair", [UNKNOWN, *ALL_SENTENCES.values()], ids=lambda pair: pair[0]
)
def test_plurals_use_the_names_of_facts(pair):
    for message in pair:
        names = {name for _, name, _, _ in string.Formatter().parse(message) if name}
        assert names <= {
            "count", "row", "letter", "header", "title", "column", "before", "after",
            "value", "columns", "first", "second", "others", "digits", "letters",
            "example", "chart", "year", "known", "whole", "siret", "source", "empty",
        }  # fmt: skip
        for part in re.split(r"(?<=[.?])\s", message):
            assert len(part.split()) <= 20


def test_a_very_long_value_is_shortened():
    group = FindingGroup(
        id="x", code="enum.unknown", severity="know", count=1, rows=(2,),
        header="a\nb", values=(("x" * 500, 1),),
    )  # fmt: skip
    assert len(render(group, "en").sentence) < 150
