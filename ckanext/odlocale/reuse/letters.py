"""Letters about a report: to those who answer, then to the reader.

What a reader wrote is on the portal only: a letter that carried it would carry
anybody's words, and people's data, under the portal's name.
"""

from __future__ import annotations

import ckantoolkit as tk

from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.people.letters import absolute, signature
from ckanext.odlocale.publishing.dataset import release_path
from ckanext.odlocale.publishing.release import absolute as absolute_path
from ckanext.odlocale.reuse.model import Report
from ckanext.odlocale.reuse.subjects import NO_MODEL, name_of
from ckanext.odlocale.territory.tables import Collectivity


def received(place: Collectivity, report: Report) -> Letter:
    """Tell the agents, and the ATD, that a reader reports an error."""
    says = {"name": place.name, "file": name_of(report), "row": report.row}
    first = (
        tk._("A reader reports personal data in “{file}”.")
        if report.personal
        else tk._("A reader reports an error in “{file}”.")
    )
    blocks: list[str | Link] = [first.format(**says)]
    if report.row:
        blocks.append(tk._("It is about row {row}.").format(**says))
    if report.personal:
        blocks.append(tk._("Look at it today: a person may be concerned."))
    where = absolute("odlocale_reports.handle", report_id=report.id)
    blocks.append(Link(tk._("See the report"), where))
    return compose(
        tk._("{name}: a reader reports an error").format(**says),
        blocks,
        signature=signature(),
    )


def answered(place: Collectivity, report: Report, dataset: str | None) -> Letter:
    """Tell the reader what became of the report.

    :param dataset: the data's page, where it stands
    """
    says = {"name": place.name, "file": name_of(report), "reason": report.reason}
    if report.state == "corrected":
        blocks: list[str | Link] = [
            tk._("{name} corrected “{file}”. Thank you.").format(**says)
        ]
        if report.schema != NO_MODEL:
            path = release_path(place.code, report.schema, report.key)
            blocks.append(Link(tk._("See the corrected file"), absolute_path(path)))
        if dataset:
            page = absolute("dataset.read", id=dataset)
            blocks.append(Link(tk._("See the page of these data"), page))
        subject = tk._("{name}: the error that you reported is corrected")
    else:
        blocks = [
            tk._("{name} looked at “{file}”, and keeps it as it is.").format(**says),
            tk._("Its answer: {reason}").format(**says),
        ]
        subject = tk._("{name}: an answer to your report")
    blocks.append(tk._("Your address is now erased from the portal."))
    return compose(subject.format(**says), blocks, signature=signature())
