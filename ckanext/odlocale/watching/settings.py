"""Settings with which a portal must not start: each fault is one line.

Pure. Rights and cookies are ``base/safety.py``'s, files ``base/storage.py``'s, the
provider's ``people/oidc_settings.py``'s: this is about the rest.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

#: Before ours: its last backend listed is the one used. After: ours completes their
#: French and their templates.
BEFORE: Final = ("datastore",)
AFTER: Final = ("activity", "dcat", "scheming_datasets", "scheming_organizations")
LEAST_SECRET: Final = 24
LEAST_TOKEN: Final = 24
_DATABASES: Final = (
    "sqlalchemy.url", "ckan.datastore.write_url", "ckan.datastore.read_url"
)  # fmt: skip
#: What guides, images and examples have in place of a secret.
_DEFAULTS: Final = frozenset(
    (
        "admin", "changeme", "change_me", "change-me", "ckan", "ckan_default",
        "datastore", "datastore_default", "default", "example", "odlocale", "pass",
        "passw0rd", "password", "postgres", "redis", "secret", "test", "test1234",
        "valkey",
    )
)  # fmt: skip


def list_faults(config: Mapping[str, Any]) -> list[str]:
    """Return a line for each setting with which the portal must not start.

    No line holds a secret.

    :param config: CKAN's, its lists read as lists
    """
    return [
        *_plugins(list(config.get("ckan.plugins") or ())),
        *_secret(str(config.get("SECRET_KEY") or "")),
        *(fault for name in _DATABASES for fault in _password(name, config.get(name))),
        *_password("ckan.redis.url", config.get("ckan.redis.url")),
        *_site(str(config.get("ckan.site_url") or "")),
        *_figures(config),
    ]


def _plugins(listed: list[str]) -> Iterator[str]:
    missing = [one for one in (*BEFORE, *AFTER) if one not in listed]
    if missing:
        yield f"ckan.plugins lacks {' '.join(missing)}."
    if "odlocale" not in listed:
        return
    ours = listed.index("odlocale")
    late = [one for one in BEFORE if one in listed and listed.index(one) > ours]
    early = [one for one in AFTER if one in listed and listed.index(one) < ours]
    if late:
        yield f"ckan.plugins: write {' '.join(late)} before odlocale."
    if early:
        yield f"ckan.plugins: write {' '.join(early)} after odlocale."


def _secret(secret: str) -> Iterator[str]:
    if not secret:
        yield "SECRET_KEY is empty: write what openssl rand -hex 32 prints."
    elif _is_default(secret) or len(set(secret)) < 8:
        yield "SECRET_KEY is a default that everybody knows: openssl rand -hex 32."
    elif len(secret) < LEAST_SECRET:
        yield f"SECRET_KEY has less than {LEAST_SECRET} signs: openssl rand -hex 32."


def _password(name: str, url: object) -> Iterator[str]:
    if not isinstance(url, str) or not url:
        return
    try:
        password = unquote(urlsplit(url).password or "")
    except ValueError:
        yield f"{name} is no address of a server."
        return
    if password and _is_default(password):
        yield f"{name}: its password is a default that everybody knows. Change it."


def _is_default(secret: str) -> bool:
    plain = secret.strip().lower()
    # "secret123", "changeme!!", "CHANGE_ME_PLEASE"
    letters = plain.strip("0123456789!._- ")
    return plain in _DEFAULTS or letters in _DEFAULTS or "change_me" in plain


def _site(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        yield f"ckan.site_url = {url!r}: write https:// and the portal's address."


def _figures(config: Mapping[str, Any]) -> Iterator[str]:
    token = str(config.get("ckanext.odlocale.metrics_token") or "")
    if token and (len(token) < LEAST_TOKEN or _is_default(token)):
        said = "is too short or known: openssl rand -hex 32."
        yield f"ckanext.odlocale.metrics_token {said}"
    for one in config.get("ckanext.odlocale.metrics_networks") or ():
        try:
            network = ipaddress.ip_network(one)
        except ValueError:
            yield f"ckanext.odlocale.metrics_networks: {one} is no network."
            continue
        if network.prefixlen == 0:
            yield f"ckanext.odlocale.metrics_networks: {one} is everybody."
