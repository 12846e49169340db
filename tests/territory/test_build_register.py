"""The script that makes the register, on an invented département."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from ckanext.odlocale.territory.identifiers import is_siren
from ckanext.odlocale.territory.register_files import file_names
from scripts import build_register
from scripts.build_register import SIRENS, BadSource, Source, Upper, build, main

UPPERS = [
    Upper("departement", "225600014", ("56",), "", ""),
    Upper("region", "233500016", (), "53", ""),
]


def commune(code: str, siren: str | None = None, **others: Any) -> dict[str, Any]:
    fields = {"code": code, "nom": f"Nom {code}", "departement": "56", "region": "53"}
    base = {"type": "commune-actuelle", "population": 100, "typeLiaison": 0}
    return fields | base | ({"siren": siren} if siren else {}) | others


def source(*communes: dict[str, Any], members: tuple[str, ...] = ()) -> Source:
    epci = {
        "code": "200043123",
        "nom": "CC  du Bord",
        "type": "CC",
        "populationMunicipale": 200,
        "membres": [{"code": code} for code in members],
    }
    division = {"code": "56", "nom": "Morbihan", "region": "53", "typeLiaison": 2}
    region = {"code": "53", "nom": "Bretagne"}
    return Source(communes, [epci] if members else [], [division], [region])


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


CRACH = commune("56046", "215600461", codesPostaux=["56950"], nom="Crach")
AURAY = commune(
    "56007", "215600073", codesPostaux=["56400"], nom="Auray", typeLiaison=1
)


def test_each_kind_has_its_rows() -> None:
    found = rows(
        build(source(CRACH, AURAY, members=("56046", "56007")), UPPERS).collectivities
    )
    assert [(row["kind"], row["full_name"]) for row in found] == [
        ("region", "Région Bretagne"),
        ("departement", "Département du Morbihan"),
        ("epci", "Communauté de communes du Bord"),
        ("commune", "Commune d'Auray"),
        ("commune", "Commune de Crach"),
    ]
    assert found[-1]["epci_siren"] == "200043123"
    assert found[1]["population"] == "200"


@pytest.mark.parametrize(
    "kind", ["commune-deleguee", "commune-associee", "arrondissement-municipal"]
)
def test_what_is_no_longer_a_commune_is_left_out(kind: str) -> None:
    part = AURAY | {"type": kind, "chefLieu": "56046", "commune": "56046"}
    built = build(source(CRACH, part), UPPERS)
    assert [r["insee"] for r in rows(built.collectivities) if r["insee"]] == ["56046"]


def test_the_codes_that_are_no_communes_lead_to_the_one_that_holds_them() -> None:
    crach = CRACH | {"anciensCodes": ["56901", "56902"]}
    parts = [
        commune("56902", type="commune-deleguee", chefLieu="56046", nom="Loperhet"),
        commune("56903", type="commune-associee", chefLieu="56007", nom="Rostevel"),
        commune("56904", type="arrondissement-municipal", commune="56007", nom="1er"),
        # The part that bears its commune's own code is not a former code.
        commune("56046", type="commune-deleguee", chefLieu="56046", nom="Crach"),
    ]
    found = rows(build(source(crach, AURAY, *parts), UPPERS).successions)
    assert [tuple(row.values()) for row in found] == [
        ("56901", "56046", "merged", ""),
        ("56902", "56046", "deleguee", "Loperhet"),
        ("56903", "56007", "associee", "Rostevel"),
        ("56904", "56007", "arrondissement", "1er"),
    ]


def test_a_commune_deleguee_is_believed_over_the_list_of_another_and_it_is_told() -> (
    None
):
    crach = CRACH | {"anciensCodes": ["56902"]}
    part = commune("56902", type="commune-deleguee", chefLieu="56007", nom="Loperhet")
    built = build(source(crach, AURAY, part), UPPERS)
    assert rows(built.successions)[0]["successor"] == "56007"
    assert "56902: in 56007, and listed by 56046" in built.remarks


@pytest.mark.parametrize("chef", ["56999", ""])
def test_a_former_code_that_leads_nowhere_is_refused(chef: str) -> None:
    part = commune("56902", type="commune-deleguee", chefLieu=chef, nom="Loperhet")
    with pytest.raises(BadSource, match="56902"):
        build(source(CRACH, part), UPPERS)


def test_a_commune_without_siren_is_kept_and_reported() -> None:
    built = build(source(CRACH, commune("97701")), UPPERS)
    assert rows(built.collectivities)[-1]["siren"] == ""
    assert "1 without SIREN" in built.remarks[1]


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        pytest.param(
            source(CRACH | {"siren": "215600462"}), "215600462", id="wrong siren"
        ),
        pytest.param(source(CRACH | {"code": "560460"}), "560460", id="wrong code"),
        pytest.param(source(CRACH, CRACH), "56046", id="twice"),
        pytest.param(source(CRACH, members=("56999",)), "56999", id="unknown member"),
    ],
)
def test_a_wrong_source_is_refused_and_named(bad: Source, named: str) -> None:
    with pytest.raises(BadSource, match=named):
        build(bad, UPPERS)


def test_the_same_source_gives_the_same_bytes() -> None:
    once = build(source(CRACH, AURAY), UPPERS).collectivities
    again = build(source(AURAY, CRACH), UPPERS).collectivities
    assert once == again
    assert build_register.compress(once) == build_register.compress(again)


def write_package(folder: Path, found: Source) -> None:
    (folder / "data").mkdir()
    for name in ("communes", "epci", "departements", "regions"):
        text = json.dumps(getattr(found, name))
        (folder / "data" / f"{name}.json").write_text(text, "utf-8")


def test_the_command_writes_then_says_up_to_date_then_different(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sirens = tmp_path / "sirens.csv"
    sirens.write_text(
        "kind,siren,departements,region,full_name\n"
        "departement,225600014,56,,\nregion,233500016,,53,\n"
    )
    monkeypatch.setattr(build_register, "SIRENS", sirens)
    package, output = tmp_path / "package", tmp_path / "out"
    package.mkdir()
    write_package(package, source(CRACH))
    command = ["--package", str(package), "--output", str(output)]
    assert main([*command, "--check"]) == 1
    assert main(command) == 0
    assert main([*command, "--check"]) == 0
    assert {path.name for path in output.iterdir()} == set(file_names(2026))
    for name in file_names(2026):
        path = output / name
        kept = path.read_bytes()
        path.write_bytes(gzip.compress(b"other"))
        assert main([*command, "--check"]) == 1
        path.unlink()
        assert main([*command, "--check"]) == 1
        path.write_bytes(kept)
    assert main([*command, "--check"]) == 0


def test_a_missing_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--package", str(tmp_path)]) == 2
    assert "communes.json" in capsys.readouterr().err


def test_every_siren_above_the_communes_is_right_and_there_once() -> None:
    uppers = build_register.read_uppers(SIRENS)
    sirens = [upper.siren for upper in uppers]
    assert all(map(is_siren, sirens))
    assert len(sirens) == len(set(sirens))
    covered = [code for upper in uppers for code in upper.departements]
    assert len(covered) == len(set(covered)) == 101
