"""What to do for each collectivité to be on data.gouv.fr under its own name.

From plain rows: what the portal knows of a collectivité, what data.gouv.fr answered to
its search, what a person decided. No call is made here, and the same rows give the same
plan.

* Nobody's organisation is taken for a commune's by its name alone: a person says so.
* Where one is there and is somebody else's, nothing is created: its administrators are
  written to.
* A SIRET is sent only where a person confirmed it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

from ckanext.odlocale.datagouv.registration_rows import (
    NONE,
    Candidate,
    HeldSource,
    Row,
    State,
    asked_of,
    is_own,
)

Verb = Literal[
    "create_organization",
    "adopt",
    "add_siret",
    "create_source",
    "move_source",
    "decide",
    "invite",
    "search",
    "wait",
    "give_key",
    "publish_first",
    "elsewhere",
    "unchanged",
]
VERBS: tuple[Verb, ...] = get_args(Verb)
#: Those that data.gouv.fr is sent something for.
WRITING: Final[frozenset[Verb]] = frozenset(
    ("create_organization", "add_siret", "create_source", "move_source")
)
#: Those that are carried out: an adoption is only noted here.
APPLIED: Final[frozenset[Verb]] = WRITING | {"adopt"}
CERTIFIED: Final = "certified"


@dataclass(frozen=True)
class Step:
    """What is to be done for a collectivité.

    :ivar fields: what would be sent
    :ivar then: what follows as soon as it is done
    """

    siren: str
    code: str
    name: str
    verb: Verb
    state: State
    organization_id: str = ""
    source_id: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    then: dict[str, Any] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()

    @property
    def id(self) -> str:
        """What tells a step from any other, and from itself with other fields."""
        said = [self.siren, self.verb, self.organization_id, self.source_id]
        text = json.dumps([*said, self.fields, self.then], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"id": self.id, **asdict(self), "state": self.state.value}


@dataclass(frozen=True)
class Plan:
    """The steps of several collectivités, by code."""

    steps: tuple[Step, ...]

    @property
    def digest(self) -> str:
        """What tells this plan from any other."""
        ids = "".join(step.id for step in self.steps if step.verb in APPLIED)
        return hashlib.sha256(ids.encode()).hexdigest()[:16]

    def counts(self) -> dict[str, int]:
        """Return how many steps there are of each verb."""
        verbs = [step.verb for step in self.steps]
        return {verb: verbs.count(verb) for verb in VERBS if verb in verbs}


def make_plan(rows: Iterable[Row]) -> Plan:
    """Return what is to be done for each collectivité."""
    return Plan(tuple(_plan_one(row) for row in rows))


def needs_search(row: Row) -> bool:
    """Tell whether data.gouv.fr must be asked about a collectivité."""
    if row.organization is not None or not row.has_key or row.place == "elsewhere":
        return False
    if row.found is None or row.found.asked != asked_of(row):
        return True
    chosen = _chosen(row)
    return chosen is not None and not chosen.full


def state_of(row: Row) -> State:
    """Return where a collectivité is on its way."""
    organization = row.organization or _chosen(row)
    if organization is None:
        if row.found is None:
            return State.UNKNOWN
        return State.DOUBTFUL if _doubtful(row) else State.ABSENT
    source = _source(row)
    if source is not None and source.state == "accepted":
        return State.LIVE
    if not organization.ours:
        return State.INVITED if row.invited else State.OTHERS
    if source is not None:
        return State.REFUSED if source.state == "refused" else State.PENDING
    return State.CERTIFIED if CERTIFIED in organization.badges else State.OURS


def organization_fields(row: Row, portal: str) -> dict[str, str]:
    """Return what an organisation is created with.

    :param portal: the name of the portal, as it is said to readers there
    """
    fields = {
        "name": row.name,
        "description": describe(row, portal),
        # By which it is recognised as ours, should its creation not be recorded.
        "url": row.page,
    }
    return {**fields, **({"business_number_id": row.siret} if row.siret else {})}


def describe(row: Row, portal: str) -> str:
    """Return the description of an organisation, in French: data.gouv.fr is."""
    said = [f"{row.name} publie ses données sur « {portal} »."]
    said.append(f"Sa page : {row.page}")
    if row.website:
        said.append(f"Son site : {row.website}")
    return "\n\n".join(said)


def source_fields(row: Row) -> dict[str, Any]:
    """Return what a source is created with, but for whose it is."""
    return {"name": row.name, "url": row.feed, "description": row.page}


def _plan_one(row: Row) -> Step:
    if row.place == "elsewhere":
        return _step(row, "elsewhere")
    if not row.has_key:
        return _step(row, "give_key")
    if needs_search(row):
        return _step(row, "search")
    organization = row.organization or _chosen(row)
    if organization is None:
        if _doubtful(row):
            return _step(row, "decide", candidates=_doubtful(row))
        if not row.datasets:
            return _step(row, "publish_first")
        then = {} if row.place == "datagouv" else source_fields(row)
        return _step(row, "create_organization", fields=_new(row), then=then)
    if row.organization is None:
        return _step(row, "adopt", organization.id, candidates=(organization,))
    if not organization.ours:
        verb: Verb = "wait" if row.invited else "invite"
        return _step(row, verb, organization.id, candidates=(organization,))
    if row.siret and not organization.siret:
        siret = {"business_number_id": row.siret}
        return _step(row, "add_siret", organization.id, fields=siret)
    return _plan_source(row, organization)


def _plan_source(row: Row, organization: Candidate) -> Step:
    source = _source(row)
    if row.place == "datagouv":
        # Its data are sent one by one: a harvest would make them twice.
        return _step(row, "unchanged", organization.id)
    if source is None:
        if not row.datasets:
            return _step(row, "publish_first", organization.id)
        fields = source_fields(row)
        return _step(row, "create_source", organization.id, fields=fields)
    if source.url != row.feed:
        url = {"url": row.feed}
        return _step(row, "move_source", organization.id, source.id, fields=url)
    waits = source.state == "pending"
    return _step(row, "wait" if waits else "unchanged", organization.id, source.id)


def _step(
    row: Row, verb: Verb, organization_id: str = "", source_id: str = "", **more: Any
) -> Step:
    return Step(
        row.siren, row.code, row.name, verb, state_of(row), organization_id,
        source_id, **more,
    )  # fmt: skip


def _new(row: Row) -> dict[str, Any]:
    """What the plan shows of an organisation to be created."""
    return {"name": row.name, "url": row.page, "business_number_id": row.siret or ""}


def _chosen(row: Row) -> Candidate | None:
    """The organisation that is the collectivité's: surely, or as a person said."""
    if row.found is None:
        return None
    sure = [one for one in row.found.candidates if is_own(one, row)]
    if row.chosen:
        said = [one for one in row.found.candidates if one.id == row.chosen]
        return said[0] if said else None
    return sure[0] if len(sure) == 1 else None


def _doubtful(row: Row) -> tuple[Candidate, ...]:
    """Those that a person must choose among."""
    if row.found is None or row.decision == NONE or _chosen(row) is not None:
        return ()
    return row.found.candidates


def _source(row: Row) -> HeldSource | None:
    return row.source or (row.found.source if row.found is not None else None)
