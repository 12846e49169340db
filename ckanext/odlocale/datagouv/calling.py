"""One call of data.gouv.fr's API: paced, bounded, tried again where that is harmless.

Facts of udata 17.18: a POST has no uniqueness, so that one sent twice makes two; the
read-only mode answers 423; a proxy in front answers HTML; nothing says how many calls a
second are welcome.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from ckanext.odlocale.base.http import (
    AddressRefused,
    GuardedClient,
    NotJson,
    RequestError,
    Response,
)

KEY_HEADER: Final = "X-API-KEY"
#: A call, all in all, and the times its first byte and its connection may take.
TOTAL_SECONDS: Final = 60.0
TIMEOUT: Final = (5.0, 30.0)
MAX_BYTES: Final = 10 * 1024 * 1024
TRIES: Final = 4
FIRST_WAIT_SECONDS: Final = 1.0
#: A longer ``Retry-After`` is for a later run, not for this one.
LONGEST_WAIT_SECONDS: Final = 60.0
#: The call was not carried out: sending it again is harmless, whatever it is.
NOT_DONE: Final = frozenset({423, 429})
_HARMLESS: Final = frozenset({"GET", "PUT", "DELETE"})


class DatagouvError(Exception):
    """A call had no usable answer. The sentence holds no key.

    :ivar call: the method and the path
    :ivar maybe_done: a write may have been carried out all the same: look before
        sending it again
    """

    def __init__(self, call: str, said: str, *, maybe_done: bool = False) -> None:
        super().__init__(f"{call}: {said}")
        self.call, self.said, self.maybe_done = call, said, maybe_done


class NoAnswer(DatagouvError):
    """data.gouv.fr is out of reach, or says that it fails (5xx)."""


class NotNow(DatagouvError):
    """It accepts no write for now (423), or too many calls were made (429).

    :ivar status: which of the two
    """

    def __init__(self, call: str, said: str, status: int) -> None:
        super().__init__(call, said)
        self.status = status


class NotUnderstood(DatagouvError):
    """An answer that is not what the API gives: HTML, nothing, another shape."""


class Refused(DatagouvError):
    """It understood and said no.

    :ivar status: 400 (what was sent), 401 (the key), 403 (the right), 404, 409, 410
    :ivar fields: what it says of each field that was sent
    """

    def __init__(
        self, call: str, said: str, status: int, fields: Mapping[str, str]
    ) -> None:
        super().__init__(call, said)
        self.status, self.fields = status, dict(fields)


@dataclass
class Pace:
    """At most so many calls a second, all threads of a process together.

    :ivar interval: seconds between the beginnings of two calls
    """

    interval: float
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    _next: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def wait(self) -> None:
        """Wait for one's turn."""
        with self._lock:
            now = self.clock()
            turn = max(now, self._next)
            self._next = turn + self.interval
        if turn > now:
            self.pause(turn - now)


@dataclass
class Calls:
    """How many calls were made: each try counts.

    :ivar total: all of them
    :ivar by_call: by method and kind of path
    """

    total: int = 0
    by_call: dict[str, int] = field(default_factory=dict)

    def note(self, name: str) -> None:
        """Count one."""
        self.total += 1
        self.by_call[name] = self.by_call.get(name, 0) + 1


@dataclass
class Caller:
    """Sends calls to one API, with one key or none.

    :ivar api: its address, such as ``https://www.data.gouv.fr/api/1``
    :ivar key: never shown, logged nor told in an error
    """

    api: str
    http: GuardedClient
    pace: Pace
    key: str = field(default="", repr=False)
    calls: Calls = field(default_factory=Calls)
    tries: int = TRIES

    def call(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        payload: Any = None,
        form: tuple[bytes, str] | None = None,
    ) -> Any:
        """Make a call, and return what it answered, decoded.

        A read, a replacement and a removal are tried again where data.gouv.fr fails or
        asks to wait; a creation only where it surely was not carried out.

        :param path: below the API's address, such as ``/organizations/``
        :param payload: sent as JSON
        :param form: sent in place of JSON: a body and its type
        :returns: ``None`` for an answer 204, else what its JSON holds
        :raises DatagouvError: one of its subclasses
        """
        name = f"{method} {path}"
        url = self.api + path + (f"?{urlencode(params, True)}" if params else "")
        wait = FIRST_WAIT_SECONDS
        for left in reversed(range(self.tries)):
            answer: Response | None = None
            try:
                answer = self._send(method, url, payload, form)
                failure = _judge(name, method, answer)
            except RequestError as error:
                # Its own words hold the address, hence what was searched for.
                failure = NoAnswer(name, type(error).__name__, maybe_done=_may(method))
                failure.__cause__ = error
            if failure is None:
                assert answer is not None
                return _decode(name, answer, maybe_done=_may(method))
            asked = _asked_wait(answer)
            if not left or not _again(method, failure) or asked > LONGEST_WAIT_SECONDS:
                raise failure
            self.pace.pause(max(wait, asked))
            wait *= 2
        raise AssertionError("at least one try")

    def _send(
        self, method: str, url: str, payload: Any, form: tuple[bytes, str] | None
    ) -> Response:
        self.pace.wait()
        self.calls.note(method)
        headers = {"Accept": "application/json"}
        if self.key:
            headers[KEY_HEADER] = self.key
        if method == "GET":
            return self.http.get(url, headers, MAX_BYTES)
        body, headers["Content-Type"] = form or (
            b"" if payload is None else json.dumps(payload).encode(),
            "application/json",
        )
        return self.http.post(url, body, headers, MAX_BYTES, method)


def _may(method: str) -> bool:
    return method != "GET"


def _again(method: str, failure: DatagouvError) -> bool:
    if isinstance(failure, NotNow):
        return True
    # What is not to be called now will not be in a second either.
    refused = isinstance(failure.__cause__, AddressRefused)
    return isinstance(failure, NoAnswer) and method in _HARMLESS and not refused


def _asked_wait(answer: Response | None) -> float:
    """The seconds of ``Retry-After``; a date there counts for none."""
    said = answer.headers.get("retry-after", "") if answer is not None else ""
    return float(said) if said.isascii() and said.isdecimal() else 0.0


def _judge(name: str, method: str, answer: Response) -> DatagouvError | None:
    """What is wrong with an answer, by its status."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status in NOT_DONE:
        said = "no write for now" if status == 423 else "too many calls"
        return NotNow(name, f"{status}, {said}", status)
    if status >= 500:
        return NoAnswer(name, f"it answered {status}", maybe_done=_may(method))
    if 300 <= status < 400:
        return NotUnderstood(name, f"{status}, moved elsewhere")
    said, fields = _words_of(answer)
    return Refused(name, f"{status}, {said}" if said else str(status), status, fields)


def _words_of(answer: Response) -> tuple[str, dict[str, str]]:
    """The words of a refusal, and those of each field."""
    try:
        found = answer.json()
    except NotJson:
        return "", {}
    if not isinstance(found, dict):
        return "", {}
    errors = found.get("errors")
    fields = {
        str(name): _one_line(said)
        for name, said in (errors.items() if isinstance(errors, dict) else ())
    }
    return _one_line(found.get("message") or ""), fields


def _one_line(said: Any) -> str:
    text = ", ".join(map(str, said)) if isinstance(said, list) else str(said)
    return " ".join(text.split())[:500]


def _decode(name: str, answer: Response, *, maybe_done: bool) -> Any:
    """:raises NotUnderstood: it is not JSON; a write may have been carried out"""
    if answer.status == 204:
        return None
    try:
        return answer.json()
    except NotJson as error:
        what = "HTML" if answer.body.lstrip()[:1] == b"<" else "no JSON"
        said = f"it answered {what if answer.body.strip() else 'nothing'}"
        raise NotUnderstood(name, said, maybe_done=maybe_done) from error
