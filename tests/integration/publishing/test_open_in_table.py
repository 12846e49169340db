"""A file that was sent in, opened in a table online to be completed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan.plugins import toolkit as tk

from ckanext.odlocale.publishing.grid_core import MAX_ROWS
from ckanext.odlocale.publishing.model import Deposit
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)
from tests.integration.publishing.test_home import words_of

Open = Callable[[str | None], Desk]


def lacking(town: Town, siret: str = "") -> bytes:
    """A budget of which two rows say no section."""
    lines = budget(siret or town.siret).decode().splitlines()
    for at in (2, 5):
        lines[at] = lines[at].replace("fonctionnement", "")
    return "\n".join([*lines, ""]).encode()


def table_of(town: Town, opened: dict[str, Any]) -> dict[str, Any]:
    return dict(call_as(town.agent, "odlocale_grid_show", **opened))


def test_rows_that_lack_something_are_completed_and_published(
    mende: Town, desk_of: Open
) -> None:
    desk = desk_of(mende.agent).drop(mende, lacking(mende))
    base = desk.address.removesuffix("/verifier")
    assert "Complétez les 2 lignes" in words_of(desk)
    desk.post(f"{base}/tableau", {})
    assert desk.address == f"/publier/{mende.code}/budget/saisie"
    key = f"fichier-{base.split('/')[-1][:8]}"
    place = {"org_id": mende.org_id, "schema": "budget", "key": key}
    table = table_of(mende, place)
    assert table["constants"]["BGT_SIRET"] == mende.siret
    assert [one["cells"].get("BGT_SECTION", "") for one in table["rows"]][:5] == [
        "fonctionnement", "", "fonctionnement", "fonctionnement", "",
    ]  # fmt: skip
    changes = [
        {"row": one["id"], "field": "BGT_SECTION", "value": "fonctionnement"}
        for one in table["rows"]
        if not one["cells"].get("BGT_SECTION")
    ]
    call_as(mende.agent, "odlocale_grid_save", **place, changes=changes)
    # A second click opens the same table, with what was completed in it.
    desk.get(f"{base}/verifier").post(f"{base}/tableau", {})
    again = table_of(mende, place)
    assert len(again["rows"]) == 12
    assert all(one["cells"].get("BGT_SECTION") for one in again["rows"])
    sent = call_as(mende.agent, "odlocale_grid_deposit", **place)
    assert sent["analysis"]["incomplete"] == 0
    # The file itself is as it was.
    first = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    assert first["analysis"]["incomplete"] == 2


def test_what_is_online_says_what_it_lacks_and_is_completed(
    mende: Town, desk_of: Open
) -> None:
    done = publish(mende, lacking(mende))
    desk = desk_of(mende.agent).get(f"/publier/depot/{done['id']}/fini")
    assert "Complétez les 2 lignes" in words_of(desk)
    public = desk_of(None).get(f"/dataset/{done['package_id']}")
    feed = desk_of(None).get(f"/catalogue/{mende.code}.ttl").page
    for said in (words_of(public), feed):
        assert "2 lignes n’ont pas toutes les valeurs obligatoires" in said
    opened = call_as(mende.agent, "odlocale_grid_open", id=done["id"])
    assert opened["rows"] == 12
    sent = call_as(
        mende.agent,
        "odlocale_grid_deposit",
        **{name: opened[name] for name in ("org_id", "schema", "key")},
    )
    assert sent["online"] == done["id"], "the same address: it is asked whether to"


def test_the_annexe_keeps_its_own_number(mende: Town) -> None:
    annexe = mende.siret[:9] + "00085"
    sent = send(mende, lacking(mende, annexe))
    opened = call_as(mende.agent, "odlocale_grid_open", id=sent["id"])
    del opened["rows"]
    assert table_of(mende, opened)["constants"]["BGT_SIRET"] == annexe


def test_what_no_table_holds_is_refused_and_nothing_is_begun(
    mende: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = send(mende, budget(mende.siret, rows=MAX_ROWS + 1))
    unreadable = send(mende, b"%PDF-1.4", "plan.csv")
    for one in (many, unreadable):
        with pytest.raises(tk.ValidationError):
            call_as(mende.agent, "odlocale_grid_open", id=one["id"])
    assert call_as(mende.agent, "odlocale_grid_list", org_id=mende.org_id) == []
    assert Deposit.load(many["id"]) is not None


def test_neither_another_agent_nor_nobody_opens_it(
    mende: Town, town: Callable[[], Town]
) -> None:
    sent = send(mende, lacking(mende))
    for who in (town().agent, ""):
        with pytest.raises(tk.NotAuthorized):
            call_as(who, "odlocale_grid_open", id=sent["id"])
