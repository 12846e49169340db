"""A dataset as a row of the national model «catalogue» (``scdl/catalogue``).

Every column of that model is required. What the portal does not know stays empty
nevertheless: a SIRET is never deduced, a period never guessed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Final

from ckanext.odlocale.datagouv.cleaning import clean_line
from ckanext.odlocale.datagouv.description import Description
from ckanext.odlocale.datagouv.quality import short_format
from ckanext.odlocale.datagouv.vocabularies import (
    DATA_THEME,
    FREQUENCY,
    LICENCES,
    THEMES,
)

FIELDS: Final = (
    "COLL_NOM",
    "COLL_SIRET",
    "ID",
    "TITRE",
    "DESCRIPTION",
    "THEME",
    "PRODUCTEUR_NOM",
    "PRODUCTEUR_SIRET",
    "COUV_SPAT_MAILLE",
    "COUV_SPAT_NOM",
    "COUV_TEMP_DEBUT",
    "COUV_TEMP_FIN",
    "DATE_PUBL",
    "FREQ_MAJ",
    "DATE_MAJ",
    "MOTS_CLES",
    "LICENCE",
    "NOMBRE_RESSOURCES",
    "FORMAT_RESSOURCES",
    "URL",
)
UNTOLD: Final = "Non précisé"
SIRET_LENGTH: Final = 14

_SCALES: Final[Mapping[str, str]] = {
    "commune": "Communale",
    "epci": "Intercommunale",
    "departement": "Départementale",
    "region": "Régionale",
}
_DAILY = "Quotidienne ou plusieurs fois par jour"
_WEEKLY = "Hebdomadaire ou plusieurs fois par semaine"
_MONTHLY = "Mensuelle ou plusieurs fois par mois"
#: The model's words for European frequencies; those without one are irregular.
_FREQUENCIES: Final[Mapping[str, str]] = {
    "": "Inconnue",
    "UNKNOWN": "Inconnue",
    "AS_NEEDED": "Ponctuelle",
    "NEVER": "Ponctuelle",
    "NOT_PLANNED": "Ponctuelle",
    **dict.fromkeys(
        ("UPDATE_CONT", "1MIN", "5MIN", "10MIN", "15MIN", "30MIN"), "Continuelle"
    ),
    "HOURLY": "Toutes les heures",
    **dict.fromkeys(("BIHOURLY", "TRIHOURLY", "12HRS", "CONT"), _DAILY),
    **dict.fromkeys(("DAILY", "DAILY_2", "DAILY_3"), _DAILY),
    **dict.fromkeys(("WEEKLY", "WEEKLY_2", "WEEKLY_3", "WEEKLY_5"), _WEEKLY),
    **dict.fromkeys(("BIWEEKLY", "MONTHLY", "MONTHLY_2", "MONTHLY_3"), _MONTHLY),
    "BIMONTHLY": "Bimestrielle",
    "QUARTERLY": "Trimestrielle",
    "ANNUAL_2": "Semestrielle",
    "ANNUAL": "Annuelle",
    "BIENNIAL": "Biennale",
    "TRIENNIAL": "Triennale",
    "QUINQUENNIAL": "Quinquennale",
}


def write_header() -> str:
    """Return the first line of the file."""
    return _write(FIELDS)


def write_row(description: Description) -> str:
    """Return the line of a dataset; nothing for one without a file, or an owner.

    The model wants one file at least.
    """
    owner = description.publisher
    files = description.distributions
    if owner is None or not files:
        return ""
    identifier = owner.identifier or ""
    siret = identifier if len(identifier) == SIRET_LENGTH else ""
    start, end = description.period or (None, None)
    themes = [THEMES[one.removeprefix(DATA_THEME)] for one in description.themes]
    formats = dict.fromkeys(filter(None, (short_format(file.format) for file in files)))
    return _write(
        (
            owner.name,
            siret,
            description.identifier,
            description.title,
            clean_line(description.text, longest=5000) or description.title,
            themes[0] if themes else UNTOLD,
            owner.name,
            siret,
            _SCALES.get(owner.kind or "", "Autre"),
            owner.name,
            start.isoformat() if start else "",
            end.isoformat() if end else "",
            description.issued.date().isoformat() if description.issued else "",
            name_frequency(description.frequency),
            description.modified.date().isoformat() if description.modified else "",
            ";".join(one.replace(";", ",") for one in description.keywords)
            or ";".join(themes)
            or UNTOLD,
            name_licence(description.licence),
            str(len(files)),
            ";".join(formats) or UNTOLD,
            description.landing_page or description.uri,
        )
    )


def name_frequency(frequency: str | None) -> str:
    """Return the model's word for a frequency.

    >>> name_frequency(FREQUENCY + "ANNUAL"), name_frequency(None)
    ('Annuelle', 'Inconnue')
    """
    code = (frequency or "").removeprefix(FREQUENCY)
    return _FREQUENCIES.get(code, "Irrégulière")


def name_licence(address: str | None) -> str:
    """Return the model's word for a licence.

    >>> name_licence(LICENCES["lov2"]), name_licence(None)
    ('Licence Ouverte-LO', 'Spécifique ou autre')
    """
    if address in (LICENCES["lov2"], LICENCES["fr-lo"]):
        return "Licence Ouverte-LO"
    if address == LICENCES["odc-odbl"]:
        return "Open Database License-ODBL"
    if address in (LICENCES["cc-by"], LICENCES["cc-by-sa"], LICENCES["cc-zero"]):
        return "Creative Commons-CC"
    return "Spécifique ou autre"


def _write(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(map(_disarm, cells))
    return text.getvalue()


def _disarm(cell: str) -> str:
    # A spreadsheet would run what begins as a formula does.
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
