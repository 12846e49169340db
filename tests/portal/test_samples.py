"""Demonstration data conform to the national models, a capital letter apart."""

from __future__ import annotations

import pytest

from ckanext.odlocale.portal.samples import budget_csv, deliberations_csv
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.correcting import apply_safe
from ckanext.odlocale.scdl.reading import read

SIRET = "21560046100010"


@pytest.mark.parametrize(
    ("slug", "content"),
    [
        ("budget", budget_csv("Crach", SIRET, 2025)),
        ("deliberations", deliberations_csv("Crach", SIRET, 2025)),
    ],
)
def test_a_sample_is_valid_once_its_safe_corrections_are_applied(
    slug: str, content: bytes
) -> None:
    schema = load_catalogue().get(slug)
    table = read(content, f"{slug}.csv")
    report = check(table, schema)
    corrected = apply_safe(table, schema, report)
    assert check(corrected.table, schema).valid


def test_one_siren_always_gives_the_same_file() -> None:
    assert budget_csv("A", SIRET, 2025) == budget_csv("A", SIRET, 2025)
    assert budget_csv("A", SIRET, 2025) != budget_csv("A", SIRET, 2024)
