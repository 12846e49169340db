"""What a check found, written for a person, a program, a spreadsheet or a workflow."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from ..base.language import translator
from .command_tools import print_json
from .messages import Message, render
from .report import FindingGroup, Report
from .table_schema import TableSchema

FORMATS = ("text", "json", "csv", "html", "github")

CSV_HEADER = (
    "file", "schema", "row", "column", "code", "severity", "national", "count",
    "value", "correction", "message", "remedy",
)  # fmt: skip

_LEVELS = {"blocks": "error", "know": "error", "personal": "warning"}
#: A cell that begins so is a formula for a spreadsheet: an apostrophe stops it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Outcome:
    """The check of one file, or why it was not checked (code and message)."""

    name: str
    report: Report | None = None
    schema: TableSchema | None = None
    code: str = ""
    message: str = ""


def write_outcomes(
    outcomes: Sequence[Outcome], form: str, lang: str, err: bool = False
) -> None:
    """Print outcomes in one of :data:`FORMATS`.

    :param err: on the standard error
    """
    if form == "json":
        print_json([to_json(one, lang) for one in outcomes])
        return
    writer = {
        "text": to_text, "csv": to_csv, "html": to_html, "github": to_github
    }[form]  # fmt: skip
    text = writer(outcomes, lang)
    if text:
        click.echo(text, err=err)


def to_json(outcome: Outcome, lang: str) -> dict[str, Any]:
    """Return an outcome as the documented report, with its sentences."""
    if outcome.report is None:
        error = {"code": outcome.code, "message": outcome.message}
        return {"file": outcome.name, "error": error}
    written = {"file": outcome.name, **outcome.report.to_dict()}
    for told, group in zip(written["groups"], outcome.report.groups, strict=True):
        message = render(group, lang)
        told["message"], told["remedy"] = message.sentence, message.remedy
    return written


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
            writer.writerow([_disarm(cell) for cell in (*cells, one.message, "")])
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
                writer.writerow([_disarm(cell) for cell in cells])
    return stream.getvalue().rstrip("\n")


def _disarm(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def to_html(outcomes: Sequence[Outcome], lang: str) -> str:
    """Return a page that stands alone."""
    title = html.escape(translator(lang).gettext("Report of checks"))
    parts = [
        f'<!doctype html>\n<html lang="{lang}">\n<head><meta charset="utf-8">'
        f"<title>{title}</title>\n<style>body{{font-family:sans-serif;max-width:60em;"
        "margin:2em auto;padding:0 1em}code{overflow-wrap:anywhere}</style>"
        f"</head>\n<body>\n<h1>{title}</h1>"
    ]
    for one in outcomes:
        parts.append(f"<h2>{html.escape(one.name)}</h2>")
        if one.report is None or one.schema is None:
            parts.append(f"<p>{html.escape(one.message)}</p>")
            continue
        parts.append(f"<p>{html.escape(one.schema.label)}</p>\n<ul>")
        parts += [
            f"<li><code>{group.code}</code> {html.escape(_join(render(group, lang)))}"
            "</li>"
            for group in one.report.groups
        ]
        parts.append("</ul>")
        if one.report.valid:
            conforms = translator(lang).gettext("Conforms to the national model.")
            parts.append(f"<p>{html.escape(conforms)}</p>")
    return "\n".join([*parts, "</body>\n</html>"])


def to_github(outcomes: Sequence[Outcome], lang: str) -> str:
    """Return annotations that GitHub Actions shows beside the rows."""
    lines = []
    for one in outcomes:
        place = f"file={_escape(one.name, True)}"
        if one.report is None:
            lines.append(f"::error {place},title={one.code}::{_escape(one.message)}")
            continue
        for group in one.report.groups:
            row = f",line={group.rows[0]}" if group.rows else ""
            told = _escape(_join(render(group, lang)))
            lines.append(f"::{_level(group)} {place}{row},title={group.code}::{told}")
    return "\n".join(lines)


def _level(group: FindingGroup) -> str:
    if not group.national and group.severity == "know":
        return "notice"
    return _LEVELS.get(group.severity, "warning" if group.national else "notice")


def _escape(text: str, within: bool = False) -> str:
    """Escape as workflow commands ask: no end of line, no separator in a property."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace(":", "%3A").replace(",", "%2C") if within else escaped
