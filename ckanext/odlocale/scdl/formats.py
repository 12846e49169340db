"""Formats beyond Table Schema that the national validator checks, as expressions.

Opening hours (OpenStreetMap's ``opening_hours``), telephone numbers, positions in
France, and codes of the Code officiel géographique. Each is a pattern of polars'
engine, whose time grows with the text and no faster: no cell can make it long.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

# --- Opening hours: https://wiki.openstreetmap.org/wiki/Key:opening_hours ---------

_CLOCK = r"(?:[01][0-9]|2[0-4]):[0-5][0-9]"
_LATE = r"(?:[0-3][0-9]|4[0-8]):[0-5][0-9]"
_EVENT = r"(?:sunrise|sunset|dawn|dusk)"
_OFFSET = rf"\({_EVENT}[+-]{_CLOCK}\)"
_SPAN = rf"(?:{_CLOCK}|{_EVENT}|{_OFFSET})(?:-(?:{_LATE}|{_EVENT}|{_OFFSET})\+?|\+)"
_SPANS = rf"{_SPAN}(?:, ?{_SPAN}|,{_SPAN})*"
_DAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_NTH = r"(?:\[-?[1-5](?:[-,]-?[1-5])*\](?: [+-][0-9]{1,2} days?)?)"
_DAYS = rf"(?:{_DAY}-{_DAY}|{_DAY}{_NTH}?|PH|SH)"
_WEEKDAYS = rf"{_DAYS}(?:, ?{_DAYS})*(?: {_DAYS}(?:, ?{_DAYS})*)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_YEAR = r"(?:(?:19|20|21)[0-9]{2})"
_DATE = (
    rf"(?:(?:{_YEAR} )?(?:{_MONTH}(?: [0-3]?[0-9])?|easter)"
    rf"(?: [+-][0-9]{{1,3}} days?)?)"
)
_DATES = rf"{_DATE}(?:-(?:{_DATE}|[0-3]?[0-9])|\+)?"
_YEARS = rf"{_YEAR}(?:-{_YEAR}(?:/[0-9]{{1,2}})?|\+)?"
_WEEKS = r"week ?[0-5]?[0-9](?:-[0-5]?[0-9](?:/[0-9]{1,2})?)?"
_WHEN = (
    rf"(?:{_YEARS}(?:,{_YEARS})*(?: |$))?"
    rf"(?:{_DATES}(?:, ?{_DATES})*(?::? |$))?"
    rf"(?:{_WEEKS}(?:,[0-5]?[0-9](?:-[0-5]?[0-9])?)*(?::? |$))?"
)
_NOTE = r'(?:"[^"]*")'
_STATE = rf"(?:(?:off|closed|open|unknown)(?: {_NOTE})?|{_NOTE})"
_RULE = (
    rf"(?:24/7(?: {_STATE})?|{_WHEN}(?:{_WEEKDAYS} ?\b)?(?:{_SPANS})?(?: ?{_STATE})?)"
)
OPENING_HOURS = rf"^{_RULE}(?:(?: ?; | ?, | \|\| ){_RULE})*$"
#: A rule may be empty in the pattern above; a text of separators only is none.
_SOMETHING = r"[A-Za-z0-9]"

# --- Telephone numbers: plan de numérotation, and E.164 for the others ------------

_GAP = r"[\s.\-]?"
_DIGITS = rf"(?:[1-79](?:{_GAP}[0-9]){{8}}|8(?:{_GAP}[0-9]){{8}})"
PHONE = (
    rf"^(?:0{_GAP}{_DIGITS}|(?:\+|00)\s?33{_GAP}(?:\(0\)\s?)?{_DIGITS}"
    r"|1[578]|11[0-9]|19[1-7]|116[0-9]{3}|[13][0-9]{3}|118[0-9]{3}"
    rf"|\+(?:[124-9]|3[0-24-9])(?:{_GAP}[0-9]){{6,13}})$"
)

# --- Codes of the Code officiel géographique and of the RNA -----------------------

CODES = {
    "code-postal": r"^(?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3}$",
    "code-commune-insee": r"^(?:[013-9][0-9]|2[AB1-9])[0-9]{3}$",
    "code-departement": r"^(?:[013-8][0-9]|2[1-9AB]|9[0-5]|97[1-68]|98[4678])$",
    "code-region": r"^(?:0[1-46]|11|24|27|28|32|44|52|53|75|76|84|93|94)$",
    "code-rna": r"^W[0-9]{9}$",
}

#: West, south, east and north of what a French position is within, in degrees.
FRANCE = (
    (-5.1413, 41.3335, 9.5601, 51.0890),  # metropolitan
    (-61.8099, 15.8320, -61.0019, 16.5145),  # Guadeloupe
    (-61.2291, 14.3886, -60.8096, 14.8788),  # Martinique
    (-54.6024, 2.1110, -51.6190, 5.7482),  # Guyane
    (55.2165, -21.3897, 55.8367, -20.8718),  # La Réunion
    (45.0183, -13.0053, 45.3000, -12.6365),  # Mayotte
)

_COORDINATE = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_QUOTED = rf'"?({_COORDINATE})"?'
# A number of JSON has a figure before its dot and no plus sign; a text may be any.
_JSON = rf'(?:"{_COORDINATE}"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)'
_GEOPOINTS = {
    "default": rf"^\s*({_COORDINATE})\s*,\s*({_COORDINATE})\s*$",
    "array": rf"^\s*\[\s*{_QUOTED}\s*,\s*{_QUOTED}\s*\]\s*$",
}


def is_opening_hours(column: pl.Expr) -> pl.Expr:
    """Return whether a text is OpenStreetMap opening hours."""
    return column.str.contains(OPENING_HOURS) & column.str.contains(_SOMETHING)


def is_phone(column: pl.Expr) -> pl.Expr:
    """Return whether a text is a French or an international telephone number."""
    return column.str.contains(PHONE)


def is_code(name: str) -> Callable[[pl.Expr], pl.Expr] | None:
    """Return the condition of a code such as ``code-postal``; None for others."""
    pattern = CODES.get(name)
    return None if pattern is None else lambda column: column.str.contains(pattern)


def read_geopoint(form: str, column: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return longitude and latitude, null where the text does not say them.

    :param form: ``default`` (``lon, lat``), ``array`` (``[lon, lat]``) or ``object``
    """
    if form == "object":
        whole = (
            rf'^\s*\{{\s*"(?:lon|lat)"\s*:\s*{_JSON}\s*,'
            rf'\s*"(?:lon|lat)"\s*:\s*{_JSON}\s*\}}\s*$'
        )
        column = pl.when(column.str.contains(whole)).then(column)
        parts = (rf'"lon"\s*:\s*{_QUOTED}', rf'"lat"\s*:\s*{_QUOTED}')
        lon, lat = (column.str.extract(part, 1) for part in parts)
    else:
        if form == "array":
            whole = rf"^\s*\[\s*{_JSON}\s*,\s*{_JSON}\s*\]\s*$"
            column = pl.when(column.str.contains(whole)).then(column)
        pattern = _GEOPOINTS.get(form, _GEOPOINTS["default"])
        lon, lat = (column.str.extract(pattern, group) for group in (1, 2))
    return lon.cast(pl.Float64, strict=False), lat.cast(pl.Float64, strict=False)


def is_geopoint(form: str, column: pl.Expr) -> pl.Expr:
    """Return whether a text is a position on the globe."""
    lon, lat = read_geopoint(form, column)
    return (lon.is_between(-180, 180) & lat.is_between(-90, 90)).fill_null(False)


def is_in_france(form: str, column: pl.Expr) -> pl.Expr:
    """Return whether a position is in France, by the boxes of :data:`FRANCE`."""
    lon, lat = read_geopoint(form, column)
    return pl.any_horizontal(
        lon.is_between(west, east, closed="none")
        & lat.is_between(south, north, closed="none")
        for west, south, east, north in FRANCE
    ).fill_null(False)
