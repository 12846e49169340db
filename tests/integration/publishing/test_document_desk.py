"""A document at the desk: what is online is replaced, changed, withdrawn, erased."""

from __future__ import annotations

import datetime
import errno
import io
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import uploader
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.publishing import document_desk_actions, document_erasing
from ckanext.odlocale.publishing.document_model import DocumentNotice
from tests.integration.everywhere import find_everywhere
from tests.integration.publishing.conftest import (
    PASSWORD,
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)
from tests.integration.publishing.test_documents import PDF, TITLE, publish_as_is
from tests.integration.publishing.test_home import words_of

Open = Callable[[str | None], Desk]
NEWER = PDF.replace(b"1 0 obj", b"2 0 obj")
LINK = "https://geo.example.fr/plu?c=1"


@pytest.fixture
def plan(mende: Town) -> dict[str, Any]:
    """A plan that is online."""
    return publish_as_is(mende, send(mende, PDF, "plan.pdf"))


@pytest.fixture
def link(mende: Town) -> dict[str, Any]:
    """An address that is online."""
    said = {"org_id": mende.org_id, "url": LINK, "title": TITLE, "agreed": True}
    return dict(call_as(mende.agent, "odlocale_document_publish", **said))


@pytest.fixture
def manager(mende: Town) -> str:
    """A person in charge of the commune's team."""
    user = str(factories.User(password=PASSWORD)["name"])
    member = {"id": mende.org_id, "username": user, "role": "admin"}
    tk.get_action("organization_member_create")({"ignore_auth": True}, member)
    return user


def page_of(town: Town, document: dict[str, Any], end: str = "") -> str:
    return f"/publier/{town.code}/document/{document['name']}{end}"


def online(document: dict[str, Any]) -> dict[str, Any]:
    return dict(call_as("", "package_show", id=document["id"]))


def path_of(url: str) -> str:
    return "/" + url.partition("//")[2].partition("/")[2]


def newer(content: bytes = NEWER, name: str = "plan-2026.pdf") -> dict[str, Any]:
    return {"upload": io.BytesIO(content), "filename": name, "agreed": True}


def verbs_of(document: dict[str, Any]) -> list[str]:
    query = sa.select(JournalLine.verb).where(
        JournalLine.object_type == "document", JournalLine.object_id == document["id"]
    )
    return list(model.Session.scalars(query.order_by(JournalLine.id)))


class TestPage:
    def test_the_home_leads_to_it_and_it_says_what_is_online(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        desk = desk_of(mende.agent).get(f"/publier/{mende.code}")
        assert f'href="{page_of(mende, plan)}"' in desk.page
        desk.get(page_of(mende, plan))
        said = words_of(desk)
        assert TITLE in said
        assert "plan.pdf" in said
        for end in ("remplacer", "fiche", "retirer"):
            assert page_of(mende, plan, f"/{end}") in desk.page
        assert "/effacer" not in desk.page

    def test_its_public_page_leads_there_who_may_go(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        public = f"/dataset/{plan['name']}"
        page = desk_of(mende.agent).get(public).page
        assert f'href="{page_of(mende, plan)}"' in page
        assert f"/dataset/edit/{plan['name']}" not in page
        assert page_of(mende, plan) not in desk_of(None).get(public).page

    def test_by_its_id_too(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        desk = desk_of(mende.agent)
        desk.get(f"/publier/{mende.code}/document/{plan['id']}")
        assert TITLE in desk.page

    @pytest.mark.parametrize("name", ["nulle-part", "x'y", "a%00b", "é" * 300])
    def test_no_document_no_page(self, name: str, mende: Town, desk_of: Open) -> None:
        desk = desk_of(mende.agent).get(f"/publier/{mende.code}/document/{name}")
        assert desk.response.status_code == 404

    def test_what_follows_a_model_is_none(self, mende: Town) -> None:
        done = publish(mende, budget(mende.siret))
        with pytest.raises(tk.ObjectNotFound):
            call_as(mende.agent, "odlocale_document_show", id=done["package_id"])

    def test_anonymous_visitors_log_in_and_others_are_refused(
        self,
        mende: Town,
        plan: dict[str, Any],
        desk_of: Open,
        town: Callable[[], Town],
    ) -> None:
        other = town()
        for end in ("", "/remplacer", "/fiche", "/retirer", "/effacer"):
            desk = desk_of(None).get(page_of(mende, plan, end))
            assert desk.address == "/user/login"
            for code in (mende.code, other.code):
                desk = desk_of(other.agent)
                desk.get(f"/publier/{code}/document/{plan['name']}{end}")
                assert desk.response.status_code == 403
                assert TITLE not in desk.page


WRONG = {
    "a page": ("plan.html", b"<html>"),
    "a page called a plan": ("plan.pdf", b"<html><script>alert(1)</script>"),
    "a program": ("plan.exe", b"MZ\x90\0"),
    "empty": ("plan.txt", b"  \n"),
}


class TestReplacing:
    def test_the_page_and_the_address_stay_and_the_former_bytes_go(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        before = online(plan)["resources"][0]
        desk = desk_of(mende.agent).get(page_of(mende, plan, "/remplacer"))
        file = (io.BytesIO(NEWER), "plan-2026.pdf")
        sent = {"file": file, "agreed": "yes"}
        desk.post(page_of(mende, plan, "/remplacer"), sent)
        assert desk.address == page_of(mende, plan)
        after = online(plan)
        (resource,) = after["resources"]
        assert (after["id"], resource["id"]) == (plan["id"], before["id"])
        assert resource["hash"] != before["hash"]
        assert resource["size"] == len(NEWER)
        assert after["issued"] == datetime.date.today().isoformat()
        for url in (before["url"], resource["url"]):
            assert desk_of(None).get(path_of(url)).response.data == NEWER
        assert verbs_of(plan) == ["published", "changed"]
        feed = desk_of(None).get(f"/catalogue/{mende.code}.ttl")
        assert resource["hash"] in feed.page
        assert before["hash"] not in feed.page

    def test_a_link_leads_elsewhere(
        self, mende: Town, link: dict[str, Any], desk_of: Open
    ) -> None:
        desk = desk_of(mende.agent).get(page_of(mende, link, "/remplacer"))
        assert LINK in desk.page
        other = "https://geo.example.fr/plu?c=2"
        sent = {"url": other, "agreed": "yes"}
        desk.post(page_of(mende, link, "/remplacer"), sent)
        assert [one["url"] for one in online(link)["resources"]] == [other]

    @pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://a:b@c.fr/"])
    def test_odd_links_are_refused_and_kept_on_the_page(
        self, url: str, mende: Town, link: dict[str, Any], desk_of: Open
    ) -> None:
        where = page_of(mende, link, "/remplacer")
        desk = desk_of(mende.agent).get(where).post(where, {"url": url, "agreed": "1"})
        assert "Copiez l’adresse entière" in words_of(desk)
        assert [one["url"] for one in online(link)["resources"]] == [LINK]

    @pytest.mark.parametrize(("name", "content"), WRONG.values(), ids=WRONG)
    def test_odd_files_are_refused(
        self, name: str, content: bytes, mende: Town, plan: dict[str, Any]
    ) -> None:
        asked = newer(content, name)
        with pytest.raises(tk.ValidationError) as refused:
            call_as(mende.agent, "odlocale_document_replace", id=plan["id"], **asked)
        assert "file" in refused.value.error_dict
        assert online(plan)["resources"][0]["size"] == len(PDF)

    def test_what_follows_a_model_is_published_as_such(
        self, mende: Town, plan: dict[str, Any]
    ) -> None:
        asked = newer(budget(mende.siret), "budget.csv")
        with pytest.raises(tk.ValidationError) as refused:
            call_as(mende.agent, "odlocale_document_replace", id=plan["id"], **asked)
        assert "modèle national" in refused.value.error_dict["file"][0]

    @pytest.mark.parametrize("given", ["upload", "agreed"])
    def test_neither_file_nor_promise_is_left_out(
        self, given: str, mende: Town, plan: dict[str, Any]
    ) -> None:
        asked = {**newer(), given: ""}
        with pytest.raises(tk.ValidationError):
            call_as(mende.agent, "odlocale_document_replace", id=plan["id"], **asked)
        assert online(plan)["resources"][0]["size"] == len(PDF)

    def test_a_full_disk_leaves_the_former_file(
        self,
        mende: Town,
        plan: dict[str, Any],
        desk_of: Open,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        class FullDisk:
            def upload(self, *_: object) -> None:
                raise OSError(errno.ENOSPC, "No space left on device")

        before, usual = online(plan), uploader.get_resource_uploader

        def get_uploader(resource: dict[str, Any]) -> Any:
            return FullDisk() if "upload" in resource else usual(resource)

        with monkeypatch.context() as patched:
            # The disk itself is not ours to fill.
            patched.setattr(uploader, "get_resource_uploader", get_uploader)
            with pytest.raises(tk.ValidationError) as refused:
                call_as(
                    mende.agent, "odlocale_document_replace", id=plan["id"], **newer()
                )
        assert refused.value.error_dict["refusal"] == ["NO_ROOM"]
        assert online(plan)["resources"] == before["resources"]
        url = path_of(before["resources"][0]["url"])
        assert desk_of(None).get(url).response.data == PDF
        assert verbs_of(plan) == ["published"]


class TestFiche:
    def test_it_is_changed_and_its_address_stays(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        where = page_of(mende, plan, "/fiche")
        desk = desk_of(mende.agent).get(where)
        said = {"title": "Plan du cimetière neuf", "notes": "Relevé de 2026."}
        desk.post(where, said)
        assert desk.address == page_of(mende, plan)
        found = online(plan)
        assert (found["title"], found["notes"]) == (said["title"], said["notes"])
        assert found["name"] == plan["name"]
        assert found["resources"][0]["name"] == said["title"]
        assert desk_of(None).get(path_of(found["resources"][0]["url"])).page
        feed = desk_of(None).get(f"/catalogue/{mende.code}.ttl")
        assert said["title"] in feed.page

    def test_what_was_typed_is_still_there(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        where = page_of(mende, plan, "/fiche")
        desk = desk_of(mende.agent).get(where)
        desk.post(where, {"title": "x 2", "notes": "Relevé de 2026."})
        assert "Donnez-lui un titre" in words_of(desk)
        assert 'value="x 2"' in desk.page
        assert "Relevé de 2026." in desk.page
        assert online(plan)["title"] == TITLE

    def test_what_was_typed_waits_for_the_login(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        where = page_of(mende, plan, "/fiche")
        desk = desk_of(mende.agent).get(where).log_out()
        desk.post(where, {"title": "Plan neuf", "notes": "Relevé de 2026."})
        desk.log_in(mende.agent)
        assert desk.address == where
        assert 'value="Plan neuf"' in desk.page
        assert online(plan)["title"] == TITLE

    def test_a_form_from_before_another_change_does_nothing(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        where = page_of(mende, plan, "/fiche")
        desk = desk_of(mende.agent).get(where)
        call_as(mende.agent, "odlocale_document_change", id=plan["id"], title="Carte")
        desk.post(where, {"title": "Plan neuf", "notes": ""})
        assert "a changé entre-temps" in words_of(desk)
        assert 'value="Plan neuf"' in desk.page
        assert online(plan)["title"] == "Carte"

    def test_nothing_written_is_a_sentence(
        self, mende: Town, plan: dict[str, Any]
    ) -> None:
        call_as(mende.agent, "odlocale_document_change", id=plan["id"], title="Carte")
        assert len(online(plan)["notes"]) > 100


class TestWithdrawing:
    def test_its_addresses_say_that_it_was_and_why(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        file = path_of(online(plan)["resources"][0]["url"])
        where = page_of(mende, plan, "/retirer")
        desk = desk_of(mende.agent).get(where)
        desk.post(where, {"reason": "outdated", "note": "Vu avec Anne"})
        assert desk.address == page_of(mende, plan)
        assert "Vu avec Anne" in words_of(desk)
        visitor = desk_of(None)
        by_id = f"/dataset/{plan['id']}"
        for address in (f"/dataset/{plan['name']}", by_id, file):
            visitor.get(address)
            assert visitor.response.status_code == 410, address
            assert "n’était plus à jour" in words_of(visitor)
            assert TITLE not in visitor.page
            assert "Anne" not in visitor.page
            assert "/publier/" + mende.code not in visitor.page
        assert page_of(mende, plan) in desk.get(by_id).page
        assert TITLE not in visitor.get(f"/catalogue/{mende.code}.ttl").page
        assert not call_as(mende.agent, "odlocale_document_list", org_id=mende.org_id)
        assert verbs_of(plan) == ["published", "withdrawn"]
        line = model.Session.scalars(
            sa.select(JournalLine).where(JournalLine.verb == "withdrawn",
                                         JournalLine.object_id == plan["id"])
        ).one()  # fmt: skip
        assert line.detail["reason"] == "outdated"
        assert "Anne" not in json.dumps(line.detail)

    def test_a_reason_is_asked_and_the_note_kept(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        where = page_of(mende, plan, "/retirer")
        desk = desk_of(mende.agent).get(where).post(where, {"note": "Vu avec Anne"})
        assert "Choisissez une des raisons" in words_of(desk)
        assert "Vu avec Anne" in desk.page
        assert online(plan)["state"] == "active"

    def test_once(self, mende: Town, plan: dict[str, Any]) -> None:
        asked = {"id": plan["id"], "reason": "faulty"}
        call_as(mende.agent, "odlocale_document_withdraw", **asked)
        for action in ("withdraw", "change", "replace"):
            more = {"title": "Autre titre", **newer()} if action != "withdraw" else {}
            with pytest.raises(tk.ValidationError) as refused:
                call_as(mende.agent, f"odlocale_document_{action}", **asked, **more)
            assert refused.value.error_dict["refusal"] == ["NOT_ONLINE"]

    @pytest.mark.parametrize("wrong", [{"reason": "parce que"}, {"note": "x" * 501}])
    def test_odd_reasons_are_refused(
        self, wrong: dict[str, str], mende: Town, plan: dict[str, Any]
    ) -> None:
        with pytest.raises(tk.ValidationError):
            call_as(mende.agent, "odlocale_document_withdraw", id=plan["id"], **wrong)
        assert online(plan)["state"] == "active"

    def test_what_is_online_again_has_no_notice(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        call_as(mende.agent, "odlocale_document_withdraw", id=plan["id"])
        admin = factories.Sysadmin()["name"]
        call_as(admin, "package_patch", id=plan["id"], state="active")
        assert DocumentNotice.of(plan["id"]) is None
        desk = desk_of(None).get(f"/dataset/{plan['name']}")
        assert desk.response.status_code == 200

    def test_what_core_deletes_has_none_either(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        call_as(mende.agent, "package_delete", id=plan["id"])
        desk = desk_of(None).get(f"/dataset/{plan['name']}")
        assert desk.response.status_code == 404
        desk = desk_of(mende.agent).get(page_of(mende, plan))
        assert desk.response.status_code == 200


@pytest.fixture
def word() -> str:
    """A word that no other test of the run has planted."""
    letters = uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))
    return f"Zyx{letters[:12]}"


def plant(town: Town, word: str) -> dict[str, Any]:
    """Put online a document that holds a word wherever one may be written."""
    content = f"Le plan de {word}\n".encode()
    sent = send(town, content, f"plan-{word}.txt")
    said = {"title": f"Plan de {word}", "notes": f"Relevé par {word}."}
    return publish_as_is(town, sent, **said)


class TestErasing:
    def test_nothing_is_left_and_the_journal_keeps_that_it_happened(
        self, word: str, mende: Town, manager: str, desk_of: Open
    ) -> None:
        done = plant(mende, word)
        url = path_of(online(done)["resources"][0]["url"])
        asked = newer(f"Le plan neuf de {word}\n".encode(), f"neuf-{word}.txt")
        call_as(mende.agent, "odlocale_document_replace", id=done["id"], **asked)
        places = find_everywhere(word)
        kinds = {one.partition(":")[0] for one in places}
        assert {"ckan", "file", "solr"} <= kinds, places
        assert any("resources/" in one for one in places), places
        where = page_of(mende, done, "/effacer")
        desk = desk_of(manager).get(page_of(mende, done))
        assert where in desk.page
        desk.get(where).post(where, {"reason": "personal"})
        assert "effacé définitivement" in words_of(desk)
        assert find_everywhere(word) == []
        visitor = desk_of(None)
        for address in (f"/dataset/{done['id']}", url):
            assert visitor.get(address).response.status_code == 404
        assert verbs_of(done)[-1] == "purged"
        told = call_as(manager, "odlocale_journal_list", org_id=mende.org_id)
        line = next(one for one in told["lines"] if one["verb"] == "purged")
        assert "erased for good" in line["sentence"]
        assert line["object_id"] == done["id"]

    def test_a_withdrawn_one_goes_with_its_note(
        self, word: str, mende: Town, manager: str, desk_of: Open
    ) -> None:
        done = plant(mende, word)
        asked = {"id": done["id"], "note": f"{word} a téléphoné"}
        call_as(mende.agent, "odlocale_document_withdraw", **asked)
        assert any("notice" in one for one in find_everywhere(word))
        call_as(manager, "odlocale_document_purge", id=done["id"])
        assert find_everywhere(word) == []
        desk = desk_of(manager).get(page_of(mende, done))
        assert desk.response.status_code == 404

    def test_the_same_file_in_a_draft_goes_too(
        self, word: str, mende: Town, manager: str
    ) -> None:
        draft = send(mende, f"Le plan de {word}\n".encode(), "autre nom.txt")
        done = plant(mende, word)
        call_as(manager, "odlocale_document_purge", id=done["id"])
        assert find_everywhere(word) == []
        with pytest.raises(tk.ObjectNotFound):
            call_as(mende.agent, "odlocale_deposit_show", id=draft["id"])

    def test_the_same_bytes_at_another_commune_stay_there(
        self, word: str, mende: Town, manager: str, town: Callable[[], Town]
    ) -> None:
        other, content = town(), f"Le plan de {word}\n".encode()
        theirs = send(other, content, "plan.txt")
        done = plant(mende, word)
        call_as(manager, "odlocale_document_purge", id=done["id"])
        left = [one for one in find_everywhere(word) if one.startswith("file:")]
        assert len(left) == 1
        call_as(other.agent, "odlocale_deposit_delete", id=theirs["id"])

    def test_stopped_half_way_it_is_called_again(
        self,
        word: str,
        mende: Town,
        manager: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        done = plant(mende, word)

        def stop(package_id: str) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(document_erasing, "_forget_activities", stop)
            with pytest.raises(KeyboardInterrupt):
                call_as(manager, "odlocale_document_purge", id=done["id"])
        model.Session.remove()
        assert verbs_of(done)[-1] == "withdrawn"
        call_as(manager, "odlocale_document_purge", id=done["id"])
        assert find_everywhere(word) == []

    def test_a_form_from_before_a_change_does_nothing(
        self, mende: Town, plan: dict[str, Any], manager: str, desk_of: Open
    ) -> None:
        where = page_of(mende, plan, "/effacer")
        desk = desk_of(manager).get(where)
        call_as(mende.agent, "odlocale_document_change", id=plan["id"], title="Carte")
        desk.post(where, {"reason": "personal"})
        assert "a changé entre-temps" in words_of(desk)
        assert online(plan)["state"] == "active"

    def test_an_agent_does_not(
        self, mende: Town, plan: dict[str, Any], desk_of: Open
    ) -> None:
        with pytest.raises(tk.NotAuthorized):
            call_as(mende.agent, "odlocale_document_purge", id=plan["id"])
        desk = desk_of(mende.agent).get(page_of(mende, plan, "/effacer"))
        assert desk.response.status_code == 403

    def test_by_the_command(self, word: str, mende: Town, cli: Any) -> None:
        from ckan.cli.cli import ckan as command

        done = plant(mende, word)
        url = f"{tk.config['ckan.site_url']}/dataset/{done['name']}"
        planned = cli.invoke(command, ["odlocale", "purge", url])
        assert planned.exit_code == 0, planned.output
        assert "add --apply" in planned.output
        assert find_everywhere(word)
        texts = cli.invoke(command, ["odlocale", "purge", url, "--text", word])
        assert texts.exit_code == 2
        applied = cli.invoke(command, ["odlocale", "purge", url, "--apply"])
        assert applied.exit_code == 0, applied.output
        assert find_everywhere(word) == []
        again = cli.invoke(command, ["odlocale", "purge", url, "--apply"])
        assert again.exit_code == 2


@pytest.mark.parametrize("action", document_desk_actions.__all__)
def test_others_are_refused(
    action: str, mende: Town, plan: dict[str, Any], town: Callable[[], Town]
) -> None:
    other = town()
    said = {"title": "Autre titre", **newer()}
    for user in ("", other.agent, factories.User()["name"]):
        for named in (plan["id"], plan["name"]):
            with pytest.raises(tk.NotAuthorized):
                call_as(user, action, **{**said, "id": named})
    assert online(plan)["title"] == TITLE
    assert online(plan)["resources"][0]["size"] == len(PDF)
