"""What makes the text of a cell a value of its type, as polars expressions.

Same verdicts as the national validator (Validata 0.12, which reads values with
frictionless 5), with the differences listed in ``docs/`` and ``tests/scdl``:
« NaN », « Infinity » and « 1_000 » are not amounts here, and a cell of spaces is
empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import polars as pl

from .formats import is_geopoint
from .table_schema import Field, TableSchema

INTEGER = r"^\s*[+-]?[0-9]+\s*$"
NUMBER = r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"
YEAR = r"^[0-9]{4}$"
DATE = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$"
DATETIME = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}.([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"([.,][0-9]{1,6})?(Z|z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?$"
)
TIME = (
    # 24:00:00 is the end of a day (ISO 8601).
    r"^(24:00:00|([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])([.,][0-9]{1,6})?"
    r"(Z|z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?$"
)
YEARMONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
DURATION = (
    r"^-?P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?"
    r"(T([0-9]+H)?([0-9]+M)?([0-9]+([.,][0-9]+)?S)?)?$"
)
UUID = r"^(?i:[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12})$"
URI = r"^[a-zA-Z][a-zA-Z0-9+.\-]*:"
EMAIL = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$"
)

_PATTERNS = {
    "integer": INTEGER,
    "number": NUMBER,
    "year": YEAR,
    "time": TIME,
    "yearmonth": YEARMONTH,
    "duration": DURATION,
}
_STRING_FORMATS = {"uri": URI, "email": EMAIL, "uuid": UUID}
_ISO_FORMATS = ("default", "any", "%Y-%m-%d")

#: Types whose values have an order, for minimum, maximum and comparisons.
NUMERIC = frozenset({"integer", "number", "year"})

Predicate = Callable[[str], bool]


def is_empty(column: pl.Expr) -> pl.Expr:
    """Return whether a cell holds nothing but spaces."""
    return column.str.strip_chars() == ""


def blank_missing(schema: TableSchema, column: pl.Expr) -> pl.Expr:
    """Return a column where the words that mean nothing (« N/A ») are empty cells.

    Only where the schema lists such words, and they are written exactly so: the
    national validator does the same.
    """
    if not schema.missing_values:
        return column
    missing = column.is_in(list(schema.missing_values))
    return pl.when(missing).then(pl.lit("")).otherwise(column)


def is_listed(field: Field, column: pl.Expr) -> pl.Expr:
    """Return whether a cell is one of the values of the field's list.

    Numbers are compared as such: « 100.0 » is in a list that has 100.
    """
    if field.type not in NUMERIC:
        return column.is_in(list(field.enum))
    return to_ordered(field, column).is_in([float(one) for one in field.enum])


def is_of_type(field: Field, column: pl.Expr) -> pl.Expr | None:
    """Return whether a filled cell is a value of the field's type.

    :returns: None where any text is one, or where only :func:`type_predicate` tells
    """
    kind = field.type
    if kind == "string":
        pattern = _STRING_FORMATS.get(field.format)
        return None if pattern is None else column.str.contains(pattern)
    if kind == "boolean":
        return column.is_in([*field.true_values, *field.false_values])
    if kind == "date":
        read = (to_date(field, column).dt.year() >= 1).fill_null(False)
        return column.str.contains(DATE) & read if _is_iso(field) else read
    if kind == "geopoint":
        return is_geopoint(field.format, column)
    if kind == "datetime":
        day = column.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        return column.str.contains(DATETIME) & (day.dt.year() >= 1).fill_null(False)
    pattern = _PATTERNS.get(kind)
    return None if pattern is None else column.str.contains(pattern)


def type_predicate(field: Field) -> Predicate | None:
    """Return the test of one value, for types columns cannot be tested for at once."""
    if field.type == "array":
        allowed = frozenset(field.item_enum)
        return lambda text: is_array(text, allowed)
    if field.type in ("object", "geojson"):
        return is_json_object
    return None


def is_array(text: str, allowed: frozenset[str]) -> bool:
    """Tell whether a text is a JSON array, of allowed items where these are listed."""
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(items, list):
        return False
    return not allowed or all(isinstance(one, str) and one in allowed for one in items)


def is_json_object(text: str) -> bool:
    """Tell whether a text is a JSON object."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _is_iso(field: Field) -> bool:
    return field.format in _ISO_FORMATS


def to_date(field: Field, column: pl.Expr) -> pl.Expr:
    """Return the dates of a date field, null where there is none."""
    pattern = "%Y-%m-%d" if _is_iso(field) else field.format
    return column.str.to_date(pattern, strict=False)


def to_ordered(field: Field, column: pl.Expr) -> pl.Expr:
    """Return values that compare as the type does, null where not of the type."""
    if field.type in NUMERIC:
        value = column.str.strip_chars().cast(pl.Float64, strict=False)
    elif field.type == "date":
        value = to_date(field, column)
    else:
        value = column
    valid = is_of_type(field, column)
    kept = is_empty(column).not_() if valid is None else valid
    return pl.when(kept).then(value)


def translate_pattern(pattern: str) -> str:
    r"""Return a Table Schema pattern as polars' engine writes it.

    That engine refuses two spellings met in published schemas, which mean the same:
    ``\u00C0`` and a backslash before a sign that needs none.

    >>> translate_pattern(r"[\u00C0-\u00FF\–\d]+")
    '[\\x{00C0}-\\x{00FF}–\\d]+'
    """
    hexadecimal = re.sub(r"(?<!\\)\\u([0-9a-fA-F]{4})", r"\\x{\1}", pattern)
    return re.sub(r"(?<!\\)\\([^\x00-\x7f])", r"\1", hexadecimal)


def matches(pattern: str, column: pl.Expr) -> pl.Expr | None:
    """Return whether a cell matches a Table Schema pattern, whole.

    :returns: None where the pattern uses what polars' engine lacks (look-around,
        back-references): :func:`pattern_predicate` then tells
    """
    anchored = f"^{translate_pattern(pattern)}$"
    try:
        pl.Series([""]).str.contains(anchored)
    except pl.exceptions.PolarsError:
        return None
    return column.str.contains(anchored)


def pattern_predicate(pattern: str) -> Predicate:
    """Return the test of one value against a Table Schema pattern."""
    compiled = re.compile(f"^{pattern}$")
    return lambda text: compiled.match(text) is not None
