"""What may be answered to a finding, one row or the whole group.

Kept apart from the answers themselves (:mod:`ckanext.odlocale.scdl.decisions`), so
that a report says what it accepts without reading the table again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

OptionCode = Literal["apply", "publish", "fill", "replace", "withdraw", "mask", "keep"]
OPTION_CODES: tuple[OptionCode, ...] = get_args(OptionCode)

#: Findings about a row as a whole: it may leave the file.
WITHDRAWABLE: Final = frozenset(
    {"unique.repeated", "key.repeated", "row.total", "row.twice"}
)

#: Rows that are data, or are not: there is nothing to write in their cells.
DOUBTFUL: Final = frozenset({"row.total", "row.twice"})

#: A required column is missing: one value may be given to every row.
ABSENT: Final = frozenset({"column.missing", "siret.absent"})

#: What forbids publishing: nobody keeps it knowingly.
FOREIGN: Final = frozenset({"siret.foreign", "insee.foreign"})

#: Personal data in a cell that a text without the person can replace.
MASKABLE: Final = frozenset(
    {
        "personal.nir",
        "personal.bank",
        "personal.birth",
        "personal.email",
        "personal.phone",
        "personal.person",
        "personal.beneficiary",
        "personal.aid",
        "personal.staff",
        "personal.conduct",
        "personal.sale",
    }
)


@dataclass(frozen=True)
class Option:
    """One answer that a group of findings accepts.

    :ivar code: ``apply`` the correction that is proposed; ``publish`` a column that
        the schema does not expect; ``fill`` a missing column with one value;
        ``replace`` the cell by a value given; ``withdraw`` the row; ``mask`` the
        person in the cell; ``keep`` it as it is, knowingly
    :ivar needs_value: whether a value goes with the answer
    """

    code: OptionCode
    needs_value: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form."""
        return {"code": self.code, "needs_value": self.needs_value}


def list_options(
    code: str,
    *,
    cells: bool,
    correctable: bool,
    safe: bool,
    publishable: bool = False,
) -> tuple[Option, ...]:
    """Return what may be answered to a finding.

    :param code: the finding's code
    :param cells: whether it is about cells of one column
    :param correctable: whether a correction is proposed
    :param safe: whether that correction has no other meaning
    :param publishable: whether it is a column that may be published as it is

    >>> [one.code for one in list_options(
    ...     "enum.near", cells=True, correctable=True, safe=False)]
    ['apply', 'replace', 'keep']
    """
    if code.startswith("personal."):
        masked = (Option("mask"),) if code in MASKABLE else ()
        return (
            Option("withdraw"), *masked, Option("replace", needs_value=True),
            Option("keep"),
        )  # fmt: skip
    options: tuple[Option, ...] = (Option("apply"),) if correctable else ()
    if publishable:
        return (*options, Option("publish"))
    if code in ABSENT:
        return (*options, Option("fill", needs_value=True))
    if cells and code not in DOUBTFUL:
        options += (Option("replace", needs_value=True),)
    if code in WITHDRAWABLE or code in FOREIGN:
        options += (Option("withdraw"),)
    if options and not safe and code not in FOREIGN:
        options += (Option("keep"),)
    return options
