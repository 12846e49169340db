"""What the desk's home says of each data, and the one next step that it proposes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ckanext.odlocale.publishing.due import Expectation, Release, expect
from ckanext.odlocale.publishing.waiting import GOING_ON
from ckanext.odlocale.scdl.table_schema import TableSchema

Status = Literal["to_publish", "draft", "to_update", "up_to_date"]


@dataclass(frozen=True)
class Draft:
    """Something begun and not yet published, as the home lists it.

    :ivar deposit_id: of a file sent in; empty for a table filled in online
    :ivar grid_key: which table of its model; empty for a file
    :ivar stopped: whether its publication began and did not end
    :ivar work: how what the worker does to it stands, if it does anything
    """

    deposit_id: str
    schema: str | None
    filename: str
    updated_at: datetime.datetime
    grid_key: str = ""
    stopped: bool = False
    work: str = ""


@dataclass(frozen=True)
class Duty:
    """What the law asks about one data.

    :ivar certain: whether it surely applies; presumed otherwise
    :ivar reason: why, a sentence
    """

    certain: bool
    reason: str


@dataclass(frozen=True)
class ReaderReport:
    """An error that a reader reported, not answered yet."""

    report_id: str
    schema: str
    key: str
    personal: bool = False


@dataclass(frozen=True)
class DataLine:
    """What one collectivité has of one schema, as the home lists it.

    :ivar duty: what the law asks about it, if anything
    :ivar nothing: the latest year about which it was answered that there is nothing
    :ivar columns: required ones: how long it is to begin with
    :ivar proposed_by: name of the ATD that makes it a priority; empty for none
    """

    schema: str
    label: str
    purpose: str
    status: Status
    files: int
    published_on: datetime.date | None
    expected: Expectation
    duty: Duty | None = None
    nothing: int | None = None
    columns: int = 0
    proposed_by: str = ""

    @property
    def due_on(self) -> datetime.date | None:
        """The day by which a release is expected, if there is one."""
        return self.expected.due_on

    @property
    def name(self) -> str:
        """What is expected: «Subventions 2025», or the model's own name."""
        if self.expected.by_year:
            return f"{self.label} {self.expected.year}"
        return self.label


@dataclass(frozen=True)
class Holding:
    """What one collectivité has of one data.

    :ivar releases: its files online
    :ivar answered: years about which it was answered that there is nothing
    :ivar proposed_by: name of the ATD that makes it a priority
    :ivar nic: of its main establishment: last five digits of the SIRET
    """

    releases: Sequence[Release] = ()
    answered: frozenset[int] = frozenset()
    has_draft: bool = False
    duty: Duty | None = None
    proposed_by: str = ""
    nic: str = ""


def describe_data(
    schema: TableSchema, holding: Holding, today: datetime.date
) -> DataLine:
    """Say where one collectivité is with one schema."""
    expected = expect(
        schema.slug,
        schema.dataset.frequency,
        holding.releases,
        holding.answered,
        today,
        binds=holding.duty is not None,
        nic=holding.nic,
    )
    begun = bool(holding.releases or holding.answered)
    status: Status
    if holding.has_draft:
        status = "draft"
    elif not begun:
        status = "to_publish"
    else:
        status = "to_update" if expected.standing == "late" else "up_to_date"
    return DataLine(
        schema.slug,
        schema.label,
        schema.purpose,
        status,
        len(holding.releases),
        max((one.published_on for one in holding.releases), default=None),
        expected,
        holding.duty,
        max(holding.answered, default=None),
        len(schema.required),
        holding.proposed_by,
    )


CardKind = Literal[
    "report",
    "stopped",
    "work",
    "draft",
    "late",
    "due",
    "obliged",
    "priority",
    "presumed",
    "welcome",
    "nothing",
]


@dataclass(frozen=True)
class NextCard:
    """The one thing the home proposes."""

    kind: CardKind
    report: ReaderReport | None = None
    draft: Draft | None = None
    line: DataLine | None = None
    day: datetime.date | None = None


def choose_next_card(
    lines: Sequence[DataLine],
    drafts: Sequence[Draft],
    reports: Sequence[ReaderReport] = (),
) -> NextCard:
    """Choose the card of the home: the first that matches.

    A report, a publication that stopped, a draft, what is late, what is due soon, what
    the law asks and was never published, what the ATD proposes, what the law probably
    asks. Where nothing was ever done, a welcome, with what is due, asked or proposed,
    else the shortest of the data to begin with.

    :param lines: of the data expected of it, and of those it publishes
    :param drafts: the latest first, those whose publication stopped before
    :param reports: the oldest first
    :returns: ``nothing`` holds the next due day, if there is one
    """
    if reports:
        return NextCard("report", report=reports[0])
    if drafts:
        kind: CardKind = "draft"
        if drafts[0].work in GOING_ON:
            kind = "work"
        elif drafts[0].stopped:
            kind = "stopped"
        return NextCard(kind, draft=drafts[0])
    late = _soonest(lines, "late")
    due = _soonest(lines, "due")
    asked = [line for line in lines if line.expected.standing == "missing"]
    asked.sort(key=lambda line: (not (line.duty and line.duty.certain), line.columns))
    certain = [line for line in asked if line.duty and line.duty.certain]
    proposed = min(
        (line for line in lines if line.proposed_by and line.status == "to_publish"),
        key=lambda line: line.columns,
        default=None,
    )
    if not any(line.files or line.nothing for line in lines):
        shortest = min(lines, key=lambda line: line.columns, default=None)
        known = (due, *certain[:1], proposed, *asked[:1], shortest)
        first = next((one for one in known if one is not None), None)
        return NextCard("welcome", line=first, day=first.due_on if first else None)
    if late is not None:
        return NextCard("late", line=late, day=late.due_on)
    if due is not None:
        return NextCard("due", line=due, day=due.due_on)
    if certain:
        return NextCard("obliged", line=certain[0])
    if proposed is not None:
        return NextCard("priority", line=proposed)
    if asked:
        return NextCard("presumed", line=asked[0])
    days = [line.due_on for line in lines if line.due_on]
    return NextCard("nothing", day=min(days, default=None))


def _soonest(lines: Sequence[DataLine], standing: str) -> DataLine | None:
    found = [one for one in lines if one.expected.standing == standing and one.due_on]
    return min(found, key=lambda one: (one.due_on, one.schema), default=None)
