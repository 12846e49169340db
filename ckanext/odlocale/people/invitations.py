"""Inviting people: which lines of a list may be, what a link is, how long it holds.

A link holds 14 days and serves once. Only its hash is kept, so that nobody who reads
the database comes in by it.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ckanext.odlocale.people.roles import Role

State = Literal[
    "waiting", "sending", "sent", "refused", "unknown", "accepted", "declined",
    "cancelled",
]  # fmt: skip
Standing = Literal[
    "waiting", "sent", "expired", "refused", "unknown", "accepted", "declined",
    "cancelled",
]  # fmt: skip

LIFETIME: Final = datetime.timedelta(days=14)
#: States in which an invitation may still be answered, or sent.
OPEN: Final[tuple[State, ...]] = ("waiting", "sending", "sent", "unknown")
MAX_LINES: Final = 5_000
MAX_BYTES: Final = 2 * 1024 * 1024
_TOKEN_BYTES = 32

# What a mail server and CKAN both accept; RFC 5322 allows more than anybody uses.
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}"
)
# A dot ends an initial or a title, of three letters at most, and no word follows it.
_DOTTED = re.compile(r"[^\W\d_]{4,}\.|\.[^\W\d_]")
_ROLES: Final[dict[str, Role]] = {
    "": "agent",
    "agent": "agent",
    "responsable": "manager",
    "animateur": "animator",
    "animatrice": "animator",
}
_HEADERS: Final = {
    "code": ("code", "insee", "code_insee", "code insee", "siren"),
    "email": ("email", "e-mail", "courriel", "mail", "adresse_courriel", "mèl"),
    "name": ("nom", "name", "nom complet", "prénom nom"),
    "role": ("role", "rôle"),
}


class NoColumn(ValueError):
    """A list lacks the column of the codes, or that of the addresses.

    :ivar column: ``code`` or ``email``
    """

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


@dataclass(frozen=True)
class Line:
    """Somebody to invite, as a list names them.

    :ivar row: of the list, from 1, its header included
    """

    row: int
    code: str
    email: str
    name: str
    role: Role | None


def new_token() -> str:
    """Return a link's secret: 256 bits, for an address.

    >>> len(new_token())
    43
    """
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_of(token: str) -> str:
    """Return what is kept of a secret of 256 bits: no salt is needed for one."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_address(text: str) -> bool:
    """Tell whether a text is an e-mail address.

    >>> [is_address(one) for one in ("mairie@crach.fr", "mairie@crach", "a b@c.fr")]
    [True, False, False]
    """
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def is_person_name(text: str) -> bool:
    """Tell whether a text may be somebody's name in a letter: one line of letters, that
    is no sentence and no address of the web.

    >>> names = ("Anne-Marie Le Goff", "J.-P. D’Hervé", "Jean\\n\\nCliquez", "evil.fr")
    >>> [is_person_name(one) for one in names]
    [True, True, False, False]
    """
    if len(text) > 80 or _DOTTED.search(text):
        return False
    return all(one.isalnum() or one in " '’.-" for one in text) and bool(text.strip())


def standing(
    state: State, expires_at: datetime.datetime | None, now: datetime.datetime
) -> Standing:
    """Return how an invitation stands.

    >>> now = datetime.datetime(2026, 1, 1)
    >>> standing("sent", now, now), standing("sent", now + LIFETIME, now)
    ('expired', 'sent')
    """
    if state == "sending":
        return "unknown"
    if state in ("sent", "unknown") and expires_at is not None and expires_at <= now:
        return "expired"
    return state


def read_list(content: bytes) -> list[Line]:
    """Return the people of a CSV list, one a row.

    Columns: the code of the collectivité (INSEE or SIREN) and the e-mail address; the
    name and the role (``agent``, ``responsable``, ``animateur``) are optional. An
    address column may hold several, as the national directory has them: the first
    serves.

    :raises NoColumn: no such column
    :raises ValueError: too long, or not a text
    """
    if len(content) > MAX_BYTES:
        raise ValueError("too long")
    text = _decode(content)
    delimiter = max(";,\t", key=text.partition("\n")[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [cell.strip().casefold() for cell in next(rows, [])]
        where = {
            name: next((header.index(one) for one in names if one in header), None)
            for name, names in _HEADERS.items()
        }
        for name in ("code", "email"):
            if where[name] is None:
                raise NoColumn(name)
        lines = list(_lines(rows, where))
    except csv.Error as error:
        raise ValueError("not a list") from error
    if len(lines) > MAX_LINES:
        raise ValueError("too long")
    return lines


def _lines(rows: Iterator[list[str]], where: dict[str, int | None]) -> Iterator[Line]:
    def cell(row: list[str], name: str) -> str:
        index = where[name]
        return row[index].strip() if index is not None and index < len(row) else ""

    for number, row in enumerate(rows, 2):
        if any(one.strip() for one in row):
            address = re.split(r"[;,\s]+", cell(row, "email"))[0].lower()
            code = cell(row, "code").replace(" ", "").upper()
            # A spreadsheet drops the zero of the Ain.
            code = code.zfill(5) if len(code) == 4 else code
            role = _ROLES.get(cell(row, "role").casefold())
            yield Line(number, code, address, cell(row, "name")[:200], role)


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("not a text")


Reason = Literal[
    "address", "role", "code", "twice", "member", "waiting", "animator", "crowd"
]  # fmt: skip
#: Invitations that one address may receive in a day, from all the portal: its mailbox
#: is somebody's.
MOST_TO_ONE = 10


def reason_against(
    line: Line,
    *,
    known: Collection[str],
    seen: Collection[tuple[str, str]],
    members: Collection[tuple[str, str]],
    waiting: Collection[tuple[str, str]],
    kind: str = "commune",
    to_one: int = 0,
) -> Reason | None:
    """Tell why somebody on a list is not invited, if so.

    :param known: codes that the inviter may invite for
    :param seen: codes and addresses of the lines before
    :param members: codes and addresses of those who work there already
    :param waiting: codes and addresses of those who were invited and may still answer
    :param kind: of the collectivité: a commune has responsables, others animateurs
    :param to_one: how many lines before invite the same address
    """
    pair = (line.code, line.email)
    if not is_address(line.email):
        return "address"
    if line.role is None:
        return "role"
    if line.code not in known:
        return "code"
    if line.role != "agent" and (line.role == "manager") != (kind == "commune"):
        return "animator"
    if pair in seen:
        return "twice"
    if pair in members:
        return "member"
    if pair in waiting:
        return "waiting"
    return "crowd" if to_one >= MOST_TO_ONE else None
