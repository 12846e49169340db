"""The State's directory: which address a commune has."""

from __future__ import annotations

import json

import pytest

from ckanext.odlocale.people.directory import (
    DirectoryUnavailable,
    addresses_of,
    read_rows,
)

MAIRIE = json.dumps([{"type_service_local": "mairie", "code_insee_commune": ["50041"]}])


def row(name: str, email: str | None, code: str = "50041", pivot: str = MAIRIE) -> dict:
    return {
        "nom": name,
        "adresse_courriel": email,
        "code_insee_commune": code,
        "pivot": pivot,
    }


def test_the_main_town_hall_s_first_usable_address_serves() -> None:
    rows = [
        row("Mairie déléguée - Beaumont-Hague", "beaumont@lahague.example.fr"),
        row("Mairie - La Hague", "pas une adresse;Mairie@LaHague.example.fr"),
        row("Mairie - Annexe de Jobourg", "jobourg@lahague.example.fr"),
        row("Mairie - Crach", None, "56046"),
        row("Préfecture", "p@example.fr", "35238", '[{"type_service_local":"pref"}]'),
        row("Mairie cassée", "x@example.fr", "01001", "{"),
    ]
    assert addresses_of(rows) == {"50041": "mairie@lahague.example.fr"}


@pytest.mark.parametrize("answer", [None, "x", [1], {"error": "quota"}])
def test_what_is_no_directory_is_refused(answer: object) -> None:
    with pytest.raises(DirectoryUnavailable):
        read_rows(answer)


def test_a_page_of_results_is_read_too() -> None:
    assert read_rows({"total_count": 1, "results": [{"nom": "x"}]}) == [{"nom": "x"}]
