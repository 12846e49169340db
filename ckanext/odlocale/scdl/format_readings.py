"""Readings of positions, times, opening hours and telephone numbers as people write
them: what each would be in the expected form, best first, text in and texts out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .numbers_and_dates import read_time
from .words import fold, fold_accents

_NUMBER = r"[+-]?[0-9]+(?:[.,][0-9]+)?"
_PAIR = re.compile(rf"({_NUMBER})\s*[;,\s|]\s*({_NUMBER})")

#: First digits of the numbers of each overseas territory, to its country code.
_OVERSEAS = {
    "0590": "590", "0690": "590", "0691": "590", "0594": "594", "0694": "594",
    "0596": "596", "0696": "596", "0697": "596", "0262": "262", "0263": "262",
    "0269": "262", "0639": "262", "0692": "262", "0693": "262",
}  # fmt: skip

_DAYS = {
    "lundi": "Mo", "mardi": "Tu", "mercredi": "We", "jeudi": "Th", "vendredi": "Fr",
    "samedi": "Sa", "dimanche": "Su", "lun": "Mo", "mar": "Tu", "mer": "We",
    "jeu": "Th", "ven": "Fr", "sam": "Sa", "dim": "Su", "lu": "Mo", "ma": "Tu",
    "me": "We", "je": "Th", "ve": "Fr", "sa": "Sa", "di": "Su", "jours feries": "PH",
    "mo": "Mo", "tu": "Tu", "we": "We", "th": "Th", "fr": "Fr", "su": "Su", "ph": "PH",
    "sh": "SH",
}  # fmt: skip
_DAY_NAMES = re.compile(
    r"\b(" + "|".join(sorted(_DAYS, key=len, reverse=True)) + r")s?\b\.?"
)


def read_positions(text: str) -> Iterator[tuple[float, float, str, str]]:
    """Yield longitude, latitude and both as written, of « 48,85 ; 2,35 » and such.

    Two texts in the order of the file: which is which is the caller's to decide.
    """
    bare = re.sub(r"(?i)^(point|srid=4326;point)", "", text.strip()).strip("()[] ")
    if found := _PAIR.fullmatch(bare):
        first, second = (part.replace(",", ".") for part in found.groups())
        yield float(first), float(second), first, second


def write_position(form: str, longitude: str, latitude: str) -> str:
    """Return a position as the field's format asks for it.

    >>> write_position("array", "2.35", "48.85")
    '[2.35, 48.85]'
    """
    if form == "array":
        return f"[{longitude}, {latitude}]"
    if form == "object":
        return f'{{"lon": {longitude}, "lat": {latitude}}}'
    return f"{longitude}, {latitude}"


def read_clock(text: str) -> str | None:
    """Return a time of day as HH:MM:SS.

    >>> read_clock("8h30"), read_clock("14 h"), read_clock("25h")
    ('08:30:00', '14:00:00', None)
    """
    bare = re.sub(r"\s*h(?:eures?)?\s*", "h", fold_accents(text).strip())
    bare = re.sub(r"h$", "h00", bare)
    read = read_time(f"t{bare}")
    return None if read is None else read.rstrip("Z")


def write_phones(text: str) -> Iterator[tuple[str, bool]]:
    """Yield a French number in the forms that schemas ask for, and whether it is sure.

    A number that lacks its first zero is not: Excel may have removed it.

    >>> [one for one, _ in write_phones("02 97 00 00 00")]
    ['0297000000', '+33297000000', '+33 297000000']
    """
    digits = re.sub(r"\(0\)|[^0-9+]", "", text)
    digits = re.sub(r"^(\+33|0033)0?", "0", digits)
    sure = len(digits) == 10
    if len(digits) == 9 and digits[0] in "1234567":
        digits = f"0{digits}"
    if not re.fullmatch(r"0[1-9][0-9]{8}", digits):
        return
    country = _OVERSEAS.get(digits[:4], "33")
    for written in (digits, f"+{country}{digits[1:]}", f"+{country} {digits[1:]}"):
        yield written, sure


def write_hours(text: str) -> str:
    """Return opening hours as OpenStreetMap writes them, as far as they are read.

    >>> write_hours("Du lundi au vendredi 9h-12h et 14h - 18h30 ; samedi 9h-12h")
    'Mo-Fr 09:00-12:00,14:00-18:30; Sa 09:00-12:00'
    """
    said = fold_accents(text).replace("\u2013", "-").strip(" ;.,")
    if fold(said) in ("24h 24", "24 24", "24h 24 7j 7", "24h 24 et 7j 7", "24 7"):
        return "24/7"
    said = re.sub(r"\bferme(e|s|es)?\b", "off", said)
    said = _DAY_NAMES.sub(lambda found: _DAYS[found[1]], said)
    said = re.sub(r"\b(?:du|le|les|de)\s+", "", said)
    said = re.sub(r"(?<=[A-Z][a-z])\s*(?:au?|-)\s*(?=[A-Z][a-z])", "-", said)
    said = re.sub(r"\b([0-9]{1,2})\s*[h:.]\s*([0-5][0-9])?(?![0-9])", _clock, said)
    said = re.sub(r"(?<=[0-9])\s*(?:a|-)\s*(?=[0-9]{2}:)", "-", said)
    said = re.sub(r"(?<=:[0-9]{2})\s*(?:et|,|/|puis|\s)\s*(?=[0-9]{2}:)", ",", said)
    said = re.sub(r"(?<=[A-Z][a-z])\s*(?:et|,|/)\s*(?=[A-Z][a-z])", ",", said)
    said = re.sub(r"\s*[;\n]\s*|(?<=:[0-9]{2})\s*,?\s*(?=[A-Z])", "; ", said)
    said = re.sub(r"(?<=[A-Z][a-z])\s*:?\s*(?=[0-9]{2}:)", " ", said)
    return said.strip("; ")


def _clock(found: re.Match[str]) -> str:
    return f"{int(found[1]):02}:{found[2] or '00'}"


def write_list(text: str, known: tuple[str, ...], separator: str) -> str | None:
    """Return a list whose items are written as known, or None where one is not.

    >>> write_list("jeunes ; femmes", ("Femmes", "Jeunes"), "|")
    'Jeunes|Femmes'
    """
    folded = {fold(one): one for one in known}
    items = [fold(part) for part in re.split(r"\s*[|;,\n]\s*", text) if part.strip()]
    if not items or any(item not in folded for item in items):
        return None
    return separator.join(dict.fromkeys(folded[item] for item in items))
