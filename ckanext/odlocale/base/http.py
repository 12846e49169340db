"""The guarded HTTP client: how the portal calls an address it does not control.

Checking an address before handing it to an HTTP library is not enough: the name
can resolve to something else a moment later (DNS rebinding), and a redirect can
lead anywhere. Here a name is resolved once for each hop, every address it has is
checked, and the connection is made to the very address that was checked. The
certificate is still verified for the name.

Time and size are bounded as well: a server that sends one byte a second, or a
body that never ends, costs what the caller accepted and no more.

Proxies of the environment are not used: a proxy resolves names itself, out of
reach of these checks.
"""

from __future__ import annotations

import contextlib
import functools
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any
from urllib.parse import urljoin

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError, NewConnectionError
from urllib3.exceptions import TimeoutError as HTTPTimeout
from urllib3.response import HTTPResponse
from urllib3.util import Url, parse_url

from ckanext.odlocale.base.addresses import Refusal, Resolver, is_public, resolve

MAX_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 5
TOTAL_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.5
USER_AGENT = "ckanext-odlocale"

_CHUNK_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({502, 503, 504})
_DEFAULT_PORTS = {"http": 80, "https": 443}
# What is meant for one server only, and does not follow to another.
_PRIVATE_HEADERS = frozenset({"authorization", "cookie", "x-api-key"})


class RequestError(Exception):
    """A request had no usable answer."""

    def __init__(self, url: str, cause: str) -> None:
        super().__init__(f"{url}: {cause}")
        self.url = url


class AddressRefused(RequestError):
    """The address, or one it redirects to, is not to be called."""

    def __init__(self, url: str, reason: Refusal) -> None:
        super().__init__(url, reason.value)
        self.reason = reason


class HostUnknown(RequestError):
    """The host's name could not be resolved."""


class ServerUnreachable(RequestError):
    """No connection, a refused certificate, or an answer that was cut short."""


class ServerTooSlow(RequestError):
    """The server did not answer, or did not finish, in time."""


class BodyTooLarge(RequestError):
    """The body exceeds what the caller accepts."""


class TooManyRedirects(RequestError):
    """More than five redirects."""


class NotJson(RequestError):
    """JSON was expected; something else came, often an HTML error page."""


@dataclass(frozen=True)
class Response:
    """What a server answered.

    ``url`` is the last address called, after redirects; the names in ``headers``
    are in lower case; ``body`` is decompressed.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Decode the body.

        :raises NotJson: with the status, the type announced, and the first
            characters of the body.
        """
        try:
            return json.loads(self.body)
        # Lists within lists, a thousand deep, are not JSON that one can use.
        except (ValueError, RecursionError) as error:
            kind = self.headers.get("content-type", "no type")
            start = self.body[:80].decode("utf-8", "replace")
            raise NotJson(self.url, f"{self.status}, {kind}: {start!r}") from error


@dataclass(frozen=True)
class _Asked:
    """What is sent to a server."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def without_authority(self) -> _Asked:
        """The same, for another server."""
        kept = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in _PRIVATE_HEADERS
        }
        return replace(self, headers=kept)


@dataclass(frozen=True)
class GuardedClient:
    """A client that may be given an address that a stranger wrote.

    :param allowed_hosts: names (or ``name:port``) that may be called although
        their addresses are not public: an operator's own servers.
    :param timeout: seconds to connect, and seconds between two arrivals of data.
    :param retries: how many times to try again when the server cannot be reached,
        is too slow to answer, or says 502, 503 or 504.
    :param total_seconds: the time that a whole call may take, redirects, retries
        and pauses included. The system's name resolution alone is not bounded.
    :param resolver: how names become addresses.
    :param pause: how to wait between two tries.
    """

    allowed_hosts: frozenset[str] = frozenset()
    timeout: tuple[float, float] = (3.05, 10)
    retries: int = 2
    total_seconds: float = TOTAL_SECONDS
    resolver: Resolver = resolve
    pause: Callable[[float], None] = time.sleep

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Response:
        """Fetch an address.

        :param url: an ``http`` or ``https`` address.
        :param headers: request headers; those that identify us are not sent on
            to another server by a redirect.
        :param max_bytes: the largest decompressed body accepted.
        :returns: the answer, whatever its status: 404 is an answer.
        :raises RequestError: one of its subclasses, which say what to do of it.
        """
        deadline = time.monotonic() + self.total_seconds
        wait = FIRST_PAUSE_SECONDS
        tries_left = self.retries
        while True:
            last_try = tries_left == 0 or time.monotonic() + wait >= deadline
            try:
                asked = _Asked("GET", dict(headers or {}))
                response = self._follow(url, asked, max_bytes, deadline)
                if response.status not in _PASSING or last_try:
                    return response
            except (HostUnknown, ServerUnreachable, ServerTooSlow):
                if last_try or time.monotonic() + wait >= deadline:
                    raise
            self.pause(wait)
            wait *= 2
            tries_left -= 1

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
        method: str = "POST",
    ) -> Response:
        """Send something to an address, once.

        Neither followed to where a redirect leads nor tried again: whoever sends
        knows whether sending twice is harmless. A name with several addresses is
        tried at each until one answers.

        :param body: sent as it is, with its length; ``headers`` say what it is.
        :param max_bytes: the largest decompressed answer accepted.
        :param method: or ``PUT``, ``DELETE``: how it is sent.
        :returns: the answer, whatever its status; a redirect too.
        :raises RequestError: as for :meth:`get`.
        """
        deadline = time.monotonic() + self.total_seconds
        asked = _Asked(method, dict(headers or {}), body)
        return self._fetch(url, _parse(url), asked, max_bytes, deadline)

    def _follow(
        self, url: str, asked: _Asked, max_bytes: int, deadline: float
    ) -> Response:
        for _ in range(MAX_REDIRECTS + 1):
            target = _parse(url)
            response = self._fetch(url, target, asked, max_bytes, deadline)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location:
                return response
            url = urljoin(url, location)
            if _origin(_parse(url)) != _origin(target):
                asked = asked.without_authority()
        raise TooManyRedirects(url, f"more than {MAX_REDIRECTS} redirects")

    def _fetch(
        self,
        url: str,
        target: Url,
        asked: _Asked,
        max_bytes: int,
        deadline: float,
    ) -> Response:
        scheme, host, port = _origin(target)
        failure: RequestError = HostUnknown(url, "no address")
        for address in self._checked_addresses(url, host, port):
            left = deadline - time.monotonic()
            # A name may have a hundred addresses, all of them mute.
            if left <= 0:
                raise ServerTooSlow(url, f"not finished in {self.total_seconds:g} s")
            connection = self._connection(scheme, address, port, host)
            connection.timeout = min(self.timeout[0], left)
            try:
                with _limited(connection, left) as watch:
                    return self._exchange(
                        url, target, asked, max_bytes, connection, watch
                    )
            except (HTTPError, HTTPException, OSError, ValueError) as error:
                slow = watch.expired or _is_timeout(error)
                kind = ServerTooSlow if slow else ServerUnreachable
                failure = kind(url, str(error))
                failure.__cause__ = error
        raise failure

    def _checked_addresses(self, url: str, host: str, port: int) -> tuple[str, ...]:
        try:
            addresses = self.resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise HostUnknown(url, f"unknown host {host}") from error
        if {host, f"{host}:{port}"} & self.allowed_hosts:
            return addresses
        # One private address among public ones is refused too: nothing says
        # which of them a later connection would take.
        if not all(is_public(address) for address in addresses):
            raise AddressRefused(url, Refusal.NOT_PUBLIC)
        return addresses

    def _connection(
        self, scheme: str, address: str, port: int, host: str
    ) -> HTTPConnection:
        if scheme == "http":
            return HTTPConnection(address, port)
        return HTTPSConnection(
            address, port, ssl_context=self._trust, server_hostname=host
        )

    @functools.cached_property
    def _trust(self) -> ssl.SSLContext:
        # The system's authorities, or those of SSL_CERT_FILE.
        return ssl.create_default_context()

    def _exchange(
        self,
        url: str,
        target: Url,
        asked: _Asked,
        max_bytes: int,
        connection: HTTPConnection,
        watch: _Watch,
    ) -> Response:
        connection.connect()
        # http.client hands the socket over to an answer that has no length.
        watch.opened = connection.sock
        connection.timeout = self.timeout[1]
        connection.request(
            asked.method,
            target.request_uri,
            body=asked.body,
            headers={
                "Accept-Encoding": "gzip",
                "User-Agent": USER_AGENT,
                **asked.headers,
                "Host": _host_header(target),
            },
            preload_content=False,
        )
        answer = connection.getresponse()
        with contextlib.closing(answer):
            body = _read_bounded(url, answer, max_bytes)
        if watch.expired:
            # A body without a length ends like a whole one when we cut it.
            raise ServerTooSlow(url, f"not finished in {self.total_seconds:g} s")
        names = {name.lower(): value for name, value in answer.headers.items()}
        return Response(url, answer.status, names, body)


def _read_bounded(url: str, answer: HTTPResponse, max_bytes: int) -> bytes:
    announced = answer.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise BodyTooLarge(url, f"more than {max_bytes} bytes")
    body = bytearray()
    while chunk := answer.read1(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            raise BodyTooLarge(url, f"more than {max_bytes} bytes")
    return bytes(body)


def _is_timeout(error: Exception) -> bool:
    # urllib3 says that a refused connection is a kind of timeout.
    return isinstance(error, (HTTPTimeout, TimeoutError)) and not isinstance(
        error, NewConnectionError
    )


@dataclass
class _Watch:
    expired: bool = False
    opened: socket.socket | None = None


@contextlib.contextmanager
def _limited(connection: HTTPConnection, seconds: float) -> Iterator[_Watch]:
    """Close the connection at the end, and cut it after so many seconds.

    A timeout of the socket bounds the silence between two bytes only.
    """
    watch = _Watch()

    def cut() -> None:
        watch.expired = True
        open_socket = watch.opened or connection.sock
        if open_socket is not None:
            with contextlib.suppress(OSError):
                # Not SSLSocket's own method: it takes the TLS layer away under
                # the thread that is reading.
                socket.socket.shutdown(open_socket, socket.SHUT_RDWR)

    timer = threading.Timer(max(seconds, 0), cut)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    finally:
        timer.cancel()
        connection.close()


def _parse(url: str) -> Url:
    try:
        target = parse_url(url)
    except LocationParseError as error:
        raise AddressRefused(url, Refusal.MALFORMED) from error
    if target.scheme not in _DEFAULT_PORTS:
        raise AddressRefused(url, Refusal.SCHEME)
    if target.auth is not None:
        raise AddressRefused(url, Refusal.CREDENTIALS)
    if not target.host or target.port == 0:
        raise AddressRefused(url, Refusal.MALFORMED)
    return target


def _origin(target: Url) -> tuple[str, str, int]:
    scheme = target.scheme or ""
    host = (target.host or "").strip("[]").rstrip(".").lower()
    return scheme, host, target.port or _DEFAULT_PORTS[scheme]


def _host_header(target: Url) -> str:
    host = target.host or ""
    default = target.port in (None, _DEFAULT_PORTS[target.scheme or ""])
    return host if default else f"{host}:{target.port}"
