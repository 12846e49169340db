"""A whole table at its address, its dataset, its Parquet file and its page.

Answers are asked ``buffered``: read and closed, as a server does.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import helpers

from ckanext.odlocale.tables import jobs, keeping, settling, views
from ckanext.odlocale.tables.consolidated import ORGANIZATION
from ckanext.odlocale.tables.model import Table
from ckanext.odlocale.tables.streaming import Stream
from ckanext.odlocale.territory.tables import Collectivity
from tests.integration.publishing.conftest import Town, budget, call_as, publish
from tests.integration.tables.conftest import as_administrator, tables_down

Make = Callable[[], Town]
Open = Callable[[str | None], Any]
CSV = "/donnees/toutes/budget.csv"
PARQUET = "/donnees/toutes/budget.parquet"


@pytest.fixture
def client(desk_of: Open) -> Any:
    """Anybody's browser."""
    return desk_of(None).client


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def keep_budget() -> Table:
    (state,) = settling.read_states("budget")
    keeping.keep(state)
    model.Session.expire_all()
    table = model.Session.get(Table, "budget")
    assert table is not None
    return table


class TestTheCsv:
    def test_has_every_commune_s_rows_and_says_whose_they_are(
        self, town: Make, client: Any
    ) -> None:
        one, other = town(), town()
        for each, rows in ((one, 3), (other, 4)):
            publish(each, budget(each.siret, rows=rows))
        answer = client.get(CSV, buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        # A server would stop at a length told before the first row is read.
        assert "Content-Length" not in answer.headers
        found = lines(answer.get_data(as_text=True))
        assert list(found[0])[:5] == [
            "org", "org_code", "org_name", "deposit", "BGT_NATDEC",
        ]  # fmt: skip
        ours = [row["org_code"] for row in found if row["org_code"] == one.code]
        assert len(ours) == 3
        assert len([row for row in found if row["org_name"] == other.name]) == 4

    def test_obeys_etag_head_and_gzip(self, mende: Town, client: Any) -> None:
        publish(mende, budget(mende.siret))
        plain = client.get(CSV, buffered=True)
        tag = plain.headers["ETag"]
        same = client.get(CSV, buffered=True, headers={"If-None-Match": tag})
        assert (same.status_code, same.get_data()) == (304, b"")
        head = client.head(CSV, buffered=True)
        assert (head.status_code, head.get_data()) == (200, b"")
        assert "Content-Length" not in head.headers, "it is not empty"
        assert head.headers["ETag"] == tag
        packed = client.get(CSV, buffered=True, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["ETag"] != tag
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert gzip.decompress(packed.get_data()) == plain.get_data()

    def test_its_tag_changes_with_each_release(self, mende: Town, client: Any) -> None:
        publish(mende, budget(mende.siret))
        before = client.head(CSV, buffered=True).headers["ETag"]
        publish(mende, budget(mende.siret, year=2021))
        assert client.head(CSV, buffered=True).headers["ETag"] != before

    def test_has_no_row_of_a_private_dataset(self, mende: Town, client: Any) -> None:
        done = publish(mende, budget(mende.siret))
        as_administrator("package_patch", id=done["package_id"], private=True)
        assert mende.siren not in client.get(CSV, buffered=True).get_data(as_text=True)

    def test_of_no_model_is_absent(self, client: Any) -> None:
        assert client.get("/donnees/toutes/rien.csv").status_code == 404
        assert client.get("/donnees/toutes/rien.parquet").status_code == 404
        assert client.get("/donnees/toutes/..%2Fbudget.parquet").status_code == 404

    def test_says_to_come_back_when_the_database_is_down(
        self, mende: Town, client: Any
    ) -> None:
        publish(mende, budget(mende.siret))
        with tables_down():
            answer = client.get(CSV, buffered=True)
            assert answer.status_code == 503
            assert answer.headers["Retry-After"]
        assert client.get(CSV, buffered=True).status_code == 200

    def test_lets_a_few_read_at_once_and_gives_the_turns_back(
        self, mende: Town, client: Any
    ) -> None:
        publish(mende, budget(mende.siret))
        for _ in range(views.AT_ONCE * 2):
            assert client.get(CSV, buffered=True).status_code == 200
            assert client.head(CSV, buffered=True).status_code == 200
        for _ in range(views.AT_ONCE):
            views._turns.acquire()
        try:
            assert client.get(CSV, buffered=True).status_code == 503
        finally:
            for _ in range(views.AT_ONCE):
                views._turns.release()

    def test_a_reader_who_leaves_ends_the_query(self, mende: Town) -> None:
        publish(mende, budget(mende.siret, rows=400))
        stream = Stream(str(tk.config["ckan.datastore.read_url"]), "budget")
        pieces = stream.read()
        assert next(pieces)
        pieces.close()  # type: ignore[attr-defined]
        assert stream._connection.closed

    def test_a_break_is_no_end(self, mende: Town) -> None:
        publish(mende, budget(mende.siret))
        stream = Stream(str(tk.config["ckan.datastore.read_url"]), "budget")
        stream._statement = "COPY (SELECT 1 / (3 - n) FROM generate_series(1, 5) n)"
        stream._statement += " TO STDOUT"
        with pytest.raises(Exception, match="division"):
            b"".join(stream.read())


class TestTheDataset:
    def test_is_nobody_s_opening(self, mende: Town, client: Any) -> None:
        publish(mende, budget(mende.siret))
        table = keep_budget()
        dataset = helpers.call_action("package_show", id=table.package_id)
        assert dataset["organization"]["name"] == ORGANIZATION
        owner = Collectivity.by_org(dataset["owner_org"])
        assert owner is None
        formats = [one["format"] for one in dataset["resources"]]
        assert formats == ["CSV", "Parquet", "API"]
        assert dataset["resources"][0]["id"] == table.resource_id
        assert table.resource_id in dataset["resources"][2]["url"]
        assert dataset["title"] == "Budget – toutes les collectivités"
        assert len(dataset["notes"]) > 100

    def test_is_in_the_portal_s_feed_and_in_no_commune_s(
        self, mende: Town, client: Any
    ) -> None:
        publish(mende, budget(mende.siret))
        table = keep_budget()
        own = client.get(f"/catalogue/{mende.code}.ttl").get_data(as_text=True)
        assert table.package_id not in own
        address, text = "/catalogue/portail.ttl", ""
        while address:
            page = client.get(address).get_data(as_text=True)
            text += page
            following = re.search(r"core#next> <http://test.ckan.net([^>]+)>", page)
            address = following[1] if following else ""
        assert table.package_id in text

    def test_is_made_once(self, mende: Town) -> None:
        publish(mende, budget(mende.siret))
        first = keep_budget().package_id
        publish(mende, budget(mende.siret, year=2021))
        assert keep_budget().package_id == first

    def test_that_somebody_else_took_the_name_of_is_made_under_another(
        self, mende: Town
    ) -> None:
        publish(mende, budget(mende.siret))
        table = keep_budget()
        as_administrator("dataset_purge", id=table.package_id)
        model.Session.execute(
            sa.text("UPDATE package SET name = 'toutes-budget' WHERE id IN"
                    " (SELECT package_id FROM odlocale_deposit WHERE siren = :siren"
                    " AND state = 'published')"),
            {"siren": mende.siren},
        )  # fmt: skip
        model.Session.commit()
        again = helpers.call_action("package_show", id=keep_budget().package_id)
        assert again["name"] != "toutes-budget"
        assert again["name"].startswith("toutes-budget")

    def test_that_an_administrator_deleted_stays_deleted(self, mende: Town) -> None:
        publish(mende, budget(mende.siret))
        table = keep_budget()
        as_administrator("package_delete", id=table.package_id)
        publish(mende, budget(mende.siret, year=2021))
        assert keep_budget().package_id == table.package_id
        assert model.Package.get(table.package_id).state == "deleted"
        as_administrator("package_patch", id=table.package_id, state="active")


class TestTheParquet:
    def test_has_the_same_rows_typed(self, mende: Town, client: Any) -> None:
        publish(mende, budget(mende.siret, rows=3))
        keep_budget()
        answer = client.get(PARQUET)
        assert answer.status_code == 200
        frame = pl.read_parquet(io.BytesIO(answer.get_data()))
        assert frame.height == len(
            lines(client.get(CSV, buffered=True).get_data(as_text=True))
        )
        assert frame.schema["BGT_MTPROPNOUV"] == pl.Float64
        assert frame.schema["org"] == pl.String
        again = client.get(PARQUET, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304

    def test_forgets_what_was_withdrawn(self, mende: Town, client: Any) -> None:
        done = publish(mende, budget(mende.siret))
        keep_budget()
        call_as(mende.agent, "odlocale_deposit_withdraw", id=done["id"])
        jobs.settle_pending()
        frame = pl.read_parquet(io.BytesIO(client.get(PARQUET).get_data()))
        assert mende.siren not in frame["org"].to_list()
        # Nothing half-written is left beside it.
        beside = settling.parquet_path("budget").parent.glob("*budget*")
        assert [one.name for one in beside] == ["budget.parquet"]

    @pytest.mark.parametrize("reads", ["the file", "the CSV before"])
    def test_has_no_row_of_what_became_private_in_bulk(
        self, reads: str, town: Callable[[], Town], client: Any
    ) -> None:
        """CKAN tells nobody of a bulk action, and queues no work."""
        place, other = town(), town()
        publish(other, budget(other.siret))
        done = publish(place, budget(place.siret))
        jobs.settle_pending()

        def owners() -> list[str]:
            frame = pl.read_parquet(io.BytesIO(client.get(PARQUET).get_data()))
            return list(frame["org"].unique())

        assert place.siren in owners()
        as_administrator("bulk_update_private", datasets=[done["package_id"]],
                         org_id=place.org_id)  # fmt: skip
        if reads == "the CSV before":
            client.get(CSV, buffered=True)
        answer = client.get(PARQUET)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        jobs.settle_pending()
        assert place.siren not in owners()
        assert other.siren in owners()


class TestThePage:
    def test_shows_searches_and_sorts_the_rows(self, mende: Town, client: Any) -> None:
        done = publish(mende, budget(mende.siret, rows=30))
        page = f"/dataset/{done['package_id']}/resource/{done['resource_id']}"
        text = client.get(page).get_data(as_text=True)
        assert "30 lignes" in text
        assert "<td>60610</td>" in text
        assert "Page 1 sur 2" in text
        found = client.get(f"{page}?mots=60612").get_data(as_text=True)
        assert "1 ligne" in found
        sorted_ = client.get(f"{page}?tri=BGT_NATURE&sens=desc").get_data(as_text=True)
        assert 'aria-sort="descending"' in sorted_
        assert sorted_.index("<td>60619</td>") < sorted_.index("<td>606129</td>")

    def test_leads_from_a_row_to_the_form_that_reports_it(
        self, mende: Town, town: Make, client: Any
    ) -> None:
        """By its line in the file, in whatever order it is read."""
        for other in (mende, town()):
            done = publish(other, budget(other.siret, rows=30))
        page = f"/dataset/{done['package_id']}/resource/{done['resource_id']}"
        lines = client.get(done["address"]).get_data(as_text=True).splitlines()
        for query in ("", "?page=2", "?tri=BGT_NATURE&sens=desc", "?mots=606112"):
            text = client.get(page + query).get_data(as_text=True)
            rows = re.findall(
                r"<td[^>]*>(6061\d+)</td>.*?href=\"([^\"]+)\?ligne=(\d+)\"", text, re.S
            )
            assert len(rows) == {"?page=2": 10, "?mots=606112": 1}.get(query, 20)
            for nature, address, line in rows:
                assert nature in lines[int(line) - 1].split(",")
                form = client.get(f"{address}?ligne={line}").get_data(as_text=True)
                assert f'name="row" value="{line}"' in form

    def test_survives_any_address(self, mende: Town, client: Any) -> None:
        done = publish(mende, budget(mende.siret, rows=3))
        page = f"/dataset/{done['package_id']}/resource/{done['resource_id']}"
        for asked in (
            "page=99999999999999999999", "page=-1", "tri=_slice", "tri=%22;--",
            "mots=%27%29%20OR%201=1--", "mots=<script>alert(1)</script>", "sens=x",
            "page=%D9%A3",
        ):  # fmt: skip
            answer = client.get(f"{page}?{asked}")
            assert answer.status_code == 200
            assert "<script>alert(1)" not in answer.get_data(as_text=True)

    def test_is_there_without_rows_when_the_database_is_down(
        self, mende: Town, client: Any
    ) -> None:
        done = publish(mende, budget(mende.siret))
        page = f"/dataset/{done['package_id']}/resource/{done['resource_id']}"
        with tables_down():
            answer = client.get(page)
        assert answer.status_code == 200
        assert done["address"] in answer.get_data(as_text=True)


def test_the_tables_are_listed_for_everybody(mende: Town) -> None:
    publish(mende, budget(mende.siret))
    keep_budget()
    listed = helpers.call_action(
        "odlocale_table_list", {"user": "", "ignore_auth": False}
    )
    (one,) = [one for one in listed if one["schema"] == "budget"]
    assert one["table"] == "odl_budget"
    assert one["rows"] >= 12
    assert one["csv"].endswith(CSV)
    assert one["resource_id"]
