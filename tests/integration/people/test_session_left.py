"""How long a session has still: told to the desk's pages, given again on demand."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from tests.integration.people.conftest import Desk
from tests.integration.publishing.conftest import Town

Open = Callable[[str | None], Desk]
IDLE, ABSOLUTE = 240 * 60, 720 * 60


@pytest.fixture
def desk(town: Callable[[], Town], desk_of: Open) -> Desk:
    return desk_of(town().agent)


def later(minutes: float) -> Any:
    moment = time.time() + 60 * minutes
    return mock.patch("ckanext.odlocale.people.sessions.time.time", return_value=moment)


def told(desk: Desk) -> tuple[int, int, int]:
    """What a page of the desk says to its module: idle, absolute, limit."""
    page = desk.get("/publier").page
    found = dict(re.findall(r'data-module-(\w+)="([0-9]+)"', page))
    idle, absolute, limit = (int(found[one]) for one in ("idle", "absolute", "limit"))
    return idle, absolute, limit


def ask(desk: Desk) -> dict[str, int]:
    answer = desk.client.get("/compte/session")
    assert answer.headers["Cache-Control"].startswith("no-store")
    return dict(answer.json)


def status(desk: Desk) -> int:
    return int(desk.client.get("/compte/session", follow_redirects=False).status_code)


def test_what_a_page_asks_by_itself_keeps_no_session_alive(desk: Desk) -> None:
    told(desk)
    background = {"X-Odlocale-Background": "1"}
    with later(236):
        desk.client.get("/publier", headers=background)
    with later(244):
        assert desk.client.get("/publier", follow_redirects=False).status_code == 302


def test_a_page_says_how_long_the_session_has_still(desk: Desk) -> None:
    idle, absolute, limit = told(desk)
    assert limit == IDLE
    assert IDLE - 60 < idle <= IDLE
    assert ABSOLUTE - 60 < absolute <= ABSOLUTE


def test_asking_gives_all_of_the_idle_time_again(desk: Desk) -> None:
    told(desk)
    with later(236):
        left = ask(desk)
        assert left["idle"] == IDLE
        assert ABSOLUTE - 237 * 60 < left["absolute"] <= ABSOLUTE - 235 * 60
    with later(470):
        assert ask(desk)["idle"] == IDLE, "it did last"


def test_asking_gives_nothing_beyond_the_whole_time(desk: Desk) -> None:
    told(desk)
    for minutes in (200, 400, 600, 717):
        with later(minutes):
            left = ask(desk)
    assert 0 < left["absolute"] <= 3 * 60
    with later(721):
        assert status(desk) == 302


def test_a_session_that_ended_is_not_given_back(desk: Desk) -> None:
    told(desk)
    with later(241):
        answer = desk.client.get("/compte/session", follow_redirects=False)
        assert answer.status_code == 302
        assert "/user/login" in answer.headers["Location"]
    assert status(desk) == 302


def test_nobody_has_no_session(desk_of: Open) -> None:
    assert status(desk_of(None)) == 302
