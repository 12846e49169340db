"""The register of collectivités: one vintage of the Code officiel géographique.

It is shipped with the package (``data/``, made by ``scripts/build_register.py``)
and read only when it is first asked for. Communes déléguées, communes associées
and arrondissements are not in it: none of them is a legal person. Paris, Lyon
and Marseille are one commune each. Their codes, and those of the communes that
were merged, lead to the commune of today (:meth:`Register.resolve`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import cast

from ckanext.odlocale.territory.identifiers import is_siret
from ckanext.odlocale.territory.records import (
    FORMER_KINDS,
    KINDS,
    Collectivity,
    Division,
    FormerKind,
    Kind,
    Resolved,
    Succession,
    UnidentifiedCommune,
    read_collectivity,
    read_unidentified,
)
from ckanext.odlocale.territory.register_files import (
    COLUMNS,
    DATA,
    DIVISION_COLUMNS,
    LATEST_VINTAGE,
    Row,
    UnknownVintage,
    UnreadableRegister,
    read_files,
)

__all__ = [
    "COLUMNS",
    "DATA",
    "DIVISION_COLUMNS",
    "FORMER_KINDS",
    "KINDS",
    "LATEST_VINTAGE",
    "Collectivity",
    "Division",
    "FormerKind",
    "Kind",
    "Register",
    "Resolved",
    "Row",
    "Succession",
    "UnidentifiedCommune",
    "UnknownVintage",
    "UnreadableRegister",
]


@dataclass(frozen=True, eq=False)
class Register:
    """One vintage of the register. Get it from :meth:`load`."""

    vintage: int
    rows: tuple[Row, ...]
    divisions: Mapping[str, Division]
    successions: Mapping[str, Succession] = field(default_factory=dict)

    @staticmethod
    def load(vintage: int = LATEST_VINTAGE, folders: Sequence[Path] = ()) -> Register:
        """Return the register of a year, read once for the whole process.

        :param vintage: the year of the Code officiel géographique.
        :param folders: where to look for it before the package's own; see
            :func:`register_files.register_folders`.
        :raises UnknownVintage: it is in none of them.
        :raises UnreadableRegister: one of its files is damaged.
        """
        return _load(vintage, tuple(folders))

    def successor(self, insee: str) -> Collectivity | None:
        """Return the commune that a former commune became part of.

        :param insee: a code that this register does not have any more.
        :returns: the commune of this register, however many mergers it took;
            nothing for a code that is current, unknown, or whose commune has no
            SIREN.

        >>> Register.load().successor("35112").name
        'La Chapelle-Fleurigné'
        """
        seen: set[str] = set()
        code = insee
        while code not in self._by_insee and code not in seen:
            seen.add(code)
            if code not in self.successions:
                return None
            code = self.successions[code].successor
        return self.commune(code) if seen else None

    def resolve(self, code: str) -> Resolved | None:
        """Return the collectivité that a code leads to, whatever the code.

        :param code: an INSEE code (of a commune, of an arrondissement of Paris, of
            a commune déléguée or associée, of a former commune), a SIREN or a SIRET.
        :returns: nothing where no collectivité of this register answers for it.

        >>> Register.load().resolve("75101").collectivity.name
        'Paris'
        """
        if len(code) == 14 and is_siret(code):
            code = code[:9]
        current = self.by_siren(code) or self.commune(code)
        if current is not None:
            return Resolved(current)
        heir = self.successor(code)
        return None if heir is None else Resolved(heir, self.successions[code])

    def overlaid(self, rows: Mapping[str, Row]) -> Register:
        """Return a register where some rows are replaced, and others added.

        :param rows: by INSEE code or, without one, by SIREN.
        """
        replaced = tuple(rows.get(row[2] or row[1], row) for row in self.rows)
        known = {row[2] or row[1] for row in self.rows}
        added = tuple(row for code, row in rows.items() if code not in known)
        return replace(self, rows=replaced + added)

    def row(self, code: str) -> Row | None:
        """Return the row of an INSEE code, of a SIREN otherwise."""
        return self._by_insee.get(code) or self._by_siren.get(code)

    def commune(self, insee: str) -> Collectivity | None:
        """Return the commune of an INSEE code, if it has a SIREN.

        >>> Register.load().commune("56046").name
        'Crach'
        """
        row = self._by_insee.get(insee)
        return self._made(row) if row is not None and row[1] else None

    def by_siren(self, siren: str) -> Collectivity | None:
        """Return the collectivité of a SIREN.

        >>> Register.load().by_siren("225600014").full_name
        'Département du Morbihan'
        """
        made = self._collectivities.get(siren)
        if made is not None:
            return made
        row = self._by_siren.get(siren)
        return self._made(row) if row is not None else None

    def members(self, epci_siren: str) -> tuple[Collectivity, ...]:
        """Return the communes of an EPCI, by INSEE code."""
        return tuple(self._made(row) for row in self._by_epci.get(epci_siren, ()))

    def departement(self, code: str) -> tuple[Collectivity, ...]:
        """Return what a département holds: its head, its EPCI, its communes.

        An EPCI is there as soon as one of the département's communes belongs to
        it, wherever its seat is; its other communes are not.

        :param code: ``"56"``, ``"2A"``, ``"974"``.
        :returns: the département (or what replaced it), then the EPCI by SIREN,
            then the communes by INSEE code; empty for an unknown code.
        """
        communes = self.communes(code)
        sirens = sorted({c.epci_siren for c in communes if c.epci_siren})
        groupings = [self.by_siren(siren) for siren in sirens]
        head = self.head(code)
        # Paris is its own head and is already among the communes.
        heads = [head] if head is not None and head not in communes else []
        return (*heads, *(epci for epci in groupings if epci is not None), *communes)

    def communes(self, code: str) -> tuple[Collectivity, ...]:
        """Return the communes of a département that have a SIREN, by INSEE code."""
        rows = self._communes.get(code, ())
        return tuple(self._made(row) for row in rows if row[1])

    def region(self, code: str) -> Collectivity | None:
        """Return the région of a code of the COG, or what replaced it.

        >>> Register.load().region("53").full_name
        'Région Bretagne'
        """
        found = (r for r in self.rows if r[0] == "region" and r[9] == code)
        row = next(found, None)
        return None if row is None else self._made(row)

    def departements_of(self, region: str) -> tuple[str, ...]:
        """Return the codes of the départements of a région, by code."""
        codes = (d.code for d in self.divisions.values() if d.region == region)
        return tuple(sorted(codes))

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
            read_unidentified(row)
            for rows in groups
            for row in rows or ()
            if not row[1]
        )

    def unidentified_commune(self, insee: str) -> UnidentifiedCommune | None:
        """Return the commune of an INSEE code, if it has no SIREN."""
        row = self._by_insee.get(insee)
        return None if row is None or row[1] else read_unidentified(row)

    def with_postal_code(self, postal_code: str) -> tuple[str, ...]:
        """Return the INSEE codes of the communes that a postal code serves."""
        return self._by_postal_code.get(postal_code, ())

    def __iter__(self) -> Iterator[Collectivity]:
        return (self._made(row) for row in self.rows if row[1])

    def _made(self, row: Row) -> Collectivity:
        # Each is asked for many times; it cannot be changed, so it is made once.
        found = self._collectivities.get(row[1])
        if found is None:
            found = self._collectivities[row[1]] = read_collectivity(row)
        return found

    @cached_property
    def _collectivities(self) -> dict[str, Collectivity]:
        return {}

    @cached_property
    def _by_insee(self) -> dict[str, Row]:
        return {row[2]: row for row in self.rows if row[2]}

    @cached_property
    def _by_siren(self) -> dict[str, Row]:
        return {row[1]: row for row in self.rows if row[1]}

    @cached_property
    def _by_epci(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            if row[7] and row[1]:
                found[row[7]].append(row)
        return dict(found)

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
def _load(vintage: int, folders: tuple[Path, ...]) -> Register:
    files = read_files(vintage, folders)
    return Register(
        vintage,
        files.collectivities,
        {
            code: Division(code, name, region, head or None)
            for code, name, region, head in files.divisions
        },
        {
            code: Succession(code, successor, cast("FormerKind", kind), name)
            for code, successor, kind, name in files.successions
        },
    )
