"""Settings that must not be loosened by oversight."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.base.safety import (
    ACCEPTED_OPTION,
    SETTINGS,
    list_loosened,
    list_settings,
)

SAFE: dict[str, Any] = {one.name: one.value for one in SETTINGS}
HTTPS = {**SAFE, "ckan.site_url": "https://donnees.departement.example"}
LOOSE = {
    **{
        name: not value if isinstance(value, bool) else value
        for name, value in SAFE.items()
    },
    "ckan.auth.roles_that_cascade_to_sub_groups": ["admin", "editor"],
    "ckan.auth.login_view": "autre.login",
    "ckan.gravatar_default": "identicon",
    "ckan.user.unique_email_states": ["pending"],
    "WTF_CSRF_METHODS": ["POST"],
    "SESSION_TYPE": "cookie",
    "SESSION_COOKIE_DOMAIN": ".departement.example",
    "REMEMBER_COOKIE_DOMAIN": ".departement.example",
    "api_token.jwt.algorithm": "none",
    "SESSION_COOKIE_SAMESITE": "None",
    "REMEMBER_COOKIE_SAMESITE": None,
    "ckanext.odlocale.journal_days": 36_500,
    "ckanext.odlocale.login_days": 30,
    "ckanext.odlocale.session_idle_minutes": 10_000_000,
    "ckanext.odlocale.session_minutes": 0,
}


@pytest.mark.parametrize("name", SAFE)
def test_each_setting_that_is_loosened_is_named_with_its_risk(name: str) -> None:
    (told,) = list_loosened({**HTTPS, name: LOOSE[name]})
    setting = next(one for one in SETTINGS if one.name == name)
    assert told.startswith(f"{name} = ")
    assert setting.risk in told
    assert ACCEPTED_OPTION in told


@pytest.mark.parametrize("name", SAFE)
def test_a_setting_that_is_accepted_is_not(name: str) -> None:
    assert list_loosened({**HTTPS, name: LOOSE[name]}, [name]) == []


def test_what_to_write_is_said_as_it_is_written() -> None:
    name = "ckan.auth.roles_that_cascade_to_sub_groups"
    (told,) = list_loosened({**HTTPS, name: ["admin", "editor"]})
    assert f"{name} = admin editor" in told
    assert f"Write {name} = admin," in told


def test_a_stricter_value_is_safe() -> None:
    assert list_loosened({**HTTPS, "SESSION_COOKIE_SAMESITE": "Strict"}) == []


def test_a_longer_list_of_methods_is_safe() -> None:
    more = ["DELETE", "PATCH", "POST", "PUT", "GET"]
    assert list_loosened({**HTTPS, "WTF_CSRF_METHODS": more}) == []


@pytest.mark.parametrize(
    ("days", "held"),
    [(179, False), (180, True), (366, True), (367, False), (0, False), ("200", False)],
)
def test_logs_of_people_are_kept_six_months_to_a_year(days: Any, held: bool) -> None:
    for name in ("journal_days", "login_days"):
        told = list_loosened({**HTTPS, f"ckanext.odlocale.{name}": days})
        assert bool(told) is not held


def test_the_sentence_is_in_the_operators_language() -> None:
    french = translator("fr").gettext
    for name in SAFE:
        (told,) = list_loosened({**HTTPS, name: LOOSE[name]}, (), french)
        assert told != list_loosened({**HTTPS, name: LOOSE[name]})[0]
        assert "Écrivez" in told
    assert "accepted_risks" in list_loosened(HTTPS, ["rien"], french)[0]


def test_cookies_need_https_only_where_there_is_some() -> None:
    plain = {**SAFE, "ckan.site_url": "http://127.0.0.1:5000"}
    assert list_loosened({**plain, "SESSION_COOKIE_SECURE": False}) == []
    watched = {one.name for one in list_settings("http://127.0.0.1:5000")}
    assert "SESSION_COOKIE_SECURE" not in watched


def test_an_accepted_name_that_is_mistaken_is_told() -> None:
    (told,) = list_loosened(HTTPS, ["ckan.auth.create_user_via_wab"])
    assert "create_user_via_wab" in told


def test_a_setting_that_is_missing_is_not_held() -> None:
    assert len(list_loosened({"ckan.site_url": "http://a.example"})) == sum(
        one.value not in (False, None) for one in list_settings("http://a.example")
    )
