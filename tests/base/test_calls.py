"""What a call of the API may hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ckanext.odlocale.base.calls import MAX_DEPTH, MAX_INTEGER, MAX_TEXT, find_fault

NO_TEXT: list[Any] = [
    [], ["a"], [{"a": 1}], {}, {"a": ["b"]}, 1, 10**30, 1.5, True, False, "a\0",
    "\ud800", "a" * (MAX_TEXT + 1),
]  # fmt: skip


@pytest.mark.parametrize("value", NO_TEXT)
def test_an_id_is_a_text(value: Any) -> None:
    assert find_fault("user_show", {"id": value}) == "id"


@pytest.mark.parametrize("value", ["", "a", "é" * MAX_TEXT, None])
def test_a_text_is_one(value: Any) -> None:
    assert find_fault("user_show", {"id": value}) is None


@pytest.mark.parametrize(
    "value", [[], {}, "a", MAX_INTEGER + 1, True, 1.5, "99999999999", "1\0", "1e9",
              float("inf"), float("nan")]
)  # fmt: skip
def test_a_limit_is_a_whole_number(value: Any) -> None:
    assert find_fault("package_search", {"limit": value}) == "limit"


@pytest.mark.parametrize("value", [0, 10, "10", " 10 ", -1, 10.0, MAX_INTEGER, ""])
def test_a_whole_number_is_one(value: Any) -> None:
    assert find_fault("package_search", {"limit": value}) is None


@pytest.mark.parametrize("value", [[], {}, "peut-être", 2, 1.5])
def test_what_is_included_is_yes_or_no(value: Any) -> None:
    assert find_fault("package_search", {"include_drafts": value}) == "include_drafts"


@pytest.mark.parametrize("value", [True, False, 0, 1, "true", "False", "yes", ""])
def test_yes_and_no_in_all_their_ways(value: Any) -> None:
    assert find_fault("package_search", {"include_drafts": value}) is None


@pytest.mark.parametrize("sign", list("\r\n\t\x0b\x0c\x00\x7f\x85\u2028"))
@pytest.mark.parametrize("name", ["fullname", "email"])
def test_what_goes_into_a_letters_header_is_one_line(name: str, sign: str) -> None:
    assert find_fault("user_patch", {name: f"a{sign}b"}) == name
    assert find_fault("user_patch", {name: "Anne-Laure d’Été"}) is None


def test_a_value_has_a_bottom() -> None:
    deep = json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert find_fault("package_create", {"extras": deep}) is None
    assert find_fault("package_create", {"extras": [deep]}) == "extras"


@pytest.mark.parametrize("text", ["a\0b", "\udfff"])
def test_no_text_inside_is_one_that_the_database_refuses(text: str) -> None:
    for value in ([text], {text: 1}, {"a": [{"b": text}]}):
        assert find_fault("package_create", {"extras": value}) == "extras"
    assert find_fault("package_create", {text: 1}) == ""


def test_a_datasets_own_call_passes() -> None:
    asked = {
        "name": "budget", "title": "Budget", "notes": "n" * 20_000, "private": True,
        "resources": [{"url": "https://a.example/a.csv", "size": 3}],
        "tags": [{"name": "a"}], "extras": [{"key": "a", "value": "b"}],
        "groups": [{"name": "a"}], "owner_org": "a",
    }  # fmt: skip
    assert find_fault("package_create", asked) is None
    long = {"resources": [{"name": "a" * (MAX_TEXT + 1)}]}
    assert find_fault("package_create", long) == "resources"
    assert find_fault("package_create", {"resources": ["a"]}) == "resources"


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("datastore_search", {"q": {"nom": "a"}, "filters": {"a": ["b"]}, "limit": 5}),
        ("datastore_search", {"sort": ["nom desc"], "fields": ["nom"]}),
        ("datastore_create", {"records": [{"a": 1}], "fields": [{"id": "a"}]}),
        ("package_activity_list", {"before": 1700000000.5, "id": "a"}),
        ("tag_search", {"query": "a", "fields": {"tags": "a"}}),
        ("organization_list", {"organizations": ["a"], "all_fields": True}),
        ("odlocale_schema_migrate", {"after": "2026-01-01"}),
    ],
)
def test_what_core_reads_passes(action: str, data: dict[str, Any]) -> None:
    assert find_fault(action, data) is None


@pytest.mark.parametrize(
    ("action", "data", "fault"),
    [
        ("datastore_search_sql", {}, "sql"),
        ("task_status_update_many", {"data": []}, "data"),
        ("task_status_update_many", {"data": ["a"]}, "data"),
        ("term_translation_update_many", {}, "data"),
        ("package_relationships_list", {"rel": "rien"}, "rel"),
        ("resource_create", {"upload": "a"}, "upload"),
        ("bulk_update_public", {"datasets": "a"}, "datasets"),
        ("datastore_search", {"q": 1}, "q"),
        ("package_activity_list", {"after": [1]}, "after"),
        ("tag_search", {"fields": ["a"]}, "fields"),
        ("organization_list", {"organizations": [1]}, "organizations"),
        ("package_create_default_resource_views", {"package": "a"}, "package"),
    ],
)
def test_what_core_would_fail_on_does_not(
    action: str, data: dict[str, Any], fault: str
) -> None:
    assert find_fault(action, data) == fault


@pytest.mark.parametrize("value", ["", "1.0", 0, 12, None])
def test_a_version_is_a_text_or_a_number(value: Any) -> None:
    assert find_fault("odlocale_deposit_correct", {"version": value}) is None


@pytest.mark.parametrize("value", [[], {}, True, "a" * (MAX_TEXT + 1)])
def test_a_version_is_nothing_else(value: Any) -> None:
    assert find_fault("odlocale_deposit_correct", {"version": value}) == "version"
