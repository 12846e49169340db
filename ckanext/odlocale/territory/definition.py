"""How an ATD's perimeter is defined: what it includes, what it leaves out.

A definition is data that a person wrote and the database keeps: it knows no
register. :func:`ckanext.odlocale.territory.perimeters.build_perimeter` says what it
covers in a given year.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, get_args

from ckanext.odlocale.territory.identifiers import is_insee, is_siren

PartKind = Literal["region", "departement", "epci", "commune", "siren"]
PART_KINDS: tuple[PartKind, ...] = get_args(PartKind)

FaultCode = Literal[
    "not_definition",
    "unknown_field",
    "not_list",
    "not_part",
    "unknown_kind",
    "wrong_code",
    "wrong_check_digit",
    "unknown_code",
    "not_other",
    "no_name",
    "long_name",
    "in_register",
    "twice",
    "too_many",
    "empty",
]
FAULT_CODES: tuple[FaultCode, ...] = get_args(FaultCode)

#: Parts and others that a definition may have: the communes of France, and more.
MAX_PARTS = 40_000
MAX_NAME = 200

_CODED_BY_SIREN = ("epci", "siren")
_FIELDS = ("include", "exclude", "others")
_REGION_LENGTH = 2
_INSEE_LENGTH = 5


@dataclass(frozen=True)
class Fault:
    """What is wrong in a definition, and where.

    :ivar field: the place, as ``include.3.code``, counted from 0.
    :ivar params: what its sentence needs (``code``, ``kind``, ``vintage``…).
    """

    field: str
    code: FaultCode
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)


class PerimeterError(ValueError):
    """A perimeter cannot be made.

    :ivar faults: all that is wrong, in the definition's order; at least one.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        facts = " ".join(f"{name}={value!r}" for name, value in first.params.items())
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        super().__init__(f"{first.field}: {first.code} {facts}".rstrip() + more)
        self.faults = tuple(faults)


class WrongDefinition(PerimeterError):
    """It is not written as a definition must be."""


class UnknownCode(PerimeterError):
    """It names what the register does not have.

    :ivar kind: of the first code that is unknown.
    :ivar code: the first code that is unknown.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        first = next(fault for fault in faults if fault.code == "unknown_code")
        self.kind = first.params["kind"]
        self.code = first.params["code"]


class EmptyPerimeter(PerimeterError):
    """It holds nothing."""

    def __init__(self) -> None:
        super().__init__([Fault("include", "empty")])


@dataclass(frozen=True, order=True)
class Part:
    """A piece of the territory.

    :ivar kind: ``region`` and ``departement`` (with all they hold), ``epci`` (with
        its communes), ``commune``, or ``siren``: that collectivité alone.
    :ivar code: the COG's code for the first two, the INSEE code of a commune, a
        SIREN for the others.
    """

    kind: PartKind
    code: str

    @classmethod
    def of(cls, kind: PartKind, text: str) -> Part:
        """Make a part of a code as people write it: ``1`` for ``01``, ``2a``.

        >>> Part.of("departement", " 1 "), Part.of("commune", "1 001").code
        (Part(kind='departement', code='01'), '01001')
        """
        code = "".join(text.split()).upper()
        if code.isdecimal() and kind in ("region", "departement"):
            code = code.zfill(_REGION_LENGTH)
        elif code.isdecimal() and kind == "commune":
            code = code.zfill(_INSEE_LENGTH)
        return cls(kind, code)

    def to_dict(self) -> dict[str, str]:
        """Return it as JSON."""
        return {"kind": self.kind, "code": self.code}


@dataclass(frozen=True)
class Other:
    """A collectivité that no register has: a syndicat, with its name and its place."""

    siren: str
    name: str
    departement: str | None = None
    region: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """Return it as JSON."""
        place = {"departement": self.departement, "region": self.region}
        return {"siren": self.siren, "name": self.name, "kind": "syndicat", **place}


@dataclass(frozen=True)
class Definition:
    """What a perimeter includes, excludes, and adds to the register."""

    include: tuple[Part, ...] = ()
    exclude: tuple[Part, ...] = ()
    others: tuple[Other, ...] = ()

    @classmethod
    def of_departements(cls, codes: Iterable[str]) -> Definition:
        """Return the definition of one or several départements."""
        return cls(tuple(sorted({Part.of("departement", code) for code in codes})))

    @classmethod
    def from_dict(cls, value: object) -> Definition:
        """Read a definition, as the API or the database gives it.

        A part given twice counts once.

        :param value: ``{"include": [{"kind", "code"}], "exclude": [the same],
            "others": [{"siren", "name", "kind", "departement", "region"}]}``; each
            of the three may be absent.
        :raises WrongDefinition: with everything that is wrong in it. Whether its
            codes exist is the register's to say.
        """
        if not isinstance(value, Mapping):
            raise WrongDefinition([Fault("definition", "not_definition")])
        faults = [
            Fault(str(name)[:MAX_NAME], "unknown_field")
            for name in value
            if name not in _FIELDS
        ]
        include = tuple(_read_parts(value.get("include"), "include", faults))
        exclude = tuple(_read_parts(value.get("exclude"), "exclude", faults))
        others = tuple(_read_others(value.get("others"), faults))
        if not faults and not include and not others:
            raise EmptyPerimeter
        if faults:
            raise WrongDefinition(faults)
        return cls(tuple(dict.fromkeys(include)), tuple(dict.fromkeys(exclude)), others)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON; :meth:`from_dict` gives it back."""
        return {
            "include": [part.to_dict() for part in self.include],
            "exclude": [part.to_dict() for part in self.exclude],
            "others": [other.to_dict() for other in self.others],
        }


def _read_parts(value: object, name: str, faults: list[Fault]) -> Iterator[Part]:
    for rank, item in enumerate(_list(value, name, faults)):
        place = f"{name}.{rank}"
        if not isinstance(item, Mapping):
            faults.append(Fault(place, "not_part"))
            continue
        kind, code = item.get("kind"), item.get("code")
        if not _is_part_kind(kind):
            faults.append(Fault(f"{place}.kind", "unknown_kind", {"kind": _show(kind)}))
            continue
        if not isinstance(code, str):
            faults.append(Fault(f"{place}.code", "wrong_code", _facts(kind, code)))
            continue
        part = Part.of(kind, code)
        wrong = _wrong_code(part)
        if wrong is not None:
            faults.append(Fault(f"{place}.code", wrong, _facts(kind, code)))
            continue
        yield part


def _read_others(value: object, faults: list[Fault]) -> Iterator[Other]:
    seen: set[str] = set()
    for rank, item in enumerate(_list(value, "others", faults)):
        place = f"others.{rank}"
        if not isinstance(item, Mapping) or item.get("kind", "syndicat") != "syndicat":
            faults.append(Fault(place, "not_other"))
            continue
        siren, name = item.get("siren"), item.get("name")
        part = Part.of("siren", siren if isinstance(siren, str) else "")
        wrong = "twice" if part.code in seen else _wrong_code(part)
        title = " ".join(name.split()) if isinstance(name, str) else ""
        if wrong is not None:
            faults.append(Fault(f"{place}.siren", wrong, _facts("siren", siren)))
        elif not title:
            faults.append(Fault(f"{place}.name", "no_name"))
        elif len(title) > MAX_NAME:
            faults.append(Fault(f"{place}.name", "long_name"))
        else:
            seen.add(part.code)
            codes = (_place(item, key) for key in ("departement", "region"))
            yield Other(part.code, title, *codes)


def _place(item: Mapping[Any, Any], key: str) -> str | None:
    value = item.get(key)
    if not isinstance(value, str) or not value.strip():
        return None
    return Part.of("departement" if key == "departement" else "region", value).code


def _list(value: object, name: str, faults: list[Fault]) -> Sequence[object]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        faults.append(Fault(name, "not_list"))
        return ()
    if len(value) > MAX_PARTS:
        faults.append(Fault(name, "too_many", {"limit": str(MAX_PARTS)}))
        return ()
    return value


def _wrong_code(part: Part) -> FaultCode | None:
    """Tell what is wrong in a code by its form alone."""
    if part.kind in _CODED_BY_SIREN:
        if len(part.code) != 9 or not (part.code.isascii() and part.code.isdecimal()):
            return "wrong_code"
        return None if is_siren(part.code) else "wrong_check_digit"
    if part.kind == "commune":
        return None if is_insee(part.code) else "wrong_code"
    is_short = 2 <= len(part.code) <= 3 and part.code.isascii()
    return None if is_short and part.code.isalnum() else "wrong_code"


def _is_part_kind(value: object) -> TypeGuard[PartKind]:
    return isinstance(value, str) and value in PART_KINDS


def _facts(kind: str, code: object) -> dict[str, str]:
    return {"kind": kind, "code": _show(code)}


def _show(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
