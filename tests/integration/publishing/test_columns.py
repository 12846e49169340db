"""Columns that a town hall's own file has under other titles, or has not."""

from __future__ import annotations

import re
from collections.abc import Callable

from ckanext.odlocale.publishing.analysing import analyse_deposit
from ckanext.odlocale.publishing.model import Deposit
from tests.integration.publishing.conftest import Desk, Town, call_as, send
from tests.integration.publishing.test_home import words_of

Open = Callable[[str | None], Desk]

TITLES = "Date;Beneficiaire;Pour quoi;Combien;Nature;Conditions versement"


def grants(titles: str = TITLES, year: int = 2024) -> bytes:
    rows = [
        f"{day:02}/03/{year};Club {day};Fonctionnement;{day}00;aide en numéraire;unique"
        for day in range(1, 6)
    ]
    return "\n".join([titles, *rows, ""]).encode()


def ask_of(desk: Desk) -> set[str]:
    """The columns that the page asks about."""
    return set(re.findall(r'name="column-([^"]+)"', desk.page))


def send_to(desk: Desk, town: Town, content: bytes) -> str:
    desk.drop(town, content, "subventions.csv")
    base = "/".join(desk.address.split("/")[:4])
    if desk.address.endswith("/quoi"):
        desk.post(f"{base}/quoi", {"schema": "subventions"})
    return base


def test_what_the_portal_knows_is_asked_nowhere(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent)
    base = send_to(desk, mende, grants())
    assert desk.address == f"{base}/colonnes"
    asked = ask_of(desk)
    assert "nomAttribuant" not in asked
    assert "idAttribuant" not in asked
    assert {"objet", "montant"} <= asked
    shown = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    codes = [one["code"] for one in shown["analysis"]["check"]["groups"]]
    # Its number is proposed, and a person says yes: a commune has several.
    assert "siret.absent" in codes
    desk.get(f"{base}/verifier")
    assert "Remplir la colonne" in words_of(desk)


def answer(base: str, desk: Desk) -> None:
    desk.get(f"{base}/colonnes")
    letters = {"dateConvention": "Date", "objet": "Pour quoi", "montant": "Combien"}
    letters["nomBeneficiaire"] = "Beneficiaire"
    asked = ask_of(desk)
    said = {f"column-{to}": name for to, name in letters.items() if to in asked}
    desk.post(f"{base}/colonnes", {**said, "same-conditionsVersement": "unique"})


def test_answers_are_remembered_for_the_next_file(
    mende: Town, town: Callable[[], Town], desk_of: Open
) -> None:
    desk = desk_of(mende.agent)
    base = send_to(desk, mende, grants())
    answer(base, desk)
    shown = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    mapping = shown["analysis"]["check"]["mapping"]
    assert mapping["Combien"] == "montant"
    assert mapping["Pour quoi"] == "objet"
    # The year after: the same titles, written a little otherwise.
    base = send_to(desk, mende, grants(TITLES.replace("Combien", "COMBIEN "), 2025))
    shown = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    mapping = shown["analysis"]["check"]["mapping"]
    assert {"objet", "montant"} <= set(mapping.values())
    # Another town hall's words are its own.
    other = town()
    elsewhere = desk_of(other.agent)
    base = send_to(elsewhere, other, grants())
    assert {"objet", "montant"} <= ask_of(elsewhere)


def test_what_was_read_again_is_what_is_published(mende: Town, desk_of: Open) -> None:
    """A colleague's answer about another file changes no draft."""
    desk = desk_of(mende.agent)
    base = send_to(desk, mende, grants())
    draft = base.split("/")[-1]
    before = call_as(mende.agent, "odlocale_deposit_show", id=draft)["analysis"]
    answer(send_to(desk_of(mende.agent), mende, grants(year=2023)), desk)
    call_as(mende.agent, "odlocale_deposit_answer", id=draft)
    rows = call_as(mende.agent, "odlocale_deposit_show", id=draft)["analysis"]
    assert rows["check"]["mapping"] == before["check"]["mapping"]
    deposit = Deposit.load(draft)
    assert deposit is not None
    report = analyse_deposit(deposit).report
    assert report is not None
    assert dict(report.mapping) == before["check"]["mapping"]


def test_a_slip_is_mended_and_forgotten(mende: Town, desk_of: Open) -> None:
    desk = desk_of(mende.agent)
    base = send_to(desk, mende, grants())
    desk.get(f"{base}/colonnes")
    desk.post(f"{base}/colonnes", {"column-objet": "Combien"})
    # The next file has the slip; it shows, is changed, and what is right stays.
    base = send_to(desk, mende, grants(year=2025))
    desk.get(f"{base}/verifier")
    assert f"{base}/colonnes" in desk.page
    desk.get(f"{base}/colonnes")
    assert "objet" in ask_of(desk)
    desk.post(
        f"{base}/colonnes", {"column-objet": "Pour quoi", "column-montant": "Combien"}
    )
    base = send_to(desk, mende, grants(year=2026))
    shown = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    mapping = shown["analysis"]["check"]["mapping"]
    assert (mapping["Pour quoi"], mapping["Combien"]) == ("objet", "montant")
    # One more column is asked about: what is remembered of the others stays.
    titles = TITLES.replace("Nature", "Quel genre")
    base = send_to(desk, mende, grants(titles, 2027))
    desk.get(f"{base}/colonnes")
    desk.post(f"{base}/colonnes", {"column-nature": "Quel genre"})
    shown = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    mapping = shown["analysis"]["check"]["mapping"]
    assert (mapping["Pour quoi"], mapping["Quel genre"]) == ("objet", "nature")


def test_one_value_is_given_to_every_row(mende: Town, desk_of: Open) -> None:
    titles = TITLES.replace(";Conditions versement", ";Vide")
    desk = desk_of(mende.agent)
    base = send_to(desk, mende, grants(titles))
    desk.get(f"{base}/colonnes")
    assert "conditionsVersement" in ask_of(desk)
    answer(base, desk)
    shown = call_as(mende.agent, "odlocale_deposit_show", id=base.split("/")[-1])
    missing = {
        one["column"]
        for one in shown["analysis"]["check"]["groups"]
        if one["code"] == "column.missing"
    }
    assert "conditionsVersement" not in missing
    preview = shown["analysis"]["preview"]
    at = preview["fields"].index("conditionsVersement")
    assert {row[at] for row in preview["rows"]} == {"unique"}


def test_a_value_that_no_cell_holds_fills_nothing(mende: Town) -> None:
    sent = send(mende, grants(), "subventions.csv")
    same = {"conditionsVersement": "x" * 100_000, "inconnu": "1", "objet": ""}
    done = call_as(
        mende.agent,
        "odlocale_deposit_choose",
        id=sent["id"],
        schema="subventions",
        same=same,
    )
    assert done["state"] in ("draft", "checked")
