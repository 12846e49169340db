"""What to do for each criterion of data.gouv.fr's quality score, for an agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ckanext.odlocale.datagouv.quality import Criterion

#: How far a collectivité is on data.gouv.fr; ``unknown`` where nobody looked yet. In
#: any other state, its data are not read there yet.
READ, PENDING, UNKNOWN = "live", "pending", "unknown"


def name_criteria(gettext: Callable[[str], str]) -> Mapping[Criterion, str]:
    """Name each criterion."""
    return {
        "licence": gettext("Licence"),
        "period": gettext("Dates covered"),
        "territory": gettext("Territory"),
        "frequency": gettext("Update frequency"),
        "in_time": gettext("Up to date"),
        "description": gettext("Description"),
        "open_format": gettext("Format that everybody can read"),
        "available": gettext("File that opens"),
        "described": gettext("Description of the file"),
    }


def advise(
    gettext: Callable[[str], str], publisher: str, atd: str
) -> Mapping[Criterion, str]:
    """Say what to do where a criterion is not met.

    :param publisher: the collectivité.
    :param atd: who can help.
    """
    return {
        "licence": gettext("Choose the Licence Ouverte: data.gouv.fr recognises it."),
        "period": gettext("Write the first and the last day that these data cover."),
        "territory": gettext(
            "The outline of {name} is missing. {atd} can add it."
        ).format(name=publisher, atd=atd),
        "frequency": gettext("Choose how often these data are updated."),
        "in_time": gettext("An update was expected. Deposit the latest data."),
        "description": gettext("Write a description of more than 100 characters."),
        "open_format": gettext(
            "Add a CSV file. A PDF or an Excel file does not count as open."
        ),
        "available": gettext("Add a file, with an address that everybody can open."),
        "described": gettext("Say in one sentence what the file holds."),
    }


def tell_reading(
    state: str, gettext: Callable[[str], str], publisher: str, atd: str
) -> str:
    """Say when data.gouv.fr will read the data.

    :param state: as ``odlocale_datagouv`` keeps it, or ``unknown``; ``elsewhere`` for
        data that the collectivité publishes in another place, ``datagouv`` for those
        that are sent to data.gouv.fr, ``hidden`` for those that nobody may read.
    """
    sentences = {
        READ: gettext("Reading planned for tonight."),
        UNKNOWN: gettext("data.gouv.fr will read it at its next visit."),
        "datagouv": gettext(
            "These data are sent to data.gouv.fr as they are published."
        ),
        "elsewhere": gettext(
            "{name} publishes these data elsewhere: data.gouv.fr reads them there."
        ),
        "hidden": gettext("These data are not public: data.gouv.fr does not see them."),
        PENDING: gettext(
            "data.gouv.fr must first validate {name}. {atd} is taking care of it."
        ),
    }
    later = gettext(
        "data.gouv.fr does not read {name} yet. {atd} is taking care of it."
    )
    return sentences.get(state, later).format(name=publisher, atd=atd)
