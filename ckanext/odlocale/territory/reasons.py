"""Why a plan does what it does, and why a contour is refused, in words.

Plans and readings carry codes; the sentence is made when somebody reads it, in
his language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.territory.contours import Fault, RefusedContour

Code = Literal[
    "new",
    "restored",
    "adopted_siren",
    "adopted_insee",
    "adopted_name",
    "adopted_choice",
    "changed",
    "new_siren",
    "moved_place",
    "left_perimeter",
    "up_to_date",
    "moved",
    "merged",
    "closed",
    "contradictory",
    "homonyms",
    "name_alone",
    "several_organisations",
    "name_taken",
    "group_name_taken",
    "deleted_by_hand",
    "no_siren",
    "successor_outside",
    "successor_waits",
    "former_code",
]
CODES: tuple[Code, ...] = get_args(Code)


def N_(message: str) -> str:  # noqa: N802 (the name that Babel looks for)
    """Mark a message for extraction; it is translated when it is rendered."""
    return message


_MESSAGES: dict[Code, str] = {
    "new": N_("Not on the portal yet."),
    "restored": N_("It exists again: its organization is put back."),
    "adopted_siren": N_("This organization declares its SIREN. It is taken over."),
    "adopted_insee": N_("This organization declares its INSEE code. It is taken over."),
    "adopted_name": N_("This organization bears its name. It is taken over."),
    "adopted_choice": N_("You said that this organization is its own."),
    "changed": N_("The register differs: {fields}."),
    "new_siren": N_(
        "The same commune has a new SIREN. The register differs: {fields}."
    ),
    "moved_place": N_("Its place changes: {fields}."),
    "left_perimeter": N_("It leaves the perimeter. What changes: {fields}."),
    "up_to_date": N_("Nothing to change."),
    "moved": N_("It was handed over to another portal."),
    "merged": N_(
        "It became part of {heir} ({code}). Its data and its members go there."
    ),
    "closed": N_("It is no longer in the {vintage} register. Nobody took it in."),
    "contradictory": N_(
        "The codes of this organization contradict each other, or its name. "
        "Say whether it is: {candidates}."
    ),
    "homonyms": N_(
        "Several collectivités bear this name. Say which one it is: {candidates}."
    ),
    "name_alone": N_(
        "Only its name says whose it is. Say whether it is: {candidates}."
    ),
    "several_organisations": N_(
        "Several organizations may be the same collectivité. "
        "Say which one is: {candidates}."
    ),
    "name_taken": N_(
        "Another organization is already called {name}. Rename it, then start again."
    ),
    "group_name_taken": N_(
        "A group is already called {name}. Rename it, then start again."
    ),
    "deleted_by_hand": N_(
        "The organization {name} was deleted by hand. Restore it, then start again."
    ),
    "no_siren": N_("The register has no SIREN for it: it cannot publish."),
    "successor_outside": N_(
        "It became part of {heir} ({code}), which is outside the perimeter. "
        "Add {code} to the perimeter, then start again."
    ),
    "successor_waits": N_(
        "It became part of {heir} ({code}), which cannot be set up yet. "
        "Settle that one first."
    ),
    "former_code": N_(
        "This commune became part of {heir} ({code}). "
        "Write {code} in the perimeter instead."
    ),
}

_FIELDS: dict[str, str] = {
    "name": N_("name in addresses"),
    "title": N_("title"),
    "siren": N_("SIREN"),
    "insee": N_("INSEE code"),
    "kind": N_("kind"),
    "official_name": N_("official name"),
    "population": N_("population"),
    "epci": N_("intercommunality"),
    "departement": N_("département"),
    "region": N_("région"),
    "parent": N_("place in the hierarchy"),
    "perimeters": N_("perimeters"),
    "cog_vintage": N_("year of the register"),
    "siret": N_("SIRET"),
    "status": N_("status"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code, and what its sentence needs."""

    code: Code
    params: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()


def render_reason(reason: Reason, language: str = "fr") -> str:
    """Return the sentence of a reason.

    :param language: a language code; English where it has no translation.

    >>> render_reason(Reason("group_name_taken", {"name": "crach"}), "en")
    'A group is already called crach. Rename it, then start again.'
    """
    translate = translator(language).gettext
    names = ", ".join(translate(_FIELDS[name]) for name in reason.fields)
    return translate(_MESSAGES[reason.code]).format(**reason.params, fields=names)


def name_field(field: str, language: str = "fr") -> str:
    """Return what a field that a plan changes is called; its code where unknown.

    >>> name_field("insee", "en")
    'INSEE code'
    """
    return translator(language).gettext(_FIELDS.get(field, field))


_FAULTS: dict[Fault, str] = {
    "no_code": N_("It has neither an INSEE code nor a SIREN."),
    "wrong_code": N_("Its code is neither an INSEE code nor a SIREN."),
    "twice": N_("Another contour before it has the same code."),
    "no_geometry": N_("It has no shape."),
    "not_surface": N_("It is not a surface (Polygon or MultiPolygon)."),
    "bad_position": N_("One of its points is not made of two numbers."),
    "out_of_range": N_(
        "One of its points is not on Earth. Convert the file to WGS 84, in degrees."
    ),
    "open_ring": N_("Its outline is not closed: the last point must be the first."),
    "short_ring": N_("One of its outlines surrounds nothing."),
    "too_complex": N_("Its shape is too complex to be made lighter."),
}


def describe_refusal(refused: RefusedContour, language: str = "fr") -> dict[str, Any]:
    """Return a refused contour as the API gives it, with its sentence."""
    return {
        "rank": refused.rank,
        "code": refused.code,
        "fault": refused.fault,
        "message": translator(language).gettext(_FAULTS[refused.fault]),
    }
