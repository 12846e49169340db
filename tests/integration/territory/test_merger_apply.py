"""The mergers of Deux-Sèvres, as a plan carries them out, seen from every room.

On 1 January 2026 (in the register), Caunay, Montalembert, Pers, Pliboux and
Sauzé-Vaussais are one commune: Sauzé-entre-Bois, with the INSEE code of Sauzé-Vaussais
and a SIREN of its own.
"""

from __future__ import annotations

import csv
import gzip
import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers
from rdflib import Graph

from ckanext.odlocale.territory import jobs
from ckanext.odlocale.territory.helpers import odlocale_former_members
from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.register_files import DATA, file_names
from ckanext.odlocale.territory.tables import Collectivity
from tests.integration.datagouv.test_feed import datasets
from tests.integration.publishing.conftest import Town, budget, call_as, publish, send

FORMERS = {
    "79060": ("217900604", "Caunay"),
    "79180": ("217901800", "Montalembert"),
    "79205": ("217902055", "Pers"),
    "79212": ("217902121", "Pliboux"),
}
HEIR, OLD_SIREN, NEW_SIREN = "79307", "217903079", "934324591"


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The register of 2025: today's, with these five as they were."""
    folder = tmp_path_factory.mktemp("registers")
    for then, today in zip(file_names(2025), file_names(2026), strict=True):
        content = (DATA / today).read_bytes()
        if then.endswith(".gz"):
            text = gzip.decompress(content).decode()
            content = gzip.compress(_as_before(text).encode())
        (folder / then).write_bytes(content)
    return folder


def _as_before(text: str) -> str:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    (heir,) = [row for row in rows if row[2] == HEIR]
    for insee, (siren, name) in FORMERS.items():
        own = [siren, insee, name, f"Commune de {name}"]
        rows.append([heir[0], *own, *heir[5:]])
    heir[1], heir[3], heir[4] = OLD_SIREN, "Sauzé-Vaussais", "Commune de Sauzé-Vaussais"
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def town_of(code: str) -> Town:
    """A commune of the portal, with an agent of its own."""
    row = Collectivity.by_code(code)
    assert row is not None
    assert row.org_id is not None
    agent = str(factories.User(name=f"agent-{uuid.uuid4().hex[:12]}")["name"])
    helpers.call_action(
        "organization_member_create",
        {"user": helpers.call_action("get_site_user")["name"]},
        id=row.org_id,
        username=agent,
        role="editor",
    )
    siret = default_siret(row.siren)
    return Town(code, row.siren, siret, row.name, row.org_id, agent)


def apply(**asked: Any) -> dict[str, Any]:
    site = helpers.call_action("get_site_user")["name"]
    done = tk.get_action("odlocale_territory_apply")(
        {"user": site}, {"departement": "79", **asked}
    )
    model.Session.expire_all()
    return dict(done)


def feed(app: Any, code: str) -> set[str]:
    answer = app.get(f"/catalogue/{code}.ttl", follow_redirects=False)
    assert answer.status_code == 200
    return datasets(Graph().parse(data=answer.body, format="turtle"))


def test_five_communes_become_one(
    registers: Path, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, "ckanext.odlocale.register_path", str(registers))
    apply(vintage=2025)
    pers, sauze = town_of("79205"), town_of(HEIR)
    names = {one: model.Group.get(one.org_id).name for one in (pers, sauze)}
    theirs, own = publish(pers, budget(pers.siret)), publish(sauze, budget(sauze.siret))
    draft = send(pers, budget(pers.siret, year=2023))
    files = {
        f"/donnees/{one.code}/budget/{done['key']}.csv": done
        for one, done in ((pers, theirs), (sauze, own))
    }

    done = apply(vintage=2026)
    assert done["counts"]["merge"] == len(FORMERS)
    again = tk.get_action("odlocale_territory_plan")(
        {"ignore_auth": True}, {"departement": "79", "vintage": 2026}
    )
    left = {verdict for verdict, count in again["counts"].items() if count}
    assert left == {"unchanged"}
    jobs.reindex_pending()

    # Files: same addresses, same bytes, at the heir's desk.
    for address, file in files.items():
        answer = app.get(address, follow_redirects=False)
        assert answer.status_code == 200
        assert answer.headers["ETag"] == f'"{file["canonical_sha256"]}"'
    listed = call_as(pers.agent, "odlocale_deposit_list", org_id=sauze.org_id)
    assert {one["id"] for one in listed} == {theirs["id"], own["id"], draft["id"]}
    call_as(pers.agent, "odlocale_deposit_correct", id=draft["id"])
    late = call_as(pers.agent, "odlocale_deposit_publish", id=draft["id"])
    assert late["address"].endswith(f"/donnees/79205/budget/{late['key']}.csv")
    assert app.get(f"/donnees/79205/budget/{late['key']}.csv").status_code == 200

    # Feeds: each dataset where data.gouv.fr knows it, until its transfer.
    assert feed(app, "79205") == {theirs["package_id"]}
    assert feed(app, HEIR) == feed(app, OLD_SIREN) == {own["package_id"]}
    helpers.call_action(
        "odlocale_transfer_accept",
        {"user": helpers.call_action("get_site_user")["name"]},
        former="79205",
    )
    assert feed(app, "79205") == set()
    assert feed(app, HEIR) == {own["package_id"], theirs["package_id"]}
    body = app.get(f"/catalogue/{HEIR}.ttl").body
    assert NEW_SIREN in body
    assert "Commune de Sauzé-entre-Bois" in body

    # Pages: every former address leads to the one of today.
    today = model.Group.get(sauze.org_id)
    assert today.title == "Sauzé-entre-Bois"
    for address in (
        "/commune/79205",
        "/commune/79060",
        f"/collectivite/{pers.siren}",
        f"/collectivite/{OLD_SIREN}",
        f"/organization/{names[pers]}",
        f"/organization/{names[sauze]}",
    ):
        answer = app.get(address, follow_redirects=False)
        assert answer.status_code == 301, address
        assert answer.headers["Location"].endswith(f"/organization/{today.name}")
    assert app.get(f"/organization/{today.name}").status_code == 200
    formers = [one["code"] for one in odlocale_former_members(today.id)]
    assert formers == sorted(FORMERS)

    # Search: the datasets are found under the one of today.
    found = helpers.call_action(
        "package_search", fq=f"organization:{today.name}", rows=10
    )
    ids = {one["id"] for one in found["results"]}
    assert ids == {own["package_id"], theirs["package_id"]}
    assert {one["organization"]["title"] for one in found["results"]} == {today.title}

    # A register at fault, put right: the four exist again, with what was theirs.
    back = apply(vintage=2025)
    assert [s["reason"] for s in back["steps"] if s["insee"] == "79205"] == ["restored"]
    dataset = helpers.call_action("package_show", id=theirs["package_id"])
    assert dataset["owner_org"] == pers.org_id
    listed = call_as(pers.agent, "odlocale_deposit_list", org_id=sauze.org_id)
    assert {one["id"] for one in listed} == {own["id"]}
    for address, file in files.items():
        answer = app.get(address, follow_redirects=False)
        assert answer.headers["ETag"] == f'"{file["canonical_sha256"]}"'
    # data.gouv.fr had given it to the other one: it waits there for its way back.
    assert theirs["package_id"] in feed(app, HEIR)
    assert theirs["package_id"] not in feed(app, "79205")
