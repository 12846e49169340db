"""SIREN, SIRET, INSEE codes and names of organisations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.odlocale.territory.identifiers import (
    NAME_MAX_LENGTH,
    default_siret,
    is_insee,
    is_siren,
    is_siret,
    organization_name,
)
from ckanext.odlocale.territory.register import Collectivity, Register


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("215600461", True, id="crach"),
        pytest.param("225600014", True, id="morbihan"),
        pytest.param("356000000", True, id="la poste"),
        pytest.param("215600462", False, id="wrong check digit"),
        pytest.param("21560046", False, id="eight figures"),
        pytest.param("2156004610", False, id="ten figures"),
        pytest.param("000000000", False, id="zeros pass Luhn and are nobody"),
        pytest.param("215 600 461", False, id="spaces"),
        pytest.param("21560046A", False, id="letter"),
        pytest.param("٢١٥٦٠٠٤٦١", False, id="arabic figures"),
        pytest.param("215600461\n", False, id="line feed"),
        pytest.param("", False, id="empty"),
    ],
)
def test_a_siren_is_nine_figures_whose_luhn_sum_is_right(
    text: str, expected: bool
) -> None:
    assert is_siren(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("21560046100010", True, id="main budget"),
        pytest.param("21560046100085", True, id="another establishment"),
        pytest.param("21560046100011", False, id="wrong check digit"),
        pytest.param("2156004610001", False, id="thirteen figures"),
        pytest.param("35600000000048", True, id="la poste, head office, by Luhn"),
        pytest.param("35600000049837", True, id="la poste, sum multiple of 5"),
        pytest.param("35600000049838", False, id="la poste, sum not multiple of 5"),
        pytest.param("12345678900006", False, id="its siren is wrong"),
    ],
)
def test_a_siret_is_a_siren_and_an_establishment(text: str, expected: bool) -> None:
    assert is_siret(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("56046", True),
        ("01001", True),
        ("2A004", True),
        ("2B033", True),
        ("97101", True),
        ("98818", True),
        ("20004", False),
        ("2C004", False),
        ("00001", True),
        ("5604", False),
        ("560460", False),
        ("2a004", False),
        ("5604A", False),
    ],
)
def test_an_insee_code_is_written_as_the_cog_writes_it(
    text: str, expected: bool
) -> None:
    assert is_insee(text) is expected


def test_every_code_of_the_register_is_accepted() -> None:
    refused = [
        c
        for c in Register.load()
        if not is_siren(c.siren) or (c.insee is not None and not is_insee(c.insee))
    ]
    assert refused == []


@given(st.integers(min_value=1, max_value=99_999_999))
def test_the_default_siret_of_any_siren_is_a_siret(stem: int) -> None:
    siren = next(s for d in range(10) if is_siren(s := f"{stem:08}{d}"))
    assert is_siret(default_siret(siren))
    assert default_siret(siren).startswith(siren + "0001")


def test_no_default_siret_is_made_from_a_wrong_siren() -> None:
    with pytest.raises(ValueError, match="not a SIREN"):
        default_siret("215600462")


def named(name: str, insee: str | None = "56046") -> Collectivity:
    kind = "commune" if insee else "epci"
    return Collectivity("215600461", insee, kind, name, None, None, "56", "53")


@pytest.mark.parametrize(
    ("collectivity", "expected"),
    [
        pytest.param(named("Crach"), "crach-56046", id="plain"),
        pytest.param(named("L'Île-d'Yeu"), "l-ile-d-yeu-56046", id="apostrophes"),
        pytest.param(named("Bœurs", None), "boeurs-215600461", id="ligature, siren"),
        pytest.param(named("Ajaccio", "2A004"), "ajaccio-2a004", id="corsica"),
        pytest.param(named("Œ" * 200), "oe" * 47 + "-56046", id="200 characters"),
        pytest.param(named("’’"), "56046", id="nothing but apostrophes"),
    ],
)
def test_an_organization_is_named_by_its_slug_and_its_code(
    collectivity: Collectivity, expected: str
) -> None:
    assert organization_name(collectivity) == expected
    assert len(organization_name(collectivity)) <= NAME_MAX_LENGTH


def test_no_two_collectivites_have_the_same_organization_name() -> None:
    names = [organization_name(collectivity) for collectivity in Register.load()]
    assert len(names) == len(set(names))
