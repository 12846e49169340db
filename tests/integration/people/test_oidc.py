"""Coming in by a provider: a real one, on loopback, honest and then lying."""

from __future__ import annotations

import datetime
import html
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pyotp
import pytest
import requests
import sqlalchemy as sa
from ckan import model
from ckan.exceptions import CkanConfigurationException
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import (
    oidc_arrival,
    oidc_portal,
    oidc_session,
    oidc_views,
    refused,
    retention,
    rights,
    second_factor,
)
from ckanext.odlocale.people.oidc_tables import Attachment, Identity
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import (
    Desk,
    Epci,
    account,
    as_site,
    manager_of,
)
from tests.integration.people.test_team import letters_to
from tests.integration.publishing.conftest import Town, call_as
from tests.oidc_provider import (
    Claims,
    OidcProvider,
    running_provider,
    signed_by_another,
    signed_with_public_key,
    unsigned,
)

Commune = Callable[[], Town]
DeskOf = Callable[[str | None], Desk]
CCAS = "26560046100018"


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    """A provider, and the portal set up for it."""
    with running_provider() as running:
        site = tk.config["ckan.site_url"]
        running.redirect_uris.add(f"{site}/connexion/oidc/retour")
        running.logout_uris.add(f"{site}/connexion/oidc/deconnexion")
        with mock.patch.dict(tk.config, running.settings()):
            yield running


@pytest.fixture(autouse=True)
def counted_anew() -> None:
    """The lines of other tests are not counted."""
    server = connect_to_redis()
    for key in server.scan_iter("odlocale:refused:*"):
        server.delete(key)


@pytest.fixture
def commune(town: Commune) -> Town:
    return town()


def person(place: Town | None = None, **claims: Any) -> Claims:
    """Somebody who works at a commune, as ProConnect says it."""
    name = uuid.uuid4().hex[:12]
    return {
        "sub": f"sub-{name}",
        "siret": place.siret if place else CCAS,
        "email": f"agent-{name}@essai.example",
        "given_name": "Anne",
        "usual_name": f"Le Bris {name}",
        "organization_label": f"Organisme {name}",
        "acr": "eidas1",
        **claims,
    }


def leave(desk: Desk, where: str = "") -> str:
    """Press the button; return the provider's address."""
    desk.get("/user/login")
    found = re.search(r'name="_csrf_token"[^>]*?value="([^"]+)"', desk.page)
    assert found
    form = {"_csrf_token": found.group(1), "next": where}
    response = desk.client.post("/connexion/oidc", data=form, follow_redirects=False)
    assert response.status_code == 303, response.text
    return str(response.headers["Location"])


def return_of(address: str) -> str:
    """Where the provider sends the browser back: a path of the portal."""
    answer = requests.get(address, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}" == tk.config["ckan.site_url"]
    return f"{back.path}?{back.query}"


def come_in(desk: Desk, provider: OidcProvider, who: Claims, where: str = "") -> Desk:
    """Log in by the provider, as somebody."""
    provider.person = who
    return desk.get(return_of(leave(desk, where)))


def session_of(desk: Desk) -> Any:
    """What the server keeps of a browser's session."""
    return desk.client.session_transaction(base_url=tk.config["ckan.site_url"])


def is_in(desk: Desk) -> bool:
    return desk.get("/publier").address == "/publier"


def user_of(who: Claims) -> model.User:
    model.Session.expire_all()
    query = sa.select(Identity.user_id).where(Identity.sub == who["sub"])
    return model.User.get(model.Session.scalar(query))


def attachment_of(who: Claims, siret: str = "") -> Attachment:
    model.Session.expire_all()
    query = (
        sa.select(Attachment)
        .join(Identity, Identity.id == Attachment.identity_id)
        .where(
            Identity.sub == who["sub"],
            Attachment.siren == (siret or who["siret"])[:9],
        )
    )
    return model.Session.scalars(query).one()


def may_publish(who: Claims, place: Town) -> bool:
    return rights.ground_of(user_of(who).name, place.org_id) is not None


def lines(verb: str, **which: Any) -> list[JournalLine]:
    query = sa.select(JournalLine).where(JournalLine.verb == verb)
    for name, value in which.items():
        query = query.where(getattr(JournalLine, name) == value)
    return list(model.Session.scalars(query.order_by(JournalLine.id)))


# Coming in


def test_the_first_login_of_an_agent(
    commune: Town, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    manager = model.User.get(manager_of(commune))
    who = person(commune)
    desk = come_in(desk_of(None), provider, who)
    assert desk.address == f"/publier/{commune.code}"
    assert "Votre accès est ouvert" in desk.page
    user = user_of(who)
    assert (user.email, user.fullname) == (
        who["email"], f"Anne {who['usual_name']}",
    )  # fmt: skip
    assert may_publish(who, commune)
    assert not rights.may_manage(user.name, commune.org_id)
    (line,) = lines("logged in", user_id=user.id)
    assert line.detail == {"way": "provider"}
    assert line.org_id == commune.org_id
    assert lines("joined", user_id=user.id)[0].org_id == commune.org_id
    (letter,) = letters_to(mailbox, manager.email)
    assert commune.name in letter


def test_the_next_login_gives_no_second_letter(
    commune: Town, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    who = person(commune)
    come_in(desk_of(None), provider, who)
    sent = len(mailbox.envelopes)
    desk = come_in(desk_of(None), provider, who)
    assert is_in(desk)
    assert len(mailbox.envelopes) == sent


def test_each_login_says_for_whom_to_the_responsables(
    commune: Town, town: Commune, provider: OidcProvider, desk_of: DeskOf
) -> None:
    manager, other = manager_of(commune), town()
    who = person(commune)
    come_in(desk_of(None), provider, who)
    desk = come_in(desk_of(None), provider, who)
    # In already, she proves another commune: it is told there.
    come_in(desk, provider, {**who, "siret": other.siret})
    name = user_of(who).name

    def told(reader: str, place: Town) -> list[str]:
        found = call_as(reader, "odlocale_journal_list", org_id=place.org_id)
        return [one["sentence"] for one in found["lines"] if one["verb"] == "logged in"]

    said = f"logged in for {commune.name}, by a work account"
    assert told(manager, commune) == [said, said]
    # When a colleague logs in is not for other agents; one's own logins are.
    assert told(commune.agent, commune) == []
    assert told(name, commune) == [said, said]
    assert [one.org_id for one in lines("logged in", user_id=user_of(who).id)][:2] == [
        commune.org_id
    ] * 2
    head = str(factories.Sysadmin()["name"])
    listed = call_as(head, "odlocale_journal_portal")["lines"]
    assert said in [one["sentence"] for one in listed]
    page = desk_of(manager).get(f"/equipe/{commune.code}/journal").page
    assert f"a ouvert une session pour {commune.name}" in html.unescape(page)


def test_an_establishment_of_the_commune_enters(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    who = person(commune, siret=f"{commune.siren}00199")
    come_in(desk_of(None), provider, who)
    assert may_publish(who, commune)


def test_one_goes_on_to_the_page_that_one_wanted(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    where = f"/equipe/{commune.code}"
    who = person(commune)
    assert come_in(desk_of(None), provider, who, where).address == where
    who = person(commune)
    outside = come_in(desk_of(None), provider, who, "https://evil.example.org/")
    assert outside.address == f"/publier/{commune.code}"


def test_the_session_has_another_name_once_logged_in(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    name = tk.config["SESSION_COOKIE_NAME"]

    def name_of(desk: Desk) -> str:
        (found,) = (one for one in desk.client._cookies.values() if one.key == name)
        return str(found.value)

    desk = desk_of(None).get("/user/login")
    before = name_of(desk)
    come_in(desk, provider, person(commune))
    assert is_in(desk)
    assert name_of(desk) != before


def test_the_address_changes_at_the_provider_and_not_here(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    who = person(commune)
    come_in(desk_of(None), provider, who)
    before = user_of(who)
    changed = {**who, "email": model.User.get(commune.agent).email}
    come_in(desk_of(None), provider, changed)
    assert user_of(who).id == before.id
    assert user_of(who).email == who["email"]


# Rights, reckoned again at each login


def shared_secretary(
    first: Town, second: Town, provider: OidcProvider, desk_of: DeskOf
) -> Claims:
    """Somebody of two communes: the second let her in."""
    who = person(first)
    come_in(desk_of(None), provider, who)
    come_in(desk_of(None), provider, {**who, "siret": second.siret})
    asked = attachment_of(who, second.siret)
    call_as(manager_of(second), "odlocale_attachment_settle", id=asked.id, accept=True)
    return who


def test_a_changed_siret_waits_for_the_responsable(
    town: Commune, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    first, second = town(), town()
    manager = manager_of(second)
    who = person(first)
    come_in(desk_of(None), provider, who)
    desk = come_in(desk_of(None), provider, {**who, "siret": second.siret})
    assert desk.address == "/connexion/oidc/acces"
    assert second.name in html.unescape(desk.page)
    assert "réponse" in desk.page
    assert may_publish(who, first)
    assert not may_publish(who, second)
    address = model.User.get(manager).email
    assert who["usual_name"] in letters_to(mailbox, address)[-1]

    team = desk_of(manager).get(f"/equipe/{second.code}")
    assert who["usual_name"] in team.page
    asked = attachment_of(who, second.siret)
    team.post(f"/equipe/{second.code}/rattachement", {"id": asked.id, "answer": "yes"})
    assert may_publish(who, second)
    assert second.name in letters_to(mailbox, who["email"])[-1]
    assert lines("attachment accepted", org_id=second.org_id)
    # Answered once for all: a second answer finds nothing to answer.
    with pytest.raises(tk.ValidationError):
        call_as(manager, "odlocale_attachment_settle", id=asked.id, accept=False)
    assert may_publish(who, second)


def test_a_refusal_holds(
    town: Commune, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    first, second = town(), town()
    who = person(first)
    come_in(desk_of(None), provider, who)
    moved = {**who, "siret": second.siret}
    come_in(desk_of(None), provider, moved)
    asked = attachment_of(moved)
    team = desk_of(manager_of(second)).get(f"/equipe/{second.code}")
    team.post(f"/equipe/{second.code}/rattachement", {"id": asked.id, "answer": "no"})
    assert "refusée" in letters_to(mailbox, who["email"])[-1]
    desk = come_in(desk_of(None), provider, moved)
    assert "Refusé" in desk.page
    assert not may_publish(who, second)


def test_a_shared_secretary_keeps_each_commune_that_she_proves(
    town: Commune, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    first, second = town(), town()
    who = shared_secretary(first, second, provider, desk_of)
    for place in (first, second, first):
        come_in(desk_of(None), provider, {**who, "siret": place.siret})
        assert may_publish(who, first)
        assert may_publish(who, second)


def make_old(who: Claims, place: Town, days: int) -> None:
    attachment = attachment_of(who, place.siret)
    attachment.proved_at -= datetime.timedelta(days=days)
    model.Session.commit()


def test_what_is_not_proved_again_ends_and_comes_back(
    town: Commune, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    first, second = town(), town()
    who = shared_secretary(first, second, provider, desk_of)
    make_old(who, second, 91)
    come_in(desk_of(None), provider, who)
    assert may_publish(who, first)
    assert not may_publish(who, second), "another login reckons all rights again"
    assert lines("access lapsed", org_id=second.org_id)
    assert second.name in letters_to(mailbox, who["email"])[-1]
    come_in(desk_of(None), provider, {**who, "siret": second.siret})
    assert may_publish(who, second), "proved again, it comes back with no request"


def test_who_no_longer_logs_in_loses_all_by_the_daily_task(
    commune: Town, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    who = person(commune)
    desk = come_in(desk_of(None), provider, who)
    token = as_site("api_token_create", user=user_of(who).name, name="l")["token"]
    make_old(who, commune, 89)
    oidc_arrival.lapse_all(90)
    assert may_publish(who, commune)
    make_old(who, commune, 2)
    assert oidc_arrival.lapse_all(90) >= 1
    assert not may_publish(who, commune)
    desk.get(f"/publier/{commune.code}")
    assert desk.address == "/user/login", "the session that was open, at once"
    asked = {"Authorization": token}
    answer = desk_of(None).client.get(
        "/api/3/action/odlocale_identity_show", headers=asked
    )
    assert answer.status_code == 403, "tokens too"


def test_a_role_given_by_hand_does_not_end_with_a_login(
    commune: Town, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    given = person(commune)
    come_in(desk_of(None), provider, given)
    as_site("organization_member_create", id=commune.org_id,
            username=user_of(given).name, role="admin")  # fmt: skip
    make_old(given, commune, 400)
    oidc_arrival.lapse_all(90)
    assert may_publish(given, commune)


def test_whoever_was_taken_out_does_not_come_back_by_logging_in(
    commune: Town, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    manager = manager_of(commune)
    who = person(commune)
    come_in(desk_of(None), provider, who)
    call_as(manager, "odlocale_person_remove", org_id=commune.org_id,
            user=user_of(who).name)  # fmt: skip
    desk = come_in(desk_of(None), provider, who)
    assert desk.address == "/connexion/oidc/acces"
    assert not may_publish(who, commune)
    assert attachment_of(who).state == "waiting"
    # Nor by another identity of the same town hall: a new ``sub``.
    again = {**who, "sub": f"sub-{uuid.uuid4().hex}"}
    come_in(desk_of(None), provider, again)
    model.Session.expire_all()
    found = model.User.by_email(who["email"])
    assert rights.ground_of(found.name, commune.org_id) is None


def test_a_ccas_waits_for_the_animators(
    commune: Town,
    provider: OidcProvider,
    mailbox: Mailbox,
    desk_of: DeskOf,
    epci: Callable[..., Epci],
) -> None:
    who = person()
    desk = come_in(desk_of(None), provider, who)
    assert desk.address == "/connexion/oidc/acces"
    assert who["organization_label"] in desk.page
    assert letters_to(mailbox, tk.config["ckanext.odlocale.contact_email"])
    asked = attachment_of(who)
    # Neither a responsable nor an agent may answer, nor see it.
    for other in (manager_of(commune), commune.agent, epci(commune).animator, ""):
        for action in ("odlocale_attachment_settle", "odlocale_attachment_list"):
            with pytest.raises(tk.NotAuthorized):
                call_as(other, action, id=asked.id, accept=True, code=commune.code)
    admin = account()
    as_site("user_patch", id=admin, sysadmin=True)
    page = desk_of(admin).get("/equipe/rattachements")
    assert who["usual_name"] in page.page
    page.post("/equipe/rattachements",
              {"id": asked.id, "answer": "yes", "code": "99999"})  # fmt: skip
    assert page.response.status_code == 400
    assert "99999" in page.page
    page.post("/equipe/rattachements",
              {"id": asked.id, "answer": "yes", "code": commune.code})  # fmt: skip
    assert may_publish(who, commune)
    desk = come_in(desk_of(None), provider, who)
    assert desk.address == f"/publier/{commune.code}"


def test_an_operator_may_let_nobody_in_by_himself(
    commune: Town, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    with mock.patch.dict(tk.config, {"ckanext.odlocale.oidc_entry": "nobody"}):
        who = person(commune)
        come_in(desk_of(None), provider, who)
    assert attachment_of(who).state == "waiting"
    assert not may_publish(who, commune)


def test_only_who_manages_answers(
    town: Commune, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    first, second, third = town(), town(), town()
    who = person(first)
    come_in(desk_of(None), provider, who)
    come_in(desk_of(None), provider, {**who, "siret": second.siret})
    asked = attachment_of(who, second.siret)
    name = user_of(who).name
    for other in (name, second.agent, manager_of(first), manager_of(third), ""):
        with pytest.raises(tk.NotAuthorized):
            call_as(other, "odlocale_attachment_settle", id=asked.id, accept=True)
    assert not may_publish(who, second)


# Whose account it is


def test_an_account_of_the_same_address_is_not_taken_over(
    commune: Town, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    """The provider says an address: that alone opens nothing that was here before."""
    victim = model.User.get(commune.agent)
    thief = person(commune, email=victim.email.upper())
    desk = come_in(desk_of(None), provider, thief)
    assert "Vous avez déjà un compte" in desk.page
    assert not is_in(desk)
    query = sa.select(Identity.id).where(Identity.sub == thief["sub"])
    assert model.Session.scalar(query) is None


def test_its_owner_links_it_once_he_logged_in(
    commune: Town, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    owner = model.User.get(commune.agent)
    who = person(commune, email=owner.email)
    desk = come_in(desk_of(None), provider, who)
    desk.log_in(commune.agent)
    assert desk.address == "/connexion/oidc/relier"
    assert who["usual_name"] in desk.page
    desk.post("/connexion/oidc/relier", {"answer": "yes"})
    assert user_of(who).id == owner.id
    assert lines("identity linked", user_id=owner.id)
    assert letters_to(mailbox, owner.email)
    # From now on without a password, and with nothing made anew.
    assert is_in(come_in(desk_of(None), provider, who))
    assert user_of(who).id == owner.id


def test_an_owner_who_says_no_links_nothing(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    owner = model.User.get(commune.agent)
    desk = come_in(desk_of(None), provider, person(commune, email=owner.email))
    desk.log_in(commune.agent).post("/connexion/oidc/relier", {"answer": "no"})
    desk.get("/connexion/oidc/relier")
    assert desk.address != "/connexion/oidc/relier"
    query = sa.select(Identity.id).where(Identity.user_id == owner.id)
    assert model.Session.scalar(query) is None


def test_another_account_of_the_same_computer_is_not_linked(
    town: Commune, provider: OidcProvider, desk_of: DeskOf
) -> None:
    first, second = town(), town()
    owner = model.User.get(first.agent)
    desk = come_in(desk_of(None), provider, person(first, email=owner.email))
    desk.log_in(second.agent)
    assert desk.address != "/connexion/oidc/relier"
    desk.log_out()
    desk.log_in(first.agent)
    assert desk.address != "/connexion/oidc/relier", "the computer changed hands"


def test_the_second_factor_stands_before_the_link(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    owner = model.User.get(commune.agent)
    secret = second_factor.begin(owner.id)
    assert second_factor.confirm(owner.id, pyotp.TOTP(secret).at(time.time() - 30))
    desk = come_in(desk_of(None), provider, person(commune, email=owner.email))
    desk.log_in(commune.agent)
    assert desk.address == "/connexion/verification"
    desk.get("/connexion/oidc/relier")
    assert desk.address == "/user/login"
    desk.get("/connexion/verification")
    desk.post("/connexion/verification", {"typed": pyotp.TOTP(secret).now()})
    assert desk.address == "/connexion/oidc/relier"


def test_who_is_logged_in_links_an_account_of_another_address(
    commune: Town, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    who = provider.person = person(commune)
    desk = desk_of(commune.agent).get("/connexion/oidc/acces")
    found = re.search(r'name="_csrf_token"[^>]*?value="([^"]+)"', desk.page)
    assert found
    gone = desk.client.post("/connexion/oidc", data={"_csrf_token": found.group(1)},
                            follow_redirects=False)  # fmt: skip
    desk.get(return_of(gone.headers["Location"]))
    assert desk.address == "/connexion/oidc/relier"
    desk.post("/connexion/oidc/relier", {"answer": "yes"})
    assert user_of(who).name == commune.agent


def test_who_came_in_adds_another_organisation_without_linking_anew(
    town: Commune, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    first, second = town(), town()
    who = person(first)
    desk = come_in(desk_of(None), provider, who).get("/connexion/oidc/acces")
    provider.person = {**who, "siret": second.siret}
    found = re.search(r'name="_csrf_token"[^>]*?value="([^"]+)"', desk.page)
    assert found
    gone = desk.client.post("/connexion/oidc", data={"_csrf_token": found.group(1)},
                            follow_redirects=False)  # fmt: skip
    desk.get(return_of(gone.headers["Location"]))
    assert desk.address == "/connexion/oidc/acces"
    assert second.name in html.unescape(desk.page)
    assert attachment_of(who, second.siret).state == "waiting"


def test_an_identity_opens_one_account_only(
    town: Commune, provider: OidcProvider, desk_of: DeskOf
) -> None:
    first, second = town(), town()
    who = person(first)
    come_in(desk_of(None), provider, who)
    owner = user_of(who).id
    desk = desk_of(second.agent).get("/connexion/oidc/acces")
    found = re.search(r'name="_csrf_token"[^>]*?value="([^"]+)"', desk.page)
    assert found
    gone = desk.client.post("/connexion/oidc", data={"_csrf_token": found.group(1)},
                            follow_redirects=False)  # fmt: skip
    desk.get(return_of(gone.headers["Location"]))
    desk.post("/connexion/oidc/relier", {"answer": "yes"})
    assert desk.response.status_code == 403
    assert user_of(who).id == owner


def test_a_new_identity_provider_finds_the_account_it_made(
    commune: Town, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    """``sub`` changes when a town hall changes its identity provider."""
    who = person(commune)
    come_in(desk_of(None), provider, who)
    again = {**who, "sub": f"sub-{uuid.uuid4().hex}"}
    assert is_in(come_in(desk_of(None), provider, again))
    assert user_of(again).id == user_of(who).id


def test_a_new_identity_gains_nothing_of_another_commune(
    town: Commune, provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    first, second = town(), town()
    who = shared_secretary(first, second, provider, desk_of)
    thief = {**who, "sub": f"sub-{uuid.uuid4().hex}"}
    desk = come_in(desk_of(None), provider, thief)
    assert "Vous avez déjà un compte" in desk.page
    assert not is_in(desk)


def test_a_closed_account_stays_closed(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    who = person(commune)
    come_in(desk_of(None), provider, who)
    as_site("user_delete", id=user_of(who).id)
    desk = come_in(desk_of(None), provider, who)
    assert desk.response.status_code == 403
    assert "Votre compte est fermé" in desk.page
    assert not is_in(desk)
    assert lines("login refused")[-1].detail == {"reason": "closed"}


# The second factor


@pytest.mark.parametrize(("acr", "is_asked"), [("eidas1", True), ("eidas2", False)])
def test_an_animator_proves_twice_here_or_there(
    acr: str,
    is_asked: bool,
    commune: Town,
    provider: OidcProvider,
    desk_of: DeskOf,
    epci: Callable[..., Epci],
) -> None:
    above = epci(commune)
    who = person(siret=f"{above.code}00013", acr=acr)
    come_in(desk_of(None), provider, who)
    as_site("organization_member_create", id=above.org_id,
            username=user_of(who).name, role="admin")  # fmt: skip
    with mock.patch.dict(tk.config, {"ckanext.odlocale.second_factor": "animators"}):
        desk = come_in(desk_of(None), provider, who)
        assert (desk.address == "/connexion/verification") is is_asked
        assert is_in(desk) is not is_asked


def test_a_login_that_is_too_weak_is_refused(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    with mock.patch.dict(tk.config, {"ckanext.odlocale.oidc_acr": ["eidas2"]}):
        desk = come_in(desk_of(None), provider, person(commune))
        assert desk.response.status_code == 403
        assert "double vérification" in desk.page
        assert not is_in(desk)
        assert lines("login refused")[-1].detail == {"reason": "acr"}
        come_in(desk, provider, person(commune, acr="eidas2"))
        assert is_in(desk)


# What is refused


LIES: dict[str, tuple[Callable[[OidcProvider], Any], int, str]] = {
    "wrong nonce": (
        lambda p: setattr(p.lies, "id_token", lambda c: {**c, "nonce": "n" * 43}),
        502, "n’acceptons pas",
    ),
    "wrong audience": (
        lambda p: setattr(p.lies, "id_token", lambda c: {**c, "aud": "another"}),
        502, "n’acceptons pas",
    ),
    "wrong issuer": (
        lambda p: setattr(p.lies, "id_token", lambda c: {**c, "iss": "https://a.fr"}),
        502, "n’acceptons pas",
    ),
    "expired": (
        lambda p: setattr(p.lies, "id_token", lambda c: {**c, "exp": 1}),
        502, "n’acceptons pas",
    ),
    "wrong signature": (
        lambda p: setattr(p.lies, "sign", signed_by_another(p)), 502, "n’acceptons pas",
    ),
    "no signature": (
        lambda p: setattr(p.lies, "sign", unsigned), 502, "n’acceptons pas",
    ),
    "the public key as a secret": (
        lambda p: setattr(p.lies, "sign", signed_with_public_key(p)),
        502, "n’acceptons pas",
    ),
    "description of another": (
        lambda p: setattr(p.lies, "userinfo", lambda c: {**c, "sub": "another"}),
        502, "n’acceptons pas",
    ),
    "description unsigned": (
        lambda p: setattr(p.lies, "plain_userinfo", True), 502, "n’acceptons pas",
    ),
    "no SIRET": (
        lambda p: setattr(p.lies, "userinfo", lambda c: {**c, "siret": None}),
        403, "aucun SIRET",
    ),
    "malformed SIRET": (
        lambda p: setattr(p.lies, "userinfo", lambda c: {**c, "siret": "12"}),
        403, "n’en est pas un",
    ),
    "private sector": (
        lambda p: p.lies.error.update(error="access_denied",
                                      error_description="Y500015"),
        403, "secteur privé",
    ),
    "given up": (
        lambda p: p.lies.error.update(error="access_denied"), 403, "interrompu",
    ),
    "an error of its own": (
        lambda p: p.lies.error.update(error="server_error",
                                      error_description="Y000400 <script>"),
        403, "Y000400",
    ),
    "no code": (
        lambda p: p.lies.error.update(nothing="at all"), 502, "n’acceptons pas",
    ),
    "another issuer answers": (
        lambda p: p.lies.error.update(iss="https://a.fr", code="x"),
        502, "n’acceptons pas",
    ),
    "down": (
        lambda p: p.lies.answers.update({"/token": (503, "text/html", b"Erreur")}),
        502, "n’acceptons pas",
    ),
    "garbage": (
        lambda p: p.lies.answers.update({"/userinfo": (200, "text/html", b"<p>")}),
        502, "n’acceptons pas",
    ),
    "huge": (
        lambda p: p.lies.answers.update(
            {"/token": (200, "application/json", b" " * 1_000_000)}
        ),
        503, "ne répond pas",
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_lets_nobody_in_and_is_told_in_words(
    lie: str,
    commune: Town,
    provider: OidcProvider,
    desk_of: DeskOf,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # CKAN's test set-up reads its logging after this module was imported.
    monkeypatch.setattr(oidc_views.log, "disabled", False)
    tell, status, words = LIES[lie]
    tell(provider)
    who = person(commune)
    before = len(lines("login refused"))
    with caplog.at_level(logging.WARNING, "ckanext.odlocale.people.oidc_views"):
        desk = come_in(desk_of(None), provider, who)
    assert desk.response.status_code == status
    assert words in desk.page
    assert "<script>Y" not in desk.page
    assert not is_in(desk)
    assert model.User.by_email(who["email"]) is None
    said = caplog.text
    assert "Login by the provider refused" in said
    for secret in (provider.client_secret, who["email"], *provider.issued):
        assert secret not in said
    written = [
        (one.object_type, one.user_id, one.detail)
        for one in lines("login refused")[before:]
    ]
    reason = reason_of(lie)
    assert written == ([("login", None, {"reason": reason})] if reason else [])


def reason_of(lie: str) -> str:
    """What the journal says of a lie; nothing where nobody was refused."""
    others = {
        "description of another": "userinfo",
        "description unsigned": "userinfo",
        "no SIRET": "siret missing",
        "malformed SIRET": "siret malformed",
        "private sector": "private",
        "given up": "",
        "an error of its own": "provider",
        "no code": "answer",
        "another issuer answers": "answer",
        "down": "answer",
        "garbage": "userinfo",
        "huge": "",
    }
    return others.get(lie, "token")


def test_who_makes_answers_up_cannot_fill_the_journal(
    provider: OidcProvider, desk_of: DeskOf
) -> None:
    before = len(lines("login refused"))
    somewhere = {"REMOTE_ADDR": "203.0.114.77"}
    desk = desk_of(None)
    for _ in range(refused.MOST_FROM_ONE + 2):
        desk.get("/connexion/oidc/retour?state=made-up", environ_base=somewhere)
    written = lines("login refused")[before:]
    assert [one.detail for one in written] == (
        [{"reason": "state"}] * refused.MOST_FROM_ONE
    )


def test_an_answer_serves_once(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    desk = desk_of(None)
    provider.person = person(commune)
    back = return_of(leave(desk))
    assert desk.get(back).response.status_code == 200
    send_logout(desk)
    desk.get(back)
    assert desk.response.status_code == 403
    assert not is_in(desk)


def test_two_requests_of_one_answer_are_one_login(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    """Both read the session before either wrote it."""
    desk = desk_of(None)
    provider.person = person(commune)
    back = return_of(leave(desk))
    kept: list[Any] = []
    with session_of(desk) as session:
        kept = list(session["odlocale_oidc_attempts"])
    desk.get(back)
    send_logout(desk)
    with session_of(desk) as session:
        session["odlocale_oidc_attempts"] = kept
    desk.get(back)
    assert desk.response.status_code == 403


def test_the_answer_of_another_browser_is_refused(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    thief, victim = desk_of(None), desk_of(None)
    provider.person = person(commune)
    back = return_of(leave(thief))
    leave(victim)
    victim.get(back)
    assert victim.response.status_code == 403
    assert "avait expiré" in victim.page
    assert not is_in(victim)


@pytest.mark.parametrize(
    "query", ["", "?state=", "?code=x", "?state=é&code=x", "?state=" + "a" * 5000]
)
def test_an_answer_that_nobody_asked_for_is_refused(
    query: str, provider: OidcProvider, desk_of: DeskOf
) -> None:
    desk = desk_of(None).get(f"/connexion/oidc/retour{query}")
    assert desk.response.status_code == 403
    assert desk.get("/connexion/oidc/relier").address == "/user/login"


def test_an_answer_that_comes_too_late_is_refused(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    desk = desk_of(None)
    provider.person = person(commune)
    back = return_of(leave(desk))
    later = time.time() + 1000
    with mock.patch.object(oidc_session.time, "time", return_value=later):
        desk.get(back)
    assert desk.response.status_code == 403


def test_an_attempt_begun_by_a_visitor_is_not_ended_by_who_logged_in_meanwhile(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    desk = desk_of(None)
    who = provider.person = person(commune)
    back = return_of(leave(desk))
    desk.get("/user/login").log_in(commune.agent)
    desk.get(back)
    assert desk.response.status_code == 403
    query = sa.select(Identity.id).where(Identity.sub == who["sub"])
    assert model.Session.scalar(query) is None


def test_another_site_begins_no_login(provider: OidcProvider, desk_of: DeskOf) -> None:
    desk = desk_of(None)
    answer = desk.client.post("/connexion/oidc", data={}, follow_redirects=False)
    assert provider.host not in answer.headers.get("Location", "")


def test_a_provider_that_is_down_is_said_to_be(
    provider: OidcProvider, desk_of: DeskOf
) -> None:
    provider.lies.answers["/.well-known/openid-configuration"] = (500, "text/html", b"")
    desk = desk_of(None).get("/user/login")
    desk.post("/connexion/oidc", {})
    assert desk.response.status_code == 503
    assert "ne répond pas" in desk.page


def test_five_windows_may_begin_and_no_more_is_kept(
    provider: OidcProvider, desk_of: DeskOf, commune: Town
) -> None:
    desk = desk_of(None)
    provider.person = person(commune)
    backs = [return_of(leave(desk)) for _ in range(6)]
    with session_of(desk) as session:
        assert len(session["odlocale_oidc_attempts"]) == 5
    assert desk.get(backs[0]).response.status_code == 403
    assert desk.get(backs[5]).response.status_code == 200
    assert is_in(desk)


# Leaving


def send_logout(desk: Desk) -> Any:
    desk.get("/user/edit")
    found = re.search(r'name="_csrf_token"[^>]*?value="([^"]+)"', desk.page)
    assert found
    form = {"_csrf_token": found.group(1)}
    return desk.client.post("/user/_logout", data=form, follow_redirects=False)


def test_one_logs_out_here_and_there(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    desk = come_in(desk_of(None), provider, person(commune))
    gone = send_logout(desk)
    assert not is_in(desk), "here first, whatever the provider does"
    back = return_of(gone.headers["Location"])
    (query,) = provider.logouts
    assert set(query) == {"id_token_hint", "state", "post_logout_redirect_uri"}
    assert query["id_token_hint"] == provider.issued[-1]
    desk.get(back)
    assert desk.address == "/user/logged_out_redirect" or "déconnecté" in desk.page
    with session_of(desk) as session:
        assert provider.issued[-1] not in str(dict(session))


def test_who_came_by_a_password_is_not_sent_to_the_provider(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    gone = send_logout(desk_of(commune.agent))
    assert provider.host not in gone.headers["Location"]
    assert provider.logouts == []


def test_one_logs_out_here_where_the_provider_is_down(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    desk = come_in(desk_of(None), provider, person(commune))
    oidc_portal._providers.clear()
    provider.lies.answers["/.well-known/openid-configuration"] = (500, "text/html", b"")
    gone = send_logout(desk)
    assert provider.host not in gone.headers["Location"]
    assert not is_in(desk)


def test_the_identity_token_stays_on_the_server(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    desk = come_in(desk_of(None), provider, person(commune))
    cookies = " ".join(str(one.value) for one in desk.client._cookies.values())
    assert provider.issued[-1] not in cookies
    assert len(cookies) < 1000
    with session_of(desk) as session:
        assert session["odlocale_oidc"]["id_token"] == provider.issued[-1]


# Settings, retention


def test_there_is_no_such_page_where_no_provider_is_set(desk_of: DeskOf) -> None:
    desk = desk_of(None)
    for page in ("retour", "relier", "acces", "deconnexion"):
        assert desk.get(f"/connexion/oidc/{page}").response.status_code == 404
    desk.get("/user/login")
    assert "/connexion/oidc" not in desk.page
    desk.post("/connexion/oidc", {})
    assert desk.response.status_code == 404


def test_a_portal_whose_login_would_be_unsafe_does_not_start(
    provider: OidcProvider,
) -> None:
    oidc_portal.require_settings()
    with mock.patch.dict(tk.config, {"SESSION_TYPE": "cookie"}):
        with pytest.raises(CkanConfigurationException, match="SESSION_TYPE") as caught:
            oidc_portal.require_settings()
        assert provider.client_secret not in str(caught.value)


def test_the_button_is_proconnects_only_where_it_is(
    provider: OidcProvider, desk_of: DeskOf
) -> None:
    desk = desk_of(None).get("/user/login")
    assert "compte professionnel" in desk.page
    assert "Qu’est-ce que ProConnect" not in desk.page
    issuer = {
        "ckanext.odlocale.oidc_issuer": "https://auth.agentconnect.gouv.fr/api/v2"
    }
    with mock.patch.dict(tk.config, issuer):
        desk.get("/user/login")
        assert "S’identifier avec ProConnect" in desk.page
        assert "Qu’est-ce que ProConnect" in desk.page


def test_requests_that_nobody_answered_go_in_their_time(
    provider: OidcProvider, mailbox: Mailbox, desk_of: DeskOf
) -> None:
    who = person()
    come_in(desk_of(None), provider, who)
    later = datetime.datetime.now(datetime.timezone.utc)
    retention.forget_old(later + datetime.timedelta(days=364))
    assert attachment_of(who).state == "waiting"
    gone = retention.forget_old(later + datetime.timedelta(days=366))
    assert gone["attachments"] >= 1


def test_one_sees_one_s_own_only(
    commune: Town, provider: OidcProvider, desk_of: DeskOf
) -> None:
    who = person(commune)
    come_in(desk_of(None), provider, who)
    shown = call_as(user_of(who).name, "odlocale_identity_show")
    assert [one["siret"] for one in shown["attachments"]] == [commune.siret]
    assert call_as(commune.agent, "odlocale_identity_show")["attachments"] == []
