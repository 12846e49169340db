"""Calls to the provider: each bounded in bytes and in time, and none in clear.

They go through the guarded client rather than through Authlib's own sessions: these
follow redirections anywhere, read a body that never ends, and wait as long as a server
sends one byte now and then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from joserfc.jwk import KeySet

from ckanext.odlocale.base.http import GuardedClient, RequestError, Response
from ckanext.odlocale.people import oidc_protocol as protocol
from ckanext.odlocale.people.oidc_protocol import Attempt, Metadata
from ckanext.odlocale.people.oidc_rules import LoginRefused, Person, check_strength
from ckanext.odlocale.people.oidc_rules import read_person as read
from ckanext.odlocale.people.oidc_settings import Settings

Read = TypeVar("Read")

#: A call of the provider, all in all: somebody is waiting at a screen.
TOTAL_SECONDS: Final = 6.0
TIMEOUT: Final = (3.05, 5.0)
MAX_BYTES: Final = 256 * 1024
#: How long what the provider publishes is kept. Keys are read again at once where a
#: token names one that is not known.
KEPT_SECONDS: Final = 3600.0
_WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass
class _Kept:
    """What was read from the provider, and until when it serves."""

    value: Metadata | KeySet
    until: float


@dataclass
class Provider:
    """The provider of a portal.

    :param clock: seconds that only grow
    """

    settings: Settings
    client: GuardedClient
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, _Kept] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Provider:
        """Return the provider that an operator declared."""
        client = GuardedClient(
            allowed_hosts=settings.allowed_hosts,
            timeout=TIMEOUT,
            retries=1,
            total_seconds=TOTAL_SECONDS,
        )
        return cls(settings, client)

    def metadata(self) -> Metadata:
        """Return what the provider says of itself.

        :raises LoginRefused: it does not answer, or not as it should
        """
        found = self._keep("metadata", self._read_metadata)
        assert isinstance(found, Metadata)
        return found

    def identify(
        self, attempt: Attempt, code: str, redirect_uri: str
    ) -> tuple[Person, str]:
        """Return who came back with a code, and the token that logs them out again.

        :raises LoginRefused: with the reason that the page gives
        """
        metadata = self.metadata()
        headers, body = protocol.token_request(
            self.settings, attempt, code, redirect_uri
        )
        answer = self._call(
            lambda: self.client.post(metadata.token, body, headers, MAX_BYTES)
        )
        tokens = protocol.read_tokens(answer.status, answer.body)
        claims = self._with_keys(
            lambda keys: protocol.read_id_token(
                tokens, keys, self.settings, attempt.nonce
            )
        )
        check_strength(claims.get("acr"), self.settings.acr)
        asked = {
            "Authorization": f"Bearer {tokens.access}",
            "Accept": "application/jwt, application/json",
        }
        answer = self._call(
            lambda: self.client.get(metadata.userinfo, asked, MAX_BYTES)
        )
        if answer.status != 200:
            raise LoginRefused("userinfo", f"userinfo: {answer.status}")
        said = self._with_keys(
            lambda keys: protocol.read_userinfo(
                answer.headers.get("content-type", ""),
                answer.body,
                keys,
                self.settings,
                str(claims["sub"]),
            )
        )
        return read(self.settings.issuer, claims, said), tokens.identity

    def _with_keys(self, use: Callable[[KeySet], Read]) -> Read:
        """Read a token; where its key is new, read the provider's keys again, once."""
        try:
            return use(self._keys())
        except protocol.KeyUnknown:
            self._kept.pop("keys", None)
        try:
            return use(self._keys())
        except protocol.KeyUnknown as error:
            raise LoginRefused("token", "signed by a key that nobody knows") from error

    def _keys(self) -> KeySet:
        found = self._keep("keys", self._read_keys)
        assert isinstance(found, KeySet)
        return found

    def _keep(self, name: str, read_it: Callable[[], Metadata | KeySet]) -> object:
        kept = self._kept.get(name)
        if kept is None or kept.until <= self.clock():
            value = read_it()
            with self._lock:
                self._kept[name] = _Kept(value, self.clock() + KEPT_SECONDS)
            return value
        return kept.value

    def _read_metadata(self) -> Metadata:
        address = self.settings.issuer.rstrip("/") + _WELL_KNOWN
        return protocol.read_metadata(self._get(address), self.settings)

    def _read_keys(self) -> KeySet:
        return protocol.read_keys(self._get(self.metadata().jwks))

    def _get(self, address: str) -> bytes:
        answer = self._call(lambda: self.client.get(address, None, MAX_BYTES))
        if answer.status != 200:
            raise LoginRefused("unavailable", f"{address}: {answer.status}")
        return answer.body

    def _call(self, ask: Callable[[], Response]) -> Response:
        try:
            return ask()
        except RequestError as error:
            raise LoginRefused(
                "unavailable", f"{error.url}: {type(error).__name__}"
            ) from error
