"""What a collectivité must publish, of what the law asks of it.

The general rule is that of CRPA L312-1-1 and D312-1-1-1: a collectivité of 3,500
inhabitants or more, and an authority of 50 agents or more (full-time equivalents),
publishes in open formats what it finishes and holds in electronic form. Both
thresholds at once for a commune, a département or a région; the agents' alone for
groupings, which are no «collectivités territoriales». Other rules stand beside it,
each with a text of its own (:mod:`obligation_texts`).

Facts that nobody knows are presumed, and the answer says which question would
settle it. Legal populations are «totale» (CGCT R2151-2) while registers carry
«municipale», a few per cent lower: just under the threshold, nothing is certain.

This is a reading of the law for a portal, not legal advice.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from .obligation_facts import Answer, Event, Facts, Frequency, Question, Verdict
from .obligation_rules import DUTIES
from .obligation_texts import LegalText

__all__ = ["DUTIES", "Event", "Facts", "Obligation", "obligation", "obligations"]


@dataclass(frozen=True)
class Obligation:
    """What the law asks of a collectivité about one matter.

    :ivar duty: the matter's slug; the catalogue's where there is a table schema.
    :ivar deadline: last day; ``None`` where the duty is continuous.
    :ivar reason: code of the sentence that explains the verdict.
    :ivar question: what to ask an agent, where an answer would settle it.
    """

    duty: str
    verdict: Verdict
    reason: str
    frequency: Frequency
    texts: tuple[LegalText, ...]
    deadline: datetime.date | None = None
    question: Question | None = None

    @property
    def binds(self) -> bool:
        """Whether to treat it as an obligation until somebody knows better."""
        return self.verdict in ("applies", "presumed_yes")

    def is_late(self, today: datetime.date) -> bool:
        """Tell whether its last day has passed."""
        return self.binds and self.deadline is not None and today > self.deadline


def obligation(
    duty: str,
    facts: Facts,
    on: datetime.date,
    event: Event | None = None,
) -> Obligation:
    """Return what the law asks of a collectivité about one matter on a day.

    :param duty: one of :data:`DUTIES`.
    :param on: the day; a rule not yet in force then obliges nobody.
    :param event: the grant or the contract in question; the rule in general
        where there is none.
    :raises KeyError: no such matter.

    >>> found = obligation("bal", Facts("commune", 1_900), datetime.date(2026, 11, 2))
    >>> found.verdict, found.deadline.isoformat(), found.is_late(found.deadline)
    ('applies', '2024-06-01', False)
    """
    rule = DUTIES[duty]
    answer = rule.rule(facts, event)
    text = answer.text or rule.text
    if text.valid_from is not None and on < text.valid_from:
        answer = Answer("not", "not_yet")
    return Obligation(
        duty,
        answer.verdict,
        answer.reason,
        rule.frequency,
        (text,),
        answer.deadline,
        answer.question,
    )


def obligations(facts: Facts, on: datetime.date) -> tuple[Obligation, ...]:
    """Return what the law asks of a collectivité on a day, matter by matter."""
    return tuple(obligation(duty, facts, on) for duty in DUTIES)
