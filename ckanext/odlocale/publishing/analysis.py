"""Reading a deposit again from its original: the agent's choices, applied in order.

The original file never changes. What the agent decided is kept as data (the model,
which column is which, batches of accepted corrections) and applied again each time,
so that a decision can be undone and the same decisions always give the same file.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from ckanext.odlocale.publishing.pictures import REVIEW_POINTS, draw_picture
from ckanext.odlocale.publishing.replaying import Pass, replay
from ckanext.odlocale.scdl.canonical import (
    canonical_frame,
    list_emptied,
    publication_key,
    temporal_coverage,
    write_rows,
)
from ckanext.odlocale.scdl.catalogue import Catalogue, TableSchema
from ckanext.odlocale.scdl.converting import find_converter, open_any
from ckanext.odlocale.scdl.owners import Owner, find_file_owner
from ckanext.odlocale.scdl.recognising import Candidate, is_certain, recognise
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.scdl.table import Table
from ckanext.odlocale.scdl.unreadable import Unreadable
from ckanext.odlocale.scdl.values import is_empty

#: How many rows the review shows, values a column is known by, models proposed.
PREVIEW_ROWS = 10
SAMPLE_VALUES = 3
#: Of how many filled rows at most a column's values are.
SAMPLED_ROWS = 200
PROPOSED_MODELS = 3

#: Version of the JSON shape of :meth:`Analysis.to_dict`.
ANALYSIS_FORMAT = 1


@dataclass(frozen=True)
class Choice:
    """What the agent decided on a file.

    :ivar schema: slug of the model; ``None`` lets the engine recognise it
    :ivar mapping: columns that the agent designated, by column to the model's field
    :ivar passes: accepted corrections and answers, in the order they were given
    """

    schema: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    passes: tuple[Pass, ...] = ()


@dataclass(frozen=True)
class Analysis:
    """What is known of a file under some choices.

    :ivar problem: code and facts of what makes it unreadable, if anything
    :ivar table: its rows, corrections applied
    :ivar candidates: the models it may follow, best first
    :ivar schema: the model it is checked against
    :ivar corrected: how many cells the accepted corrections changed
    :ivar withdrawn: how many rows the answers took out
    :ivar converted: what converted the file, where it was no table
    :ivar national: slug of the model it follows, where such data are published at a
        national home only
    :ivar owner: SIREN of whose rows they all are: the publisher's, or a commune's
        that it took in; nothing where the file does not say
    """

    problem: tuple[str, Mapping[str, int | str]] | None = None
    table: Table | None = None
    candidates: tuple[Candidate, ...] = ()
    certain: bool = False
    schema: TableSchema | None = None
    report: Report | None = None
    corrected: int = 0
    withdrawn: int = 0
    converted: str | None = None
    national: str | None = None
    owner: str | None = None

    @property
    def is_postponed(self) -> bool:
        """Whether the file was not read for want of room, and may be sent again."""
        return self.problem is not None and self.problem[0] == "busy"

    @cached_property
    def _rows(self) -> pl.DataFrame | None:
        """The rows as they are published, made once for all that is said of them."""
        if self.table is None or self.schema is None or self.report is None:
            return None
        return canonical_frame(self.table, self.schema, self.report.mapping)

    @cached_property
    def key(self) -> str | None:
        """The last part of its permanent address, before any suffix."""
        if self._rows is None or self.schema is None:
            return None
        return publication_key(self._rows, self.schema)

    @cached_property
    def coverage(self) -> tuple[datetime.date, datetime.date] | None:
        """The first and last day its rows are about."""
        if self._rows is None or self.schema is None:
            return None
        return temporal_coverage(self._rows, self.schema)

    def canonical(self) -> bytes:
        """Return the file as it is published.

        :raises ValueError: it was not checked against a model
        """
        if self._rows is None:
            raise ValueError("only a checked table has a canonical form")
        return write_rows(self._rows)

    def recall(self, former: Mapping[str, str]) -> dict[str, str]:
        """Return the columns that nothing matches, and whose titles were asked before.

        :param former: folded title to the model's column
        :returns: columns of the file to the model's; none of them is taken
        """
        if self.table is None or self.report is None:
            return {}
        taken = set(self.report.mapping.values())
        recalled: dict[str, str] = {}
        for name, header in self.table.folded_headers.items():
            field = former.get(header)
            if field and name not in self.report.mapping and field not in taken:
                recalled[name] = field
                taken.add(field)
        return recalled

    def to_dict(self) -> dict[str, Any]:
        """Return what the screens need, JSON-safe, without the rows.

        ``problem``: ``{"code", "params"}`` or null; ``candidates``: ``[{"schema",
        "matched", "expected"}]``; ``columns``: ``[{"name", "header", "letter",
        "values"}]``; ``check``: ``Report.to_dict()`` or null; ``preview``:
        ``{"fields", "rows"}``; ``picture``: see :func:`.pictures.draw_picture`;
        ``incomplete``: rows that lack a required value; ``emptied``: ``[{"title",
        "count"}]``, cells published empty since what they hold is surely false;
        ``coverage``: two ISO dates or null; ``key``, ``corrected``,
        ``withdrawn``, ``converted``, ``national``.
        """
        coverage = self.coverage
        return {
            "format": ANALYSIS_FORMAT,
            "problem": None
            if self.problem is None
            else {"code": self.problem[0], "params": dict(self.problem[1])},
            "certain": self.certain,
            "candidates": [
                {
                    "schema": one.schema.slug,
                    "matched": one.matched,
                    "expected": len(one.schema.fields),
                }
                for one in self.candidates[:PROPOSED_MODELS]
            ],
            "columns": [] if self.table is None else _describe_columns(self.table),
            "check": None if self.report is None else self.report.to_dict(),
            "corrected": self.corrected,
            "withdrawn": self.withdrawn,
            "converted": self.converted,
            "national": self.national,
            "key": self.key,
            "coverage": None if coverage is None else [d.isoformat() for d in coverage],
            "preview": self._preview(),
            "picture": self._picture(),
            "incomplete": self._count_incomplete(),
            "emptied": self._list_emptied(),
        }

    def _preview(self) -> dict[str, list[Any]]:
        if self._rows is None:
            return {"fields": [], "rows": []}
        shown = self._rows.head(PREVIEW_ROWS).fill_null("")
        return {"fields": shown.columns, "rows": [list(row) for row in shown.rows()]}

    def _picture(self) -> dict[str, Any] | None:
        if self._rows is None or self.schema is None:
            return None
        return draw_picture(self._rows.lazy(), self.schema, REVIEW_POINTS)

    def _list_emptied(self) -> list[dict[str, Any]]:
        if self.table is None or self.schema is None or self.report is None:
            return []
        if self._rows is None or not any(one.null_count() for one in self._rows):
            return []
        found = list_emptied(self.table, self.schema, self.report.mapping)
        return [{"title": one.title, "count": one.count} for one in found]

    def _count_incomplete(self) -> int:
        if self.table is None or self.schema is None or self.report is None:
            return 0
        # Nearly always none, which the report tells without reading the rows again.
        lacking = {
            field
            for one in self.report.groups
            if one.code == "required.empty"
            for field in one.params["columns"]
        }
        columns = [
            column
            for column, name in self.report.mapping.items()
            if name in lacking and column in self.table.frame.columns
        ]
        if not columns:
            return 0
        empty = pl.any_horizontal(is_empty(pl.col(column)) for column in columns)
        return int(self.table.frame.select(empty.sum()).item())


def analyse(
    source: Path | bytes,
    filename: str,
    choice: Choice,
    catalogue: Catalogue,
    owner: Owner | None = None,
    expected: str | None = None,
    *,
    strict: bool = False,
) -> Analysis:
    """Read, recognise, check a file and apply the corrections accepted so far.

    :param source: the original, as a path or in memory
    :param filename: the name it was sent under, which tells its format
    :param owner: whom it must belong to
    :param expected: slug of the model whose page it was sent from; it settles a
        doubt, never overrules a certainty
    :param strict: whether an answer of the last pass that fits nothing is an error
    :raises DecisionRefused: see ``strict``
    """
    try:
        opened = open_any(source, filename)
    except Unreadable as unreadable:
        problem = (unreadable.code, dict(unreadable.params))
        return Analysis(problem=problem, converted=_name_converter(source))
    table = opened.table
    every = recognise(table, catalogue.every)
    candidates = tuple(one for one in every if not one.schema.recognition_only)
    # What is published at a national home only is sure to be it, or is not said.
    national = bool(every) and every[0].schema.recognition_only and is_certain(every)
    found = Analysis(
        table=table,
        candidates=candidates,
        certain=is_certain(candidates) and not national,
        national=every[0].schema.slug if national else None,
        converted=opened.converter.name if opened.converter else None,
    )
    slug = choice.schema or opened.schema or _recognised(found, expected)
    if slug is None:
        return found
    schema = catalogue.get(slug)
    mapping = _merge_mapping(candidates, schema, choice.mapping)
    done = replay(table, schema, mapping, choice.passes, owner, strict=strict)
    table, schema, report = done.table, done.schema, done.report
    whose = find_file_owner(table, schema, report.mapping, owner) if owner else None
    return replace(
        found,
        table=table,
        schema=schema,
        report=report,
        corrected=done.corrected,
        withdrawn=done.withdrawn,
        owner=whose,
    )


def _name_converter(source: Path | bytes) -> str | None:
    """Return what would have converted a file that could not be read.

    What names people in it is there all the same.
    """
    content = source if isinstance(source, bytes) else source.read_bytes()
    converter = find_converter(content)
    return converter.name if converter else None


def _recognised(found: Analysis, expected: str | None) -> str | None:
    if found.certain:
        return found.candidates[0].schema.slug
    if found.national:
        return None
    if expected and any(one.schema.slug == expected for one in found.candidates):
        return expected
    return None


def _merge_mapping(
    candidates: Sequence[Candidate],
    schema: TableSchema,
    chosen: Mapping[str, str],
) -> dict[str, str] | None:
    if not chosen:
        return None
    found = next(
        (one.mapping for one in candidates if one.schema.slug == schema.slug), {}
    )
    # A column, or a field, that the agent designated leaves the engine's own pair.
    kept = {
        column: name
        for column, name in found.items()
        if column not in chosen and name not in chosen.values()
    }
    return {**kept, **chosen}


def _describe_columns(table: Table) -> list[dict[str, Any]]:
    samples = table.frame.select(
        pl.col(name)
        .filter(pl.col(name) != "")
        .head(SAMPLED_ROWS)
        .pipe(lambda filled: filled.filter(filled.str.strip_chars() != ""))
        .unique(maintain_order=True)
        .head(SAMPLE_VALUES)
        .implode()
        for name in table.names
    )
    return [
        {
            "name": name,
            "header": table.title_of(name),
            "letter": table.letter_of(name),
            "values": samples[name].item().to_list(),
        }
        for name in table.names
    ]
