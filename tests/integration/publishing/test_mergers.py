"""What becomes of the files of a commune that merges, or changes its numbers."""

from __future__ import annotations

import html
import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.publishing import ownership
from ckanext.odlocale.publishing.model import Deposit, seats_of
from ckanext.odlocale.territory import heirs
from ckanext.odlocale.territory.identifiers import default_siret, is_siren
from tests.integration import mergers
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)

Open = Callable[[str | None], Desk]
Make = Callable[[], Town]


def address_of(town: Town, key: str) -> str:
    return f"/donnees/{town.code}/budget/{key}.csv"


@pytest.fixture
def pers(town: Make) -> Town:
    """The commune that will merge."""
    return town()


@pytest.fixture
def sauze(town: Make) -> Town:
    """The commune that will take it in."""
    return town()


class TestAFileOfTheFormer:
    def test_keeps_its_address_its_bytes_and_its_tag(
        self, pers: Town, sauze: Town, desk_of: Open
    ) -> None:
        done = publish(pers, budget(pers.siret))
        browser = desk_of(None).client
        before = browser.get(address_of(pers, done["key"]))
        mergers.merge(pers.org_id, sauze.org_id)
        after = browser.get(address_of(pers, done["key"]), follow_redirects=False)
        assert after.status_code == before.status_code == 200
        assert after.get_data() == before.get_data()
        assert after.headers["ETag"] == before.headers["ETag"]
        tag = {"If-None-Match": before.headers["ETag"]}
        again = browser.get(address_of(pers, done["key"]), headers=tag)
        assert again.status_code == 304

    def test_is_at_the_heirs_desk_and_says_whose_it_is(
        self, pers: Town, sauze: Town, desk_of: Open
    ) -> None:
        done = publish(pers, budget(pers.siret))
        mergers.merge(pers.org_id, sauze.org_id)
        (listed,) = call_as(
            sauze.agent, "odlocale_deposit_list", org_id=sauze.org_id, schema="budget"
        )
        assert (listed["id"], listed["former"]) == (done["id"], pers.name)
        page = html.unescape(
            desk_of(sauze.agent).get(f"/publier/{sauze.code}/budget").page
        )
        assert f"Budget primitif 2022 – {pers.name}" in page
        assert address_of(pers, done["key"]) in page
        shown = desk_of(sauze.agent).get(f"/publier/depot/{done['id']}/fini")
        assert shown.response.status_code == 200
        assert address_of(pers, done["key"]) in shown.page

    def test_is_replaced_by_the_heirs_agent_at_its_own_address(
        self, pers: Town, sauze: Town, desk_of: Open
    ) -> None:
        done = publish(pers, budget(pers.siret))
        mergers.merge(pers.org_id, sauze.org_id)
        sent = send(sauze, budget(pers.siret, rows=15))
        assert (sent["siren"], sent["former"]) == (pers.siren, pers.name)
        assert sent["online"] == done["id"]
        call_as(sauze.agent, "odlocale_deposit_correct", id=sent["id"])
        answer = {"id": sent["id"], "replaces": done["id"]}
        call_as(sauze.agent, "odlocale_deposit_answer", **answer)
        new = call_as(sauze.agent, "odlocale_deposit_publish", id=sent["id"])
        assert new["package_id"] == done["package_id"]
        sent_back = desk_of(None).get(address_of(pers, done["key"])).response
        assert sent_back.headers["ETag"] == f'"{new["canonical_sha256"]}"'
        dataset = helpers.call_action("package_show", id=done["package_id"])
        assert dataset["owner_org"] == sauze.org_id
        (resource,) = dataset["resources"]
        assert resource["url"].endswith(address_of(pers, done["key"]))
        assert dataset["title"].endswith(pers.name)

    def test_is_withdrawn_by_the_heirs_agent_and_answers_410(
        self, pers: Town, sauze: Town, desk_of: Open
    ) -> None:
        done = publish(pers, budget(pers.siret))
        mergers.merge(pers.org_id, sauze.org_id)
        call_as(sauze.agent, "odlocale_deposit_withdraw", id=done["id"])
        answer = desk_of(None).get(address_of(pers, done["key"])).response
        assert answer.status_code == 410
        dataset = helpers.call_action("package_show", id=done["package_id"])
        assert dataset["state"] == "deleted"

    def test_a_draft_is_continued_and_published_in_its_name(
        self, pers: Town, sauze: Town, desk_of: Open
    ) -> None:
        sent = send(pers, budget(pers.siret))
        mergers.merge(pers.org_id, sauze.org_id)
        desk = desk_of(sauze.agent).get(f"/publier/depot/{sent['id']}/verifier")
        assert desk.response.status_code == 200
        desk.post(f"/publier/depot/{sent['id']}/corriger", {})
        desk.get(f"/publier/depot/{sent['id']}/relire")
        assert address_of(pers, sent["key"]) in desk.page
        desk.post(f"/publier/depot/{sent['id']}/publier", {})
        assert "est en ligne" in desk.page
        public = desk_of(None).get(address_of(pers, sent["key"])).response
        assert public.status_code == 200
        done = call_as(sauze.agent, "odlocale_deposit_show", id=sent["id"])
        dataset = helpers.call_action("package_show", id=done["package_id"])
        assert dataset["owner_org"] == sauze.org_id

    def test_former_releases_stay_with_the_file_that_replaced_them(
        self, pers: Town, sauze: Town, desk_of: Open
    ) -> None:
        publish(sauze, budget(sauze.siret), "sauze-ancien.csv")
        first = publish(pers, budget(pers.siret), "pers-ancien.csv")
        sent = send(pers, budget(pers.siret, rows=13))
        call_as(pers.agent, "odlocale_deposit_correct", id=sent["id"])
        call_as(
            pers.agent, "odlocale_deposit_answer", id=sent["id"], replaces=first["id"]
        )
        call_as(pers.agent, "odlocale_deposit_publish", id=sent["id"])
        mergers.merge(pers.org_id, sauze.org_id)
        page = desk_of(sauze.agent).get(f"/publier/{sauze.code}/budget").page
        assert page.count("pers-ancien.csv") == 1

    def test_a_chain_of_mergers_ends_at_the_last_heirs_desk(
        self, pers: Town, sauze: Town, town: Make, desk_of: Open
    ) -> None:
        last = town()
        done = publish(pers, budget(pers.siret))
        mergers.merge(pers.org_id, sauze.org_id)
        mergers.merge(sauze.org_id, last.org_id)
        sent = send(last, budget(pers.siret, rows=20))
        assert (sent["siren"], sent["online"]) == (pers.siren, done["id"])
        call_as(last.agent, "odlocale_deposit_withdraw", id=done["id"])
        answer = desk_of(None).get(address_of(pers, done["key"])).response
        assert answer.status_code == 410


class TestTheHeir:
    def test_publishes_the_same_model_at_its_own_address_and_dataset(
        self, pers: Town, sauze: Town, desk_of: Open
    ) -> None:
        theirs = publish(pers, budget(pers.siret))
        mergers.merge(pers.org_id, sauze.org_id)
        own = publish(sauze, budget(sauze.siret, rows=9))
        assert own["siren"] == sauze.siren
        assert own["package_id"] != theirs["package_id"]
        for town, done in ((pers, theirs), (sauze, own)):
            public = desk_of(None).get(address_of(town, done["key"])).response
            assert public.headers["ETag"] == f'"{done["canonical_sha256"]}"'

    def test_may_publish_rows_of_both_as_its_own(self, pers: Town, sauze: Town) -> None:
        mergers.merge(pers.org_id, sauze.org_id)
        both = budget(sauze.siret) + budget(pers.siret).partition(b"\n")[2]
        sent = send(sauze, both)
        assert sent["siren"] == sauze.siren
        codes = {one["code"] for one in sent["analysis"]["check"]["groups"]}
        assert "siret.foreign" not in codes

    def test_may_not_before_the_merger(self, pers: Town, sauze: Town) -> None:
        sent = send(sauze, budget(pers.siret))
        codes = {one["code"] for one in sent["analysis"]["check"]["groups"]}
        assert "siret.foreign" in codes
        assert sent["siren"] == sauze.siren

    def test_may_not_publish_rows_of_a_third(
        self, pers: Town, sauze: Town, town: Make
    ) -> None:
        mergers.merge(pers.org_id, sauze.org_id)
        sent = send(sauze, budget(town().siret))
        codes = {one["code"] for one in sent["analysis"]["check"]["groups"]}
        assert "siret.foreign" in codes

    def test_may_point_a_file_of_its_own_at_the_formers_address(
        self, pers: Town, sauze: Town, town: Make
    ) -> None:
        url = "http://test.ckan.net" + address_of(pers, "2022")
        values = {"owner_org": sauze.org_id, "url": url}
        with pytest.raises(tk.ValidationError):
            add_file(sauze.agent, **values)
        mergers.merge(pers.org_id, sauze.org_id)
        assert add_file(sauze.agent, **values)["url"] == url
        other = town()
        with pytest.raises(tk.ValidationError):
            add_file(other.agent, owner_org=other.org_id, url=url)


def add_file(agent: str, *, owner_org: str, url: str) -> dict[str, Any]:
    dataset = factories.Dataset(owner_org=owner_org)
    return dict(
        call_as(agent, "resource_create", package_id=dataset["id"], url=url, name="f")
    )


class TestTheDesk:
    def test_of_the_former_leads_to_the_heirs(
        self, pers: Town, sauze: Town, desk_of: Open
    ) -> None:
        mergers.merge(pers.org_id, sauze.org_id)
        desk = desk_of(sauze.agent).get(f"/publier/{pers.code}", follow_redirects=True)
        assert desk.address == f"/publier/{sauze.code}"
        desk.get(f"/publier/{pers.code}/budget", follow_redirects=True)
        assert desk.address == f"/publier/{sauze.code}/budget"

    def test_of_the_former_is_not_open_to_a_stranger(
        self, pers: Town, sauze: Town, town: Make, desk_of: Open
    ) -> None:
        mergers.merge(pers.org_id, sauze.org_id)
        desk = desk_of(town().agent).get(f"/publier/{pers.code}")
        assert desk.response.status_code == 403

    def test_the_formers_agent_finds_the_heirs_and_no_other(
        self, pers: Town, sauze: Town
    ) -> None:
        mergers.merge(pers.org_id, sauze.org_id)
        listed = call_as(pers.agent, "odlocale_desk_list")["collectivities"]
        assert [one["code"] for one in listed] == [sauze.code]

    @pytest.mark.parametrize("gone", ["merged", "closed"])
    def test_one_that_is_gone_is_offered_nowhere(
        self, gone: str, pers: Town, sauze: Town
    ) -> None:
        if gone == "merged":
            mergers.merge(pers.org_id, sauze.org_id)
        else:
            mergers.close(pers.org_id)
        user = model.User.get(pers.agent)
        assert pers.code not in {seat.code for seat in seats_of(user.id)}
        found = call_as("", "odlocale_collectivity_search", q=pers.code)
        assert pers.siren not in [one["siren"] for one in found["results"]]

    @pytest.mark.parametrize("gone", ["merged", "closed"])
    def test_one_that_is_gone_takes_no_more_files(
        self, gone: str, pers: Town, sauze: Town
    ) -> None:
        sysadmin = factories.Sysadmin()["name"]
        if gone == "merged":
            mergers.merge(pers.org_id, sauze.org_id)
        else:
            mergers.close(pers.org_id)
        with pytest.raises(tk.ValidationError) as refused:
            call_as(
                sysadmin,
                "odlocale_deposit_create",
                org_id=pers.org_id,
                upload=io.BytesIO(budget(pers.siret)),
                filename="b.csv",
            )
        assert refused.value.error_dict["refusal"] == ["GONE"]

    def test_a_draft_of_a_closed_one_is_not_published(self, pers: Town) -> None:
        sent = send(pers, budget(pers.siret))
        call_as(pers.agent, "odlocale_deposit_correct", id=sent["id"])
        mergers.close(pers.org_id)
        with pytest.raises(tk.ValidationError) as refused:
            call_as(pers.agent, "odlocale_deposit_publish", id=sent["id"])
        assert refused.value.error_dict["refusal"] == ["GONE"]
        model.Session.expire_all()
        kept = Deposit.load(sent["id"])
        assert kept is not None
        assert kept.state == "checked"

    def test_a_file_of_a_closed_one_stays_online_and_can_be_withdrawn(
        self, pers: Town, desk_of: Open
    ) -> None:
        done = publish(pers, budget(pers.siret))
        mergers.close(pers.org_id)
        browser = desk_of(None).client
        assert browser.get(address_of(pers, done["key"])).status_code == 200
        call_as(pers.agent, "odlocale_deposit_withdraw", id=done["id"])
        answer = desk_of(None).get(address_of(pers, done["key"])).response
        assert answer.status_code == 410


def test_a_commune_that_exists_again_has_its_files_and_drafts_back(
    pers: Town, sauze: Town
) -> None:
    done = publish(pers, budget(pers.siret))
    draft = send(pers, budget(pers.siret, year=2023))
    own = publish(sauze, budget(sauze.siret))
    mergers.merge(pers.org_id, sauze.org_id)
    mergers.restore(pers.org_id)
    model.Session.expire_all()
    orgs = {one: Deposit.load(one).org_id for one in (done["id"], draft["id"])}
    assert set(orgs.values()) == {pers.org_id}
    assert Deposit.load(own["id"]).org_id == sauze.org_id
    dataset = helpers.call_action("package_show", id=done["package_id"])
    assert dataset["owner_org"] == pers.org_id


#: SIREN of nobody.
NEW_SIRENS = filter(is_siren, map(str, range(999_100_000, 999_200_000)))


class TestANewSiren:
    def test_leaves_files_at_their_address(self, pers: Town, desk_of: Open) -> None:
        done = publish(pers, budget(pers.siret))
        new = next(NEW_SIRENS)
        mergers.change_siren(pers.org_id, new)
        stored = Deposit.load(done["id"])
        assert stored is not None
        assert stored.siren == new
        browser = desk_of(None).client
        for code in (pers.code, pers.siren):
            address = f"/donnees/{code}/budget/{done['key']}.csv"
            answer = browser.get(address, follow_redirects=False)
            assert answer.status_code == 200
            assert answer.headers["ETag"] == f'"{done["canonical_sha256"]}"'

    def test_lets_a_release_follow_under_either_number(self, pers: Town) -> None:
        done = publish(pers, budget(pers.siret))
        new = next(NEW_SIRENS)
        mergers.change_siren(pers.org_id, new)
        for siret in (pers.siret, default_siret(new)):
            sent = send(pers, budget(siret, rows=14))
            codes = {one["code"] for one in sent["analysis"]["check"]["groups"]}
            assert "siret.foreign" not in codes
            assert sent["siren"] == new
            # The establishment is part of a budget's address: a new one, a new file.
            same = siret[9:] == pers.siret[9:]
            assert sent["online"] == (done["id"] if same else None)

    def test_that_comes_while_a_publication_waits_locks_the_new_one_too(
        self, pers: Town
    ) -> None:
        sent = send(pers, budget(pers.siret))
        new = next(NEW_SIRENS)
        deposit = Deposit.load(sent["id"])
        assert deposit is not None
        model.Session.expunge(deposit)
        mergers.change_siren(pers.org_id, new)
        locked = ownership.lock_for_release(deposit)
        assert locked is not None
        assert locked.siren == new
        wanted = sa.text("SELECT hashtext(:place)")
        held = set(
            model.Session.scalars(
                sa.text("SELECT objid::bigint FROM pg_locks WHERE locktype='advisory'")
            )
        )
        place = {"place": f"{new}/budget"}
        number = int(model.Session.scalar(wanted, place)) % 2**32
        assert number in held


def test_a_new_insee_code_leaves_each_file_at_its_address(
    pers: Town, desk_of: Open
) -> None:
    done = publish(pers, budget(pers.siret))
    # Of a département that France does not have.
    new = "96" + pers.code[-3:]
    old = mergers.change_insee(pers.org_id, new)
    sent = send(pers, budget(pers.siret, rows=18))
    call_as(pers.agent, "odlocale_deposit_correct", id=sent["id"])
    call_as(pers.agent, "odlocale_deposit_answer", id=sent["id"], replaces=done["id"])
    again = call_as(pers.agent, "odlocale_deposit_publish", id=sent["id"])
    dataset = helpers.call_action("package_show", id=done["package_id"])
    # data.gouv.fr takes a file at another address for another file.
    (resource,) = dataset["resources"]
    assert resource["url"].endswith(f"/donnees/{old}/budget/{done['key']}.csv")
    browser = desk_of(None).client
    for code in (old, new):
        address = f"/donnees/{code}/budget/{done['key']}.csv"
        answer = browser.get(address, follow_redirects=False)
        assert answer.status_code == 200
        assert answer.headers["ETag"] == f'"{again["canonical_sha256"]}"'
    later = publish(pers, budget(pers.siret, year=2023))
    dataset = helpers.call_action("package_show", id=later["package_id"])
    urls = {one["scdl_key"]: one["url"] for one in dataset["resources"]}
    assert f"/donnees/{new}/budget/" in urls[later["key"]]


def test_a_merger_waits_for_the_publication_in_progress(
    pers: Town, sauze: Town
) -> None:
    """A publication holds its collectivité: a merger cannot pass in between."""
    done = threading.Event()
    held = heirs.hold(pers.org_id)
    assert held is not None

    def merge() -> None:
        try:
            mergers.merge(pers.org_id, sauze.org_id)
            done.set()
        finally:
            model.Session.remove()

    other = threading.Thread(target=merge)
    other.start()
    assert not done.wait(1)
    model.Session.commit()
    assert done.wait(30)
    other.join()
