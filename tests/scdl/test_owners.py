"""Whose rows are whose, before and after a merger."""

from __future__ import annotations

import pytest

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.owners import Owner, find_file_owner
from ckanext.odlocale.scdl.reading import read

# Sauzé-entre-Bois, which bore another SIREN as Sauzé-Vaussais; Pers and Caunay, which
# it took in; Chef-Boutonne, a neighbour.
HEIR, BEFORE = "934324591", "217903079"
PERS, CAUNAY, NEIGHBOUR = "217902055", "217900604", "217900836"
SAUZE = Owner(
    HEIR,
    "79307",
    old_sirens=(BEFORE,),
    old_insees=("79999",),
    formers=(Owner(PERS, "79205"), Owner(CAUNAY, "79060")),
)
ALONE = Owner(HEIR, "79307")


def grants(*sirens: str) -> bytes:
    lines = [
        f"Mairie,{siren}00010,2024-01-02,ref,Club,{siren}00010,,100,nature,unique,,,"
        for siren in sirens
    ]
    head = (
        "nomAttribuant,idAttribuant,dateConvention,referenceDecision,nomBeneficiaire,"
        "idBeneficiaire,objet,montant,nature,conditionsVersement,datesPeriodeVersement,"
        "idRAE,notificationUE,pourcentageSubvention"
    )
    return "\n".join([head, *lines, ""]).encode()


CASES = {
    "its own": (SAUZE, [HEIR], [], HEIR),
    "its number of before": (SAUZE, [BEFORE], [], HEIR),
    "both its numbers": (SAUZE, [HEIR, BEFORE], [], HEIR),
    "a commune that it took in": (SAUZE, [PERS, PERS], [], PERS),
    "two of them": (SAUZE, [PERS, CAUNAY], [], HEIR),
    "itself and one of them": (SAUZE, [HEIR, PERS], [], HEIR),
    "a neighbour": (SAUZE, [NEIGHBOUR], ["siret.foreign"], None),
    "one of them and a neighbour": (SAUZE, [PERS, NEIGHBOUR], ["siret.foreign"], HEIR),
    "a commune that it did not take in": (ALONE, [PERS], ["siret.foreign"], None),
    "a number of nobody": (SAUZE, ["123"], [], None),
}


@pytest.mark.parametrize(
    ("owner", "sirens", "codes", "whose"), CASES.values(), ids=CASES
)
def test_a_heir_answers_for_whom_it_took_in_and_for_nobody_else(
    owner: Owner, sirens: list[str], codes: list[str], whose: str | None
) -> None:
    table = read(grants(*sirens), "subventions.csv")
    schema = load_catalogue().get("subventions")
    report = check(table, schema, owner=owner)
    assert [one.code for one in report.groups if "foreign" in one.code] == codes
    assert find_file_owner(table, schema, report.mapping, owner) == whose
