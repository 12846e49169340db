"""Numbers that identify French collectivités: SIREN, SIRET, INSEE code.

A SIREN (9 figures) names a legal unit, a SIRET (14) one of its establishments;
both end with a Luhn check digit (INSEE, *Sirene* documentation). La Poste's
establishments are too many for that rule: the sum of their 14 figures is a
multiple of 5 instead. The INSEE code of a commune comes from the Code officiel
géographique, where Corsica's départements are written 2A and 2B.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ckanext.odlocale.base.french import slugify

if TYPE_CHECKING:
    from ckanext.odlocale.territory.register import Collectivity

LA_POSTE = "356000000"
LA_POSTE_HEAD_OFFICE = "35600000000048"
# CKAN's own limit on the name of an organisation (ckan.logic.validators).
NAME_MAX_LENGTH = 100

_SIREN = re.compile(r"[0-9]{9}")
_SIRET = re.compile(r"[0-9]{14}")
_INSEE = re.compile(r"(?:[013-9][0-9]|2[AB1-9])[0-9]{3}")


def is_siren(text: str) -> bool:
    """Tell whether a text is a SIREN: nine figures whose Luhn sum is right.

    >>> is_siren("215600461"), is_siren("215600462"), is_siren("000000000")
    (True, False, False)
    """
    return _SIREN.fullmatch(text) is not None and text.strip("0") != "" and _luhn(text)


def is_siret(text: str) -> bool:
    """Tell whether a text is a SIRET: fourteen figures and a right check digit.

    Its first nine figures must be a SIREN too.

    >>> is_siret("21560046100010"), is_siret("21560046100011")
    (True, False)
    """
    if _SIRET.fullmatch(text) is None or not is_siren(text[:9]):
        return False
    if text.startswith(LA_POSTE) and text != LA_POSTE_HEAD_OFFICE:
        return sum(map(int, text)) % 5 == 0
    return _luhn(text)


def is_insee(text: str) -> bool:
    """Tell whether a text is written as a commune's INSEE code.

    The form only: whether a commune bears it is the register's to say.

    >>> is_insee("56046"), is_insee("2A004"), is_insee("2C004"), is_insee("20004")
    (True, True, False, False)
    """
    return _INSEE.fullmatch(text) is not None


def default_siret(siren: str) -> str:
    """Return the usual SIRET of a collectivité's head office, to be confirmed.

    Most town halls kept their first establishment number, 0001, followed by the
    check digit; those that moved did not.

    :param siren: a SIREN.
    :raises ValueError: it is not one.

    >>> default_siret("215600461")
    '21560046100010'
    """
    if not is_siren(siren):
        raise ValueError(f"not a SIREN: {siren!r}")
    stem = f"{siren}0001"
    return next(stem + digit for digit in "0123456789" if _luhn(stem + digit))


def organization_name(collectivity: Collectivity) -> str:
    """Return the name of a collectivité's organisation: ``crach-56046``.

    The code at the end (INSEE for a commune, SIREN for others) makes it unique
    where names are not. A long name is cut so that the whole fits in CKAN's 100
    characters.
    """
    code = collectivity.code.lower()
    room = NAME_MAX_LENGTH - len(code) - 1
    slug = slugify(collectivity.name)[:room].rstrip("-")
    return f"{slug}-{code}" if slug else code


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    plain = sum(map(int, digits[-1::-2]))
    return (plain + sum(n - 9 if n > 9 else n for n in doubled)) % 10 == 0
