"""The plugin as CKAN sees it."""

from __future__ import annotations

from unittest import mock

import ckan.plugins as p
import ckantoolkit as tk
import pytest
from ckan.common import config_declaration
from ckan.exceptions import CkanConfigurationException
from ckan.tests import factories

from ckanext.odlocale.base.safety import ACCEPTED_OPTION, Setting, list_settings
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


#: Settings on accounts, sessions and forms that an operator may change, and why.
OPEN_SETTINGS = {
    "ckan.auth.enable_cookie_auth_in_api": "the API asks for the session's token",
    "ckan.auth.route_after_login": "a page of the portal's",
    "SESSION_COOKIE_NAME": "a name",
    "SESSION_KEY_PREFIX": "a name",
    "SESSION_COOKIE_PATH": "a name",
    "SESSION_REFRESH_EACH_REQUEST": "people/sessions.py ends them",
    "SESSION_PERMANENT": "people/sessions.py ends them",
    "SESSION_USE_SIGNER": "the cookie holds a random name",
    "PERMANENT_SESSION_LIFETIME": "people/sessions.py ends them",
    "REMEMBER_COOKIE_NAME": "a name",
    "REMEMBER_COOKIE_PATH": "a name",
    "REMEMBER_COOKIE_DURATION": "people/sessions.py ends them",
    "REMEMBER_COOKIE_REFRESH_EACH_REQUEST": "people/sessions.py ends them",
    "WTF_CSRF_SECRET_KEY": "a secret, by default the portal's",
    "WTF_CSRF_FIELD_NAME": "a name",
    "WTF_CSRF_HEADERS": "a name",
    "WTF_CSRF_META_NAME": "a name",
    "WTF_CSRF_TIME_LIMIT": "a token is its session's",
    "api_token.nbytes": "32 by default",
    "api_token.jwt.encode.secret": "a secret, by default the portal's",
    "api_token.jwt.decode.secret": "a secret, by default the portal's",
}


def test_each_setting_of_ckan_on_people_is_watched_or_open() -> None:
    """One that another version of CKAN brings fails until somebody has looked at it."""
    about = ("ckan.auth.", "SESSION_", "PERMANENT_SESSION_", "REMEMBER_", "WTF_CSRF_",
             "api_token.")  # fmt: skip
    declared = {
        str(one)
        for one in config_declaration.iter_options()
        if str(one).startswith(about) and "<" not in str(one)
    }
    watched = {one.name for one in list_settings("https://a.example")}
    assert declared - watched == set(OPEN_SETTINGS)
    assert not watched & set(OPEN_SETTINGS)


@pytest.mark.parametrize(
    "one", list_settings("https://a.example"), ids=lambda one: one.name
)
def test_a_portal_that_is_loosened_by_oversight_does_not_start(one: Setting) -> None:
    value = not one.value if isinstance(one.value, bool) else "autre"
    loose = {one.name: value, "ckan.site_url": "https://a.example"}
    secure = dict.fromkeys(("SESSION_COOKIE_SECURE", "REMEMBER_COOKIE_SECURE"), True)
    with mock.patch.dict(tk.config, {**secure, **loose}):
        with pytest.raises(CkanConfigurationException, match=one.name):
            require_safe_settings()
        with mock.patch.dict(tk.config, {ACCEPTED_OPTION: [one.name]}):
            require_safe_settings()
