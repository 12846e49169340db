"""Several portals read into one table, for whoever animates nationally.

Each portal is read by itself, within bounds: one that is dead, slow, answers a page, or
lies costs its own figures only, and the report says why. What a portal may be believed
about is little: a SIREN that the register does not have, a date to come, an open
collectivité without a set of data are refused. A collectivité that two portals know
counts once.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from ckanext.odlocale.observatory.goals import month_ends
from ckanext.odlocale.territory.identifiers import is_siren

FORMAT = "odlocale-observatory-1"
WELL_KNOWN = "/.well-known/odlocale.json"
#: Portals read at once, so that a slow one keeps nobody waiting.
AT_ONCE = 16
#: What one ATD may have published of one collectivité, beyond which it is no count.
MOST_DATASETS = 100_000
MOST_ATDS = 500

Fault = Literal[
    "no_answer",
    "not_ours",
    "other_host",
    "unreadable",
    "unknown_siren",
    "impossible_date",
    "impossible_count",
    "open_without_data",
]

#: What gives the bytes of an address; raises :class:`NoAnswer`.
Fetch = Callable[[str], bytes]


class NoAnswer(Exception):
    """An address gave nothing that can be read."""


@dataclass(frozen=True)
class Known:
    """What one portal says of one collectivité.

    :ivar atds: SIREN of those that cover it there
    """

    siren: str
    is_open: bool
    datasets: int
    since: datetime.date | None
    atds: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Answer:
    """What one portal gave.

    :ivar faults: why it, or some of its rows, are not counted: how many of each
    """

    url: str
    name: str = ""
    rows: tuple[Known, ...] = ()
    atds: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[Fault, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Gathered:
    """All portals together.

    :ivar rows: one for each collectivité, whatever number of portals know it
    :ivar shared: SIREN that several portals answered about
    :ivar uncovered: SIREN of communes of the register that no ATD covers
    :ivar curve: how many were open at the end of each month, by those open today
    """

    answers: tuple[Answer, ...]
    rows: tuple[Known, ...]
    shared: tuple[str, ...]
    uncovered: tuple[str, ...]
    curve: tuple[tuple[datetime.date, int], ...]

    @property
    def open(self) -> int:
        """How many are open, each once."""
        return sum(one.is_open for one in self.rows)


def collect(
    urls: Sequence[str],
    fetch: Fetch,
    register: Iterable[str],
    communes: Iterable[str],
    today: datetime.date,
) -> Gathered:
    """Read portals, and join what they say.

    :param fetch: bounded in time and in size
    :param register: the SIREN that exist
    :param communes: those of communes
    """
    known = frozenset(register)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = tuple(
            pool.map(lambda url: read_portal(url, fetch, known, today), urls)
        )
    return join(answers, communes, today)


def read_portal(
    url: str, fetch: Fetch, register: frozenset[str], today: datetime.date
) -> Answer:
    """Read one portal; whatever it answers, something is returned."""
    home = url.rstrip("/") + "/"
    try:
        described = json.loads(fetch(urljoin(home, WELL_KNOWN)))
    except NoAnswer:
        return Answer(url, faults={"no_answer": 1})
    except (ValueError, RecursionError):
        return Answer(url, faults={"not_ours": 1})
    if not isinstance(described, dict) or described.get("format") != FORMAT:
        return Answer(url, faults={"not_ours": 1})
    faults: dict[Fault, int] = {}
    found: dict[str, Known] = {}
    atds: dict[str, str] = {}
    tables = [("", "", described.get("collectivities"))]
    listed = described.get("atds")
    for one in listed[:MOST_ATDS] if isinstance(listed, list) else ():
        # A syndicat may be one, which no register of collectivités holds.
        siren = str(one.get("siren")) if isinstance(one, dict) else ""
        if siren in register or is_siren(siren):
            atds[str(one["siren"])] = str(one.get("name") or "")[:200]
            tables.append((str(one["siren"]), "", one.get("collectivities")))
        else:
            _note(faults, "unknown_siren")
    register = register | frozenset(atds)
    for atd, _, address in tables:
        for known in _read_table(home, address, fetch, register, today, faults):
            before = found.get(known.siren)
            covered = {atd} - {""} | (before.atds if before else frozenset())
            chosen = _best(known, before)
            found[known.siren] = Known(
                chosen.siren,
                chosen.is_open,
                chosen.datasets,
                chosen.since,
                frozenset(covered),
            )
    name = str(described.get("name") or "")[:200]
    return Answer(url, name, tuple(found.values()), atds, faults)


def _read_table(
    home: str,
    address: object,
    fetch: Fetch,
    register: frozenset[str],
    today: datetime.date,
    faults: dict[Fault, int],
) -> Iterable[Known]:
    # It may name no other server: else one portal speaks for another, or has us call.
    table = _address(home, address)
    if table is None:
        _note(faults, "other_host")
        return
    try:
        text = fetch(table).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text), strict=True)
        if not {"siren", "ouverte", "jeux"} <= set(reader.fieldnames or ()):
            _note(faults, "unreadable")
            return
        rows = list(reader)
    except NoAnswer:
        _note(faults, "no_answer")
        return
    except (UnicodeDecodeError, csv.Error):
        _note(faults, "unreadable")
        return
    for row in rows:
        read = _read_row(row, register, today)
        if isinstance(read, Known):
            yield read
        else:
            _note(faults, read)


#: Columns of how many sets of data there are, by place.
_COUNTS = ("jeux", "jeux_datagouv", "jeux_ailleurs")


def _read_row(
    row: Mapping[str, Any], register: frozenset[str], today: datetime.date
) -> Known | Fault:
    siren = str(row.get("siren") or "")
    if siren not in register:
        return "unknown_siren"
    counts = [str(row.get(name) or "0") for name in _COUNTS]
    if not all(one.isascii() and one.isdigit() and len(one) < 9 for one in counts):
        return "impossible_count"
    datasets = max(int(one) for one in counts)
    if datasets > MOST_DATASETS:
        return "impossible_count"
    written = str(row.get("ouverte_depuis") or "")
    try:
        since = datetime.date.fromisoformat(written) if written else None
    except ValueError:
        return "impossible_date"
    if since is not None and since > today:
        return "impossible_date"
    is_open = str(row.get("ouverte")) in ("1", "true")
    # Portals of before do not say how many are elsewhere.
    tells_all = "jeux_ailleurs" in row or str(row.get("ouverte_ici")) in ("1", "true")
    if is_open and not datasets and tells_all:
        return "open_without_data"
    return Known(siren, is_open, datasets, since if is_open else None)


def join(
    answers: Sequence[Answer], communes: Iterable[str], today: datetime.date
) -> Gathered:
    """Join what portals say: a collectivité counts once, whoever knows it.

    Where several do, the one that knows most of it is kept: their counts may be of the
    same sets of data, so that they are not added.
    """
    found: dict[str, Known] = {}
    times: dict[str, int] = {}
    for answer in answers:
        for one in answer.rows:
            before = found.get(one.siren)
            best = _best(one, before)
            covered = one.atds | (before.atds if before else frozenset())
            found[one.siren] = Known(
                best.siren, best.is_open, best.datasets, best.since, covered
            )
            times[one.siren] = times.get(one.siren, 0) + 1
    rows = tuple(found[siren] for siren in sorted(found))
    covered_ones = {one.siren for one in rows if one.atds}
    dates = sorted(one.since for one in rows if one.since is not None)
    days = month_ends(dates[0], today) if dates else []
    curve = tuple((day, sum(one <= day for one in dates)) for day in days)
    shared = tuple(sorted(siren for siren, count in times.items() if count > 1))
    uncovered = tuple(sorted(set(communes) - covered_ones))
    return Gathered(tuple(answers), rows, shared, uncovered, curve)


def _best(one: Known, other: Known | None) -> Known:
    if other is None:
        return one
    dates = [each.since for each in (one, other) if each.since is not None]
    first = max((one, other), key=lambda each: (each.is_open, each.datasets))
    since = min(dates) if dates else None
    return Known(one.siren, first.is_open, first.datasets, since, first.atds)


def _note(faults: dict[Fault, int], fault: Fault) -> None:
    faults[fault] = faults.get(fault, 0) + 1


def _address(home: str, said: object) -> str | None:
    """The address of a table, if it is one and on the portal's own server."""
    if not isinstance(said, str):
        return None
    try:
        address = urljoin(home, said)
    except ValueError:
        return None
    return address if same_host(home, address) else None


def same_host(home: str, address: str) -> bool:
    """Tell whether an address of the Web is on the same server as another.

    >>> same_host("https://a.fr/", "https://a.fr/x"), same_host("https://a.fr/", "x:y")
    (True, False)
    """
    first, second = urlsplit(home), urlsplit(address)
    return second.scheme in ("http", "https") and first.netloc == second.netloc
