"""A token lets one software act for one collectivité, and is shown once."""

from __future__ import annotations

import datetime
import io
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.mandate_actions import warn_of_ends
from ckanext.odlocale.people.tables import Mandate, Token
from ckanext.odlocale.people.token_actions import warn_of_tokens
from ckanext.odlocale.people.token_rules import TokenRefused, find_bearer
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import (
    Desk,
    Epci,
    account,
    as_site,
    manager_of,
)
from tests.integration.publishing.conftest import Town, call_as

TODAY = datetime.date.today()
PDF = b"%PDF-1.4\n% signed\n"


def later(days: int) -> str:
    return (TODAY + datetime.timedelta(days=days)).isoformat()


def make(user: str, place: Town, **more: Any) -> dict[str, Any]:
    """Make a token on budgets for a year."""
    given = {
        "org_id": place.org_id,
        "name": "Horizon Compta",
        "schemas": ["budget"],
        "verbs": ["publish"],
        "until": later(365),
    }
    return dict(call_as(user, "odlocale_token_create", **{**given, **more}))


def mandates_of(place: Town) -> list[Mandate]:
    return list(
        model.Session.query(Mandate).filter_by(org_id=place.org_id, holder="software")
    )


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def test_it_is_shown_once_and_kept_nowhere(commune: Town, mailbox: Mailbox) -> None:
    manager = manager_of(commune)
    made = make(manager, commune)
    secret = made["secret"]
    assert find_bearer(secret).name == "Horizon Compta"
    listed = call_as(manager, "odlocale_token_list", org_id=commune.org_id)
    assert [one["id"] for one in listed] == [made["id"]]
    assert secret not in str(listed)
    assert secret.startswith(listed[0]["prefix"])
    for table in ("odlocale_token", "odlocale_journal", "odlocale_mandate"):
        kept = model.Session.execute(sa.text(f"SELECT t::text FROM {table} t"))
        assert not any(secret in row for (row,) in kept)
    assert all(secret.encode() not in one.content for one in mailbox.envelopes)


def test_its_mandate_is_made_in_one_step_and_used_again(
    commune: Town, mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    first = make(manager, commune)
    again = make(manager, commune, name="horizon compta", until=later(200))
    assert first["mandate_id"] == again["mandate_id"]
    wider = make(manager, commune, schemas=["budget", "dae"])
    longer = make(manager, commune, until=later(400))
    other = make(manager, commune, name="Autre logiciel")
    ids = {one["mandate_id"] for one in (first, wider, longer, other)}
    assert len(ids) == 4 == len(mandates_of(commune))
    given = {one.id: one for one in mandates_of(commune)}
    assert given[first["mandate_id"]].state == "accepted"
    assert given[first["mandate_id"]].schemas == ["budget"]


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ("revoked", "revoked"),
        ("expired", "expired"),
        ("mandate ended", "mandate"),
        ("mandate refused", "mandate"),
        ("mandate over", "mandate"),
        ("mandate to come", "mandate"),
    ],
)
def test_when_it_is_worth_nothing(
    how: str, fault: str, commune: Town, mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    made = make(manager, commune)
    token = model.Session.get(Token, made["id"])
    mandate = model.Session.get(Mandate, made["mandate_id"])
    day = datetime.timedelta(days=1)
    if how == "revoked":
        call_as(manager, "odlocale_token_revoke", id=made["id"])
    elif how == "expired":
        token.until = TODAY - day
    elif how == "mandate ended":
        call_as(manager, "odlocale_mandate_end", id=mandate.id)
    elif how == "mandate refused":
        mandate.state = "refused"
    elif how == "mandate over":
        mandate.since = mandate.until = TODAY - day
    else:
        mandate.since = TODAY + day
    model.Session.commit()
    with pytest.raises(TokenRefused) as refused:
        find_bearer(made["secret"])
    assert refused.value.fault == fault
    listed = call_as(manager, "odlocale_token_list", org_id=commune.org_id)
    assert listed[0]["standing"] == fault


def test_a_token_of_the_same_beginning_is_not_the_token(
    commune: Town, mailbox: Mailbox
) -> None:
    secret = make(manager_of(commune), commune)["secret"]
    swapped = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for guess in (swapped, "odl_zzzzzzzz_" + secret[13:], secret[:13] + "A" * 43):
        with pytest.raises(TokenRefused) as refused:
            find_bearer(guess)
        assert refused.value.fault == "unknown"


def test_it_is_the_commune_s_and_survives_who_made_it(
    commune: Town, mailbox: Mailbox
) -> None:
    manager, other = manager_of(commune), manager_of(commune)
    made = make(manager, commune)
    call_as(manager, "odlocale_person_leave", org_id=commune.org_id)
    assert find_bearer(made["secret"]).org_id == commune.org_id
    named = model.User.get(manager).display_name
    listed = call_as(other, "odlocale_token_list", org_id=commune.org_id)
    assert listed[0]["made_by"] == named
    as_site("user_delete", id=manager)
    listed = call_as(other, "odlocale_token_list", org_id=commune.org_id)
    assert named not in listed[0]["made_by"]
    assert find_bearer(made["secret"])
    call_as(other, "odlocale_token_revoke", id=made["id"])
    with pytest.raises(TokenRefused):
        find_bearer(made["secret"])


def test_the_last_token_revoked_ends_the_mandate(
    commune: Town, mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    made = [make(manager, commune), make(manager, commune)]
    call_as(manager, "odlocale_token_revoke", id=made[0]["id"])
    assert mandates_of(commune)[0].state == "accepted"
    call_as(manager, "odlocale_token_revoke", id=made[1]["id"])
    model.Session.expire_all()
    assert mandates_of(commune)[0].state == "ended"
    with pytest.raises(tk.ValidationError):
        call_as(manager, "odlocale_token_revoke", id=made[1]["id"])


def test_an_animator_makes_one_with_the_document_only(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above = epci(commune)
    with pytest.raises(tk.ValidationError) as caught:
        make(above.animator, commune)
    assert "document" in caught.value.error_dict
    assert mandates_of(commune) == []
    made = make(above.animator, commune, document=io.BytesIO(PDF))
    assert mandates_of(commune)[0].document["size"] == len(PDF)
    assert made["standing"] == "current"


def test_who_may_not(commune: Town, town: Callable[[], Town], mailbox: Mailbox) -> None:
    made = make(manager_of(commune), commune)
    for user in (commune.agent, manager_of(town()), account(), ""):
        with pytest.raises(tk.NotAuthorized):
            make(user, commune)
        with pytest.raises(tk.NotAuthorized):
            call_as(user, "odlocale_token_revoke", id=made["id"])
    listed = call_as(commune.agent, "odlocale_token_list", org_id=commune.org_id)
    assert len(listed) == 1
    with pytest.raises(tk.NotAuthorized):
        call_as(account(), "odlocale_token_list", org_id=commune.org_id)


BAD = {
    "name": {"name": ""},
    "long name": {"name": "x" * 201},
    "null": {"name": "a\0b"},
    "no verb": {"verbs": []},
    "verb": {"verbs": ["destroy"]},
    "schema": {"schemas": ["inconnu"]},
    "past": {"until": later(-1)},
    "too long": {"until": later(2000)},
    "day": {"until": "demain"},
    "id": {"id": "not a uuid"},
}


@pytest.mark.parametrize("more", BAD.values(), ids=BAD)
def test_what_is_refused(more: dict[str, Any], commune: Town) -> None:
    with pytest.raises(tk.ValidationError):
        make(manager_of(commune), commune, **more)
    model.Session.rollback()
    assert mandates_of(commune) == []


def test_one_form_sent_twice_makes_one(
    commune: Town, mailbox: Mailbox, app: Any
) -> None:
    manager, same = manager_of(commune), str(uuid.uuid4())
    model.Session.remove()
    start, made = threading.Barrier(2), list[str]()

    def work() -> None:
        with app.flask_app.test_request_context():
            start.wait()
            try:
                make(manager, commune, id=same)
                made.append("made")
            except tk.ValidationError:
                made.append("refused")
            finally:
                model.Session.remove()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == ["made", "refused"]
    assert model.Session.query(Token).filter_by(org_id=commune.org_id).count() == 1


def test_the_managers_are_told_and_the_journal_says_it(
    commune: Town, mailbox: Mailbox
) -> None:
    manager, other = manager_of(commune), manager_of(commune)
    made = make(manager, commune)
    call_as(manager, "odlocale_token_revoke", id=made["id"])
    told = [to for one in mailbox.envelopes for to in one.rcpt_tos]
    assert told.count(model.User.get(other).email) == 2
    lines = call_as(manager, "odlocale_journal_list", org_id=commune.org_id)["lines"]
    said = {one["verb"]: one["sentence"] for one in lines}
    assert "Horizon Compta" in said["token made"]
    assert "Horizon Compta" in said["token revoked"]
    line = model.Session.query(JournalLine).filter_by(verb="token made",
        object_id=made["id"]).one()  # fmt: skip
    assert line.detail["prefix"] == made["prefix"]


def test_its_end_is_told_before_once_and_by_one_letter(
    commune: Town, mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    make(manager, commune, until=later(20))
    followed = make(manager, commune, name="Autre", until=later(20))
    make(manager, commune, name="autre", until=later(300))
    mailbox.envelopes.clear()
    for day in (0, 1, 14, 15, 21, 22):
        warn_of_tokens(TODAY + datetime.timedelta(days=day))
        warn_of_ends(TODAY + datetime.timedelta(days=day))
    address = model.User.get(manager).email
    told = [to for one in mailbox.envelopes for to in one.rcpt_tos]
    assert told.count(address) == 3
    assert followed["standing"] == "current"


def test_where_a_commune_has_nobody_the_animators_are_told(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above = epci(commune)
    other = account(above.org_id, "admin")
    for one, _ in people_of(commune.org_id):
        as_site("organization_member_delete", id=commune.org_id, username=one.name)
    mailbox.envelopes.clear()
    made = make(above.animator, commune, until=later(20), document=io.BytesIO(PDF))
    address = model.User.get(other).email

    def told() -> list[str]:
        letters = [to for one in mailbox.envelopes for to in one.rcpt_tos]
        mailbox.envelopes.clear()
        return letters

    made_to = told()
    assert address in made_to
    assert model.User.get(above.animator).email not in made_to
    assert warn_of_tokens(TODAY) >= 1
    assert told().count(address) == 1
    call_as(above.animator, "odlocale_token_revoke", id=made["id"])
    assert address in told()


def test_only_letters_that_left_are_counted(commune: Town, mailbox: Mailbox) -> None:
    model.Session.execute(sa.update(Token).values(warned=0))
    for one, _ in people_of(commune.org_id, ("admin",)):
        as_site("organization_member_delete", id=commune.org_id, username=one.name)
    unknown = f"inconnu@{uuid.uuid4().hex[:8]}.example"
    make(account(commune.org_id, "admin", unknown), commune, until=later(20))
    assert warn_of_tokens(TODAY) == 0
    assert unknown not in [to for one in mailbox.envelopes for to in one.rcpt_tos]


def test_by_the_page_it_is_made_shown_once_listed_and_stopped(
    commune: Town, desk_of: Callable[[str | None], Desk], mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    where = f"/equipe/{commune.code}/logiciels"
    desk = desk_of(manager).get(f"/publier/{commune.code}")
    assert where in desk.page
    assert "Envoyer depuis mon logiciel" in desk.page
    desk.get(where)
    once = re.search(r'name="id" value="([^"]+)"', desk.page)
    assert once
    form = {"name": "Horizon <b>", "donnees": "choix", "may": "publish",
            "until": later(90), "id": once.group(1)}  # fmt: skip
    refused = desk.post(where, form)
    assert refused.response.status_code == 400
    assert "Horizon &lt;b&gt;" in refused.page, "what was typed is still there"
    form["schemas"] = "budget"
    made = desk.post(where, form)
    assert made.response.status_code == 200
    secret = re.search(r'value="(odl_[^"]+)"', made.page)
    assert secret
    assert f"Bearer {secret.group(1)}" in made.page.replace("&#34;", '"')
    assert f"/api/odlocale/v1/depots/{commune.code}/budget/" in made.page
    assert "no-store" in made.response.headers["Cache-Control"]
    # The same form again (the button «Reload»): nothing is made, nothing shown.
    again = desk.get(where).post(where, form)
    assert secret.group(1) not in again.page
    assert model.Session.query(Token).filter_by(org_id=commune.org_id).count() == 1
    shown = desk.get(where)
    assert secret.group(1) not in shown.page
    assert secret.group(1)[:12] in shown.page
    desk.post(f"/equipe/logiciel/{once.group(1)}/arreter", {})
    assert desk.address == where
    with pytest.raises(TokenRefused):
        find_bearer(secret.group(1))


def test_an_agent_sees_the_page_and_no_form(
    commune: Town, desk_of: Callable[[str | None], Desk], mailbox: Mailbox
) -> None:
    made = make(manager_of(commune), commune)
    desk = desk_of(commune.agent).get(f"/equipe/{commune.code}/logiciels")
    assert "Horizon Compta" in desk.page
    assert "/arreter" not in desk.page
    desk.get("/publier").post(f"/equipe/logiciel/{made['id']}/arreter", {})
    assert desk.response.status_code == 403
    assert find_bearer(made["secret"])
