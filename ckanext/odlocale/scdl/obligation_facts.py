"""What is known of a collectivité, and what the law answers, in words of the code."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .obligation_texts import LegalText

Kind = Literal["commune", "epci", "departement", "region", "syndicat", "ccas"]
Verdict = Literal["applies", "presumed_yes", "presumed_no", "not"]
Vote = Literal["none", "electronic", "posting", "paper"]
#: What the register does not say and an agent can: yes or no.
Question = Literal[
    "website",
    "vote",
    "grants",
    "contracts",
    "concessions",
    "chargers",
    "parking",
    "carpooling",
    "cycling",
    "defibrillators",
    "plan",
    "agents",
    "population",
    "open_syndicate",
    "signature",
]
Frequency = Literal[
    "continuous",
    "yearly",
    "each_session",
    "two_months_online",
    "week_after_session",
    "week_after_adoption",
    "three_months_after_signature",
    "two_months_after_notification",
    "before_execution",
    "month_after_adoption",
    "each_change",
    "never",
]


@dataclass(frozen=True)
class Facts:
    """What is known of a collectivité. Whatever is unknown stays ``None``.

    :ivar kind: «epci» is one with its own taxes, as in the register.
    :ivar population: inhabitants.
    :ivar is_total: whether that population is «totale», the one the law counts.
    :ivar fte: agents, in full-time equivalents.
    :ivar band: headcount band of Sirene («12» is 20 to 49, «NN» none known).
    :ivar largest_member: population of an EPCI's largest commune.
    :ivar vote: how a commune under 3,500 inhabitants, a syndicat or a CCAS chose
        to publish its acts; ``none`` where no vote was taken.
    :ivar answers: what its agents answered to questions.
    """

    kind: Kind
    population: int | None = None
    is_total: bool = False
    fte: float | None = None
    band: str | None = None
    largest_member: int | None = None
    vote: Vote | None = None
    answers: Mapping[Question, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """Something that happened and has to be published: a grant, a contract…

    :ivar amount: in euros, before tax for a contract.
    :ivar on: when it was signed, notified, adopted, or begins; ``None`` for
        grants of less than 23,000 € that add up to more within twelve months.
    :ivar to_private_body: whether a grant goes to a body of private law.
    :ivar total: what the same body was granted within twelve months, in euros.
    """

    amount: float = 0
    on: datetime.date | None = None
    to_private_body: bool = True
    total: float | None = None


@dataclass(frozen=True)
class Answer:
    verdict: Verdict
    reason: str
    question: Question | None = None
    deadline: datetime.date | None = None
    text: LegalText | None = None


Rule = Callable[[Facts, "Event | None"], Answer]


@dataclass(frozen=True)
class Duty:
    rule: Rule
    frequency: Frequency
    text: LegalText
