"""What a check found, written for a person, a program, a spreadsheet or a workflow."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from ..base.language import translator
from .command_tools import print_json
from .explaining import UnknownCode, explain
from .findings_csv import disarm
from .messages import Message, render
from .report import FindingGroup, Report, page_of
from .report_html import join_page, to_page
from .table_schema import TableSchema

FORMATS = ("text", "json", "csv", "html", "github")

CSV_HEADER = (
    "file", "schema", "row", "column", "code", "severity", "national", "count",
    "value", "correction", "message", "remedy",
)  # fmt: skip

_LEVELS = {"blocks": "error", "know": "error", "personal": "warning"}


@dataclass(frozen=True)
class Outcome:
    """The check of one file, or why it was not checked (code and message)."""

    name: str
    report: Report | None = None
    schema: TableSchema | None = None
    code: str = ""
    message: str = ""


def write_outcomes(
    outcomes: Sequence[Outcome],
    form: str,
    lang: str,
    err: bool = False,
    pages: str = "",
) -> None:
    """Print outcomes in one of :data:`FORMATS`.

    :param err: on the standard error
    :param pages: address of a portal whose pages explain the findings, if any
    """
    if form == "json":
        print_json([to_json(one, lang) for one in outcomes])
        return
    if form in ("html", "github"):
        linked = to_html if form == "html" else to_github
        text = linked(outcomes, lang, pages)
    else:
        text = to_csv(outcomes, lang) if form == "csv" else to_text(outcomes, lang)
    if text:
        click.echo(text, err=err)


def to_json(outcome: Outcome, lang: str) -> dict[str, Any]:
    """Return an outcome as the documented report, with its sentences."""
    if outcome.report is None:
        error = {"code": outcome.code, "message": outcome.message}
        if page := _find_page(outcome.code):
            error["page"] = page
        return {"file": outcome.name, "error": error}
    written = {"file": outcome.name, **outcome.report.to_dict()}
    for told, group in zip(written["groups"], outcome.report.groups, strict=True):
        message = render(group, lang)
        told["message"], told["remedy"] = message.sentence, message.remedy
    return written


def _find_page(code: str) -> str:
    """Return the page of a finding, or of a file that is refused; nothing if none."""
    try:
        return explain(code).page
    except UnknownCode:
        return ""


def to_text(outcomes: Sequence[Outcome], lang: str) -> str:
    """Return what a person reads in a terminal."""
    speak = translator(lang)
    lines = []
    for one in outcomes:
        if one.report is None or one.schema is None:
            continue
        report = one.report
        told = speak.ngettext(
            "{name}: {label}, {count} row.",
            "{name}: {label}, {count} rows.",
            report.rows,
        )
        lines.append(
            told.format(name=one.name, label=one.schema.label, count=report.rows)
        )
        for group in report.groups:
            sign = "✗" if group.national else "·"
            lines.append(f"  {sign} [{group.code}] {_join(render(group, lang))}")
        if report.valid:
            lines.append("  " + speak.gettext("Conforms to the national model."))
        elif report.safe:
            ready = speak.ngettext(
                "{count} correction is ready.",
                "{count} corrections are ready.",
                report.safe_count,
            )
            lines.append("  " + ready.format(count=report.safe_count))
    return "\n".join(lines)


def _join(message: Message) -> str:
    return f"{message.sentence} {message.remedy}".rstrip()


def to_csv(outcomes: Sequence[Outcome], lang: str) -> str:
    """Return one line a row at fault (the first of each cause), for a spreadsheet."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    for one in outcomes:
        if one.report is None:
            cells = [one.name, "", "", "", one.code, "blocks", "", "", "", ""]
            writer.writerow([disarm(cell) for cell in (*cells, one.message, "")])
            continue
        for group in one.report.groups:
            message = render(group, lang)
            examples = {example.row: example for example in group.examples}
            for row in group.rows or (None,):
                example = examples.get(row) if row is not None else None
                cells = [
                    one.name,
                    one.report.schema_id,
                    "" if row is None else str(row),
                    group.header or group.column or "",
                    group.code,
                    group.severity,
                    "1" if group.national else "0",
                    str(group.count),
                    example.before if example else "",
                    (example.after or "") if example else "",
                    message.sentence,
                    message.remedy,
                ]
                writer.writerow([disarm(cell) for cell in cells])
    return stream.getvalue().rstrip("\n")


def to_html(outcomes: Sequence[Outcome], lang: str, pages: str = "") -> str:
    """Return a page that stands alone."""
    lines = [
        (one.name, one.report, one.schema, one.code, one.message) for one in outcomes
    ]
    return to_page(lines, lang, pages)


def to_github(outcomes: Sequence[Outcome], lang: str, pages: str = "") -> str:
    """Return annotations that GitHub Actions shows beside the rows."""
    lines = []
    for one in outcomes:
        place = f"file={_escape(one.name, True)}"
        if one.report is None:
            told = _escape(_link(one.message, _find_page(one.code), pages))
            lines.append(f"::error {place},title={one.code}::{told}")
            continue
        for group in one.report.groups:
            row = f",line={group.rows[0]}" if group.rows else ""
            message = _join(render(group, lang))
            told = _escape(_link(message, page_of(group.code), pages))
            lines.append(f"::{_level(group)} {place}{row},title={group.code}::{told}")
    return "\n".join(lines)


def _link(text: str, page: str, pages: str) -> str:
    return f"{text} {join_page(pages, page)}" if pages and page else text


def _level(group: FindingGroup) -> str:
    if not group.national and group.severity == "know":
        return "notice"
    return _LEVELS.get(group.severity, "warning" if group.national else "notice")


def _escape(text: str, within: bool = False) -> str:
    """Escape as workflow commands ask: no end of line, no separator in a property."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace(":", "%3A").replace(",", "%2C") if within else escaped
