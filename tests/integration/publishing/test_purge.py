"""Erasing for good: a planted word is looked for wherever the portal keeps anything."""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.base import storage
from ckanext.odlocale.publishing import erasing, keeping
from ckanext.odlocale.publishing.grid_model import Grid, GridRow
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.remembering import ColumnAnswer
from ckanext.odlocale.tables import jobs
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
from tests.integration.publishing.test_releases import address, history, replace

Open = Callable[[str | None], Desk]


@pytest.fixture
def word() -> str:
    """A word that no other test of the run has planted."""
    letters = uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))
    return f"Zyx{letters[:12]}"


@pytest.fixture
def manager(mende: Town) -> str:
    """A person in charge of the commune's team."""
    user = str(factories.User(password=PASSWORD)["name"])
    member = {"id": mende.org_id, "username": user, "role": "admin"}
    tk.get_action("organization_member_create")({"ignore_auth": True}, member)
    return user


def planted(town: Town, word: str, year: int = 2022, rows: int = 12) -> bytes:
    """A budget one row of which holds the word."""
    content = budget(town.siret, year=year, rows=rows)
    return content.replace(b"Fournitures", f"Achat {word}".encode(), 1)


def as_workbook(content: bytes) -> bytes:
    book = openpyxl.Workbook()
    for line in content.decode().splitlines():
        book.active.append(line.split(","))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def purge(who: str, deposit: dict[str, Any], **more: Any) -> dict[str, Any]:
    asked = {"id": deposit["id"], **more}
    plan = call_as(who, "odlocale_release_purge_plan", **asked)
    done = {**asked, "digest": plan["digest"]}
    return dict(call_as(who, "odlocale_release_purge", **done))


def fill_grid(town: Town, word: str) -> None:
    place = {"org_id": town.org_id, "schema": "budget"}
    rows = [{"cells": {"BGT_NATURE_LABEL": f"Achat {word}"}}, {"cells": {}}]
    call_as(town.agent, "odlocale_grid_rows", **place, add=rows)


class TestRows:
    def test_they_are_nowhere_and_the_address_goes_on(
        self, word: str, mende: Town, manager: str, desk_of: Open
    ) -> None:
        first = publish(mende, planted(mende, word, rows=4))
        second = replace(mende, first, planted(mende, word, rows=6))
        sent = send(mende, as_workbook(planted(mende, word, rows=8)), f"{word}.xlsx")
        call_as(mende.agent, "odlocale_deposit_correct", id=sent["id"])
        call_as(
            mende.agent, "odlocale_deposit_answer", id=sent["id"], replaces=second["id"]
        )
        third = call_as(mende.agent, "odlocale_deposit_publish", id=sent["id"])
        other_year = publish(mende, planted(mende, word, year=2021))
        send(mende, planted(mende, word, rows=5), f"brouillon-{word}.csv")
        send(mende, f"on ne sait quoi\n{word}\n".encode(), "inconnu.csv")
        fill_grid(mende, word)
        told = f"Ligne 3 : {word} ne doit pas être nommé."
        place = {"code": mende.code, "schema": "budget", "key": third["key"]}
        call_as("", "odlocale_report_create", **place, message=told)
        desk = desk_of(mende.agent).get(f"/publier/depot/{third['id']}/fini")
        # The worker's part: the file of the whole table.
        jobs.settle_pending()
        # A title that names somebody, of which it was asked which column it is.
        titles = {f"aide{word.lower()}": "BGT_MTREAL"}
        ColumnAnswer.keep(mende.siren, "budget", titles)
        model.Session.commit()
        places = find_everywhere(word)
        assert len(places) > 9
        assert any(place.endswith("/budget.parquet") for place in places), places

        plan = purge(manager, third, text=f"  {word.upper()} ")

        assert ColumnAnswer.of(mende.siren) == {}
        assert find_everywhere(word) == []
        assert (plan["rows"], len(plan["renewed"])) == (2, 2)
        assert {one["id"] for one in plan["erased"]} == {first["id"], second["id"]}
        answer = desk.get(address(mende, third)).response
        lines = answer.get_data(as_text=True).splitlines()
        assert (answer.status_code, len(lines)) == (200, 1 + 7)
        year = desk.get(address(mende, other_year)).response
        assert len(year.get_data(as_text=True).splitlines()) == 1 + 11
        assert desk.get(address(mende, third, "parquet")).response.status_code == 200
        dataset = helpers.call_action("package_show", id=third["package_id"])
        hashes = {one["hash"] for one in dataset["resources"]}
        assert third["canonical_sha256"] not in hashes
        assert {one["rows"] for one in dataset["resources"]} == {7, 11}
        feed = desk.get(f"/catalogue/{mende.code}.ttl").page
        assert all(one in feed for one in hashes)
        for former in (first, second):
            where = history(mende, third, f"{former['id']}.csv")
            assert desk.get(where).response.status_code == 404

    def test_the_journal_keeps_that_it_happened(
        self, word: str, mende: Town, manager: str
    ) -> None:
        done = publish(mende, planted(mende, word))
        purge(manager, done, text=word)
        told = call_as(manager, "odlocale_journal_list", org_id=mende.org_id)
        line = next(one for one in told["lines"] if one["verb"] == "purged")
        assert "erased for good" in line["sentence"]
        assert line["object_id"] == done["id"]
        assert word not in json.dumps(told)

    def test_what_the_published_rows_never_held_leaves_the_file_that_was_sent(
        self, word: str, mende: Town, manager: str
    ) -> None:
        content = budget(mende.siret).decode().splitlines()
        noted = "\n".join(
            [f"{line},{'Note' if not n else word}" for n, line in enumerate(content)]
        )
        done = publish(mende, (noted + "\n").encode())
        before = call_as(mende.agent, "odlocale_deposit_show", id=done["id"])
        assert find_everywhere(word)
        plan = purge(manager, done, text=word)
        assert plan["rows"] == 0
        assert find_everywhere(word) == []
        shown = Deposit.shown(mende.siren, "budget", done["key"])
        assert shown is not None
        assert shown.canonical_sha256 == before["canonical_sha256"]
        assert storage.exists(shown.canonical_sha256)

    def test_a_file_of_these_rows_only_is_withdrawn(
        self, word: str, mende: Town, manager: str, desk_of: Open
    ) -> None:
        done = publish(mende, planted(mende, word, rows=1))
        purge(manager, done, text=word)
        assert find_everywhere(word) == []
        desk = desk_of(None).get(address(mende, done))
        assert desk.response.status_code == 410
        assert "données personnelles" in desk.page

    def test_a_table_keeps_its_other_rows(
        self, word: str, mende: Town, manager: str
    ) -> None:
        done = publish(mende, budget(mende.siret))
        fill_grid(mende, word)
        plan = purge(manager, done, text=word)
        assert plan["tables"] == 1
        grid = Grid.find(mende.org_id, "budget", "brouillon")
        assert grid is not None
        assert [row.removed for row in GridRow.of(grid.id)] == [True, False]

    def test_what_is_said_of_the_data_is_changed_first(
        self, word: str, mende: Town, manager: str
    ) -> None:
        done = publish(mende, planted(mende, word))
        patch = {"id": done["package_id"], "title": f"Budget de {word}"}
        call_as(mende.agent, "package_patch", **patch)
        with pytest.raises(tk.ValidationError) as refused:
            purge(manager, done, text=word)
        assert refused.value.error_dict["refusal"] == ["IN_FICHE"]
        call_as(mende.agent, "package_patch", **{**patch, "title": "Budget"})
        purge(manager, done, text=word)
        assert find_everywhere(word) == []

    @pytest.mark.parametrize("text", ["", "abc", "  a b ", "x" * 201, "\0abcd"])
    def test_a_text_too_short_or_too_long_is_refused(
        self, text: str, mende: Town, manager: str
    ) -> None:
        done = publish(mende, budget(mende.siret))
        if text:
            with pytest.raises(tk.ValidationError):
                call_as(
                    manager, "odlocale_release_purge_plan", id=done["id"], text=text
                )

    def test_nothing_found_is_said(self, mende: Town, manager: str) -> None:
        done = publish(mende, budget(mende.siret))
        with pytest.raises(tk.ValidationError) as refused:
            call_as(
                manager,
                "odlocale_release_purge_plan",
                id=done["id"],
                text="introuvable",
            )
        assert refused.value.error_dict["refusal"] == ["NOTHING_TO_ERASE"]


class TestARelease:
    def test_it_goes_with_those_before_it(
        self, word: str, mende: Town, manager: str, desk_of: Open
    ) -> None:
        first = publish(mende, planted(mende, word, rows=4))
        second = replace(mende, first, planted(mende, word, rows=6))
        asked = {"reason": "personal", "note": f"{word} a téléphoné"}
        call_as(mende.agent, "odlocale_deposit_withdraw", id=second["id"], **asked)
        later = publish(mende, budget(mende.siret, rows=3))
        # The table in which its rows were opened, to be completed.
        call_as(mende.agent, "odlocale_grid_open", id=second["id"])
        assert find_everywhere(word)
        purge(manager, second)
        assert find_everywhere(word) == []
        desk = desk_of(None).get(address(mende, later))
        assert len(desk.page.splitlines()) == 1 + 3
        page = desk.get(history(mende, later)).page
        assert "Effacée" in page

    def test_what_is_online_may_be_erased(
        self, word: str, mende: Town, manager: str, desk_of: Open
    ) -> None:
        done = publish(mende, planted(mende, word))
        desk = desk_of(manager).get(f"/publier/depot/{done['id']}/fini")
        assert "Effacer définitivement" in desk.page
        desk.get(f"/publier/depot/{done['id']}/effacer")
        desk.post(f"/publier/depot/{done['id']}/effacer", {"what": "file"})
        assert "Personne ne pourra le récupérer" in desk.page
        digest = re.search(r'name="digest" value="([^"]+)"', desk.page)
        assert digest
        form = {"digest": digest[1], "text": "", "reason": "personal"}
        desk.post(f"/publier/depot/{done['id']}/effacer/confirmer", form)
        assert "effacé définitivement" in desk.page
        assert find_everywhere(word) == []
        assert desk_of(None).get(address(mende, done)).response.status_code == 410
        states = model.Session.scalars(
            sa.select(Deposit.state).where(Deposit.org_id == mende.org_id)
        )
        assert list(states) == ["purged"]

    def test_another_file_of_the_dataset_stays(
        self, word: str, mende: Town, manager: str
    ) -> None:
        kept = publish(mende, budget(mende.siret, year=2021))
        purge(manager, publish(mende, planted(mende, word)))
        assert find_everywhere(word) == []
        dataset = helpers.call_action("package_show", id=kept["package_id"])
        assert [one["scdl_key"] for one in dataset["resources"]] == [kept["key"]]
        assert dataset["state"] == "active"

    def test_the_same_bytes_at_another_commune_stay_there(
        self, word: str, mende: Town, manager: str, town: Callable[[], Town]
    ) -> None:
        content = planted(mende, word)
        done, other = publish(mende, content), town()
        theirs = send(other, content)
        plan = purge(manager, done)
        assert plan["elsewhere"] == 1
        assert storage.exists(theirs["original_sha256"])
        # The file, and what its check found: theirs.
        assert {one.partition(":")[0] for one in find_everywhere(word)} <= {
            "file", "ckan",
        }  # fmt: skip
        call_as(other.agent, "odlocale_deposit_delete", id=theirs["id"])

    def test_a_release_erased_is_not_restored_nor_erased_again(
        self, word: str, mende: Town, manager: str, desk_of: Open
    ) -> None:
        done = publish(mende, planted(mende, word))
        purge(manager, done)
        for action in ("odlocale_release_restore", "odlocale_release_purge_plan"):
            with pytest.raises(tk.ValidationError) as refused:
                call_as(manager, action, id=done["id"])
            assert refused.value.error_dict["refusal"] == ["NOT_FORMER"]
        with pytest.raises(tk.ObjectNotFound):
            call_as(manager, "odlocale_deposit_rows", id=done["id"], group="x")
        desk = desk_of(manager).get(f"/publier/depot/{done['id']}/fini")
        assert desk.response.status_code == 200
        assert "Il ne reste rien de ce fichier" in desk.page
        for end in ("original", "rapport.csv", "rapport.json", "tableau.xlsx"):
            where = f"/publier/depot/{done['id']}/{end}"
            assert desk.get(where).response.status_code == 404, end
        for end in ("effacer", "retirer", "verifier", "relire"):
            where = f"/publier/depot/{done['id']}/{end}"
            assert desk.get(where).address.endswith("/fini"), end


class TestWhoMay:
    def test_neither_an_agent_nor_who_holds_a_mandate(
        self, mende: Town, desk_of: Open
    ) -> None:
        done = publish(mende, budget(mende.siret))
        for action in ("odlocale_release_purge", "odlocale_release_purge_plan"):
            with pytest.raises(tk.NotAuthorized):
                call_as(mende.agent, action, id=done["id"], digest="0" * 64)
        desk = desk_of(mende.agent).get(f"/publier/depot/{done['id']}/fini")
        assert "Effacer définitivement" not in desk.page
        desk.get(f"/publier/depot/{done['id']}/effacer")
        assert desk.response.status_code == 403


class TestWholeOrNothing:
    def test_what_changed_since_it_was_read_is_read_again(
        self, word: str, mende: Town, manager: str
    ) -> None:
        done = publish(mende, planted(mende, word))
        asked = {"id": done["id"], "text": word}
        plan = call_as(manager, "odlocale_release_purge_plan", **asked)
        send(mende, planted(mende, word, rows=3))
        with pytest.raises(tk.ValidationError) as refused:
            call_as(manager, "odlocale_release_purge", **asked, digest=plan["digest"])
        assert refused.value.error_dict["refusal"] == ["CHANGED"]
        assert Deposit.shown(mende.siren, "budget", done["key"]).id == done["id"]

    @pytest.mark.parametrize("step", ["_record", "_forget_traces", "_wipe"])
    def test_a_failure_changes_nothing(
        self,
        step: str,
        word: str,
        mende: Town,
        manager: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        done = publish(mende, planted(mende, word))

        def fail(*arguments: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(erasing, step, fail)
        with pytest.raises(KeyboardInterrupt):
            purge(manager, done, text=word)
        monkeypatch.undo()
        model.Session.remove()
        shown = Deposit.shown(mende.siren, "budget", done["key"])
        assert shown is not None
        assert shown.id == done["id"]
        assert storage.exists(str(shown.canonical_sha256))
        purge(manager, done, text=word)
        assert find_everywhere(word) == []

    def test_stopped_after_the_commit_the_next_one_ends_it(
        self,
        word: str,
        mende: Town,
        manager: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        done = publish(mende, planted(mende, word))

        def stop() -> int:
            raise KeyboardInterrupt

        monkeypatch.setattr(keeping, "erase_asked", stop)
        with pytest.raises(KeyboardInterrupt):
            purge(manager, done)
        monkeypatch.undo()
        model.Session.remove()
        # The worker's part: the whole table and its file follow what was committed.
        jobs.settle_pending()
        left = find_everywhere(word)
        assert left
        assert all(one.startswith("file:") for one in left)
        assert keeping.erase_asked() > 0
        assert find_everywhere(word) == []


class TestTheCommand:
    def run(self, cli: Any, *arguments: str, text: str | None = None) -> Any:
        from ckan.cli.cli import ckan as command

        return cli.invoke(command, ["odlocale", "purge", *arguments], input=text)

    def test_it_plans_then_applies(self, word: str, mende: Town, cli: Any) -> None:
        done = publish(mende, planted(mende, word))
        where = tk.config["ckan.site_url"] + address(mende, done)
        planned = self.run(cli, where, "--text", "-", text=f"{word}\n")
        assert planned.exit_code == 0, planned.output
        assert "add --apply" in planned.output
        assert find_everywhere(word)
        applied = self.run(cli, where, "--text", word, "--apply")
        assert applied.exit_code == 0, applied.output
        assert find_everywhere(word) == []
        again = self.run(cli, where, "--text", word, "--apply")
        assert again.exit_code == 2
        assert "Rien à effacer" in again.output

    def test_an_address_of_nothing_is_said(self, cli: Any) -> None:
        result = self.run(cli, "/donnees/99999/budget/2022.csv")
        assert result.exit_code == 2
        assert "nothing was published there" in result.output
