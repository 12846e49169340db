"""The plugin as CKAN sees it."""

from __future__ import annotations

import ckan.plugins as p
import ckantoolkit as tk
import pytest
from ckan.tests import factories


def test_every_plugin_of_the_portal_is_loaded() -> None:
    for name in tk.config["ckan.plugins"]:
        assert p.plugin_loaded(name)


FRENCH = {
    "accents typed or not": ("ecole", "École communale"),
    "elision": ("l'eau", "Qualité de l’eau potable"),
    "the word behind an elision": ("eau", "Réseau d’eau"),
    "plural and accents": ("deliberation", "Délibérations du conseil"),
    "words between": ("budget commune", "Budget de la commune"),
    "synonym": ("defibrillateur", "DAE du territoire"),
}


@pytest.mark.parametrize("case", FRENCH)
def test_search_reads_french(case: str) -> None:
    words, title = FRENCH[case]
    organization = factories.Organization()
    dataset = factories.Dataset(owner_org=organization["id"], title=title)
    found = tk.get_action("package_search")({}, {"q": words, "rows": 1000})
    assert dataset["id"] in {result["id"] for result in found["results"]}


def test_search_does_not_find_everything() -> None:
    organization = factories.Organization()
    dataset = factories.Dataset(owner_org=organization["id"], title="Prénoms")
    found = tk.get_action("package_search")({}, {"q": "deliberation", "rows": 1000})
    assert dataset["id"] not in {result["id"] for result in found["results"]}
