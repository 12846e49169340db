"""The plugin as CKAN sees it."""

from __future__ import annotations

from unittest import mock

import ckan.plugins as p
import ckantoolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException
from ckan.tests import factories

from ckanext.odlocale.base.safety import ACCEPTED_OPTION, list_settings
from ckanext.odlocale.base.watch import require_safe_settings


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


def test_what_ckan_leaves_open_is_safe_unless_written() -> None:
    for one in list_settings(tk.config["ckan.site_url"]):
        assert one.is_held(tk.config), one.name


@pytest.mark.parametrize("name", ["ckan.auth.public_user_details", "WTF_CSRF_ENABLED"])
def test_a_portal_that_is_loosened_by_oversight_does_not_start(name: str) -> None:
    loose = {name: not tk.config[name]}
    with mock.patch.dict(tk.config, loose):
        with pytest.raises(CkanConfigurationException, match=name):
            require_safe_settings()
        with mock.patch.dict(tk.config, {ACCEPTED_OPTION: [name]}):
            require_safe_settings()
