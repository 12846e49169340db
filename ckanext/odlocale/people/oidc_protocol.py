"""OpenID Connect, authorization code flow: what is sent, and what is believed.

Sources: OpenID Connect Core 1.0 (§3.1.2.1, §3.1.3.7, §5.3), Discovery 1.0 (§4.3),
RP-Initiated Logout 1.0; RFC 7636 (PKCE), RFC 9207 (``iss`` in the answer). ProConnect
refuses (``Y000400``) a parameter that it does not list: no other is ever sent.

Authlib writes requests and judges claims; joserfc judges signatures.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from ckanext.odlocale.people.oidc_rules import LoginRefused
from ckanext.odlocale.people.oidc_settings import Settings, is_safe_address

#: Signatures by a key pair only: no ``none``, and no HMAC, whose key could be the
#: provider's public one.
ALGORITHMS: Final = ("RS256", "ES256")
#: Seconds that two clocks may differ by.
LEEWAY: Final = 60
#: Seconds after which a token that was just asked for is too old to be believed.
MAX_AGE: Final = 600
#: Seconds that somebody has to log in at the provider.
ATTEMPT_SECONDS: Final = 900
#: 43 signs: ProConnect asks for 32 at least.
_RANDOM_BYTES: Final = 32


@dataclass(frozen=True)
class Metadata:
    """What a provider says of itself.

    :ivar end_session: where the browser logs out; empty where it does not
    :ivar says_issuer: whether its answers name it (RFC 9207)
    """

    authorization: str
    token: str
    userinfo: str
    jwks: str
    end_session: str
    says_issuer: bool


@dataclass(frozen=True)
class Attempt:
    """A login that a browser began.

    :ivar state: binds the answer to this browser
    :ivar nonce: binds the identity to this attempt
    :ivar verifier: proves to the provider who began (PKCE)
    :ivar at: when, in seconds
    :ivar where: the page that one wanted
    :ivar user_id: who was logged in already, and wants to link an account
    """

    state: str
    nonce: str
    verifier: str
    at: float
    where: str = ""
    user_id: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return what a session keeps of it."""
        return asdict(self)


@dataclass(frozen=True)
class Tokens:
    """What the provider gave for the code: neither is ever logged."""

    access: str
    identity: str

    def __repr__(self) -> str:
        return "Tokens(…)"


class KeyUnknown(Exception):
    """A token is signed with a key that is not among those known."""


def new_attempt(now: float, where: str = "", user_id: str = "") -> Attempt:
    """Begin a login.

    >>> attempt = new_attempt(0)
    >>> {len(one) for one in (attempt.state, attempt.nonce, attempt.verifier)}
    {43}
    """
    state, nonce, verifier = (secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3))
    return Attempt(state, nonce, verifier, now, where, user_id)


def read_metadata(content: bytes, settings: Settings) -> Metadata:
    """Return what a discovery document says.

    :raises LoginRefused: it is none, is another issuer's, or names an address to which
        no secret may be sent
    """
    found = _read_json(content, "discovery")
    if found.get("issuer") != settings.issuer:
        raise LoginRefused("unavailable", "the discovery document has another issuer")

    def address(name: str, *, needed: bool = True) -> str:
        value = found.get(name)
        if value is None and not needed:
            return ""
        if not is_safe_address(value, settings.allowed_hosts):
            raise LoginRefused("unavailable", f"{name} is no safe address")
        return str(value)

    return Metadata(
        authorization=address("authorization_endpoint"),
        token=address("token_endpoint"),
        userinfo=address("userinfo_endpoint"),
        jwks=address("jwks_uri"),
        end_session=address("end_session_endpoint", needed=False),
        says_issuer=found.get("authorization_response_iss_parameter_supported") is True,
    )


def read_keys(content: bytes) -> KeySet:
    """Return the provider's public keys that may sign.

    :raises LoginRefused: there is none
    """
    listed = _read_json(content, "jwks").get("keys")
    keys: list[RSAKey | ECKey] = []
    for one in listed if isinstance(listed, list) else []:
        kind = one.get("kty") if isinstance(one, dict) else None
        if kind not in ("RSA", "EC") or one.get("use", "sig") != "sig":
            continue
        try:
            keys.append(
                RSAKey.import_key(one) if kind == "RSA" else ECKey.import_key(one)
            )
        except (JoseError, ValueError, TypeError, KeyError):
            # A key of a kind that this library does not know serves others.
            continue
    if not keys:
        raise LoginRefused("unavailable", "jwks holds no key")
    return KeySet(list(keys))


def authorization_address(
    metadata: Metadata, settings: Settings, attempt: Attempt, redirect_uri: str
) -> str:
    """Return where the browser goes to log in."""
    asked: dict[str, Any] | None = None
    if settings.acr:
        asked = {"essential": True, "values": list(settings.acr)}
    address = prepare_grant_uri(
        metadata.authorization,
        client_id=settings.client_id,
        response_type="code",
        redirect_uri=redirect_uri,
        scope=" ".join(settings.scopes),
        state=attempt.state,
        nonce=attempt.nonce,
        claims=json.dumps({"id_token": {"acr": asked}}, separators=(",", ":")),
        code_challenge=create_s256_code_challenge(attempt.verifier),
        code_challenge_method="S256",
        # Who is logged in here already shows who they are anew, and may choose
        # another organisation: the provider would answer from its own session.
        prompt="login" if attempt.user_id else None,
    )
    return str(address)


def token_request(
    settings: Settings, attempt: Attempt, code: str, redirect_uri: str
) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body that exchange a code for tokens.

    The secret is in the body (``client_secret_post``), which is what ProConnect takes.
    """
    body = prepare_token_request(
        "authorization_code",
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=attempt.verifier,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
    )
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return headers, str(body).encode()


def read_tokens(status: int, content: bytes) -> Tokens:
    """Return the tokens that a provider answered.

    :raises LoginRefused: it refused, or answered something else
    """
    found = _read_json(content, "token")
    if status != 200:
        error = found.get("error")
        known = error if isinstance(error, str) and error.isidentifier() else ""
        raise LoginRefused("answer", f"token endpoint: {status} {known[:40]}")
    access, identity = found.get("access_token"), found.get("id_token")
    if not isinstance(access, str) or not isinstance(identity, str):
        raise LoginRefused("answer", "token endpoint: no token")
    if str(found.get("token_type", "")).lower() != "bearer":
        raise LoginRefused("answer", "token endpoint: not a bearer token")
    return Tokens(access, identity)


def read_id_token(
    tokens: Tokens,
    keys: KeySet,
    settings: Settings,
    nonce: str,
    now: float | None = None,
) -> dict[str, Any]:
    """Return who the provider says that somebody is.

    :raises KeyUnknown: signed by a key that is not among ``keys``
    :raises LoginRefused: not signed by the provider, for another portal, for another
        attempt, too old
    """
    token = _open(tokens.identity, keys, "id_token")
    moment = int(time.time() if now is None else now)
    claims = CodeIDToken(
        token.claims,
        token.header,
        options={
            "iss": {"essential": True, "value": settings.issuer},
            "aud": {"essential": True, "value": settings.client_id},
            "sub": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        },
        params={
            "nonce": nonce,
            "client_id": settings.client_id,
            "access_token": tokens.access,
        },
    )
    try:
        claims.validate(now=moment, leeway=LEEWAY)
    except (JoseError, ValueError, TypeError) as error:
        raise LoginRefused("token", f"id_token: {_name_of(error)}") from error
    _check_audience(claims, settings.client_id, "id_token")
    if float(claims["iat"]) < moment - MAX_AGE:
        raise LoginRefused("token", "id_token: iat is too old")
    return dict(claims)


def read_userinfo(
    kind: str,
    content: bytes,
    keys: KeySet,
    settings: Settings,
    sub: str,
    now: float | None = None,
) -> dict[str, Any]:
    """Return what the provider says of somebody.

    :param kind: the answer's ``Content-Type``
    :param sub: of the identity that was proved
    :raises KeyUnknown: as :func:`read_id_token`
    :raises LoginRefused: not signed where it must be, for another portal, or about
        somebody else
    """
    media = kind.partition(";")[0].strip().lower()
    if media == "application/jwt":
        claims = _read_signed_userinfo(content, keys, settings, now)
    elif media == "application/json" and not settings.signed_userinfo:
        claims = _read_json(content, "userinfo")
    else:
        raise LoginRefused("userinfo", f"userinfo is {media[:40] or 'nothing'}")
    # OpenID Connect Core §5.3.2: two answers about two people are never joined.
    if claims.get("sub") != sub:
        raise LoginRefused("userinfo", "userinfo is about somebody else")
    return claims


def logout_address(
    metadata: Metadata, id_token: str, state: str, back: str
) -> str | None:
    """Return where the browser goes to log out, if the provider has such a page."""
    if not metadata.end_session:
        return None
    asked = [
        ("id_token_hint", id_token),
        ("state", state),
        ("post_logout_redirect_uri", back),
    ]
    return str(add_params_to_uri(metadata.end_session, asked))


def _read_signed_userinfo(
    content: bytes, keys: KeySet, settings: Settings, now: float | None
) -> dict[str, Any]:
    try:
        text = content.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise LoginRefused("userinfo", "userinfo is no token") from error
    claims = _open(text, keys, "userinfo").claims
    moment = int(time.time() if now is None else now)
    registry = jwt.JWTClaimsRegistry(
        now=moment,
        leeway=LEEWAY,
        iss={"essential": True, "value": settings.issuer},
        aud={"essential": True, "value": settings.client_id},
    )
    try:
        registry.validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise LoginRefused("userinfo", f"userinfo: {_name_of(error)}") from error
    _check_audience(claims, settings.client_id, "userinfo")
    return dict(claims)


def _open(token: str, keys: KeySet, what: str) -> jwt.Token:
    try:
        return jwt.decode(token, keys, algorithms=list(ALGORITHMS))
    except InvalidKeyIdError as error:
        raise KeyUnknown from error
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise LoginRefused("token", f"{what}: {_name_of(error)}") from error


def _check_audience(claims: Mapping[str, Any], client_id: str, what: str) -> None:
    # Core §3.1.3.7: nobody else is trusted, so that nobody else is named.
    audience = claims.get("aud")
    listed: Collection[Any] = audience if isinstance(audience, list) else [audience]
    if set(listed) != {client_id}:
        raise LoginRefused("token", f"{what}: aud names others")


def _read_json(content: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    # Lists within lists, a thousand deep, are not JSON that one can use.
    except (ValueError, RecursionError) as error:
        raise LoginRefused("answer", f"{what}: not JSON") from error
    if not isinstance(found, dict):
        raise LoginRefused("answer", f"{what}: not an object")
    return found


def _name_of(error: Exception) -> str:
    """Return what went wrong without the token's own words."""
    claim = getattr(error, "claim", "")
    return f"{type(error).__name__} {claim}".strip()[:80]
