"""Totals are found whatever the portal, or the agent, has filled in on their rows."""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.decisions import Decision, apply_decisions
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.report import Report
from tests.scdl.samples import codes, group_of, make_schema

TODAY = datetime.date(2026, 11, 30)
MODEL = make_schema(
    [
        {"name": "numero", "type": "string"},
        {"name": "jour", "type": "date"},
        {"name": "qui", "type": "string"},
        {"name": "montant", "type": "number"},
        {"name": "part", "type": "number", "constraints": {"maximum": 1}},
        {"name": "commune", "type": "string", "constraints": {"required": True}},
        {"name": "nature", "type": "string", "constraints": {"required": True}},
        {"name": "objet", "type": "string", "constraints": {"required": True}},
    ]
)
HEADER = "numero;jour;qui;montant;part"
FULL = "numero;jour;qui;montant;part;commune;nature;objet"


def judged(header: str, *lines: str) -> Report:
    content = "".join(f"{line}\n" for line in (header, *lines)).encode()
    return check(read(content), MODEL, today=TODAY)


def test_a_total_is_still_asked_about_once_the_portal_has_filled_columns():
    lines = ("1;2024-04-03;A;1 200,00 €;1", "2;2024-04-05;B;8;1", ";;TOTAL;1208;")
    table = read("\n".join((HEADER, *lines)).encode())
    report = check(table, MODEL, today=TODAY)
    assert group_of(report, "row.total").rows == (4,)
    answers = [
        Decision(one.id, "fill", value="la même")
        for one in report.groups
        if one.code == "column.missing"
    ]
    assert len(answers) == 3
    done = apply_decisions(table, MODEL, report, answers)
    again = check(done.table, MODEL, mapping=done.mapping, today=TODAY)
    assert group_of(again, "row.total").rows == (4,)


@pytest.mark.parametrize(
    "line",
    [
        "3;2024-04-06;TOTAL;1208;1;Crach;aide;Tout",
        "3;2024-04-06;Sous-total des aides;1 208,00 €;;Crach;aide;Tout",
        "3;2024-04-06;Total Associations du bourg;1208,004;;Crach;aide;Tout",
        "Totaux;2024-04-06;x;1208;;Crach;aide;Tout",
    ],
)
def test_a_full_row_whose_amount_adds_up_the_others_is_a_total(line):
    lines = ("1;2024-04-03;A;1 200,00 €;1;C;n;o", "2;2024-04-05;B;8;1;D;m;p")
    assert group_of(judged(FULL, *lines, line), "row.total").rows == (4,)


@pytest.mark.parametrize(
    "lines",
    [
        # A firm of that name, an ordinary amount, whatever else its row says.
        ("1;2024-04-03;A;1200;1", "2;2024-04-05;B;8;1", "3;2024-05-01;{total};300;1"),
        ("1;2024-04-03;A;1200;1", "2;2024-04-05;B;8;1", ";;{total};300;"),
        # The same amount as the only row above is no sum.
        ("1;2024-04-03;A;300;1", "2;2024-05-01;{total};300;1"),
        # Shares that make a whole are no amounts.
        ("1;2024-04-03;A;9;0.5", "2;2024-04-05;B;8;0.5", "3;2024-05-01;{total};3;1"),
        # Nothing adds up to nothing.
        ("1;2024-04-03;A;0;1", "2;2024-04-05;B;0;1", "3;2024-05-01;{total};0;1"),
        # Every amount of a total is a sum, and here one is unreadable.
        ("1;2024-04-03;A;1;1", "2;2024-04-05;B;1;1", "3;2024-05-01;{total};à voir;1"),
    ],
)
def test_total_direct_energie_is_a_beneficiary(lines):
    report = judged(
        HEADER, *(one.format(total="Total Direct Energie") for one in lines)
    )
    assert "row.total" not in codes(report)


def test_a_firm_called_total_is_counted_in_the_total():
    report = judged(
        HEADER,
        "1;2024-04-03;A;1200;1",
        "2;2024-04-05;Total Direct Energie;300;1",
        "3;2024-04-06;B;8;1",
        "4;2024-12-31;TOTAL;1508;1",
    )
    assert group_of(report, "row.total").rows == (5,)


def test_subtotals_are_not_added_up_twice():
    report = judged(
        HEADER,
        "1;2024-04-03;A;1;1",
        "2;2024-04-05;B;2;1",
        "3;2024-04-06;Sous-total;3;1",
        "4;2024-04-07;C;4;1",
        "5;2024-04-08;D;5;1",
        "6;2024-04-09;Sous-total;9;1",
        "7;2024-04-09;Total;12;1",
    )
    assert group_of(report, "row.total").rows == (4, 7, 8)


def test_what_every_row_says_calls_none_a_total():
    lines = (f"{n};2024-04-0{n};Total;{n};1" for n in range(1, 6))
    assert "row.total" not in codes(judged(HEADER, *lines, ";;Total;;"))
