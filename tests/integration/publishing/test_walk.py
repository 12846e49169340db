"""The agent's walk, page by page, with forms sent as a browser sends them."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.tests import helpers

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.territory.identifiers import default_siret
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)

Open = Callable[[str | None], Desk]


def address_of(town: Town, key: str) -> str:
    return f"/donnees/{town.code}/budget/{key}.csv"


def main_key(town: Town) -> str:
    return f"2022-budget-primitif-{town.siret[9:]}"


def test_a_budget_goes_online_in_three_forms_and_no_field(
    mende: Town, desk_of: Open
) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    desk.post(f"{base}/corriger", {})
    assert desk.address == f"{base}/verifier"
    assert "12 cellules corrigées" in desk.page
    assert desk.get(f"{base}/relire").address == f"{base}/relire"
    desk.post(f"{base}/publier", {})
    assert desk.address == f"{base}/fini", desk.page
    public = address_of(mende, main_key(mende))
    assert f"http://test.ckan.net{public}" in desk.page
    answer = desk_of(None).get(public).response
    assert answer.mimetype == "text/csv"
    assert answer.get_data(as_text=True).splitlines()[1].startswith("budget primitif,")


def test_the_dataset_is_filled_in(mende: Town) -> None:
    done = publish(mende, budget(mende.siret))
    dataset = helpers.call_action("package_show", id=done["package_id"])
    assert dataset["name"].startswith("budget-")
    assert dataset["name"].endswith(mende.code)
    assert len(dataset["notes"]) > 100
    assert dataset["license_id"] == "lov2"
    assert dataset["frequency"].endswith("/ANNUAL")
    assert dataset["temporal_coverage"] == [
        {"start": "2022-01-01", "end": "2022-12-31"}
    ]
    assert dataset["contact"][0]["email"] == "opendata@essai.example.org"
    assert dataset["owner_org"] == mende.org_id
    (resource,) = dataset["resources"]
    assert resource["id"] == done["resource_id"]
    assert resource["url"] == done["address"]
    assert resource["hash"] == done["canonical_sha256"]
    assert resource["size"] == done["canonical_size"]
    assert resource["schema_url"].endswith("/scdl/budget/latest/schema.json")
    assert resource["scdl_key"] == main_key(mende)
    assert resource["rows"] == 12


def test_three_budgets_have_three_addresses_in_one_dataset(mende: Town) -> None:
    # Another establishment of the same commune: its NIC differs, its key digit too.
    annexe = "00085"
    sums = {
        sum(
            int(figure)
            for place, digit in enumerate(f"{mende.siren}{annexe[:4]}{last}")
            for figure in str(int(digit) * (2 if place % 2 == 0 else 1))
        )
        % 10: last
        for last in range(10)
    }
    other = f"{mende.siren}{annexe[:4]}{sums[0]}"
    files = [
        budget(mende.siret),
        budget(other),
        budget(mende.siret, "Compte administratif", 2021),
    ]
    published = [publish(mende, content) for content in files]
    assert len({one["address"] for one in published}) == 3
    assert len({one["package_id"] for one in published}) == 1
    dataset = helpers.call_action("package_show", id=published[0]["package_id"])
    assert {one["scdl_key"] for one in dataset["resources"]} == {
        main_key(mende),
        f"2022-budget-primitif-{other[9:]}",
        f"2021-compte-administratif-{mende.siret[9:]}",
    }
    assert len({one["id"] for one in dataset["resources"]}) == 3
    assert dataset["temporal_coverage"] == [
        {"start": "2021-01-01", "end": "2022-12-31"}
    ]


def test_replacing_asks_first_and_keeps_address_resource_and_old_file(
    mende: Town, desk_of: Open
) -> None:
    first = publish(mende, budget(mende.siret), "ancien.csv")
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret, rows=5), "neuf.csv")
    base = desk.address.removesuffix("/verifier")
    desk.post(f"{base}/corriger", {}).get(f"{base}/relire")
    assert desk.address == f"{base}/remplacer"
    assert "ancien.csv" in desk.page
    desk.post(f"{base}/publier", {})
    assert desk.address == f"{base}/remplacer", "nothing is replaced without a word"
    desk.post(f"{base}/remplacer", {"answer": "replace", "replaces": first["id"]})
    assert desk.address == f"{base}/relire"
    desk.post(f"{base}/publier", {})
    assert desk.address == f"{base}/fini"
    now = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    assert (now["address"], now["resource_id"]) == (
        first["address"],
        first["resource_id"],
    )
    old = call_as(mende.agent, "odlocale_deposit_show", id=first["id"])
    assert old["state"] == "replaced"
    public = desk.get(address_of(mende, main_key(mende))).response
    assert len(public.get_data(as_text=True).splitlines()) == 6
    desk.get(f"/publier/{mende.code}/budget")
    assert "ancien.csv" in desk.page


def test_another_document_of_the_same_key_gets_its_own_address(
    mende: Town, desk_of: Open
) -> None:
    publish(mende, budget(mende.siret))
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret, rows=3))
    base = desk.address.removesuffix("/verifier")
    desk.post(f"{base}/corriger", {}).get(f"{base}/relire")
    desk.post(f"{base}/remplacer", {"answer": "another"})
    assert desk.address == f"{base}/relire"
    desk.post(f"{base}/publier", {})
    assert address_of(mende, f"{main_key(mende)}-2") in desk.page
    for key, lines in ((main_key(mende), 13), (f"{main_key(mende)}-2", 4)):
        text = desk.get(address_of(mende, key)).response.get_data(as_text=True)
        assert len(text.splitlines()) == lines


def test_a_double_click_publishes_once(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    desk.post(f"{base}/corriger", {}).get(f"{base}/relire")
    review = desk.response
    for _ in range(2):
        desk.response = review
        desk.post(f"{base}/publier", {})
        assert desk.address == f"{base}/fini"
    done = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    dataset = helpers.call_action("package_show", id=done["package_id"])
    assert len(dataset["resources"]) == 1
    assert done["version"] == 4


def test_a_stale_form_is_refused_with_the_latest_state(
    mende: Town, desk_of: Open
) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    before = desk.response
    desk.post(f"{base}/corriger", {})
    desk.response = before
    desk.post(f"{base}/annuler", {})
    assert "a changé entre-temps" in desk.page
    shown = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    assert shown["analysis"]["corrected"] == 12


def test_corrections_are_undone_and_the_original_never_changes(
    mende: Town, desk_of: Open
) -> None:
    content = budget(mende.siret)
    desk = desk_of(mende.agent).drop(mende, content)
    base = desk.address.removesuffix("/verifier")
    desk.post(f"{base}/corriger", {})
    assert "Votre fichier est prêt" in desk.page
    desk.post(f"{base}/annuler", {})
    assert "Votre fichier est presque prêt" in desk.page
    assert desk.get(f"{base}/original").response.get_data() == content


def test_one_group_is_corrected_alone(mende: Town) -> None:
    lines = budget(mende.siret).decode().splitlines()
    lines[1] = lines[1].replace("réel", "Réel")
    sent = send(mende, "\n".join(lines).encode())
    groups = sent["analysis"]["check"]["groups"]
    one = next(
        group["id"]
        for group in groups
        if group["column"] == "BGT_OPBUDG" and group["correction"]
    )
    after = call_as(
        mende.agent, "odlocale_deposit_correct", id=sent["id"], groups=[one]
    )
    left = {group["column"] for group in after["analysis"]["check"]["groups"]}
    assert "BGT_OPBUDG" not in left
    assert "BGT_NATDEC" in left


def test_logging_out_half_way_loses_nothing(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    desk.log_out().post(f"{base}/corriger", {})
    assert desk.address == "/user/login"
    assert "Reconnectez-vous" in desk.page
    desk.log_in(mende.agent)
    assert desk.address == f"{base}/verifier"
    assert "Votre fichier est presque prêt" in desk.page


def test_a_form_without_token_does_nothing(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    for _ in range(2):
        # Core would accept the second one, once an anonymous visitor posted here.
        desk.response = desk.client.post(f"{base}/corriger", data={})
        assert "Rien n" in desk.page
        desk_of(None).client.post(f"{base}/corriger", data={})
    shown = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    assert shown["analysis"]["corrected"] == 0


def test_the_fiche_can_be_changed_and_is_kept_by_the_next_release(
    mende: Town, desk_of: Open
) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    desk.get(f"{base}/relire")
    desk.post(f"{base}/fiche", {"title": "Les comptes de la commune"})
    assert desk.address == f"{base}/relire"
    assert "Les comptes de la commune" in desk.page
    desk.post(f"{base}/publier", {})
    publish(mende, budget(mende.siret, year=2021))
    done = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    dataset = helpers.call_action("package_show", id=done["package_id"])
    assert dataset["title"] == "Les comptes de la commune"
    assert len(dataset["resources"]) == 2


EUROPE = "http://publications.europa.eu/resource/authority"
SAID = {
    "frequency": f"{EUROPE}/frequency/ANNUAL_2",
    "temporal_start": "2021-12-15",
    "temporal_end": "2022-11-30",
    "tag_string": "comptes, Budget 2022 ,comptes",
    "theme": [f"{EUROPE}/data-theme/ECON", f"{EUROPE}/data-theme/EDUC"],
}


def test_every_line_of_the_fiche_can_be_changed(mende: Town, desk_of: Open) -> None:
    publish(mende, budget(mende.siret, year=2021))
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    desk.get(f"{base}/relire")
    for name in ("title", "notes", "license_id", "contact_name", *SAID):
        assert f'name="{name}"' in desk.page
    assert 'name="on_behalf_of"' not in desk.page, "a commune's territory is its own"
    desk.post(f"{base}/fiche", SAID)
    for line in (
        "Deux fois par an",
        # The other file goes back to January 2021.
        "du 1er janvier 2021",
        "30 novembre 2022",
        "comptes, Budget 2022",
        "Économie et finances, Éducation, culture et sport",
    ):
        assert line in desk.page
    assert 'value="2021-12-15"' in desk.page
    desk.post(f"{base}/publier", {})
    done = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    dataset = helpers.call_action("package_show", id=done["package_id"])
    assert dataset["frequency"] == SAID["frequency"]
    assert dataset["theme"] == SAID["theme"]
    assert {one["name"] for one in dataset["tags"]} == {"comptes", "Budget 2022"}
    assert dataset["temporal_coverage"] == [
        {"start": "2021-01-01", "end": "2022-11-30"}
    ]
    # Another file says nothing of these days, and keeps the rest.
    publish(mende, budget(mende.siret, year=2020))
    later = helpers.call_action("package_show", id=done["package_id"])
    assert later["temporal_coverage"] == [{"start": "2020-01-01", "end": "2022-11-30"}]
    assert later["frequency"] == SAID["frequency"]
    feed = desk.get(f"/catalogue/{mende.code}.ttl").page
    assert "frequency/ANNUAL_2" in feed
    assert "data-theme/EDUC" in feed
    assert "Budget 2022" in feed
    assert "2022-11-30" in feed


def test_what_a_form_only_repeats_is_not_a_change(mende: Town, desk_of: Open) -> None:
    """A form sends all of the fiche: its dates go on following the data."""
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    page = desk.get(f"{base}/relire").page
    form = page.partition("/fiche")[2].partition("</form>")[0]
    sent = {
        name: html.unescape(value)
        for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)
        if name not in ("_csrf_token", "version", "theme")
    }
    assert sent["temporal_start"] == "2022-01-01"
    desk.post(f"{base}/fiche", {**sent, "tag_string": "comptes"})
    shown = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    wishes = {name: said for name, said in shown["answers"]["wishes"].items() if said}
    assert wishes == {"tag_string": "comptes"}
    lines = model.Session.query(JournalLine).filter_by(object_id=shown["id"])
    assert "answered" not in {one.verb for one in lines}


def test_who_covers_communes_names_those_that_the_data_are_about(
    town: Callable[[], Town], atd: Callable[..., Any], desk_of: Open
) -> None:
    covered, other = town(), town()
    epci = atd(covered)
    siret = default_siret(epci.siren)
    desk = desk_of(epci.animator).get(f"/publier/{epci.siren}")
    file = (io.BytesIO(budget(siret)), "budget.csv")
    desk.post("/publier/deposer", {"code": epci.siren, "file": file})
    base = desk.address.removesuffix("/verifier")
    desk.get(f"{base}/relire")
    typed = {"on_behalf_of": f"{covered.name}, {other.code}", "title": "Un titre"}
    desk.post(f"{base}/fiche", typed)
    assert "ne fait pas partie" in desk.page or other.code in desk.page
    assert f'value="{html.escape(typed["on_behalf_of"])}"' in desk.page
    desk.post(f"{base}/fiche", {"on_behalf_of": covered.name})
    assert f'value="{covered.code}"' in desk.page
    desk.post(f"{base}/publier", {})
    done = call_as(epci.animator, "odlocale_deposit_show", id=base.split("/")[-1])
    assert done["state"] == "published"
    dataset = helpers.call_action("package_show", id=done["package_id"])
    assert dataset["on_behalf_of"] == [covered.code]
    page = desk_of(None).get(f"/collectivite/{covered.siren}")
    assert dataset["title"] in html.unescape(page.page)
    # And the whole of it, after all.
    file = (io.BytesIO(budget(siret, year=2021)), "budget.csv")
    desk.get(f"/publier/{epci.siren}")
    desk.post("/publier/deposer", {"code": epci.siren, "file": file})
    base = desk.address.removesuffix("/verifier")
    desk.get(f"{base}/relire")
    assert f'value="{covered.code}"' in desk.page
    desk.post(f"{base}/fiche", {"on_behalf_of": ""})
    desk.post(f"{base}/publier", {})
    dataset = helpers.call_action("package_show", id=done["package_id"])
    assert not dataset.get("on_behalf_of")


def test_a_draft_is_dropped_and_nothing_published_changes(
    mende: Town, desk_of: Open
) -> None:
    publish(mende, budget(mende.siret))
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret, year=2020))
    base = desk.address.removesuffix("/verifier")
    desk.post(f"{base}/supprimer", {})
    assert desk.address == f"/publier/{mende.code}"
    assert desk.get(base).response.status_code == 404
    assert desk.get(address_of(mende, main_key(mende))).response.status_code == 200


def test_the_list_of_findings_opens_in_a_french_spreadsheet(
    mende: Town, desk_of: Open
) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    answer = desk.get(f"{base}/rapport.csv").response
    text = answer.get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0][1:3] == ["Ligne", "Colonne"]
    assert next(row[1:3] for row in rows if "budget primitif" in row) == ["2", "A"]
    assert "attachment" in answer.headers["Content-Disposition"]
    found = desk.get(f"{base}/rapport.json").response.json
    assert any("budget primitif" in one["sentence"] for one in found)


def test_the_list_of_findings_holds_every_row(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret, rows=180))
    base = desk.address.removesuffix("/verifier")
    text = desk.get(f"{base}/rapport.csv").response.get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    told = [row[1] for row in rows if row[8] == "enum.case"]
    assert told == [str(number) for number in range(2, 182)]


@pytest.mark.parametrize("name", ["budget – 2022.csv", "œuvres.csv", "😀.csv"])
def test_the_list_of_findings_keeps_any_name_of_file(
    name: str, mende: Town, desk_of: Open
) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret), name)
    base = desk.address.removesuffix("/verifier")
    answer = desk.get(f"{base}/rapport.csv").response
    assert answer.status_code == 200
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


def test_nothing_of_the_desk_is_kept_by_a_cache(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    for page in ("rapport.csv", "rapport.json", "verifier", "original"):
        kept = desk.get(f"{base}/{page}").response.cache_control
        assert kept.private, page
        assert kept.no_store, page
        assert not kept.public, page


class TestThePermanentAddress:
    def test_it_answers_conditions_ranges_and_head(
        self, mende: Town, desk_of: Open
    ) -> None:
        done = publish(mende, budget(mende.siret))
        public = address_of(mende, main_key(mende))
        browser = desk_of(None).client
        whole = browser.get(public)
        assert whole.headers["ETag"] == f'"{done["canonical_sha256"]}"'
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        tag = {"If-None-Match": whole.headers["ETag"]}
        assert browser.get(public, headers=tag).status_code == 304
        part = browser.get(public, headers={"Range": "bytes=0-9"})
        assert (part.status_code, part.get_data()) == (206, whole.get_data()[:10])
        head = browser.head(public)
        assert head.headers["Content-Length"] == str(done["canonical_size"])
        assert head.get_data() == b""

    def test_a_draft_has_none(self, mende: Town, desk_of: Open) -> None:
        sent = send(mende, budget(mende.siret))
        answer = desk_of(None).get(address_of(mende, sent["key"])).response
        assert answer.status_code == 404
        assert "pas de fichier ici" in answer.get_data(as_text=True)

    def test_a_withdrawn_file_leaves_a_notice(self, mende: Town, desk_of: Open) -> None:
        done = publish(mende, budget(mende.siret))
        desk = desk_of(mende.agent).get(f"/publier/depot/{done['id']}/fini")
        desk.get(f"/publier/depot/{done['id']}/retirer")
        desk.post(desk.address, {"reason": "faulty"})
        assert "fichier retiré" in desk.page
        desk.get(address_of(mende, done["key"]))
        assert desk.response.status_code == 410
        assert "Ce fichier a été retiré" in desk.page
        dataset = helpers.call_action("package_show", id=done["package_id"])
        assert dataset["state"] == "deleted"
        again = publish(mende, budget(mende.siret))
        assert again["package_id"] == done["package_id"]
        assert desk.get(address_of(mende, done["key"])).response.status_code == 200

    def test_withdrawing_one_of_two_keeps_the_other(self, mende: Town) -> None:
        kept = publish(mende, budget(mende.siret, year=2021))
        gone = publish(mende, budget(mende.siret))
        call_as(mende.agent, "odlocale_deposit_withdraw", id=gone["id"])
        dataset = helpers.call_action("package_show", id=kept["package_id"])
        assert [one["scdl_key"] for one in dataset["resources"]] == [kept["key"]]
        assert dataset["temporal_coverage"] == [
            {"start": "2021-01-01", "end": "2021-12-31"}
        ]

    @pytest.mark.parametrize(
        ("change", "status"), [({"private": True}, 404), ({"state": "deleted"}, 410)]
    )
    def test_it_shows_nothing_of_a_dataset_that_is_not_public(
        self, change: dict[str, object], status: int, mende: Town, desk_of: Open
    ) -> None:
        done = publish(mende, budget(mende.siret))
        context = {"user": mende.agent}
        helpers.call_action("package_patch", context, id=done["package_id"], **change)
        answer = desk_of(None).get(address_of(mende, done["key"])).response
        assert answer.status_code == status

    def test_a_siren_leads_to_the_insee_code(self, mende: Town, desk_of: Open) -> None:
        publish(mende, budget(mende.siret))
        wrong = address_of(mende, main_key(mende)).replace(mende.code, mende.siren)
        browser = desk_of(None).client
        answer = browser.get(wrong, follow_redirects=False)
        assert answer.headers["Location"].endswith(address_of(mende, main_key(mende)))
