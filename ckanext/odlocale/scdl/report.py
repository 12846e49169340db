"""What a check found: groups of findings by cause, as data.

A report holds no sentence. Codes, places, values and counts are rendered in French
at the edge by :mod:`ckanext.odlocale.scdl.messages`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any, Literal, cast, get_args

import polars as pl

from .options import Option, list_options

Severity = Literal["personal", "blocks", "confirm", "correction", "know", "done"]

#: Order in which an agent meets the severities: people are protected first.
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

#: How many row numbers, values and examples a group keeps; counts stay exact.
MAX_ROWS = 50
MAX_VALUES = 50
MAX_EXAMPLES = 5

#: Version of the JSON shape of :meth:`Report.to_dict`.
REPORT_FORMAT = 1


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of :meth:`Report.to_dict`, and of what the command prints
    (its ``$defs/outcomes``)."""
    text = (files("ckanext.odlocale.scdl") / "data" / "report.schema.json").read_text(
        encoding="utf-8"
    )
    schema: dict[str, Any] = json.loads(text)
    return schema


def identify_group(code: str, column: str | None, value: str | None = None) -> str:
    """Return the stable identifier of a group: same cause, same identifier.

    :param code: the finding's code, such as ``enum.case``
    :param column: the field's name, or the header where no field is concerned
    :param value: the value at fault, for codes that group by value
    :returns: the code, its dots as dashes, and eight hexadecimal digits
    """
    text = "\x1f".join((code, column or "", "" if value is None else value))
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{code.replace('.', '-')}-{digest}"


def count_values(values: pl.Series) -> tuple[tuple[str, int], ...]:
    """Return the values most found, with how often, as a group of findings shows."""
    counted = values.alias("value").to_frame().group_by("value").len("count")
    top = counted.sort(["count", "value"], descending=[True, False]).head(MAX_VALUES)
    return tuple((value, count) for value, count in top.iter_rows())


def page_of(code: str) -> str:
    """Return the address of the page that explains a code, without a leading slash.

    >>> page_of("date.french")
    'controles/date-french'
    """
    return f"controles/{code.replace('.', '-')}"


@dataclass(frozen=True)
class Example:
    """One cell at fault: its row in the file, its value, and what it would become."""

    row: int
    before: str
    after: str | None = None


@dataclass(frozen=True)
class Correction:
    """A change that is ready for one group.

    ``safe``: the values have one meaning only, so that all safe corrections are
    applied together on the agent's word; otherwise the agent decides one by one.
    ``after`` is the new value where it is the same for the whole group.
    """

    kind: str
    safe: bool
    after: str | None = None


@dataclass(frozen=True)
class Places:
    """Every row of a group, known as long as the table that was checked.

    :ivar rows: row numbers in the file, in order
    :ivar before: the cell of each row, where one column is concerned
    :ivar after: what each would become, where a correction is proposed
    :ivar name: the column's unique name in the table, where one is concerned
    :ivar beside: what cells of other columns become with them, by column name
    """

    rows: pl.Series
    before: pl.Series | None = None
    after: pl.Series | None = None
    name: str | None = None
    beside: Mapping[str, pl.Series] = field(default_factory=dict)


def list_places(rows: Iterable[int]) -> Places:
    """Return rows that reading has noted, by their numbers in the file."""
    return Places(pl.Series("row", list(rows), dtype=pl.UInt32))


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one cause.

    :ivar id: stable identifier, see :func:`identify_group`
    :ivar code: what is wrong, named after the fault (``date.serial``, ``siret.luhn``)
    :ivar severity: what is asked of the agent
    :ivar column: name of the field of the schema, if any
    :ivar header: the agent's own header, if any
    :ivar excel_column: the letter of that column in a spreadsheet, if any
    :ivar count: number of rows (or columns) concerned, exact
    :ivar rows: row numbers in the file, the first 50
    :ivar values: faulty values and how often each occurs, the 50 most frequent
    :ivar examples: the first five cells, before and after
    :ivar correction: the change that is ready, if any
    :ivar national: whether the national validator counts it as an error
    :ivar params: other facts a sentence needs, JSON-safe
    :ivar places: all its rows; nothing once the report was stored
    """

    id: str
    code: str
    severity: Severity
    count: int
    column: str | None = None
    header: str | None = None
    excel_column: str | None = None
    rows: tuple[int, ...] = ()
    values: tuple[tuple[str, int], ...] = ()
    examples: tuple[Example, ...] = ()
    correction: Correction | None = None
    national: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    places: Places | None = field(default=None, compare=False, repr=False)

    @property
    def options(self) -> tuple[Option, ...]:
        """What may be answered, see :mod:`ckanext.odlocale.scdl.decisions`."""
        return list_options(
            self.code,
            cells=bool(self.examples) and self.column is not None,
            correctable=self.correction is not None,
            safe=self.correction is not None and self.correction.safe,
            publishable=bool(self.params.get("publishable")),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form: the same names, tuples as lists."""
        return {
            "id": self.id,
            "code": self.code,
            "page": page_of(self.code),
            "severity": self.severity,
            "count": self.count,
            "column": self.column,
            "header": self.header,
            "excel_column": self.excel_column,
            "rows": list(self.rows),
            "values": [list(pair) for pair in self.values],
            "examples": [
                {"row": one.row, "before": one.before, "after": one.after}
                for one in self.examples
            ],
            "correction": None
            if self.correction is None
            else {
                "kind": self.correction.kind,
                "safe": self.correction.safe,
                "after": self.correction.after,
            },
            "options": [option.to_dict() for option in self.options],
            "national": self.national,
            "params": dict(self.params),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FindingGroup:
        """Rebuild a group from :meth:`to_dict`.

        :raises ValueError: where the severity is unknown
        """
        if data["severity"] not in SEVERITIES:
            raise ValueError(f"unknown severity: {data['severity']!r}")
        correction = data.get("correction")
        return cls(
            id=data["id"],
            code=data["code"],
            severity=cast(Severity, data["severity"]),
            count=data["count"],
            column=data.get("column"),
            header=data.get("header"),
            excel_column=data.get("excel_column"),
            rows=tuple(data.get("rows", ())),
            values=tuple((value, count) for value, count in data.get("values", ())),
            examples=tuple(Example(**one) for one in data.get("examples", ())),
            correction=None if correction is None else Correction(**correction),
            national=bool(data.get("national", False)),
            params=dict(data.get("params", {})),
        )


@dataclass(frozen=True)
class Report:
    """The outcome of a check.

    :ivar schema_id: ``scdl/budget``
    :ivar schema_version: version of the table schema that was checked against
    :ivar rows: number of rows of data
    :ivar columns: number of columns of the file
    :ivar mapping: header (made unique) of each recognised column, to its field
    :ivar missing_optional: optional fields the file does not have
    :ivar groups: what was found, in the order of severities, then of the columns
    """

    schema_id: str
    schema_version: str
    rows: int
    columns: int
    mapping: Mapping[str, str]
    missing_optional: tuple[str, ...]
    groups: tuple[FindingGroup, ...]

    @property
    def valid(self) -> bool:
        """Whether the national validator would find no error in the file."""
        return not any(group.national for group in self.groups)

    @property
    def blocking(self) -> tuple[FindingGroup, ...]:
        """Groups that forbid publishing."""
        return self.by_severity("blocks")

    @property
    def safe(self) -> tuple[FindingGroup, ...]:
        """Groups whose correction can be applied without asking more."""
        return tuple(
            group for group in self.groups if group.correction and group.correction.safe
        )

    @property
    def safe_count(self) -> int:
        """How many cells (or headers) the safe corrections would change."""
        return sum(group.count for group in self.safe)

    def ask_conformity(self) -> Report:
        """Return the report where each error of the national model blocks.

        Who is named in a file is asked about first, as ever.
        """
        hardened = (
            replace(group, severity="blocks")
            if group.national and group.severity != "personal"
            else group
            for group in self.groups
        )
        in_order = sorted(hardened, key=lambda one: SEVERITIES.index(one.severity))
        return replace(self, groups=tuple(in_order))

    def by_severity(self, severity: Severity) -> tuple[FindingGroup, ...]:
        """Return the groups of one severity, in order."""
        return tuple(group for group in self.groups if group.severity == severity)

    def group(self, group_id: str) -> FindingGroup:
        """Return one group.

        :raises KeyError: where the report has no such group
        """
        for group in self.groups:
            if group.id == group_id:
                return group
        raise KeyError(group_id)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form that is stored and printed.

        ``{"format": 1, "schema": …, "schema_version": …, "valid": …, "rows": …,
        "columns": …, "mapping": {…}, "missing_optional": […], "counts": {severity:
        groups}, "groups": [FindingGroup.to_dict()]}``. ``valid`` and ``counts`` are
        derived: :meth:`from_dict` ignores them.
        """
        return {
            "format": REPORT_FORMAT,
            "schema": self.schema_id,
            "schema_version": self.schema_version,
            "valid": self.valid,
            "rows": self.rows,
            "columns": self.columns,
            "mapping": dict(self.mapping),
            "missing_optional": list(self.missing_optional),
            "counts": {
                severity: len(self.by_severity(severity)) for severity in SEVERITIES
            },
            "groups": [group.to_dict() for group in self.groups],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Rebuild a report from :meth:`to_dict`.

        :raises ValueError: where the format is not one this version reads
        """
        if data.get("format") != REPORT_FORMAT:
            raise ValueError(f"unknown report format: {data.get('format')!r}")
        return cls(
            schema_id=data["schema"],
            schema_version=data["schema_version"],
            rows=data["rows"],
            columns=data["columns"],
            mapping=dict(data["mapping"]),
            missing_optional=tuple(data["missing_optional"]),
            groups=tuple(FindingGroup.from_dict(group) for group in data["groups"]),
        )
