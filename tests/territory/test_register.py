"""The register that is shipped."""

from __future__ import annotations

import csv
import time
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from ckanext.odlocale.territory.register import (
    DATA,
    LATEST_VINTAGE,
    Collectivity,
    Register,
    Succession,
    UnknownVintage,
)
from ckanext.odlocale.territory.register_files import read_files

ROOT = Path(__file__).resolve().parent.parent
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


GONE = list(csv.DictReader((ROOT / "data/communes-gone-2023-2026.csv").open()))


def test_every_commune_gone_since_2023_leads_to_a_commune_of_today() -> None:
    assert len(GONE) == 81
    found = {line["insee"]: REGISTER.successor(line["insee"]) for line in GONE}
    assert {code: heir and heir.insee for code, heir in found.items()} == {
        line["insee"]: line["successor"] for line in GONE
    }


@pytest.mark.parametrize(
    ("code", "heir"),
    [
        pytest.param("22027", "Plumieux", id="Le Cambout, merged in 2025"),
        pytest.param("35112", "La Chapelle-Fleurigné", id="Fleurigné"),
        pytest.param("12076", "Conques-en-Rouergue", id="the same one, recoded"),
        pytest.param("02285", "Saint-Souplet", id="across two départements"),
        # Listed by Beaumont-les-Nonains, which left Les Hauts-Talican since.
        pytest.param("60455", "Les Hauts-Talican", id="a commune split again"),
    ],
)
def test_a_former_code_leads_to_the_commune_that_took_it_in(
    code: str, heir: str
) -> None:
    found = REGISTER.successor(code)
    assert found is not None
    assert found.name == heir


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("56046", id="current"),
        pytest.param("15031", id="Celles, established again in 2025"),
        pytest.param("60054", id="Beaumont-les-Nonains, idem"),
        pytest.param("97701", id="current, without SIREN"),
        pytest.param("99999", id="unknown"),
        pytest.param("", id="empty"),
    ],
)
def test_a_code_that_is_current_or_unknown_has_no_successor(code: str) -> None:
    assert REGISTER.successor(code) is None


def test_a_chain_of_mergers_is_followed_to_its_end_and_a_loop_is_left() -> None:
    def merged(code: str, into: str) -> Succession:
        return Succession(code, into, "merged", "")

    chain = [("56901", "56902"), ("56902", "56046"), ("56903", "56904")]
    loop = [*chain, ("56904", "56903")]
    facts = {code: merged(code, into) for code, into in loop}
    register = Register(2026, REGISTER.rows, REGISTER.divisions, facts)
    assert register.successor("56901") == REGISTER.commune("56046")
    assert register.successor("56903") is None


@pytest.mark.parametrize(
    ("code", "insee", "kind"),
    [
        pytest.param("56046", "56046", None, id="an INSEE code"),
        pytest.param("215600461", "56046", None, id="a SIREN"),
        pytest.param("21560046100010", "56046", None, id="a SIRET"),
        pytest.param("75101", "75056", "arrondissement", id="Paris 1er"),
        pytest.param("69389", "69123", "arrondissement", id="Lyon 9e"),
        pytest.param("13216", "13055", "arrondissement", id="Marseille 16e"),
        pytest.param("01039", "01138", "deleguee", id="Béon, déléguée"),
        pytest.param("01120", "01262", "associee", id="Cordieux, associée"),
        pytest.param("2A004", "2A004", None, id="Ajaccio"),
        pytest.param("97411", "97411", None, id="Saint-Denis de La Réunion"),
    ],
)
def test_every_code_leads_to_the_commune_that_answers_for_it(
    code: str, insee: str, kind: str | None
) -> None:
    found = REGISTER.resolve(code)
    assert found is not None
    assert found.collectivity.insee == insee
    assert (found.former and found.former.kind) == kind


@pytest.mark.parametrize(
    "code", ["99999", "97701", "215600462", "21560046100011", "", "56", "Crach"]
)
def test_a_code_that_is_nobodys_leads_nowhere(code: str) -> None:
    assert REGISTER.resolve(code) is None


def test_all_45_arrondissements_lead_to_paris_lyon_and_marseille() -> None:
    found = Counter(
        one.successor
        for one in REGISTER.successions.values()
        if one.kind == "arrondissement"
    )
    assert found == {"75056": 20, "13055": 16, "69123": 9}


def test_a_region_is_found_by_its_code_with_its_departements() -> None:
    bretagne, corse = REGISTER.region("53"), REGISTER.region("94")
    assert bretagne is not None
    assert bretagne.siren == "233500016"
    assert REGISTER.departements_of("53") == ("22", "29", "35", "56")
    assert corse is not None
    assert corse.name == "Collectivité de Corse"
    # The Département-Région of Mayotte is a département in the register.
    assert REGISTER.region("06") is None
    assert REGISTER.departements_of("06") == ("976",)


def test_the_whole_of_france_is_read_and_built_in_seconds() -> None:
    files = read_files(LATEST_VINTAGE, ())
    started = time.perf_counter()
    register = Register(LATEST_VINTAGE, files.collectivities, REGISTER.divisions)
    assert sum(1 for _ in register) == 36242
    # 0.2 s on an ordinary machine; a loop within a loop would take minutes.
    assert time.perf_counter() - started < 5


def test_each_collectivity_is_made_once() -> None:
    assert REGISTER.commune("56046") is REGISTER.by_siren("215600461")


def test_an_overlay_replaces_rows_adds_others_and_leaves_the_shipped_one() -> None:
    row = REGISTER.row("56046")
    assert row is not None
    renamed = (*row[:3], "Krac'h", *row[4:])
    added = ("epci", "243500741", "", "CC Neuve", "", "CC", "", "", "56", "53", "")
    found = REGISTER.overlaid({"56046": renamed, "999": added})
    commune = found.commune("56046")
    assert commune is not None
    assert commune.name == "Krac'h"
    assert len(found.rows) == len(REGISTER.rows) + 1
    assert REGISTER.commune("56046").name == "Crach"  # type: ignore[union-attr]
