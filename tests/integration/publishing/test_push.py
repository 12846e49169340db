"""A software sends a file: it is checked, then online, or nothing has changed."""

from __future__ import annotations

import datetime
import io
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people.tables import Mandate, Token
from ckanext.odlocale.publishing.model import Deposit
from tests.integration.logging_in import send_login
from tests.integration.publishing.conftest import (
    PASSWORD,
    Desk,
    Town,
    budget,
    call_as,
    publish,
)
from tests.integration.publishing.software import ALL, Broken, Endless, Software, give
from tests.scdl.totem_documents import budget as totem_budget
from tests.scdl.totem_documents import document, line

Make = Callable[..., Software]


@pytest.fixture
def software(app: Any, mende: Town) -> Make:
    """Make a software of the commune, by what it may do."""

    def make(*verbs: str, town: Town = mende, **more: Any) -> Software:
        return Software(app, town, give(town, *(verbs or ALL), **more)[1])

    return make


def deposits_of(town: Town) -> list[Deposit]:
    query = sa.select(Deposit).where(Deposit.org_id == town.org_id)
    model.Session.rollback()
    return list(model.Session.scalars(query.order_by(Deposit.created_at)))


def lines_of(town: Town) -> list[JournalLine]:
    query = sa.select(JournalLine).where(JournalLine.org_id == town.org_id)
    return list(model.Session.scalars(query.order_by(JournalLine.id)))


def test_a_file_sent_is_online_for_everybody(mende: Town, software: Make) -> None:
    sender = software("publish", name="Horizon Compta")
    done = sender.put(budget(mende.siret))
    assert (sender.status, done["result"]) == (201, "created"), done
    assert done["corrected"] > 0
    assert [one["id"].rpartition("-")[0] for one in done["corrections"]] == [
        "enum-case"
    ]
    key = done["deposit"]["key"]
    address = f"/donnees/{mende.code}/budget/{key}.csv"
    assert done["deposit"]["address"] == "http://test.ckan.net" + address
    shown = sender.client.get(address)
    assert shown.status_code == 200
    assert b"budget primitif,2022" in shown.data
    feed = sender.client.get(f"/catalogue/{mende.code}.ttl").text
    assert address in feed
    found = helpers.call_action("package_search", fq=f"organization:{_org_name(mende)}")
    assert found["count"] == 1
    (deposit,) = deposits_of(mende)
    assert (deposit.channel, deposit.software) == ("push", "Horizon Compta")
    assert deposit.created_by is None


def _org_name(town: Town) -> str:
    return str(model.Group.get(town.org_id).name)


def test_the_journal_says_which_software_did_it(mende: Town, software: Make) -> None:
    software(*ALL, name="Horizon Compta").put(budget(mende.siret))
    lines = lines_of(mende)
    assert [one.verb for one in lines] == ["deposited", "published"]
    assert {one.user_id for one in lines} == {None}
    assert all(one.detail["mandates"] for one in lines)
    listed = call_as(mende.agent, "odlocale_journal_list", org_id=mende.org_id)
    assert all("Horizon Compta" in one["who"] for one in listed["lines"])
    assert all(one["on_behalf"] for one in listed["lines"])


def test_the_activity_names_the_portal_and_no_agent(
    mende: Town, software: Make
) -> None:
    done = software().put(budget(mende.siret))
    package = deposits_of(mende)[0].package_id
    # CKAN shows those of its own account to administrators only.
    activities = helpers.call_action(
        "package_activity_list", id=package, include_hidden_activity=True
    )
    site = helpers.call_action("get_site_user")
    assert {one["user_id"] for one in activities} == {model.User.get(site["name"]).id}
    assert done["result"] == "created"


def excel(town: Town) -> bytes:
    book = openpyxl.Workbook()
    for row in budget(town.siret).decode().splitlines():
        book.active.append(row.split(","))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


FORMATS = {
    "windows": lambda town: (
        budget(town.siret).decode().replace(",", ";").encode("cp1252")
    ),
    "utf-16": lambda town: budget(town.siret).decode().encode("utf-16"),
    "excel": excel,
    "totem": lambda town: document(totem_budget((line(),), siret=town.siret)),
}


@pytest.mark.parametrize("form", FORMATS)
def test_any_format_that_the_desk_reads(form: str, mende: Town, software: Make) -> None:
    sender = software()
    done = sender.put(FORMATS[form](mende))
    assert sender.status in (201, 202), done
    assert done["deposit"]["schema"] == "budget"
    assert done["report"]["rows"] > 0


@pytest.mark.parametrize(
    "kind",
    ["text/csv", "application/x-www-form-urlencoded", "application/json", "", "x"],
)
def test_whatever_the_type_that_is_announced(
    kind: str, mende: Town, software: Make
) -> None:
    sender = software()
    sender.put(budget(mende.siret), content_type=kind)
    assert sender.status == 201


def test_the_same_bytes_twice_are_one_deposit(mende: Town, software: Make) -> None:
    sender = software()
    first = sender.put(budget(mende.siret))
    again = sender.put(budget(mende.siret))
    assert (sender.status, again["result"]) == (200, "unchanged")
    assert again["deposit"] == first["deposit"]
    # By another software too, and by one that only deposits.
    other = software("deposit")
    assert other.put(budget(mende.siret))["result"] == "unchanged"
    assert len(deposits_of(mende)) == 1
    assert [one.verb for one in lines_of(mende)] == ["deposited", "published"]


def test_another_file_replaces_the_one_online(mende: Town, software: Make) -> None:
    former = publish(mende, budget(mende.siret))
    sender = software()
    done = sender.put(budget(mende.siret, rows=5))
    assert (sender.status, done["result"]) == (200, "replaced")
    assert Deposit.load(former["id"]).state == "replaced"
    shown = sender.client.get(f"/donnees/{mende.code}/budget/{former['key']}.csv")
    assert len(shown.data.splitlines()) == 6
    dataset = helpers.call_action("package_show", id=former["package_id"])
    assert len(dataset["resources"]) == 1


def test_a_token_that_deposits_leaves_a_draft_that_a_person_publishes(
    mende: Town, software: Make, desk_of: Callable[[str | None], Desk]
) -> None:
    sender = software("deposit")
    done = sender.put(budget(mende.siret))
    assert (sender.status, done["result"]) == (202, "draft")
    assert [one["code"] for one in done["reasons"]] == ["draft_only"]
    assert done["deposit"]["state"] == "checked"
    draft = done["deposit"]["page"].rpartition("/")[2]
    assert done["deposit"]["page"].endswith(f"/publier/depot/{draft}")
    desk = desk_of(mende.agent).get(f"/publier/depot/{draft}")
    assert desk.response.status_code == 200
    assert desk.address.endswith("/relire")
    online = call_as(mende.agent, "odlocale_deposit_publish", id=draft)
    assert online["state"] == "published"
    assert sender.put(budget(mende.siret))["result"] == "unchanged"


def test_what_blocks_leaves_a_draft_and_says_why(
    mende: Town, town: Callable[[], Town], software: Make
) -> None:
    sender = software()
    other = town()
    content = budget(mende.siret).replace(mende.siret.encode(), other.siret.encode(), 3)
    done = sender.put(content)
    assert sender.status == 202, done
    assert done["reasons"][0]["code"] == "siret.foreign"
    assert done["reasons"][0]["message"]
    assert done["deposit"]["state"] == "draft"
    assert done["report"]["counts"]["blocks"] == 1
    state = sender.get()
    assert state["online"] is None
    assert state["last"]["id"] == done["deposit"]["id"]
    assert state["reasons"] == done["reasons"]


def test_a_file_without_the_columns_of_its_key_is_a_draft(
    mende: Town, software: Make
) -> None:
    sender = software()
    content = b"BGT_SIRET,BGT_NOM,BGT_CONTNAT\n" + (mende.siret + ",X,011\n").encode()
    done = sender.put(content)
    assert sender.status == 202, done
    assert {one["code"] for one in done["reasons"]} >= {"column.missing"}


def test_drafts_of_a_software_do_not_pile_up(mende: Town, software: Make) -> None:
    sender = software("deposit")
    first = sender.put(budget(mende.siret))["deposit"]["id"]
    assert sender.put(budget(mende.siret))["deposit"]["id"] == first
    second = sender.put(budget(mende.siret, rows=3))["deposit"]["id"]
    assert [one.id for one in deposits_of(mende)] == [second]
    # A person begins to work on it: it stays.
    wishes = {"title": "Le budget voté"}
    call_as(mende.agent, "odlocale_deposit_answer", id=second, wishes=wishes)
    held = sender.put(budget(mende.siret, rows=3))
    assert (sender.status, held["deposit"]["id"]) == (202, second)
    third = sender.put(budget(mende.siret, rows=4))["deposit"]["id"]
    assert {one.id for one in deposits_of(mende)} == {second, third}


def test_the_draft_of_one_token_is_published_by_another_of_the_software(
    mende: Town, app: Any
) -> None:
    first = Software(app, mende, give(mende, "deposit", name="Horizon")[1])
    draft = first.put(budget(mende.siret))["deposit"]["id"]
    second = Software(app, mende, give(mende, "publish", name="horizon")[1])
    done = second.put(budget(mende.siret))
    assert (second.status, done["deposit"]["id"]) == (201, draft)


def test_the_drafts_of_another_software_are_its_own(
    mende: Town, software: Make
) -> None:
    one, other = software("deposit"), software("deposit")
    one.put(budget(mende.siret))
    assert other.get() == {"error": other.get()["error"]}
    assert other.status == 404
    other.put(budget(mende.siret))
    assert len(deposits_of(mende)) == 2


def test_a_second_document_of_the_same_key_has_its_address(
    mende: Town, software: Make
) -> None:
    sender = software()
    base = sender.put(budget(mende.siret))["deposit"]["key"]
    second = sender.put(budget(mende.siret, rows=4), sender.path(f"{base}-2"))
    assert (sender.status, second["deposit"]["key"]) == (201, f"{base}-2")
    assert sender.get()["online"]["rows"] == 12


def test_another_key_is_told_the_right_address(mende: Town, software: Make) -> None:
    sender = software()
    done = sender.put(budget(mende.siret, year=2021))
    assert sender.status == 409
    right = done["error"]["address"].removeprefix("http://test.ckan.net")
    assert right.endswith("/budget/" + done["error"]["key"])
    assert deposits_of(mende) == []
    sender.put(budget(mende.siret, year=2021), right)
    assert sender.status == 201


def test_other_data_are_told_the_right_address(mende: Town, software: Make) -> None:
    sender = software(schemas=("budget", "dae"))
    done = sender.put(budget(mende.siret), sender.path("complet", "dae"))
    assert (sender.status, done["error"]["code"]) == (409, "other_model")
    assert "/budget/2022-" in done["error"]["address"]
    assert deposits_of(mende) == []


def test_by_its_siren_as_by_its_insee_code(mende: Town, software: Make) -> None:
    sender = software()
    sender.put(budget(mende.siret), sender.path(code=mende.siren))
    assert sender.status == 201


def test_withdrawn_it_is_gone_then_sent_again(mende: Town, software: Make) -> None:
    sender = software()
    done = sender.put(budget(mende.siret))
    address = done["deposit"]["address"].removeprefix("http://test.ckan.net")
    gone = sender.delete()
    assert (sender.status, gone["result"]) == (200, "withdrawn")
    assert sender.client.get(address).status_code == 410
    assert lines_of(mende)[-1].detail["reason"] == "mistaken"
    assert lines_of(mende)[-1].detail["software"]
    assert sender.delete()["error"]["code"] == "not_online"
    sender.put(budget(mende.siret))
    assert sender.status == 201
    assert sender.client.get(address).status_code == 200


def test_what_was_deleted_by_core_is_published_again(
    mende: Town, software: Make
) -> None:
    sender = software()
    done = sender.put(budget(mende.siret))
    package = deposits_of(mende)[0].package_id
    administrator = factories.Sysadmin()["name"]
    call_as(
        administrator, "bulk_update_delete", datasets=[package], org_id=mende.org_id
    )
    again = sender.put(budget(mende.siret))
    assert (sender.status, again["result"]) == (200, "replaced")
    address = done["deposit"]["address"].removeprefix("http://test.ckan.net")
    assert sender.client.get(address).status_code == 200


def test_the_page_of_software_says_when_it_last_sent(
    mende: Town, software: Make, app: Any
) -> None:
    token, secret = give(mende, "publish")
    Software(app, mende, secret).put(budget(mende.siret))
    model.Session.rollback()
    kept = model.Session.get(Token, token)
    assert kept.last_used_at is not None
    assert kept.last_used_for["schema"] == "budget"


# -- who may not ------------------------------------------------------------------


def test_a_token_of_another_commune(
    mende: Town, town: Callable[[], Town], app: Any
) -> None:
    intruder = Software(app, mende, give(town(), *ALL, schemas=())[1])
    for call in (intruder.get, intruder.delete, lambda: intruder.put(b"x")):
        assert call()["error"]["code"] == "other_collectivity"
        assert intruder.status == 403
    assert deposits_of(mende) == []


def test_a_token_for_other_data(mende: Town, software: Make) -> None:
    sender = software(schemas=("dae",))
    assert sender.put(budget(mende.siret))["error"]["code"] == "other_data"
    assert sender.status == 403


def test_a_mandate_for_other_data_than_the_token(mende: Town, app: Any) -> None:
    token, secret = give(mende, *ALL, schemas=("budget", "dae"))
    mandate = model.Session.get(Mandate, model.Session.get(Token, token).mandate_id)
    mandate.schemas = ["dae"]
    model.Session.commit()
    sender = Software(app, mende, secret)
    assert sender.put(budget(mende.siret))["error"]["code"] == "other_data"


@pytest.mark.parametrize(
    ("verbs", "method"),
    [("read", "PUT"), ("read", "DELETE"), ("publish", "DELETE"), ("withdraw", "PUT")],
)
def test_a_verb_that_the_token_does_not_have(
    verbs: str, method: str, mende: Town, software: Make
) -> None:
    publish(mende, budget(mende.siret))
    sender = software(verbs)
    done = sender.call(method, data=b"x")
    assert (sender.status, done["error"]["code"]) == (403, "verb_missing")


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("revoked", 401, "token_revoked"),
        ("expired", 401, "token_expired"),
        ("ended today", 403, "mandate_over"),
        ("refused", 403, "mandate_over"),
    ],
)
def test_a_token_that_is_over(
    how: str, status: int, code: str, mende: Town, app: Any
) -> None:
    token_id, secret = give(mende, *ALL)
    token = model.Session.get(Token, token_id)
    mandate = model.Session.get(Mandate, token.mandate_id)
    if how == "revoked":
        token.revoked_at = datetime.datetime.now(datetime.timezone.utc)
    elif how == "expired":
        token.until = datetime.date.today() - datetime.timedelta(days=1)
    else:
        mandate.state = "refused" if how == "refused" else "ended"
    model.Session.commit()
    sender = Software(app, mende, secret)
    for call in (sender.get, sender.delete, lambda: sender.put(budget(mende.siret))):
        assert call()["error"]["code"] == code
        assert sender.status == status
    assert deposits_of(mende) == []


def test_a_token_stopped_while_its_file_is_read(
    mende: Town, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_id, secret = give(mende, *ALL)
    sender = Software(app, mende, secret)
    put = storage.put

    def stop_then_put(*arguments: Any) -> Any:
        model.Session.get(Token, token_id).revoked_at = datetime.datetime.now(
            datetime.timezone.utc
        )
        model.Session.commit()
        return put(*arguments)

    monkeypatch.setattr(storage, "put", stop_then_put)
    done = sender.put(budget(mende.siret))
    assert (sender.status, done["error"]["code"]) == (401, "token_revoked")
    assert deposits_of(mende) == []


GUESSES = {
    None: "token_missing",
    "": "token_missing",
    "{token}": "token_scheme",
    "Basic {token}": "token_scheme",
    "Token {token}": "token_scheme",
    "Bearer": "token_malformed",
    "Bearer {token}x": "token_malformed",
    "Bearer {start}": "token_malformed",
    "Bearer {token}\u0308": "token_malformed",
    "Bearer {start}_" + "A" * 43: "token_unknown",
    "Bearer odl_aaaaaaaa_" + "A" * 43: "token_unknown",
    "Bearer ' OR 1=1 --": "token_malformed",
}


@pytest.mark.parametrize(("header", "code"), GUESSES.items())
def test_what_is_not_the_token(
    header: str | None, code: str, mende: Town, software: Make
) -> None:
    sender = software()
    if header is not None:
        header = header.format(token=sender.token, start=sender.token[:12])
    done = sender.put(budget(mende.siret), headers={"Authorization": header})
    assert (sender.status, done["error"]["code"]) == (401, code)
    assert deposits_of(mende) == []


def test_the_key_of_an_account_is_nobody_here(mende: Town, software: Make) -> None:
    sender = software()
    administrator = factories.Sysadmin()
    key = factories.APIToken(user=administrator["id"])["token"]
    for header in (key, f"Bearer {key}"):
        sender.put(budget(mende.siret), headers={"Authorization": header})
        assert sender.status == 401


@pytest.mark.parametrize("name", ["token", "access_token", "x"])
def test_a_token_in_the_address_is_refused_whatever_else_is_given(
    name: str, mende: Town, software: Make
) -> None:
    sender = software()
    for headers in ({}, {"Authorization": None}):
        done = sender.put(
            budget(mende.siret), f"{sender.path()}?{name}={sender.token}",
            headers=headers,
        )  # fmt: skip
        assert (sender.status, done["error"]["code"]) == (400, "token_in_address")
        assert sender.token not in sender.response.text
    assert deposits_of(mende) == []


@pytest.mark.parametrize("who", ["agent", "administrator"])
def test_a_browser_that_is_logged_in_cannot_be_made_to_send(
    who: str, mende: Town, software: Make
) -> None:
    publish(mende, budget(mende.siret))
    sender = software()
    name = mende.agent
    if who == "administrator":
        name = factories.Sysadmin(password=PASSWORD)["name"]
    send_login(sender.client, name, PASSWORD)
    for method in ("PUT", "DELETE", "GET"):
        sender.call(method, data=b"x", headers={"Authorization": None})
        assert sender.status == 401
    # With its own token, it is the software that acts, whoever is logged in beside.
    sender.put(budget(mende.siret, rows=4))
    assert sender.status == 200
    assert lines_of(mende)[-1].user_id is None
    assert "Set-Cookie" not in sender.response.headers


def test_the_actions_are_nobody_s_by_the_portal_s_own_api(
    mende: Town, software: Make
) -> None:
    client = software().client
    key = factories.APIToken(user=factories.Sysadmin()["id"])["token"]
    place = {"org_id": mende.org_id, "siren": mende.siren, "schema": "budget"}
    asked = {
        **place,
        "key": "x",
        "reason": "other",
        "upload": "x",
        "odlocale_bearer": "x",
    }
    for action in ("odlocale_push_deposit", "odlocale_push_show",
                   "odlocale_push_withdraw"):  # fmt: skip
        for headers in ({}, {"Authorization": key}):
            answer = client.post(f"/api/3/action/{action}", json=asked, headers=headers)
            assert answer.status_code == 403


def test_a_token_is_no_way_into_the_rest_of_the_portal(
    mende: Town, software: Make
) -> None:
    sender = software()
    headers = {"Authorization": f"Bearer {sender.token}"}
    for header in (headers, {"Authorization": sender.token}):
        for action in ("odlocale_desk_list", "odlocale_deposit_list"):
            answer = sender.client.post(
                f"/api/3/action/{action}", json={"org_id": mende.org_id}, headers=header
            )
            assert answer.status_code == 403
        shown = sender.client.get("/publier", headers=header, follow_redirects=False)
        assert shown.status_code == 302


# -- what is not a file -----------------------------------------------------------


TRICKS = ["..", "../x", "%2e%2e", "..%2f..%2fetc", "a%5cb", "a.csv", "A", "x" * 121,
          "a%00", "a%0a", "a;b", "é", "a--b"]  # fmt: skip


@pytest.mark.parametrize("key", TRICKS)
def test_no_trick_in_the_key_leads_anywhere(
    key: str, mende: Town, software: Make
) -> None:
    sender = software()
    sender.response = sender.client.put(
        sender.path(key), data=budget(mende.siret),
        headers={"Authorization": f"Bearer {sender.token}"},
    )  # fmt: skip
    assert sender.status == 404
    assert deposits_of(mende) == []


@pytest.mark.parametrize("part", ["code", "schema"])
@pytest.mark.parametrize("value", ["00000", "..", "x' OR 1=1", "2A9999"])
def test_an_address_that_is_nothing(
    part: str, value: str, mende: Town, software: Make
) -> None:
    sender = software()
    sender.put(budget(mende.siret), sender.path(**{part: value}))
    assert sender.status == 404


def test_two_gigabytes_are_refused_before_a_byte_is_read(
    mende: Town, software: Make
) -> None:
    sender = software()
    body = Endless()
    environ = {"wsgi.input": body, "CONTENT_LENGTH": str(2 * 1024**3)}
    done = sender.call("PUT", environ_overrides=environ)
    assert (sender.status, done["error"]["code"]) == (413, "too_large")
    assert body.given == 0


CHUNKED = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked",
           "CONTENT_LENGTH": ""}  # fmt: skip


def test_chunks_without_end_stop_at_the_limit(
    mende: Town, software: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, "ckanext.odlocale.max_deposit_bytes", 1_000_000)
    sender = software()
    body = Endless()
    sender.call("PUT", environ_overrides={**CHUNKED, "wsgi.input": body})
    assert sender.status == 413
    assert body.given < 1_200_000
    assert deposits_of(mende) == []


def test_chunks_with_an_end_are_a_file(mende: Town, software: Make) -> None:
    sender = software()
    body = io.BytesIO(budget(mende.siret))
    sender.call("PUT", environ_overrides={**CHUNKED, "wsgi.input": body})
    assert sender.status == 201


@pytest.mark.parametrize("kind", ["cut", "short", "chunked"])
def test_a_connection_that_is_cut_leaves_nothing(
    kind: str, mende: Town, software: Make
) -> None:
    sender = software()
    content = budget(mende.siret)
    environ: dict[str, Any] = {"CONTENT_LENGTH": str(len(content) + 10)}
    if kind == "chunked":
        environ = CHUNKED
    body = io.BytesIO(content) if kind == "short" else Broken(content)
    done = sender.call("PUT", environ_overrides={**environ, "wsgi.input": body})
    assert (sender.status, done["error"]["code"]) == (400, "interrupted")
    assert deposits_of(mende) == []
    folder = storage._store().root / ".incoming"
    assert list(folder.iterdir()) == []


def test_a_length_that_is_not_said(mende: Town, software: Make) -> None:
    sender = software()
    sender.call("PUT", environ_overrides={"CONTENT_LENGTH": ""})
    assert sender.status == 411


def test_a_form_is_told_to_send_the_file(mende: Town, software: Make) -> None:
    sender = software()
    file = (io.BytesIO(budget(mende.siret)), "budget.csv")
    done = sender.call("PUT", data={"file": file})
    assert (sender.status, done["error"]["code"]) == (415, "sent_as_form")


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("budget.csv", b"0" * 300_000_000)
    return out.getvalue()


UNREADABLE = {
    "zip bomb": (bomb, 413),
    "program": (lambda: b"\x7fELF" + b"\0\x01" * 500, 415),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0\x01" * 500, 415),
    "blank": (lambda: b" \n\n  ", 422),
    "broken excel": (lambda: b"PK\x03\x04" + b"x" * 900, 422),
}


@pytest.mark.parametrize(("content", "status"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_not_kept(
    content: Callable[[], bytes], status: int, mende: Town, software: Make
) -> None:
    sender = software()
    done = sender.put(content())
    assert sender.status == status, done
    assert done["error"]["message"]
    assert deposits_of(mende) == []


def test_a_file_of_another_home_is_refused(mende: Town, software: Make) -> None:
    sender = software(schemas=())
    header = ("uid_adresse;cle_interop;commune_insee;commune_nom;voie_nom;numero;"
              "suffixe;position;x;y;long;lat;source;date_der_maj\n")  # fmt: skip
    row = (
        f";{mende.code}_0001_00001;{mende.code};X;rue;1;;entrée;1;1;1;1;X;2024-01-01\n"
    )
    done = sender.put((header + row).encode())
    assert (sender.status, done["error"]["code"]) == (422, "national"), done


# -- two at once, and a server that is down ---------------------------------------


def test_of_two_files_at_once_one_then_the_other(
    mende: Town, app: Any, software: Make
) -> None:
    senders = [software("publish"), software("publish")]
    contents = [budget(mende.siret), budget(mende.siret, rows=5)]
    model.Session.remove()
    start = threading.Barrier(2)

    def work(number: int) -> None:
        start.wait()
        senders[number].put(contents[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.status for one in senders) == [200, 201]
    states = sorted(one.state for one in deposits_of(mende))
    assert states == ["published", "replaced"]
    (online,) = [one for one in deposits_of(mende) if one.state == "published"]
    dataset = helpers.call_action("package_show", id=online.package_id)
    assert [one["deposit_id"] for one in dataset["resources"]] == [online.id]
    assert dataset["resources"][0]["hash"] == online.canonical_sha256


def test_the_same_file_at_once_is_one_release(mende: Town, software: Make) -> None:
    senders = [software("publish") for _ in range(3)]
    model.Session.remove()
    start = threading.Barrier(3)

    def work(one: Software) -> None:
        start.wait()
        one.put(budget(mende.siret))

    threads = [threading.Thread(target=work, args=(one,)) for one in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.status for one in senders) == [200, 200, 201]
    assert [one.state for one in deposits_of(mende)] == ["published"]


def test_who_calls_too_often_is_told_when_to_come_back(
    mende: Town, software: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, "ckanext.odlocale.token_requests_per_minute", 3)
    sender, other = software(), software()
    seen = [sender.get() and sender.status for _ in range(8)]
    assert set(seen) == {404, 429}
    assert seen[-1] == 429
    assert 0 < int(sender.response.headers["Retry-After"]) <= 60
    other.get()
    assert other.status == 404
