"""A commune that merges: its tokens are over, its addresses go on by the heir's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration import mergers
from tests.integration.publishing.conftest import Town, budget, publish
from tests.integration.publishing.software import ALL, Software, give


@pytest.fixture
def merged(town: Callable[[], Town]) -> tuple[Town, Town]:
    """A commune that has a file online, and who took it in since."""
    former, heir = town(), town()
    publish(former, budget(former.siret))
    mergers.merge(former.org_id, heir.org_id)
    return former, heir


def test_the_token_of_a_commune_that_merged_is_over(
    merged: tuple[Town, Town], app: Any
) -> None:
    former, heir = merged
    sender = Software(app, former, give(former, *ALL)[1])
    done = sender.put(budget(former.siret, rows=3))
    assert (sender.status, done["error"]["code"]) == (403, "closed")
    sender.town = heir
    assert sender.put(budget(heir.siret))["error"]["code"] == "other_collectivity"


def test_the_heir_s_software_sends_for_both_each_at_its_address(
    merged: tuple[Town, Town], app: Any
) -> None:
    former, heir = merged
    sender = Software(app, heir, give(heir, *ALL)[1])
    sender.put(budget(heir.siret))
    assert sender.status == 201
    # The former's rows at the heir's address: told where they belong.
    nic = former.siret[9:]
    wrong = sender.path(f"2022-budget-primitif-{nic}")
    done = sender.put(budget(former.siret, rows=3), wrong)
    assert (sender.status, done["error"]["code"]) == (409, "other_owner")
    right = done["error"]["address"].removeprefix("http://test.ckan.net")
    assert f"/depots/{former.code}/" in right
    replaced = sender.put(budget(former.siret, rows=3), right)
    assert (sender.status, replaced["result"]) == (200, "replaced")
    address = replaced["deposit"]["address"].removeprefix("http://test.ckan.net")
    assert address.startswith(f"/donnees/{former.code}/")
    assert len(sender.client.get(address).data.splitlines()) == 4
    assert sender.get(right)["online"]["rows"] == 3
