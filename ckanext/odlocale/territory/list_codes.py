"""One cell of a list of collectivités: which code it holds, whose it is.

Spreadsheets take figures for numbers: ``01001`` comes back as ``1001``, a SIRET as
``2,156E+13``. What can be restored for certain is, and said; the rest is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from ckanext.odlocale.territory.definition import Part
from ckanext.odlocale.territory.identifiers import is_insee, is_siren, is_siret
from ckanext.odlocale.territory.register import Collectivity, Register, Succession

Refusal = Literal[
    "no_code",
    "not_code",
    "rounded",
    "postal_code",
    "wrong_siren",
    "wrong_siret",
    "unknown_insee",
    "unknown_siren",
    "codes_differ",
]
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)

RemarkCode = Literal[
    "zero_restored",
    "siret",
    "merged",
    "deleguee",
    "associee",
    "arrondissement",
    "no_siren",
    "other_siren",
    "other_name",
    "twice",
    "not_in_register",
]
REMARKS: tuple[RemarkCode, ...] = get_args(RemarkCode)

_NOISE = re.compile(r"[\s.\-_'’‘`\u200b\ufeff]+")
# What a spreadsheet makes of a whole number: «56046,0», «2,15600461E+08».
_DECIMALS = re.compile(r"(\d+)[.,]0+")
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")


@dataclass(frozen=True)
class Remark:
    """What was understood otherwise than it was written; it is accepted."""

    code: RemarkCode
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """What a code stands for.

    :ivar part: what it adds to a perimeter; nothing for a SIREN that the register
        does not have.
    :ivar siren: of the collectivité; nothing for a commune without one.
    :ivar name: as the register writes it.
    """

    part: Part | None
    siren: str | None
    name: str
    remarks: tuple[Remark, ...] = ()


class Refused(Exception):
    """A code that cannot be used."""

    def __init__(self, code: Refusal, **params: str) -> None:
        super().__init__(code)
        self.code: Refusal = code
        self.params = params


def read_code(text: str, register: Register) -> Read:
    """Return what a code stands for.

    A commune is always kept by its INSEE code: it survives a change of SIREN.

    :param text: an INSEE code, a SIREN or a SIRET, as a spreadsheet wrote it.
    :raises Refused: it is none, its check digit is wrong, or nobody bears it.

    >>> read_code("1001", Register.load()).part
    Part(kind='commune', code='01001')
    """
    code = _plain(text)
    if len(code) in (13, 14) and code.isdecimal():
        return _read_siret(code, register)
    if len(code) in (8, 9) and code.isdecimal():
        return _read_siren(code, register)
    if len(code) == 4 and code.isdecimal():
        found = _read_insee(f"0{code}", register)
        return _with(found, Remark("zero_restored", {"code": f"0{code}"}))
    if len(code) != 5 or not is_insee(code):
        raise Refused("not_code")
    return _read_insee(code, register)


def looks_like_code(text: str) -> bool:
    """Tell whether a cell has the form of a code, whoever bears it."""
    try:
        code = _plain(text)
    except Refused:
        return False
    return is_insee(code.zfill(5)) or (code.isdecimal() and len(code) in (9, 14))


def _plain(text: str) -> str:
    text = text.strip()
    whole = _DECIMALS.fullmatch(text)
    if whole:
        return whole[1]
    number = _SCIENTIFIC.fullmatch(text)
    if number is None:
        return _NOISE.sub("", text).upper()
    digits, exponent = number[1] + (number[2] or ""), int(number[3])
    # Fewer digits than the number has: the spreadsheet has rounded it.
    if len(digits) != exponent + 1:
        raise Refused("rounded")
    return digits


def _read_insee(code: str, register: Register) -> Read:
    unidentified = register.unidentified_commune(code)
    if unidentified is not None:
        remark = Remark("no_siren", {"name": unidentified.name})
        return Read(Part("commune", code), None, unidentified.name, (remark,))
    resolved = register.resolve(code)
    if resolved is None:
        served = register.with_postal_code(code)
        if served:
            raise Refused("postal_code", communes=_name_some(register, served))
        raise Refused("unknown_insee", vintage=str(register.vintage))
    read = _read_collectivity(resolved.collectivity)
    if resolved.former is None:
        return read
    return _with(read, _remark_former(resolved.former, resolved.collectivity))


def _read_siren(code: str, register: Register) -> Read:
    siren = code.zfill(9)
    if not is_siren(siren):
        raise Refused("wrong_siren")
    found = register.by_siren(siren)
    read = Read(None, siren, "") if found is None else _read_collectivity(found)
    if siren != code:
        read = _with(read, Remark("zero_restored", {"code": siren}))
    return read


def _read_siret(code: str, register: Register) -> Read:
    siret = code.zfill(14)
    if not is_siret(siret):
        raise Refused("wrong_siret")
    read = _read_siren(siret[:9], register)
    return _with(read, Remark("siret", {"siren": siret[:9]}))


def _read_collectivity(found: Collectivity) -> Read:
    if found.insee is not None:
        return Read(Part("commune", found.insee), found.siren, found.name)
    return Read(Part("siren", found.siren), found.siren, found.title)


def _remark_former(former: Succession, heir: Collectivity) -> Remark:
    facts = {"code": former.code, "former": former.name, "name": heir.name}
    return Remark(former.kind, {**facts, "insee": heir.insee or ""})


def _name_some(register: Register, codes: tuple[str, ...]) -> str:
    communes = filter(None, map(register.commune, codes[:3]))
    names = [f"{one.name} ({one.insee})" for one in communes]
    return ", ".join([*names, "…"] if len(codes) > 3 else names)


def _with(read: Read, remark: Remark) -> Read:
    return Read(read.part, read.siren, read.name, (*read.remarks, remark))
