"""What is wrong in a perimeter or in a list of collectivités, in words.

Definitions and lists carry codes; sentences are made when somebody reads them, in
his language. Each says what and where; the remedy beside it says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.scdl.messages import render_unreadable
from ckanext.odlocale.scdl.unreadable import Unreadable
from ckanext.odlocale.territory.definition import Fault, FaultCode
from ckanext.odlocale.territory.list_codes import Refusal, Remark, RemarkCode
from ckanext.odlocale.territory.lists import (
    MAX_ROWS,
    ListRead,
    NoCodeColumn,
    TooManyRows,
)
from ckanext.odlocale.territory.perimeters import PartlyCovered, PerimeterError
from ckanext.odlocale.territory.reasons import N_
from ckanext.odlocale.territory.refresh import Cause, CauseCode
from ckanext.odlocale.territory.register import Resolved, UnknownVintage

# Each: what, then what to do.
_FAULTS: dict[FaultCode, tuple[str, str]] = {
    "not_definition": (
        N_("The perimeter is not an object."),
        N_("Give an object with include, exclude and others."),
    ),
    "unknown_field": (
        N_("A perimeter has no field called {field}."),
        N_("Keep include, exclude and others only."),
    ),
    "not_list": (
        N_("{field} is not a list."),
        N_("Give a list, even for one element."),
    ),
    "not_part": (
        N_("{field} is not an object."),
        N_("Give its kind and its code."),
    ),
    "unknown_kind": (
        N_("“{kind}” is not a kind of territory."),
        N_("Use region, departement, epci, commune or siren."),
    ),
    "wrong_code": (
        N_("“{code}” is not the code of {kind_name}."),
        N_("Check the code: a SIREN has 9 figures, an INSEE code 5."),
    ),
    "wrong_check_digit": (
        N_("The SIREN {code} is not right: its check digit does not match."),
        N_("Check each figure, or look the SIREN up by name."),
    ),
    "unknown_code": (
        N_("The {vintage} register does not have {kind_name} “{code}”."),
        N_("Check the code, or remove it from the perimeter."),
    ),
    "not_other": (
        N_("{field} is not a syndicat."),
        N_("Give its SIREN, its name, and the kind syndicat."),
    ),
    "no_name": (
        N_("{field} is empty."),
        N_("Give the name of the syndicat: the register does not have it."),
    ),
    "long_name": (
        N_("{field} is too long."),
        N_("Give a name of 200 characters at most."),
    ),
    "in_register": (
        N_("The SIREN {code} is already in the register."),
        N_("Put it among the collectivités included, not among the syndicats."),
    ),
    "twice": (
        N_("The SIREN {code} is given twice."),
        N_("Keep one of the two."),
    ),
    "too_many": (
        N_("{field} has more than {limit} elements."),
        N_("Include whole régions or départements instead."),
    ),
    "empty": (
        N_("This perimeter covers no collectivité."),
        N_("Include at least one that is not excluded."),
    ),
}

_KINDS: Mapping[str, str] = {
    "region": N_("a région"),
    "departement": N_("a département"),
    "epci": N_("an intercommunality"),
    "commune": N_("a commune"),
    "siren": N_("a collectivité"),
}

_REFUSALS: dict[Refusal, tuple[str, str]] = {
    "no_code": (
        N_("This row has no code."),
        N_("Add its INSEE code or its SIREN."),
    ),
    "not_code": (
        N_("“{value}” is neither an INSEE code, nor a SIREN, nor a SIRET."),
        N_("Give 5 characters for an INSEE code, 9 figures for a SIREN."),
    ),
    "rounded": (
        N_("The spreadsheet has rounded this number: “{value}”."),
        N_("Format the column as text, then type the number again."),
    ),
    "postal_code": (
        N_("“{value}” is a postal code, that of: {communes}."),
        N_("Give the INSEE code instead."),
    ),
    "wrong_siren": (
        N_("The SIREN “{value}” is not right: its check digit does not match."),
        N_("Check each figure."),
    ),
    "wrong_siret": (
        N_("The SIRET “{value}” is not right: its check digit does not match."),
        N_("Check each figure."),
    ),
    "unknown_insee": (
        N_("No commune has the INSEE code “{value}” in the {vintage} register."),
        N_("Check the code."),
    ),
    "unknown_siren": (
        N_("The register has no collectivité with the SIREN “{value}”."),
        N_("Check it. For a syndicat, add its name beside its SIREN."),
    ),
    "codes_differ": (
        N_("The codes of this row are those of different collectivités: {names}."),
        N_("Keep the right one."),
    ),
}

_REMARKS: dict[RemarkCode, str] = {
    "zero_restored": N_("Read as {code}: the spreadsheet had removed its first zero."),
    "siret": N_("Only the SIREN {siren} of this SIRET is kept."),
    "merged": N_("The commune {code} is now part of {name} ({insee})."),
    "deleguee": N_("{former} is a commune déléguée: {name} ({insee}) is kept."),
    "associee": N_("{former} is a commune associée: {name} ({insee}) is kept."),
    "arrondissement": N_("{former} is an arrondissement: {name} ({insee}) is kept."),
    "no_siren": N_("{name} has no SIREN in the register: it cannot publish."),
    "other_siren": N_(
        "The register does not have the SIREN {siren}: the other code was used."
    ),
    "other_name": N_("The file says “{written}”, the register says “{name}”."),
    "twice": N_("{name} is already in row {first}: it counts once."),
    "not_in_register": N_(
        "{name} ({siren}) is not in the register: kept as a syndicat."
    ),
}


_CAUSES: dict[CauseCode, str] = {
    "no_answer": N_(
        "API Géo did not answer as it should: the shipped register is used."
    ),
    "incomplete": N_(
        "API Géo gave only a part of the communes: the shipped register is used."
    ),
    "inconsistent": N_(
        "API Géo gave an answer that makes no sense: the shipped register is used."
    ),
}


def describe_fault(fault: Fault, language: str = "fr") -> dict[str, str]:
    """Return what is wrong in a definition as the API gives it.

    :param language: a language code; English where it has no translation.

    >>> fault = Fault("include.0.code", "wrong_check_digit", {"code": "215600462"})
    >>> describe_fault(fault, "en")["message"]
    'The SIREN 215600462 is not right: its check digit does not match.'
    """
    translate = translator(language).gettext
    message, remedy = (translate(text) for text in _FAULTS[fault.code])
    kind = fault.params.get("kind", "")
    kind_name = translate(_KINDS[kind]) if kind in _KINDS else kind
    facts = {**fault.params, "field": fault.field, "kind_name": kind_name}
    return {
        "field": fault.field,
        "code": fault.code,
        "message": message.format(**facts),
        "remedy": remedy.format(**facts),
    }


def describe_faults(
    error: PerimeterError, language: str = "fr"
) -> list[dict[str, str]]:
    """Return all that is wrong in a perimeter as the API gives it."""
    return [describe_fault(fault, language) for fault in error.faults]


def describe_list(found: ListRead, language: str = "fr") -> dict[str, Any]:
    """Return a list that was read as the API gives it.

    :returns: ``parts`` and ``others``, as a definition has them; ``rows`` (``row``,
        ``value``, ``name``, ``remarks``); ``refused`` (``row``, ``value``, ``code``,
        ``message``, ``remedy``).
    """
    translate = translator(language).gettext
    refused = []
    for one in found.refused:
        facts = {**one.params, "value": one.value}
        message, remedy = (translate(text) for text in _REFUSALS[one.reason])
        refused.append(
            {
                "row": one.row,
                "value": one.value,
                "code": one.reason,
                "message": message.format(**facts),
                "remedy": remedy.format(**facts),
            }
        )
    return {
        "parts": [part.to_dict() for part in found.parts],
        "others": [other.to_dict() for other in found.others],
        "rows": [
            {
                "row": one.row,
                "value": one.value,
                "name": one.name,
                "remarks": [_describe_remark(it, language) for it in one.remarks],
            }
            for one in found.rows
        ],
        "refused": refused,
    }


def describe_unusable(
    error: Unreadable | NoCodeColumn | TooManyRows, language: str = "fr"
) -> dict[str, str]:
    """Return why a file is no list of collectivités, and what to do."""
    translate = translator(language).gettext
    if isinstance(error, Unreadable):
        message = render_unreadable(error, language)
        return {"message": message.sentence, "remedy": message.remedy}
    if isinstance(error, TooManyRows):
        said = translate(
            N_("This list has {count} rows, more than there are communes.")
        )
        remedy = translate(N_("Send {limit} rows at most."))
        facts = {"count": error.count, "limit": MAX_ROWS}
        return {"message": said.format(**facts), "remedy": remedy.format(**facts)}
    said = translate(N_("No column holds codes. Columns of the file: {headers}."))
    remedy = N_("Add a column called INSEE or SIREN, with one code a row.")
    headers = ", ".join(error.headers[:10])
    return {"message": said.format(headers=headers), "remedy": translate(remedy)}


def describe_partly(partly: PartlyCovered, language: str = "fr") -> str:
    """Return the sentence of an intercommunalité that is covered in part.

    :param language: a language code.
    """
    count = len(partly.missing)
    message = translator(language).ngettext(
        "{name}: {count} of its communes is outside the perimeter.",
        "{name}: {count} of its communes are outside the perimeter.",
        count,
    )
    return message.format(name=partly.epci.title, count=count)


def describe_gone(gone: Resolved, language: str = "fr") -> str:
    """Return the sentence of a code that leads to another commune today.

    :raises ValueError: it is the commune's own.
    """
    if gone.former is None:
        raise ValueError("a current code")
    translate = translator(language).gettext
    message = translate(
        N_(
            "{code} is no longer a commune of its own. It is part of {name} ({insee}), "
            "which this perimeter does not name."
        )
    )
    heir = gone.collectivity
    return message.format(code=gone.former.code, name=heir.name, insee=heir.insee)


def describe_vintage(error: UnknownVintage, language: str = "fr") -> dict[str, str]:
    """Return that the register of a year is missing, and how to get it."""
    translate = translator(language).gettext
    said = translate(N_("The portal does not have the register of {vintage}."))
    remedy = translate(
        N_(
            "Make it: “make register VINTAGE={vintage} OUTPUT=folder”. "
            "Then give that folder to ckanext.odlocale.register_path."
        )
    )
    facts = {"vintage": error.vintage}
    return {"message": said.format(**facts), "remedy": remedy.format(**facts)}


def describe_cause(cause: Cause, language: str = "fr") -> dict[str, str]:
    """Return why API Géo was not believed.

    :returns: ``code``, ``message``, and ``detail`` in English, for an operator.
    """
    message = translator(language).gettext(_CAUSES[cause.code])
    return {"code": cause.code, "message": message, "detail": str(cause)}


def _describe_remark(remark: Remark, language: str) -> dict[str, str]:
    message = translator(language).gettext(_REMARKS[remark.code])
    facts: Mapping[str, str] = remark.params
    if not facts.get("former") and "code" in facts:
        facts = {**facts, "former": facts["code"]}
    return {"code": remark.code, "message": message.format(**facts)}
