"""A value for any column: what an agent could write there, by the column's own rules.

The schema's own example comes first, then a value of its list, of its type, of its
checks or of its pattern. Each is tried against the rules that the check applies, so
that an example never shows a fault.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator

import polars as pl

from .pattern_texts import build_texts
from .rules import SIRET_PATTERN, compile_rules
from .table_schema import Field, TableSchema
from .values import NUMERIC

#: Longest value shown, in characters.
MAX_SAMPLE = 1000

#: What a spreadsheet would take for a formula in a CSV file.
_FORMULA = re.compile(r"[=@\t\r\n]|[+-](?![0-9\s.,()+-]*$)")

_DAY = datetime.date(2024, 3, 28)

#: By check: invented numbers, whose check digits are right.
_BY_CHECK = {
    "siret": ("99999901400015",),
    "siren": ("999999014",),
    "year-interval-value": ("2024",),
    "nomenclature-acte": ("Finances locales/Subventions",),
    "opening-hours-value": ("Mo-Fr 08:00-12:00",),
    "phone-number-value": ("0297000000", "+33297000000"),
    "code-postal": ("56950",),
    "code-commune-insee": ("56046",),
    "code-departement": ("56",),
    "code-region": ("53",),
    "code-rna": ("W561000000",),
}
_BY_TYPE = {
    "year": ("2024",),
    "yearmonth": ("2024-03",),
    "datetime": ("2024-03-28T09:00:00Z",),
    "time": ("09:00:00",),
    "duration": ("P1D",),
    "array": ("[]",),
    "object": ("{}",),
    "geojson": ('{"type": "Point", "coordinates": [-3.0013, 47.6157]}',),
    "integer": ("1", "0", "10", "100"),
    "number": ("1", "0.5", "0", "10", "100"),
    "any": ("Exemple",),
}
_BY_FORMAT = {
    "uri": ("https://www.example.fr",),
    "email": ("mairie@example.fr",),
    "uuid": ("550e8400-e29b-41d4-a716-446655440000",),
}
_GEOPOINTS = {
    "array": "[-3.0013, 47.6157]",
    "object": '{"lon": -3.0013, "lat": 47.6157}',
}


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet that opens a CSV file would compute this text.

    >>> is_formula("=1+1"), is_formula("-3.0013, 47.6157"), is_formula("+33 2 97")
    (True, False, False)
    """
    return _FORMULA.match(text) is not None


def keep_accepted(
    schema: TableSchema, field: Field, candidates: Iterable[str]
) -> list[str]:
    """Return the texts that satisfy every rule of a column, in their order."""
    texts = [
        one
        for one in dict.fromkeys(candidates)
        if one.strip() and one not in schema.missing_values
    ]
    if not texts:
        return []
    column = pl.Series(field.name, texts, dtype=pl.String)
    bound = compile_rules(schema)[field.name].bind(pl.col(field.name))
    holds = column.to_frame().select(
        pl.all_horizontal([one.fill_null(False) for _, one in bound]).alias("holds")
    )["holds"]
    return [text for text, held in zip(texts, holds, strict=True) if held]


def sample_value(schema: TableSchema, field: Field) -> str:
    """Return a value that satisfies every rule of a column, or an empty text.

    None is found for a pattern that no text of ours matches; free text that may be
    left empty gets none that its schema does not give.
    """
    own = [field.example] if _is_shown(field.example) else []
    kept = keep_accepted(schema, field, own)
    if not kept:
        others = (one for one in _candidates(schema, field) if _is_shown(one))
        kept = keep_accepted(schema, field, others)
    return kept[0] if kept else ""


def vary(schema: TableSchema, field: Field, value: str) -> str:
    """Return another value of a column, close to the first; empty where none is."""
    kept = keep_accepted(schema, field, (one for one in _close_to(field, value)))
    return next((one for one in kept if one != value and _is_shown(one)), "")


def _is_shown(text: str) -> bool:
    return bool(text) and len(text) <= MAX_SAMPLE and not is_formula(text)


def _candidates(schema: TableSchema, field: Field) -> Iterator[str]:
    if field.enum:
        yield from field.enum[:50]
        return
    if field.type == "boolean":
        yield from (*field.true_values, *field.false_values)
        return
    checks = {one.name for one in schema.checks if field.name in one.columns[:1]}
    if field.pattern == SIRET_PATTERN:
        checks.add("siret")
    for name in sorted(checks):
        yield from _BY_CHECK.get(name, ())
    yield from _BY_FORMAT.get(field.format, ())
    yield from _of_type(field)
    if field.pattern is not None:
        yield from build_texts(field.pattern)
    if field.type == "string" and (field.required or field.min_length):
        yield from _words(field)


def _of_type(field: Field) -> Iterator[str]:
    bounds = [one for one in (field.minimum, field.maximum) if one is not None]
    if field.item_enum:
        items = list(field.item_enum[:1])
        is_list = field.type == "array"
        yield json.dumps(items, ensure_ascii=False) if is_list else items[0]
    if field.type == "date":
        form = "%Y-%m-%d" if field.format in ("default", "any") else field.format
        yield _DAY.strftime(form)
        yield from bounds
    elif field.type == "geopoint":
        yield _GEOPOINTS.get(field.format, "-3.0013, 47.6157")
    else:
        yield from _BY_TYPE.get(field.type, ())
        yield from bounds
        if field.type in NUMERIC:
            yield from (str(round(float(one) + 1)) for one in bounds if _is_small(one))


def _is_small(bound: str) -> bool:
    try:
        return abs(float(bound)) < 1e15
    except ValueError:
        return False


def _words(field: Field) -> Iterator[str]:
    shortest = min(field.min_length or 0, MAX_SAMPLE)
    longest = MAX_SAMPLE if field.max_length is None else field.max_length
    yield "Exemple".ljust(shortest, "e")[: max(longest, 0)]


def _close_to(field: Field, value: str) -> Iterator[str]:
    yield from field.enum[:50]
    if field.type == "date":
        try:
            day = datetime.date.fromisoformat(value)
            yield (day + datetime.timedelta(days=1)).isoformat()
        except (ValueError, OverflowError):
            pass
    for found in reversed(list(re.finditer(r"[0-9]+", value))[-3:]):
        digits = found.group()
        following = str(int(digits) + 1).zfill(len(digits))[-len(digits) :]
        yield value[: found.start()] + following + value[found.end() :]
    if field.type == "string":
        yield from (value + sign for sign in ("2", " 2", "b", "B"))
        yield from (value[:-1] + sign for sign in "123ab")
