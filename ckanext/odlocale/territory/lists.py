"""A list of collectivités that a person sends: a CSV file or a spreadsheet.

Any usual delimiter and encoding, XLSX, XLS and ODS, through the reader of deposited
files: a workbook is read in a process of its own, whose memory and time are bounded.
Every row of the file is in the result: accepted, maybe with a remark, or refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.table import Table
from ckanext.odlocale.scdl.words import fold, fold_name
from ckanext.odlocale.territory.definition import MAX_NAME, Other, Part
from ckanext.odlocale.territory.list_codes import (
    Read,
    Refusal,
    Refused,
    Remark,
    looks_like_code,
    read_code,
)
from ckanext.odlocale.territory.register import FORMER_KINDS, Register

#: Largest file, in bytes, and rows in it: all the communes of France weigh 3 MB.
MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000

# Headers as they are compared: letters and figures only.
_HEADERS: Mapping[str, frozenset[str]] = {
    "siret": frozenset(
        "siret numerosiret nsiret numsiret codesiret collsiret siretcollectivite "
        "siretmairie siretcommune siretsiege".split()
    ),
    "siren": frozenset(
        "siren numerosiren nsiren numsiren codesiren collsiren sirencollectivite "
        "sirencommune sirenepci siretsiren sirencol numerodesiren".split()
    ),
    "insee": frozenset(
        "insee codeinsee codecommune codeinseecommune codecommuneinsee inseecommune "
        "inseecom codgeo comcode codecom depcom cog codecog comm com codeofficiel "
        "codeofficielgeographique numinsee numeroinsee ninsee codeinseedelacommune "
        "codedelacommune codegeo codegeographique".split()
    ),
    "name": frozenset(
        "nom commune nomcommune nomdelacommune communes libelle libgeo libcom "
        "collectivite nomcollectivite nomdelacollectivite organisation organization "
        "nomorganisation denomination raisonsociale mairie intitule name".split()
    ),
    "departement": frozenset("departement codedepartement dep dpt numdep".split()),
}
_CODES = ("insee", "siret", "siren")
# How the name of a group of collectivités begins, as opposed to a commune's.
_SYNDICAT = re.compile(
    r"(?:syndicat|si|sm|sivu|sivom|sictom|smictom|sitcom|sitom|siaep|smaep|sde|petr|"
    r"pole|epage|eptb)\b"
)
_PREFIX = re.compile(
    r"^(?:mairie|commune|ville|village|bourg)\s+(?:de\s+la|de\s+l|de|du|des|d)\s+"
)


class NoCodeColumn(ValueError):
    """A table where no column holds codes.

    :ivar headers: the columns that it has.
    """

    def __init__(self, headers: Sequence[str]) -> None:
        super().__init__(f"no column of codes among: {', '.join(headers)}")
        self.headers = tuple(headers)


class TooManyRows(ValueError):
    """A table with more rows than there are communes."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} rows, {MAX_ROWS} at most")
        self.count = count


@dataclass(frozen=True)
class ListedRow:
    """A row that is accepted.

    :ivar row: its number in the file, as a spreadsheet shows it.
    :ivar value: the code as it is written.
    :ivar part: what it adds; nothing where ``other`` is.
    :ivar name: as the register writes it, or as the file does for an ``other``.
    """

    row: int
    value: str
    name: str
    part: Part | None = None
    other: Other | None = None
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class RefusedRow:
    """A row that is not: its number in the file, its code as written, and why."""

    row: int
    value: str
    reason: Refusal
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ListRead:
    """What a list says. Each of its rows is in one of the two."""

    rows: tuple[ListedRow, ...]
    refused: tuple[RefusedRow, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """What it adds to a perimeter, each once, in its order."""
        return tuple(dict.fromkeys(row.part for row in self.rows if row.part))

    @property
    def others(self) -> tuple[Other, ...]:
        """The syndicats of the list, which the register does not have."""
        return tuple(dict.fromkeys(row.other for row in self.rows if row.other))


def read_list(
    data: bytes, filename: str | None = None, register: Register | None = None
) -> ListRead:
    """Read a list of INSEE codes, SIREN or SIRET.

    The columns are found by their titles, or by what they hold; a file without
    titles is read too. Of a workbook, the first sheet that holds codes counts.

    :param filename: for messages only: what the file is comes from its content.
    :param register: where codes are looked for; the latest that ships by default.
    :raises ckanext.odlocale.scdl.unreadable.Unreadable: it is no table.
    :raises NoCodeColumn: it is one, without codes.
    :raises TooManyRows: it is too long.
    """
    known = register or Register.load()
    table = read(data, filename, max_bytes=MAX_BYTES)
    columns = _find_columns(table, known)
    sheets = iter(table.source.sheets)
    first = table
    while not columns.keys() & set(_CODES):
        sheet = next(sheets, None)
        if sheet is None:
            raise NoCodeColumn([header for header in first.headers if header.strip()])
        table = read(data, filename, sheet=sheet, max_bytes=MAX_BYTES)
        columns = _find_columns(table, known)
    rows = list(_rows(table, columns))
    if len(rows) > MAX_ROWS:
        raise TooManyRows(len(rows))
    return _read_rows(rows, known)


def _find_columns(table: Table, register: Register) -> dict[str, int]:
    """Return the position of each column that matters, by what it is."""
    found: dict[str, int] = {}
    folded = [fold_name(header) for header in table.headers]
    for meaning, titles in _HEADERS.items():
        places = [at for at, title in enumerate(folded) if title in titles]
        if places:
            found[meaning] = places[0]
    if not found.keys() & set(_CODES):
        at = _column_of_codes(table, register)
        if at is not None:
            found["insee"] = at
    return found


def _column_of_codes(table: Table, register: Register) -> int | None:
    """Return the column most of whose values are somebody's code."""
    best, most = None, 0
    for at, name in enumerate(table.names):
        values = [v for v in table.frame[name].head(200).to_list() if v.strip()]
        borne = sum(_is_borne(value, register) for value in values)
        if borne * 2 > len(values) and borne > most:
            best, most = at, borne
    return best


def _is_borne(text: str, register: Register) -> bool:
    try:
        return looks_like_code(text) and read_code(text, register).part is not None
    except Refused:
        return False


def _rows(
    table: Table, columns: Mapping[str, int]
) -> Iterator[tuple[int, dict[str, str]]]:
    # A file without titles: what the reader took for them is the first row.
    first = {meaning: table.headers[at].strip() for meaning, at in columns.items()}
    if any(looks_like_code(first[meaning]) for meaning in _CODES if meaning in first):
        yield table.source.header_row, first
    titles = frozenset().union(*_HEADERS.values())
    numbers = table.row_numbers.to_list()
    for number, cells in zip(numbers, table.frame.iter_rows(), strict=True):
        row = {meaning: cells[at].strip() for meaning, at in columns.items()}
        # Titles below a first line that is not them («Liste des communes»).
        if not any(row.get(name) and fold_name(row[name]) in titles for name in _CODES):
            yield number, row


def _read_rows(
    rows: Sequence[tuple[int, Mapping[str, str]]], register: Register
) -> ListRead:
    accepted: list[ListedRow] = []
    refused: list[RefusedRow] = []
    seen: dict[Part | Other, int] = {}
    for number, row in rows:
        written = [row[name] for name in _CODES if row.get(name)]
        value = written[0] if written else row.get("name", "")
        try:
            listed = _read_row(number, row, written, register)
        except Refused as refusal:
            refused.append(
                RefusedRow(number, value[:MAX_NAME], refusal.code, refusal.params)
            )
            continue
        key = listed.part or listed.other
        if key is not None and seen.setdefault(key, number) != number:
            twice = Remark("twice", {"first": str(seen[key]), "name": listed.name})
            listed = _remarked(listed, twice)
        accepted.append(listed)
    return ListRead(tuple(accepted), tuple(refused))


def _read_row(
    number: int, row: Mapping[str, str], written: Sequence[str], register: Register
) -> ListedRow:
    if not written:
        raise Refused("no_code")
    found = [read_code(text, register) for text in written]
    known = [one for one in found if one.part is not None]
    name = " ".join(row.get("name", "").split())[:MAX_NAME]
    if not known:
        return _read_other(number, written[0], found[0], name, row)
    if len({one.part for one in known}) > 1:
        raise Refused("codes_differ", names=", ".join(one.name for one in known))
    chosen = known[0]
    remarks: list[Remark] = []
    for remark in (remark for one in found for remark in one.remarks):
        if remark not in remarks:
            remarks.append(remark)
    listed = ListedRow(
        number, written[0][:MAX_NAME], chosen.name, chosen.part, remarks=tuple(remarks)
    )
    strangers = [one.siren for one in found if one.part is None and one.siren]
    if strangers:
        facts = {"siren": strangers[0], "name": chosen.name}
        listed = _remarked(listed, Remark("other_siren", facts))
    if name and _is_itself(listed) and not _same_name(name, chosen.name):
        facts = {"written": name, "name": chosen.name}
        listed = _remarked(listed, Remark("other_name", facts))
    return listed


def _read_other(
    number: int, value: str, found: Read, name: str, row: Mapping[str, str]
) -> ListedRow:
    if found.siren is None or not _SYNDICAT.match(fold(name)):
        raise Refused("unknown_siren")
    place = row.get("departement", "")
    departement = Part.of("departement", place).code if place else None
    other = Other(found.siren, name, departement)
    remark = Remark("not_in_register", {"siren": found.siren, "name": name})
    return ListedRow(number, value, name, other=other, remarks=(*found.remarks, remark))


def _is_itself(listed: ListedRow) -> bool:
    """Tell whether a row names a commune by its own code, not by a former one."""
    is_commune = listed.part is not None and listed.part.kind == "commune"
    return is_commune and not any(one.code in FORMER_KINDS for one in listed.remarks)


def _same_name(written: str, official: str) -> bool:
    """Tell whether two names may be the same commune's."""
    mine, theirs = (_PREFIX.sub("", fold(name)) for name in (written, official))
    return mine in theirs or theirs in mine


def _remarked(listed: ListedRow, remark: Remark) -> ListedRow:
    return replace(listed, remarks=(*listed.remarks, remark))
