"""SIRET and SIREN numbers: the check digit, on one value and on a column.

Rule: 14 digits, Luhn's sum over the whole and over the first nine (the SIREN);
La Poste's establishments (SIREN 356000000), but for its head office, have a plain sum
of digits that is a multiple of five instead (Insee, répertoire Sirene).
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

LA_POSTE = "356000000"
LA_POSTE_HEAD_OFFICE = "35600000000048"


#: How a spreadsheet writes a number too long for its cell, once its figures are lost.
SCIENTIFIC = r"[0-9][.,]?[0-9]*\s*[eE]\s*\+?\s*[0-9]{1,2}"


def is_cut(column: pl.Expr) -> pl.Expr:
    """Return whether a spreadsheet wrote each cell as « 2,15E+13 »."""
    return column.str.contains(rf"^\s*{SCIENTIFIC}\s*$")


def is_siret(text: str) -> bool:
    """Tell whether 14 digits are a SIRET.

    >>> is_siret("21560046100010"), is_siret("21560046100011")
    (True, False)
    """
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return False
    if text.startswith(LA_POSTE) and text != LA_POSTE_HEAD_OFFICE:
        return sum(map(int, text)) % 5 == 0
    return _luhn(text) and _luhn(text[:9])


def is_siren(text: str) -> bool:
    """Tell whether nine digits are a SIREN."""
    return len(text) == 9 and text.isascii() and text.isdigit() and _luhn(text)


def _luhn(text: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(text)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def is_siret_column(column: pl.Expr) -> pl.Expr:
    """Return whether each cell is a SIRET, as :func:`is_siret` does for one."""
    return column.map_batches(_check_sirets, return_dtype=pl.Boolean)


def is_siren_column(column: pl.Expr) -> pl.Expr:
    """Return whether each cell is a SIREN."""
    return column.map_batches(_check_sirens, return_dtype=pl.Boolean)


# Series, not expressions: each digit would otherwise parse the text again.


#: Values below which one by one is faster than the columns' own operations.
_FEW = 300


def _check_sirets(texts: pl.Series) -> pl.Series:
    if len(texts) <= _FEW:
        return _check_each(is_siret, texts)
    shape = texts.str.contains(r"^[0-9]{14}$")
    number = texts.set(~shape, None).cast(pl.Int64)
    siren = number // 10**5
    post = (siren == int(LA_POSTE)) & (number != int(LA_POSTE_HEAD_OFFICE))
    checked = (_sum_digits(number, 14, 2) % 10 == 0) & (
        _sum_digits(siren, 9, 2) % 10 == 0
    )
    plain = _sum_digits(number, 14, 1) % 5 == 0
    valid: pl.Series = (post & plain) | (~post & checked)
    return shape & valid.fill_null(False)


def _check_each(holds: Callable[[str], bool], texts: pl.Series) -> pl.Series:
    held = [None if text is None else holds(text) for text in texts]
    return pl.Series(texts.name, held, dtype=pl.Boolean)


def _check_sirens(texts: pl.Series) -> pl.Series:
    if len(texts) <= _FEW:
        return _check_each(is_siren, texts)
    shape = texts.str.contains(r"^[0-9]{9}$")
    number = texts.set(~shape, None).cast(pl.Int64)
    valid: pl.Series = _sum_digits(number, 9, 2) % 10 == 0
    return shape & valid.fill_null(False)


def _sum_digits(number: pl.Series, length: int, factor: int) -> pl.Series:
    """Add digits, every other one (from the right) times a factor, less nine above."""
    total: pl.Series = number * 0
    for place in range(length):
        digit = number % 10
        number = number // 10
        if place % 2 and factor == 2:
            digit = 2 * digit - 9 * (digit > 4).cast(pl.Int64)
        total = total + digit
    return total
