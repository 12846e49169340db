"""What an operator writes of a provider: refused where it would be unsafe, or fail."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.people.oidc_settings import list_faults, read_settings

SECRET = "un secret que personne ne doit lire"
GOOD: dict[str, Any] = {
    "ckanext.odlocale.oidc_issuer": "https://auth.agentconnect.gouv.fr/api/v2",
    "ckanext.odlocale.oidc_client_id": "portail",
    "ckanext.odlocale.oidc_client_secret": SECRET,
    "ckanext.odlocale.oidc_scopes": ["openid", "email", "siret"],
    "ckanext.odlocale.oidc_label": "",
    "ckanext.odlocale.oidc_acr": [],
    "ckanext.odlocale.oidc_mfa_acr": ["eidas2"],
    "ckanext.odlocale.oidc_signed_userinfo": True,
    "ckanext.odlocale.oidc_entry": "everybody",
    "ckanext.odlocale.oidc_days": 90,
    "ckanext.odlocale.allowed_hosts": [],
    "SESSION_TYPE": "redis",
    "SESSION_COOKIE_SAMESITE": "Lax",
}
EMPTY = {**GOOD, "ckanext.odlocale.oidc_issuer": ""}


def with_(**changes: Any) -> dict[str, Any]:
    named = {f"ckanext.odlocale.oidc_{name}": value for name, value in changes.items()}
    return {**GOOD, **named}


def test_what_is_well_written_is_taken() -> None:
    assert list_faults(GOOD) == []
    settings = read_settings(GOOD)
    assert settings is not None
    assert settings.is_proconnect
    assert settings.scopes == ("openid", "email", "siret")


def test_off_unless_an_issuer_is_written() -> None:
    off = {**EMPTY, "ckanext.odlocale.oidc_client_id": ""}
    off["ckanext.odlocale.oidc_client_secret"] = ""
    off["SESSION_TYPE"] = "cookie"
    assert read_settings(off) is None
    assert list_faults(off) == []


FAULTS = {
    "issuer in clear": (with_(issuer="http://auth.example.fr"), "oidc_issuer"),
    "issuer of a name": (with_(issuer="auth.example.fr"), "oidc_issuer"),
    "issuer with a query": (with_(issuer="https://a.example.fr/?x=1"), "oidc_issuer"),
    "issuer with a user": (with_(issuer="https://a:b@example.fr"), "oidc_issuer"),
    "issuer with a port": (with_(issuer="https://a.example.fr:x"), "oidc_issuer"),
    "no client": (with_(client_id=""), "oidc_client_id"),
    "no secret": (with_(client_secret=" "), "oidc_client_secret"),
    "no openid": (with_(scopes=["email"]), "oidc_scopes"),
    "no day": (with_(days=0), "oidc_days"),
    "sessions of the browser": ({**GOOD, "SESSION_TYPE": "cookie"}, "SESSION_TYPE"),
    "sessions by default": ({**GOOD, "SESSION_TYPE": None}, "SESSION_TYPE"),
    "strict cookie": ({**GOOD, "SESSION_COOKIE_SAMESITE": "Strict"}, "SAMESITE"),
    "a client without an issuer": (EMPTY, "oidc_issuer"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_unsafe_is_named_and_the_secret_is_not(case: str) -> None:
    config, name = FAULTS[case]
    (said,) = list_faults(config)
    assert name in said
    assert SECRET not in said


def test_an_operators_own_server_may_be_in_clear() -> None:
    config = with_(issuer="http://127.0.0.1:5002/api/v2")
    assert list_faults(config)
    config["ckanext.odlocale.allowed_hosts"] = ["127.0.0.1:5002"]
    assert list_faults(config) == []


def test_no_text_of_the_settings_holds_the_secret() -> None:
    assert SECRET not in repr(read_settings(GOOD))


@pytest.mark.parametrize(
    ("issuer", "is_proconnect"),
    [
        ("https://fca.integ01.dev-agentconnect.fr/api/v2", True),
        ("https://auth.agentconnect.gouv.fr/api/v2", True),
        ("https://agentconnect.gouv.fr.example.org/api/v2", False),
        ("https://notagentconnect.gouv.fr/api/v2", False),
    ],
)
def test_proconnect_is_known_by_its_domain(issuer: str, is_proconnect: bool) -> None:
    settings = read_settings(with_(issuer=issuer))
    assert settings is not None
    assert settings.is_proconnect is is_proconnect
