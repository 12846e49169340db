"""A mandate lets one act for named data, until its last day, and nobody else."""

from __future__ import annotations

import datetime
import html
import io
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import mandate_limits, rights, sessions
from ckanext.odlocale.people.mandate_actions import warn_of_ends
from ckanext.odlocale.people.tables import Mandate
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import (
    Desk,
    Epci,
    account,
    as_site,
    manager_of,
)
from tests.integration.publishing.conftest import Town, budget, call_as, send

TODAY = datetime.date.today()
PDF = b"%PDF-1.4\n% signed\n"


def later(days: int) -> str:
    return (TODAY + datetime.timedelta(days=days)).isoformat()


def ask(user: str, place: Town, holder: str, named: str, **more: Any) -> dict[str, Any]:
    """Give a mandate on budgets for a year, or ask for it.

    Somebody else may be named who asked for one before.
    """
    if holder == "agent" and (other := model.User.get(named)) and user != named:
        former = later(-400)
        model.Session.add(
            Mandate(
                org_id=place.org_id, holder="agent", holder_id=other.id, schemas=[],
                since=former, until=former, state="refused",
            )
        )  # fmt: skip
        model.Session.commit()
    given = {
        "org_id": place.org_id,
        "holder": holder,
        "holder_id": named,
        "schemas": ["budget"],
        "since": TODAY.isoformat(),
        "until": later(365),
    }
    return dict(call_as(user, "odlocale_mandate_create", **{**given, **more}))


def deposit_as(user: str, place: Town, content: bytes) -> dict[str, Any]:
    return dict(
        call_as(
            user,
            "odlocale_deposit_create",
            org_id=place.org_id,
            upload=io.BytesIO(content),
            filename="budget.csv",
        )
    )


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def test_an_epci_mandated_for_budgets_publishes_them_and_nothing_else(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above = epci(commune)
    manager = manager_of(commune)
    with pytest.raises(tk.NotAuthorized):
        deposit_as(above.agent, commune, budget(commune.siret))
    ask(manager, commune, "organization", above.code)
    sent = deposit_as(above.agent, commune, budget(commune.siret))
    call_as(above.agent, "odlocale_deposit_correct", id=sent["id"])
    done = call_as(above.agent, "odlocale_deposit_publish", id=sent["id"])
    assert done["state"] == "published"
    package = model.Package.get(done["package_id"])
    assert package.owner_org == commune.org_id
    line = (
        model.Session.query(JournalLine)
        .filter_by(object_id=sent["id"], verb="published")
        .one()
    )
    assert line.org_id == commune.org_id
    assert line.user_id == model.User.get(above.agent).id
    assert line.detail["mandates"]
    with pytest.raises(tk.NotAuthorized):
        call_as(
            above.agent,
            "odlocale_deposit_choose",
            id=sent["id"],
            schema="deliberations",
        )
    with pytest.raises(tk.NotAuthorized):
        call_as(
            above.agent, "odlocale_grid_show", org_id=commune.org_id, schema="dae",
            key="unique",
        )  # fmt: skip
    withdrawn = call_as(above.agent, "odlocale_deposit_withdraw", id=sent["id"])
    assert withdrawn["state"] == "withdrawn"


def test_a_file_about_other_data_is_refused_and_not_kept(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above = epci(commune)
    ask(manager_of(commune), commune, "organization", above.code, schemas=["dae"])
    with pytest.raises(tk.ValidationError) as caught:
        deposit_as(above.agent, commune, budget(commune.siret))
    assert caught.value.error_dict["refusal"] == ["NOT_MANDATED"]
    listed = call_as(commune.agent, "odlocale_deposit_list", org_id=commune.org_id)
    assert listed == []


def test_an_atd_s_own_agent_publishes_by_a_mandate_alone(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    """The ATD's animator may without; its agent is one of its own data."""
    above = epci(commune)
    atd = epci(above)
    manager = manager_of(commune)
    with pytest.raises(tk.NotAuthorized):
        deposit_as(atd.agent, commune, budget(commune.siret))
    ask(manager, commune, "organization", atd.code)
    sent = deposit_as(atd.agent, commune, budget(commune.siret))
    call_as(atd.agent, "odlocale_deposit_correct", id=sent["id"])
    done = call_as(atd.agent, "odlocale_deposit_publish", id=sent["id"])
    assert done["state"] == "published"
    grants = {"filename": "subventions.csv", "schema": "subventions"}
    with pytest.raises(tk.NotAuthorized):
        call_as(atd.agent, "odlocale_deposit_create", org_id=commune.org_id,
                upload=io.BytesIO(budget(commune.siret)), **grants)  # fmt: skip
    with pytest.raises(tk.NotAuthorized):
        deposit_as(above.agent, commune, budget(commune.siret))
    line = (
        model.Session.query(JournalLine)
        .filter_by(verb="published", object_id=sent["id"])
        .one()
    )
    assert line.detail["mandates"]


def test_what_the_town_hall_prepares_is_seen_for_the_mandate_s_data_only(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above = epci(commune)
    seen = send(commune, budget(commune.siret))
    hidden = send(commune, b"quoi;qui\n1;2\n", "notes.csv")
    ask(manager_of(commune), commune, "organization", above.code)
    listed = call_as(above.agent, "odlocale_deposit_list", org_id=commune.org_id)
    assert [one["id"] for one in listed] == [seen["id"]]
    with pytest.raises(tk.NotAuthorized):
        call_as(above.agent, "odlocale_deposit_show", id=hidden["id"])
    desk = call_as(above.agent, "odlocale_desk_list")
    mine = {one["org_id"]: one for one in desk["collectivities"]}
    assert [one["id"] for one in mine[commune.org_id]["deposits"]] == [seen["id"]]


@pytest.mark.parametrize("ends", ["refused", "ended", "expired", "future"])
def test_a_mandate_that_is_not_in_force_gives_nothing(
    ends: str, commune: Town, mailbox: Mailbox
) -> None:
    manager, helper = manager_of(commune), account()
    if ends == "refused":
        one = ask(helper, commune, "agent", helper)
        call_as(manager, "odlocale_mandate_settle", id=one["id"], accept=False)
    elif ends == "future":
        one = ask(manager, commune, "agent", helper, since=later(2))
    else:
        one = ask(manager, commune, "agent", helper)
        assert rights.ground_of(helper, commune.org_id)
        if ends == "ended":
            call_as(manager, "odlocale_mandate_end", id=one["id"])
        else:
            row = model.Session.get(Mandate, one["id"])
            row.since = row.until = TODAY - datetime.timedelta(days=1)
            model.Session.commit()
    assert rights.ground_of(helper, commune.org_id) is None
    with pytest.raises(tk.NotAuthorized):
        deposit_as(helper, commune, budget(commune.siret))
    shown = call_as(manager, "odlocale_mandate_show", id=one["id"])
    assert shown["standing"] == ends


def test_asked_then_accepted_and_everybody_is_told(
    commune: Town, mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    helper = account(email=f"aide-{commune.code}@essai.example")
    asked = ask(helper, commune, "agent", helper, message="Pour le budget 2027.")
    assert asked["standing"] == "asked"
    assert rights.ground_of(helper, commune.org_id) is None
    with pytest.raises(tk.NotAuthorized):
        call_as(helper, "odlocale_mandate_settle", id=asked["id"], accept=True)
    given = call_as(manager, "odlocale_mandate_settle", id=asked["id"], accept=True)
    assert given["standing"] == "current"
    told = [to for one in mailbox.envelopes for to in one.rcpt_tos]
    assert told.count(f"aide-{commune.code}@essai.example") == 2
    assert told.count(model.User.get(manager).email) == 2
    with pytest.raises(tk.ValidationError):
        call_as(manager, "odlocale_mandate_settle", id=asked["id"], accept=False)


def test_an_animator_writes_down_a_mandate_with_its_document_only(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above = epci(commune)
    with pytest.raises(tk.ValidationError) as caught:
        ask(above.animator, commune, "organization", above.code)
    assert "document" in caught.value.error_dict
    one = ask(
        above.animator, commune, "organization", above.code, document=io.BytesIO(PDF)
    )
    assert one["standing"] == "current"
    assert one["document"]["size"] == len(PDF)
    with pytest.raises(tk.ValidationError) as caught:
        ask(above.animator, commune, "organization", above.code,
            document=io.BytesIO(b"MZ not a deed"))  # fmt: skip
    assert "document" in caught.value.error_dict


def test_who_may_do_nothing_with_somebody_else_s_mandate(
    commune: Town, town: Callable[[], Town], mailbox: Mailbox
) -> None:
    manager, helper = manager_of(commune), account()
    other = town()
    stranger = manager_of(other)
    one = ask(manager, commune, "agent", helper)
    for user in (stranger, other.agent, account(), ""):
        for action, more in (
            ("odlocale_mandate_show", {}),
            ("odlocale_mandate_end", {}),
            ("odlocale_mandate_renew", {"until": later(700)}),
            ("odlocale_mandate_settle", {"accept": True}),
        ):
            with pytest.raises(tk.NotAuthorized):
                call_as(user, action, id=one["id"], **more)
        with pytest.raises(tk.NotAuthorized):
            call_as(user, "odlocale_mandate_list", org_id=commune.org_id)
    with pytest.raises(tk.NotAuthorized):
        ask(stranger, commune, "agent", helper)
    with pytest.raises(tk.NotAuthorized):
        # Asking in the name of somebody else.
        ask(stranger, commune, "organization", commune.code)
    with pytest.raises(tk.NotAuthorized):
        ask(commune.agent, commune, "agent", stranger)


def test_an_agent_of_the_commune_gives_no_mandate(commune: Town) -> None:
    with pytest.raises(tk.NotAuthorized):
        ask(commune.agent, commune, "software", "Logiciel de paie")


def test_the_end_is_told_before_once_and_when_it_comes(
    commune: Town, mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    helper = account(email=f"fin-{commune.code}@essai.example")
    ask(manager, commune, "agent", helper, until=later(20))
    mailbox.envelopes.clear()
    for day in (0, 1, 14, 15, 21, 22):
        warn_of_ends(TODAY + datetime.timedelta(days=day))
    told = [to for sent in mailbox.envelopes for to in sent.rcpt_tos]
    # Who gave it as who holds it.
    for email in (f"fin-{commune.code}@essai.example", model.User.get(manager).email):
        assert told.count(email) == 3, email


def test_renewed_it_follows_the_former_without_a_day_between(
    commune: Town, mailbox: Mailbox
) -> None:
    manager, helper = manager_of(commune), account()
    one = ask(manager, commune, "agent", helper, until=later(20))
    asked = call_as(helper, "odlocale_mandate_renew", id=one["id"], until=later(300))
    assert (asked["standing"], asked["since"]) == ("asked", later(21))
    given = call_as(manager, "odlocale_mandate_renew", id=one["id"], until=later(300))
    assert (given["standing"], given["renews"]) == ("future", one["id"])
    mailbox.envelopes.clear()
    warn_of_ends(TODAY)
    told = [to for sent in mailbox.envelopes for to in sent.rcpt_tos]
    assert model.User.get(helper).email not in told


def test_an_animator_renews_with_a_deed_of_its_own_only(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above, manager = epci(commune), manager_of(commune)
    one = ask(above.animator, commune, "organization", above.code,
              document=io.BytesIO(PDF))  # fmt: skip
    with pytest.raises(tk.ValidationError) as caught:
        call_as(above.animator, "odlocale_mandate_renew", id=one["id"],
                until=later(700))  # fmt: skip
    assert "document" in caught.value.error_dict
    deed = io.BytesIO(PDF + b"again")
    given = call_as(above.animator, "odlocale_mandate_renew", id=one["id"],
                    until=later(700), document=deed)  # fmt: skip
    assert given["document"]["size"] == len(PDF) + 5
    # A responsable signs by herself: nothing of the former deed is taken over.
    other = ask(manager, commune, "agent", account(), document=io.BytesIO(PDF))
    renewed = call_as(manager, "odlocale_mandate_renew", id=other["id"],
                      until=later(700))  # fmt: skip
    assert (renewed["standing"], renewed["document"]) == ("future", None)


def test_a_mandate_is_renewed_once(commune: Town, mailbox: Mailbox) -> None:
    manager, helper = manager_of(commune), account()
    one = ask(manager, commune, "agent", helper)
    more = {"id": one["id"], "until": later(500)}
    call_as(helper, "odlocale_mandate_renew", **more)
    with pytest.raises(tk.ValidationError):
        call_as(helper, "odlocale_mandate_renew", **more)
    call_as(manager, "odlocale_mandate_renew", **more)
    for user in (manager, helper):
        with pytest.raises(tk.ValidationError):
            call_as(user, "odlocale_mandate_renew", **more)


@pytest.mark.parametrize(("days", "may"), [(183, True), (184, False)])
def test_some_months_after_its_end_it_can_still_be_renewed(
    days: int,
    may: bool,
    commune: Town,
    desk_of: Callable[[str | None], Desk],
    mailbox: Mailbox,
) -> None:
    manager, helper = manager_of(commune), account()
    one = ask(manager, commune, "agent", helper)
    row = model.Session.get(Mandate, one["id"])
    row.until = TODAY - datetime.timedelta(days=days)
    row.since = row.until - datetime.timedelta(days=30)
    model.Session.commit()
    for user in (manager, helper):
        page = desk_of(user).get(f"/equipe/{commune.code}/mandats").page
        assert (f"/equipe/mandat/{one['id']}/renouveler" in page) is may
        # Filled in: as long as it was, from today.
        assert (f'value="{later(30)}"' in page) is may
    asked = {"id": one["id"], "until": later(30)}
    if not may:
        with pytest.raises(tk.ValidationError):
            call_as(helper, "odlocale_mandate_renew", **asked)
        return
    renewed = call_as(helper, "odlocale_mandate_renew", **asked)
    assert (renewed["standing"], renewed["since"]) == ("asked", TODAY.isoformat())
    assert renewed["schemas"] == ["budget"]


def test_what_was_ended_is_not_renewed(commune: Town, mailbox: Mailbox) -> None:
    manager = manager_of(commune)
    one = ask(manager, commune, "agent", account())
    call_as(manager, "odlocale_mandate_end", id=one["id"])
    with pytest.raises(tk.ValidationError):
        call_as(manager, "odlocale_mandate_renew", id=one["id"], until=later(500))


def test_an_empty_form_says_all_that_is_missing(
    commune: Town,
    epci: Callable[..., Epci],
    desk_of: Callable[[str | None], Desk],
    mailbox: Mailbox,
) -> None:
    above = epci(commune)
    where = f"/equipe/{commune.code}/mandats"
    desk = desk_of(above.animator).get(where)
    desk.post(where, {"since": "", "until": ""})
    assert desk.response.status_code == 400
    for field in ("holder", "schemas", "since", "until", "document"):
        assert f'href="#{field}"' in desk.page, field
    assert "manquante" not in desk.page
    # What is wrong by itself, with what is wrong together.
    wrong = {"holder": "agent", "agent": "personne@nulle-part.example",
             "since": later(10), "until": later(5)}  # fmt: skip
    desk.post(where, wrong)
    for field in ("agent", "schemas", "until", "document"):
        assert f'href="#{field}"' in desk.page, field
    asking = desk_of(account()).get(where)
    asking.post(where, {"since": "", "until": ""})
    assert asking.response.status_code == 400
    for field in ("holder", "schemas", "since", "until"):
        assert f'href="#{field}"' in asking.page, field
    assert 'href="#document"' not in asking.page


def test_who_may_not_give_it_learns_nothing_of_who_has_an_account(
    commune: Town,
) -> None:
    with pytest.raises(tk.NotAuthorized):
        ask(account(), commune, "agent", "personne@nulle-part.example", until="")


def epoch_of(name: str) -> int:
    return sessions.epoch_of(model.User.get(name).id)


def test_whose_last_right_was_a_mandate_leaves_with_it(
    commune: Town, town: Callable[[], Town], mailbox: Mailbox
) -> None:
    manager, other = manager_of(commune), town()
    alone, elsewhere, renewed, late = (account() for _ in range(4))
    as_site("organization_member_create", id=other.org_id, username=elsewhere,
            role="editor")  # fmt: skip
    for name in (alone, elsewhere):
        one = ask(manager, commune, "agent", name)
        call_as(manager, "odlocale_mandate_end", id=one["id"])
    assert (epoch_of(alone), epoch_of(elsewhere)) == (1, 0)
    for name in (renewed, late):
        one = ask(manager, commune, "agent", name)
        if name == renewed:
            call_as(manager, "odlocale_mandate_renew", id=one["id"], until=later(500))
        row = model.Session.get(Mandate, one["id"])
        row.since = row.until = TODAY - datetime.timedelta(days=1)
        model.Session.commit()
    warn_of_ends(TODAY)
    assert (epoch_of(late), epoch_of(renewed)) == (1, 0)


def test_a_right_costs_the_same_whatever_is_below(
    town: Callable[[], Town], epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    places = [town() for _ in range(6)]
    above = epci(*places)
    holder = model.User.get(above.agent).id
    counts = []
    for number in (1, 6):
        for place in places[:number]:
            ask(manager_of(place), place, "organization", above.code)
        assert len(rights.mandated_orgs(holder)) == number
        counts.append(_count_queries(lambda: rights.mandated_orgs(holder)))
        counts.append(
            _count_queries(lambda: rights.ground_of(above.agent, places[0].org_id))
        )
    assert counts[0] == counts[2]
    assert counts[1] == counts[3]


def _count_queries(call: Callable[[], Any]) -> int:
    import sqlalchemy as sa

    seen = []
    sa.event.listen(
        model.meta.engine, "before_cursor_execute", lambda *a: seen.append(a[2])
    )
    call()
    return len(seen)


def test_by_the_pages_a_manager_gives_and_ends_a_mandate(
    commune: Town,
    epci: Callable[..., Epci],
    desk_of: Callable[[str | None], Desk],
    mailbox: Mailbox,
) -> None:
    above = epci(commune)
    manager = manager_of(commune)
    desk = desk_of(manager).get(f"/equipe/{commune.code}/mandats")
    form = {"holder": "organization", "organization": above.code, "donnees": "choix",
            "since": TODAY.isoformat(), "until": later(90)}  # fmt: skip
    refused = desk.post(f"/equipe/{commune.code}/mandats", form)
    assert refused.response.status_code == 400
    assert above.code in refused.page, "what was typed is still there"
    desk.post(f"/equipe/{commune.code}/mandats", {**form, "schemas": "budget"})
    assert above.name in html.unescape(desk.page)
    helper = desk_of(above.agent).get(f"/publier/{commune.code}")
    assert helper.response.status_code == 200
    assert "odl-acting" in helper.page
    one = model.Session.query(Mandate).filter_by(org_id=commune.org_id).one()
    desk.get(f"/equipe/{commune.code}/mandats")
    desk.post(f"/equipe/mandat/{one.id}/finir", {})
    assert helper.get(f"/publier/{commune.code}").response.status_code == 403


def test_the_pages_are_for_those_concerned(
    commune: Town, desk_of: Callable[[str | None], Desk], mailbox: Mailbox
) -> None:
    one = ask(
        manager_of(commune), commune, "agent", account(), document=io.BytesIO(PDF)
    )
    assert desk_of(None).get(f"/equipe/{commune.code}/mandats").address != (
        f"/equipe/{commune.code}/mandats"
    )
    stranger = desk_of(account())
    shown = stranger.get(f"/equipe/{commune.code}/mandats")
    assert shown.response.status_code == 200
    assert one["id"] not in shown.page
    assert (
        stranger.get(f"/equipe/mandat/{one['id']}/document").response.status_code == 403
    )
    own = desk_of(commune.agent).get(f"/equipe/mandat/{one['id']}/document")
    assert own.response.data == PDF


def test_naming_an_address_does_not_say_whether_it_has_an_account(
    commune: Town,
    epci: Callable[..., Epci],
    desk_of: Callable[[str | None], Desk],
    mailbox: Mailbox,
) -> None:
    above, manager, stranger = epci(commune), manager_of(commune), account()
    address = f"/equipe/{commune.code}/mandats"
    form = {"holder": "agent", "donnees": "toutes", "since": TODAY.isoformat(),
            "until": later(90)}  # fmt: skip

    def answer(who: str, email: str) -> tuple[int, str]:
        desk = desk_of(who).get(address)
        desk.post(address, {**form, "agent": email})
        return desk.response.status_code, desk.page.replace(email, "…")

    known = str(model.User.get(stranger).email)
    for who in (manager, above.animator, account()):
        statuses, pages = zip(
            *(answer(who, one) for one in (known, f"personne-{commune.code}@essai.fr")),
            strict=True,
        )
        assert statuses[0] == statuses[1] >= 400
        errors = [page.count("Vous ne pouvez pas désigner") for page in pages]
        assert errors[0] == errors[1]
    assert mailbox.envelopes == []
    # Who animates above, and whoever asked once, are known.
    asked = ask(stranger, commune, "agent", known)
    call_as(manager, "odlocale_mandate_end", id=asked["id"])
    for one in (known, str(model.User.get(above.animator).email)):
        assert ask(manager, commune, "agent", one)["standing"] == "current"
    # So are colleagues, who need none.
    with pytest.raises(tk.ValidationError) as caught:
        ask(manager, commune, "agent", str(model.User.get(commune.agent).email))
    assert "works there already" in caught.value.error_dict["holder_id"][0]


def test_who_asks_for_many_mandates_waits_for_the_morrow(
    commune: Town, mailbox: Mailbox
) -> None:
    asker = account()
    for _ in range(mandate_limits.MAX_A_DAY):
        one = ask(asker, commune, "agent", asker)
        call_as(asker, "odlocale_mandate_end", id=one["id"])
    with pytest.raises(tk.ValidationError) as refused:
        ask(asker, commune, "agent", asker)
    assert "message" in refused.value.error_dict
    assert ask(manager_of(commune), commune, "agent", asker)["standing"] == "current"
