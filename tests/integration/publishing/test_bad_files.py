"""Whatever is sent in gets a clear answer in French, and is kept as it was sent."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from ckan.plugins import toolkit as tk

from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    send,
)

Open = Callable[[str | None], Desk]


def as_xlsx(content: bytes) -> bytes:
    book = openpyxl.Workbook()
    for line in content.decode().splitlines():
        book.active.append(line.split(","))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def headers_only(content: bytes) -> bytes:
    return content.splitlines(keepends=True)[0]


UNREADABLE = {
    "empty": lambda content: b"",
    "blank": lambda content: b"\n \n\n",
    "no row": headers_only,
    "binary": lambda content: bytes(range(256)) * 40,
    "an image": lambda content: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8,
}


@pytest.mark.parametrize("spoil", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_file_is_kept_and_explained(
    spoil: Callable[[bytes], bytes], mende: Town, desk_of: Open
) -> None:
    content = spoil(budget(mende.siret))
    desk = desk_of(mende.agent).drop(mende, content, "mon fichier.csv")
    assert desk.response.status_code == 200
    assert desk.address.endswith("/verifier")
    assert "Nous ne pouvons pas lire ce fichier" in desk.page
    assert "Déposer un autre fichier" in desk.page
    assert "<title>\u00c0 corriger" in desk.page.replace("\n", "").replace("  ", "")
    kept = desk.get(desk.address.replace("verifier", "original")).response
    assert kept.get_data() == content
    assert "attachment" in kept.headers["Content-Disposition"]
    assert kept.headers["X-Content-Type-Options"] == "nosniff"


READABLE = {
    "cp1252": lambda content: content.decode().encode("cp1252"),
    "UTF-16": lambda content: content.decode().encode("utf-16"),
    "semicolons": lambda content: content.replace(b",", b";"),
    "XLSX": as_xlsx,
    "blank rows at the end": lambda content: content + b",,,\n" * 5,
}


@pytest.mark.parametrize("change", READABLE.values(), ids=READABLE)
def test_an_unusual_file_is_read_and_published_the_same(
    change: Callable[[bytes], bytes], mende: Town
) -> None:
    name = "budget.xlsx" if change is as_xlsx else "budget.csv"
    sent = send(mende, change(budget(mende.siret)), name)
    assert sent["schema"] == "budget"
    assert sent["analysis"]["problem"] is None
    assert sent["tally"]["blocking"] == 0
    call_as(mende.agent, "odlocale_deposit_correct", id=sent["id"])
    done = call_as(mende.agent, "odlocale_deposit_publish", id=sent["id"])
    assert done["state"] == "published"
    assert done["key"] == f"2022-budget-primitif-{mende.siret[9:]}"


def test_text_that_is_no_table_asks_what_it_is_about(
    mende: Town, desk_of: Open
) -> None:
    desk = desk_of(mende.agent).drop(mende, b"Bonjour,\nvoici le budget.\n", "mot.txt")
    assert desk.response.status_code == 200
    assert "De quoi parle ce fichier" in desk.page or "ne pouvons pas lire" in desk.page


def test_a_column_twice_is_said_and_does_not_break(mende: Town) -> None:
    lines = budget(mende.siret).decode().splitlines()
    doubled = "\n".join(
        [f"{lines[0]},BGT_NOM", *(f"{line},X" for line in lines[1:])]
    ).encode()
    sent = send(mende, doubled)
    codes = {group["code"] for group in sent["analysis"]["check"]["groups"]}
    assert any("column" in code or "header" in code for code in codes), codes


def test_another_communes_siret_blocks_and_says_whose(
    mende: Town, town: Callable[[], Town], desk_of: Open
) -> None:
    other = town()
    desk = desk_of(mende.agent).drop(mende, budget(other.siret))
    assert desk.address.endswith("/verifier")
    assert "ne peut pas encore être publié" in desk.page
    base = desk.address.removesuffix("/verifier")
    desk.get(f"{base}/relire")
    assert desk.address.endswith("/verifier"), "a blocked file is not reviewed"
    desk.post(f"{base}/publier", {})
    assert "Un point empêche encore la publication" in desk.page
    assert "publié le" not in desk.page


def test_a_file_beyond_the_limit_is_refused_before_it_is_stored(
    mende: Town, desk_of: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(tk.config, "ckanext.odlocale.max_deposit_bytes", 100_000)
    desk = desk_of(mende.agent).drop(mende, b"a,b\n" * 100_000)
    assert desk.response.status_code == 413
    assert "trop volumineux" in desk.page
    listed = call_as(mende.agent, "odlocale_deposit_list", org_id=mende.org_id)
    assert listed == []


def test_the_api_refuses_a_file_beyond_the_limit(
    mende: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, "ckanext.odlocale.max_deposit_bytes", 100)
    with pytest.raises(tk.ValidationError) as refused:
        send(mende, budget(mende.siret))
    assert refused.value.error_dict["refusal"] == ["TOO_LARGE"]


def test_no_file_chosen_is_said(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent).get(f"/publier/{mende.code}")
    desk.post("/publier/deposer", {"code": mende.code})
    assert re.search("Choisissez d.{1,5}abord un fichier", desk.page)


def test_a_hostile_file_name_is_only_a_name(mende: Town, desk_of: Open) -> None:
    name = "../../<script>alert(1)</script>.csv"
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret), name)
    assert "<script>alert" not in desk.page
    sent: dict[str, Any] = call_as(
        mende.agent, "odlocale_deposit_show", id=desk.address.split("/")[3]
    )
    assert "/" not in sent["filename"]


def test_a_file_of_no_model_waits_for_the_agents_choice(
    mende: Town, desk_of: Open
) -> None:
    desk = desk_of(mende.agent).drop(mende, b"a,b\n1,2\n", "autre.csv")
    assert desk.address.endswith("/quoi")
    assert "De quoi parle ce fichier" in desk.page
    desk.post(desk.address, {"schema": "nothing"})
    assert "Choisissez une des réponses" in desk.page
    desk.post(desk.address, {"schema": "prenoms"})
    assert desk.address.endswith("/colonnes")
    desk.post(desk.address, {})
    assert desk.address.endswith("/verifier")
    assert "ne peut pas encore être publié" in desk.page
