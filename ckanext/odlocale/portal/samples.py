"""Invented data for the demonstration: the shape of real files, nobody's facts.

Deterministic: one SIREN always gives the same file.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable

#: Nature, label, section, direction of some usual budget lines.
BUDGET_LINES = (
    ("60612", "Énergie et électricité", "fonctionnement", "dépense"),
    ("6232", "Fêtes et cérémonies", "fonctionnement", "dépense"),
    ("6411", "Personnel titulaire", "fonctionnement", "dépense"),
    ("7067", "Redevances périscolaires", "fonctionnement", "recette"),
    ("73111", "Impôts directs locaux", "fonctionnement", "recette"),
    ("2131", "Bâtiments publics", "investissement", "dépense"),
    ("2152", "Installations de voirie", "investissement", "dépense"),
    ("1323", "Subvention du département", "investissement", "recette"),
)
#: Code and name of the national classification of acts, and what is decided.
DECISIONS = (
    (
        "7.1",
        "Finances locales/Decisions budgetaires",
        "Adoption du budget de l’exercice",
    ),
    ("7.5", "Finances locales/Subventions", "Subventions aux associations"),
    ("3.1", "Domaine et patrimoine/Acquisitions", "Acquisition d’un terrain"),
    ("8.3", "Domaines de competences par themes/Voirie", "Programme de voirie"),
    (
        "5.2",
        "Institutions et vie politique/Fonctionnement des assemblees",
        "Règlement intérieur du conseil",
    ),
)


def budget_csv(name: str, siret: str, year: int) -> bytes:
    """A small budget, with the capital letter that real files have.

    :param name: name of the collectivité
    :param siret: its 14 digits
    :param year: year of the budget
    """
    draw = random.Random(f"{siret}-{year}")  # noqa: S311 - invented figures
    header = (
        "BGT_NATDEC BGT_ANNEE BGT_SIRET BGT_NOM BGT_CONTNAT BGT_CONTNAT_LABEL "
        "BGT_NATURE BGT_NATURE_LABEL BGT_FONCTION BGT_FONCTION_LABEL BGT_OPERATION "
        "BGT_SECTION BGT_OPBUDG BGT_CODRD BGT_MTREAL BGT_MTBUDGPREC BGT_MTRARPREC "
        "BGT_MTPROPNOUV BGT_MTPREV BGT_CREDOUV BGT_MTRAR3112 BGT_ARTSPE"
    ).split()
    rows = []
    for nature, label, section, direction in BUDGET_LINES:
        amount = f"{draw.randrange(1_000, 400_000)}.00"
        rows.append(
            [
                *("Budget primitif", year, siret, name, nature[:2], label),
                *(nature, label, "", "", "", section, "réel", direction),
                *("", amount, "", amount, amount, amount, "", "non spécialisé"),
            ]
        )
    return write_csv(header, rows)


def deliberations_csv(name: str, siret: str, year: int) -> bytes:
    """The decisions of a year.

    :param name: name of the collectivité
    :param siret: its 14 digits
    :param year: year of the meetings
    """
    draw = random.Random(f"{siret}-{year}-d")  # noqa: S311 - invented figures
    header = (
        "COLL_NOM COLL_SIRET DELIB_ID DELIB_DATE DELIB_MATIERE_CODE "
        "DELIB_MATIERE_NOM DELIB_OBJET BUDGET_ANNEE BUDGET_NOM PREF_ID PREF_DATE "
        "VOTE_EFFECTIF VOTE_REEL VOTE_POUR VOTE_CONTRE VOTE_ABSTENTION DELIB_URL"
    ).split()
    rows = []
    for number, (code, subject, decided) in enumerate(DECISIONS, start=1):
        against = draw.randrange(0, 3)
        rows.append(
            [
                *(name, siret, f"{year}-{number:02}", f"{year}-{number * 2:02}-14"),
                *(code, subject, decided, "", "", "", f"{year}-{number * 2:02}-18"),
                *(15, 13, 13 - against, against, 0, ""),
            ]
        )
    return write_csv(header, rows)


def write_csv(header: list[str], rows: Iterable[list[object]]) -> bytes:
    """The text of a CSV file, in UTF-8."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8")
