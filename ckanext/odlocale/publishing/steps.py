"""Which screen a deposit is at, and what the desk's home says of each data.

Screens and their order are those of the desk's design: recognise, columns,
findings, replace, review, done; each appears only when it is needed.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from ckanext.odlocale.publishing.states import DRAFT_STATES


class Step(Enum):
    """One screen; its value is the last part of the screen's address."""

    RECOGNISE = "quoi"
    COLUMNS = "colonnes"
    CHECK = "verifier"
    REPLACE = "remplacer"
    REVIEW = "relire"
    DONE = "fini"


@dataclass(frozen=True)
class Facts:
    """What decides of the screen.

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
    if asked is Step.DONE or facts.problem:
        return first_step(facts)
    if facts.schema is None:
        return Step.RECOGNISE
    if asked in (Step.RECOGNISE, Step.COLUMNS, Step.CHECK):
        return asked
    if facts.blocking:
        return Step.CHECK
    after = step_after_check(facts)
    return Step.REPLACE if after is Step.REPLACE else Step.REVIEW


Status = Literal["to_publish", "draft", "to_update", "up_to_date"]

#: How many months a release stays up to date, by the EU frequency authority's code.
MONTHS_BETWEEN: dict[str, int] = {
    "MONTHLY": 1,
    "BIMONTHLY": 2,
    "QUARTERLY": 3,
    "ANNUAL_2": 6,
    "ANNUAL": 12,
    "BIENNIAL": 24,
}


@dataclass(frozen=True)
class Draft:
    """A deposit not yet published, as the home lists it."""

    deposit_id: str
    schema: str | None
    filename: str
    updated_at: datetime.datetime


@dataclass(frozen=True)
class DataLine:
    """What one collectivité has of one schema, as the home lists it."""

    schema: str
    label: str
    purpose: str
    status: Status
    files: int
    published_on: datetime.date | None
    due_on: datetime.date | None


def add_months(day: datetime.date, months: int) -> datetime.date:
    """Return the same day some months later, or that month's last day.

    >>> add_months(datetime.date(2025, 11, 30), 3)
    datetime.date(2026, 2, 28)
    """
    years, month = divmod(day.month - 1 + months, 12)
    first = datetime.date(day.year + years, month + 1, 1)
    last = (first + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(1)
    return first.replace(day=min(day.day, last.day))


def describe_data(
    schema: str,
    label: str,
    purpose: str,
    frequency: str,
    published: Sequence[datetime.date],
    has_draft: bool,
    today: datetime.date,
) -> DataLine:
    """Say where one collectivité is with one schema.

    :param frequency: code of the EU frequency authority; one that has no rhythm
        (``IRREG``, ``UNKNOWN``) is never late
    :param published: the days its present files were published
    """
    last = max(published, default=None)
    months = MONTHS_BETWEEN.get(frequency)
    due = add_months(last, months) if last and months else None
    status: Status
    if has_draft:
        status = "draft"
    elif last is None:
        status = "to_publish"
    elif due is not None and due < today:
        status = "to_update"
    else:
        status = "up_to_date"
    return DataLine(schema, label, purpose, status, len(published), last, due)


CardKind = Literal["welcome", "draft", "late", "due", "nothing"]

#: A data due within this many days is the next step.
DUE_SOON_DAYS = 30


@dataclass(frozen=True)
class NextCard:
    """The one thing the home proposes. First match wins: draft, late, due."""

    kind: CardKind
    draft: Draft | None = None
    line: DataLine | None = None
    day: datetime.date | None = None


def choose_next_card(
    lines: Iterable[DataLine], drafts: Sequence[Draft], today: datetime.date
) -> NextCard:
    """Choose the card of the home.

    :param drafts: the latest first
    :returns: ``nothing`` holds the next due day, if there is one
    """
    if drafts:
        return NextCard("draft", draft=drafts[0])
    published = [line for line in lines if line.files]
    if not published:
        return NextCard("welcome")
    dated = sorted(
        ((line.due_on, line) for line in published if line.due_on),
        key=lambda pair: (pair[0], pair[1].schema),
    )
    if not dated:
        return NextCard("nothing")
    due, line = dated[0]
    if due < today:
        return NextCard("late", line=line, day=due)
    if due <= today + datetime.timedelta(days=DUE_SOON_DAYS):
        return NextCard("due", line=line, day=due)
    return NextCard("nothing", day=due)
