"""Names given to what an agent deposits."""

from __future__ import annotations

import pytest

from ckanext.odlocale.publishing.wording import (
    name_release,
    name_release_fully,
    town_hall,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue

NAMES = {
    "2022-budget-primitif-00010": "Budget primitif 2022",
    "2022-decision-modificative-00010": "Décision modificative 2022",
    "2022-decision-modificative-00010-2": "Décision modificative 2022 (2)",
    "2022-00010": "Budget 2022",
    "2021-2023": "Budget 2021–2023",
    "2024-03": "Budget 03/2024",
    "2022": "Budget 2022",
    "complet": "Budget",
    "complet-2": "Budget",
}


@pytest.mark.parametrize(("key", "name"), NAMES.items(), ids=NAMES)
def test_a_key_is_named_with_its_accents(key: str, name: str) -> None:
    assert name_release(load_catalogue().get("budget"), key) == name


def test_an_annexe_is_told_from_the_main_budget() -> None:
    budget = load_catalogue().get("budget")
    names = {
        name_release_fully(budget, f"2022-budget-primitif-{nic}", "Crach")
        for nic in ("00010", "00085")
    }
    assert len(names) == 2


TOWN_HALLS = {
    "Commune de Crach": "Mairie de Crach",
    "Commune d'Auray": "Mairie d'Auray",
    "Commune du Palais": "Mairie du Palais",
    "Lorient Agglomération": "Lorient Agglomération",
}


@pytest.mark.parametrize(("full", "name"), TOWN_HALLS.items(), ids=TOWN_HALLS)
def test_a_town_hall_has_its_article(full: str, name: str) -> None:
    assert town_hall(full) == name
