"""The register of collectivités: one vintage of the Code officiel géographique.

It is shipped with the package (``data/``, made by ``scripts/build_register.py``)
and read only when it is first asked for. Communes déléguées, communes associées
and arrondissements are not in it: none of them is a legal person. Paris, Lyon
and Marseille are one commune each.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, get_args

Kind = Literal["commune", "epci", "departement", "region", "syndicat"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LATEST_VINTAGE = 2026
DATA = Path(__file__).resolve().parent / "data"

COLUMNS = (
    "kind",
    "siren",
    "insee",
    "name",
    "full_name",
    "category",
    "population",
    "epci_siren",
    "departement",
    "region",
    "postal_codes",
)
DIVISION_COLUMNS = ("code", "name", "region", "head_siren")

Row = tuple[str, ...]


class UnknownVintage(LookupError):
    """No register of this year is shipped."""

    def __init__(self, vintage: int) -> None:
        super().__init__(f"no register of {vintage} in {DATA}")
        self.vintage = vintage


@dataclass(frozen=True)
class Collectivity:
    """A local authority that the register identifies.

    :ivar name: the official name («Crach», «CC Arc Sud Bretagne», «Morbihan»).
    :ivar full_name: the name as a sentence needs it («Commune de Crach»).
    :ivar category: for an EPCI: CC, CA, CU, METRO or MET69 (métropole de Lyon,
        which has a département's powers); nothing for others.
    :ivar population: inhabitants («population municipale»).
    :ivar epci_siren: the EPCI à fiscalité propre that a commune belongs to.
    :ivar departement: its département's code. For an EPCI that spans several,
        the one where most of its inhabitants live; nothing for a région.
    :ivar region: its région's code.
    """

    siren: str
    insee: str | None
    kind: Kind
    name: str
    population: int | None
    epci_siren: str | None
    departement: str | None
    region: str | None
    full_name: str = ""
    category: str | None = None
    postal_codes: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The public code: INSEE for a commune, SIREN for any other."""
        return self.insee if self.insee is not None else self.siren

    @property
    def title(self) -> str:
        """The title of its organisation on the portal."""
        return self.name if self.kind in ("commune", "epci") else self.full_name


@dataclass(frozen=True)
class UnidentifiedCommune:
    """A commune or district without SIREN in the source: it cannot have an
    organisation. They are those of the collectivités d'outre-mer."""

    insee: str
    name: str
    departement: str
    region: str
    population: int | None


@dataclass(frozen=True)
class Division:
    """A département as a division of the territory.

    :ivar head_siren: who exercises a département's powers there: the
        département, or the collectivité that replaced it (Alsace, Corsica,
        Guyane, Martinique, Paris); nothing where the source knows none.
    """

    code: str
    name: str
    region: str
    head_siren: str | None


@dataclass(frozen=True, eq=False)
class Register:
    """One vintage of the register. Get it from :meth:`load`."""

    vintage: int
    rows: tuple[Row, ...]
    divisions: Mapping[str, Division]

    @staticmethod
    def load(vintage: int = LATEST_VINTAGE) -> Register:
        """Return the register of a year, read once for the whole process.

        :param vintage: the year of the Code officiel géographique.
        :raises UnknownVintage: it is not shipped.
        """
        return _load(vintage)

    def commune(self, insee: str) -> Collectivity | None:
        """Return the commune of an INSEE code, if it has a SIREN.

        >>> Register.load().commune("56046").name
        'Crach'
        """
        row = self._by_insee.get(insee)
        return _collectivity(row) if row is not None and row[1] else None

    def by_siren(self, siren: str) -> Collectivity | None:
        """Return the collectivité of a SIREN.

        >>> Register.load().by_siren("225600014").full_name
        'Département du Morbihan'
        """
        row = self._by_siren.get(siren)
        return _collectivity(row) if row is not None else None

    def members(self, epci_siren: str) -> tuple[Collectivity, ...]:
        """Return the communes of an EPCI, by INSEE code."""
        found = (row for row in self.rows if row[7] == epci_siren)
        return tuple(_collectivity(row) for row in found)

    def departement(self, code: str) -> tuple[Collectivity, ...]:
        """Return what a département holds: its head, its EPCI, its communes.

        An EPCI is there as soon as one of the département's communes belongs to
        it, wherever its seat is; its other communes are not.

        :param code: ``"56"``, ``"2A"``, ``"974"``.
        :returns: the département (or what replaced it), then the EPCI by SIREN,
            then the communes by INSEE code; empty for an unknown code.
        """
        communes = [
            _collectivity(row) for row in self._communes.get(code, ()) if row[1]
        ]
        sirens = sorted({c.epci_siren for c in communes if c.epci_siren})
        groupings = [self.by_siren(siren) for siren in sirens]
        head = self.head(code)
        # Paris is its own head and is already among the communes.
        heads = [head] if head is not None and head not in communes else []
        return (*heads, *(epci for epci in groupings if epci is not None), *communes)

    def head(self, code: str) -> Collectivity | None:
        """Return who exercises a département's powers in a département."""
        division = self.divisions.get(code)
        if division is None or division.head_siren is None:
            return None
        return self.by_siren(division.head_siren)

    def unidentified(self, code: str | None = None) -> tuple[UnidentifiedCommune, ...]:
        """Return the communes without SIREN, of one département or of all."""
        groups = self._communes.values() if code is None else [self._communes.get(code)]
        return tuple(
            UnidentifiedCommune(row[2], row[3], row[8], row[9], _number(row[6]))
            for rows in groups
            for row in rows or ()
            if not row[1]
        )

    def with_postal_code(self, postal_code: str) -> tuple[str, ...]:
        """Return the INSEE codes of the communes that a postal code serves."""
        return self._by_postal_code.get(postal_code, ())

    def __iter__(self) -> Iterator[Collectivity]:
        return (_collectivity(row) for row in self.rows if row[1])

    @cached_property
    def _by_insee(self) -> dict[str, Row]:
        return {row[2]: row for row in self.rows if row[2]}

    @cached_property
    def _by_siren(self) -> dict[str, Row]:
        return {row[1]: row for row in self.rows if row[1]}

    @cached_property
    def _communes(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            if row[0] == "commune":
                found[row[8]].append(row)
        return dict(found)

    @cached_property
    def _by_postal_code(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.rows:
            for postal_code in row[10].split():
                found[postal_code].append(row[2])
        return {code: tuple(insee) for code, insee in found.items()}


@cache
def _load(vintage: int) -> Register:
    path = DATA / f"cog-{vintage}.csv.gz"
    divisions = DATA / f"departements-{vintage}.csv"
    if not path.is_file() or not divisions.is_file():
        raise UnknownVintage(vintage)
    text = gzip.decompress(path.read_bytes()).decode("utf-8")
    rows = _read(text, COLUMNS, path)
    found = _read(divisions.read_text("utf-8"), DIVISION_COLUMNS, divisions)
    return Register(
        vintage,
        rows,
        {row[0]: Division(row[0], row[1], row[2], row[3] or None) for row in found},
    )


def _read(text: str, columns: tuple[str, ...], path: Path) -> tuple[Row, ...]:
    reader = csv.reader(io.StringIO(text, newline=""))
    if tuple(next(reader, ())) != columns:
        raise ValueError(f"{path} does not have the columns {', '.join(columns)}")
    return tuple(map(tuple, reader))


def _collectivity(row: Row) -> Collectivity:
    kind, siren, insee, name, full_name, category, population, *rest = row
    epci_siren, departement, region, postal_codes = rest
    if kind not in KINDS:
        raise ValueError(f"unknown kind in the register: {kind!r}")
    return Collectivity(
        siren=siren,
        insee=insee or None,
        kind=kind,
        name=name,
        population=_number(population),
        epci_siren=epci_siren or None,
        departement=departement or None,
        region=region or None,
        full_name=full_name,
        category=category or None,
        postal_codes=tuple(postal_codes.split()),
    )


def _number(text: str) -> int | None:
    return int(text) if text else None
