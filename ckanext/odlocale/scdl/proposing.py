"""What a value at fault probably meant.

One pure function per kind of column gives the likeliest readings of a value, best
first; whether a reading then satisfies the column's rules is checked by the caller,
on all values at once. ``safe`` is kept for what has one meaning only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from .format_readings import (
    read_clock,
    read_positions,
    write_hours,
    write_list,
    write_phones,
    write_position,
)
from .identifiers import SCIENTIFIC, is_siren, is_siret
from .numbers_and_dates import (
    divide_by_hundred,
    read_date,
    read_french_number,
    read_time,
)
from .rules import ACT_SUBJECTS, ColumnRules
from .table_schema import Field
from .words import fold, fold_accents

#: Likeness above which a value of a list is proposed, and how far the next must be.
NEAR = 0.75
NEAR_DISTANCE = 0.08

_TRUE = frozenset({"oui", "o", "yes", "y", "vrai", "true", "1", "x"})
_FALSE = frozenset({"non", "n", "no", "faux", "false", "0"})

_SCIENTIFIC = re.compile(SCIENTIFIC)
_SEPARATORS = re.compile(r"[\s.\-_/'’\u00a0\u202f]+")


@dataclass(frozen=True)
class Proposal:
    """A reading of a value.

    :ivar code: the fault it explains
    :ivar after: the value it gives, or None where the fault is known, not the remedy
    :ivar safe: whether the value has no other meaning
    :ivar key: what groups values of one cause within a column; None groups all
    :ivar national: whether the national validator refuses the value
    """

    code: str
    after: str | None
    safe: bool = False
    key: str | None = None
    national: bool = True


def propose(column: ColumnRules, code: str, value: str) -> Iterator[Proposal]:
    """Yield readings of a value, best first, the last being always acceptable.

    :param code: code of the first rule the value breaks
    """
    field = column.field
    if not value.strip():
        national = code != "text.blanks"
        yield Proposal("cell.spaces", "", safe=True, national=national)
        return
    if code == "text.blanks":
        yield Proposal("text.blanks", value.strip(), safe=True, national=False)
        return
    if code == "siret.wrong":
        yield from _propose_siret(column, value)
        return
    if value.strip() != value:
        yield Proposal("text.blanks", value.strip(), safe=True)
    bare = value.strip()
    if field.enum:
        yield from _propose_listed(field, bare, value)
    elif field.type in _BY_TYPE:
        yield from _BY_TYPE[field.type](field, bare)
    elif field.format == "uri":
        yield Proposal("uri.scheme", f"https://{bare}")
    elif field.format == "email":
        yield Proposal("text.blanks", re.sub(r"^mailto:|\s", "", bare), safe=True)
    elif code in _BY_CODE:
        yield from _BY_CODE[code](field, bare)
    yield Proposal(code, None)


def _propose_siret(column: ColumnRules, value: str) -> Iterator[Proposal]:
    bare = value.strip()
    digits = _SEPARATORS.sub("", re.sub(r"[.,]0+$", "", bare))
    tolerated = not column.siret_pattern and is_siret(re.sub(r"[ .]", "", bare))
    if _SCIENTIFIC.fullmatch(bare):
        yield Proposal("siret.scientific", None)
    elif not (digits.isascii() and digits.isdigit()):
        yield Proposal("siret.letters", None)
    elif len(digits) == 14:
        if digits != value:
            yield Proposal("siret.spaces", digits, safe=True, national=not tolerated)
        refused = column.siret_checked or digits != value
        yield Proposal("siret.luhn", None, national=refused)
    elif len(digits) == 13 and is_siret(f"0{digits}"):
        yield Proposal("siret.zero", f"0{digits}", key="0")
    elif is_siren(digits):
        yield Proposal("siret.siren", None)
    else:
        yield Proposal("siret.length", None, key=str(len(digits)))


def _propose_listed(field: Field, bare: str, value: str) -> Iterator[Proposal]:
    folded = _fold_list(bare)
    known = {_fold_list(one): one for one in reversed(field.enum)}
    synonyms = {_fold_list(one): to for one, to in field.value_synonyms.items()}
    meant = known.get(folded) or synonyms.get(folded)
    if meant is not None:
        yield Proposal("enum.case", meant, safe=True, key=value)
        return
    near = _find_nearest(folded, known)
    if near is not None:
        yield Proposal("enum.near", near, key=value)


def _fold_list(text: str) -> str:
    """Fold a value, the items of a list « a;b » one by one."""
    return ";".join(fold(part) for part in text.split(";"))


def _find_nearest(folded: str, known: dict[str, str]) -> str | None:
    if len(folded) < 3 or len(folded) > 200:
        return None
    likeness = sorted(
        ((SequenceMatcher(None, folded, one).ratio(), to) for one, to in known.items()),
        reverse=True,
    )
    if likeness[0][0] < NEAR:
        return None
    if len(likeness) > 1 and likeness[0][0] - likeness[1][0] < NEAR_DISTANCE:
        return None
    return likeness[0][1]


def _propose_number(field: Field, bare: str) -> Iterator[Proposal]:
    if bare.endswith("%"):
        share = read_french_number(bare[:-1].strip())
        if share is not None and field.maximum == "1":
            yield Proposal("percent.over_one", divide_by_hundred(share), key="%")
        return
    number = read_french_number(bare)
    if number is None:
        return
    if number != bare:
        yield Proposal("number.french", number, safe=True)
    if field.maximum == "1":
        yield Proposal("percent.over_one", divide_by_hundred(number), key="%")


def _propose_integer(field: Field, bare: str) -> Iterator[Proposal]:
    number = read_french_number(bare)
    if number is not None:
        yield Proposal("number.french", re.sub(r"\.0+$", "", number), safe=True)


def _propose_year(field: Field, bare: str) -> Iterator[Proposal]:
    yield Proposal("year.decimal", re.sub(r"[.,]0+$", "", bare), safe=True)
    read = read_date(fold_accents(bare))
    if read is not None and read[0] != "serial":
        yield Proposal("year.date", str(read[1].year))
    if found := re.fullmatch(
        r"(?:exercice|annee|an)\s*:?\s*(\d{4})", fold_accents(bare)
    ):
        yield Proposal("year.words", found[1], safe=True)


def _propose_date(field: Field, bare: str) -> Iterator[Proposal]:
    time = read_time(bare)
    if time is not None and time.rstrip("Z") != "00:00:00":
        yield Proposal("date.wrong", None)
        return
    read = read_date(fold_accents(bare))
    if read is None:
        return
    kind, day = read
    code = "date.french" if kind in ("words", "compact") else f"date.{kind}"
    safe = kind not in ("short_year", "american")
    yield Proposal(code, day.isoformat(), safe=safe)


def _propose_datetime(field: Field, bare: str) -> Iterator[Proposal]:
    folded = fold_accents(bare)
    time = read_time(bare)
    read = read_date(folded)
    if read is None:
        return
    kind, day = read
    if time is None:
        yield Proposal("datetime.no_time", f"{day.isoformat()}T00:00:00")
    else:
        safe = kind not in ("short_year", "american")
        yield Proposal("date.french", f"{day.isoformat()}T{time}", safe=safe)


def _propose_boolean(field: Field, bare: str) -> Iterator[Proposal]:
    folded = fold(bare)
    if folded in _TRUE:
        yield Proposal("boolean.words", field.true_values[0], safe=True)
    elif folded in _FALSE:
        yield Proposal("boolean.words", field.false_values[0], safe=True)


def _propose_array(field: Field, bare: str) -> Iterator[Proposal]:
    try:
        items = json.loads(bare)
    except (ValueError, RecursionError):
        items = re.split(r"\s*[,;|]\s*", bare.strip("[] "))
    if isinstance(items, str):
        items = [items]
    if not isinstance(items, list):
        return
    texts = [str(item).strip("\"' ") for item in items]
    if field.item_enum:
        known = {fold(one): one for one in field.item_enum}
        if any(fold(text) not in known for text in texts):
            return
        texts = [known[fold(text)] for text in texts]
    after = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    yield Proposal("array.written", after, safe=True)


def _propose_written(field: Field, bare: str) -> Iterator[Proposal]:
    """Readings of a value that does not match a pattern."""
    if field.item_enum:
        listed = write_list(bare, field.item_enum, field.separator)
        if listed is not None:
            yield Proposal("list.written", listed, safe=True)
    elif field.pattern is not None and "+" in field.pattern:
        yield from _propose_phone(field, bare)
    yield from _propose_code(field, bare)


def _propose_phone(field: Field, bare: str) -> Iterator[Proposal]:
    for written, sure in write_phones(bare):
        yield Proposal("phone.written", written, safe=sure)


def _propose_hours(field: Field, bare: str) -> Iterator[Proposal]:
    yield Proposal("hours.written", write_hours(bare), key=bare)


def _propose_time(field: Field, bare: str) -> Iterator[Proposal]:
    clock = read_clock(bare)
    if clock is not None:
        yield Proposal("time.written", clock, safe=True)


def _propose_geopoint(field: Field, bare: str) -> Iterator[Proposal]:
    """« 48,85 ; 2,35 » as [2.35, 48.85]: of two numbers of France, latitude is big."""
    for first, second, one, other in read_positions(bare):
        swapped = write_position(field.format, other, one)
        if 41 <= first <= 52 and -6 <= second <= 10:
            yield Proposal("gps.swapped", swapped)
        yield Proposal(
            "geopoint.written", write_position(field.format, one, other), safe=True
        )
        yield Proposal("gps.swapped", swapped)


def _propose_siren(field: Field, bare: str) -> Iterator[Proposal]:
    digits = _SEPARATORS.sub("", re.sub(r"[.,]0+$", "", bare))
    yield Proposal("code.spaces", digits, safe=True)
    if len(digits) == 8:
        yield Proposal("code.zero", f"0{digits}")


def _propose_code(field: Field, bare: str) -> Iterator[Proposal]:
    """Readings of a value that is not the code or the text expected."""
    yield Proposal("text.apostrophe", bare.replace("’", "'"), safe=True)
    yield Proposal("code.spaces", re.sub(r"\s+", "", bare), safe=True)
    yield Proposal("code.spaces", re.sub(r"\s*[-–]\s*", "/", bare), safe=True)
    if bare.isascii() and bare.isdigit():
        yield Proposal("code.zero", f"0{bare}")
        read = read_date(bare)
    else:
        folded = fold_accents(bare)
        yield Proposal("text.case", bare.upper(), safe=True)
        yield Proposal("text.case", bare.title(), safe=True)
        yield from _propose_period(folded)
        read = read_date(folded)
    if read is not None:
        safe = read[0] not in ("short_year", "american")
        code = "date.serial" if read[0] == "serial" else "date.french"
        yield Proposal(code, read[1].isoformat(), safe=safe)


def _propose_period(folded: str) -> Iterator[Proposal]:
    """« 01/03/2024 au 31/12/2024 » as 2024-03-01/2024-12-31."""
    bare = re.sub(r"^(du|de|le)\s+", "", folded)
    for separator in (r"\s+(?:au|a)\s+", r"\s+[-–]\s+", r"\s*/\s*"):
        parts = re.split(separator, bare)
        if len(parts) != 2:
            continue
        days = []
        for part in parts:
            iso = re.fullmatch(r"\d{4}-\d{2}-\d{2}", part.strip())
            read = read_date(part.strip())
            days.append(part.strip() if iso else read[1].isoformat() if read else "")
        if all(days):
            yield Proposal("date.french", "/".join(days), safe=True)


def _propose_subject(field: Field, bare: str) -> Iterator[Proposal]:
    """« Libertes publiques et pourvoirs de police/… », as the prefecture spells it."""
    first, slash, rest = bare.partition("/")
    if not slash:
        return
    folded = fold(first).replace("pourvoirs", "pouvoirs")
    for subject in ACT_SUBJECTS:
        if fold(subject) == folded:
            yield Proposal("subject.written", f"{subject}/{rest.strip()}", safe=True)


_BY_TYPE = {
    "number": _propose_number,
    "integer": _propose_integer,
    "year": _propose_year,
    "date": _propose_date,
    "datetime": _propose_datetime,
    "boolean": _propose_boolean,
    "array": _propose_array,
    "time": _propose_time,
    "geopoint": _propose_geopoint,
}

_BY_CODE = {
    "pattern.mismatch": _propose_written,
    "interval.wrong": _propose_code,
    "code.wrong": _propose_code,
    "siren.wrong": _propose_siren,
    "hours.wrong": _propose_hours,
    "phone.wrong": _propose_phone,
    "subject.unknown": _propose_subject,
}
