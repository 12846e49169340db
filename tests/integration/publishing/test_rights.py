"""Who may do what: nobody works on another commune's data."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from markupsafe import escape

from ckanext.odlocale.publishing import (
    actions,
    document_desk_actions,
    grid_actions,
    push_actions,
    rule_actions,
    schema_actions,
)
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)

Open = Callable[[str | None], Desk]

#: Those of the grid are tried in ``test_grid.py``, those on documents that are online
#: in ``test_document_desk.py``, those on models in
#: ``test_models.py`` and ``test_rules.py``, those of software in ``test_push.py``,
#: core's that are followed in ``test_core_writes.py``.
OF_THE_DESK = sorted(
    {one for one in actions.__all__ if one.startswith("odlocale_")}
    - set(grid_actions.__all__)
    - set(document_desk_actions.__all__)
    - set(schema_actions.__all__)
    - set(rule_actions.__all__)
    # Everybody's: what is published was read by everybody.
    - {"odlocale_release_list"}
    - set(push_actions.__all__)
)
ON_A_DEPOSIT = sorted(
    set(OF_THE_DESK)
    - {"odlocale_deposit_create", "odlocale_deposit_list", "odlocale_desk_list"}
)


def arguments(action: str, town: Town, deposit_id: str) -> dict[str, Any]:
    if action == "odlocale_desk_list":
        return {}
    if action.startswith("odlocale_answer_") or action == "odlocale_grid_prepare":
        return {"org_id": town.org_id, "schema": "budget", "year": 2026}
    if action.startswith("odlocale_document_"):
        said = {"title": "Plan", "agreed": "yes"}
        return {"org_id": town.org_id, "id": deposit_id, **said}
    if action in ON_A_DEPOSIT:
        said = {"group": "any", "decisions": [], "digest": "0" * 64}
        return {"id": deposit_id, **said, "action": "odlocale_deposit_undo"}
    upload = {"upload": io.BytesIO(budget(town.siret))}
    return {"org_id": town.org_id, **upload}


@pytest.mark.parametrize("action", OF_THE_DESK)
def test_an_anonymous_caller_is_refused(action: str, mende: Town) -> None:
    sent = send(mende, budget(mende.siret))
    with pytest.raises(tk.NotAuthorized):
        call_as("", action, **arguments(action, mende, sent["id"]))


@pytest.mark.parametrize("action", sorted(set(OF_THE_DESK) - {"odlocale_desk_list"}))
def test_the_agent_of_another_commune_is_refused(
    action: str, mende: Town, town: Callable[[], Town]
) -> None:
    sent = send(mende, budget(mende.siret))
    with pytest.raises(tk.NotAuthorized):
        call_as(town().agent, action, **arguments(action, mende, sent["id"]))


def test_the_desk_lists_ones_own_communes_only(
    mende: Town, town: Callable[[], Town]
) -> None:
    send(mende, budget(mende.siret))
    other = town()
    listed = call_as(other.agent, "odlocale_desk_list")
    assert [one["code"] for one in listed["collectivities"]] == [other.code]
    assert listed["collectivities"][0]["deposits"] == []
    assert not listed["picks"]


PAGES = (
    "",
    "/quoi",
    "/colonnes",
    "/verifier",
    "/remplacer",
    "/relire",
    "/tel-quel",
    "/fini",
    "/original",
    "/rapport.csv",
    "/rapport.json",
)


@pytest.mark.parametrize("page", PAGES)
def test_another_agent_reads_a_french_refusal_that_names_no_draft(
    page: str, mende: Town, town: Callable[[], Town], desk_of: Open
) -> None:
    sent = send(mende, budget(mende.siret), "secret.csv")
    desk = desk_of(town().agent).get(f"/publier/depot/{sent['id']}{page}")
    assert desk.response.status_code == 403
    assert "réservée à une autre mairie" in desk.page
    assert "secret" not in desk.page
    assert escape(mende.name) not in desk.page


def test_another_agent_cannot_publish_by_the_form(
    mende: Town, town: Callable[[], Town], desk_of: Open
) -> None:
    sent = send(mende, budget(mende.siret))
    other = town()
    desk = desk_of(other.agent).get(f"/publier/{other.code}")
    desk.post(f"/publier/depot/{sent['id']}/publier", {})
    assert desk.response.status_code == 403
    desk.get(f"/publier/{other.code}").drop(other, b"")
    file = (io.BytesIO(budget(mende.siret)), "budget.csv")
    desk.post("/publier/deposer", {"code": mende.code, "file": file})
    assert desk.response.status_code == 403
    assert call_as(mende.agent, "odlocale_deposit_show", id=sent["id"])["version"] == 1


def test_another_agent_cannot_open_the_data_of_a_commune(
    mende: Town, town: Callable[[], Town], desk_of: Open
) -> None:
    publish(mende, budget(mende.siret))
    desk = desk_of(town().agent)
    for page in (f"/publier/{mende.code}", f"/publier/{mende.code}/budget"):
        assert desk.get(page).response.status_code == 403


def test_an_anonymous_visitor_logs_in_and_comes_back_to_the_same_page(
    mende: Town, desk_of: Open
) -> None:
    sent = send(mende, budget(mende.siret))
    page = f"/publier/depot/{sent['id']}/verifier"
    desk = desk_of(None).get(page)
    assert desk.address == "/user/login"
    desk.log_in(mende.agent)
    assert desk.address == page


def test_an_animator_acts_for_the_communes_below(mende: Town) -> None:
    animator = factories.User()
    above = factories.Organization(
        users=[{"name": animator["name"], "capacity": "admin"}]
    )
    # As the territory projects it: child, parent, capacity "public".
    model.Session.add(
        model.Member(
            group=model.Group.get(mende.org_id),
            group_id=mende.org_id,
            table_id=above["id"],
            table_name="group",
            capacity="public",
        )
    )
    model.Session.commit()
    sent = call_as(
        animator["name"],
        "odlocale_deposit_create",
        org_id=mende.org_id,
        upload=io.BytesIO(budget(mende.siret)),
        filename="budget.csv",
    )
    assert sent["state"] == "checked"


def test_a_page_of_nobody_is_a_french_404(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent)
    for page in ("/publier/depot/nothing", "/publier/99999", "/publier/xyz/budget"):
        assert desk.get(page).response.status_code == 404
        assert "Cette page n" in desk.page
    assert desk.get(f"/publier/{mende.code}/nothing").response.status_code == 404
