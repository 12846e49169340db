"""The public pages, the exports and the goal, over real publications."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.base.days import today
from ckanext.odlocale.observatory import downloads, exporting, recording
from ckanext.odlocale.observatory.network import NoAnswer, read_portal
from ckanext.odlocale.observatory.reading import Scope, read_curve
from ckanext.odlocale.territory.tables import AtdPerimeter, Collectivity
from tests import portal_rows
from tests.integration.observatory.conftest import Atd, Town, date_release
from tests.integration.publishing.conftest import budget, call_as, publish
from tests.integration.territory.test_constant_cost import counted

D = datetime.date
TODAY = today()
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"}


@pytest.fixture
def territory(
    town: Callable[[], Town], atd: Callable[..., Atd]
) -> tuple[Atd, Town, Town]:
    """An ATD, a commune that published last year, and one that did not."""
    open_one, closed = town(), town()
    its_atd = atd(open_one, closed)
    released = publish(open_one, budget(open_one.siret, year=2025))
    date_release(released["id"], D(2025, 5, 2))
    recording.record(TODAY, again=True)
    return its_atd, open_one, closed


def test_the_pages_say_the_figures(app: Any, territory: tuple[Atd, Town, Town]) -> None:
    its_atd, open_one, closed = territory
    pages = {
        f"/observatoire?atd={its_atd.siren}": ["50 %", "courbe.csv"],
        f"/observatoire/matrice?atd={its_atd.siren}": [open_one.name, closed.name],
        f"/observatoire/territoire/{open_one.code}": ["Budget"],
        f"/observatoire/territoire/{closed.code}": [closed.name],
        f"/observatoire/territoire/{its_atd.siren}": ["rapport.pdf"],
        "/observatoire/indicateurs": ["/observatoire/indicateurs/ouvertes"],
        "/observatoire/indicateurs/ouvertes": ["ouverte"],
        "/observatoire": ["</main>"],
    }
    for address, expected in pages.items():
        body = app.get(address, status=200).body
        for text in expected:
            assert text in body, (address, text)
    nowhere = ("/indicateurs/x", "/x.csv", "/territoire/99999", "?atd=000000000")
    for missing in nowhere:
        assert app.get(f"/observatoire{missing}").status_code == 404, missing
    pdf = app.get(f"/observatoire/territoire/{open_one.code}/rapport.pdf", status=200)
    assert pdf.data.startswith(b"%PDF-")
    assert (
        app.get(f"/observatoire/territoire/{its_atd.siren}/rapport.pdf").status_code
        == 200
    )


def test_the_tables_have_the_filters_of_their_address(
    app: Any, territory: tuple[Atd, Town, Town]
) -> None:
    its_atd, open_one, closed = territory

    def rows(name: str, **asked: str) -> list[dict[str, str]]:
        answer = app.get(f"/observatoire/{name}.csv", query_string=asked, status=200)
        return list(csv.DictReader(io.StringIO(answer.body)))

    mine = {one["siren"]: one for one in rows("communes", atd=its_atd.siren)}
    assert set(mine) == {open_one.siren, closed.siren}
    assert mine[open_one.siren]["ouverte_depuis"] == "2025-05-02"
    past = rows("communes", atd=its_atd.siren, jour="2025-05-01")
    assert {one["ouverte"] for one in past} == {"0"}
    values = {one["siren"]: one["valeur"] for one in rows("modeles", atd=its_atd.siren)}
    assert values == {open_one.siren: "1.000000", closed.siren: "0.000000"}
    strata = rows("strates", atd=its_atd.siren)
    assert sum(int(one["collectivites"]) for one in strata) == 2
    curve = rows("courbe", atd=its_atd.siren)
    # From the first day that the portal knows of, which may be other tests'.
    assert curve[-1]["ouvertes"] == "1"
    opened = [one["ouvertes"] for one in curve if one["jour"] >= "2025-05-02"]
    assert set(opened) == {"1"}
    assert {one["ouvertes"] for one in curve if one["jour"] < "2025-05-02"} <= {"0"}
    assert rows("communes", atd=its_atd.siren, strate="50000") == []


def test_the_exports_are_datasets_of_the_atd_and_of_its_feed(
    app: Any, territory: tuple[Atd, Town, Town]
) -> None:
    its_atd, open_one, _ = territory
    address = f"/observatoire/exports/{its_atd.siren}/national.csv"
    assert app.get(address).status_code == 503
    exporting.write_all()
    table = list(csv.DictReader(io.StringIO(app.get(address, status=200).body)))
    assert [one["siren"] for one in table] == [open_one.siren]
    history = app.get(address.replace("national.csv", "historique.parquet"), status=200)
    read = pl.read_parquet(io.BytesIO(history.data))
    described = json.loads(app.get("/observatoire/schemas/historique.json").body)
    assert read.columns == [one["name"] for one in described["fields"]]
    shown = tk.get_action("package_show")(
        {"user": ""}, {"id": f"observatoire-historique-{its_atd.siren}"}
    )
    assert {one["format"] for one in shown["resources"]} == {"CSV", "Parquet"}
    feed = app.get(f"/catalogue/{its_atd.siren}.ttl", status=200).body
    assert f"observatoire/exports/{its_atd.siren}/national.csv" in feed
    # A second night adds nothing.
    recording.record(TODAY)
    exporting.write_all()
    assert read_curve(Scope(atd=its_atd.siren), [TODAY]) == [(TODAY, 1, 1)]
    count = model.Session.scalar(
        sa.text(
            "SELECT count(*) FROM odlocale_observatory_dataset WHERE atd_siren = :s"
        ),
        {"s": its_atd.siren},
    )
    assert count == 2


def test_another_portal_reads_this_one(
    app: Any, territory: tuple[Atd, Town, Town]
) -> None:
    its_atd, open_one, closed = territory
    site = tk.config["ckan.site_url"]

    def fetch(url: str) -> bytes:
        answer = app.get(url.removeprefix(site))
        if answer.status_code != 200:
            raise NoAnswer(url)
        return bytes(answer.data)

    known = frozenset(
        model.Session.scalars(sa.text("SELECT siren FROM odlocale_collectivity"))
    )
    found = read_portal(site, fetch, known, TODAY)
    mine = {one.siren: one for one in found.rows if its_atd.siren in one.atds}
    assert {s: one.is_open for s, one in mine.items()} == {
        open_one.siren: True, closed.siren: False,
    }  # fmt: skip
    assert mine[open_one.siren].since == D(2025, 5, 2)


def test_the_animator_sets_a_goal_and_sees_who_needs_somebody(
    app: Any, territory: tuple[Atd, Town, Town]
) -> None:
    its_atd, _, closed = territory
    asked = {"perimeter": its_atd.siren, "count": 2, "by_day": "31/12/2027"}
    with pytest.raises(tk.NotAuthorized):
        call_as(closed.agent, "odlocale_goal_set", **asked)
    for wrong in (
        {"count": "x"},
        {"by_day": "jamais"},
        {"by_day": ""},
        {"count": 10**6},
    ):
        with pytest.raises(tk.ValidationError):
            call_as(its_atd.animator, "odlocale_goal_set", **{**asked, **wrong})
    told = call_as(its_atd.animator, "odlocale_goal_set", **asked)
    assert told == {"perimeter": its_atd.siren, "count": 2, "by_day": "2027-12-31"}
    curve = tk.get_action("odlocale_observatory_curve")(
        {"user": ""}, {"perimeter": its_atd.siren}
    )
    assert curve["goal"] == {"by_day": "2027-12-31", "count": 2}
    assert curve["points"][-1]["expected"] == 1
    body = app.get(f"/observatoire?atd={its_atd.siren}").body
    assert "2027" in body
    who = its_atd.animator, "odlocale_observatory_follow"
    follow = call_as(*who, perimeter=its_atd.siren)
    assert set(follow) == {"close", "stalled", "obliged_nothing"}
    call_as(its_atd.animator, "odlocale_goal_set", perimeter=its_atd.siren, count=0)


def test_downloads_are_counted_without_knowing_by_whom(
    app: Any, town: Callable[[], Town]
) -> None:
    place = town()
    released = publish(place, budget(place.siret, year=2025))
    address = released["address"].removeprefix(tk.config["ckan.site_url"])
    downloads.settle()
    for headers in (
        BROWSER,
        BROWSER,
        {"User-Agent": "Googlebot/2.1"},
        {"User-Agent": ""},
    ):
        assert app.get(address, headers=headers).status_code == 200
    known = app.get(address, headers={"User-Agent": ""}).headers["ETag"]
    again = app.get(address, headers={**BROWSER, "If-None-Match": known})
    assert again.status_code == 304
    assert downloads.settle() == 2
    assert downloads.settle() == 0
    [(month, number)] = downloads.read_months([place.siren])
    assert (month, number) == (TODAY.strftime("%Y-%m"), 2)


def test_no_page_asks_once_for_each_commune(app: Any) -> None:
    """Seven communes, then five hundred: as many statements."""
    sirens = []
    for codes, limit in ((("94",), 7), (("59",), 500)):
        territory = portal_rows.write_territory(codes, limit=limit)
        head = Collectivity.by_org(territory.head)
        assert head is not None
        model.Session.add(AtdPerimeter(atd_siren=head.siren, name="ATD", definition={}))
        model.Session.flush()
        rows = sa.text(
            "INSERT INTO odlocale_perimeter_member (atd_siren, siren) SELECT :head,"
            " siren FROM odlocale_collectivity WHERE departement = ANY(:codes)"
        )
        model.Session.execute(rows, {"head": head.siren, "codes": list(codes)})
        model.Session.commit()
        sirens.append(head.siren)
    recording.record(TODAY, again=True)
    for address in (
        "/observatoire?atd={}",
        "/observatoire/matrice?atd={}",
        "/observatoire/carte.json?atd={}",
        "/observatoire/communes.csv?atd={}",
        "/observatoire/territoire/{}",
        "/observatoire/territoire/{}/rapport.pdf",
    ):
        sent = []
        for siren in sirens:
            with counted() as asked:
                assert app.get(address.format(siren)).status_code == 200
            sent.append(len(asked.statements))
        assert sent[0] == sent[1] <= 30, (address, sent)
