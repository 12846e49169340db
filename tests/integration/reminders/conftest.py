"""Communes that something is expected of."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest
from ckan import model

from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.tables import Collectivity
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    desk_of,
    publish,
    town,
)

__all__ = ["Desk", "desk_of", "town"]

NOW = datetime.datetime.now(datetime.timezone.utc)


@pytest.fixture
def late_town(town: Callable[[], Town]) -> Callable[[], Town]:
    """Make a commune whose budget is late."""

    def make() -> Town:
        place = town()
        publish(place, budget(place.siret, year=NOW.year - 4))
        return place

    return make


@pytest.fixture
def alone(portal: None) -> Iterator[None]:
    """Nothing is expected of what other tests left behind."""
    others = [
        one.siren
        for one in model.Session.query(Collectivity).filter_by(status="active")
    ]
    change = model.Session.query(Collectivity).filter(Collectivity.siren.in_(others))
    change.update({"status": "closed"}, synchronize_session=False)
    model.Session.commit()
    yield
    model.Session.rollback()
    change.update({"status": "active"}, synchronize_session=False)
    model.Session.commit()


@pytest.fixture(autouse=True)
def clean_session() -> Iterator[None]:
    """Leave no failed transaction to the next test."""
    yield
    model.Session.rollback()


def age_releases(place: Town, days: int) -> None:
    """Let the files of a commune be that old."""
    moment = NOW - datetime.timedelta(days=days)
    model.Session.query(Deposit).filter_by(siren=place.siren).update(
        {"published_at": moment}
    )
    model.Session.commit()
