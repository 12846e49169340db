"""Which screen a deposit is at.

Screens and their order are those of the desk's design: recognise, columns,
findings, replace, review, done; each appears only when it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from ckanext.odlocale.publishing.states import DRAFT_STATES


class Step(Enum):
    """One screen; its value is the last part of the screen's address."""

    WAIT = "lecture"
    RECOGNISE = "quoi"
    COLUMNS = "colonnes"
    CHECK = "verifier"
    REPLACE = "remplacer"
    REVIEW = "relire"
    DONE = "fini"


@dataclass(frozen=True)
class Facts:
    """What decides of the screen.

    :ivar work: what a worker does to it: nothing, ``held`` while it must be waited for
        or resumed, ``refused`` where it ended with a sentence to read
    :ivar problem: why the file cannot be read, if it cannot
    :ivar schema: what it is about, if known
    :ivar missing: required columns that the file does not have
    :ivar columns_answered: whether the agent was asked where they are
    :ivar blocking: how many findings forbid publishing
    :ivar to_see: how many findings ask something of the agent, those included
    :ivar online: the deposit its address shows at present, if any
    :ivar replaces: the deposit that the agent agreed to replace, if any
    """

    state: str
    work: Literal["", "held", "refused"] = ""
    problem: str | None = None
    schema: str | None = None
    missing: tuple[str, ...] = ()
    columns_answered: bool = False
    blocking: int = 0
    to_see: int = 0
    online: str | None = None
    replaces: str | None = None


def first_step(facts: Facts) -> Step:
    """Return the screen where work on a deposit goes on."""
    if facts.state not in DRAFT_STATES:
        return Step.DONE
    if facts.work:
        return Step.WAIT
    return _step_of_agent(facts)


def _step_of_agent(facts: Facts) -> Step:
    if facts.problem:
        return Step.CHECK
    if facts.schema is None:
        return Step.RECOGNISE
    if facts.missing and not facts.columns_answered:
        return Step.COLUMNS
    if facts.to_see or facts.blocking:
        return Step.CHECK
    return step_after_check(facts)


def step_after_check(facts: Facts) -> Step:
    """Return the screen behind [Continuer]."""
    if facts.online is not None and facts.online != facts.replaces:
        return Step.REPLACE
    return Step.REVIEW


def allowed_step(facts: Facts, asked: Step) -> Step:
    """Return the screen to show when one is asked by its address.

    Going back is always possible; going forward needs what comes before.
    """
    if facts.state not in DRAFT_STATES:
        return Step.DONE
    if facts.work == "held" or (asked is Step.WAIT and facts.work):
        return Step.WAIT
    if asked in (Step.WAIT, Step.DONE) or facts.problem:
        return _step_of_agent(facts)
    if facts.schema is None:
        return Step.RECOGNISE
    if asked in (Step.RECOGNISE, Step.COLUMNS, Step.CHECK):
        return asked
    if facts.blocking:
        return Step.CHECK
    after = step_after_check(facts)
    return Step.REPLACE if after is Step.REPLACE else Step.REVIEW
