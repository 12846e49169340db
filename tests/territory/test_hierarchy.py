"""Who is put under whom."""

from __future__ import annotations

from collections import Counter

import pytest

from ckanext.odlocale.territory.hierarchy import choose_parents
from ckanext.odlocale.territory.register import Register

from .builders import perimeter_of

REGISTER = Register.load()
MORBIHAN, LOIRE_ATLANTIQUE = "225600014", "224400028"
CAP_ATLANTIQUE = "244400610"


def parents_for(*codes: str, **settled: str) -> dict[str, str]:
    known = {siren.removeprefix("s"): parent for siren, parent in settled.items()}
    return choose_parents(REGISTER, perimeter_of(*codes), known)


def siren_of(insee: str) -> str:
    commune = REGISTER.commune(insee)
    assert commune is not None
    return commune.siren


def test_a_commune_is_under_its_grouping_and_that_under_the_departement() -> None:
    parents = parents_for("56")
    assert parents[siren_of("56046")] == "200043123"
    assert parents["200043123"] == MORBIHAN
    assert MORBIHAN not in parents


def test_a_grouping_seated_elsewhere_is_under_the_departement_of_the_perimeter() -> (
    None
):
    assert parents_for("56")[CAP_ATLANTIQUE] == MORBIHAN


def test_of_two_departements_a_grouping_goes_to_that_of_its_inhabitants() -> None:
    parents = parents_for("44", "56")
    assert parents[CAP_ATLANTIQUE] == LOIRE_ATLANTIQUE


def test_nobody_gets_rights_over_another_departements_communes() -> None:
    parents = parents_for("44", "56")
    # Férel is in Morbihan and in Cap Atlantique, which is now under 44.
    assert parents[siren_of("56058")] == MORBIHAN
    assert parents[siren_of("44055")] == CAP_ATLANTIQUE


def test_a_grouping_keeps_the_parent_it_has() -> None:
    parents = parents_for("44", s244400610=MORBIHAN)
    assert parents[CAP_ATLANTIQUE] == MORBIHAN
    assert parents[siren_of("44055")] == LOIRE_ATLANTIQUE


def test_an_island_in_no_grouping_is_directly_under_its_departement() -> None:
    assert parents_for("29")[siren_of("29155")] == "222900011"


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        pytest.param(["69"], {"commune under epci", "epci under departement"}, id="69"),
        pytest.param(
            ["2A", "2B"],
            {"commune under epci", "epci under region"},
            id="Corsica",
        ),
        pytest.param(["75"], {"commune under epci"}, id="Paris is under its métropole"),
        pytest.param(
            ["67", "68"],
            {"commune under epci", "epci under departement"},
            id="Alsace",
        ),
    ],
)
def test_the_shapes_of_a_territory(codes: list[str], expected: set[str]) -> None:
    parents = parents_for(*codes)
    shapes = Counter()
    for child, parent in parents.items():
        low, high = REGISTER.by_siren(child), REGISTER.by_siren(parent)
        assert low is not None
        assert high is not None
        shapes[f"{low.kind} under {high.kind}"] += 1
    assert expected <= shapes.keys()


def test_the_metropole_of_lyon_is_under_nobody() -> None:
    lyon = REGISTER.commune("69123")
    assert lyon is not None
    parents = parents_for("69")
    assert parents[lyon.siren] == lyon.epci_siren
    assert lyon.epci_siren not in parents


@pytest.mark.parametrize("code", sorted(REGISTER.divisions))
def test_no_collectivity_is_above_itself(code: str) -> None:
    parents = parents_for(code)
    for start in parents:
        seen = {start}
        while start in parents:
            start = parents[start]
            assert start not in seen
            seen.add(start)
