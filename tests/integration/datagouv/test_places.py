"""What is published in another place is fed once; an EPCI's catalogue holds its own."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from typing import Any
from xml.etree import ElementTree

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories, helpers
from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, RDF

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.reading import read as read_table
from ckanext.odlocale.territory.tables import Collectivity, Target
from tests.integration.datagouv.conftest import Commune


def datasets(graph: Graph) -> set[str]:
    return {
        str(node).rpartition("/")[2] for node in graph.subjects(RDF.type, DCAT.Dataset)
    }


def choose(commune: Any, schema: str, target: str, url: str | None = None) -> None:
    model.Session.add(
        Target(siren=commune.siren, schema=schema, target=target, url=url)
    )
    model.Session.commit()


ELSEWHERE = "https://data.kerlibre.example.fr"


def test_what_is_published_in_another_place_is_not_fed_twice(
    commune: Any, read: Any, app: Any
) -> None:
    budget = commune.publish(scdl_schema="budget")
    names = commune.publish(scdl_schema="prenoms")
    document = commune.publish()
    choose(commune, "budget", "elsewhere", ELSEWHERE)
    assert datasets(read(commune.feed)) == {names["id"], document["id"]}
    choose(commune, "prenoms", "datagouv")
    assert datasets(read(commune.feed)) == {document["id"]}
    portal = app.get("/catalogue/portail.csv").body
    assert budget["id"] not in portal
    assert document["id"] in portal
    # Its page stays, and says what it said.
    assert app.get(f"/dataset/{budget['name']}").status_code == 200


def test_a_general_choice_leaves_the_data_that_have_their_own(
    commune: Any, read: Any
) -> None:
    budget = commune.publish(scdl_schema="budget")
    names = commune.publish(scdl_schema="prenoms")
    commune.publish()
    choose(commune, "*", "elsewhere", ELSEWHERE)
    choose(commune, "budget", "portal")
    assert datasets(read(commune.feed)) == {budget["id"]}
    # Forgetting the choice gives all of it back, with nothing to write anew.
    model.Session.execute(sa.delete(Target).where(Target.siren == commune.siren))
    model.Session.commit()
    assert names["id"] in datasets(read(commune.feed))


def test_all_in_another_place_is_an_empty_catalogue_that_archives(
    commune: Any, read: Any
) -> None:
    commune.publish(scdl_schema="budget")
    choose(commune, "*", "datagouv")
    graph = read(commune.feed)
    assert datasets(graph) == set()
    assert (None, RDF.type, DCAT.Catalog) in graph


def test_addresses_belong_to_the_national_base(commune: Any, read: Any) -> None:
    kept, addresses = commune.publish(), commune.publish()
    # No form offers that model: it came by another road.
    model.Session.execute(
        sa.update(model.Package)
        .where(model.Package.id == addresses["id"])
        .values(extras={"scdl_schema": "bal"})
    )
    model.Session.commit()
    assert datasets(read(commune.feed)) == {kept["id"]}


@pytest.fixture
def epci(commune: Any, other_commune: Any) -> str:
    """An EPCI that the first commune belongs to."""
    siren = f"2{commune.siren[1:]}"
    model.Session.add(
        Collectivity(siren=siren, kind="epci", name="Baie libre", cog_vintage=2026)
    )
    model.Session.execute(
        sa.update(Collectivity)
        .where(Collectivity.siren == commune.siren)
        .values(epci_siren=siren)
    )
    model.Session.commit()
    return siren


def test_the_catalogue_of_an_epci_holds_its_communes(
    commune: Any, other_commune: Any, epci: str, read: Any, app: Any
) -> None:
    assert app.get(f"/catalogue/epci/{epci}.ttl").status_code == 404
    ours = {commune.publish()["id"] for _ in range(2)}
    other_commune.publish()
    commune.publish(private=True)
    for extension, kind in (("ttl", "turtle"), ("rdf", "xml"), ("jsonld", "json-ld")):
        graph = read(f"/catalogue/epci/{epci}.{extension}", kind)
        assert datasets(graph) == ours
    assert str(graph.value(None, DCTERMS.title)) != ""
    assert app.get(f"/catalogue/epci/{commune.code}.ttl").status_code == 404
    rows = list(
        csv.DictReader(io.StringIO(app.get(f"/catalogue/epci/{epci}.csv").body))
    )
    assert {row["ID"] for row in rows} == ours


@pytest.mark.parametrize("extension", ["ttl", "rdf", "jsonld"])
def test_a_feed_is_sent_packed_to_whoever_can_read_it(
    extension: str, commune: Any, app: Any
) -> None:
    commune.publish()
    address = f"/catalogue/{commune.code}.{extension}"
    plain = app.get(address)
    packed = app.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.get_data()) == plain.get_data()
    assert all("Accept-Encoding" in one.headers["Vary"] for one in (plain, packed))
    # Two forms, two tags; each is recognised.
    tag = packed.headers["ETag"]
    assert tag != plain.headers["ETag"]
    headers = {"Accept-Encoding": "gzip", "If-None-Match": tag}
    assert app.get(address, headers=headers, status=304).get_data() == b""
    app.get(address, headers={"If-None-Match": tag}, status=200)


def test_the_catalogue_as_a_table_conforms_to_its_national_model(
    commune: Any, app: Any
) -> None:
    model.Session.execute(
        sa.update(model.Group)
        .where(model.Group.id == commune.org_id)
        .values(extras={"siret": "21560046100010"})
    )
    model.Session.commit()
    theme = "http://publications.europa.eu/resource/authority/data-theme/GOVE"
    dataset = commune.publish(theme=[theme], title='Budget "voté"; été\n2022')
    commune.publish(resources=[], title="Sans fichier")
    hostile = commune.publish(title="=HYPERLINK(A1)")
    answer = app.get(f"/catalogue/{commune.code}.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    table = read_table(answer.get_data())
    report = check(table, load_catalogue().get("catalogue"))
    assert [(one.code, one.field) for one in report.groups if one.national] == []
    rows = list(csv.DictReader(io.StringIO(answer.body)))
    assert [row["ID"] for row in rows] == [dataset["id"], hostile["id"]]
    assert rows[0]["COLL_SIRET"] == "21560046100010"
    assert rows[0]["COUV_SPAT_MAILLE"] == "Communale"
    assert rows[1]["TITRE"] == "'=HYPERLINK(A1)"
    tag = answer.headers["ETag"]
    headers = {"If-None-Match": tag}
    assert app.get(f"/catalogue/{commune.code}.csv", headers=headers, status=304)
    assert app.client.head(f"/catalogue/{commune.code}.csv").get_data() == b""
    app.get("/catalogue/00000.csv", status=404)


def test_the_sitemap_lists_what_everybody_may_read(
    commune: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, hidden = commune.publish(), commune.publish(private=True)
    assert "Sitemap: http://test.ckan.net/sitemap.xml" in app.get("/robots.txt").body
    monkeypatch.setattr("ckanext.odlocale.datagouv.sitemap.MAX_URLS", 3)
    monkeypatch.setattr("ckanext.odlocale.datagouv.sitemap_views.MAX_URLS", 3)
    index = ElementTree.fromstring(app.get("/sitemap.xml").get_data())
    files = [str(one.text) for one in index.iter() if one.tag.endswith("loc")]
    found: list[str] = []
    for address in files:
        body = app.get(address.removeprefix("http://test.ckan.net")).get_data()
        listed = [
            str(one.text)
            for one in ElementTree.fromstring(body).iter()
            if one.tag.endswith("loc")
        ]
        assert len(listed) <= 3
        found += listed
    assert len(found) == len(set(found))
    assert f"http://test.ckan.net/dataset/{shown['name']}" in found
    assert hidden["name"] not in " ".join(found)
    app.get(f"/sitemap-{len(files) + 1}.xml", status=404)


SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def test_a_page_tells_search_engines_and_nothing_can_leave_its_element(
    commune: Any, app: Any
) -> None:
    hostile = "</script><script>alert(1)</script><!-- & \u2028"
    dataset = commune.publish(title=hostile, notes=hostile)
    body = app.get(f"/dataset/{dataset['name']}").body
    (found,) = SCRIPT.findall(body)
    told = json.loads(found)
    assert told["name"].startswith("</script><script>alert(1)</script><!-- &")
    assert told["spatialCoverage"]["geo"]["box"] == "47.6 -3.1 47.7 -3.0"
    assert told["temporalCoverage"] == "2022-01-01/2022-12-31"
    assert "<script>alert(1)" not in body
    sysadmin = {"Authorization": factories.SysadminWithToken()["token"]}
    private = commune.publish(private=True)
    page = app.get(f"/dataset/{private['name']}", headers=sysadmin).body
    assert not SCRIPT.search(page)


def test_a_contour_that_cannot_be_drawn_is_told_not_fed(app: Any, read: Any) -> None:
    crossed = '{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}'
    broken = Commune(contour=crossed)
    dataset = broken.publish()
    graph = read(broken.feed)
    assert datasets(graph) == {dataset["id"]}
    assert list(graph.objects(None, DCTERMS.spatial)) == []
    shown = helpers.call_action("package_show", id=dataset["id"])
    with app.flask_app.test_request_context():
        told = tk.h.odlocale_datagouv_seen(shown, broken.org_id)
    assert told["seen"].missing == ("territory",)


def test_who_may_correct_a_dataset_sees_what_data_gouv_will_see(
    commune: Any, app: Any
) -> None:
    dataset = commune.publish(
        scdl_schema="budget",
        notes="Trop court.",
        resources=[commune.resource(), {"url": "http://ckan:5000/a.csv"}],
    )
    address = f"/dataset/{dataset['name']}"
    assert 'id="seen"' not in app.get(address).body
    sysadmin = {"Authorization": factories.SysadminWithToken()["token"]}
    page = app.get(address, headers=sysadmin).body
    panel = page[page.index('id="seen"') :].partition("</section>")[0]
    say = translator("fr").gettext
    for said in (
        say("{count} criteria out of 9").format(count=8),
        say("Write a description of more than 100 characters."),
        say("data.gouv.fr will read it at its next visit."),
    ):
        assert said in panel
    assert panel.count("<li>") == 1 + 9
    choose(commune, "budget", "elsewhere", ELSEWHERE)
    page = app.get(address, headers=sysadmin).body
    elsewhere = "{name} publishes these data elsewhere: data.gouv.fr reads them there."
    assert say(elsewhere).format(name="Kerlibre") in page
