"""What the portal holds, as a plan needs to know it, found by what identifies it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ckanext.odlocale.territory.register import Collectivity, Register

Value = str | int | None

#: The fields of an organisation that only the register may change, besides its
#: name and its title.
OWNED_FIELDS = (
    "siren",
    "insee",
    "kind",
    "population",
    "epci",
    "departement",
    "region",
)


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation or a group of the portal, and the row we keep of it.

    :ivar exists: false where only the row is left: its organisation was purged.
    :ivar sirens: those that its page declares, under whatever name.
    :ivar insees: the INSEE codes that its page declares.
    :ivar linked_siren: the SIREN of our row; nothing for one made by hand.
    :ivar linked_insee: the INSEE code of our row.
    :ivar status: of our row; see :class:`tables.Collectivity`.
    :ivar parents: the SIREN of the collectivités above it; of an organisation
        that is nobody's, its id.
    :ivar covered_by: the SIREN of the ATDs whose perimeter held it when last applied.
    :ivar datasets: how many it owns, drafts included.
    :ivar recorded: what the portal recorded of the register, by field name; and
        ``siret``, which a person confirmed.
    """

    id: str
    name: str
    title: str
    is_active: bool = True
    is_organization: bool = True
    exists: bool = True
    sirens: tuple[str, ...] = ()
    insees: tuple[str, ...] = ()
    linked_siren: str | None = None
    linked_insee: str | None = None
    status: str = "active"
    parents: frozenset[str] = frozenset()
    covered_by: frozenset[str] = frozenset()
    datasets: int = 0
    recorded: Mapping[str, Value] = field(default_factory=dict)

    @property
    def stands(self) -> bool:
        """Whether it is a collectivité of ours, alive, with an organisation."""
        return bool(
            self.linked_siren
            and self.exists
            and self.is_active
            and self.status == "active"
        )


class Portal:
    """All organisations of the portal, set against a register.

    :ivar by_name: organisations and groups, deleted ones included: each holds its
        name.
    :ivar current: those of ours, by the SIREN that the register gives them today.
    :ivar renumbered: what SIREN replaces another, for those of ours.
    :ivar replaced: the organisations whose INSEE code another of ours bears now,
        with that one's SIREN.
    """

    def __init__(
        self,
        known: Iterable[Organisation],
        register: Register,
        members: Mapping[str, Collectivity],
    ) -> None:
        self.known = tuple(known)
        self.by_name = {org.name: org for org in self.known if org.exists}
        self.current: dict[str, Organisation] = {}
        self.renumbered: dict[str, str] = {}
        self.replaced: dict[str, str] = {}
        linked = [(org.linked_siren, org) for org in self.known if org.linked_siren]
        unknown = []
        for siren, org in linked:
            if siren in members or register.by_siren(siren) is not None:
                self.current[siren] = org
            else:
                unknown.append((siren, org))
        for siren, org in unknown:
            # The same commune under another SIREN: its INSEE code tells.
            same = register.commune(org.linked_insee) if org.linked_insee else None
            if same is None:
                continue
            if same.siren in self.current:
                self.replaced[org.id] = same.siren
            else:
                self.current[same.siren] = org
                self.renumbered[siren] = same.siren

    @cached_property
    def ids(self) -> dict[str, str]:
        """The ids of the organisations of ours, by the SIREN of their row."""
        return {o.linked_siren: o.id for o in self.known if o.linked_siren and o.exists}

    @cached_property
    def unlinked(self) -> tuple[Organisation, ...]:
        """The organisations that somebody made by hand, and that are in use."""
        return tuple(
            org
            for org in self.known
            if org.linked_siren is None and org.is_organization and org.is_active
        )

    def parents(self, org: Organisation) -> frozenset[str]:
        """Return what is above an organisation, by today's SIREN."""
        if self.renumbered.keys().isdisjoint(org.parents):
            return org.parents
        return frozenset(self.renumbered.get(one, one) for one in org.parents)

    def siren(self, org: Organisation) -> str | None:
        """Return the SIREN that the register gives today to one of ours."""
        own = org.linked_siren
        return self.renumbered.get(own, own) if own is not None else None


def register_fields(collectivity: Collectivity) -> dict[str, str]:
    """Return the fields of an organisation that come from the register.

    CKAN keeps them as text; one that has no value is absent.
    """
    values = {
        "siren": collectivity.siren,
        "insee": collectivity.insee,
        "kind": collectivity.kind,
        "population": collectivity.population,
        "epci": collectivity.epci_siren,
        "departement": collectivity.departement,
        "region": collectivity.region,
    }
    return {name: str(value) for name, value in values.items() if value is not None}
