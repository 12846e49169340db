"""What to do for each collectivité on data.gouv.fr, from plain rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from ckanext.odlocale.datagouv.registering import (
    APPLIED,
    make_plan,
    needs_search,
    state_of,
)
from ckanext.odlocale.datagouv.registration_rows import (
    Candidate,
    Found,
    HeldSource,
    Row,
    State,
    asked_of,
    is_own,
)
from ckanext.odlocale.datagouv.searching import search

ROW = Row(
    "215600461",
    "56046",
    "commune",
    "Commune de Crach",
    "Crach",
    "https://p.example/commune/56046",
    "https://p.example/catalogue/56046.ttl",
    datasets=2,
)
SIRET = "21560046100010"
MAYBE = Candidate("o1", "Mairie de Crach", full=False)
OURS = Candidate("o2", "Commune de Crach", ours=True, url=ROW.page)
THEIRS = Candidate("o3", "Ville de Crach", by="siret", siret=SIRET)
PENDING = HeldSource("s1", ROW.feed)
LIVE = replace(PENDING, state="accepted")


def found(*candidates: Candidate, row: Row = ROW, source: Any = None) -> Found:
    return Found(asked_of(row), candidates, source)


CASES = {
    "never searched": (ROW, "search", State.UNKNOWN),
    "no key": (replace(ROW, has_key=False), "give_key", State.UNKNOWN),
    "elsewhere": (replace(ROW, place="elsewhere"), "elsewhere", State.UNKNOWN),
    "not there": (replace(ROW, found=found()), "create_organization", State.ABSENT),
    "publishes nothing": (
        replace(ROW, found=found(), datasets=0), "publish_first", State.ABSENT),
    "a name alone": (replace(ROW, found=found(MAYBE)), "decide", State.DOUBTFUL),
    "said to be none": (
        replace(ROW, found=found(MAYBE), decision="none"),
        "create_organization", State.ABSENT),
    "said to be it, not read yet": (
        replace(ROW, found=found(MAYBE), decision="o1"), "search", State.OTHERS),
    "bears its SIREN": (replace(ROW, found=found(THEIRS)), "adopt", State.OTHERS),
    "created, never recorded": (replace(ROW, found=found(OURS)), "adopt", State.OURS),
    "two that bear its SIREN": (
        replace(ROW, found=found(THEIRS, replace(THEIRS, id="o4"))),
        "decide", State.DOUBTFUL),
    "somebody else's": (replace(ROW, organization=THEIRS), "invite", State.OTHERS),
    "written to": (
        replace(ROW, organization=THEIRS, invited=True), "wait", State.INVITED),
    "ours": (replace(ROW, organization=OURS), "create_source", State.OURS),
    "certified": (
        replace(ROW, organization=replace(OURS, badges=("certified",))),
        "create_source", State.CERTIFIED),
    "its SIRET is confirmed": (
        replace(ROW, organization=OURS, siret=SIRET), "add_siret", State.OURS),
    "pushed": (
        replace(ROW, organization=OURS, place="datagouv"), "unchanged", State.OURS),
    "waits": (replace(ROW, organization=OURS, source=PENDING), "wait", State.PENDING),
    "refused": (
        replace(ROW, organization=OURS, source=replace(PENDING, state="refused")),
        "unchanged", State.REFUSED),
    "read": (replace(ROW, organization=OURS, source=LIVE), "unchanged", State.LIVE),
    "another address": (
        replace(ROW, organization=OURS, source=replace(LIVE, url="https://x.example")),
        "move_source", State.LIVE),
    "the name changed since": (
        replace(ROW, found=found(), name="Commune de Crac'h"), "search", State.ABSENT),
}  # fmt: skip


@pytest.mark.parametrize(("row", "verb", "state"), CASES.values(), ids=CASES)
def test_what_is_to_be_done(row: Row, verb: str, state: State) -> None:
    (step,) = make_plan([row]).steps
    assert (step.verb, step.state, state_of(row)) == (verb, state, state)
    assert needs_search(row) == (verb == "search")


def test_no_siret_is_deduced() -> None:
    (step,) = make_plan([replace(ROW, found=found())]).steps
    assert step.fields["business_number_id"] == ""
    confirmed = replace(ROW, siret=SIRET)
    confirmed = replace(confirmed, found=found(row=confirmed))
    (step,) = make_plan([confirmed]).steps
    assert step.fields["business_number_id"] == SIRET


@pytest.mark.parametrize(
    ("candidate", "own"),
    [
        (THEIRS, True),
        (OURS, True),
        (replace(OURS, ours=False), False),
        (replace(OURS, url="https://p.example/commune/56047"), False),
        (replace(THEIRS, siret="21560047900010"), False),
        (replace(THEIRS, siret="215600461"), False),
    ],
)
def test_a_name_makes_nobody_its_own(candidate: Candidate, own: bool) -> None:
    assert is_own(candidate, ROW) is own


def test_a_plan_is_the_same_for_the_same_rows() -> None:
    rows = [row for row, _, _ in CASES.values()]
    first, second = make_plan(rows), make_plan(rows)
    assert first.digest == second.digest
    due = [step.id for step in first.steps if step.verb in APPLIED]
    assert [step.id for step in second.steps if step.verb in APPLIED] == due
    other = make_plan([replace(rows[3], feed="https://p.example/catalogue/x.ttl")])
    assert other.steps[0].id != make_plan([rows[3]]).steps[0].id


def test_what_is_kept_is_read_again() -> None:
    one = Found("x", (THEIRS, MAYBE), LIVE)
    assert Found.from_dict(one.to_dict()) == one


def test_none_of_them_is_no_organisation_to_read() -> None:
    """Searched again: the word is not asked of data.gouv.fr as an identifier."""
    row = replace(ROW, found=found(MAYBE), decision="none")
    assert (row.chosen, replace(row, decision="o1").chosen) == ("", "o1")
    client = Mock(spec=["organizations", "suggest"])
    client.organizations.return_value.items = ()
    client.suggest.return_value = ()
    assert search(client, row).candidates == ()
