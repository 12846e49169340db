"""Checking a table against a table schema."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

import polars as pl

from .analysis import Cause, ColumnFindings, find_cells, view_fields
from .catalogue import TableSchema
from .coming_years import find_coming, part_coming
from .crosschecks import CrossCheck, build_crosschecks
from .deducing import complete_own_siret, find_deduced, find_own_siret
from .doubtful_rows import find_totals, find_twice
from .doubtful_values import find_percents, find_positions
from .grouping import call_field
from .owners import Owner, find_foreign
from .personal_columns import find_personal, tells_of_people
from .recognising import match_headers
from .repeats import find_repeated
from .report import (
    MAX_EXAMPLES,
    MAX_ROWS,
    SEVERITIES,
    Correction,
    Example,
    FindingGroup,
    Places,
    Report,
    Severity,
    count_values,
    identify_group,
)
from .surveying import survey
from .table import Table
from .values import is_empty
from .words import fold_name


def check(
    table: Table,
    schema: TableSchema,
    *,
    mapping: Mapping[str, str] | None = None,
    owner: Owner | None = None,
    today: datetime.date | None = None,
) -> Report:
    """Check a table and return everything that was found, grouped by cause.

    :param mapping: column name (made unique) to field name, where the agent has
        chosen; by default what :func:`recognising.match_headers` finds. Of columns
        given the same field, the first in the file is read
    :param owner: the collectivité that publishes: rows of another one are found,
        and block
    :param today: the day from which a date is to come; by default the present one
    """
    chosen = _settle(table, schema, mapping)
    view = view_fields(table, schema, chosen)
    today = today or datetime.date.today()
    asked = survey(view, schema, owner, today)
    faulty = find_cells(view, schema, chosen, asked.columns("cells"))
    faulty, foreseen = part_coming(faulty, schema, today)
    cells = [*complete_own_siret(_group_cells(table, faulty), schema, view, owner)]
    empty = asked.columns("empty")
    own = [*find_own_siret(table, schema, chosen, view, owner, empty)]
    groups = [
        *table.notes,
        *_find_headers(table, schema, chosen, mapping is not None, own),
        # First: what a total lacks is no question once the row has left.
        *find_totals(
            table, schema, chosen, view, "sparse:" in asked, asked.columns("total")
        ),
        *own,
        *_find_empty(table, schema, chosen, view, empty),
        *find_foreign(table, schema, chosen, view, owner, asked.columns("foreign")),
        *cells,
        *find_percents(table, schema, chosen, view, cells),
        *find_coming(
            table, schema, chosen, view, today, asked.columns("coming"), foreseen
        ),
        *(find_positions(table, schema, chosen, view) if "out:" in asked else ()),
        *find_deduced(table, schema, chosen, view, empty),
        *find_twice(table, schema, chosen, view),
        *find_repeated(table, schema, chosen, view),
        *_find_across(table, schema, chosen, view, asked.columns("across")),
        *find_personal(table, schema, chosen, view, asked.columns("personal")),
    ]
    present = set(chosen.values())
    return Report(
        schema_id=schema.id,
        schema_version=schema.version,
        rows=table.frame.height,
        columns=len(table.headers),
        mapping=dict(chosen),
        missing_optional=tuple(
            field.name
            for field in schema.fields
            if not field.required and field.name not in present
        ),
        groups=tuple(sorted(groups, key=lambda one: SEVERITIES.index(one.severity))),
    )


def _settle(
    table: Table, schema: TableSchema, mapping: Mapping[str, str] | None
) -> dict[str, str]:
    """Return one column per field, in the file's order."""
    if mapping is None:
        return match_headers(table, schema)
    known = {field.name for field in schema.fields}
    chosen: dict[str, str] = {}
    for name in table.names:
        field = mapping.get(name)
        if field in known and field not in chosen.values():
            chosen[name] = str(field)
    return chosen


def _find_headers(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    decided: bool,
    told: Iterable[FindingGroup],
) -> Iterator[FindingGroup]:
    """Columns missing, written otherwise, present twice, or not expected.

    :param told: groups that already speak of a missing column
    """
    present = {*chosen.values()}
    present |= {str(one.column) for one in told if one.code == "siret.absent"}
    for field in schema.fields:
        # The national validator wants the columns of a key too; they forbid nothing.
        wanted = field.required or field.name in schema.primary_key
        if wanted and field.name not in present:
            yield FindingGroup(
                id=identify_group("column.missing", field.name),
                code="column.missing",
                severity="blocks" if field.required else "know",
                count=1,
                column=field.name,
                national=True,
                params={"title": field.title},
            )
    headers = Counter(table.folded_headers.values())
    headers.update(fold_name(field.name) for field in schema.fields)
    repeated = {} if decided else _match_repeated(table, schema, chosen)
    for name in table.names:
        target = chosen.get(name)
        if target is not None and table.header_of(name) != target:
            yield _note_column(
                table,
                name,
                "column.renamed",
                column=target,
                # The national validator leaves out the spaces around a header.
                national=schema.field(target).required
                and table.header_of(name).strip() != target,
                correction=Correction("column.renamed", safe=True, after=target),
            )
        elif target is None and name not in repeated:
            # Published under its own header, where no other column bears it, and
            # nobody is in it by its title.
            header = table.header_of(name).strip()
            alone = headers[table.folded_headers[name]] == 1
            publishable = alone and bool(header) and not tells_of_people(header)
            yield _note_column(table, name, "column.extra", publishable=publishable)
    by_field: dict[str, list[str]] = {}
    for name, target in repeated.items():
        by_field.setdefault(target, []).append(name)
    for target, names in by_field.items():
        kept = next(name for name, field in chosen.items() if field == target)
        every = [kept, *names]
        yield FindingGroup(
            id=identify_group("column.repeated", target),
            code="column.repeated",
            severity="confirm",
            count=len(every),
            column=target,
            header=table.title_of(kept),
            excel_column=table.letter_of(kept),
            national=any(
                table.header_of(name) == table.header_of(kept) for name in names
            ),
            params={
                "names": every,
                "letters": [table.letter_of(name) for name in every],
                "kept": kept,
            },
        )


def _match_repeated(
    table: Table, schema: TableSchema, chosen: Mapping[str, str]
) -> dict[str, str]:
    """Return the columns left out because another one holds the same field."""
    folded = table.folded_headers
    fields = {folded[name]: to for name, to in chosen.items()}
    fields |= {fold_name(field): field for field in chosen.values()}
    return {
        name: fields[folded[name]]
        for name in table.names
        if name not in chosen and folded[name] in fields
    }


def _note_column(
    table: Table,
    name: str,
    code: str,
    *,
    column: str | None = None,
    national: bool = False,
    correction: Correction | None = None,
    **params: bool,
) -> FindingGroup:
    return FindingGroup(
        id=identify_group(code, name),
        code=code,
        severity="know" if correction is None else "correction",
        count=1,
        column=column,
        header=table.title_of(name),
        excel_column=table.letter_of(name),
        correction=correction,
        national=national,
        params={"name": name, **params},
    )


def _find_empty(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    asked: Collection[str],
) -> Iterator[FindingGroup]:
    """Required cells left empty; columns empty on the very same rows are one cause."""
    fields = [field.name for field in schema.required if field.name in asked]
    if not fields:
        return
    empty = view.select(is_empty(pl.col(name)) for name in fields)
    counts = empty.select(pl.all().sum()).row(0, named=True)
    alike: list[list[str]] = []
    for name in fields:
        if not counts[name]:
            continue
        for names in alike:
            if counts[names[0]] == counts[name] and empty[names[0]].equals(empty[name]):
                names.append(name)
                break
        else:
            alike.append([name])
    for names in alike:
        first = next(name for name, field in chosen.items() if field == names[0])
        numbers = table.row_numbers.filter(empty[names[0]])
        yield FindingGroup(
            id=identify_group("required.empty", names[0]),
            code="required.empty",
            severity="know",
            count=len(numbers),
            column=names[0],
            header=table.title_of(first),
            excel_column=table.letter_of(first),
            rows=tuple(numbers.head(MAX_ROWS)),
            places=Places(numbers),
            national=True,
            params={
                "columns": names,
                "titles": [
                    call_field(table, chosen, schema.field(name)) for name in names
                ],
            },
        )


def _group_cells(
    table: Table, columns: Iterable[ColumnFindings]
) -> Iterator[FindingGroup]:
    """Turn cells at fault into groups, one per cause."""
    for column in columns:
        cells = column.cells
        for part in cells.partition_by("cause", maintain_order=True):
            cause = column.causes[part["cause"][0]]
            numbers = table.row_numbers.gather(part["index"])
            examples = tuple(
                Example(row, before, after)
                for row, (before, after) in zip(
                    numbers,
                    part.select("before", "after").head(MAX_EXAMPLES).iter_rows(),
                    strict=False,
                )
            )
            yield FindingGroup(
                id=cause.id,
                code=cause.code,
                severity=_severity(cause),
                count=part.height,
                column=column.field,
                header=table.title_of(column.name),
                excel_column=table.letter_of(column.name),
                rows=tuple(numbers.head(MAX_ROWS)),
                places=Places(numbers, part["before"], part["after"], column.name),
                values=count_values(part["before"]),
                examples=examples,
                correction=Correction(cause.code, cause.safe, cause.after)
                if cause.correctable
                else None,
                national=cause.national,
                params={"key": cause.key} if cause.key is not None else {},
            )


def _severity(cause: Cause) -> Severity:
    if cause.safe:
        return "correction"
    return "confirm" if cause.correctable else "know"


def _find_across(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    asked: Collection[str],
) -> Iterator[FindingGroup]:
    """Rows whose columns contradict one another."""
    for position, one in enumerate(build_crosschecks(schema, frozenset(view.columns))):
        if one.fails is None:
            yield _note_across(table, schema, chosen, one, None)
        elif str(position) in asked:
            rows = view.select(one.fails.alias("fails"))["fails"].arg_true()
            yield _note_across(table, schema, chosen, one, rows)


def _note_across(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    one: CrossCheck,
    rows: pl.Series | None,
) -> FindingGroup:
    key = ",".join(one.columns) + one.operator
    name = next((name for name, to in chosen.items() if to == one.columns[0]), None)
    places = None if rows is None else Places(table.row_numbers.gather(rows))
    return FindingGroup(
        id=identify_group(one.code, key),
        code=one.code if rows is not None else f"{one.code}_absent",
        severity="know",
        count=1 if rows is None else len(rows),
        column=one.columns[0],
        header=None if name is None else table.title_of(name),
        excel_column=None if name is None else table.letter_of(name),
        rows=() if places is None else tuple(places.rows.head(MAX_ROWS)),
        places=places,
        national=True,
        params={
            "columns": list(one.columns),
            "titles": [
                call_field(table, chosen, schema.field(each)) for each in one.columns
            ],
            "operator": one.operator,
            "dates": schema.field(one.columns[0]).type == "date",
            "absent": list(one.absent),
        },
    )
