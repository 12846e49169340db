"""A page of rows, as a visitor reads it: searched, sorted, one page at a time."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ckanext.odlocale.base.french import format_date, format_number
from ckanext.odlocale.tables.columns import OWNER_COLUMNS

PAGE_ROWS = 20

#: Further pages of a long table are read from its file.
MAX_PAGE = 500
MAX_WORDS = 200

_NUMBERS = ("numeric", "int4", "int8")

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Asked:
    """What a visitor asks for, from an address.

    :ivar sort: a column; empty for the order of the file
    """

    words: str = ""
    sort: str = ""
    descending: bool = False
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Asked:
        """Read an address; what means nothing is left out."""
        number = query.get("page", "")
        page = int(number) if number.isascii() and number.isdigit() else 1
        return cls(
            words=query.get("mots", "")[:MAX_WORDS].strip(),
            sort=query.get("tri", ""),
            descending=query.get("sens") == "desc",
            page=min(max(page, 1), MAX_PAGE),
        )

    def to_query(self, **changed: Any) -> str:
        """Write an address, with some of it changed."""
        values = {
            "mots": self.words,
            "tri": self.sort,
            "sens": "desc" if self.descending else "",
            "page": self.page,
            **changed,
        }
        kept = {key: one for key, one in values.items() if one not in ("", 1)}
        return "?" + urlencode(kept) + "#lignes"

    def to_search(self, names: Sequence[str]) -> dict[str, Any]:
        """Return what ``datastore_search`` is asked.

        :param names: of the columns there are: another is no order
        """
        found: dict[str, Any] = {
            "limit": PAGE_ROWS,
            "offset": (self.page - 1) * PAGE_ROWS,
        }
        if self.words:
            found["q"] = self.words
        if self.sort in names:
            order = "desc" if self.descending else "asc"
            found["sort"] = f'"{self.sort}" {order} nulls last, "_id" asc'
        return found


@dataclass(frozen=True)
class Heading:
    """The head of one column.

    :ivar sorted: ``ascending``, ``descending``, or ``none``
    :ivar href: sorts by it, or the other way round
    """

    name: str
    label: str
    number: bool
    sorted: str
    href: str


def show_rows(
    asked: Asked, fields: Sequence[Mapping[str, Any]], found: Mapping[str, Any], *,
    owners: bool, _: Translate, places: Mapping[int, int] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return a page of rows for a template.

    :param fields: as ``datastore_info`` gives them
    :param found: as ``datastore_search`` gives it
    :param owners: whether the rows are several collectivités', and say whose
    :param places: in their file, from 1, of rows by their ``_id``
    :returns: ``asked``, ``headings``, ``rows`` (lists of texts), ``lines`` (of the
        file, whose titles are the first; nothing where it is not known), ``total``,
        ``page``, ``pages``, ``former`` and ``next`` (addresses, or nothing)
    """
    shown = [
        one
        for one in fields
        if one["id"] not in OWNER_COLUMNS or (owners and one["id"] == "org_name")
    ]
    total = int(found["total"])
    pages = min(max(1, -(-total // PAGE_ROWS)), MAX_PAGE)
    page = min(asked.page, pages)
    yes_no = (_("Yes"), _("No"))
    return {
        "asked": asked,
        "headings": [_heading(asked, one) for one in shown],
        "rows": [
            [_text(row.get(one["id"]), one["type"], yes_no) for one in shown]
            for row in found["records"]
        ],
        "lines": [
            place + 1 if (place := (places or {}).get(row.get("_id"))) else None
            for row in found["records"]
        ],
        "total": total,
        "page": page,
        "pages": pages,
        "former": asked.to_query(page=page - 1) if page > 1 else None,
        "next": asked.to_query(page=page + 1) if page < pages else None,
    }


def _heading(asked: Asked, field: Mapping[str, Any]) -> Heading:
    name = field["id"]
    label = (field.get("info") or {}).get("label") or name
    sorted_ = "none"
    if asked.sort == name:
        sorted_ = "descending" if asked.descending else "ascending"
    other = "desc" if sorted_ == "ascending" else ""
    href = asked.to_query(tri=name, sens=other, page=1)
    return Heading(name, label, field["type"] in _NUMBERS, sorted_, href)


def _text(value: Any, kind: str, yes_no: tuple[str, str]) -> str:
    if value is None:
        return ""
    if kind == "bool":
        return yes_no[0] if value else yes_no[1]
    if kind == "date":
        return format_date(datetime.date.fromisoformat(str(value)[:10]))
    # A whole number may be a code or a year, which French does not cut in threes.
    if kind == "numeric" and isinstance(value, float):
        return format_number(value)
    return str(value)
