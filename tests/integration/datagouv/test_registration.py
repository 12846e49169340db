"""Registration on data.gouv.fr: who may, what is kept, and whom it is told to.

``tests/contracts/test_registration.py`` does the same against udata's own API.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.datagouv import keys, registration_store, work
from ckanext.odlocale.datagouv.alarms import tell_alarms
from ckanext.odlocale.datagouv.model import read_publishers
from ckanext.odlocale.datagouv.registration_model import (
    ApiKey,
    HeldAlarm,
    HeldDataset,
    HeldDiscussion,
    Registration,
)
from ckanext.odlocale.datagouv.registration_rows import Candidate, Found, asked_of
from tests.integration.mailbox import Mailbox, mailbox
from tests.integration.publishing.conftest import (
    Atd,
    Desk,
    Town,
    atd,
    call_as,
    clean_session,
    desk_of,
    town,
)

__all__ = ["atd", "clean_session", "desk_of", "mailbox", "town"]

NOW = datetime.datetime.now(datetime.timezone.utc)
KEY = "une-clé-de-data-gouv".replace("é", "e")
JOB = {"status": "failed", "ended": NOW.isoformat(), "errors": ["503 Server Error: x"]}
THEIRS = Candidate("5f0000000000000000000001", "Ville d'ici", "https://d.example/o")


def found(town: Town, *candidates: Candidate) -> None:
    row = registration_store.read_row(town.siren)
    assert row is not None
    registration_store.keep_found(town.siren, Found(asked_of(row), candidates))
    model.Session.commit()


def test_nobody_else_may(town: Callable[[], Town], atd: Callable[..., Atd]) -> None:
    here, elsewhere = town(), town()
    team, others = atd(here), atd(elsewhere)
    found(here, THEIRS)
    one = {"code": here.code}
    asked: dict[str, dict[str, Any]] = {
        "odlocale_datagouv_plan": {"perimeters": [team.siren]},
        "odlocale_datagouv_search": {"perimeters": [team.siren]},
        "odlocale_datagouv_apply": {"perimeters": [team.siren]},
        "odlocale_datagouv_read": {"perimeters": [team.siren]},
        "odlocale_datagouv_start": {"perimeters": [team.siren], "what": "read"},
        "odlocale_datagouv_status": {"perimeters": [team.siren]},
        "odlocale_datagouv_key_list": {"perimeters": [team.siren]},
        "odlocale_datagouv_decide": {**one, "organization": "none"},
        "odlocale_datagouv_invite": one,
        "odlocale_datagouv_siret_confirm": {**one, "siret": here.siret},
        "odlocale_datagouv_key_set": {**one, "key": KEY},
        "odlocale_datagouv_key_forget": one,
        "odlocale_datagouv_held_list": one,
        "odlocale_datagouv_discussion_list": one,
        "odlocale_datagouv_discussion_answer": {**one, "id": "x", "text": "y"},
    }
    for action, given in asked.items():
        for who in ("", elsewhere.agent, others.animator):
            with pytest.raises(tk.NotAuthorized):
                call_as(who, action, **given)
    # An agent reads and answers about her own data; she registers nothing.
    assert call_as(here.agent, "odlocale_datagouv_held_list", **one)["results"] == []
    for action in ("decide", "invite", "siret_confirm", "key_set", "plan"):
        name = f"odlocale_datagouv_{action}"
        with pytest.raises(tk.NotAuthorized):
            call_as(here.agent, name, **asked[name])
    # Who animates sees his own, and names no other's.
    steps = call_as(team.animator, "odlocale_datagouv_plan")["steps"]
    assert {step["siren"] for step in steps} == {here.siren}
    codes = [here.code, elsewhere.code]
    seen = call_as(team.animator, "odlocale_datagouv_status", codes=codes)
    assert [row["siren"] for row in seen["results"]] == [here.siren]


def test_a_key_goes_in_and_never_comes_out(
    town: Callable[[], Town], atd: Callable[..., Atd], desk_of: Callable[..., Desk]
) -> None:
    here = town()
    team = atd(here)
    given = call_as(
        team.animator, "odlocale_datagouv_key_set", code=team.siren, key=KEY
    )
    assert given["checked"] is False

    sealed = model.Session.scalar(
        sa.select(ApiKey.sealed).where(ApiKey.siren == team.siren)
    )
    assert KEY not in sealed
    assert keys.key_of(team.siren) == KEY
    # It serves those whom the ATD covers, until they have their own.
    assert keys.place_of(here.siren) == team.siren
    call_as(team.animator, "odlocale_datagouv_key_set", code=here.code, key=KEY * 2)
    assert keys.place_of(here.siren) == here.siren
    # What was sealed for one does not open for another.
    model.Session.execute(
        sa.update(ApiKey).where(ApiKey.siren == here.siren).values(sealed=sealed)
    )
    with pytest.raises(keys.NoKey):
        keys.key_of(here.siren)
    listed = call_as(team.animator, "odlocale_datagouv_key_list")
    page = desk_of(team.animator).get("/animer/data-gouv").page
    place = desk_of(team.animator).get(f"/animer/data-gouv/{here.code}").page
    assert KEY not in str(listed) + page + place
    lines = model.Session.execute(sa.text("SELECT detail FROM odlocale_journal")).all()
    assert KEY not in str(lines)
    call_as(team.animator, "odlocale_datagouv_key_forget", code=here.code)
    assert keys.place_of(here.siren) == team.siren


def test_what_is_doubtful_is_for_a_person(
    town: Callable[[], Town], atd: Callable[..., Atd], desk_of: Callable[..., Desk]
) -> None:
    here = town()
    team = atd(here)
    call_as(team.animator, "odlocale_datagouv_key_set", code=team.siren, key=KEY)
    found(here, THEIRS)
    home = f"/animer/data-gouv/{here.code}"
    listed = desk_of(team.animator).get("/animer/data-gouv")
    assert "etat=doubtful" in listed.page
    desk = desk_of(team.animator).get(home)
    assert THEIRS.name.replace("'", "&#39;") in desk.page

    with pytest.raises(tk.ValidationError):
        call_as(
            team.animator,
            "odlocale_datagouv_decide",
            code=here.code,
            organization="5f0000000000000000000009",
        )
    assert desk.post(f"{home}/organisation", {}).response.status_code == 200
    desk.get(home).post(f"{home}/organisation", {"organisation": THEIRS.id})
    kept = model.Session.get(Registration, here.siren)
    assert (kept.state, kept.decision["organization"]) == ("others", THEIRS.id)


def test_a_siret_is_its_own_and_a_persons(
    town: Callable[[], Town], atd: Callable[..., Atd]
) -> None:
    here, other = town(), town()
    team = atd(here)
    for wrong in ("123", other.siret, here.siret[:-1] + "0", ["x"], {"a": 1}):
        if wrong == here.siret:
            continue
        with pytest.raises(tk.ValidationError):
            call_as(
                team.animator,
                "odlocale_datagouv_siret_confirm",
                code=here.code,
                siret=wrong,
            )
    assert registration_store.read_row(here.siren).siret is None
    call_as(
        team.animator,
        "odlocale_datagouv_siret_confirm",
        code=here.code,
        siret=here.siret,
    )
    assert registration_store.read_row(here.siren).siret == here.siret
    # It is the publisher's, in the feed and in what is sent.
    assert read_publishers([here.org_id])[here.org_id].identifier == here.siret


def test_when_nobody_answers_nothing_is_lost(
    town: Callable[[], Town], atd: Callable[..., Atd]
) -> None:
    towns = [town() for _ in range(5)]
    team = atd(*towns)
    call_as(team.animator, "odlocale_datagouv_key_set", code=team.siren, key=KEY)

    done = call_as(team.animator, "odlocale_datagouv_search")

    # After three in a row, the rest waits.
    assert (len(done["problems"]), done["left"]) == (3, 2)
    assert set(done["problems"].values()) == {"no_answer"}
    rows = call_as(team.animator, "odlocale_datagouv_status")["results"]
    assert {row["state"] for row in rows} == {"unknown"}
    stopped = call_as(team.animator, "odlocale_datagouv_status", trouble="problem")
    assert stopped["count"] == 3


def test_one_work_at_a_time(town: Callable[[], Town], atd: Callable[..., Atd]) -> None:
    team = atd(town())
    with work.alone(), pytest.raises(tk.ValidationError):
        call_as(team.animator, "odlocale_datagouv_search")
    call_as(team.animator, "odlocale_datagouv_search")


def held(town: Town, waiting: datetime.datetime | None) -> None:
    """What was read of a commune that is registered."""
    registration_store.keep_organization(
        town.siren, Candidate("o1", "Commune", "https://d.example/o1", ours=True)
    )
    model.Session.add(
        HeldDataset(
            package_id=f"p-{town.siren}", siren=town.siren, title="Budget <b>",
            held="late", score=0.5, downloads=12, dataset_id="d1",
        )
    )  # fmt: skip
    model.Session.add(
        HeldDiscussion(
            id=f"t-{town.siren}", siren=town.siren, title="Et 2023 ?",
            dataset_title="Budget <b>", answered=waiting is None,
            waiting_since=waiting, page="https://d.example/d1/discussions",
            messages=[{"author": "Ana", "text": "<script>alert(1)</script>",
                       "posted": NOW.isoformat(), "ours": False}],
        )
    )  # fmt: skip
    model.Session.commit()


def test_readers_reach_the_desk(
    town: Callable[[], Town], atd: Callable[..., Atd], desk_of: Callable[..., Desk]
) -> None:
    here = town()
    team = atd(here)
    call_as(team.animator, "odlocale_datagouv_key_set", code=team.siren, key=KEY)
    held(here, NOW)
    desk = desk_of(here.agent)
    assert f"/publier/{here.code}/data-gouv" in desk.get(f"/publier/{here.code}").page
    page = desk.get(f"/publier/{here.code}/data-gouv").page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "Budget &lt;b&gt;" in page

    sent = {"discussion": f"t-{here.siren}", "lus": "1", "texte": "Bientôt."}
    kept = desk.post(f"/publier/{here.code}/data-gouv", sent)

    # data.gouv.fr does not answer: what was typed stays, nothing is said to be sent.
    assert "Bientôt." in kept.page
    assert not model.Session.get(HeldDiscussion, f"t-{here.siren}").answered
    older = {**sent, "lus": "0"}
    assert "Bientôt." in desk.post(f"/publier/{here.code}/data-gouv", older).page
    # Another's discussion is not hers to answer.
    other = town()
    held(other, NOW)
    with pytest.raises(tk.ObjectNotFound):
        call_as(
            here.agent,
            "odlocale_datagouv_discussion_answer",
            code=here.code,
            id=f"t-{other.siren}",
            text="x",
        )


def test_the_atd_is_told_once_of_each_fact(
    town: Callable[[], Town], atd: Callable[..., Atd], mailbox: Mailbox
) -> None:
    here = town()
    team = atd(here)
    model.Session.execute(sa.delete(HeldAlarm))
    model.Session.add(
        HeldAlarm(
            key=f"failing:{here.siren}", siren=here.siren, kind="failing",
            detail={"errors": ["404 Client Error: NOT FOUND for url: https://p/x.ttl"]},
        )
    )  # fmt: skip
    model.Session.commit()

    assert tell_alarms(NOW) == (1, 0)
    assert tell_alarms(NOW) == (0, 0)
    message = mailbox.only_message()
    body = message.get_body(("plain",))
    assert body is not None
    assert here.name in body.get_content()
    assert "/animer/data-gouv" in body.get_content()
    # Where the server refuses it, it is told the next time.
    model.Session.execute(sa.update(HeldAlarm).values(told_at=None))
    model.Session.commit()
    model.User.get(team.animator).email = "inconnu@essai.example.org"
    model.Session.commit()
    assert tell_alarms(NOW) == (0, 1)
    assert model.Session.scalars(sa.select(HeldAlarm.told_at)).all() == [None]


def test_the_pages_of_the_atd(
    town: Callable[[], Town], atd: Callable[..., Atd], desk_of: Callable[..., Desk]
) -> None:
    here = town()
    team = atd(here)
    call_as(team.animator, "odlocale_datagouv_key_set", code=team.siren, key=KEY)
    held(here, NOW)
    source = {"id": "s1", "url": f"https://p.example/catalogue/{here.code}.ttl"}
    failed = {"remote_id": "p1", "title": "Budget", "status": "failed"}
    registration_store.keep(
        here.siren,
        source={**source, "state": "pending", "last_job": JOB},
        source_id="s1",
        failed=[{**failed, "errors": ["month must be in 1..12"]}],
    )
    registration_store.settle(here.siren)
    model.Session.commit()
    desk = desk_of(team.animator)
    pages = ("", "?etat=pending&nom=&point=siret&page=1", "/plan", "/attente",
             f"/{here.code}", "?etat=nothing&page=99999999&perimetre=x")  # fmt: skip
    for page in pages:
        desk.get(f"/animer/data-gouv{page}")
        assert desk.response.status_code == 200, page
    assert source["url"] in desk.get("/animer/data-gouv/attente").page
    table = desk.get("/animer/data-gouv/attente.csv").page
    assert here.code in table
    assert "s1" in table
    stranger = desk_of(here.agent)
    for page in ("", "/plan", "/attente", f"/{here.code}"):
        code = stranger.get(f"/animer/data-gouv{page}").response.status_code
        assert code == 403, page
    assert desk_of(None).get("/animer/data-gouv").address == "/user/login"
