"""The findings of a deposit, arranged as the screen and the downloads show them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from ckanext.odlocale.base.french import french_spaces
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.scdl.findings_csv import write_findings
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.options import DOUBTFUL, FOREIGN, Option
from ckanext.odlocale.scdl.report import (
    Example,
    FindingGroup,
    Report,
    Severity,
    page_of,
)
from ckanext.odlocale.territory.register import Register

#: Order of the sections: people first, then what blocks, what the agent decides, and
#: the rest.
SECTION_ORDER: tuple[Severity, ...] = (
    "personal",
    "blocks",
    "confirm",
    "correction",
    "know",
    "done",
)

#: Colour role of each severity in the desk's macros.
ROLES: Mapping[str, str] = {
    "blocks": "blocks",
    "personal": "person",
    "confirm": "confirm",
    "correction": "done",
    "know": "info",
    "done": "done",
}

#: Severities that ask something of the agent.
ASKING: frozenset[Severity] = frozenset({"blocks", "personal", "confirm", "correction"})


@dataclass(frozen=True)
class ShownGroup:
    """One group of findings in words.

    :ivar titles: titles of columns, each with what replaces it, where there are several
    :ivar ids: of the groups that are shown as this one
    :ivar options: what may be answered to each of its rows
    :ivar whole: those of them that suit all its rows at once
    :ivar page: address of the page that explains it, without a leading slash
    :ivar columns: columns of the file between which the agent chooses, each with
        its letter; nothing where there is no such choice
    """

    id: str
    severity: Severity
    role: str
    sentence: str
    remedy: str
    count: int
    rows: tuple[int, ...]
    examples: tuple[Example, ...]
    correctable: bool
    column: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    options: tuple[Option, ...] = ()
    whole: tuple[Option, ...] = ()
    page: str = ""
    ids: tuple[str, ...] = ()

    @property
    def editable(self) -> bool:
        """Whether another value may be written in its cells, where they are shown.

        People are asked about on a screen of their own, with every answer in sight.
        """
        codes = {one.code for one in self.options}
        return "replace" in codes and self.severity != "personal"


@dataclass(frozen=True)
class Section:
    """Groups of one severity."""

    severity: Severity
    role: str
    groups: tuple[ShownGroup, ...]


@dataclass(frozen=True)
class Tally:
    """How many findings a screen announces.

    :ivar cells: cells that the safe corrections change
    :ivar points: groups left to the agent, those that block included
    :ivar blocking: groups that forbid publishing, unanswered persons included
    """

    cells: int
    points: int
    blocking: int

    @property
    def to_see(self) -> int:
        """How many groups ask something of the agent."""
        return self.points + (1 if self.cells else 0)


def count_findings(report: Report) -> Tally:
    """Count what is left to do."""
    persons = report.by_severity("personal")
    safe = {one.id for one in report.safe}
    confirm = [one for one in report.by_severity("confirm") if one.id not in safe]
    blocking = len(report.blocking) + len(persons)
    return Tally(
        cells=report.safe_count, points=blocking + len(confirm), blocking=blocking
    )


def arrange_findings(report: Report, language: str = "fr") -> tuple[Section, ...]:
    """Return the sections of the findings screen, empty ones left out."""
    return tuple(
        Section(
            severity,
            ROLES[severity],
            _show_all(groups, language),
        )
        for severity in SECTION_ORDER
        if (groups := report.by_severity(severity))
    )


def _show_all(groups: Sequence[FindingGroup], language: str) -> tuple[ShownGroup, ...]:
    titles = [one for one in groups if one.code == "column.renamed"]
    others = tuple(_show(one, language) for one in groups if one not in titles)
    return (_show_titles(titles, language), *others) if titles else others


def show_group(group: FindingGroup, language: str = "fr") -> ShownGroup:
    """Return one group in words."""
    return _show(group, language)


def _show(group: FindingGroup, language: str) -> ShownGroup:
    message = render(group, language)
    whose = _name_owner(group, language)
    return ShownGroup(
        id=group.id,
        severity=group.severity,
        role=ROLES[group.severity],
        sentence=message.sentence,
        remedy=" ".join(filter(None, (whose, message.remedy))),
        count=group.count,
        rows=group.rows,
        examples=group.examples,
        correctable=group.correction is not None,
        column=group.column,
        columns=_columns_to_choose(group),
        options=group.options,
        whole=_options_of_all(group),
        page=page_of(group.code),
        ids=(group.id,),
    )


def _show_titles(groups: Sequence[FindingGroup], language: str) -> ShownGroup:
    """Return the titles of columns to write otherwise, as one question."""
    first = _show(groups[0], language)
    if len(groups) == 1:
        return first
    sentence = translator(language).ngettext(
        "{count} column title is written otherwise in the national model.",
        "{count} column titles are written otherwise in the national model.",
        len(groups),
    )
    return replace(
        first,
        sentence=french_spaces(sentence.format(count=len(groups))),
        count=len(groups),
        titles=tuple((one.header or "", str(one.column)) for one in groups),
        ids=tuple(one.id for one in groups),
    )


def _options_of_all(group: FindingGroup) -> tuple[Option, ...]:
    """Return the answers that may be given to all rows of a group in one go.

    Not those about people, of whom each is a question; nor leaving out the rows that
    share a key, of which one is right.
    """
    if group.severity == "personal":
        return ()
    whole = {"publish", "fill"}
    if group.code in DOUBTFUL | FOREIGN:
        whole.add("withdraw")
    if group.severity == "confirm":
        whole.add("keep")
    return tuple(one for one in group.options if one.code in whole)


def _name_owner(group: FindingGroup, language: str) -> str:
    """Whose the rows are, where they are another collectivité's that is known."""
    register = Register.load()
    siren, insee = group.params.get("siren"), group.params.get("insee")
    owner = None
    if group.code == "siret.foreign" and siren:
        owner = register.by_siren(siren)
    elif group.code == "insee.foreign" and insee:
        owner = register.commune(insee)
    if owner is None:
        return ""
    _ = translator(language).gettext
    return french_spaces(_("It belongs to: {name}.").format(name=owner.full_name))


def _columns_to_choose(group: FindingGroup) -> tuple[tuple[str, str], ...]:
    if group.code != "column.repeated":
        return ()
    return tuple(zip(group.params["names"], group.params["letters"], strict=True))


def list_findings(report: Report, language: str = "fr") -> list[dict[str, Any]]:
    """Return the findings as plain data with their sentences (API, JSON)."""
    return [
        {
            **group.to_dict(),
            "sentence": (message := render(group, language)).sentence,
            "remedy": message.remedy,
        }
        for severity in SECTION_ORDER
        for group in report.by_severity(severity)
    ]


def write_findings_csv(report: Report, out: BinaryIO, language: str = "fr") -> None:
    """Write every row of every finding for a French spreadsheet program.

    Semicolons and a UTF-8 mark: the only form that Excel 2013 opens as a table with
    its accents.

    :param report: as the check returned it: one that was stored has lost its rows
    """
    gettext = translator(language).gettext
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    write_findings(
        report,
        text,
        header=(
            gettext("Importance"),
            gettext("Row"),
            gettext("Column"),
            gettext("Title of the column"),
            gettext("What was found"),
            gettext("What to do"),
            gettext("In your file"),
            gettext("Proposed"),
            gettext("Code"),
        ),
        severities=severity_names(language),
        delimiter=";",
        lang=language,
    )
    # What was written is the caller's, still open.
    text.detach()


def severity_names(language: str = "fr") -> dict[str, str]:
    """Return what each severity is called on the screens."""
    gettext = translator(language).gettext
    return {
        "blocks": gettext("Blocks"),
        "personal": gettext("Persons to protect"),
        "confirm": gettext("To be confirmed"),
        "correction": gettext("Ready corrections"),
        "know": gettext("Good to know"),
        "done": gettext("Done for you"),
    }
