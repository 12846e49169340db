"""Whoever leaves, by whichever way, loses all at once; those concerned are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import second_factor
from ckanext.odlocale.people.contacts import people_of
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import (
    Desk,
    Epci,
    account,
    as_site,
    manager_of,
    only_administrators,
)
from tests.integration.people.test_team import letters_to
from tests.integration.publishing.conftest import Town, budget, call_as, send

ATD = "atd@essai.example"


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    """A commune whose only agent is its own: who made it is taken out."""
    made = town()
    for one, _ in people_of(made.org_id):
        if one.name != made.agent:
            as_site("organization_member_delete", id=made.org_id, username=one.name)
    return made


@pytest.fixture(autouse=True)
def atd() -> Iterator[None]:
    with mock.patch.dict(tk.config, {"ckanext.odlocale.contact_email": ATD}):
        yield


def keys_of(user_id: str) -> int:
    return int(model.Session.query(model.ApiToken).filter_by(user_id=user_id).count())


def verbs_about(user_id: str, org_id: str) -> list[str]:
    query = model.Session.query(JournalLine.verb).filter_by(
        object_id=user_id, org_id=org_id
    )
    return [verb for (verb,) in query.order_by(JournalLine.id)]


def by_the_page(commune: Town, manager: str) -> None:
    call_as(manager, "odlocale_person_remove", org_id=commune.org_id,
            user=commune.agent)  # fmt: skip


def by_organization(commune: Town, manager: str) -> None:
    call_as(manager, "organization_member_delete", id=commune.org_id,
            username=commune.agent)  # fmt: skip


def by_member(commune: Town, manager: str) -> None:
    call_as(manager, "member_delete", id=commune.org_id, object=commune.agent,
            object_type="user")  # fmt: skip


def by_group(commune: Town, manager: str) -> None:
    as_site("group_member_delete", id=commune.org_id, username=commune.agent)


def by_deletion(commune: Town, manager: str) -> None:
    as_site("user_delete", id=commune.agent)


def test_letters_say_who_decided_and_for_whom(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above, manager = epci(commune), manager_of(commune)
    agent = model.User.get(commune.agent)
    address, org_id = agent.email, commune.org_id
    names = {one: model.User.get(one).display_name for one in (manager, above.animator)}

    def last() -> str:
        return " ".join(letters_to(mailbox, address)[-1].split())

    for role, who in (("manager", manager), ("agent", above.animator)):
        call_as(who, "odlocale_person_change", org_id=org_id, user=agent.name,
                role=role)  # fmt: skip
        for_whom = f", on behalf of {commune.name}" if who != manager else ""
        assert f"Decided by {names[who]}{for_whom}." in last()
    by_the_page(commune, above.animator)
    said = f"Decided by {names[above.animator]}, on behalf of {commune.name}."
    assert said in last()
    call_as(manager, "odlocale_person_leave", org_id=org_id)
    address = model.User.get(manager).email
    assert f"Decided by {names[manager]}." in last()


WAYS = [by_the_page, by_organization, by_member, by_group, by_deletion]


@pytest.mark.parametrize("leave", WAYS)
def test_every_way_out_has_the_same_consequences(
    leave: Callable[[Town, str], None],
    commune: Town,
    mailbox: Mailbox,
    desk_of: Callable[[str | None], Desk],
) -> None:
    manager = manager_of(commune)
    agent = model.User.get(commune.agent)
    draft = send(commune, budget(commune.siret))
    desk = desk_of(agent.name).get(f"/publier/{commune.code}")
    assert desk.response.status_code == 200
    token = as_site("api_token_create", user=agent.name, name="vieux logiciel")
    leave(commune, manager)
    assert desk.get(f"/publier/{commune.code}").address == "/user/login"
    assert keys_of(agent.id) == 0
    said = desk_of(None).client.get(
        f"/api/3/action/odlocale_deposit_list?org_id={commune.org_id}",
        headers={"Authorization": token["token"]},
    )
    assert said.status_code == 403
    assert verbs_about(agent.id, commune.org_id)[-1] == "removed"
    told = letters_to(mailbox, model.User.get(manager).email)
    assert agent.display_name in told[-1]
    kept = call_as(manager, "odlocale_deposit_list", org_id=commune.org_id)
    assert [one["id"] for one in kept] == [draft["id"]]


@pytest.mark.parametrize("leave", [by_organization, by_deletion])
def test_the_atd_is_told_where_nobody_is_left(
    leave: Callable[[Town, str], None], commune: Town, mailbox: Mailbox
) -> None:
    leave(commune, str(tk.config["ckan.site_id"]))
    assert any(commune.name in one for one in letters_to(mailbox, ATD))


def test_who_still_serves_another_keeps_his_keys(
    town: Callable[[], Town], mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    one, two = town(), town()
    as_site("organization_member_create", id=two.org_id, username=one.agent,
            role="editor")  # fmt: skip
    agent = model.User.get(one.agent)
    as_site("api_token_create", user=agent.name, name="logiciel")
    desk = desk_of(agent.name).get(f"/publier/{one.code}")
    as_site("organization_member_delete", id=one.org_id, username=agent.name)
    assert keys_of(agent.id) == 1
    assert desk.get(f"/publier/{one.code}").response.status_code == 403
    assert desk.get(f"/publier/{two.code}").response.status_code == 200


def test_a_refused_removal_changes_nothing(
    commune: Town, town: Callable[[], Town], mailbox: Mailbox
) -> None:
    agent = model.User.get(commune.agent)
    as_site("api_token_create", user=agent.name, name="logiciel")
    stranger = manager_of(town())
    for who in (stranger, account(), ""):
        with pytest.raises(tk.NotAuthorized):
            by_member(commune, who)
        with pytest.raises(tk.NotAuthorized):
            call_as(who, "user_delete", id=agent.name)
        model.Session.rollback()
    assert keys_of(agent.id) == 1
    assert verbs_about(agent.id, commune.org_id) == []
    assert letters_to(mailbox, agent.email) == []


def test_a_deleted_account_given_back_brings_no_session_back(
    commune: Town, desk_of: Callable[[str | None], Desk], mailbox: Mailbox
) -> None:
    desk = desk_of(commune.agent).get("/publier")
    agent = model.User.get(commune.agent)
    secret = second_factor.begin(agent.id)
    assert secret
    as_site("user_delete", id=agent.name)
    agent = model.User.get(agent.id)
    agent.state = "active"
    model.Session.commit()
    assert desk.get("/publier").address == "/user/login"


def test_core_s_form_of_an_organisation_takes_keys_too(
    commune: Town, mailbox: Mailbox
) -> None:
    agent = model.User.get(commune.agent)
    as_site("api_token_create", user=agent.name, name="logiciel")
    shown: dict[str, Any] = as_site("organization_show", id=commune.org_id)
    as_site("organization_update", **{**shown, "users": []})
    assert people_of(commune.org_id) == []
    assert keys_of(agent.id) == 0


def test_the_last_administrator_is_not_deleted(mailbox: Mailbox) -> None:
    one, two = (str(factories.Sysadmin()["name"]) for _ in range(2))
    with only_administrators(one, two):
        as_site("user_delete", id=two)
        with pytest.raises(tk.ValidationError):
            as_site("user_delete", id=one)
    assert model.User.get(one).state == "active"
