"""The register, refreshed from API Géo: names, populations, SIREN, EPCI, postal codes.

The shipped register says which communes there are; API Géo says what has changed
about them since. It is believed whole or not at all: a département half answered,
a commune without SIREN, a page of maintenance, and the shipped register is used as
it is, with the cause. A refresh never fails.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ckanext.odlocale.base.http import GuardedClient
from ckanext.odlocale.territory import api_geo, naming
from ckanext.odlocale.territory.api_geo import ApiGeoUnavailable, Json
from ckanext.odlocale.territory.contours import Contour, RefusedContour, read_contours
from ckanext.odlocale.territory.identifiers import is_insee, is_siren
from ckanext.odlocale.territory.register import Register, Row

Source = Literal["api-geo", "shipped-offline"]
CauseCode = Literal["no_answer", "incomplete", "inconsistent"]

#: What a whole refresh may take, in seconds: a page is not waiting, a job is.
MAX_SECONDS = 300.0
#: Above one commune in twenty that is missing, an answer is not a vintage's but cut.
MISSING_SHARE = 20
MAX_NAME = 200
MAX_POPULATION = 10_000_000
MAX_POSTAL_CODES = 100

Position = tuple[float, float]


@dataclass(frozen=True)
class Cause:
    """Why API Géo was not believed.

    :ivar departement: the département that it was about; nothing for the EPCI.
    :ivar detail: in English, for an operator.
    """

    code: CauseCode
    departement: str
    detail: str

    def __str__(self) -> str:
        place = f"département {self.departement}: " if self.departement else ""
        return f"{place}{self.detail}"


@dataclass(frozen=True)
class Refreshed:
    """A register, and where it comes from.

    :ivar register: the refreshed one; the one given, when API Géo was not believed.
    :ivar cause: why it was not.
    :ivar contours: those of the communes, where the service gave them.
    :ivar refused: contours that it gave and that are none.
    :ivar centres: longitude and latitude, by INSEE code.
    :ivar missing: communes of the register that the service has no more: they keep
        what the register says. The service is one vintage ahead.
    :ivar unknown: communes of the service that the register does not have yet.
    :ivar no_contours: why there are no contours, when the rest was believed.
    """

    register: Register
    source: Source
    cause: Cause | None = None
    contours: tuple[Contour, ...] = ()
    refused: tuple[RefusedContour, ...] = ()
    centres: Mapping[str, Position] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    no_contours: Cause | None = None


class _Distrusted(Exception):
    def __init__(self, code: CauseCode, departement: str, detail: str) -> None:
        super().__init__(detail)
        self.cause = Cause(code, departement, detail)


@dataclass(frozen=True)
class _Timed:
    """A client whose calls share one deadline."""

    client: GuardedClient
    deadline: float
    clock: Callable[[], float]

    def current(self, departement: str) -> GuardedClient:
        left = self.deadline - self.clock()
        if left <= 0:
            raise ApiGeoUnavailable(departement, "the refresh took too long")
        seconds = min(left, self.client.total_seconds)
        return replace(self.client, total_seconds=seconds)


def refresh_register(
    client: GuardedClient,
    register: Register,
    departements: Iterable[str],
    address: str = api_geo.ADDRESS,
    *,
    with_contours: bool = True,
    max_seconds: float = MAX_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> Refreshed:
    """Return a register with what API Géo says today of some départements.

    Two calls for each département, one for all the EPCI.

    :param client: what calls the service, with its timeouts and retries.
    :param register: the shipped one, which is left as it is.
    :param departements: codes of départements.
    :param address: where the service is.
    :param with_contours: whether to ask for contours, which weigh much.
    :param max_seconds: what the whole may take.
    :returns: always a register that can be used; see :class:`Refreshed`.
    """
    timed = _Timed(client, clock() + max_seconds, clock)
    codes = sorted(set(departements))
    try:
        answers = {
            code: api_geo.fetch_communes(timed.current(code), code, address)
            for code in codes
        }
        groupings = api_geo.fetch_epci(timed.current(""), address)
        refreshed = _merge(register, answers, groupings)
    except ApiGeoUnavailable as error:
        cause = Cause("no_answer", error.departement, error.cause)
        return Refreshed(register, "shipped-offline", cause)
    except _Distrusted as distrusted:
        return Refreshed(register, "shipped-offline", distrusted.cause)
    return (
        _with_contours(refreshed, timed, codes, address) if with_contours else refreshed
    )


def _with_contours(
    refreshed: Refreshed, timed: _Timed, codes: Sequence[str], address: str
) -> Refreshed:
    features: list[Any] = []
    cause = None
    try:
        for code in codes:
            found = api_geo.fetch_contours(timed.current(code), [code], address)
            features += found["features"]
    except ApiGeoUnavailable as error:
        cause = Cause("no_answer", error.departement, error.cause)
    document = {"type": "FeatureCollection", "features": features}
    contours, refused = read_contours(document)
    known = [one for one in contours if refreshed.register.commune(one.code)]
    return replace(refreshed, contours=tuple(known), refused=refused, no_contours=cause)


def _merge(
    register: Register,
    answers: Mapping[str, Sequence[Json]],
    groupings: Sequence[Json],
) -> Refreshed:
    names = _epci_names(groupings)
    rows: dict[str, Row] = {}
    centres: dict[str, Position] = {}
    missing: list[str] = []
    unknown: list[str] = []
    for departement, answer in answers.items():
        found = _communes_by_code(register, departement, answer)
        shipped = [
            *(one.insee or "" for one in register.communes(departement)),
            *(one.insee for one in register.unidentified(departement)),
        ]
        lost = [code for code in shipped if code not in found]
        if not found or len(lost) * MISSING_SHARE > len(shipped):
            detail = f"{len(found)} communes, the register has {len(shipped)}"
            raise _Distrusted("incomplete", departement, detail)
        missing += lost
        for code, item in found.items():
            row = register.row(code)
            if row is None:
                unknown.append(code)
                continue
            rows[code] = _commune_row(row, item, departement, names)
            centre = _centre(item.get("centre"))
            if centre is not None:
                centres[code] = centre
    rows.update(_epci_rows(register, rows.values(), names))
    _refuse_repeated(register, rows)
    return Refreshed(
        register.overlaid(rows),
        "api-geo",
        centres=centres,
        missing=tuple(missing),
        unknown=tuple(unknown),
    )


def _communes_by_code(
    register: Register, departement: str, answer: Sequence[Json]
) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for item in answer:
        code = item.get("code")
        if not isinstance(code, str) or not is_insee(code) or code in found:
            raise _Distrusted("inconsistent", departement, f"code {str(code)[:40]!r}")
        former = register.successions.get(code)
        if former is not None and former.kind == "arrondissement":
            continue
        row = register.row(code)
        # A code of another département would change communes that nobody asked for.
        place = row[8] if row is not None else item.get("codeDepartement")
        if place != departement:
            detail = f"{code} is in département {place!r}"
            raise _Distrusted("inconsistent", departement, detail)
        found[code] = item
    return found


def _commune_row(
    row: Row, item: Json, departement: str, epci_names: Mapping[str, str]
) -> Row:
    def distrust(what: str) -> _Distrusted:
        detail = f"{row[2]}: {what}"
        return _Distrusted("inconsistent", departement, detail)

    name = item.get("nom")
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
        raise distrust(f"name {str(name)[:40]!r}")
    siren = item.get("siren") or ""
    if (siren or row[1]) and not (isinstance(siren, str) and is_siren(siren)):
        raise distrust(f"SIREN {str(siren)[:40]!r}")
    population = item.get("population")
    if population is not None and not _is_population(population):
        raise distrust(f"population {str(population)[:40]!r}")
    epci = item.get("codeEpci") or ""
    # No commune leaves an EPCI without entering another: the field is missing.
    if (epci or row[7]) and (not isinstance(epci, str) or epci not in epci_names):
        raise distrust(f"EPCI {str(epci)[:40]!r}")
    codes = item.get("codesPostaux")
    if codes is not None and not _are_postal_codes(codes):
        raise distrust("postal codes")
    written = " ".join(name.split())
    full_name = row[4]
    if written != row[3]:
        full_name = naming.commune_full_name(written, naming.guess_liaison(written))
    return (
        row[0],
        siren,
        row[2],
        written,
        full_name,
        row[5],
        row[6] if population is None else str(population),
        epci,
        row[8],
        row[9],
        " ".join(sorted(codes)) if codes else row[10],
    )


def _epci_names(groupings: Sequence[Json]) -> dict[str, str]:
    found = {}
    for item in groupings:
        siren, name = item.get("code"), item.get("nom")
        if not isinstance(siren, str) or not is_siren(siren):
            raise _Distrusted("inconsistent", "", f"EPCI {str(siren)[:40]!r}")
        if not isinstance(name, str) or not 0 < len(name.strip()) <= MAX_NAME:
            raise _Distrusted("inconsistent", "", f"name of the EPCI {siren}")
        found[siren] = " ".join(name.split())
    return found


def _epci_rows(
    register: Register, communes: Iterable[Row], names: Mapping[str, str]
) -> dict[str, Row]:
    """Return the rows of the EPCI whose communes were refreshed."""
    people: dict[str, Counter[tuple[str, str]]] = {}
    for row in communes:
        if row[7]:
            places = people.setdefault(row[7], Counter())
            places[row[8], row[9]] += int(row[6] or 0)
    rows = {}
    for siren, places in people.items():
        name, full_name = names[siren], naming.epci_full_name(names[siren])
        shipped = register.row(siren)
        if shipped is not None:
            rows[siren] = (*shipped[:3], name, full_name, *shipped[5:])
            continue
        departement, region = max(sorted(places), key=places.__getitem__)
        category = name.partition(" ")[0]
        category = category if category in ("CC", "CA", "CU") else ""
        figures = (category, str(places.total()), "", departement, region, "")
        rows[siren] = ("epci", siren, "", name, full_name, *figures)
    return rows


def _refuse_repeated(register: Register, rows: Mapping[str, Row]) -> None:
    sirens = Counter(row[1] for row in rows.values() if row[1])
    for code, row in rows.items():
        other = register.by_siren(row[1]) if row[1] else None
        taken = other is not None and other.code not in rows and other.code != code
        if taken or sirens[row[1]] > 1:
            raise _Distrusted("inconsistent", row[8], f"{code}: SIREN {row[1]} twice")


def _is_population(value: object) -> bool:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return is_number and 0 <= value <= MAX_POPULATION  # type: ignore[operator]


def _are_postal_codes(codes: object) -> bool:
    return (
        isinstance(codes, list)
        and len(codes) <= MAX_POSTAL_CODES
        and all(
            isinstance(code, str) and len(code) == 5 and code.isdecimal()
            for code in codes
        )
    )


def _centre(value: object) -> Position | None:
    """Return the position of a GeoJSON point, if it is one on Earth."""
    found = value.get("coordinates") if isinstance(value, dict) else None
    if not isinstance(found, list) or len(found) < 2:
        return None
    longitude, latitude = found[:2]
    for degrees, bound in ((longitude, 180), (latitude, 90)):
        is_number = isinstance(degrees, (int, float)) and not isinstance(degrees, bool)
        if not is_number or not math.isfinite(degrees) or abs(degrees) > bound:
            return None
    return float(longitude), float(latitude)
