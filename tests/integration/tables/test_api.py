"""CKAN's own ways in to rows: each gives a commune's file its rows, and no other's."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.exceptions import CkanConfigurationException
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers
from ckanext.datastore.backend import (
    DatastoreBackend,
    get_all_resources_ids_in_datastore,
)
from ckanext.datastore.backend.postgres import (
    DatastorePostgresqlBackend,
    get_read_engine,
)

from ckanext.odlocale.tables import backend, hooks, jobs, keeping, settling
from ckanext.odlocale.tables.model import Table
from tests.integration.publishing.conftest import Town, budget, call_as, publish
from tests.integration.tables.conftest import as_administrator, held, rows_of

Make = Callable[[], Town]


@pytest.fixture
def two(town: Make) -> tuple[Town, Town, dict[str, Any], dict[str, Any]]:
    """Two communes, each with a budget: of 3 rows and of 5."""
    one, other = town(), town()
    return (
        one,
        other,
        publish(one, budget(one.siret, rows=3)),
        publish(other, budget(other.siret, rows=5)),
    )


Two = tuple[Town, Town, dict[str, Any], dict[str, Any]]


@pytest.fixture
def whole(two: Two) -> str:
    """The resource of the whole table."""
    (state,) = settling.read_states("budget")
    keeping.keep(state)
    table = model.Session.get(Table, "budget", populate_existing=True)
    assert table is not None
    return str(table.resource_id)


def orgs(found: dict[str, Any]) -> set[str]:
    return {row["org"] for row in found["records"]}


def test_the_portal_does_not_start_without_its_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend.require_datastore()
    other = DatastorePostgresqlBackend()
    monkeypatch.setattr(DatastoreBackend, "_active_backend", other)
    with pytest.raises(CkanConfigurationException, match="before odlocale"):
        backend.require_datastore()


class TestASlice:
    def test_has_its_own_rows_only(self, two: Two) -> None:
        one, other, mine, theirs = two
        found = rows_of(mine["resource_id"])
        assert (found["total"], orgs(found)) == (3, {one.siren})
        assert found["resource_id"] == mine["resource_id"]
        assert orgs(rows_of(theirs["resource_id"])) == {other.siren}

    @pytest.mark.parametrize(
        "filters",
        [
            lambda other: {"org": other.siren},
            lambda other: {"org": [other.siren, "x' OR '1'='1"]},
            lambda other: {"$or": [{"org": other.siren}, {"BGT_ANNEE": 2022}]},
            lambda other: {"org": {"gte": ""}},
        ],
    )
    def test_filters_never_reach_another_s(self, filters: Any, two: Two) -> None:
        one, other, mine, _ = two
        try:
            found = rows_of(mine["resource_id"], filters=filters(other))
        except tk.ValidationError:
            return
        assert orgs(found) <= {one.siren}
        assert found["total"] <= 3

    @pytest.mark.parametrize(
        "asked",
        [
            {"filters": {"_slice": 1}},
            {"fields": ["_slice"]},
            {"fields": ["_full_text"]},
            {"sort": "_slice desc"},
            {"sort": '"org" desc; DROP TABLE odl_budget; --'},
            {"filters": {"org\" = 'x' OR \"org": "y"}},
            {"limit": "1; DROP TABLE odl_budget"},
        ],
    )
    def test_what_is_hidden_or_no_name_is_refused(
        self, asked: dict[str, Any], two: Two
    ) -> None:
        with pytest.raises(tk.ValidationError):
            rows_of(two[2]["resource_id"], **asked)

    def test_words_are_found_in_french_whatever_their_case(self, two: Two) -> None:
        mine = two[2]
        assert rows_of(mine["resource_id"], q="fourniture")["total"] == 3
        assert rows_of(mine["resource_id"], q="introuvable")["total"] == 0
        assert rows_of(mine["resource_id"], q="' OR 1=1 --")["total"] == 0

    def test_rows_sort_as_numbers_do(self, town: Make) -> None:
        one = town()
        done = publish(one, budget(one.siret, rows=12))
        found = rows_of(done["resource_id"], sort="BGT_MTPROPNOUV desc")
        amounts = [row["BGT_MTPROPNOUV"] for row in found["records"]]
        assert amounts == sorted(amounts, reverse=True)
        assert amounts[0] == 11

    def test_pages_follow_each_other(self, two: Two) -> None:
        mine = two[2]
        first = rows_of(mine["resource_id"], limit=2, include_next_page=True)
        later = rows_of(mine["resource_id"], limit=2, filters=first["next_page"])
        assert len(first["records"]) + len(later["records"]) == 3

    @pytest.mark.parametrize("form", ["csv", "tsv", "json", "xml"])
    def test_a_dump_has_them_only(self, form: str, two: Two, app: Any) -> None:
        one, other, mine, _ = two
        text = app.get(f"/datastore/dump/{mine['resource_id']}?format={form}").get_data(
            as_text=True
        )
        assert one.siren in text
        assert other.siren not in text
        if form == "csv":
            assert len(list(csv.DictReader(io.StringIO(text)))) == 3
        if form == "json":
            assert len(json.loads(text)["records"]) == 3

    def test_a_dump_with_filters_has_no_more(self, two: Two, app: Any) -> None:
        _, other, mine, _ = two
        asked = json.dumps({"org": other.siren})
        text = app.get(
            f"/datastore/dump/{mine['resource_id']}", query_string={"filters": asked}
        ).get_data(as_text=True)
        assert len(text.splitlines()) == 1

    def test_is_described(self, two: Two) -> None:
        info = helpers.call_action("datastore_info", id=two[2]["resource_id"])
        assert info["meta"]["id"] == two[2]["resource_id"]
        assert info["meta"]["count"] == 3
        names = [field["id"] for field in info["fields"]]
        assert names[:5] == ["org", "org_code", "org_name", "deposit", "BGT_NATDEC"]
        (year,) = [one for one in info["fields"] if one["id"] == "BGT_ANNEE"]
        assert year["info"]["label"]

    def test_of_a_private_dataset_is_closed_at_once(self, two: Two) -> None:
        _, _, mine, _ = two
        as_administrator("package_patch", id=mine["package_id"], private=True)
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            rows_of(mine["resource_id"])

    def test_the_physical_table_is_no_resource(self, two: Two, app: Any) -> None:
        with pytest.raises(tk.ObjectNotFound):
            rows_of("odl_budget")
        assert app.get("/datastore/dump/odl_budget").status_code == 404
        for name in ("_odl_slice", "_odl_table", "_table_stats"):
            with pytest.raises((tk.ObjectNotFound, tk.ValidationError)):
                rows_of(name)

    def test_a_form_that_lies_opens_nothing(self, two: Two) -> None:
        one, _, _, theirs = two
        dataset = factories.Dataset(
            owner_org=one.org_id, user=factories.Sysadmin(),
            resources=[{
                "url": "https://x.fr/donnees/toutes/budget.csv",
                "deposit_id": theirs["id"], "scdl_key": theirs["key"],
            }],
        )  # fmt: skip
        with pytest.raises(tk.ObjectNotFound):
            rows_of(dataset["resources"][0]["id"])


class TestWriting:
    @pytest.mark.parametrize(
        ("action", "data"),
        [
            ("datastore_create", {"records": [{"org": "x"}]}),
            ("datastore_create", {"fields": [{"id": "org", "type": "text"}]}),
            ("datastore_upsert", {"method": "insert", "records": [{"org": "x"}]}),
            ("datastore_delete", {}),
            ("datastore_delete", {"filters": {"BGT_ANNEE": 2022}}),
            ("datastore_records_delete", {"filters": {}}),
        ],
    )
    @pytest.mark.parametrize("force", [False, True])
    @pytest.mark.parametrize("who", ["agent", "administrator"])
    def test_rows_are_the_file_s_whoever_asks(
        self, who: str, force: bool, action: str, data: dict[str, Any], mende: Town
    ) -> None:
        done = publish(mende, budget(mende.siret, rows=2))
        asked = {**data, "resource_id": done["resource_id"], "force": force}
        name = mende.agent if who == "agent" else factories.Sysadmin()["name"]
        with pytest.raises(tk.ValidationError):
            call_as(name, action, **asked)
        assert held("budget", mende.siren) == [(done["id"], 2)]

    def test_nobody_takes_the_name_of_a_table(self, mende: Town) -> None:
        dataset = factories.Dataset(owner_org=mende.org_id, user=factories.Sysadmin())
        with pytest.raises(tk.ValidationError) as refused:
            call_as(
                mende.agent, "datastore_create",
                resource={"package_id": dataset["id"]}, aliases="x,odl_irve",
                fields=[{"id": "a", "type": "text"}], records=[{"a": "1"}],
            )  # fmt: skip
        assert "alias" in refused.value.error_dict

    def test_an_orphans_purge_leaves_our_tables(self, two: Two) -> None:
        names = get_all_resources_ids_in_datastore()
        assert not [name for name in names if name.startswith("odl_")]


class TestTheWholeTable:
    def test_has_everybody_s_and_filters_by_commune(self, two: Two, whole: str) -> None:
        one, other, *_ = two
        found = rows_of(whole, filters={"org_code": one.code})
        assert (found["total"], orgs(found)) == (3, {one.siren})
        both = rows_of(whole, filters={"org": [one.siren, other.siren]})
        assert both["total"] == 8

    def test_its_number_of_rows_follows(self, two: Two, whole: str) -> None:
        before = rows_of(whole, limit=1)["total"]
        one = two[0]
        publish(one, budget(one.siret, year=2021, rows=4))
        assert rows_of(whole, limit=1)["total"] == before + 4

    def test_what_became_private_is_in_no_answer(self, two: Two, whole: str) -> None:
        one, _, mine, _ = two
        as_administrator(
            "bulk_update_private", datasets=[mine["package_id"]], org_id=one.org_id
        )
        assert rows_of(whole, filters={"org": one.siren})["total"] == 0

    def test_what_became_private_is_in_no_sql_either(
        self, two: Two, whole: str
    ) -> None:
        one, _, mine, _ = two
        as_administrator("package_patch", id=mine["package_id"], private=True)
        asked = f"SELECT count(*) n FROM odl_budget WHERE org = '{one.siren}'"
        assert ask(asked)["records"] == [{"n": 0}]


@pytest.mark.parametrize(
    "sql",
    ["SELECT count(*) FROM generate_series(1, 30000)", "SELECT repeat('a', 60000000)"],
)
def test_nobody_makes_rows_or_texts_from_nothing(sql: str) -> None:
    with pytest.raises(tk.NotAuthorized):
        ask(sql)


def ask(sql: str) -> dict[str, Any]:
    """What anybody is answered in SQL."""
    found: dict[str, Any] = helpers.call_action(
        "datastore_search_sql", {"user": "", "ignore_auth": False}, sql=sql
    )
    return found


class TestSql:
    def test_reads_the_table_by_its_name_or_resource(
        self, two: Two, whole: str
    ) -> None:
        one = two[0]
        for name in ("odl_budget", f'"{whole}"'):
            found = ask(
                f"SELECT org_code, count(*) n FROM {name}"
                f" WHERE org_code = '{one.code}' GROUP BY 1"
            )
            assert found["records"] == [{"org_code": one.code, "n": 3}]

    def test_says_how_to_ask_about_a_commune(self, two: Two) -> None:
        with pytest.raises(tk.ValidationError) as refused:
            ask(f'SELECT * FROM "{two[2]["resource_id"]}"')
        assert "odl_budget" in str(refused.value.error_dict)

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT * FROM _odl_slice",
            "SELECT * FROM _table_stats",
            "SELECT * FROM pg_roles",
            "SELECT * FROM information_schema.tables",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT pg_sleep(60)",
            "DELETE FROM odl_budget",
            "SELECT 1; DROP TABLE odl_budget",
            "WITH x AS (DELETE FROM odl_budget RETURNING *) SELECT * FROM x",
            "SELECT * FROM odl_rien",
        ],
    )
    def test_reads_nothing_else_and_writes_nothing(
        self, sql: str, two: Two, whole: str
    ) -> None:
        with pytest.raises((tk.NotAuthorized, tk.ValidationError, tk.ObjectNotFound)):
            ask(sql)
        assert held("budget", two[0].siren)

    def test_the_role_that_reads_cannot_write(self, two: Two) -> None:
        with (
            get_read_engine().connect() as connection,
            pytest.raises(sa.exc.ProgrammingError),
        ):
            connection.execute(sa.text("DELETE FROM odl_budget"))


class TestLater:
    def test_a_file_whose_rows_wait_is_absent_not_empty(
        self, mende: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hooks, "ROWS_AT_ONCE", -1)
        done = publish(mende, budget(mende.siret))
        with pytest.raises(tk.ObjectNotFound):
            rows_of(done["resource_id"])
        jobs.settle_pending()
        assert rows_of(done["resource_id"])["total"] == 12
