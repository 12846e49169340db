"""Bretagne from the register of 2023 to that of 2026, with its real mergers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ckanext.odlocale.territory.plan import Coverage, Plan, Step, plan
from ckanext.odlocale.territory.register import Register

from .builders import coverage_of
from .portal_model import Portal

DATA = Path(__file__).parent.parent / "data" / "territory"
BEFORE, AFTER = Register.load(2023, (DATA,)), Register.load(2026)
BRETAGNE = "233500016"
# Each merger between the two: who is gone, who took it in.
MERGERS = {
    "22027": "22241",
    "22043": "22241",
    "22200": "22237",
    "22309": "22147",
    "35112": "35062",
}


def coverages(register: Register, *planned: str) -> list[Coverage]:
    """The four départements and the région; those named are planned."""
    found = [
        coverage_of(f"departement:{code}", register=register)
        for code in ("22", "29", "35", "56")
    ]
    found.append(coverage_of("region:53", atd=BRETAGNE, register=register))
    return [replace(c, planned=not planned or c.name in planned) for c in found]


def step_of(made: Plan, insee: str) -> Step:
    return next(step for step in made.steps if step.insee == insee)


def siren_in(register: Register, insee: str) -> str:
    commune = register.commune(insee)
    assert commune is not None
    return commune.siren


@pytest.fixture(scope="module")
def of_2023() -> Portal:
    portal = Portal()
    portal.apply(plan(BEFORE, coverages(BEFORE), []))
    return portal


@pytest.fixture
def portal(of_2023: Portal) -> Portal:
    return of_2023.copy()


def test_the_real_mergers_are_found_and_nothing_else_goes(portal: Portal) -> None:
    made = plan(AFTER, coverages(AFTER), portal.organisations())
    found = {
        step.insee: step.successor.insee
        for step in made.chosen("merge")
        if step.successor is not None
    }
    assert found == MERGERS
    assert not made.chosen("create", "adopt", "conflict", "doubtful")


def test_after_it_nothing_is_left_to_do(portal: Portal) -> None:
    org = portal.rows[siren_in(BEFORE, "35112")]["org_id"]
    heir = portal.rows[siren_in(BEFORE, "35062")]["org_id"]
    portal.datasets[org] = 2
    rows = portal.apply(plan(AFTER, coverages(AFTER), portal.organisations()))
    assert plan(AFTER, coverages(AFTER), portal.organisations()).is_empty
    assert {o: n for o, n in portal.datasets.items() if n} == {heir: 2}
    assert heir in rows.reindexed
    assert portal.groups[org]["state"] == "deleted"


def test_a_former_commune_keeps_its_codes_and_names_its_heir(portal: Portal) -> None:
    portal.apply(plan(AFTER, coverages(AFTER), portal.organisations()))
    former = portal.rows[siren_in(BEFORE, "35112")]
    assert (former["insee"], former["status"]) == ("35112", "merged")
    assert former["successor"] == siren_in(AFTER, "35062")
    assert portal.covered[former["siren"]] == set()
    assert portal.parents[former["org_id"]] == set()


@pytest.mark.parametrize("insee", ["22147", "22237", "22241", "35062"])
def test_a_commune_with_a_new_siren_keeps_its_organisation(
    portal: Portal, insee: str
) -> None:
    old, new = siren_in(BEFORE, insee), siren_in(AFTER, insee)
    assert old != new
    org = portal.rows[old]["org_id"]
    portal.change(old, siret=old + "00010", contact_email="mairie@essai.fr")
    made = plan(AFTER, coverages(AFTER), portal.organisations())
    step = step_of(made, insee)
    assert step.reason.code == "new_siren"
    assert {(c.field, c.before) for c in step.changes} >= {
        ("siren", old),
        ("siret", old + "00010"),
    }
    portal.apply(made)
    assert portal.rows[new]["org_id"] == org
    assert portal.aliases["siren", old] == new
    extras = portal.groups[org]["extras"]
    assert extras["siren"] == new
    assert "siret" not in extras
    assert extras["contact_email"] == "mairie@essai.fr"


def test_one_departement_moves_without_the_others(portal: Portal) -> None:
    only = coverages(AFTER, "departement:22")
    made = plan(AFTER, only, portal.organisations())
    gone = {step.insee for step in made.chosen("merge")}
    assert gone == {code for code in MERGERS if code.startswith("22")}
    communes = [s.insee for s in made.steps if s.insee]
    assert {str(insee)[:2] for insee in communes} == {"22"}
    portal.apply(made)
    assert plan(AFTER, only, portal.organisations()).is_empty


def test_a_merger_into_a_commune_outside_the_perimeter_is_a_conflict() -> None:
    one = coverage_of("commune:35112", atd="223500018", register=BEFORE)
    portal = Portal()
    portal.apply(plan(BEFORE, [one], []))
    portal.datasets[portal.rows[siren_in(BEFORE, "35112")]["org_id"]] = 1
    after = coverage_of("commune:35112", atd="223500018", register=AFTER)
    made = plan(AFTER, [after], portal.organisations())
    (conflict,) = made.chosen("conflict")
    assert conflict.reason.code == "successor_outside"
    assert conflict.reason.params["code"] == "35062"
    assert not made.chosen("merge", "close")
    wider = coverage_of(
        "commune:35112", "commune:35062", atd="223500018", register=AFTER
    )
    made = plan(AFTER, [wider], portal.organisations())
    assert len(made.chosen("merge")) == 1
    rows = portal.apply(made)
    assert len(rows.mergers) == 1
    assert plan(AFTER, [wider], portal.organisations()).is_empty


def test_a_merger_waits_for_its_heir_to_be_settled(portal: Portal) -> None:
    heir = siren_in(BEFORE, "35062")
    portal.change(heir, state="deleted")
    made = plan(AFTER, coverages(AFTER), portal.organisations())
    assert step_of(made, "35112").reason.code == "successor_waits"


@pytest.mark.parametrize(("datasets", "state"), [(0, "deleted"), (3, "active")])
def test_who_left_the_register_without_heir_is_closed(
    portal: Portal, datasets: int, state: str
) -> None:
    lost = replace(AFTER, successions={})
    siren = siren_in(BEFORE, "35112")
    org = portal.rows[siren]["org_id"]
    portal.datasets[org] = datasets
    made = plan(lost, coverages(lost), portal.organisations())
    assert step_of(made, "35112").verdict == "close"
    portal.apply(made)
    assert portal.rows[siren]["status"] == "closed"
    assert portal.groups[org]["state"] == state
    assert plan(lost, coverages(lost), portal.organisations()).is_empty
    # Its ATD still answers for what stays to be read.
    head = BEFORE.head("35")
    assert head is not None
    kept = {portal.rows[head.siren]["org_id"]} if datasets else set()
    assert portal.parents[org] == kept


def test_a_closed_commune_leaves_an_atd_that_leaves(portal: Portal) -> None:
    lost = replace(AFTER, successions={})
    siren = siren_in(BEFORE, "35112")
    org = portal.rows[siren]["org_id"]
    portal.datasets[org] = 1
    portal.apply(plan(lost, coverages(lost), portal.organisations()))
    after = coverages(lost)
    gone = replace(after[2], perimeter=replace(after[2].perimeter, members=()))
    rest = [replace(c, planned=False) for c in after if c is not after[2]]
    portal.apply(plan(lost, [gone, *rest], portal.organisations()))
    assert portal.parents[org] == {portal.rows[BRETAGNE]["org_id"]}
    assert plan(lost, [gone, *rest], portal.organisations()).is_empty


def test_communes_that_part_again_get_their_organisations_back(
    portal: Portal,
) -> None:
    org = portal.rows[siren_in(BEFORE, "35112")]["org_id"]
    portal.apply(plan(AFTER, coverages(AFTER), portal.organisations()))
    back = plan(BEFORE, coverages(BEFORE), portal.organisations())
    restored = step_of(back, "35112")
    assert (restored.verdict, restored.reason.code) == ("create", "restored")
    portal.apply(back)
    assert portal.rows[siren_in(BEFORE, "35112")]["org_id"] == org
    assert portal.groups[org]["state"] == "active"
    assert plan(BEFORE, coverages(BEFORE), portal.organisations()).is_empty
    # A number that is borne again is no former one.
    assert ("siren", siren_in(BEFORE, "35062")) not in portal.aliases


def test_an_epci_that_is_dissolved_is_closed_and_its_communes_move(
    portal: Portal,
) -> None:
    epci = "200043123"
    rows = tuple(
        tuple("200067932" if cell == epci else cell for cell in row)
        for row in BEFORE.rows
        if row[1] != epci
    )
    after = Register(2023, rows, BEFORE.divisions, BEFORE.successions)
    made = plan(after, coverages(after), portal.organisations())
    (closed,) = made.chosen("close")
    assert closed.siren == epci
    portal.apply(made)
    assert plan(after, coverages(after), portal.organisations()).is_empty
    vannes = portal.rows["200067932"]["org_id"]
    assert portal.parents[portal.rows["215600461"]["org_id"]] == {vannes}


def test_a_code_that_passes_to_another_siren_of_the_merger_stays_unique() -> None:
    """The seat moves: the new commune has one's SIREN and the other's INSEE code."""
    kept, gone = "35062", "35112"
    old = coverage_of(
        "commune:35062", "commune:35112", atd="223500018", register=BEFORE
    )
    portal = Portal()
    portal.apply(plan(BEFORE, [old], []))
    taken = siren_in(BEFORE, gone)
    rows = tuple(
        (row[0], taken if row[2] == kept else row[1], *row[2:])
        for row in BEFORE.rows
        if row[2] != gone
    )
    after = Register(2023, rows, BEFORE.divisions, BEFORE.successions)
    new = coverage_of("commune:35062", atd="223500018", register=after)
    made = plan(after, [new], portal.organisations())
    portal.apply(made)
    assert portal.rows[taken]["insee"] == kept
    assert portal.rows[taken]["status"] == "active"
    assert portal.rows[siren_in(BEFORE, kept)]["successor"] == taken
    assert plan(after, [new], portal.organisations()).is_empty
