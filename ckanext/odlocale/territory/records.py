"""What a register knows of each collectivité, as plain records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ckanext.odlocale.territory.register_files import Row

Kind = Literal["commune", "epci", "departement", "region", "syndicat"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# merged: a former commune of which nothing is left; deleguee, associee: a former
# commune that remains as a part of one; arrondissement: of Paris, Lyon, Marseille.
FormerKind = Literal["merged", "deleguee", "associee", "arrondissement"]
FORMER_KINDS: tuple[FormerKind, ...] = get_args(FormerKind)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Succession:
    """What a code that is no commune's belongs to.

    :ivar code: a former commune, or a part of one: no legal person.
    :ivar successor: the INSEE code of what took it in.
    :ivar name: what it was called, where the source says.
    """

    code: str
    successor: str
    kind: FormerKind
    name: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """The collectivité that a code leads to today.

    :ivar former: why it is not the code's own; nothing where it is.
    """

    collectivity: Collectivity
    former: Succession | None = None


def read_collectivity(row: Row) -> Collectivity:
    """Return the collectivité of a row.

    :raises ValueError: a kind that does not exist.
    """
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


def read_unidentified(row: Row) -> UnidentifiedCommune:
    """Return the commune of a row without SIREN."""
    return UnidentifiedCommune(row[2], row[3], row[8], row[9], _number(row[6]))


def _number(text: str) -> int | None:
    return int(text) if text else None
