"""The register that is shipped."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import pytest

from ckanext.odlocale.territory.register import (
    DATA,
    LATEST_VINTAGE,
    Collectivity,
    Register,
    UnknownVintage,
)

REGISTER = Register.load()


def test_it_counts_what_the_2026_cog_counts() -> None:
    counted = Counter(collectivity.kind for collectivity in REGISTER)
    assert counted == {"commune": 34875, "epci": 1255, "departement": 95, "region": 17}


def test_the_shipped_file_is_under_one_megabyte() -> None:
    assert (DATA / f"cog-{LATEST_VINTAGE}.csv.gz").stat().st_size < 1_000_000


def test_crach_is_described_in_full() -> None:
    assert REGISTER.commune("56046") == Collectivity(
        siren="215600461",
        insee="56046",
        kind="commune",
        name="Crach",
        population=3423,
        epci_siren="200043123",
        departement="56",
        region="53",
        full_name="Commune de Crach",
        postal_codes=("56950",),
    )


def test_morbihan_has_its_head_its_groupings_and_its_communes() -> None:
    members = REGISTER.departement("56")
    assert Counter(m.kind for m in members) == {
        "departement": 1,
        "epci": 15,
        "commune": 249,
    }
    assert members[0].siren == "225600014"
    # Seats in Ille-et-Vilaine and in Loire-Atlantique, communes in Morbihan.
    assert {"243500741", "244400610"} <= {m.siren for m in members}


def test_a_grouping_belongs_where_most_of_its_inhabitants_live() -> None:
    redon = REGISTER.by_siren("243500741")
    assert redon is not None
    assert redon.departement == "35"


@pytest.mark.parametrize(
    ("code", "siren", "kind"),
    [
        pytest.param("56", "225600014", "departement", id="an ordinary one"),
        pytest.param("67", "200094332", "departement", id="Alsace, Bas-Rhin"),
        pytest.param("68", "200094332", "departement", id="Alsace, Haut-Rhin"),
        pytest.param("2A", "200076958", "region", id="Corsica, south"),
        pytest.param("2B", "200076958", "region", id="Corsica, north"),
        pytest.param("75", "217500016", "commune", id="Paris"),
        pytest.param("972", "200055507", "region", id="Martinique"),
        pytest.param("973", "200052678", "region", id="Guyane"),
        pytest.param("976", "229850003", "departement", id="Mayotte"),
    ],
)
def test_each_departement_is_headed_by_who_has_its_powers(
    code: str, siren: str, kind: str
) -> None:
    head = REGISTER.head(code)
    assert head is not None
    assert (head.siren, head.kind) == (siren, kind)


def test_every_departement_with_a_commune_has_a_head() -> None:
    headless = [
        code
        for code in REGISTER.divisions
        if REGISTER.departement(code) and REGISTER.head(code) is None
    ]
    assert headless == []


@pytest.mark.parametrize(
    ("insee", "name", "postal_code"),
    [
        ("75056", "Paris", "75020"),
        ("69123", "Lyon", "69009"),
        ("13055", "Marseille", "13016"),
        ("2A004", "Ajaccio", "20090"),
        ("97411", "Saint-Denis", "97400"),
    ],
)
def test_communes_that_are_easily_wrong_are_right(
    insee: str, name: str, postal_code: str
) -> None:
    commune = REGISTER.commune(insee)
    assert commune is not None
    assert commune.name == name
    assert postal_code in commune.postal_codes
    assert insee in REGISTER.with_postal_code(postal_code)


@pytest.mark.parametrize(
    "insee",
    [
        pytest.param("75101", id="arrondissement of Paris"),
        pytest.param("69381", id="arrondissement of Lyon"),
        pytest.param("13201", id="arrondissement of Marseille"),
        pytest.param("01039", id="Béon, commune déléguée"),
        pytest.param("01120", id="Cordieux, commune associée"),
    ],
)
def test_what_is_not_a_legal_person_is_not_a_commune(insee: str) -> None:
    assert REGISTER.commune(insee) is None


def test_no_delegated_nor_associated_commune_is_left_by_its_number() -> None:
    # Were they in, the total would be 37,451 and not the COG's own.
    assert sum(c.kind == "commune" for c in REGISTER) == 34875


def test_communes_without_siren_are_told_apart() -> None:
    lost = REGISTER.unidentified()
    assert len(lost) == 94
    assert {commune.departement for commune in lost} == {
        *("975", "977", "978", "984", "986", "987", "988", "989")
    }
    assert REGISTER.commune("98818") is None
    assert [c.name for c in REGISTER.unidentified("977")] == ["Saint-Barthélemy"]


def test_islands_in_no_grouping_are_known() -> None:
    alone = {c.insee for c in REGISTER if c.kind == "commune" and not c.epci_siren}
    assert alone == {"22016", "29083", "29155", "85113"}


def test_every_commune_leads_to_a_grouping_of_the_register() -> None:
    groupings = {c.siren for c in REGISTER if c.kind == "epci"}
    asked = {c.epci_siren for c in REGISTER if c.epci_siren}
    assert asked == groupings


def test_the_rhone_does_not_count_the_metropole_of_lyon() -> None:
    rhone = REGISTER.by_siren("226900017")
    assert rhone is not None
    assert rhone.population is not None
    assert 400_000 < rhone.population < 600_000


@pytest.mark.parametrize("code", ["20", "00", "", "56046", "99"])
def test_an_unknown_departement_is_empty(code: str) -> None:
    assert REGISTER.departement(code) == ()
    assert REGISTER.head(code) is None


def test_an_unknown_vintage_is_refused() -> None:
    with pytest.raises(UnknownVintage, match="1789"):
        Register.load(1789)


def test_it_is_read_once_for_the_process() -> None:
    assert Register.load() is Register.load(LATEST_VINTAGE)


def test_a_collectivity_cannot_be_changed() -> None:
    assert {field.name for field in fields(Collectivity)} >= {"siren", "insee", "kind"}
    with pytest.raises(AttributeError):
        REGISTER.commune("56046").name = "Autre"  # type: ignore[union-attr, misc]
