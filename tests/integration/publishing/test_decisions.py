"""Answering findings at the desk, row by row."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ckan.plugins import toolkit as tk

from tests.integration.publishing.conftest import Desk, Town, budget, call_as, send
from tests.publishing.test_analysis import ADDRESSES
from tests.publishing.test_replaying import PEOPLE, grants
from tests.scdl.totem_documents import document

Open = Callable[[str | None], Desk]


def send_grants(town: Town) -> tuple[dict[str, Any], str]:
    """Send grants to two people in; return the deposit and its personal finding."""
    content = grants(*(f"M. {name}" for name in PEOPLE)).decode()
    content = content.replace("21560046100010", town.siret).replace("Crach", town.name)
    sent = send(town, content.encode(), "subventions.csv")
    groups = sent["analysis"]["check"]["groups"]
    return sent, next(one["id"] for one in groups if one["severity"] == "personal")


def test_nothing_is_published_before_people_are_answered_about(mende: Town) -> None:
    sent, _ = send_grants(mende)
    with pytest.raises(tk.ValidationError):
        call_as(mende.agent, "odlocale_deposit_publish", id=sent["id"])


def test_the_page_of_rows_answers_without_javascript(
    mende: Town, desk_of: Open
) -> None:
    sent, group = send_grants(mende)
    address = f"/publier/depot/{sent['id']}/lignes/{group}"
    desk = desk_of(mende.agent).get(address)
    assert all(name in desk.page for name in PEOPLE)
    desk.post(address, {"answer-3": "withdraw", "answer-4": "mask"})
    assert desk.address.endswith("/verifier")
    assert not any(name in desk.page for name in PEOPLE)
    desk.get(f"/publier/depot/{sent['id']}/relire")
    assert not any(name in desk.page for name in PEOPLE)
    undone = call_as(mende.agent, "odlocale_deposit_undo", id=sent["id"])
    assert undone["tally"]["blocking"]


def test_everybody_is_asked_about_on_one_page(mende: Town, desk_of: Open) -> None:
    sent, group = send_grants(mende)
    desk = desk_of(mende.agent).get(f"/publier/depot/{sent['id']}/verifier")
    address = f"/publier/depot/{sent['id']}/personnes"
    assert f'href="{address}#{group}"' in desk.page
    desk.get(address)
    asked = set(re.findall(r'name="([^"]+):answer-(\d+)"', desk.page))
    groups = [
        one["id"]
        for one in sent["analysis"]["check"]["groups"]
        if one["severity"] == "personal"
    ]
    assert {one for one, _row in asked} == set(groups)
    # Nothing is chosen beforehand, and nothing that was typed is lost.
    assert " checked" not in desk.page.split("<main")[-1]
    kept = {f"{group}:answer-3": "replace", f"{group}:value-3": "Club\tnautique"}
    desk.post(address, kept)
    assert "nautique" in desk.page
    assert (
        call_as(mende.agent, "odlocale_deposit_show", id=sent["id"])["corrections"]
        == []
    )
    said = {f"{one}:answer-{row}": "withdraw" for one, row in asked}
    desk.post(address, said)
    assert desk.address.endswith("/verifier")
    assert not any(name in desk.page for name in PEOPLE)
    # Nobody is left: the page leads on.
    assert not desk.get(address).address.endswith("/personnes")
    for odd in ({}, {"x:answer-3": "keep"}, {f"{group}:answer-x": "keep"}):
        assert desk.post(address, odd).response.status_code == 200


def test_a_refused_answer_comes_back_as_it_was_typed(
    mende: Town, desk_of: Open
) -> None:
    sent, group = send_grants(mende)
    address = f"/publier/depot/{sent['id']}/lignes/{group}"
    desk = desk_of(mende.agent).get(address)
    wrong = {"answer-3": "replace", "value-3": "Association\tdes voiles"}
    desk.post(address, wrong)
    assert desk.response.status_code == 200
    assert "des voiles" in desk.page
    shown = call_as(mende.agent, "odlocale_deposit_show", id=sent["id"])
    assert shown["corrections"] == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_commune_reads_and_answers_nothing(
    method: str, mende: Town, town: Callable[[], Town], desk_of: Open
) -> None:
    sent, group = send_grants(mende)
    desk = desk_of(town().agent).get("/publier")
    for page in (f"lignes/{group}", "personnes"):
        where = f"/publier/depot/{sent['id']}/{page}"
        desk = desk.get(where) if method == "get" else desk.post(where, {"all": "keep"})
        assert desk.response.status_code == 403
        assert not any(name in desk.page for name in PEOPLE)


def test_the_second_of_two_agents_is_told_that_the_file_changed(mende: Town) -> None:
    sent, group = send_grants(mende)
    answer = {"group": group, "option": "withdraw", "rows": [3], "value": None}
    seen = {"id": sent["id"], "version": sent["version"], "decisions": [answer]}
    call_as(mende.agent, "odlocale_deposit_decide", **seen)
    with pytest.raises(tk.ValidationError) as refused:
        call_as(mende.agent, "odlocale_deposit_decide", **seen)
    assert refused.value.error_dict["refusal"] == ["CHANGED"]


def test_an_answer_to_no_finding_changes_nothing(mende: Town) -> None:
    sent, _ = send_grants(mende)
    for wrong in ({"group": "gone", "option": "keep"}, "keep", {"group": 3}):
        with pytest.raises(tk.ValidationError):
            call_as(
                mende.agent,
                "odlocale_deposit_decide",
                id=sent["id"],
                decisions=[wrong],
            )
    shown = call_as(mende.agent, "odlocale_deposit_show", id=sent["id"])
    assert shown["version"] == sent["version"]


def test_an_export_of_accounting_software_is_read_and_never_sent_back(
    mende: Town, desk_of: Open
) -> None:
    sent = send(mende, document(), "budget.xml")
    assert sent["schema"] == "budget"
    assert sent["analysis"]["converted"] == "totem"
    desk = desk_of(mende.agent)
    desk.get(f"/publier/depot/{sent['id']}/original")
    assert desk.response.status_code == 404


def test_an_export_cut_on_the_way_is_not_sent_back_either(
    mende: Town, desk_of: Open
) -> None:
    whole = document()
    sent = send(mende, whole[: len(whole) // 2], "budget.xml")
    assert sent["analysis"]["problem"]
    desk = desk_of(mende.agent)
    desk.get(f"/publier/depot/{sent['id']}/original")
    assert desk.response.status_code == 404


def test_nobody_anonymous_reads_or_answers_a_row(mende: Town, desk_of: Open) -> None:
    sent = send(mende, budget(mende.siret))
    group = sent["analysis"]["check"]["groups"][0]["id"]
    address = f"/publier/depot/{sent['id']}/lignes/{group}"
    desk = desk_of(None)
    desk.get(address, follow_redirects=True)
    assert desk.address == "/user/login"
    refused = desk.client.post(address, data={"answer-2": "apply"})
    assert refused.request.path == "/user/login"
    shown = call_as(mende.agent, "odlocale_deposit_show", id=sent["id"])
    assert shown["version"] == sent["version"]


def test_a_column_beyond_the_model_is_published_when_asked(
    mende: Town, desk_of: Open
) -> None:
    lines = budget(mende.siret).decode().splitlines()
    ends = ["Observations", *(f"note {at}" for at, _ in enumerate(lines[1:]))]
    wide = "\n".join(f"{a},{b}" for a, b in zip(lines, ends, strict=True))
    sent = send(mende, wide.encode(), "budget.csv")
    found = sent["analysis"]["check"]["groups"]
    extra = next(one["id"] for one in found if one["code"] == "column.extra")
    desk = desk_of(mende.agent).get(f"/publier/depot/{sent['id']}/verifier")
    assert "Publier cette colonne" in desk.page
    desk.post(f"/publier/depot/{sent['id']}/lignes/{extra}", {"all": "publish"})
    assert desk.address.endswith("/verifier")
    call_as(mende.agent, "odlocale_deposit_correct", id=sent["id"])
    desk.get(f"/publier/depot/{sent['id']}/relire")
    assert "Observations" in desk.page
    online = call_as(mende.agent, "odlocale_deposit_publish", id=sent["id"])
    path = online["address"].split("/", 3)[3]
    served = desk_of(None).client.get(f"/{path}").data.decode().splitlines()
    assert served[0].endswith(",Observations")
    assert served[1].endswith(",note 0")


def test_addresses_are_sent_to_their_national_home(mende: Town, desk_of: Open) -> None:
    sent = send(mende, ADDRESSES, "adresses.csv")
    assert sent["step"] == "quoi"
    desk = desk_of(mende.agent).get(f"/publier/depot/{sent['id']}/quoi")
    assert f"https://adresse.data.gouv.fr/commune/{mende.code}" in desk.page
