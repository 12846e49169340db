"""What a grid keeps, and what becomes of two hands in one cell. Knows no database.

Every cell remembers the version of the draft that last changed it. A change says the
version that was on the agent's screen: where somebody else changed the same cell
since, to something else, both values are kept and the agent chooses. All other cells
are saved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

#: Rows of one draft, those taken out since it was last checked included.
MAX_ROWS = 2_000
#: Characters of one cell, and of a whole draft.
MAX_TEXT = 10_000
MAX_CHARACTERS = 4_000_000
#: Cells, and rows, that one request may change.
MAX_CHANGES = 20_000

_ROW_ID = re.compile(r"[0-9a-z-]{1,40}")
_KEY = re.compile(r"[a-z0-9-]{1,60}")

#: The draft one gets without asking for another.
DEFAULT_KEY = "brouillon"


class Unkeepable(ValueError):
    """What was sent cannot be kept; nothing of it was.

    :ivar code: names a sentence, see :func:`sentence_of`
    :ivar params: what the sentence says besides
    """

    def __init__(self, code: str, **params: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def sentence_of(problem: Unkeepable, gettext: Callable[[str], str]) -> str:
    """Say to the agent why something was not kept, and what to do.

    :param gettext: translates a sentence into the reader's language
    """
    sentences = {
        "text": gettext("A cell holds a text. Nothing of this was saved."),
        "sign": gettext(
            "This text holds a sign that cannot be kept. Type it without pasting."
        ),
        "long": gettext(
            "This text has {length} characters, {limit} at most can be kept."
            " Shorten it."
        ),
        "column": gettext("The column “{name}” is not in this model. Reload the page."),
        "row": gettext("This row is not in the table any more. Reload the page."),
        "row_id": gettext("The number of a row is not right. Reload the page."),
        "key": gettext("The address of this table is not right."),
        "rows": gettext(
            "A table filled in online holds {limit} rows at most. Beyond, deposit a"
            " file."
        ),
        "characters": gettext(
            "This table is too long to be filled in online. Deposit a file instead."
        ),
        "cut": gettext(
            "“{value}” has lost its digits. In the spreadsheet, give these cells the"
            " Number format, without decimals. Then copy them again."
        ),
        "nothing": gettext("There is nothing to paste. Copy the cells again."),
        "twice": gettext(
            "Two columns cannot both go to “{title}”. Choose another place for one."
        ),
        "nowhere": gettext("Choose a place for one column at least."),
        "changes": gettext(
            "{limit} cells at most can be changed at once. Do it in several times."
        ),
    }
    return sentences[problem.code].format(**problem.params)


def keep_text(value: Any) -> str:
    """Return a cell as it is kept: its text, without spaces around it.

    :raises Unkeepable: not a text, too long, or with a sign no database keeps
    """
    if not isinstance(value, str):
        raise Unkeepable("text")
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise Unkeepable("sign")
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MAX_TEXT:
        raise Unkeepable("long", length=len(text), limit=MAX_TEXT)
    return text


def keep_row_id(value: Any) -> str:
    """Return the identifier of a row, chosen by who adds it.

    :raises Unkeepable: it is not one
    """
    if not isinstance(value, str) or not _ROW_ID.fullmatch(value):
        raise Unkeepable("row_id")
    return value


def keep_key(value: str) -> str:
    """Return what tells a draft from the others of the same model.

    :raises Unkeepable: letters without accents, digits and dashes only, 60 at most
    """
    if not _KEY.fullmatch(value):
        raise Unkeepable("key")
    return value


def free_key(taken: Iterable[str]) -> str:
    """Return the key of one more table of a model.

    >>> free_key(["brouillon", "tableau-2"])
    'tableau-3'
    """
    known = set(taken)
    number = len(known) + 1
    while f"tableau-{number}" in known:
        number += 1
    return f"tableau-{number}"


@dataclass(frozen=True)
class Stamp:
    """Who last changed a cell.

    :ivar version: of the draft, once changed
    :ivar user: identifier of the account
    :ivar at: the moment, ISO
    :ivar client: the window it was typed in: a window is never in conflict with itself
    """

    version: int
    user: str | None
    at: str
    client: str = ""

    def to_list(self) -> list[Any]:
        """Return the JSON-safe form."""
        return [self.version, self.user, self.at, self.client]


@dataclass(frozen=True)
class Row:
    """One row of a draft: the cells that hold something, and who wrote each."""

    id: str
    cells: Mapping[str, str] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    removed: bool = False

    def write(self, name: str, value: str, stamp: Stamp) -> Row:
        """Return the row with one cell changed; an empty text empties it."""
        cells = {key: text for key, text in self.cells.items() if key != name}
        if value:
            cells[name] = value
        return replace(self, cells=cells, stamps={**self.stamps, name: stamp})


@dataclass(frozen=True)
class Change:
    """What an agent typed.

    :ivar seen: version of the draft that was on the screen
    """

    row: str
    field: str
    value: str
    seen: int


@dataclass(frozen=True)
class Conflict:
    """A cell that two people changed: nothing is lost until somebody chooses.

    :ivar mine: what was typed second, kept aside
    :ivar user: who typed it
    """

    row: str
    field: str
    mine: str
    user: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form."""
        return {
            "row": self.row,
            "field": self.field,
            "mine": self.mine,
            "user": self.user,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Conflict:
        """Rebuild from :meth:`to_dict`."""
        return cls(data["row"], data["field"], data["mine"], data["user"])

    def same_cell(self, other: Conflict) -> bool:
        """Whether it is about the same cell of the same person."""
        return (self.row, self.field, self.user) == (other.row, other.field, other.user)


@dataclass(frozen=True)
class Merged:
    """What becomes of some changes.

    :ivar rows: the rows changed, by identifier
    :ivar conflicts: cells left as they were, with what was typed
    """

    rows: Mapping[str, Row]
    conflicts: tuple[Conflict, ...]


def read_changes(given: Any, names: Iterable[str], seen: int) -> list[Change]:
    """Return the changes of a request.

    :param given: list of ``{"row", "field", "value"[, "seen"]}``
    :param names: the model's columns
    :param seen: version that was on the screen, where a change says none
    :raises Unkeepable: one of them cannot be kept: none is
    """
    known = frozenset(names)
    if not isinstance(given, list):
        raise Unkeepable("text")
    if len(given) > MAX_CHANGES:
        raise Unkeepable("changes", limit=MAX_CHANGES)
    changes = []
    for one in given:
        if not isinstance(one, Mapping):
            raise Unkeepable("text")
        name = one.get("field")
        if not isinstance(name, str) or name not in known:
            raise Unkeepable("column", name=keep_shown(name))
        since = one.get("seen", seen)
        if not isinstance(since, int) or isinstance(since, bool):
            raise Unkeepable("text")
        changes.append(
            Change(
                keep_row_id(one.get("row")), name, keep_text(one.get("value")), since
            )
        )
    return changes


def keep_shown(value: Any) -> str:
    """Return a name that a sentence may quote, whatever was sent."""
    return str(value)[:60].encode("utf-8", "replace").decode("utf-8")


def read_cells(given: Any, names: Iterable[str]) -> dict[str, str]:
    """Return the cells of a row to add, empty ones left out.

    :raises Unkeepable: one of them cannot be kept
    """
    if not isinstance(given, Mapping):
        raise Unkeepable("text")
    listed = [{"row": "r", "field": key, "value": text} for key, text in given.items()]
    read = read_changes(listed, names, 0)
    return {one.field: one.value for one in read if one.value}


def merge(rows: Mapping[str, Row], changes: Iterable[Change], stamp: Stamp) -> Merged:
    """Write changes on the rows that they are about.

    A change is in conflict where the cell was changed since by another window, and
    not to the same value; or where its row was taken out.

    :param rows: at least the rows concerned
    :param stamp: who changes them now
    :raises Unkeepable: a row is not in the draft
    """
    written = dict(rows)
    touched: set[str] = set()
    conflicts: list[Conflict] = []
    for change in changes:
        row = written.get(change.row)
        if row is None:
            raise Unkeepable("row")
        present = row.cells.get(change.field, "")
        if present == change.value and not row.removed:
            continue
        if row.removed or _changed_since(row.stamps.get(change.field), change, stamp):
            conflicts.append(
                Conflict(change.row, change.field, change.value, stamp.user)
            )
            continue
        written[change.row] = row.write(change.field, change.value, stamp)
        touched.add(change.row)
    return Merged({key: written[key] for key in touched}, tuple(conflicts))


def _changed_since(last: Stamp | None, change: Change, stamp: Stamp) -> bool:
    if last is None or last.version <= change.seen:
        return False
    return not (stamp.client and last.client == stamp.client)


def keep_conflicts(
    known: Iterable[Conflict], found: Iterable[Conflict]
) -> tuple[Conflict, ...]:
    """Return the conflicts to be settled: of one cell and person, the latest."""
    kept = list(known)
    for one in found:
        kept = [other for other in kept if not other.same_cell(one)]
        kept.append(one)
    return tuple(kept)


def count_characters(rows: Iterable[Row]) -> int:
    """Return how long some rows are."""
    return sum(len(text) for row in rows for text in row.cells.values())
