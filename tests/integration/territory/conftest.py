"""The territory that these tests stand on.

Two small départements are enough, and real ones: Paris (75), which is at once a
commune and a département, and the Territoire de Belfort (90), 101 communes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.territory.tables import AtdPerimeter, Collectivity
from tests.integration.territory.written import (
    BIG,
    SMALL,
    Territory,
    register_atd,
    write_territory,
)

Call = Callable[..., Any]


@pytest.fixture
def sysadmin(portal: None) -> dict[str, Any]:
    """An administrator of the portal."""
    return factories.Sysadmin()


@pytest.fixture
def call_as() -> Call:
    """Call an action with the rights of a user, or of nobody."""

    def call(user: str | None, action: str, **data: Any) -> Any:
        context = {"user": user or "", "ignore_auth": False}
        return tk.get_action(action)(context, data)

    return call


_applied: dict[str, Any] = {}


@pytest.fixture
def belfort(portal: None) -> dict[str, Any]:
    """The Territoire de Belfort; what its first apply in this run returned.

    Applied once for all tests: those that change it put it back.
    """
    if not _applied:
        site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        _applied.update(
            tk.get_action("odlocale_territory_apply")(
                {"user": site["name"]}, {"departement": "90"}
            )
        )
    return _applied


@pytest.fixture
def agent_of(belfort: dict[str, Any]) -> Callable[[str], str]:
    """Make an agent of a collectivité, given its code; return his name."""

    def make(code: str, capacity: str = "editor") -> str:
        user = factories.User(name=f"agent-{uuid.uuid4().hex[:12]}")
        org = helpers.call_action("odlocale_collectivity_show", code=code)
        helpers.call_action(
            "organization_member_create",
            id=org["organization"]["id"],
            username=user["name"],
            role=capacity,
        )
        return str(user["name"])

    return make


@pytest.fixture(autouse=True)
def clean_session() -> Any:
    """Leave no failed transaction to the next test."""
    yield
    model.Session.rollback()


_written: dict[str, Territory] = {}


@pytest.fixture
def big(portal: None) -> Territory:
    """The Indre, whole: 241 communes, all under an ATD of red and name of its own."""
    if BIG not in _written:
        territory = write_territory(BIG)
        members = model.Session.scalars(
            sa.select(Collectivity.siren).where(Collectivity.departement == BIG)
        ).all()
        register_atd(territory.head.siren, "Numérique 36", "#7a1f1f", members)
        _written[BIG] = territory
    return _written[BIG]


@pytest.fixture
def small(portal: None) -> Territory:
    """Three communes of the Lot and what is above them."""
    if SMALL not in _written:
        territory = write_territory(SMALL, only=3)
        members = [territory.epci.siren, *(one.siren for one in territory.communes)]
        register_atd(territory.head.siren, "Lot numérique", "#1f3f7a", members)
        _written[SMALL] = territory
    return _written[SMALL]


@pytest.fixture
def epci_atd(small: Territory) -> Iterator[Territory]:
    """The small territory, whose EPCI is an ATD too."""
    members = [one.siren for one in small.communes]
    register_atd(small.epci.siren, "Grand Lot", "#4a1f7a", members)
    yield small
    atd = model.Session.get(AtdPerimeter, small.epci.siren)
    model.Session.delete(atd)
    model.Session.commit()
