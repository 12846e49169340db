"""Invitations of a whole territory: who has not answered, a list, all town halls."""

from __future__ import annotations

import datetime
import io
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.jobs import get_queue
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.people import sending
from ckanext.odlocale.people.tables import Invitation, OfficialAddress
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import Desk, account, as_site, manager_of
from tests.integration.people.test_team import letters_to, official
from tests.integration.publishing.conftest import Town, call_as

PAGE = "/animer/invitations"
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
_ATDS = iter([one for one in Register.load().departement("47") if one.kind == "epci"])


@dataclass(frozen=True)
class Territory:
    """An ATD, who animates it, and communes of its perimeter."""

    siren: str
    animator: str
    communes: list[Town]


@pytest.fixture
def territory(town: Callable[[], Town]) -> Territory:
    return make_territory([town() for _ in range(3)])


def make_territory(communes: list[Town]) -> Territory:
    # An EPCI over two départements may be another test's already.
    found = next(one for one in _ATDS if not model.Session.get(Collectivity, one.siren))
    name = f"atd-{found.siren}-{uuid.uuid4().hex[:6]}"
    org_id = str(factories.Organization(name=name, title=found.name)["id"])
    model.Session.add(
        Collectivity(siren=found.siren, kind="epci", name=found.name,
                     cog_vintage=2026, org_id=org_id, status="active")
    )  # fmt: skip
    model.Session.flush()
    definition = {"include": [{"kind": "siren", "code": found.siren}]}
    model.Session.add(
        AtdPerimeter(atd_siren=found.siren, name=found.name, definition=definition)
    )
    model.Session.flush()
    for one in communes:
        model.Session.add(PerimeterMember(atd_siren=found.siren, siren=one.siren))
        as_site("member_create", id=one.org_id, object=org_id, object_type="group",
                capacity="public")  # fmt: skip
    model.Session.commit()
    return Territory(str(found.siren), account(org_id, "admin"), communes)


@pytest.fixture(autouse=True)
def no_job_left() -> Iterator[None]:
    yield
    get_queue().empty()


def put(
    place: Town, state: str = "sent", age: int = 10, left: int = 4, email: str = ""
) -> str:
    """Write an invitation that left some days ago and holds some more."""
    one = Invitation(
        org_id=place.org_id, capacity="editor", state=state,
        email=email or f"p-{uuid.uuid4().hex[:10]}@essai.example",
        created_at=NOW - age * DAY,
        sent_at=None if state == "waiting" else NOW - age * DAY,
        expires_at=None if state == "waiting" else NOW + left * DAY,
    )  # fmt: skip
    model.Session.add(one)
    model.Session.commit()
    return str(one.id)


def counts(territory: Territory) -> dict[str, int]:
    found = call_as(
        territory.animator, "odlocale_invitation_list", perimeter=territory.siren
    )
    return dict(found["counts"])


def test_each_list_has_its_own_and_only_of_the_perimeter(
    territory: Territory, town: Callable[[], Town]
) -> None:
    one, two, _ = territory.communes
    put(one)
    put(one, state="waiting")
    put(two, state="unknown")
    put(two, left=-1)
    put(two, state="refused")
    put(one, state="accepted")
    put(town())
    put(town(), state="refused")
    agents = {place.agent for place in territory.communes}
    model.Session.execute(
        sa.update(model.User)
        .where(model.User.name.in_([one.agent]))
        .values(last_active=datetime.datetime.utcnow())
    )
    model.Session.commit()
    found = counts(territory)
    assert (found["waiting"], found["expired"], found["refused"]) == (3, 1, 1)
    never = call_as(territory.animator, "odlocale_invitation_list",
                    perimeter=territory.siren, which="never")  # fmt: skip
    names = {model.User.by_email(row["email"]).name for row in never["results"]}
    assert names & agents == agents - {one.agent}


def test_a_selection_is_planned_then_sent_once(
    territory: Territory, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    one, two, _ = territory.communes
    emails = [f"relance-{n}-{one.code}@essai.example".lower() for n in range(2)]
    ids = [put(place, left=-1, email=email)
           for place, email in zip((one, two), emails, strict=True)]  # fmt: skip
    recent = put(one, age=2)
    desk = desk_of(territory.animator).get(f"{PAGE}?voir=expired")
    assert all(email in desk.page for email in emails)
    empty = desk.post(f"{PAGE}/relancer", {"perimetre": territory.siren})
    assert empty.response.status_code == 400
    desk.get(f"{PAGE}?voir=expired")
    desk.post(f"{PAGE}/relancer", {"perimetre": territory.siren, "id": [*ids, recent]})
    assert "déjà relancé" in desk.page or "1" in desk.page
    assert model.Session.get(Invitation, ids[0]).state == "sent", (
        "a plan writes nothing"
    )
    sent = re.search(r'name="ids" value="([^"]+)"', desk.page)
    assert sent
    assert set(sent.group(1).split()) == set(ids)
    form = {"perimetre": territory.siren, "ids": " ".join(ids), "envoyer": "1"}
    desk.post(f"{PAGE}/relancer", form)
    sending.send_waiting(per_minute=0)
    assert [len(letters_to(mailbox, email)) for email in emails] == [1, 1]
    again = call_as(territory.animator, "odlocale_invitation_remind",
                    perimeter=territory.siren, ids=ids, apply=True)  # fmt: skip
    assert [row["reason"] for row in again["aside"]] == ["week", "week"]


def test_nobody_reminds_another_territory_s(
    territory: Territory, town: Callable[[], Town]
) -> None:
    elsewhere = make_territory([town()])
    foreign = put(elsewhere.communes[0], left=-1)
    plan = call_as(territory.animator, "odlocale_invitation_remind",
                   perimeter=territory.siren, ids=[foreign], apply=True)  # fmt: skip
    assert plan == {"chosen": [], "aside": [
        {"id": foreign, "email": "", "reason": "gone"}]}  # fmt: skip
    assert model.Session.get(Invitation, foreign).state == "sent"
    for action in ("list", "plan", "remind"):
        with pytest.raises(tk.NotAuthorized):
            call_as(territory.animator, f"odlocale_invitation_{action}",
                    perimeter=elsewhere.siren)  # fmt: skip
    manager = manager_of(territory.communes[0])
    with pytest.raises(tk.NotAuthorized):
        call_as(manager, "odlocale_invitation_list", perimeter=territory.siren)


def test_a_list_is_shown_with_its_reasons_then_invited(
    territory: Territory, town: Callable[[], Town], mailbox: Mailbox,
    desk_of: Callable[[str | None], Desk],
) -> None:  # fmt: skip
    one, two, _ = territory.communes
    stranger = town()
    good = f"liste-{one.code}@essai.example".lower()
    rows = [
        f"{one.code};{good};Hélène <b>",
        f"{two.code};pas-une-adresse;",
        f"{stranger.code};autre@essai.example;",
        f"{one.code};{model.User.get(one.agent).email};",
    ]
    content = "code;email;nom\n" + "\n".join(rows) + "\n"
    for encoding in ("cp1252", "utf-8-sig"):
        desk = desk_of(territory.animator).get(PAGE)
        file = (io.BytesIO(content.encode(encoding)), "liste.csv")
        desk.post(f"{PAGE}/inviter", {"perimetre": territory.siren, "file": file})
        assert desk.response.status_code == 200
        assert good in desk.page
        assert "Hélène &lt;b&gt;" in desk.page
    assert model.Session.query(Invitation).filter_by(email=good).count() == 0
    digest = re.search(r'name="digest" value="([^"]+)"', desk.page)
    assert digest
    form = {"perimetre": territory.siren, "content": content, "envoyer": "1"}
    desk.post(f"{PAGE}/inviter", {**form, "digest": "0" * 32})
    assert model.Session.query(Invitation).filter_by(email=good).count() == 0
    desk.post(f"{PAGE}/inviter", {**form, "digest": digest.group(1)})
    assert desk.address == PAGE
    sending.send_waiting(per_minute=0)
    assert len(letters_to(mailbox, good)) == 1
    assert letters_to(mailbox, "autre@essai.example") == []


@pytest.mark.parametrize(
    "content",
    [b"", b"nom;mail\n", b"\x00\x01\x02", b"code;email\n" + b"x" * 3_000_000],
    ids=["empty", "no-code", "noise", "giant"],
)
def test_a_list_that_cannot_be_read_says_so(
    content: bytes, territory: Territory, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(territory.animator).get(PAGE)
    file = (io.BytesIO(content), "liste.csv")
    desk.post(f"{PAGE}/inviter", {"perimetre": territory.siren, "file": file})
    assert desk.response.status_code == 400
    assert 'id="file-error"' in desk.page


def test_all_town_halls_are_invited_at_the_address_that_is_known(
    territory: Territory, town: Callable[[], Town], mailbox: Mailbox
) -> None:
    one, two, _ = territory.communes
    addresses = [official(one), official(two)]
    outside = official(town())
    model.Session.get(OfficialAddress, two.siren).bounced_at = NOW
    model.Session.commit()
    asked = {"perimeter": territory.siren}
    plan = call_as(territory.animator, "odlocale_invitation_plan", **asked)
    assert [row["email"] for row in plan["invited"]] == addresses[:1]
    call_as(territory.animator, "odlocale_invitation_plan", **asked, apply=True,
            digest=plan["digest"])  # fmt: skip
    sending.send_waiting(per_minute=0)
    assert len(letters_to(mailbox, addresses[0])) == 1
    assert letters_to(mailbox, outside) == []
    again = call_as(territory.animator, "odlocale_invitation_plan", **asked)
    assert again["invited"] == []


def test_a_list_goes_out_whole_and_runs_nothing(
    territory: Territory, desk_of: Callable[[str | None], Desk]
) -> None:
    one = territory.communes[0]
    name = "=HYPERLINK(1)"
    model.Session.get(Invitation, put(one)).fullname = name
    for _ in range(60):
        put(one)
    desk = desk_of(territory.animator).get(f"{PAGE}/liste.csv")
    lines = desk.page.splitlines()
    assert len(lines) == 62
    assert f"'{name}" in desk.page
    shown = desk_of(territory.animator).get(f"{PAGE}?page=2")
    assert shown.page.count('name="id"') == 11


def test_its_cost_does_not_grow(
    territory: Territory, town: Callable[[], Town], app: object,
    desk_of: Callable[[str | None], Desk],
) -> None:  # fmt: skip
    desk = desk_of(territory.animator).get(PAGE)

    def statements() -> int:
        seen: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        sa.event.listen(model.meta.engine, "before_cursor_execute", note)
        try:
            desk.get(PAGE)
        finally:
            sa.event.remove(model.meta.engine, "before_cursor_execute", note)
        return len(seen)

    put(territory.communes[0])
    few = statements()
    more = [town() for _ in range(10)]
    for one in more:
        model.Session.add(PerimeterMember(atd_siren=territory.siren, siren=one.siren))
    model.Session.commit()
    for place in [*territory.communes, *more]:
        for _ in range(3):
            put(place)
    assert statements() == few
