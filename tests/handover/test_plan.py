"""What a takeover would change, and what it puts to a person."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ckanext.odlocale.handover import records as told
from ckanext.odlocale.handover.plan import ACCEPTABLE, Plan, Present, plan
from ckanext.odlocale.handover.records import HERE, KINDS, Records
from ckanext.odlocale.handover.sentences import say_conflict
from tests.handover.conftest import CRACH, FORMER, some_records


def nothing() -> Records:
    return {kind: {} for kind in KINDS}


def make(present: Present, *accepted: str) -> Plan:
    return plan(CRACH, "pack", some_records(), present, accepted)


def test_a_portal_without_the_commune_creates_all_of_it() -> None:
    made = make(Present(nothing()))
    assert {step.verdict for step in made.steps} == {"create"}
    assert len(made.steps) == 6


def test_what_is_there_already_is_left_alone() -> None:
    made = make(Present(some_records(), status="active", organization_name="crach"))
    assert made.is_empty
    assert made.counts["unchanged"] == {
        "collectivities": 2,
        "organizations": 1,
        "people": 1,
        "datasets": 1,
        "deposits": 1,
    }


def test_what_differs_is_updated_and_its_fields_named() -> None:
    here = some_records()
    here["datasets"]["d1"]["title"] = "Budget de 2025"
    (step,) = [s for s in make(Present(here)).steps if s.verdict != "unchanged"]
    assert (step.verdict, step.key, step.changes) == ("update", "d1", ("title",))


CONFLICTS: dict[str, tuple[dict[str, Any], str]] = {
    "merged here": ({"status": "merged"}, "is_gone_here"),
    "closed here": ({"status": "closed"}, "is_gone_here"),
    "another bears its INSEE code": ({"same_insee": "215600560"}, "insee_taken"),
    "its former commune lives here": (
        {"living_formers": (FORMER,)},
        "former_is_active",
    ),
    "another organization has its address": ({"name_taken": True}, "name_taken"),
    "it has other data here": ({"other_datasets": 3}, "other_datasets"),
    "its data is somebody else's": ({"owners": {"d1": "Auray"}}, "dataset_elsewhere"),
    "the address of its data is taken": (
        {"dataset_names": {"budget-crach-56046": "d9"}},
        "dataset_name_taken",
    ),
    "its address shows another file": (
        {"online": {(CRACH, "budget", "k"): "p9"}},
        "address_taken",
    ),
    "its deposit is somebody else's": (
        {"foreign_deposits": frozenset({"p1"})},
        "deposit_elsewhere",
    ),
    "its file did not come": (
        {
            "missing_files": frozenset(
                {some_records()["deposits"]["p1"]["original_sha256"]}
            )
        },
        "file_missing",
    ),
}


@pytest.mark.parametrize("case", CONFLICTS)
def test_a_conflict_is_put_to_a_person_in_a_sentence(case: str) -> None:
    present, reason = CONFLICTS[case]
    (step,) = make(Present(nothing(), **present)).conflicts
    assert step.reason == reason
    sentence = say_conflict(step, str)
    assert sentence
    assert "{" not in sentence


def test_an_alias_of_somebody_else_is_a_conflict() -> None:
    records = some_records()
    alias = {"kind": "insee", "value": "56998", "siren": CRACH}
    records["aliases"] = {"insee:56998": alias}
    present = Present(nothing(), alias_owners={"insee:56998": FORMER})
    (step,) = plan(CRACH, "pack", records, present).conflicts
    assert step.reason == "alias_taken"
    assert FORMER in say_conflict(step, str)


def test_a_person_may_accept_other_data_and_nothing_else() -> None:
    others = Present(nothing(), other_datasets=3)
    assert not make(others, "other_datasets").conflicts
    taken = Present(nothing(), name_taken=True)
    assert make(taken, "name_taken").conflicts
    assert frozenset({"other_datasets"}) == ACCEPTABLE


def test_an_organization_that_is_here_keeps_its_own_address() -> None:
    present = Present(nothing(), organization_name="ville-de-crach", name_taken=True)
    assert not make(present).conflicts


def test_another_state_of_the_portal_is_another_plan() -> None:
    assert make(Present(nothing())).digest != make(Present(some_records())).digest
    assert make(Present(nothing())).digest == make(Present(nothing())).digest


def test_what_each_portal_decides_by_itself_is_not_compared() -> None:
    here = copy.deepcopy(some_records())
    here["collectivities"][CRACH].update(population=9, name="CRACH", cog_vintage=2023)
    here["organizations"][CRACH].update(name="autre", title="Autre")
    here["people"]["agent@crach.example.org"].update(capacity="admin")
    here["deposits"]["p1"]["created_by"] = "somebody"
    here["datasets"]["d1"]["resources"][0]["harvested_url"] = "https://a.fr/x"
    assert told.digest(here) == told.digest(some_records())


@pytest.mark.parametrize(
    ("kind", "key", "change"),
    [
        ("datasets", "d1", {"metadata_created": "2020-01-01T00:00:00"}),
        ("deposits", "p1", {"state": "withdrawn"}),
        ("deposits", "p1", {"canonical_sha256": "0" * 64}),
        ("organizations", CRACH, {"extras": {}}),
        ("collectivities", FORMER, {"successor": FORMER}),
    ],
)
def test_what_matters_changes_the_digest(kind: Any, key: str, change: Any) -> None:
    here = some_records()
    here[kind][key].update(change)
    assert told.digest(here) != told.digest(some_records())


def test_a_record_that_lacks_changes_the_digest() -> None:
    wanted = some_records()
    keys = {kind: list(wanted[kind]) for kind in KINDS}
    here = some_records()
    del here["deposits"]["p1"]
    assert told.digest(here, keys) != told.digest(wanted)
    here = some_records()
    # What the portal has besides does not count.
    here["datasets"]["d2"] = {**here["datasets"]["d1"], "id": "d2"}
    assert told.digest(here, keys) == told.digest(wanted)


def test_only_addresses_of_the_portal_are_made_neutral() -> None:
    told_of = {
        "own": "https://a.fr/dataset/x",
        "root": "https://a.fr",
        "other": "https://a.fr.example.org/x",
        "text": "Voir https://a.fr/dataset/x",
        "list": [{"deep": "https://a.fr/y"}, 3, None],
    }
    assert told.replace_prefix(told_of, "https://a.fr", HERE) == {
        **told_of,
        "own": f"{HERE}/dataset/x",
        "root": HERE,
        "list": [{"deep": f"{HERE}/y"}, 3, None],
    }
