"""What taking a pack in would change, before anything is changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ckanext.odlocale.handover import records as told
from ckanext.odlocale.handover.records import KINDS, Kind, Record, Records

Verdict = Literal["create", "update", "unchanged", "conflict"]
VERDICTS: Final[tuple[Verdict, ...]] = ("create", "update", "unchanged", "conflict")

#: Conflicts that a person may settle by saying «take it in all the same».
ACCEPTABLE: Final = frozenset({"other_datasets"})

Address = tuple[str, str, str]


@dataclass(frozen=True)
class Present:
    """What the receiving portal holds already, of what a pack speaks of.

    :ivar records: those it has under the same keys.
    :ivar status: of the collectivité here; ``None`` where it is not known.
    :ivar same_insee: the SIREN of another collectivité that bears its INSEE code.
    :ivar living_formers: former communes of the pack that are active here.
    :ivar organization_name: the organisation's name here, if it has one.
    :ivar name_taken: whether another organisation has the name in the pack.
    :ivar other_datasets: how many datasets it has here that the pack lacks.
    :ivar owners: of the pack's datasets that another organisation has here: its name.
    :ivar dataset_names: names of the pack's datasets that others bear here, and the
        ids of these.
    :ivar online: the deposits online here that the pack does not have, by address.
    :ivar foreign_deposits: ids of the pack's deposits that are another's here.
    :ivar alias_owners: of the pack's aliases that are another's here: its SIREN.
    :ivar missing_files: SHA-256 of files that neither side has given yet.
    """

    records: Records
    status: str | None = None
    same_insee: str | None = None
    living_formers: tuple[str, ...] = ()
    organization_name: str | None = None
    name_taken: bool = False
    other_datasets: int = 0
    owners: Mapping[str, str] = field(default_factory=dict)
    dataset_names: Mapping[str, str] = field(default_factory=dict)
    online: Mapping[Address, str] = field(default_factory=dict)
    foreign_deposits: frozenset[str] = frozenset()
    alias_owners: Mapping[str, str] = field(default_factory=dict)
    missing_files: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Step:
    """What becomes of one record.

    :ivar reason: why it is in conflict; a code of :mod:`.sentences`.
    :ivar params: what its sentence names.
    :ivar changes: the fields that would change.
    """

    verdict: Verdict
    kind: Kind
    key: str
    title: str
    reason: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All the steps of a takeover.

    :ivar siren: of the collectivité.
    :ivar pack: the SHA-256 of the pack's manifest.
    """

    siren: str
    pack: str
    steps: tuple[Step, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether this portal holds all of the pack already."""
        return all(step.verdict == "unchanged" for step in self.steps)

    @property
    def conflicts(self) -> tuple[Step, ...]:
        """Return what a person must settle first."""
        return tuple(step for step in self.steps if step.verdict == "conflict")

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Count the steps by verdict, then by kind."""
        found: dict[str, dict[str, int]] = {verdict: {} for verdict in VERDICTS}
        for step in self.steps:
            kinds = found[step.verdict]
            kinds[step.kind] = kinds.get(step.kind, 0) + 1
        return found

    @property
    def digest(self) -> str:
        """Sum up the plan: apply does exactly the one that was read."""
        said = [self.siren, self.pack]
        said += [f"{s.verdict}\t{s.kind}\t{s.key}\t{s.reason}" for s in self.steps]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    def chosen(self, kind: Kind, *verdicts: Verdict) -> list[str]:
        """Return the keys of one kind that have one of these verdicts."""
        return [s.key for s in self.steps if s.kind == kind and s.verdict in verdicts]


def plan(
    siren: str,
    pack: str,
    records: Records,
    present: Present,
    accepted: Iterable[str] = (),
) -> Plan:
    """Compare a pack with what is here.

    :param siren: the collectivité that the pack is about.
    :param accepted: conflicts to pass over, among :data:`ACCEPTABLE`.
    """
    passed = ACCEPTABLE & set(accepted)
    steps = [
        step
        for kind in KINDS
        for key, record in sorted(records[kind].items())
        for step in [_step(siren, kind, key, record, present, passed)]
    ]
    return Plan(siren, pack, tuple(steps))


def _step(
    siren: str,
    kind: Kind,
    key: str,
    record: Record,
    present: Present,
    passed: frozenset[str],
) -> Step:
    title = title_of(kind, record)
    if kind in _CONFLICTS:
        for reason, params in _CONFLICTS[kind](siren, key, record, present):
            if reason not in passed:
                return Step("conflict", kind, key, title, reason, params)
    here = present.records[kind].get(key)
    if kind == "datagouv":
        return Step("unchanged", kind, key, title)
    if here is None:
        return Step("create", kind, key, title)
    changes = told.changed_fields(kind, here, record)
    return Step("update" if changes else "unchanged", kind, key, title, changes=changes)


def title_of(kind: Kind, record: Record) -> str:
    """Return how a person recognises a record."""
    names = {
        "collectivities": ("name", "siren"),
        "organizations": ("title", "name"),
        "aliases": ("value",),
        "targets": ("schema",),
        "people": ("email",),
        "datasets": ("title", "name"),
        "deposits": ("filename", "id"),
        "transfers": ("package_id",),
        "journal": ("verb",),
        "datagouv": ("siren",),
    }[kind]
    return next((str(record[name]) for name in names if record.get(name)), "")


Found = Iterator[tuple[str, dict[str, Any]]]


def _of_collectivity(siren: str, key: str, record: Record, here: Present) -> Found:
    if key != siren:
        if key in here.living_formers:
            yield "former_is_active", {"name": record["name"]}
        return
    if here.status in ("merged", "closed"):
        yield "is_gone_here", {"name": record["name"]}
    if here.same_insee:
        yield "insee_taken", {"insee": record["insee"], "siren": here.same_insee}


def _of_organization(siren: str, key: str, record: Record, here: Present) -> Found:
    if here.organization_name is None and here.name_taken:
        yield "name_taken", {"name": record["name"]}
    if here.other_datasets:
        yield "other_datasets", {"count": here.other_datasets}


def _of_dataset(siren: str, key: str, record: Record, here: Present) -> Found:
    if key in here.owners:
        yield "dataset_elsewhere", {"organization": here.owners[key]}
    if record["name"] in here.dataset_names:
        yield "dataset_name_taken", {"name": record["name"]}


def _of_deposit(siren: str, key: str, record: Record, here: Present) -> Found:
    if key in here.foreign_deposits:
        yield "deposit_elsewhere", {}
    address = (str(record["siren"]), str(record.get("schema")), str(record.get("key")))
    if record["state"] == "published" and address in here.online:
        yield "address_taken", {"schema": address[1], "key": address[2]}
    if {
        record.get("original_sha256"),
        record.get("canonical_sha256"),
    } & here.missing_files:
        yield "file_missing", {}


def _of_alias(siren: str, key: str, record: Record, here: Present) -> Found:
    if key in here.alias_owners:
        yield "alias_taken", {"value": record["value"], "siren": here.alias_owners[key]}


_CONFLICTS: Final[dict[Kind, Callable[[str, str, Record, Present], Found]]] = {
    "collectivities": _of_collectivity,
    "organizations": _of_organization,
    "datasets": _of_dataset,
    "deposits": _of_deposit,
    "aliases": _of_alias,
}
