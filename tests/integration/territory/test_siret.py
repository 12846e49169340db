"""The SIRET that data.gouv.fr recognises a collectivité by: its own, confirmed."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.tables import Collectivity


@pytest.fixture
def commune() -> Collectivity:
    """Apt: a commune that only this file applies."""
    call_action("odlocale_territory_apply", departement="84")
    found = Collectivity.by_code("84003")
    assert found is not None
    return found


def patch(commune: Collectivity, siret: str) -> dict[str, Any]:
    context = {"user": factories.Sysadmin()["name"], "ignore_auth": False}
    call_action("organization_patch", context, id=commune.org_id, siret=siret)
    shown: dict[str, Any] = call_action("organization_show", id=commune.org_id)
    return shown


def test_its_own_siret_is_kept_without_its_spaces(commune: Collectivity) -> None:
    siret = default_siret(commune.siren)
    spaced = f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"
    assert patch(commune, spaced)["siret"] == siret


@pytest.mark.parametrize("wrong", ["12345678901234", "2184000", "abc"])
def test_a_wrong_siret_is_refused(commune: Collectivity, wrong: str) -> None:
    with pytest.raises(tk.ValidationError, match="SIRET"):
        patch(commune, wrong)


def test_anothers_siret_is_refused(commune: Collectivity) -> None:
    with pytest.raises(tk.ValidationError, match=commune.siren):
        patch(commune, default_siret("225600014"))
