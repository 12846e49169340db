"""What changes from one version of a schema to the next, and how files follow."""

from __future__ import annotations

import pytest

from ckanext.odlocale.scdl.added import order_version
from ckanext.odlocale.scdl.versions import (
    BREAKING,
    SENTENCES,
    Rename,
    Revalue,
    WrongRule,
    compare,
    migrate,
    read_rules,
)
from tests.scdl.samples import make_schema, make_table


def field(name: str = "A", kind: str = "string", **constraints: object):
    return {"name": name, "type": kind, "constraints": constraints}


A = field()
CHANGES = {
    "nothing": ([A], [A], []),
    "an optional column": ([A], [A, field("B")], ["added"]),
    "a required column": ([A], [A, field("B", required=True)], ["added_required"]),
    "a column less": ([A, field("B")], [A], ["removed"]),
    "another type": ([A], [field(kind="year")], ["type"]),
    "now required": ([A], [field(required=True)], ["required"]),
    "no longer required": ([field(required=True)], [A], ["optional"]),
    "a value more": (
        [field(enum=["x"])], [field(enum=["x", "y"])], ["values_added"],
    ),
    "a value replaced": (
        [field(enum=["x"])], [field(enum=["y"])], ["values_removed", "values_added"],
    ),
    "a list where all was allowed": ([A], [field(enum=["y"])], ["stricter"]),
    "a pattern": ([A], [field(pattern="x")], ["stricter"]),
    "a pattern less": ([field(pattern="x")], [A], ["looser"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_is_told(case):
    old, new, expected = CHANGES[case]
    changes = compare(make_schema(old), make_schema(new))
    assert [one.kind for one in changes] == expected
    assert [one.breaking for one in changes] == [one in BREAKING for one in expected]
    assert not [one for one in changes if "{" in one.say("en")]


def test_checks_that_come_and_go_are_told():
    siret = [{"name": "siret", "params": {"column": "A"}}]
    with_it, without = make_schema([A], siret), make_schema([A])
    assert [one.kind for one in compare(without, with_it)] == ["check_added"]
    assert [one.kind for one in compare(with_it, without)] == ["check_removed"]


def test_a_column_renamed_by_rule_is_neither_lost_nor_new():
    (change,) = compare(make_schema([A]), make_schema([field("B")]), [Rename("A", "B")])
    assert (change.kind, change.before, change.field) == ("renamed", "A", "B")


def test_every_breaking_change_has_words():
    assert set(SENTENCES) > BREAKING


def test_rules_are_data_of_the_new_version():
    migrations = [
        {"from": "1.0", "rules": [{"rename": "A", "to": "B"}]},
        {"from": "1.1", "rules": [{"value": "x", "in": "B", "to": "y"}]},
    ]
    assert read_rules(migrations, "1.0") == (Rename("A", "B"),)
    assert read_rules(migrations, "1.1") == (Revalue("B", "x", "y"),)
    assert read_rules(migrations, "0.9") == ()
    with pytest.raises(WrongRule):
        read_rules([{"from": "1.0", "rules": [{"drop": "A"}]}], "1.0")


def test_a_file_follows_its_rules_and_migrating_twice_is_migrating_once():
    rules = (Rename("A", "B"), Revalue("B", "x", "y"), Revalue("C", "1", "2"))
    once = migrate(make_table("A,D", "x,x", "z,1"), rules)
    assert (once.headers, once.frame.rows()) == (("B", "D"), [("y", "x"), ("z", "1")])
    twice = migrate(once, rules)
    assert (twice.headers, twice.frame.rows()) == (once.headers, once.frame.rows())


def test_a_column_never_takes_the_name_of_another():
    assert migrate(make_table("A,B", "1,2"), [Rename("A", "B")]).headers == ("A", "B")


def test_versions_are_ordered_as_numbers():
    ordered = ["0.9", "1.0.0-beta", "1.0", "v1.0.1", "1.9", "1.10", "2"]
    assert [*map(order_version, ordered)] == sorted(map(order_version, {*ordered}))
    assert order_version("1.0") == order_version("1.0.0")
