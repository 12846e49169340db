"""What a plan decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ckanext.odlocale.territory.known import Organisation
from ckanext.odlocale.territory.perimeters import departements_perimeter
from ckanext.odlocale.territory.plan import Coverage, Plan, Step, plan
from ckanext.odlocale.territory.reasons import CODES, Reason, render_reason
from ckanext.odlocale.territory.register import Collectivity, Register

from .builders import coverage_of, perimeter_of, plan_for
from .portal_model import Portal

CRACH = "215600461"
NEW = "crach-56046"
EPCI = "200043123"
MORBIHAN = "225600014"


def step_of(made: Plan, siren: str) -> Step:
    return next(step for step in made.steps if step.siren == siren)


def counted(made: Plan) -> dict[str, int]:
    return {verdict: number for verdict, number in made.counts.items() if number}


def set_up(*codes: str) -> Portal:
    portal = Portal()
    for code in codes:
        portal.apply(plan_for(code, known=portal.organisations()))
    return portal


def replan(portal: Portal, *codes: str, **decisions: str) -> Plan:
    return plan_for(*codes, known=portal.organisations(), decisions=decisions)


@pytest.fixture(scope="module")
def morbihan() -> Portal:
    return set_up("56")


def test_on_an_empty_portal_everything_is_created() -> None:
    made = plan_for("56")
    assert counted(made) == {"create": 265}
    crach = step_of(made, CRACH)
    assert (crach.name, crach.title, crach.parents) == (NEW, "Crach", {EPCI})
    assert step_of(made, MORBIHAN).title == "Département du Morbihan"


def test_parents_come_before_their_children() -> None:
    seen: set[str] = set()
    for step in plan_for("56").steps:
        assert step.parents <= seen
        seen.add(str(step.siren))


@pytest.mark.parametrize("code", ["56", "75", "69", "2A", "67", "29", "972", "976"])
def test_a_second_plan_is_empty(code: str) -> None:
    portal = set_up(code)
    second = replan(portal, code)
    assert second.is_empty
    assert counted(second) == {"unchanged": len(portal.rows)}


@pytest.mark.parametrize("order", [("56", "44"), ("44", "56"), ("75", "92")])
def test_neighbours_applied_one_after_the_other_leave_nothing_to_do(
    order: tuple[str, str],
) -> None:
    registered = [coverage_of(f"departement:{code}") for code in order]
    portal = Portal()
    for number in range(len(order)):
        coverages = [
            replace(one, planned=rank == number)
            for rank, one in enumerate(registered[: number + 1])
        ]
        portal.apply(plan(Register.load(), coverages, portal.organisations()))
    assert plan(Register.load(), registered, portal.organisations()).is_empty


@pytest.mark.parametrize(
    ("difference", "verdict", "fields"),
    [
        pytest.param(
            {"population": "3000"}, "update", ("population",), id="new census"
        ),
        pytest.param({"epci": "200027027"}, "update", ("epci",), id="another grouping"),
        pytest.param(
            {"cog_vintage": 2025}, "update", ("cog_vintage",), id="older vintage"
        ),
        pytest.param(
            {"name": "krach-56046", "title": "Krac'h", "official_name": "Krac'h"},
            "rename",
            ("name", "title", "official_name"),
            id="renamed",
        ),
        pytest.param({"insee": None}, "update", ("insee",), id="code erased"),
    ],
)
def test_a_difference_with_the_register_is_an_update(
    morbihan: Portal,
    difference: dict[str, object],
    verdict: str,
    fields: tuple[str, ...],
) -> None:
    portal = morbihan.copy()
    portal.change(CRACH, **difference)
    made = replan(portal, "56")
    assert counted(made) == {verdict: 1, "unchanged": 264}
    crach = step_of(made, CRACH)
    assert tuple(change.field for change in crach.changes) == fields
    assert crach.reason == Reason("changed", fields=fields)
    portal.apply(made)
    assert replan(portal, "56").is_empty


def test_a_former_name_keeps_leading_to_its_organisation(morbihan: Portal) -> None:
    portal = morbihan.copy()
    portal.change(CRACH, name="krach-56046")
    portal.apply(replan(portal, "56"))
    assert portal.aliases == {("name", "krach-56046"): CRACH}


def test_two_that_exchanged_their_names_get_their_own_back(morbihan: Portal) -> None:
    portal = morbihan.copy()
    auray = Register.load().commune("56007")
    assert auray is not None
    portal.change(CRACH, name="auray-56007")
    portal.change(auray.siren, name=NEW)
    made = replan(portal, "56")
    assert counted(made) == {"rename": 2, "unchanged": 263}
    portal.apply(made)
    assert replan(portal, "56").is_empty


def test_who_cannot_be_renamed_keeps_a_name_from_others(morbihan: Portal) -> None:
    portal = morbihan.copy()
    auray = Register.load().commune("56007")
    assert auray is not None
    portal.change(CRACH, name="auray-56007")
    portal.change(auray.siren, name="ancienne")
    portal.add_by_hand(NEW, "Quelqu'un")
    made = replan(portal, "56", **{portal_id(portal, NEW): "none"})
    assert step_of(made, CRACH).reason.code == "name_taken"
    assert step_of(made, auray.siren).reason.code == "name_taken"


def portal_id(portal: Portal, name: str) -> str:
    return next(one["id"] for one in portal.groups.values() if one["name"] == name)


def test_an_organisation_moved_by_hand_is_put_back(morbihan: Portal) -> None:
    portal = morbihan.copy()
    other = portal.add_by_hand("ailleurs")
    portal.parents[portal.rows[CRACH]["org_id"]] = {other}
    made = replan(portal, "56")
    (change,) = step_of(made, CRACH).changes
    assert (change.field, change.before, change.after) == ("parent", other, EPCI)
    rows = portal.apply(made)
    assert len(rows.new_members) == len(rows.dropped_members) == 1
    assert rows.changed_groups == ()
    assert replan(portal, "56").is_empty


@pytest.mark.parametrize(
    ("group", "code"),
    [
        pytest.param({"is_organization": False}, "group_name_taken", id="group"),
        pytest.param({"state": "deleted"}, "name_taken", id="deleted namesake"),
    ],
)
def test_what_somebody_made_by_hand_is_never_overwritten(
    group: dict[str, object], code: str
) -> None:
    portal = Portal()
    portal.groups[portal.add_by_hand(NEW)].update(group)
    made = replan(portal, "56")
    crach = step_of(made, CRACH)
    assert (crach.verdict, crach.reason.code) == ("conflict", code)
    assert counted(made) == {"conflict": 1, "create": 264}


def test_children_of_what_cannot_be_created_go_one_step_up() -> None:
    portal = Portal()
    org = portal.add_by_hand("cc-auray-quiberon-terre-atlantique-200043123")
    portal.groups[org]["is_organization"] = False
    assert step_of(replan(portal, "56"), CRACH).parents == {MORBIHAN}


def test_without_its_departement_a_territory_still_stands() -> None:
    portal = Portal()
    org = portal.add_by_hand("morbihan-225600014")
    portal.groups[org]["is_organization"] = False
    made = replan(portal, "56")
    assert step_of(made, CRACH).parents == {EPCI}
    assert step_of(made, EPCI).parents == frozenset()


def test_a_deleted_organisation_is_left_to_a_person(morbihan: Portal) -> None:
    portal = morbihan.copy()
    portal.change(CRACH, state="deleted")
    made = replan(portal, "56")
    assert step_of(made, CRACH).reason.code == "deleted_by_hand"
    assert made.is_empty


def test_a_purged_organisation_is_created_anew(morbihan: Portal) -> None:
    portal = morbihan.copy()
    del portal.groups[portal.rows[CRACH]["org_id"]]
    made = replan(portal, "56")
    assert counted(made) == {"create": 1, "unchanged": 264}
    portal.apply(made)
    assert replan(portal, "56").is_empty


def test_what_was_handed_over_to_another_portal_stays_there(morbihan: Portal) -> None:
    portal = morbihan.copy()
    portal.rows[CRACH]["status"] = "moved"
    made = replan(portal, "56")
    assert step_of(made, CRACH).reason.code == "moved"
    assert made.is_empty


def test_communes_without_siren_are_conflicts() -> None:
    made = plan_for("987")
    assert counted(made) == {"conflict": 48}
    assert {step.reason.code for step in made.steps} == {"no_siren"}


def test_a_former_commune_s_code_in_a_perimeter_says_which_to_write() -> None:
    coverage = coverage_of("commune:56046", "commune:22027", atd=MORBIHAN)
    made = plan(Register.load(), [coverage], [])
    (conflict,) = made.chosen("conflict")
    assert (conflict.insee, conflict.reason.code) == ("22027", "former_code")
    assert conflict.successor is not None
    assert conflict.successor.insee == "22241"


def test_the_digest_is_that_of_what_would_be_done(morbihan: Portal) -> None:
    known = [[], morbihan.organisations()]
    for population in ("1", "2"):
        portal = morbihan.copy()
        portal.change(CRACH, population=population)
        known.append(portal.organisations())
    digests = {plan_for("56", known=one).digest for one in known}
    assert len(digests) == 4
    assert plan_for("56").digest == plan_for("56").digest


@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_a_sentence(code: str) -> None:
    params = {
        "name": "essai",
        "vintage": "2026",
        "heir": "Crach",
        "code": "56046",
        "candidates": "Crach (56046)",
    }
    reason = Reason(code, params, ("population", "parent"))  # type: ignore[arg-type]
    sentence = render_reason(reason, "en")
    assert sentence.endswith(".")
    assert "{" not in sentence


def test_the_exported_plan_is_made_of_plain_values() -> None:
    made = plan_for("75").to_dict("en")
    assert made["perimeters"] == [{"atd_siren": "217500016", "name": "departement:75"}]
    assert made["counts"]["create"] == 2
    assert made["steps"][-1] == {
        "id": "217500016",
        "verdict": "create",
        "kind": "commune",
        "title": "Paris",
        "siren": "217500016",
        "insee": "75056",
        "organization": "paris-75056",
        "organization_id": None,
        "parents": ["200054781"],
        "successor": None,
        "candidates": [],
        "datasets": 0,
        "reason": "new",
        "message": "Not on the portal yet.",
        "changes": [],
    }


def test_steps_have_each_their_id() -> None:
    made = plan_for("56", "975")
    ids = [step.id for step in made.steps]
    assert len(ids) == len(set(ids))


def test_a_projection_holds_one_row_for_each_thing_to_create() -> None:
    rows = Portal().apply(plan_for("56"))
    assert len(rows.new_groups) == len(rows.collectivities) == 265
    # All but the département have a parent.
    assert len(rows.new_members) == 264
    assert len(rows.covered) == 265
    assert rows.changed_groups == rows.dropped_members == rows.aliases == ()
    assert all(
        isinstance(v, str) for g in rows.new_groups for v in g["extras"].values()
    )


def test_a_new_census_reindexes_nothing(morbihan: Portal) -> None:
    portal = morbihan.copy()
    org = portal.rows[CRACH]["org_id"]
    portal.datasets[org] = 3
    portal.change(CRACH, population="1")
    assert portal.apply(replan(portal, "56")).reindexed == ()


@pytest.mark.parametrize("change", [{"title": "Krac'h"}, {"name": "krach"}])
def test_datasets_of_a_renamed_organisation_are_reindexed(
    morbihan: Portal, change: dict[str, str]
) -> None:
    portal = morbihan.copy()
    org = portal.rows[CRACH]["org_id"]
    portal.datasets[org] = 3
    portal.change(CRACH, **change)
    assert portal.apply(replan(portal, "56")).reindexed == (org,)


def test_datasets_below_what_moves_are_reindexed(morbihan: Portal) -> None:
    portal = morbihan.copy()
    org = portal.rows[CRACH]["org_id"]
    portal.datasets[org] = 3
    portal.parents[portal.rows[EPCI]["org_id"]].clear()
    assert portal.apply(replan(portal, "56")).reindexed == (org,)


def test_a_name_of_200_characters_with_apostrophes_fits() -> None:
    name = "L'Île-d'" + "Œuf-d'" * 32
    long = Collectivity(CRACH, "56046", "commune", name, 3423, None, "56", "53")
    perimeter = replace(perimeter_of("56"), members=(long,))
    (step,) = plan(Register.load(), [Coverage(None, "56", perimeter)], []).steps
    assert len(name) == 200
    assert step.title == name
    assert step.name is not None
    assert len(step.name) <= 100
    assert step.name.endswith("-56046")


def test_the_whole_of_france_is_planned() -> None:
    # How fast is benchmarks/territory_plan.py's to say.
    register = Register.load()
    perimeter = departements_perimeter(register, register.divisions)
    made = plan(register, [Coverage(None, "France", perimeter)], [])
    # The communes of overseas collectivités that have no SIREN in the source.
    assert made.counts["conflict"] == 94
    assert made.counts["create"] > 36_000


def test_a_plan_depends_on_nothing_but_what_it_is_given(morbihan: Portal) -> None:
    known: list[Organisation] = morbihan.organisations()
    turned = list(reversed(known))
    coverages = [
        coverage_of("region:53", atd="233500016"),
        coverage_of("departement:56"),
    ]
    first = plan(Register.load(), coverages, known)
    second = plan(Register.load(), list(reversed(coverages)), turned)
    assert [s.to_dict() for s in first.steps] == [s.to_dict() for s in second.steps]
