"""What communes publish on other portals is listed, and never in our feeds."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import ckantoolkit as tk
import polars as pl
import pytest
from ckan import model
from ckan.tests import factories
from click.testing import CliRunner

from ckanext.odlocale.base.days import today
from ckanext.odlocale.datagouv.cli import datagouv
from ckanext.odlocale.datagouv.elsewhere_model import read_outside
from ckanext.odlocale.observatory.gathering import gather
from ckanext.odlocale.observatory.measuring import measure_day
from ckanext.odlocale.observatory.recording import national_models
from ckanext.odlocale.territory.tables import Target
from tests.integration.publishing.conftest import Atd, Desk, Town, atd, desk_of, town

__all__ = ["atd", "desk_of", "town"]

PAGE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
<https://data.kerlibre.fr/d/{n}> a dcat:Dataset ; dct:identifier "{n}" ;
  dct:title "Lieux de Kerlibre {n}" ; dcat:distribution [
    dct:conformsTo <https://schema.data.gouv.fr/schemas/scdl/equipements/latest/schema.json>
  ] .
"""
NEXT = "[] a hydra:PartialCollectionView ; hydra:next <{address}/2.ttl> ."


class Other:
    """Another portal, on this machine.

    :ivar pages: what it answers, by path; 500 for any other.
    """

    def __init__(self) -> None:
        pages: dict[str, str] = {}
        self.pages = pages

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path)
                self.send_response(500 if body is None else 200)
                self.send_header("Content-Type", "text/turtle; charset=utf-8")
                self.end_headers()
                self.wfile.write((body or "<html>").encode())

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[Other]:
    portal = Other()
    host = portal.address.removeprefix("http://")
    monkeypatch.setitem(tk.config, "ckanext.odlocale.allowed_hosts", [host])
    portal.pages["/1.ttl"] = PAGE.format(n=1) + NEXT.format(address=portal.address)
    portal.pages["/2.ttl"] = PAGE.format(n=2)
    yield portal
    portal.server.shutdown()


def test_a_catalogue_named_by_a_target_is_read_listed_and_never_fed(
    commune: Any, other: Other, act: Any, app: Any, read: Any
) -> None:
    ours = commune.publish()
    # The address of a place that may only be called since a setting allows it.
    model.Session.add(
        Target(
            siren=commune.siren,
            schema="equipements",
            target="elsewhere",
            url=f"{other.address}/1.ttl",
        )
    )
    model.Session.commit()
    done = act("odlocale_elsewhere_read", codes=[commune.code])
    assert done == {"read": 1, "failed": 0, "left": 0}
    found = act("odlocale_elsewhere_list", code=commune.code)
    assert found["count"] == 2
    assert [one["schema"] for one in found["results"]] == ["equipements"] * 2
    counted = [one for one in read_outside() if one["siren"] == commune.siren]
    assert [(one["place"], one["schema"], one["until"]) for one in counted] == [
        ("elsewhere", "equipements", None)
    ] * 2
    row = measured(commune.siren)
    assert (row["portal"], row["elsewhere"]) == (1, 2)
    # Nobody here read its files: it is not late, nor valid, and not missing either.
    assert "equipements" not in row["schemas"] + row["late"] + row["missing"]
    page = app.get(f"/organization/{commune.organization['name']}").body
    assert "Lieux de Kerlibre 1" in page
    for address in (commune.feed, "/catalogue/portail.ttl", "/catalogue/portail.csv"):
        body = app.get(address).body
        assert "data.kerlibre.fr" not in body
    assert ours["id"] in app.get(commune.feed).body


def measured(siren: str) -> dict[str, Any]:
    """The observatory's row of a collectivité, today."""
    day = today()
    rows = measure_day(gather(), day, national_models())
    return rows.row(by_predicate=pl.col("siren") == siren, named=True)


def test_what_left_another_portal_was_there_in_the_past(
    commune: Any, other: Other, act: Any
) -> None:
    issued = '; dct:issued "2019-03-04" ;'
    other.pages["/1.ttl"] = PAGE.format(n=1).replace(";", issued, 1)
    set_source(commune, f"{other.address}/1.ttl")
    again = {"codes": [commune.code], "since": "2999-01-01T00:00:00"}
    act("odlocale_elsewhere_read", **again)
    (row,) = [one for one in read_outside() if one["siren"] == commune.siren]
    assert (str(row["since"]), row["until"]) == ("2019-03-04", None)
    other.pages["/1.ttl"] = PAGE.format(n=2)
    act("odlocale_elsewhere_read", **again)
    titles = act("odlocale_elsewhere_list", code=commune.code)["results"]
    assert [one["title"] for one in titles] == ["Lieux de Kerlibre 2"]
    gone = {one["dataset"]: one for one in read_outside()}["dcat:1"]
    assert (str(gone["since"]), gone["until"] is not None) == ("2019-03-04", True)
    # It comes back: it never left.
    other.pages["/1.ttl"] = PAGE.format(n=1)
    act("odlocale_elsewhere_read", **again)
    back = {one["dataset"]: one for one in read_outside()}["dcat:1"]
    assert (str(back["since"]), back["until"]) == ("2019-03-04", None)


def test_a_portal_that_fails_leaves_what_it_said_before(
    commune: Any, other: Other, act: Any
) -> None:
    set_source(commune, f"{other.address}/1.ttl")
    assert act("odlocale_elsewhere_read", codes=[commune.code])["read"] == 1
    again = {"codes": [commune.code], "since": "2999-01-01T00:00:00"}
    for broken in (None, "", "<html>", "<urn:a> <urn:b> <urn:c> ."):
        other.pages.pop("/2.ttl", None)
        if broken is not None:
            other.pages["/2.ttl"] = other.pages["/1.ttl"] = broken
        done = act("odlocale_elsewhere_read", **again)
        assert (done["read"], done["failed"]) == (0, 1), broken
        found = act("odlocale_elsewhere_list", code=commune.code)
        assert found["count"] == 2
        assert found["source"]["fault"]
    # Asked since: not again today.
    assert act("odlocale_elsewhere_read", codes=[commune.code])["failed"] == 0


def test_an_animator_says_where_and_reads_what_is_wrong(
    town: Callable[[], Town],
    other: Other,
    act: Any,
    atd: Callable[..., Atd],
    desk_of: Callable[..., Desk],
) -> None:
    here = town()
    page = f"/animer/data-gouv/{here.code}"
    desk = desk_of(atd(here).animator)
    typed = "data.kerlibre.fr/catalogue <b>"
    told = desk.get(page).post(f"{page}/ailleurs", {"adresse": typed}).page
    assert "data.kerlibre.fr/catalogue &lt;b&gt;" in told
    assert 'id="adresse-error"' in told
    desk.post(f"{page}/ailleurs", {"adresse": "https://data.kerlibre.fr/1.ttl"})
    assert 'value="https://data.kerlibre.fr/1.ttl"' in desk.get(page).page
    # A server of this machine, which nobody may name.
    set_source(here, f"{other.address}/1.ttl")
    assert "Elle est lue dans la journée" in desk.get(page).page
    act("odlocale_elsewhere_read", codes=[here.code])
    assert "2 trouvés là" in desk.get(page).page
    other.pages["/1.ttl"] = "<html>"
    again = {"codes": [here.code], "since": "2999-01-01T00:00:00"}
    act("odlocale_elsewhere_read", **again)
    assert "Cette adresse n’a pas pu être lue" in desk.get(page).page
    # Its page there is written back as it is read.
    site = str(tk.config["ckanext.odlocale.datagouv_url"])
    address = f"{site}/organizations/kerlibre/"
    desk.post(f"{page}/ailleurs", {"adresse": address})
    assert f'value="{address}"' in desk.get(page).page
    desk.post(f"{page}/ailleurs", {"adresse": ""})
    assert act("odlocale_elsewhere_list", code=here.code)["source"] is None


def set_source(commune: Any, address: str) -> None:
    from ckanext.odlocale.datagouv.elsewhere import Source
    from ckanext.odlocale.datagouv.elsewhere_model import set_source

    set_source(commune.siren, Source("dcat", address))
    model.Session.commit()


def test_only_who_animates_the_territory_says_where(commune: Any, act: Any) -> None:
    address = "https://data.kerlibre.fr/catalog.ttl"
    user = factories.User()
    for name in ("", user["name"]):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("odlocale_elsewhere_set")(
                {"user": name}, {"code": commune.code, "address": address}
            )
    said = act("odlocale_elsewhere_set", code=commune.code, address=address)
    assert said == {"kind": "dcat", "address": address}
    for wrong in ("http://127.0.0.1/c.ttl", "javascript:alert(1)", "n'importe quoi"):
        with pytest.raises(tk.ValidationError):
            act("odlocale_elsewhere_set", code=commune.code, address=wrong)
    assert act("odlocale_elsewhere_set", code=commune.code, address="") == {}
    assert act("odlocale_elsewhere_list", code=commune.code)["source"] is None


def test_the_command_shows_its_progress_and_goes_on(commune: Any, other: Other) -> None:
    set_source(commune, f"{other.address}/1.ttl")
    runner = CliRunner()
    done = runner.invoke(datagouv, ["elsewhere", "--code", commune.code])
    assert done.exit_code == 0, done.output
    assert "1/1" in done.output
    assert "1 read, 0 that could not be" in done.output
    other.pages.clear()
    failed = runner.invoke(datagouv, ["elsewhere", "--code", commune.code])
    assert failed.exit_code == 1
    assert runner.invoke(datagouv, ["elsewhere", "--code", "00000"]).exit_code == 2
    forgotten = ["elsewhere", "--code", commune.code, "--forget"]
    assert "forgotten" in runner.invoke(datagouv, forgotten).output
