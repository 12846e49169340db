"""Names of resources in SQL, and nothing else."""

from __future__ import annotations

import pytest

from ckanext.odlocale.tables.queries import rename_tables

NAMES = {"3f2a-x": "odl_budget"}


@pytest.mark.parametrize(
    ("asked", "run"),
    [
        ('SELECT * FROM "3f2a-x"', "SELECT * FROM odl_budget"),
        (
            'SELECT a FROM other JOIN "3f2a-x" b ON true',
            "SELECT a FROM other INNER JOIN odl_budget AS b ON TRUE",
        ),
        ("SELECT '3f2a-x' FROM t", "SELECT '3f2a-x' FROM t"),
        ('SELECT * FROM pg_catalog."3f2a-x"', 'SELECT * FROM pg_catalog."3f2a-x"'),
        ("this is no SQL", "this is no SQL"),
    ],
)
def test_a_statement(asked: str, run: str) -> None:
    assert rename_tables(asked, NAMES.get) == run


def test_two_statements_stay_two_for_ckan_to_refuse() -> None:
    run = rename_tables('SELECT * FROM "3f2a-x"; DROP TABLE x', NAMES.get)
    assert "; DROP" in run
