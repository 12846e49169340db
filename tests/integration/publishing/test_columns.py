"""Columns that a town hall's own file has under other titles, or has not."""

from __future__ import annotations

import re
from collections.abc import Callable

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
