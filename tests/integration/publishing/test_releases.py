"""What was published: its addresses, its history, withdrawing and restoring it."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import polars as pl
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import helpers
from werkzeug.http import parse_date

from ckanext.odlocale.base import storage
from ckanext.odlocale.publishing import hooks
from ckanext.odlocale.publishing.model import Deposit
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)

Open = Callable[[str | None], Desk]


def address(town: Town, deposit: dict[str, Any], form: str = "csv") -> str:
    return f"/donnees/{town.code}/budget/{deposit['key']}.{form}"


def history(town: Town, deposit: dict[str, Any], end: str = "versions") -> str:
    return f"/donnees/{town.code}/budget/{deposit['key']}/{end}"


def replace(town: Town, former: dict[str, Any], content: bytes) -> dict[str, Any]:
    """Publish another file at the address of a release."""
    sent = send(town, content)
    call_as(town.agent, "odlocale_deposit_correct", id=sent["id"])
    call_as(town.agent, "odlocale_deposit_answer", id=sent["id"], replaces=former["id"])
    return dict(call_as(town.agent, "odlocale_deposit_publish", id=sent["id"]))


def withdraw(town: Town, deposit: dict[str, Any], **more: str) -> dict[str, Any]:
    asked = {"id": deposit["id"], **more}
    return dict(call_as(town.agent, "odlocale_deposit_withdraw", **asked))


@pytest.fixture
def online(mende: Town) -> dict[str, Any]:
    return publish(mende, budget(mende.siret))


@pytest.fixture
def browser(desk_of: Open) -> Any:
    return desk_of(None).client


class TestTheAddress:
    def test_it_says_since_when_it_shows_this(
        self, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        answer = browser.get(address(mende, online))
        told = parse_date(answer.headers["Last-Modified"])
        day = datetime.datetime.fromisoformat(online["published_at"])
        assert told is not None
        assert abs((told - day).total_seconds()) <= 1
        since = {"If-Modified-Since": answer.headers["Last-Modified"]}
        assert browser.get(address(mende, online), headers=since).status_code == 304

    @pytest.mark.parametrize("form", ["csv", "parquet"])
    def test_parts_of_it_are_sent(
        self, form: str, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        where = address(mende, online, form)
        whole = browser.get(where)
        size = len(whole.get_data())
        tag = whole.headers["ETag"]

        def ask(span: str, **headers: str) -> Any:
            return browser.get(where, headers={"Range": span, **headers})

        end = ask("bytes=-4")
        assert (end.status_code, end.get_data()) == (206, whole.get_data()[-4:])
        assert end.headers["Content-Range"] == f"bytes {size - 4}-{size - 1}/{size}"
        assert end.headers["ETag"] == tag
        beyond = ask(f"bytes={size}-")
        assert beyond.status_code == 416
        assert beyond.headers["Content-Range"] == f"bytes */{size}"
        assert ask("bytes=0-3", **{"If-Range": tag}).status_code == 206
        assert ask("bytes=0-3", **{"If-Range": '"another"'}).status_code == 200

    @pytest.mark.parametrize("span", ["bytes=0-1,4-5", "lines=0-5", "bytes", "x=?"])
    def test_parts_asked_for_in_another_way_get_the_whole(
        self, span: str, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        answer = browser.get(address(mende, online), headers={"Range": span})
        assert answer.status_code == 200
        assert len(answer.get_data()) == online["canonical_size"]

    def test_it_is_never_compressed_under_the_same_tag(
        self, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        asked = {"Accept-Encoding": "gzip, br"}
        answer = browser.get(address(mende, online), headers=asked)
        assert "Content-Encoding" not in answer.headers
        assert answer.headers["ETag"] == f'"{online["canonical_sha256"]}"'
        assert answer.headers["Content-Length"] == str(online["canonical_size"])

    @pytest.mark.parametrize("form", ["csv", "parquet"])
    def test_head_says_what_get_would(
        self, form: str, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        where = address(mende, online, form)
        whole, head = browser.get(where), browser.head(where)
        for name in ("ETag", "Content-Length", "Last-Modified", "Content-Type", "Link"):
            assert head.headers.get(name) == whole.headers.get(name)
        assert head.get_data() == b""

    def test_it_leads_to_parquet_and_to_its_history(
        self, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        link = browser.get(address(mende, online)).headers["Link"]
        parquet = address(mende, online, "parquet")
        assert f'<{parquet}>; rel="alternate"' in link
        assert f'<{history(mende, online)}>; rel="version-history"' in link


class TestParquet:
    def test_it_holds_the_same_rows_of_the_right_types(
        self, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        answer = browser.get(address(mende, online, "parquet"))
        assert answer.mimetype == "application/vnd.apache.parquet"
        frame = pl.read_parquet(io.BytesIO(answer.get_data()))
        assert len(frame) == online["rows"]
        assert frame["BGT_MTREAL"].dtype == pl.Float64
        assert frame["BGT_SIRET"].to_list() == [mende.siret] * online["rows"]

    def test_the_dataset_keeps_one_file(self, online: dict[str, Any]) -> None:
        # data.gouv.fr makes Parquet of its own, and its reading stays exact.
        dataset = helpers.call_action("package_show", id=online["package_id"])
        assert [one["format"] for one in dataset["resources"]] == ["CSV"]

    def test_the_page_of_the_file_leads_to_it(
        self, mende: Town, online: dict[str, Any], desk_of: Open
    ) -> None:
        where = f"/dataset/{online['package_id']}/resource/{online['resource_id']}"
        page = desk_of(None).get(where).page
        assert address(mende, online, "parquet") in page
        assert history(mende, online) in page

    def test_a_withdrawn_file_has_none(
        self, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        withdraw(mende, online)
        assert browser.get(address(mende, online, "parquet")).status_code == 410

    def test_one_published_before_gets_it_from_the_work_of_the_day(
        self, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        from ckanext.odlocale.publishing import retention

        query = sa.update(Deposit).where(Deposit.id == online["id"])
        model.Session.execute(query.values(parquet_sha256=None, parquet_size=None))
        model.Session.commit()
        where = address(mende, online, "parquet")
        assert browser.get(where).status_code == 404
        assert "parquet" not in browser.get(address(mende, online)).headers["Link"]
        done = retention.work(datetime.datetime.now(datetime.timezone.utc))
        assert done.parquet >= 1
        assert browser.get(where).status_code == 200


class TestHistory:
    def test_earlier_releases_are_listed_and_downloaded(
        self, mende: Town, online: dict[str, Any], desk_of: Open
    ) -> None:
        later = replace(mende, online, budget(mende.siret, rows=3))
        desk = desk_of(None).get(history(mende, later))
        assert desk.response.status_code == 200
        assert desk.response.headers["X-Robots-Tag"] == "noindex"
        former = history(mende, later, f"{online['id']}.csv")
        assert former in desk.page
        assert mende.agent not in desk.page
        sent = desk.get(former).response
        assert sent.headers["ETag"] == f'"{online["canonical_sha256"]}"'
        assert sent.headers["X-Robots-Tag"] == "noindex"
        told = helpers.call_action(
            "odlocale_release_list", code=mende.code, schema="budget", key=later["key"]
        )
        standings = [one["standing"] for one in told["releases"]]
        assert standings == ["online", "kept"]
        assert told["releases"][1]["csv"].endswith(former)

    @pytest.mark.parametrize("release_id", ["none", "00000000", "%00", "..%2f..%2fx"])
    def test_no_other_file_is_there(
        self, release_id: str, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        where = history(mende, online, f"{release_id}.csv")
        assert browser.get(where).status_code in (404, 405)

    def test_a_draft_and_another_commune_s_release_are_not(
        self,
        mende: Town,
        online: dict[str, Any],
        browser: Any,
        town: Callable[[], Town],
    ) -> None:
        other = town()
        theirs = publish(other, budget(other.siret))
        draft = send(mende, budget(mende.siret, rows=2))
        for one in (theirs, draft):
            where = history(mende, online, f"{one['id']}.csv")
            assert browser.get(where).status_code == 404

    def test_what_was_online_before_a_withdrawal_is_not_given_back(
        self, mende: Town, online: dict[str, Any], desk_of: Open
    ) -> None:
        later = replace(mende, online, budget(mende.siret, rows=3))
        withdraw(mende, later, reason="personal", note="Madame Dupont a téléphoné")
        former = history(mende, later, f"{online['id']}.csv")
        desk = desk_of(None)
        assert desk.get(former).response.status_code == 410
        assert desk.get(history(mende, later)).response.status_code == 410
        again = publish(mende, budget(mende.siret, rows=2))
        assert desk.get(former).response.status_code == 404
        page = desk.get(history(mende, again)).page
        assert "données personnelles" in page
        assert former not in page
        assert "Dupont" not in page

    def test_what_changed_is_shown_and_downloaded(
        self, mende: Town, online: dict[str, Any], desk_of: Open
    ) -> None:
        later = replace(mende, online, budget(mende.siret, rows=3))
        desk = desk_of(None).get(history(mende, later, f"{online['id']}/comparer"))
        assert desk.response.status_code == 200
        assert "Lignes retirées" in desk.page
        assert "60615" in desk.page
        told = desk.get(history(mende, later, f"{online['id']}/comparer.csv")).response
        lines = told.get_data(as_text=True).splitlines()
        assert len(lines) == 1 + 9
        assert lines[0].startswith("changement,")
        assert all(line.startswith("retirée,") for line in lines[1:])

    def test_files_too_large_are_not_compared(
        self,
        mende: Town,
        online: dict[str, Any],
        desk_of: Open,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        from ckanext.odlocale.publishing import comparing

        later = replace(mende, online, budget(mende.siret, rows=3))
        monkeypatch.setattr(comparing, "MAX_BYTES", 10)
        desk = desk_of(None).get(history(mende, later, f"{online['id']}/comparer"))
        assert "trop grands" in desk.page
        where = history(mende, later, f"{online['id']}/comparer.csv")
        assert desk.get(where).response.status_code == 404

    def test_a_siren_leads_to_the_code(
        self, mende: Town, online: dict[str, Any], browser: Any
    ) -> None:
        where = history(mende, online).replace(mende.code, mende.siren)
        answer = browser.get(where, follow_redirects=False)
        assert answer.headers["Location"].endswith(history(mende, online))


class TestWithdrawing:
    def test_the_reason_is_public_and_the_note_is_not(
        self, mende: Town, online: dict[str, Any], desk_of: Open
    ) -> None:
        where = f"/publier/depot/{online['id']}/retirer"
        desk = desk_of(mende.agent).get(where)
        desk.post(where, {"reason": "personal", "note": "Madame Dupont"})
        assert "Madame Dupont" in desk.page
        public = desk_of(None).get(address(mende, online))
        assert public.response.status_code == 410
        assert "données personnelles" in public.page
        assert "Dupont" not in public.page
        assert "opendata@essai.example.org" in public.page
        told = call_as(mende.agent, "odlocale_journal_list", org_id=mende.org_id)
        assert "Dupont" not in str(told)
        lines = model.Session.execute(
            sa.text("SELECT detail::text FROM odlocale_journal WHERE object_id = :id"),
            {"id": online["id"]},
        )
        assert "Dupont" not in str(lines.all())

    def test_it_asks_why_and_keeps_what_was_typed(
        self, mende: Town, online: dict[str, Any], desk_of: Open
    ) -> None:
        where = f"/publier/depot/{online['id']}/retirer"
        desk = desk_of(mende.agent).get(where)
        desk.post(where, {"note": "Une explication"})
        assert "Choisissez une des raisons" in desk.page
        assert "Une explication" in desk.page
        assert Deposit.published(mende.siren, "budget", online["key"]) is not None

    def test_a_reason_that_is_none_is_refused(
        self, mende: Town, online: dict[str, Any]
    ) -> None:
        with pytest.raises(tk.ValidationError):
            withdraw(mende, online, reason="parce que")

    def test_one_that_an_administrator_deleted_says_so(
        self, mende: Town, online: dict[str, Any], desk_of: Open
    ) -> None:
        call_as(mende.agent, "package_delete", id=online["package_id"])
        page = desk_of(None).get(address(mende, online))
        assert page.response.status_code == 410
        assert "Aucune autre raison" in page.page


class TestRestoring:
    @pytest.mark.parametrize("state", ["replaced", "withdrawn"])
    def test_a_former_version_is_a_new_release(
        self, state: str, mende: Town, online: dict[str, Any], desk_of: Open
    ) -> None:
        if state == "replaced":
            replace(mende, online, budget(mende.siret, rows=3))
        else:
            withdraw(mende, online)
        desk = desk_of(mende.agent).get(f"/publier/depot/{online['id']}/fini")
        desk.post(f"/publier/depot/{online['id']}/remettre", {})
        assert "de nouveau en ligne" in desk.page
        shown = Deposit.shown(mende.siren, "budget", online["key"])
        assert shown is not None
        assert shown.id != online["id"]
        assert shown.canonical_sha256 == online["canonical_sha256"]
        dataset = helpers.call_action("package_show", id=online["package_id"])
        assert dataset["resources"][0]["hash"] == online["canonical_sha256"]
        verbs = model.Session.execute(
            sa.text("SELECT verb FROM odlocale_journal WHERE object_id = :id"),
            {"id": shown.id},
        )
        assert [verb for (verb,) in verbs] == ["restored"]

    def test_what_blocks_today_waits_as_a_draft(
        self,
        mende: Town,
        online: dict[str, Any],
        town: Callable[[], Town],
    ) -> None:
        replace(mende, online, budget(mende.siret, rows=3))
        # Rows of another commune, which no check would let through today.
        stored = storage.put(budget(town().siret))
        query = sa.update(Deposit).where(Deposit.id == online["id"])
        model.Session.execute(query.values(original_sha256=stored.sha256))
        model.Session.commit()
        later = call_as(mende.agent, "odlocale_release_restore", id=online["id"])
        assert later["state"] == "draft"
        shown = Deposit.shown(mende.siren, "budget", online["key"])
        assert shown is not None
        assert shown.rows == 3

    @pytest.mark.parametrize("what", ["online", "draft"])
    def test_only_a_former_version_is_restored(
        self, what: str, mende: Town, online: dict[str, Any]
    ) -> None:
        one = online if what == "online" else send(mende, budget(mende.siret, rows=2))
        with pytest.raises(tk.ValidationError) as refused:
            call_as(mende.agent, "odlocale_release_restore", id=one["id"])
        assert refused.value.error_dict["refusal"] == ["NOT_FORMER"]


def test_an_agent_opens_it_in_excel(
    mende: Town, online: dict[str, Any], desk_of: Open
) -> None:
    desk = desk_of(mende.agent).get(f"/publier/depot/{online['id']}/fini")
    assert "Ouvrir dans Excel" in desk.page
    sent = desk.get(f"/publier/depot/{online['id']}/tableau.xlsx").response
    book = openpyxl.load_workbook(io.BytesIO(sent.get_data()))
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 1 + online["rows"]
    assert mende.siret in rows[1]


def test_other_rooms_are_told_of_each_change_of_an_address(
    mende: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[Any, ...]] = []

    def after_release_change(*place: Any) -> None:
        shown = Deposit.published(*place)
        told.append((*place, shown and shown.id))

    monkeypatch.setattr(
        hooks, "after_release_change", after_release_change, raising=False
    )
    first = publish(mende, budget(mende.siret))
    second = replace(mende, first, budget(mende.siret, rows=3))
    withdraw(mende, second)
    again = call_as(mende.agent, "odlocale_release_restore", id=first["id"])
    place = (mende.siren, "budget", first["key"])
    assert told == [
        (*place, one) for one in (first["id"], second["id"], None, again["id"])
    ]
