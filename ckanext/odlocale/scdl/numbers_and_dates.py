"""Reading amounts and dates as they are written in France, when only one reading is
possible."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

_SPACES = "\u00a0\u202f\u2009 "
_CURRENCY = re.compile(r"(€|\beuros?\b|\beur\b)", re.IGNORECASE)
_GROUPS = tuple(
    re.compile(rf"[0-9]{{1,3}}(?:{separator}[0-9]{{3}})+")
    for separator in (f"[{_SPACES}]", "'", r"\.", ",")
)
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("janvier", "janv"),
            ("fevrier", "fevr", "fev"),
            ("mars",),
            ("avril", "avr"),
            ("mai",),
            ("juin",),
            ("juillet", "juil"),
            ("aout",),
            ("septembre", "sept"),
            ("octobre", "oct"),
            ("novembre", "nov"),
            ("decembre", "dec"),
        ),
        start=1,
    )
    for name in names
}

_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{4})")
_SHORT_YEAR = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{2})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[/. -]?([0-9]{2})[/. -]?([0-9]{2})")
_WORDS = re.compile(r"(?:[a-z]+ )?([0-9]{1,2})(?:er)? ([a-z]+)\.? ([0-9]{4})")
_TIME = re.compile(
    r"[t ]+([0-9]{1,2})[:h]([0-9]{2})(?::([0-9]{2}))?(?:\.0+)?(z?)$", re.IGNORECASE
)

#: Day 0 of Excel's calendar, which believes 1900 was a leap year.
_EXCEL_EPOCH = datetime.date(1899, 12, 30)
#: Serials from 1 January 1950 to 31 December 2099.
_SERIALS = range(18264, 73051)


def read_french_number(text: str) -> str | None:
    """Return a number written with a dot, or None where the reading is not sure.

    >>> read_french_number("1 234,56 €"), read_french_number("1.234,56")
    ('1234.56', '1234.56')
    >>> read_french_number("12 34") is None
    True
    """
    bare = _CURRENCY.sub("", text).strip()
    sign = ""
    if bare[:1] in "+-−" and bare[:1]:
        sign = "-" if bare[0] in "-−" else ""
        bare = bare[1:].lstrip()
    bare = bare.replace("’", "'")
    whole, decimals = bare, ""
    last_comma, last_dot = bare.rfind(","), bare.rfind(".")
    if bare.count(",") == 1 and last_comma > last_dot:
        whole, _, decimals = bare.partition(",")
    elif bare.count(".") == 1 and last_dot > last_comma:
        whole, _, decimals = bare.partition(".")
    elif last_comma >= 0 and last_dot >= 0:
        return None
    digits = "0" if decimals and not whole else _join_groups(whole)
    if digits is None or (decimals and not re.fullmatch(r"[0-9]+", decimals)):
        return None
    number = f"{sign}{digits}.{decimals}" if decimals else f"{sign}{digits}"
    return number if _PLAIN.fullmatch(number) else None


def _join_groups(whole: str) -> str | None:
    """Join thousands separated by one same sign; None where groups are not of three."""
    if re.fullmatch(r"[0-9]+", whole):
        return whole
    if any(groups.fullmatch(whole) for groups in _GROUPS):
        return re.sub(r"[^0-9]", "", whole)
    return None


def divide_by_hundred(number: str) -> str:
    """Return a percentage as a share, without an exponent or useless zeros."""
    share = (Decimal(number) / 100).normalize()
    return f"{share:f}"


def multiply_by_hundred(share: str) -> str:
    """Return a share as a percentage, without useless zeros.

    >>> multiply_by_hundred("1"), multiply_by_hundred("0.5")
    ('100', '50')
    """
    return f"{(Decimal(share) * 100).normalize():f}"


def read_date(text: str) -> tuple[str, datetime.date] | None:
    """Return how a date is written and the date, or None.

    The kinds: ``french`` (day first, four-figure year), ``words`` (3 avril 2024),
    ``compact`` (2024/04/03, 20240403), ``serial`` (Excel's count of days),
    ``short_year`` (03/04/24) and ``american`` (04/23/2024), these two to confirm.

    :param text: lower case, without accents
    """
    bare = _TIME.sub("", text.strip())
    if bare.isascii() and bare.isdigit() and len(bare) == 5:
        serial = int(bare)
        if serial in _SERIALS:
            return "serial", _EXCEL_EPOCH + datetime.timedelta(days=serial)
        return None
    if found := _DAY_FIRST.fullmatch(bare):
        first, second, year = map(int, found.groups())
        if day := _make(year, second, first):
            return "french", day
        if day := _make(year, first, second):
            return "american", day
        return None
    if found := _YEAR_FIRST.fullmatch(bare):
        year, month, number = map(int, found.groups())
        day = _make(year, month, number)
        return ("compact", day) if day else None
    if found := _SHORT_YEAR.fullmatch(bare):
        number, month, year = map(int, found.groups())
        day = _make(2000 + year if year < 70 else 1900 + year, month, number)
        return ("short_year", day) if day else None
    if found := _WORDS.fullmatch(bare):
        named = _MONTHS.get(found[2])
        day = _make(int(found[3]), named, int(found[1])) if named else None
        return ("words", day) if day else None
    return None


def read_time(text: str) -> str | None:
    """Return the time at the end of a text as HH:MM:SS, with its Z if any."""
    found = _TIME.search(text.strip())
    if not found:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        return None
    return f"{hour:02}:{minute:02}:{second:02}{found[4].upper()}"


def _make(year: int, month: int, day: int) -> datetime.date | None:
    try:
        made = datetime.date(year, month, day)
    except ValueError:
        return None
    return made if 1000 <= year <= 2999 else None
