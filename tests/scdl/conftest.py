"""Every report that a test of the engine makes is held to the documented format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

import pytest
from jsonschema import Draft202012Validator

from ckanext.odlocale.scdl.report import Report, report_schema

#: Reports of one test that are held to it: a property-based test makes thousands.
MAX_VALIDATED = 40


@cache
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(report_schema())
    return Draft202012Validator(report_schema())


@pytest.fixture(autouse=True)
def every_report_keeps_its_format(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made: list[Report] = []
    build = Report.__init__

    def note(self: Report, *args: object, **named: object) -> None:
        build(self, *args, **named)  # type: ignore[arg-type]
        if len(made) < MAX_VALIDATED:
            made.append(self)

    monkeypatch.setattr(Report, "__init__", note)
    yield
    for report in made:
        # As it is sent: tuples are lists, and what JSON cannot say is seen.
        document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
        error = next(validator().iter_errors(document), None)
        assert error is None, f"{error.json_path}: {error.message}" if error else ""
