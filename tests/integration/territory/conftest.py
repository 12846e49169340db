"""The territory that these tests stand on.

Two small départements are enough, and real ones: Paris (75), which is at once a
commune and a département, and the Territoire de Belfort (90), 101 communes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

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
