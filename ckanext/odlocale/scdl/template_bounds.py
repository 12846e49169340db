"""What a spreadsheet can hold: columns, names of columns, names of sheets."""

from __future__ import annotations

import re
import unicodedata

from ..base.language import translator
from .prefilled import HELP_SHEETS
from .sentences import N_
from .table_schema import TableSchema
from .template_columns import MAX_CELL, clean, count_units, shorten

#: What a sheet holds.
MAX_COLUMNS = 16_384
MAX_SHEET_NAME = 31

_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_RESERVED = {"history", "historique"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

#: Why no template is made, in English for gettext.
REFUSALS = {
    "columns": N_("A spreadsheet holds {limit} columns, this model has {count}."),
    "name": N_("A spreadsheet cannot hold the column name “{value}”."),
}


class TemplateRefused(ValueError):
    """No spreadsheet can hold a template of this schema.

    :ivar code: a key of :data:`REFUSALS`
    :ivar params: what its sentence is filled with
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def tell(self, lang: str = "fr") -> str:
        """Return the sentence."""
        return translator(lang).gettext(REFUSALS[self.code]).format(**self.params)


def check_holdable(schema: TableSchema) -> None:
    """Refuse a schema that no spreadsheet can hold.

    :raises TemplateRefused: too many columns, or a name that a cell cannot hold
    """
    if len(schema.fields) > MAX_COLUMNS:
        raise TemplateRefused("columns", count=len(schema.fields), limit=MAX_COLUMNS)
    for field in schema.fields:
        if len(field.name) > MAX_CELL or _CONTROL.search(field.name):
            shown = clean(field.name)[:60]
            raise TemplateRefused("name", value=shown)


def name_sheet(label: str) -> str:
    """Return a label as the name of a sheet: 31 characters, no sign that is refused.

    >>> name_sheet("Arrêtés [poids/lourds]: circulation et stationnement")
    'Arrêtés poids lourds'
    """
    plain = _FORBIDDEN.sub(" ", clean(unicodedata.normalize("NFC", label)))
    plain = " ".join(plain.split()).strip("' ")
    if count_units(plain) > MAX_SHEET_NAME:
        plain = shorten(plain, MAX_SHEET_NAME + 1).rstrip("…' ")
    taken = {one.casefold() for one in HELP_SHEETS} | _RESERVED
    if not plain or plain.casefold() in taken:
        return f"Données {plain}".strip()[:MAX_SHEET_NAME]
    return plain
