"""Which organisation made by hand is whose."""

from __future__ import annotations

import pytest

from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.matching import WrongDecision, declared_codes
from ckanext.odlocale.territory.plan import Plan, Step

from .builders import plan_for
from .portal_model import Portal

CRACH, AURAY, MORBIHAN = "215600461", "215600073", "225600014"
SIRET = CRACH + "00010"


def replan(portal: Portal, *codes: str, **decisions: str) -> Plan:
    known = portal.organisations()
    return plan_for(*(codes or ("56",)), known=known, decisions=decisions)


def steps_of(made: Plan, org_id: str) -> list[Step]:
    return [step for step in made.steps if step.own and step.own.id == org_id]


@pytest.mark.parametrize(
    ("extras", "sirens", "insees"),
    [
        ({"siren": CRACH}, (CRACH,), ()),
        ({"SIREN": "215 600 461"}, (CRACH,), ()),
        ({"siret": SIRET}, (CRACH,), ()),
        ({"Code SIRET": "215 600 461 00010"}, (CRACH,), ()),
        ({"code_siren": CRACH, "SIRET": SIRET}, (CRACH,), ()),
        ({"numero-siren": CRACH, "siret": default_siret(AURAY)}, (AURAY, CRACH), ()),
        ({"code_insee": "56046"}, (), ("56046",)),
        ({"codeInsee": "2a004"}, (), ("2A004",)),
        ({"siren": "215600462"}, (), ()),
        ({"siren": "", "insee": None}, (), ()),
        ({"description": CRACH}, (), ()),
    ],
)
def test_codes_are_read_whatever_their_field_is_called(
    extras: dict[str, object], sirens: tuple[str, ...], insees: tuple[str, ...]
) -> None:
    found = declared_codes(extras)
    assert (found.sirens, found.insees) == (sirens, insees)


@pytest.mark.parametrize(
    ("name", "title", "extras", "siren", "reason"),
    [
        ("mairie", "La mairie", {"SIRET": SIRET}, CRACH, "adopted_siren"),
        ("mairie", "La mairie", {"code_insee": "56046"}, CRACH, "adopted_insee"),
        ("mairie", "Crach", {}, CRACH, "adopted_name"),
        ("mairie", "CRAC'H", {"insee": "56046"}, CRACH, "adopted_insee"),
        ("mairie", "Mairie de Crach", {}, CRACH, "adopted_name"),
        ("mairie", "Commune de Crach", {}, CRACH, "adopted_name"),
        ("ville-d-auray", "", {}, AURAY, "adopted_name"),
        ("x", "Ville d'Auray", {}, AURAY, "adopted_name"),
        ("x", "Mairie du Palais", {}, "215601527", "adopted_name"),
        ("x", "Mairie de Le Palais", {}, "215601527", "adopted_name"),
        ("x", "Conseil départemental du Morbihan", {}, MORBIHAN, "adopted_name"),
        ("x", "Auray Quiberon Terre Atlantique", {}, None, ""),
        ("x", "CC Auray Quiberon Terre Atlantique", {}, "200043123", "adopted_name"),
        ("x", "Office de tourisme de Crach", {}, None, ""),
        ("x", "Brest", {}, None, ""),
        ("x", "", {}, None, ""),
    ],
)
def test_an_organisation_made_by_hand_is_recognised(
    name: str, title: str, extras: dict[str, str], siren: str | None, reason: str
) -> None:
    portal = Portal()
    org = portal.add_by_hand(name, title, **extras)
    made = replan(portal)
    found = steps_of(made, org)
    assert [(s.siren, s.reason.code) for s in found] == (
        [(siren, reason)] if siren else []
    )
    portal.apply(made)
    assert replan(portal).is_empty


def test_what_is_taken_over_says_each_thing_it_changes_and_keeps_the_rest() -> None:
    portal = Portal()
    org = portal.add_by_hand(
        "mairie-crach", "Mairie de Crach", contact_email="mairie@crach.example.fr"
    )
    portal.datasets[org] = 4
    made = replan(portal)
    (step,) = steps_of(made, org)
    changes = {c.field: (c.before, c.after) for c in step.changes}
    assert changes["name"] == ("mairie-crach", "crach-56046")
    assert changes["title"] == ("Mairie de Crach", "Crach")
    assert changes["siren"] == (None, CRACH)
    assert changes["parent"] == (None, "200043123")
    assert step.to_dict()["datasets"] == 4
    rows = portal.apply(made)
    assert portal.groups[org]["extras"]["contact_email"] == "mairie@crach.example.fr"
    assert portal.aliases["name", "mairie-crach"] == CRACH
    assert org in rows.reindexed


def doubtful(portal: Portal) -> list[tuple[str, set[str | None]]]:
    return [
        (step.reason.code, {one.insee for one in step.candidates})
        for step in replan(portal).chosen("doubtful")
    ]


def test_codes_that_contradict_each_other_are_put_to_a_person() -> None:
    portal = Portal()
    portal.add_by_hand("x", "Crach", siren=CRACH, code_insee="56007")
    assert doubtful(portal) == [("contradictory", {"56046", "56007"})]


def test_a_name_with_another_s_siren_is_put_to_a_person() -> None:
    portal = Portal()
    # An association of Crach, with a SIREN of its own.
    portal.add_by_hand("x", "Crach", siren="356000000")
    assert doubtful(portal) == [("contradictory", {"56046"})]


def test_homonyms_are_put_to_a_person() -> None:
    # No département has two communes of one name; a perimeter of several has.
    portal = Portal()
    org = portal.add_by_hand("x", "Mairie de Sainte-Colombe")
    made = replan(portal, "05", "17")
    (step,) = made.chosen("doubtful")
    assert step.reason.code == "homonyms"
    assert {one.departement for one in step.candidates} == {"05", "17"}
    # Neither is created before the person has answered.
    waiting = {one.siren for one in step.candidates}
    assert not waiting & {s.siren for s in made.chosen("create")}
    first = step.candidates[0].siren
    answered = replan(portal, "05", "17", **{org: first})
    (adopted,) = answered.chosen("adopt")
    assert (adopted.siren, adopted.reason.code) == (first, "adopted_choice")
    portal.apply(answered)
    assert replan(portal, "05", "17").is_empty
    # What was answered and done may be answered again.
    assert replan(portal, "05", "17", **{org: first}).is_empty


def test_a_doubt_on_a_name_lasts_until_it_is_answered() -> None:
    portal = Portal()
    org = portal.add_by_hand("x", "Mairie de Gap")
    made = replan(portal, "05", "17")
    assert [step.reason.code for step in made.chosen("doubtful")] == ["name_alone"]
    portal.apply(made)
    # Gap is all that is left to set up: it is not sure for that.
    again = replan(portal, "05", "17")
    assert again.is_empty
    assert [step.reason.code for step in again.chosen("doubtful")] == ["name_alone"]
    portal.apply(replan(portal, "05", "17", **{org: "none"}))
    assert not replan(portal, "05", "17").chosen("doubtful")


def test_a_homonym_that_says_its_departement_is_no_doubt() -> None:
    portal = Portal()
    org = portal.add_by_hand("x", "Sainte-Colombe", departement="17")
    (step,) = steps_of(replan(portal, "05", "17"), org)
    assert (step.verdict, step.insee) == ("adopt", "17319")


def test_two_organisations_for_one_collectivite_are_put_to_a_person() -> None:
    portal = Portal()
    portal.add_by_hand("x", "Crach", siren=CRACH)
    portal.add_by_hand("y", "Mairie de Crach")
    assert doubtful(portal) == [("several_organisations", {"56046"})] * 2


def test_the_answer_nobody_leaves_an_organisation_alone() -> None:
    portal = Portal()
    org = portal.add_by_hand("x", "Crach", siren="356000000")
    made = replan(portal, **{org: "none"})
    assert not made.chosen("doubtful")
    assert len(made.chosen("create")) == 265
    portal.apply(made)
    assert portal.groups[org]["title"] == "Crach"
    # Once the commune has its organisation, nothing is asked again.
    assert replan(portal).is_empty


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ({"gone": CRACH}, "no_organisation"),
        ({"x": "217500016"}, "not_candidate"),
        ({"x": "Crach"}, "not_candidate"),
        ({"x": CRACH, "y": CRACH}, "twice"),
    ],
)
def test_an_answer_that_cannot_be_followed_is_refused(
    answers: dict[str, str], fault: str
) -> None:
    portal = Portal()
    ids = {name: portal.add_by_hand(name, "Crach") for name in ("x", "y")}
    decisions = {ids.get(name, name): siren for name, siren in answers.items()}
    with pytest.raises(WrongDecision) as caught:
        replan(portal, **decisions)
    assert caught.value.fault == fault


def test_groups_and_deleted_organisations_are_nobody() -> None:
    portal = Portal()
    for field in ({"is_organization": False}, {"state": "deleted"}):
        portal.groups[portal.add_by_hand("x" + str(field), "Crach")].update(field)
    assert len(replan(portal).chosen("create")) == 265


def test_an_organisation_that_is_ours_already_is_never_taken_for_another() -> None:
    portal = Portal()
    portal.apply(replan(portal))
    portal.add_by_hand("x", "Crach", siren=CRACH)
    assert replan(portal).is_empty
