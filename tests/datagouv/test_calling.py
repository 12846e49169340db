"""Calls of data.gouv.fr's API: what is tried again, what is not, and what is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from ckanext.odlocale.base.http import Response, ServerTooSlow
from ckanext.odlocale.datagouv.calling import (
    Caller,
    DatagouvError,
    NoAnswer,
    NotNow,
    NotUnderstood,
    Pace,
    Refused,
)
from ckanext.odlocale.datagouv.client import Client

KEY = "a-very-secret-key"
HTML = b"<!DOCTYPE html><p>Maintenance"


@dataclass
class Server:
    """Answers what it was told to, and keeps what it was asked."""

    answers: list[Any]
    asked: list[tuple[str, str, dict[str, str]]] = field(
        default_factory=list, repr=False
    )

    def get(self, url: str, headers: Any = None, max_bytes: int = 0) -> Response:
        return self._answer("GET", url, headers)

    def post(
        self, url: str, body: bytes, headers: Any = None, max_bytes: int = 0,
        method: str = "POST",
    ) -> Response:  # fmt: skip
        return self._answer(method, url, headers)

    def _answer(self, method: str, url: str, headers: Any) -> Response:
        self.asked.append((method, url, headers))
        said = self.answers.pop(0)
        if isinstance(said, Exception):
            raise said
        status, body, *more = said
        return Response(url, status, more[0] if more else {}, body)


def caller_of(*answers: Any) -> tuple[Caller, Server, list[float]]:
    server, waits = Server(list(answers)), []
    pace = Pace(0, pause=waits.append)
    http: Any = server
    return Caller("https://d.example/api/1", http, pace, KEY), server, waits


OK = (200, b'{"id": "1"}')


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_harmless_is_tried_again_where_it_fails(method: str) -> None:
    caller, server, waits = caller_of((500, b""), ServerTooSlow("u", "slow"), OK)
    assert caller.call(method, "/x/") == {"id": "1"}
    assert (len(server.asked), caller.calls.total) == (3, 3)
    assert waits == [1, 2]


@pytest.mark.parametrize("failure", [(500, b""), (502, HTML), ServerTooSlow("u", "s")])
def test_a_creation_is_not_sent_twice(failure: Any) -> None:
    caller, server, _ = caller_of(failure, OK)
    with pytest.raises(NoAnswer) as caught:
        caller.call("POST", "/x/", payload={})
    # It may be there: whoever sent it looks first.
    assert caught.value.maybe_done
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [423, 429])
def test_a_refusal_for_now_is_tried_again_whatever_was_sent(status: int) -> None:
    caller, _, waits = caller_of((status, b"", {"retry-after": "7"}), OK)
    assert caller.call("POST", "/x/", payload={}) == {"id": "1"}
    assert waits == [7]
    caller, server, _ = caller_of(*[(status, b"")] * 9)
    with pytest.raises(NotNow) as caught:
        caller.call("POST", "/x/")
    assert not caught.value.maybe_done
    assert len(server.asked) == caller.tries


def test_it_does_not_wait_an_hour() -> None:
    caller, server, waits = caller_of((429, b"", {"retry-after": "3600"}))
    with pytest.raises(NotNow):
        caller.call("GET", "/x/")
    assert (len(server.asked), waits) == (1, [])


@pytest.mark.parametrize("body", [HTML, b"", b"\xff", b"[" * 5000])
def test_what_is_no_json_is_an_error_with_words(body: bytes) -> None:
    caller, _, _ = caller_of((200, body))
    with pytest.raises(NotUnderstood):
        caller.call("GET", "/x/")


@pytest.mark.parametrize("body", [b"[]", b"{}", b'"x"', b"null", b'{"id": 3}'])
def test_another_shape_is_an_error_too(body: bytes) -> None:
    caller, _, _ = caller_of((200, body))
    with pytest.raises(NotUnderstood, match="shape"):
        Client(caller).me()


def test_a_refusal_says_what_each_field_lacks() -> None:
    said = {"message": "Validation", "errors": {"name": ["Requis"]}}
    caller, _, _ = caller_of((400, json.dumps(said).encode()))
    with pytest.raises(Refused) as caught:
        caller.call("POST", "/x/")
    assert (caught.value.status, caught.value.fields) == (400, {"name": "Requis"})


def test_the_key_is_sent_and_never_told() -> None:
    caller, server, _ = caller_of((500, b""), (401, b'{"message": "no"}'))
    with pytest.raises(DatagouvError) as caught:
        caller.call("GET", "/x/", {"q": "Crach"})
    assert server.asked[0][2]["X-API-KEY"] == KEY
    told = f"{caught.value!r} {caught.value} {caller!r} {Client(caller)!r}"
    assert KEY not in told


def test_calls_keep_their_distance() -> None:
    now, waits = [0.0], []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    pace = Pace(0.2, clock=lambda: now[0], pause=pause)
    for _ in range(3):
        pace.wait()
    assert waits == [0.2, 0.2]


def test_an_identifier_does_not_leave_its_path() -> None:
    caller, server, _ = caller_of((404, b""))
    with pytest.raises(Refused):
        Client(caller).organization("../../me/?x=")
    assert server.asked[0][1].endswith("/organizations/..%2F..%2Fme%2F%3Fx%3D/")
