"""What the agent answered on a deposit, and what the screens make of it.

Answers are kept as JSON beside the deposit. This module turns them into typed values
and back; it decides nothing that another pure module decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ckanext.odlocale.publishing.analysis import Choice
from ckanext.odlocale.publishing.fiche import Wishes
from ckanext.odlocale.publishing.findings import Tally, count_findings
from ckanext.odlocale.publishing.replaying import Pass
from ckanext.odlocale.publishing.steps import Facts
from ckanext.odlocale.scdl.catalogue import Catalogue
from ckanext.odlocale.scdl.report import Report


@dataclass(frozen=True)
class Answers:
    """What the agent answered.

    :ivar expected: slug of the model whose page the file was sent from
    :ivar chosen: slug of the model that the agent designated
    :ivar mapping: columns that the agent designated
    :ivar columns_answered: whether the missing columns were asked
    :ivar replaces: id of the deposit that the agent agreed to replace
    :ivar key_suffix: what tells this document from another of the same key
    :ivar wishes: what was changed of the fiche
    """

    expected: str | None = None
    chosen: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    columns_answered: bool = False
    replaces: str | None = None
    key_suffix: str = ""
    wishes: Wishes = field(default_factory=Wishes)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> Answers:
        """Rebuild from :meth:`to_dict`; nothing stored yet gives no answer."""
        data = data or {}
        return cls(
            expected=data.get("expected"),
            chosen=data.get("chosen"),
            mapping=dict(data.get("mapping", {})),
            columns_answered=bool(data.get("columns_answered")),
            replaces=data.get("replaces"),
            key_suffix=data.get("key_suffix", ""),
            wishes=Wishes.from_dict(data.get("wishes", {})),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form."""
        return {**asdict(self), "mapping": dict(self.mapping)}

    def choice(self, passes: tuple[Pass, ...]) -> Choice:
        """Return what the analysis of the file depends on."""
        return Choice(self.chosen, self.mapping, passes)

    def choose_model(self, slug: str) -> Answers:
        """Return the answers once another model is designated.

        What depended on the former model is forgotten.
        """
        if slug == self.chosen:
            return self
        return Answers(expected=self.expected, chosen=slug, wishes=self.wishes)

    def place_columns(self, mapping: Mapping[str, str]) -> Answers:
        """Return the answers once missing columns were designated, or not."""
        return replace(self, mapping={**self.mapping, **mapping}, columns_answered=True)


def read_report(analysis: Mapping[str, Any] | None) -> Report | None:
    """Return the report that an analysis holds, if its file could be checked."""
    check = (analysis or {}).get("check")
    return Report.from_dict(check) if check else None


def tally_of(report: Report | None) -> Tally:
    """Count what is left to do; nothing where nothing was checked."""
    if report is None:
        return Tally(0, 0, 0)
    return count_findings(report)


def gather_facts(
    state: str,
    schema: str | None,
    analysis: Mapping[str, Any] | None,
    answers: Answers,
    catalogue: Catalogue,
    online: str | None,
    work: str | None = None,
) -> Facts:
    """Gather what decides of a deposit's screen.

    :param analysis: as :meth:`~.analysis.Analysis.to_dict` gives it
    :param online: the deposit that its address shows at present, if any
    :param work: how what a worker does to it stands, if one does anything
    """
    report = read_report(analysis)
    tally = tally_of(report)
    problem = (analysis or {}).get("problem")
    missing: tuple[str, ...] = ()
    if report is not None and schema is not None:
        # Whose data these are is proposed among the findings: it is not asked here.
        told = {one.column for one in report.groups if one.code == "siret.absent"}
        found = {*report.mapping.values(), *told}
        required = catalogue.get(schema).required
        missing = tuple(one.name for one in required if one.name not in found)
    return Facts(
        state=state,
        work="refused" if work == "refused" else "held" if work else "",
        problem=problem["code"] if problem else None,
        schema=schema,
        missing=missing,
        columns_answered=answers.columns_answered,
        blocking=tally.blocking,
        to_see=tally.to_see + (len(report.by_severity("know")) if report else 0),
        online=online,
        replaces=answers.replaces,
    )
