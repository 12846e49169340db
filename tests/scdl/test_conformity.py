"""Where whoever helps asks that a file follow the national model in everything."""

from __future__ import annotations

from typing import Any

from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.report import FindingGroup, Report


def group(severity: Any, *, national: bool) -> FindingGroup:
    return FindingGroup(
        id=f"{severity}-{national:08x}", code="column.unknown", severity=severity,
        count=1, national=national,
    )  # fmt: skip


def test_each_error_of_the_national_model_blocks_and_nothing_else() -> None:
    groups = (
        group("personal", national=True),
        group("confirm", national=True),
        group("correction", national=False),
        group("know", national=True),
        group("know", national=False),
        group("done", national=False),
    )
    report = Report("scdl/x", "1.0.0", 1, 1, {}, (), groups)
    asked = report.ask_conformity()
    assert [one.severity for one in asked.groups] == [
        "personal", "blocks", "blocks", "correction", "know", "done",
    ]  # fmt: skip
    assert {one.id for one in asked.blocking} == {"confirm-00000001", "know-00000001"}
    assert asked.ask_conformity() == asked
    assert not report.blocking


def test_an_empty_cell_is_not_said_to_be_publishable_where_it_blocks() -> None:
    empty = FindingGroup(
        id="required_empty-00000002", code="required.empty", severity="know", count=1,
        column="x", national=True,
    )  # fmt: skip
    asked = Report("scdl/x", "1.0.0", 1, 1, {}, (), (empty,)).ask_conformity()
    assert "publiées ainsi" in render(empty).remedy
    assert "publiées" not in render(asked.groups[0]).remedy
