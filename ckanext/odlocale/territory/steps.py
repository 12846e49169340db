"""What a plan is made of: its steps, in the order in which to carry them out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from ckanext.odlocale.territory.hierarchy import Hierarchy
from ckanext.odlocale.territory.known import Organisation, Value
from ckanext.odlocale.territory.reasons import Reason, render_reason
from ckanext.odlocale.territory.register import Collectivity, Kind

Verdict = Literal[
    "create",
    "adopt",
    "rename",
    "update",
    "merge",
    "close",
    "doubtful",
    "conflict",
    "unchanged",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
#: Those that write something.
WRITING: tuple[Verdict, ...] = VERDICTS[:6]
#: Those that wait for a person.
WAITING: tuple[Verdict, ...] = ("doubtful", "conflict")


@dataclass(frozen=True, slots=True)
class Change:
    """A field's value on the portal, and as it will be."""

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one collectivité, or to one organisation, and why.

    :ivar name: its organisation's name, as it will be.
    :ivar own: its present organisation, where it has one.
    :ivar parents: the SIREN of those it will be right below of.
    :ivar covered_by: the planned ATDs that cover it; nothing where that stays.
    :ivar collectivity: what the register says of it; nothing where that stays.
    :ivar successor: who takes it in.
    :ivar candidates: who it may be.
    """

    verdict: Verdict
    reason: Reason
    kind: Kind
    title: str
    siren: str | None
    insee: str | None
    name: str | None = None
    own: Organisation | None = None
    parents: frozenset[str] = frozenset()
    covered_by: frozenset[str] | None = None
    collectivity: Collectivity | None = None
    successor: Collectivity | None = None
    candidates: tuple[Collectivity, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def id(self) -> str:
        """What tells it from the other steps of the plan."""
        organisation = self.own.id if self.own is not None else None
        return self.siren or organisation or self.insee or self.title

    @property
    def organisation_id(self) -> str | None:
        """Its present organisation, where it has one."""
        return self.own.id if self.own is not None and self.own.exists else None

    def changed(self, *fields: str) -> bool:
        """Tell whether one of these fields changes."""
        return any(change.field in fields for change in self.changes)

    def to_dict(self, language: str = "fr") -> dict[str, Any]:
        """Return the step as the API and the exports give it."""
        heir = self.successor
        return {
            "id": self.id,
            "verdict": self.verdict,
            "kind": self.kind,
            "title": self.title,
            "siren": self.siren,
            "insee": self.insee,
            "organization": self.name,
            "organization_id": self.organisation_id,
            "parents": sorted(self.parents),
            "successor": heir and {"siren": heir.siren, "title": heir.title},
            "candidates": [
                {"siren": one.siren, "insee": one.insee, "title": one.title}
                for one in self.candidates
            ],
            "datasets": self.own.datasets if self.own is not None else 0,
            "reason": self.reason.code,
            "message": render_reason(self.reason, language),
            "changes": [
                {"field": c.field, "before": c.before, "after": c.after}
                for c in self.changes
            ],
        }


@dataclass(frozen=True)
class Plan:
    """What to do for perimeters, in the order in which to do it.

    :ivar perimeters: the SIREN and the name of each ATD; no SIREN where nobody
        exercises over these collectivités.
    :ivar source: ``shipped``, ``api-geo``, or ``shipped-offline`` where API Géo was
        asked and did not answer.
    :ivar organisations: of each collectivité of the portal, by today's SIREN.
    :ivar ids: of the organisation of each, by the SIREN that the portal recorded.
    """

    perimeters: tuple[tuple[str | None, str], ...]
    vintage: int
    steps: tuple[Step, ...]
    source: str = "shipped"
    hierarchy: Hierarchy = field(default_factory=lambda: Hierarchy({}))
    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def chosen(self, *verdicts: Verdict) -> tuple[Step, ...]:
        """Return the steps that have one of these verdicts."""
        return tuple(step for step in self.steps if step.verdict in verdicts)

    @property
    def is_empty(self) -> bool:
        """Whether applying it would write nothing."""
        return not any(step.verdict in WRITING for step in self.steps)

    @property
    def counts(self) -> dict[str, int]:
        """How many steps have each verdict."""
        found = Counter(step.verdict for step in self.steps)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @cached_property
    def digest(self) -> str:
        """A fingerprint of all that would be done: a plan made again later has
        the same one if and only if it would do the same."""
        done = [
            step.to_dict("en") for step in self.steps if step.verdict != "unchanged"
        ]
        whole = json.dumps([self.perimeters, self.vintage, done], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()

    def to_dict(self, language: str = "fr") -> dict[str, Any]:
        """Return the plan as the API and the exports give it."""
        return {
            "perimeters": [
                {"atd_siren": siren, "name": name} for siren, name in self.perimeters
            ],
            "vintage": self.vintage,
            "source": self.source,
            "digest": self.digest,
            "counts": self.counts,
            "steps": [step.to_dict(language) for step in self.steps],
        }
