"""The whole exchange with a provider on loopback: honest, then lying in each way."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey

from ckanext.odlocale.people import oidc_client, oidc_protocol
from ckanext.odlocale.people.oidc_client import Provider
from ckanext.odlocale.people.oidc_protocol import Attempt
from ckanext.odlocale.people.oidc_rules import LoginRefused, Person
from ckanext.odlocale.people.oidc_settings import Settings, read_settings
from tests.oidc_provider import (
    ACCEPTED,
    Claims,
    OidcProvider,
    key_named,
    running_provider,
    signed_by_another,
    signed_with_public_key,
    unsigned,
)
from tests.people.test_oidc_settings import GOOD

BACK = "https://opendata.example.fr/connexion/oidc/retour"
PERSON = {
    "sub": "b6048e95bb134ec5b1d1e1fa69f287172e91722b9354d637a1bcf2ebb0fd2ef5",
    "siret": "21560046100010",
    "email": "anne@crach.fr",
    "given_name": "Anne",
    "usual_name": "Le Bris",
    "organization_label": "Mairie de Crach",
    "acr": "eidas1",
}


@pytest.fixture
def server() -> Iterator[OidcProvider]:
    with running_provider() as provider:
        provider.redirect_uris.add(BACK)
        provider.person = dict(PERSON)
        yield provider


def settings_for(server: OidcProvider, **more: Any) -> Settings:
    scopes = "openid given_name usual_name email siret organization_label".split()
    found = read_settings({**GOOD, **server.settings(**{"scopes": scopes, **more})})
    assert found is not None
    return found


def log_in(
    server: OidcProvider, provider: Provider | None = None, **settings: Any
) -> tuple[Person, str]:
    """Walk the whole way, as the portal and a browser do."""
    provider = provider or Provider.of(settings_for(server, **settings))
    attempt = oidc_protocol.new_attempt(time.time())
    code = code_for(server, provider, attempt)
    return provider.identify(attempt, code, BACK)


def code_for(server: OidcProvider, provider: Provider, attempt: Attempt) -> str:
    address = oidc_protocol.authorization_address(
        provider.metadata(), provider.settings, attempt, BACK
    )
    answer = requests.get(address, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["state"] == [attempt.state]
    return query["code"][0]


def refused(server: OidcProvider, **settings: Any) -> LoginRefused:
    with pytest.raises(LoginRefused) as caught:
        log_in(server, **settings)
    return caught.value


def test_an_honest_provider_says_who_comes(server: OidcProvider) -> None:
    person, id_token = log_in(server)
    assert person == Person(
        server.issuer, PERSON["sub"], PERSON["siret"], "anne@crach.fr", "Anne Le Bris",
        "Mairie de Crach", "eidas1",
    )  # fmt: skip
    assert id_token in server.issued


def test_nothing_is_sent_that_proconnect_does_not_list(server: OidcProvider) -> None:
    acr = ["eidas1", "eidas2"]
    log_in(server, acr=acr)
    (query,) = server.asked
    assert set(query) <= ACCEPTED
    assert len(query["state"]) >= 32
    assert len(query["nonce"]) >= 32
    assert query["code_challenge_method"] == "S256"
    asked = {"id_token": {"acr": {"essential": True, "values": acr}}}
    assert json.loads(query["claims"]) == asked


def test_who_is_logged_in_already_is_asked_anew(server: OidcProvider) -> None:
    provider = Provider.of(settings_for(server))
    code_for(server, provider, oidc_protocol.new_attempt(time.time(), user_id="me"))
    assert server.asked[0]["prompt"] == "login"


def test_attempts_share_nothing(server: OidcProvider) -> None:
    provider = Provider.of(settings_for(server))
    for _ in range(2):
        log_in(server, provider)
    first, second = server.asked
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]


def changed(**claims: Any) -> Callable[[Claims], Claims]:
    return lambda honest: {**honest, **claims}


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda honest: {key: v for key, v in honest.items() if key != name}


def now() -> int:
    return int(time.time())


LIES: dict[str, Callable[[Claims], Claims]] = {
    "wrong nonce": changed(nonce="n" * 43),
    "no nonce": without("nonce"),
    "nonce of another kind": changed(nonce=["n"]),
    "wrong audience": changed(aud="another-portal"),
    "no audience": without("aud"),
    "audience of two": lambda honest: {**honest, "aud": [honest["aud"], "another"]},
    "empty audience": changed(aud=[]),
    "for another party": changed(azp="another-portal"),
    "wrong issuer": changed(iss="https://evil.example.org"),
    "issuer with a slash": lambda honest: {**honest, "iss": honest["iss"] + "/"},
    "no issuer": without("iss"),
    "expired": lambda honest: {**honest, "exp": now() - 120},
    "no end": without("exp"),
    "end that is a text": changed(exp="9999999999"),
    "end that never comes": changed(exp=float("nan")),
    "of tomorrow": lambda honest: {**honest, "iat": now() + 86400},
    "of yesterday": lambda honest: {
        **honest, "iat": now() - 86400, "exp": now() + 86400,
    },
    "no moment": without("iat"),
    "not yet": lambda honest: {**honest, "nbf": now() + 3600},
    "no subject": without("sub"),
    "empty subject": changed(sub=""),
    "subject that is a number": changed(sub=3),
    "hash of another access token": changed(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_an_identity_that_is_not_for_us_is_refused(
    lie: str, server: OidcProvider
) -> None:
    server.lies.id_token = LIES[lie]
    assert refused(server).reason == "token"


def test_an_audience_in_a_list_and_its_party_are_taken(server: OidcProvider) -> None:
    server.lies.id_token = changed(aud=[server.client_id], azp=server.client_id)
    assert log_in(server)[0].siret == PERSON["siret"]


SIGNED: dict[str, Callable[[OidcProvider], Callable[[Claims], str]]] = {
    "by another key": signed_by_another,
    "by the public key as a secret": signed_with_public_key,
    "by nobody": lambda _: unsigned,
    "garbage": lambda _: lambda __: "a.b.c",
    "empty": lambda _: lambda __: "",
    "in five parts": lambda _: lambda __: "a.b.c.d.e",
    "cut": lambda server: lambda claims: server.signed(claims)[:-3],
    "with the key inside": lambda _: signed_with_its_own_key,
}


def signed_with_its_own_key(claims: Claims) -> str:
    """RFC 7515 lets a token carry its key: only a fool reads it."""
    own = key_named("own")
    header = {"alg": "RS256", "jwk": own.as_dict(private=False)}
    return jwt.encode(header, claims, own, algorithms=["RS256"])


@pytest.mark.parametrize("lie", SIGNED)
def test_an_identity_that_the_provider_did_not_sign_is_refused(
    lie: str, server: OidcProvider
) -> None:
    server.lies.sign = SIGNED[lie](server)
    assert refused(server).reason == "token"


@pytest.mark.parametrize("lie", SIGNED)
def test_a_description_that_the_provider_did_not_sign_is_refused(
    lie: str, server: OidcProvider
) -> None:
    server.lies.sign_userinfo = SIGNED[lie](server)
    assert refused(server).reason in ("token", "userinfo")


USERINFO: dict[str, Callable[[Claims], Claims]] = {
    "somebody else": changed(sub="another"),
    "nobody": without("sub"),
    "for another portal": changed(aud="another-portal"),
    "for two": lambda honest: {**honest, "aud": ["another", "us"]},
    "by another": changed(iss="https://evil.example.org"),
    "expired": changed(exp=1),
}


@pytest.mark.parametrize("lie", USERINFO)
def test_a_description_of_somebody_else_is_refused(
    lie: str, server: OidcProvider
) -> None:
    server.lies.userinfo = USERINFO[lie]
    assert refused(server).reason in ("token", "userinfo")


def test_plain_json_is_taken_only_where_the_operator_lets_it(
    server: OidcProvider,
) -> None:
    server.lies.plain_userinfo = True
    assert refused(server).reason == "userinfo"
    assert log_in(server, signed_userinfo=False)[0].siret == PERSON["siret"]
    server.lies.userinfo = changed(sub="another")
    assert refused(server, signed_userinfo=False).reason == "userinfo"


def test_the_strength_is_checked_on_our_side(server: OidcProvider) -> None:
    """The provider may not have listened to what was asked."""
    assert refused(server, acr=["eidas2"]).reason == "acr"
    assert server.person is not None
    server.person["acr"] = "eidas2"
    assert log_in(server, acr=["eidas2"])[0].acr == "eidas2"


def test_no_siret_no_entry(server: OidcProvider) -> None:
    server.lies.userinfo = without("siret")
    assert refused(server).reason == "siret missing"


def test_a_code_serves_once(server: OidcProvider) -> None:
    provider = Provider.of(settings_for(server))
    attempt = oidc_protocol.new_attempt(time.time())
    code = code_for(server, provider, attempt)
    provider.identify(attempt, code, BACK)
    with pytest.raises(LoginRefused) as caught:
        provider.identify(attempt, code, BACK)
    assert caught.value.reason == "answer"


def test_a_stolen_code_serves_no_other_browser(server: OidcProvider) -> None:
    provider = Provider.of(settings_for(server))
    code = code_for(server, provider, oidc_protocol.new_attempt(time.time()))
    with pytest.raises(LoginRefused):
        provider.identify(oidc_protocol.new_attempt(time.time()), code, BACK)


def test_a_wrong_secret_is_refused_and_never_written(
    server: OidcProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = refused(server, client_secret="celui d'un autre")
    assert error.detail == "token endpoint: 401 invalid_client"
    assert "celui d'un autre" not in f"{error!r} {caplog.text}"


def test_keys_that_changed_are_read_again_at_once(server: OidcProvider) -> None:
    provider = Provider.of(settings_for(server))
    log_in(server, provider)
    server.key = key_named("new")
    assert log_in(server, provider)[0].siret == PERSON["siret"]


def test_a_key_of_elliptic_curves_is_taken(
    server: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ECKey.generate_key("P-256", {"kid": "ec"}, True)
    public = key.as_dict(private=False, use="sig")
    monkeypatch.setattr(server, "jwks", lambda: {"keys": [{"kty": "new"}, public]})
    server.lies.sign = server.lies.sign_userinfo = lambda claims: jwt.encode(
        {"alg": "ES256", "kid": "ec"}, claims, key, algorithms=["ES256"]
    )
    assert log_in(server)[0].siret == PERSON["siret"]


PAGES = ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"]
ANSWERS = {
    "garbage": (200, "application/json", b"\xff\x00<html>"),
    "a list": (200, "application/json", b"[1]"),
    "lists in lists": (200, "application/json", b"[" * 100_000),
    "an empty object": (200, "application/json", b"{}"),
    "nothing": (200, "application/jwt", b""),
    "huge": (200, "application/json", b" " * (oidc_client.MAX_BYTES + 1)),
    "down": (500, "text/html", b"<h1>Erreur</h1>"),
    "moved": (302, "text/html", b""),
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_provider_that_answers_anything_is_refused(
    page: str, answer: str, server: OidcProvider
) -> None:
    server.lies.answers[page] = ANSWERS[answer]
    reason = refused(server, signed_userinfo=False).reason
    assert reason in ("unavailable", "answer", "token", "userinfo")


@pytest.mark.parametrize("page", PAGES)
def test_a_provider_that_never_finishes_is_left_in_time(
    page: str, server: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc_client, "TOTAL_SECONDS", 1.0)
    server.lies.slow.add(page)
    start = time.monotonic()
    assert refused(server).reason == "unavailable"
    assert time.monotonic() - start < 6


def test_a_provider_that_is_not_there_is_said_to_be(server: OidcProvider) -> None:
    settings = settings_for(server)
    server.released.set()
    server.server.shutdown()
    server.server.server_close()
    with pytest.raises(LoginRefused) as caught:
        Provider.of(settings).metadata()
    assert caught.value.reason == "unavailable"


DOCUMENTS: dict[str, Callable[[Claims], Claims]] = {
    "of another issuer": changed(issuer="https://evil.example.org"),
    "without a token page": without("token_endpoint"),
    "token page in clear elsewhere": changed(token_endpoint="http://a.example.org/"),
    "keys of a file": changed(jwks_uri="file:///etc/passwd"),
    "userinfo of the network": changed(userinfo_endpoint="http://169.254.169.254/"),
    "a page that is a list": changed(authorization_endpoint=["https://a.fr"]),
    "logout that is a script": changed(end_session_endpoint="javascript:alert(1)"),
}


@pytest.mark.parametrize("lie", DOCUMENTS)
def test_a_discovery_document_that_leads_elsewhere_is_refused(
    lie: str, server: OidcProvider
) -> None:
    server.lies.discovery = DOCUMENTS[lie]
    with pytest.raises(LoginRefused) as caught:
        Provider.of(settings_for(server)).metadata()
    assert caught.value.reason == "unavailable"


def test_what_the_provider_publishes_is_read_once_an_hour(server: OidcProvider) -> None:
    provider = Provider.of(settings_for(server))
    moment = [0.0]
    provider.clock = lambda: moment[0]
    provider.metadata()
    server.lies.answers[PAGES[0]] = ANSWERS["down"]
    provider.metadata()
    moment[0] = 3601
    with pytest.raises(LoginRefused):
        provider.metadata()


def test_no_text_of_what_is_kept_holds_a_secret(server: OidcProvider) -> None:
    provider = Provider.of(settings_for(server))
    assert server.client_secret not in repr(provider)
    tokens = oidc_protocol.Tokens("acces", "identite")
    assert repr(tokens) == "Tokens(…)"
