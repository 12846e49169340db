"""What the page of a model shows: its columns in plain words, and who must publish.

Pure: :mod:`.views` draws it. Texts of an added model are anybody's: they are data here,
escaped where they are drawn.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from ..base.french import french_spaces
from ..base.language import translator
from .obligation_facts import Facts
from .obligation_texts import LegalText
from .obligation_words import FREQUENCIES, describe
from .obligations import DUTIES, obligation
from .sentences import N_
from .table_schema import Field, TableSchema

#: Models that no text names follow the rule of all finished documents.
GENERAL_DUTY = "equipements"

_FORMATS = {
    "uri": N_("Web address"),
    "email": N_("E-mail address"),
    "uuid": N_("Universal identifier"),
}
_TYPES = {
    "string": N_("Text"),
    "integer": N_("Whole number"),
    "number": N_("Number, with a dot for decimals"),
    "boolean": N_("Yes or no"),
    "date": N_("Date, such as 2024-04-03"),
    "datetime": N_("Date and time, such as 2024-04-03T14:30:00"),
    "time": N_("Time, such as 14:30:00"),
    "year": N_("Year, four digits"),
    "yearmonth": N_("Month, such as 2024-04"),
    "duration": N_("Duration, such as PT1H30M"),
    "array": N_("List in brackets"),
    "object": N_("JSON object"),
    "geopoint": N_("Position: longitude, then latitude"),
    "geojson": N_("GeoJSON shape"),
}
_LISTED = N_("One value of the list")

#: Who an agent may compare herself with.
_PROFILES = (
    (N_("Commune of 900 inhabitants, 3 agents"), Facts("commune", 900, True, fte=3)),
    (
        N_("Commune of 5,000 inhabitants, 60 agents"),
        Facts("commune", 5_000, True, fte=60),
    ),
    (
        N_("Town of 45,000 inhabitants, 900 agents"),
        Facts("commune", 45_000, True, fte=900),
    ),
    (
        N_("Intercommunality of 60 agents"),
        Facts("epci", 20_000, True, fte=60, largest_member=5_000),
    ),
)
_VERDICTS = {
    "applies": N_("Compulsory"),
    "presumed_yes": N_("Probably compulsory"),
    "presumed_no": N_("Probably not compulsory"),
    "not": N_("Not compulsory"),
}


@dataclass(frozen=True)
class Column:
    """One column in plain words.

    :ivar name: the title it has in the file
    :ivar kind: what is written in it, in words
    :ivar limits: other rules, one sentence each
    :ivar caution: why it may say something of somebody, or nothing
    """

    name: str
    title: str
    description: str
    kind: str
    required: bool
    example: str
    values: tuple[str, ...]
    limits: tuple[str, ...]
    caution: str


@dataclass(frozen=True)
class Bound:
    """What the law asks of a kind of collectivité."""

    who: str
    verdict: str
    binds: bool
    reason: str


@dataclass(frozen=True)
class Duty:
    """Who must publish, how often, and where it is written."""

    named: bool
    when: str
    bounds: tuple[Bound, ...]
    texts: tuple[LegalText, ...]


def describe_columns(schema: TableSchema, lang: str = "fr") -> tuple[Column, ...]:
    """Return the columns of a model in plain words, in its order."""
    return tuple(_describe(field, lang) for field in schema.fields)


def _describe(field: Field, lang: str) -> Column:
    speak = translator(lang).gettext
    kind = _FORMATS.get(field.format) or _TYPES.get(field.type, _TYPES["string"])
    values = field.enum or field.item_enum
    return Column(
        name=field.name,
        title=french_spaces(field.title or field.name),
        description=french_spaces(field.description),
        kind=speak(_LISTED if field.enum else kind),
        required=field.required,
        example=field.example,
        values=values,
        limits=tuple(_limit(field, lang)),
        caution=(
            french_spaces(field.personal.reason)
            if field.personal.risk != "none"
            else ""
        ),
    )


def _limit(field: Field, lang: str) -> Sequence[str]:
    speak = translator(lang).gettext
    told = [
        (field.minimum, N_("At least {value}.")),
        (field.maximum, N_("At most {value}.")),
        (field.min_length, N_("At least {value} signs.")),
        (field.max_length, N_("At most {value} signs.")),
    ]
    limits = [
        speak(sentence).format(value=value)
        for value, sentence in told
        if value is not None
    ]
    if field.unique:
        limits.append(speak(N_("Each row has its own.")))
    if field.item_enum:
        limits.append(
            speak(N_("Several values are separated by “{sign}”.")).format(
                sign=field.separator
            )
        )
    return limits


def tell_duty(schema: TableSchema, on: datetime.date, lang: str = "fr") -> Duty:
    """Return who must publish these data on a day.

    :param on: rules not yet in force then bind nobody
    """
    speak = translator(lang).gettext
    named = schema.slug in DUTIES
    duty = schema.slug if named else GENERAL_DUTY
    bounds = []
    for who, facts in _PROFILES:
        found = obligation(duty, facts, on)
        bounds.append(
            Bound(
                who=speak(who),
                verdict=speak(_VERDICTS[found.verdict]),
                binds=found.binds,
                reason=describe(found, lang).reason,
            )
        )
    rule = DUTIES[duty]
    return Duty(named, speak(FREQUENCIES[rule.frequency]), tuple(bounds), (rule.text,))
