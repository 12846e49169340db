"""What a plan decides."""

from __future__ import annotations

import datetime
import time
from dataclasses import replace
from itertools import count

import pytest

from ckanext.odlocale.territory.perimeters import departements_perimeter
from ckanext.odlocale.territory.plan import Organisation, Plan, Step, plan
from ckanext.odlocale.territory.projection import project
from ckanext.odlocale.territory.reasons import CODES, Reason, render_reason
from ckanext.odlocale.territory.register import Collectivity, Register

from .builders import applied, perimeter_of, plan_for

CRACH = "215600461"
NEW = "crach-56046"


def step_of(made: Plan, siren: str) -> Step:
    return next(step for step in made.steps if step.siren == siren)


def changed(org: Organisation, **values: object) -> Organisation:
    """An organisation as if the register had said otherwise before."""
    direct = {k: v for k, v in values.items() if k in ("name", "title", "is_active")}
    recorded = {k: v for k, v in values.items() if k not in direct}
    return replace(org, **direct, recorded={**org.recorded, **recorded})


def test_on_an_empty_portal_everything_is_created() -> None:
    made = plan_for("56")
    assert made.counts == {"create": 265, "update": 0, "unchanged": 0, "conflict": 0}
    crach = step_of(made, CRACH)
    assert (crach.name, crach.title, crach.parent) == (NEW, "Crach", "200043123")
    assert step_of(made, "225600014").title == "Département du Morbihan"


@pytest.mark.parametrize("code", ["56", "75", "69", "2A", "67", "29", "972", "976"])
def test_a_second_plan_is_empty(code: str) -> None:
    first = plan_for(code)
    second = plan_for(code, known=applied(first))
    assert second.is_empty
    assert second.counts["unchanged"] == first.counts["create"] > 0


@pytest.mark.parametrize("order", [("56", "44"), ("44", "56")])
def test_neighbours_applied_one_after_the_other_leave_nothing_to_do(
    order: tuple[str, str],
) -> None:
    first, second = order
    after_first = applied(plan_for(first))
    after_second = applied(plan_for(second, known=after_first), after_first)
    for code in order:
        assert plan_for(code, known=after_second).is_empty


@pytest.mark.parametrize(
    ("difference", "fields"),
    [
        pytest.param({"population": "3000"}, ("population",), id="new census"),
        pytest.param({"epci": "200027027"}, ("epci",), id="another grouping"),
        pytest.param({"cog_vintage": 2025}, ("cog_vintage",), id="older vintage"),
        pytest.param(
            {"name": "krach-56046", "title": "Krac'h", "official_name": "Krac'h"},
            ("name", "title", "official_name"),
            id="renamed",
        ),
        pytest.param({"insee": None}, ("insee",), id="code erased"),
    ],
)
def test_a_difference_with_the_register_is_an_update(
    difference: dict[str, object], fields: tuple[str, ...]
) -> None:
    known = [
        changed(org, **difference) if org.linked_siren == CRACH else org
        for org in applied(plan_for("56"))
    ]
    made = plan_for("56", known=known)
    assert made.counts["update"] == 1
    crach = step_of(made, CRACH)
    assert tuple(change.field for change in crach.changes) == fields
    assert crach.reason == Reason("changed", fields=fields)
    assert plan_for("56", known=applied(made, known)).is_empty


def test_an_organisation_moved_by_hand_is_put_back() -> None:
    known = [
        replace(org, parents=frozenset({"some-group-id"}))
        if org.linked_siren == CRACH
        else org
        for org in applied(plan_for("56"))
    ]
    (change,) = step_of(plan_for("56", known=known), CRACH).changes
    assert (change.field, change.before) == ("parent", "some-group-id")
    assert change.after == "200043123"


def stranger(**values: object) -> Organisation:
    return replace(Organisation("id-x", "autre", "Autre"), **values)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        pytest.param(stranger(name=NEW), "name_taken", id="name"),
        pytest.param(
            stranger(name=NEW, is_organization=False), "group_name_taken", id="group"
        ),
        pytest.param(stranger(siren=CRACH), "siren_taken", id="siren by hand"),
        pytest.param(
            stranger(name=NEW, is_active=False), "name_taken", id="deleted namesake"
        ),
    ],
)
def test_what_somebody_made_by_hand_is_never_overwritten(
    other: Organisation, code: str
) -> None:
    made = plan_for("56", known=[other])
    crach = step_of(made, CRACH)
    assert (crach.verdict, crach.reason.code) == ("conflict", code)
    assert made.counts["conflict"] == 1
    assert made.counts["create"] == 264


def test_children_of_what_cannot_be_created_go_one_step_up() -> None:
    epci = "cc-auray-quiberon-terre-atlantique-200043123"
    made = plan_for("56", known=[stranger(name=epci)])
    assert step_of(made, CRACH).parent == "225600014"


def test_without_its_departement_a_territory_still_stands() -> None:
    made = plan_for("56", known=[stranger(name="morbihan-225600014")])
    assert step_of(made, CRACH).parent == "200043123"
    assert step_of(made, "200043123").parent is None


def test_a_deleted_organisation_is_left_to_a_person() -> None:
    known = [
        replace(org, is_active=False) if org.linked_siren == CRACH else org
        for org in applied(plan_for("56"))
    ]
    made = plan_for("56", known=known)
    assert step_of(made, CRACH).reason.code == "deleted_by_hand"
    assert made.is_empty


def test_a_commune_gone_from_the_register_is_reported() -> None:
    before = applied(plan_for("56"))
    gone = Organisation(
        "id-old",
        "ancienne-56999",
        "Ancienne",
        linked_siren="215609991",
        recorded={"kind": "commune", "departement": "56", "insee": "56999"},
    )
    made = plan_for("56", known=[*before, gone])
    assert step_of(made, "215609991").reason.code == "left_register"
    assert made.is_empty


def test_communes_without_siren_are_conflicts() -> None:
    made = plan_for("987")
    assert made.counts == {"create": 0, "update": 0, "unchanged": 0, "conflict": 48}
    assert {step.reason.code for step in made.steps} == {"no_siren"}


def test_the_digest_is_that_of_what_would_be_done() -> None:
    before = applied(plan_for("56"))
    moved = [
        changed(o, population="1") if o.linked_siren == CRACH else o for o in before
    ]
    again = [
        changed(o, population="2") if o.linked_siren == CRACH else o for o in before
    ]
    digests = {
        plan_for("56", known=known).digest for known in ([], before, moved, again)
    }
    assert len(digests) == 4
    assert plan_for("56").digest == plan_for("56").digest


@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_a_sentence(code: str) -> None:
    params = {"name": "essai", "vintage": "2026"}
    reason = Reason(code, params, ("population", "parent"))  # type: ignore[arg-type]
    sentence = render_reason(reason, "en")
    assert sentence.endswith(".")
    assert "{" not in sentence


def test_the_exported_plan_is_made_of_plain_values() -> None:
    made = plan_for("75").to_dict("en")
    assert made["counts"]["create"] == 2
    assert made["steps"][-1] == {
        "verdict": "create",
        "kind": "commune",
        "title": "Paris",
        "siren": "217500016",
        "insee": "75056",
        "organization": "paris-75056",
        "parent_siren": "200054781",
        "reason": "new",
        "message": "Not on the portal yet.",
        "changes": [],
    }


NOW = datetime.datetime(2026, 11, 23, 12)


def rows_for(made: Plan, known: list[Organisation]):  # type: ignore[no-untyped-def]
    numbers = count()
    return project(made, known, NOW, lambda: f"new-{next(numbers)}")


def test_a_projection_holds_one_row_for_each_thing_to_create() -> None:
    rows = rows_for(plan_for("56"), [])
    assert len(rows.new_groups) == len(rows.collectivities) == 265
    # All but the département have a parent.
    assert len(rows.new_members) == 264
    assert rows.changed_groups == rows.orphaned == ()
    assert all(
        isinstance(v, str) for g in rows.new_groups for v in g["extras"].values()
    )


def test_a_projection_puts_children_under_organisations_that_exist_already() -> None:
    known = [o for o in applied(plan_for("56")) if o.linked_siren != CRACH]
    rows = rows_for(plan_for("56", known=known), known)
    (member,) = rows.new_members
    assert member["table_id"] == "id-200043123"
    assert member["group_id"] == rows.new_groups[0]["id"]
    assert (member["table_name"], member["capacity"]) == ("group", "public")


def test_a_projection_drops_the_parents_of_what_moves_and_of_nothing_else() -> None:
    known = [
        replace(org, parents=frozenset({"elsewhere"}))
        if org.linked_siren == CRACH
        else changed(org, population="1")
        for org in applied(plan_for("56"))
    ]
    rows = rows_for(plan_for("56", known=known), known)
    assert rows.orphaned == (f"id-{CRACH}",)
    assert len(rows.changed_groups) == 265
    assert len(rows.new_members) == 1


def test_a_name_of_200_characters_with_apostrophes_fits() -> None:
    name = "L'Île-d'" + "Œuf-d'" * 32
    long = Collectivity(CRACH, "56046", "commune", name, 3423, None, "56", "53")
    perimeter = replace(perimeter_of("56"), members=(long,))
    (step,) = plan(Register.load(), perimeter, []).steps
    assert step.title == name
    assert step.name is not None
    assert len(step.name) <= 100
    assert step.name.endswith("-56046")


def test_the_whole_of_france_is_planned_in_seconds() -> None:
    register = Register.load()
    perimeter = departements_perimeter(register, register.divisions)
    start = time.perf_counter()
    made = plan(register, perimeter, [])
    # Half a second alone on the machine; the bound only catches what explodes.
    assert time.perf_counter() - start < 8
    assert made.counts["conflict"] == 94
    assert made.counts["create"] > 36_000
