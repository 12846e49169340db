"""An OpenID Connect provider on loopback, as strict as ProConnect is.

It refuses what ProConnect refuses: a parameter that is not on its list (``Y000400``),
an address of return that is not the registered one to the letter (``Y030031``), a
``state`` or a ``nonce`` under 32 signs, a client that is not authenticated in the body,
a code that served or whose verifier is wrong. It asks who logs in by a form.

Tests make it lie, one lie at a time: see :class:`Lies`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

#: What ProConnect's authorization page takes (federation, core-fca).
ACCEPTED = {
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state",
    "nonce", "claims", "acr_values", "prompt", "login_hint", "siret_hint", "idp_hint",
    "code_challenge", "code_challenge_method",
}  # fmt: skip
SCOPES = {
    "openid", "given_name", "usual_name", "email", "uid", "siret", "idp_id", "roles",
    "organization_label", "phone",
}  # fmt: skip
Claims = dict[str, Any]


def same(claims: Claims) -> Claims:
    """No lie."""
    return claims


@dataclass
class Lies:
    """What the provider does wrong.

    :ivar id_token: changes the claims of the identity
    :ivar userinfo: changes those of the person
    :ivar sign: signs in another way
    :ivar answers: by path, what is answered instead: status, type, body
    :ivar slow: paths that never finish
    :ivar error: sent back instead of a code
    """

    id_token: Callable[[Claims], Claims] = same
    userinfo: Callable[[Claims], Claims] = same
    sign: Callable[[Claims], str] | None = None
    sign_userinfo: Callable[[Claims], str] | None = None
    answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)
    error: dict[str, str] = field(default_factory=dict)
    plain_userinfo: bool = False
    discovery: Callable[[Claims], Claims] = same


@dataclass
class Code:
    """A code given to a browser, which serves once."""

    person: Claims
    nonce: str
    challenge: str
    redirect_uri: str
    scope: set[str]
    at: float


class OidcProvider:
    """The provider.

    :ivar person: who logs in when nobody is asked; without one, a form asks
    :ivar asked: the query of each authorization that was accepted
    :ivar logouts: the query of each logout
    """

    def __init__(self) -> None:
        self.client_id = "client-" + secrets.token_hex(8)
        self.client_secret = secrets.token_urlsafe(32)
        self.redirect_uris: set[str] = set()
        self.logout_uris: set[str] = set()
        self.key = key_named("provider")
        self.person: Claims | None = None
        self.people: dict[str, Claims] = {}
        self.lies = Lies()
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, Code] = {}
        self.asked: list[dict[str, str]] = []
        self.logouts: list[dict[str, str]] = []
        self.issued: list[str] = []
        self.released = threading.Event()
        provider = self

        class Handler(_Handler):
            owner = provider

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/api/v2"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    def settings(self, **more: Any) -> dict[str, Any]:
        """The portal's settings for this provider, as CKAN holds them."""
        prefix = "ckanext.odlocale."
        return {
            f"{prefix}oidc_issuer": self.issuer,
            f"{prefix}oidc_client_id": self.client_id,
            f"{prefix}oidc_client_secret": self.client_secret,
            f"{prefix}allowed_hosts": [self.host],
            **{f"{prefix}oidc_{name}": value for name, value in more.items()},
        }

    def discovery(self) -> Claims:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/session/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256"],
            "authorization_response_iss_parameter_supported": True,
        }
        return self.lies.discovery(found)

    def jwks(self) -> Claims:
        return {"keys": [self.key.as_dict(private=False, use="sig", alg="RS256")]}

    def signed(self, claims: Claims) -> str:
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=["RS256"])

    def begin(self, query: dict[str, str]) -> str:
        """Why an authorization is refused; empty where it is not."""
        if unknown := set(query) - ACCEPTED:
            return f"Y000400 unknown parameter {sorted(unknown)}"
        if query.get("client_id") != self.client_id:
            return "Y000400 client_id"
        if query.get("redirect_uri") not in self.redirect_uris:
            return "Y030031 redirect_uri"
        if query.get("response_type") != "code":
            return "Y000400 response_type"
        if min(len(query.get(name, "")) for name in ("state", "nonce")) < 32:
            return "Y000400 state and nonce of 32 signs"
        scopes = set(query.get("scope", "").split())
        if "openid" not in scopes or scopes - SCOPES:
            return "Y000400 scope"
        if query.get("code_challenge_method") != "S256":
            return "Y000400 code_challenge_method"
        json.loads(query.get("claims", "{}"))
        return ""

    def answer(self, query: dict[str, str], person: Claims) -> str:
        """Where the browser goes back to, with a code."""
        back = {"state": query["state"], "iss": self.issuer}
        if self.lies.error:
            return query["redirect_uri"] + "?" + urlencode({**back, **self.lies.error})
        code = secrets.token_urlsafe(32)
        self.codes[code] = Code(
            dict(person), query["nonce"], query["code_challenge"],
            query["redirect_uri"], set(query["scope"].split()), time.time(),
        )  # fmt: skip
        return query["redirect_uri"] + "?" + urlencode({**back, "code": code})

    def exchange(self, form: dict[str, str], basic: str) -> tuple[int, Claims]:
        """What the token page answers."""
        is_client = form.get("client_id") == self.client_id and secrets.compare_digest(
            form.get("client_secret", ""), self.client_secret
        )
        if basic or not is_client:
            return 401, {"error": "invalid_client"}
        code = self.codes.pop(form.get("code", ""), None)
        if (
            code is None
            or form.get("grant_type") != "authorization_code"
            or code.at < time.time() - 60
            or form.get("redirect_uri") != code.redirect_uri
            or challenge_of(form.get("code_verifier", "")) != code.challenge
        ):
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(24)
        self.tokens[access] = code
        now = int(time.time())
        claims = self.lies.id_token(
            {
                "iss": self.issuer, "aud": self.client_id, "exp": now + 60, "iat": now,
                "sub": code.person["sub"], "nonce": code.nonce,
                "acr": code.person.get("acr", "eidas1"),
                "at_hash": half_hash(access),
            }
        )  # fmt: skip
        token = (self.lies.sign or self.signed)(claims)
        self.issued.append(token)
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": token}

    def describe(self, access: str) -> tuple[str, bytes] | None:
        """What the userinfo page answers."""
        code = self.tokens.get(access)
        if code is None:
            return None
        shown = {
            name: value
            for name, value in code.person.items()
            if name == "sub" or name in code.scope
        }
        claims = self.lies.userinfo(shown)
        if self.lies.plain_userinfo:
            return "application/json; charset=utf-8", json.dumps(claims).encode()
        now = int(time.time())
        about = {"iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 60}
        signed = (self.lies.sign_userinfo or self.signed)({**about, **claims})
        return "application/jwt; charset=utf-8", signed.encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that leaves in the middle is what some tests are about.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    owner: OidcProvider
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        return

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.removeprefix("/api/v2")
        if self._lied(path):
            return
        if path == "/.well-known/openid-configuration":
            self._json(200, self.owner.discovery())
        elif path == "/jwks":
            self._json(200, self.owner.jwks())
        elif path == "/authorize":
            self._authorize(self._query())
        elif path == "/userinfo":
            self._userinfo()
        elif path == "/session/end":
            self._end(self._query())
        else:
            self._send(404, "text/plain", b"")

    def do_POST(self) -> None:
        path = urlsplit(self.path).path.removeprefix("/api/v2")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: one[0] for name, one in parse_qs(body).items()}
        if self._lied(path):
            return
        if path == "/token":
            basic = self.headers.get("Authorization", "")
            self._json(*self.owner.exchange(form, basic))
        elif path == "/authorize":
            person = dict(self.owner.people[form.pop("person")])
            self._go(self.owner.answer(self._query(), person))
        else:
            self._send(404, "text/plain", b"")

    def _authorize(self, query: dict[str, str]) -> None:
        why = self.owner.begin(query)
        if why:
            self._send(400, "text/plain", why.encode())
            return
        self.owner.asked.append(query)
        if self.owner.person is not None:
            self._go(self.owner.answer(query, self.owner.person))
            return
        buttons = "".join(
            f"<button name=person value='{html.escape(name)}'>{html.escape(name)}"
            "</button>"
            for name in self.owner.people
        )
        page = f"<h1>Qui êtes-vous ?</h1><form method=post>{buttons}</form>"
        self._send(200, "text/html; charset=utf-8", page.encode())

    def _userinfo(self) -> None:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        found = self.owner.describe(token) if kind == "Bearer" else None
        if found is None:
            self._send(401, "text/plain", b"")
        else:
            self._send(200, *found)

    def _end(self, query: dict[str, str]) -> None:
        known = query.get("id_token_hint") in self.owner.issued
        if not known or query.get("post_logout_redirect_uri") not in (
            self.owner.logout_uris
        ):
            self._send(400, "text/plain", b"Y030111")
            return
        self.owner.logouts.append(query)
        state = urlencode({"state": query["state"]})
        self._go(f"{query['post_logout_redirect_uri']}?{state}")

    def _lied(self, path: str) -> bool:
        if path in self.owner.lies.slow:
            self.send_response(200)
            self.end_headers()
            self.owner.released.wait(30)
            self.close_connection = True
            return True
        lie = self.owner.lies.answers.get(path)
        if lie is not None:
            self._send(*lie)
        return lie is not None

    def _query(self) -> dict[str, str]:
        found = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        assert all(len(one) == 1 for one in found.values()), "a parameter sent twice"
        return {name: one[0] for name, one in found.items()}

    def _go(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, status: int, content: Claims) -> None:
        self._send(status, "application/json", json.dumps(content).encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@cache
def key_named(name: str) -> RSAKey:
    """A key pair: making one takes longer than most tests."""
    return RSAKey.generate_key(2048, {"kid": name}, True)


def challenge_of(verifier: str) -> str:
    """RFC 7636, S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def half_hash(access: str) -> str:
    """OpenID Connect Core §3.1.3.6, ``at_hash``."""
    digest = hashlib.sha256(access.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def unsigned(claims: Claims) -> str:
    """A token of the algorithm ``none``."""
    return f"{parts_of({'alg': 'none', 'typ': 'JWT'}, claims)}."


def signed_with_public_key(provider: OidcProvider) -> Callable[[Claims], str]:
    """HS256 whose secret is the provider's public key, which everybody has.

    Written by hand: joserfc refuses to make such a token.
    """
    secret = provider.key.as_pem(private=False)

    def sign(claims: Claims) -> str:
        signed = parts_of({"alg": "HS256", "kid": provider.key.kid}, claims)
        mark = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"

    return sign


def parts_of(header: Claims, claims: Claims) -> str:
    """The part of a token that is signed."""
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
        for one in (header, claims)
    )


def signed_by_another(provider: OidcProvider) -> Callable[[Claims], str]:
    """RS256 by a key that is not the provider's, under the name of the one that is."""
    other = key_named("another")
    header = {"alg": "RS256", "kid": provider.key.kid}
    return lambda claims: jwt.encode(header, claims, other, algorithms=["RS256"])


@contextmanager
def running_provider() -> Iterator[OidcProvider]:
    """A provider, for as long as a test."""
    provider = OidcProvider()
    thread = threading.Thread(
        target=provider.server.serve_forever, args=(0.02,), daemon=True
    )
    thread.start()
    try:
        yield provider
    finally:
        provider.released.set()
        provider.server.shutdown()
        provider.server.server_close()
        thread.join()
