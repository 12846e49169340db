"""What an operator says of the OpenID Connect provider, and what is wrong with it.

Sources: OpenID Connect Discovery 1.0 §3 (an issuer is an https address without query
or fragment); ProConnect's documentation for services.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit

PREFIX: Final = "ckanext.odlocale.oidc_"
ALLOWED_HOSTS: Final = "ckanext.odlocale.allowed_hosts"

Entry = Literal["everybody", "communes", "nobody"]

#: Domains of the State's provider: production, integration, and its own network.
_PROCONNECT: Final = ("agentconnect.gouv.fr", "proconnect.gouv.fr")
_PROCONNECT_TRIALS: Final = ("dev-agentconnect.fr",)


@dataclass(frozen=True)
class Settings:
    """The provider, and what is asked of it.

    :ivar acr: strengths of the login that are accepted; empty, all are
    :ivar mfa_acr: those that prove a second factor
    :ivar days: how long a role holds without another login for it
    """

    issuer: str
    client_id: str
    # Never in a log, nor in the text of an error.
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    label: str
    acr: tuple[str, ...]
    mfa_acr: tuple[str, ...]
    signed_userinfo: bool
    entry: Entry
    days: int
    allowed_hosts: frozenset[str]

    @property
    def is_proconnect(self) -> bool:
        """Whether the provider is the State's."""
        host = urlsplit(self.issuer).hostname or ""
        return any(
            host == domain or host.endswith(f".{domain}")
            for domain in (*_PROCONNECT, *_PROCONNECT_TRIALS)
        )


def read_settings(config: Mapping[str, Any]) -> Settings | None:
    """Return the settings of a portal that has a provider.

    :param config: settings as CKAN reads them: booleans and lists, no texts of them
    """
    issuer = _text(config, "issuer")
    if not issuer:
        return None
    return Settings(
        issuer=issuer,
        client_id=_text(config, "client_id"),
        client_secret=_text(config, "client_secret"),
        scopes=tuple(config[f"{PREFIX}scopes"]),
        label=_text(config, "label"),
        acr=tuple(config[f"{PREFIX}acr"]),
        mfa_acr=tuple(config[f"{PREFIX}mfa_acr"]),
        signed_userinfo=bool(config[f"{PREFIX}signed_userinfo"]),
        entry=config[f"{PREFIX}entry"],
        days=int(config[f"{PREFIX}days"]),
        allowed_hosts=frozenset(config[ALLOWED_HOSTS]),
    )


def list_faults(config: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each setting that would make the login unsafe, or fail.

    No sentence holds the secret.

    :param config: as :func:`read_settings`
    """
    settings = read_settings(config)
    if settings is not None:
        return list(_faults(settings, config))
    written = [
        f"{PREFIX}{name}"
        for name in ("client_id", "client_secret")
        if _text(config, name)
    ]
    said = f"{PREFIX}issuer is empty: write the provider's address, or remove"
    return [f"{said} {' and '.join(written)}."] if written else []


def is_safe_address(address: object, allowed_hosts: Collection[str]) -> bool:
    """Tell whether a secret may be sent to an address.

    In clear only to a host that the operator named as his own.

    >>> [is_safe_address(one, {"127.0.0.1:5001"}) for one in (
    ...     "https://auth.example.fr/token", "http://auth.example.fr/token",
    ...     "http://127.0.0.1:5001/token", "https://a@auth.example.fr/", None)]
    [True, False, True, False, False]
    """
    if not isinstance(address, str):
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    if not host or "@" in parts.netloc or parts.fragment:
        return False
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and bool({host, f"{host}:{port}"} & {*allowed_hosts})


def _faults(settings: Settings, config: Mapping[str, Any]) -> Iterator[str]:
    if (
        not is_safe_address(settings.issuer, settings.allowed_hosts)
        or "?" in settings.issuer
    ):
        yield (
            f"{PREFIX}issuer = {settings.issuer!r}: write an https address, without"
            " question mark, as the provider's discovery document has it."
        )
    for name in ("client_id", "client_secret"):
        if not _text(config, name):
            yield f"{PREFIX}{name} is empty: write what the provider gave."
    if "openid" not in settings.scopes:
        yield f"{PREFIX}scopes lacks openid: the provider would not say who logs in."
    if settings.days < 1:
        yield f"{PREFIX}days = {settings.days}: write one day or more."
    if str(config.get("SESSION_TYPE") or "cookie") == "cookie":
        yield (
            "SESSION_TYPE = cookie: what the provider says would be kept in the"
            " browser, and served again. Write SESSION_TYPE = redis."
        )
    if config.get("SESSION_COOKIE_SAMESITE") == "Strict":
        yield (
            "SESSION_COOKIE_SAMESITE = Strict: who comes back from the provider would"
            " not be recognised. Write Lax."
        )


def _text(config: Mapping[str, Any], name: str) -> str:
    return str(config.get(PREFIX + name) or "").strip()
