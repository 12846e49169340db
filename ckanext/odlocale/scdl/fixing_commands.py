"""``odlocale scdl fix``: a corrected copy of a file, and what was changed."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ..base.language import translator
from .catalogue import TableSchema, load_catalogue
from .checking import check
from .checking_commands import Failure, open_table, read_owner
from .command_tools import FAILED, FINDINGS, FINE, add_lang_option, get_schema
from .corrected import Change
from .decision_refusals import DecisionRefused
from .decisions import Decision, apply_decisions, leave_kept
from .findings_csv import disarm
from .options import OPTION_CODES, OptionCode
from .outcomes import Outcome, write_outcomes
from .owners import Owner
from .reading import MAX_BYTES
from .report import Report
from .table import Table
from .table_schema import extend_schema

#: Passes after which nothing known is left to correct: a header, then its cells, then
#: what those make possible.
PASSES = 4

CHANGES_HEADER = ("row", "column", "before", "after")


@dataclass(frozen=True)
class Accepted:
    """What is answered to every finding of a code.

    :ivar value: what a cell is replaced by, or a column filled with
    """

    option: OptionCode = "apply"
    value: str | None = None


def read_accepted(texts: Iterable[str]) -> dict[str, Accepted]:
    """Return answers by finding code.

    :param texts: each ``CODE``, ``CODE=OPTION`` or ``CODE=OPTION:VALUE``
    :raises click.BadParameter: where an option has another name

    >>> read_accepted(["enum.near", "row.total=withdraw"])["row.total"].option
    'withdraw'
    """
    accepted = {}
    for text in texts:
        code, _, answer = text.partition("=")
        option, colon, value = answer.partition(":")
        if option and option not in OPTION_CODES:
            known = ", ".join(OPTION_CODES)
            raise click.BadParameter(f"{option!r} is not one of: {known}")
        accepted[code] = Accepted(option or "apply", value if colon else None)
    return accepted


@click.command("fix")
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", required=True, metavar="FILE", help="“-”: stdout.")
@click.option("--schema", "schema_id", metavar="ID", help="Else it is recognised.")
@click.option(
    "--siren",
    metavar="SIREN",
    help="Who publishes, or its SIRET: what is missing of it may be filled.",
)
@click.option(
    "--accept",
    multiple=True,
    metavar="CODE[=OPTION]",
    help="Answer findings of this code too (repeatable): apply, withdraw, mask, keep,"
    " replace:VALUE or fill:VALUE.",
)
@click.option("--changes", metavar="FILE", help="Also write what was changed, as CSV.")
@add_lang_option
def fix_file(
    file: str,
    output: str,
    schema_id: str | None,
    siren: str | None,
    accept: tuple[str, ...],
    changes: str | None,
    lang: str,
) -> None:
    """Write a corrected copy of a file, in CSV.

    Corrections that have one meaning only are applied; others where their code is
    accepted. Every column is kept, in its order, the recognised ones under their
    expected names. What was changed is told, then what is left.

    Exits with 0 when the copy conforms, 1 when findings are left, 2 when it could not
    be made.
    """
    speak = translator(lang)
    catalogue = load_catalogue()
    wanted = get_schema(catalogue, schema_id) if schema_id else None
    owner = read_owner(siren) if siren else None
    accepted = read_accepted(accept)
    written = [name for name in (output, changes) if name and name != "-"]
    paths = [Path(name).resolve() for name in (*written, *([file] * (file != "-")))]
    if len(set(paths)) < len(paths):
        click.echo(speak.gettext("The output must not be the file itself."), err=True)
        sys.exit(FAILED)
    try:
        table, schema = open_table(file, catalogue, wanted, MAX_BYTES, lang)
        fixed = fix(table, schema, accepted, owner)
    except Failure as failure:
        click.echo(f"{file}: {failure.message}", err=True)
        sys.exit(FAILED)
    except DecisionRefused as refused:
        click.echo(f"{file}: {refused.say(lang)}", err=True)
        sys.exit(FAILED)
    try:
        _write(output, fixed.to_csv())
        if changes:
            _write(changes, fixed.changes_to_csv())
    except OSError as error:
        click.echo(f"{error.filename}: {error.strerror}", err=True)
        sys.exit(FAILED)
    for told in fixed.tell(lang):
        click.echo(told, err=True)
    outcome = Outcome(file, report=fixed.report, schema=fixed.schema)
    write_outcomes([outcome], "text", lang, True)
    sys.exit(FINE if fixed.report.valid else FINDINGS)


def _write(name: str, content: str) -> None:
    if name == "-":
        click.echo(content, nl=False)
    else:
        Path(name).write_text(content, encoding="utf-8", newline="")


@dataclass(frozen=True)
class Fixed:
    """A corrected copy, its own report, and what was done.

    :ivar schema: with the columns published beyond it
    :ivar changes: cells changed, a header where the row is that of the headers
    :ivar withdrawn: rows of the file that left
    """

    table: Table
    schema: TableSchema
    report: Report
    changes: tuple[Change, ...]
    withdrawn: tuple[int, ...]

    def to_csv(self) -> str:
        """Return the copy, headers as written but for those that are there twice."""
        headers, names = self.table.headers, self.table.frame.columns
        titles = [
            header if headers.count(header) == 1 and header else name
            for header, name in zip(headers, names, strict=True)
        ]
        frame = self.table.frame.rename(dict(zip(names, titles, strict=True)))
        return frame.write_csv(line_terminator="\n", quote_style="necessary")

    def changes_to_csv(self) -> str:
        """Return one line a change; a row that left has no column."""
        lines: list[Sequence[str]] = [CHANGES_HEADER]
        lines += [(str(c.row), c.column, c.before, c.after) for c in self.changes]
        lines += [(str(row), "", "", "") for row in self.withdrawn]
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows(
            [disarm(cell) for cell in line] for line in lines
        )
        return written.getvalue()

    def tell(self, lang: str) -> list[str]:
        """Return how much was done, in words."""
        speak = translator(lang)
        count = len(self.changes)
        told = [
            speak.ngettext(
                "{count} cell corrected.", "{count} cells corrected.", count
            ).format(count=count)
        ]
        if gone := len(self.withdrawn):
            told.append(
                speak.ngettext(
                    "{count} row withdrawn.", "{count} rows withdrawn.", gone
                ).format(count=gone)
            )
        return told


def fix(
    table: Table,
    schema: TableSchema,
    accepted: Mapping[str, Accepted] | None = None,
    owner: Owner | None = None,
) -> Fixed:
    """Return a corrected copy of a table.

    Safe corrections are applied, and what is answered to other findings. Those that
    the first ones made possible (a header, then its cells) follow in turn.

    :param accepted: answers by finding code
    :param owner: who publishes
    :raises DecisionRefused: where an answer does not suit a finding of its code
    """
    answers = dict(accepted or {})
    changes: list[Change] = []
    gone: list[int] = []
    base, published = schema, list[str]()
    mapping: Mapping[str, str] | None = None
    done: set[str] = set()
    for _ in range(PASSES):
        report = check(table, schema, mapping=mapping, owner=owner)
        decisions = []
        for group in report.groups:
            answer = answers.get(group.code)
            if answer is not None and answer.option != "keep":
                # Once answered, a value that is still at fault stays as it is.
                if group.id not in done and group.options:
                    done.add(group.id)
                    one = Decision(group.id, answer.option, value=answer.value)
                    decisions.append(one)
            elif group.correction and group.correction.safe:
                decisions.append(Decision(group.id, "apply"))
        if not decisions:
            break
        outcome = apply_decisions(table, schema, report, decisions)
        table, mapping = outcome.table, outcome.mapping
        published += outcome.published
        schema = extend_schema(base, tuple(published))
        changes += outcome.changes
        gone += outcome.withdrawn
    table = replace(table, notes=tuple(n for n in table.notes if n.severity != "done"))
    report = check(table, schema, mapping=mapping, owner=owner)
    kept = {code for code, answer in answers.items() if answer.option == "keep"}
    report = leave_kept(
        report, [Decision(one.id, "keep") for one in report.groups if one.code in kept]
    )
    return Fixed(table, schema, report, tuple(changes), tuple(sorted(gone)))
