"""The one error reading raises: a file that holds no table, and why."""

from __future__ import annotations

from typing import Literal, get_args

UnreadableCode = Literal[
    "missing",
    "empty",
    "no_rows",
    "binary",
    "not_table",
    "damaged",
    "protected",
    "too_large",
    "too_many_cells",
    "too_many_columns",
    "cell_too_long",
    "zip_bomb",
    "zip_many",
    "busy",
    "no_converter",
]

CODES: tuple[UnreadableCode, ...] = get_args(UnreadableCode)


class Unreadable(ValueError):
    """A file that cannot be read as a table.

    :ivar code: the reason, one of :data:`CODES`
    :ivar params: facts for the sentence: ``size`` and ``limit`` in bytes, ``row``…

    The sentence an agent reads comes from
    :func:`ckanext.odlocale.scdl.messages.render_unreadable`.
    """

    def __init__(self, code: UnreadableCode, **params: int | str) -> None:
        super().__init__(code)
        self.code: UnreadableCode = code
        self.params = params

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({facts})" if facts else self.code
