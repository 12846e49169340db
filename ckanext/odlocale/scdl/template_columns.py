"""What a column of a template asks of a spreadsheet: format, list, bounds, help."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Literal

from ..base.language import translator
from .rules import SIRET_PATTERN
from .sentences import N_
from .table_schema import Field, TableSchema

Kind = Literal["text", "date", "integer", "number"]

#: What a spreadsheet shows of a help message and of its title, in UTF-16 units.
MAX_MESSAGE = 255
MAX_TITLE = 32

#: Longest text a cell holds, in characters.
MAX_CELL = 32_767

#: Number of digits a spreadsheet keeps of a number.
MAX_DIGITS = 15

_ISO = ("default", "any", "%Y-%m-%d")
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_COMPULSORY = N_("Compulsory.")
_EXAMPLE = N_("Example: {value}")

#: By kind of rule, what is told when a cell is refused; filled by the rule's bounds.
ALERTS = {
    "list": N_("This value is not in the list. Choose one of the list."),
    "date": N_("This is not a date of these data. Type it like 28/03/2024."),
    "integer": N_("A whole number is expected here."),
    "number": N_("A number is expected here. If you typed a dot, try a comma instead."),
    "length": N_("This text does not have the length expected."),
}


@dataclass(frozen=True)
class Bounds:
    """What is accepted in a column, as a spreadsheet can say it.

    :ivar rule: integer, decimal, date or length
    """

    rule: str
    least: float | datetime.date
    most: float | datetime.date


@dataclass(frozen=True)
class Column:
    """One column of a template.

    :ivar kind: how its cells are kept; only what is surely a number or a date is not
        text, since a spreadsheet changes what it takes for one (zeros, dots, dates)
    :ivar choices: values of its drop-down list; none means any
    """

    name: str
    kind: Kind
    required: bool
    choices: tuple[str, ...]
    bounds: Bounds | None
    title: str
    message: str


def describe_column(schema: TableSchema, field: Field, lang: str = "fr") -> Column:
    """Return what a spreadsheet is told of a field."""
    kind = choose_kind(schema, field)
    return Column(
        name=field.name,
        kind=kind,
        required=field.required,
        choices=_choices(field),
        bounds=_bounds(schema, field, kind),
        title=shorten(field.title or field.name, MAX_TITLE),
        message=_write_message(field, kind, lang),
    )


def choose_kind(schema: TableSchema, field: Field) -> Kind:
    """Return how the cells of a column are kept.

    A date is one only where the schema writes it as ISO 8601, which is how a date of a
    spreadsheet is read; a time or a moment, with its offset, is always text.
    """
    if field.type == "date" and field.format in _ISO and not field.enum:
        return "date"
    if field.type in ("integer", "year", "number"):
        long = re.search(rf"[0-9]{{{MAX_DIGITS + 1}}}", field.example)
        if long or (field.pattern is not None and field.type != "year"):
            return "text"
        if any(not _is_number(one) for one in field.enum):
            return "text"
        return "number" if field.type == "number" else "integer"
    return "text"


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < 1e15
    except ValueError:
        return False


def _choices(field: Field) -> tuple[str, ...]:
    if field.enum:
        return tuple(one for one in field.enum if one)
    if field.type == "boolean":
        words = (*field.true_values[:1], *field.false_values[:1])
        return tuple(one for one in words if one)
    return ()


def _bounds(schema: TableSchema, field: Field, kind: Kind) -> Bounds | None:
    if kind == "date":
        first = _read_date(field.minimum) or datetime.date(1900, 1, 1)
        last = _read_date(field.maximum) or datetime.date(9999, 12, 31)
        return Bounds("date", max(first, datetime.date(1900, 1, 1)), last)
    if kind in ("integer", "number"):
        rule = "integer" if kind == "integer" else "decimal"
        low, high = (1000.0, 9999.0) if field.type == "year" else (-1e15, 1e15)
        least = _read_number(field.minimum, low)
        most = _read_number(field.maximum, high)
        return Bounds(rule, least, most)
    if is_siret_field(schema, field):
        return Bounds("length", 14, 14)
    if field.type != "string" or (
        field.min_length is None and field.max_length is None
    ):
        return None
    shortest = min(max(field.min_length or 0, 0), MAX_CELL)
    longest = min(MAX_CELL if field.max_length is None else field.max_length, MAX_CELL)
    return Bounds("length", shortest, longest) if longest >= shortest else None


def is_siret_field(schema: TableSchema, field: Field) -> bool:
    """Tell whether a column holds SIRET numbers, by its pattern or its check."""
    return field.pattern == SIRET_PATTERN or any(
        one.name == "siret" and field.name in one.columns[:1] for one in schema.checks
    )


def _read_date(text: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text or "")
    except ValueError:
        return None


def _read_number(text: str | None, default: float) -> float:
    if text is None or not _is_number(text):
        return default
    number = float(text)
    return int(number) if number.is_integer() else number


def show_example(field: Field, kind: Kind, lang: str) -> str:
    """Return the schema's example as somebody types it in a spreadsheet.

    A French spreadsheet takes « 47.6157 » for a text, and « 1.5 » for a day of May.
    """
    example = clean(field.example)
    if lang != "fr":
        return example
    if kind == "number" and _is_number(example):
        return example.replace(".", ",")
    day = _read_date(example) if kind == "date" else None
    return example if day is None else day.strftime("%d/%m/%Y")


def _write_message(field: Field, kind: Kind, lang: str) -> str:
    """Return the help of a column: compulsory or not, what to write, an example."""
    speak = translator(lang).gettext
    example = show_example(field, kind, lang)
    after = speak(_EXAMPLE).format(value=example) if example else ""
    before = speak(_COMPULSORY) + " " if field.required else ""
    room = MAX_MESSAGE - count_units(before)
    if after and count_units(after) + 1 <= room // 2:
        room -= count_units(after) + 1
    else:
        after = ""
    what = shorten(field.description or field.title or field.name, room)
    return before + what + (f"\n{after}" if after else "")


def clean(text: str) -> str:
    """Return a text without the signs that no spreadsheet holds.

    >>> clean("a\\x00b\\tc")
    'ab\\tc'
    """
    return _UNSHOWN.sub("", text.replace("\r\n", "\n")).strip()


def count_units(text: str) -> int:
    """Return the length of a text as Excel counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def shorten(text: str, most: int) -> str:
    """Return a text cut between two words where it is longer than shown.

    :param most: UTF-16 units it may have, at least one

    >>> shorten("Nom de la collectivité qui attribue", 24)
    'Nom de la collectivité…'
    """
    text = clean(text)
    if count_units(text) <= most:
        return text
    cut = text[: most - 1]
    while count_units(cut) > most - 1:
        cut = cut[:-1]
    word = cut.rpartition(" ")[0]
    return (word if len(word) > most // 2 else cut).rstrip(" ,;:.") + "…"


def type_cell(kind: Kind, text: str) -> str | float | datetime.date:
    """Return what a cell of that kind holds for a text of the schema: a number, a date,
    else the text itself.

    >>> type_cell("date", "2024-03-28"), type_cell("text", "056")
    (datetime.date(2024, 3, 28), '056')
    """
    if kind == "date":
        day = _read_date(text)
        return day if day is not None and day.year >= 1900 else text
    if kind in ("integer", "number"):
        digits = sum(sign.isdigit() for sign in text)
        if digits <= MAX_DIGITS and _is_number(text):
            number = float(text)
            return int(number) if number.is_integer() else number
    return text
