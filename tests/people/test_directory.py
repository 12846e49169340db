"""The State's directory: which address a commune has."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from ckanext.odlocale.people.directory import (
    DirectoryUnavailable,
    addresses_of,
    fetch_departement,
    read_rows,
)
from tests.conftest import Serve, answer, local_client

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


#: Where the directory exports its lines, as its own documentation has it.
EXPORT = "/api/explore/v2.1/catalog/datasets/api-lannuaire-administration/exports/json"


@pytest.mark.parametrize("departement", ["56", "2A", "974"])
def test_the_town_halls_of_one_departement_are_asked_for(
    serve: Serve, departement: str
) -> None:
    lines = [row("Mairie - Crach", "mairie@crach.example.fr", "56046")]
    server = serve({EXPORT: answer(json.dumps(lines).encode())})
    found = fetch_departement(local_client(), departement, server.url(""))
    assert addresses_of(found) == {"56046": "mairie@crach.example.fr"}
    ((path, _),) = server.requests
    assert parse_qs(urlsplit(path).query) == {
        "where": [
            f'pivot LIKE "mairie" AND startswith(code_insee_commune,"{departement}")'
        ],
        "select": ["nom,pivot,code_insee_commune,adresse_courriel"],
    }


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        pytest.param(429, b"{}", "HTTP status 429", id="quota"),
        pytest.param(503, b"down", "HTTP status 503", id="down"),
        pytest.param(200, b"<html>Maintenance</html>", "html", id="HTML"),
        pytest.param(200, b'[{"nom": "Mai', "Mai", id="cut"),
        pytest.param(200, b'{"error": "x"}', "not a list of town halls", id="refused"),
    ],
)
def test_a_directory_that_fails_says_how(
    serve: Serve, status: int, body: bytes, cause: str
) -> None:
    server = serve({EXPORT: answer(body, status)})
    with pytest.raises(DirectoryUnavailable) as caught:
        fetch_departement(local_client(), "56", server.url(""))
    assert cause in caught.value.cause


def test_no_directory_at_all_says_so() -> None:
    with pytest.raises(DirectoryUnavailable):
        fetch_departement(local_client(), "56", "http://127.0.0.1:9")


@pytest.mark.parametrize("departement", ["", "5", '56" OR "1', "../56", "2a"])
def test_what_is_no_departement_is_not_asked_for(departement: str) -> None:
    with pytest.raises(DirectoryUnavailable, match="no département"):
        fetch_departement(local_client(), departement, "http://127.0.0.1:9")
