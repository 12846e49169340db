"""A file sent by a software: its bytes, its key, and why it is refused."""

from __future__ import annotations

import ast
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate

from ckanext.odlocale.people.tokens import Bearer
from ckanext.odlocale.publishing.push_core import (
    CHUNK_BYTES,
    Body,
    check_length,
    is_key,
    says_its_key,
    suffix_of,
)
from ckanext.odlocale.publishing.push_openapi import describe_api
from ckanext.odlocale.publishing.push_refusals import (
    REFUSALS,
    PushRefused,
    refusal_of_scope,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue

ROOM = Path(__file__).parents[2] / "ckanext" / "odlocale" / "publishing"


class Cut(io.BytesIO):
    """A connection that a server reports as broken."""

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        if not found:
            raise ConnectionResetError
        return found


@given(st.binary(max_size=300_000), st.integers(0, 400_000))
def test_a_body_is_whole_or_refused(content: bytes, length: int) -> None:
    body = Body(io.BytesIO(content), length)
    if length > len(content):
        with pytest.raises(PushRefused, match="interrupted"):
            list(iter(body.read, b""))
        return
    read = b"".join(iter(body.read, b""))
    assert read == content[:length]


def test_a_body_of_unknown_length_goes_on_until_its_end() -> None:
    body = Body(io.BytesIO(b"x" * (CHUNK_BYTES + 5)), None)
    assert [len(body.read(10**9)) for _ in range(3)] == [CHUNK_BYTES, 5, 0]


@pytest.mark.parametrize("length", [None, 9])
def test_a_broken_connection_is_an_interruption(length: int | None) -> None:
    body = Body(Cut(b"abc"), length)
    body.read()
    with pytest.raises(PushRefused) as refused:
        body.read()
    assert refused.value.code == "interrupted"


@pytest.mark.parametrize(
    ("length", "chunked", "code"),
    [
        (None, False, "length_missing"),
        (0, False, "empty"),
        (11, False, "too_large"),
        (2**31, False, "too_large"),
        (10, False, None),
        (None, True, None),
    ],
)
def test_a_length_is_judged_before_anything_is_read(
    length: int | None, chunked: bool, code: str | None
) -> None:
    if code is None:
        check_length(length, chunked, 10)
        return
    with pytest.raises(PushRefused) as refused:
        check_length(length, chunked, 10)
    assert refused.value.code == code


TRICKS = ["", ".", "..", "../x", "a/b", "a\\b", "a.csv", "A", "é", "a b", "a--b", "-a",
          "a-", "a\0", "a\n", "%2e%2e", "x" * 121]  # fmt: skip


@pytest.mark.parametrize("key", TRICKS)
def test_no_trick_is_a_key(key: str) -> None:
    assert not is_key(key)


@pytest.mark.parametrize(
    ("asked", "suffix"),
    [("2022", ""), ("2022-2", "-2"), ("2022-99", "-99"), ("2022-1", None),
     ("2022-100", None), ("2022-bp", None), ("202", None), ("2022-", None)],
)  # fmt: skip
def test_which_addresses_a_key_fits(asked: str, suffix: str | None) -> None:
    assert suffix_of(asked, "2022") == suffix


def test_a_file_says_its_key_where_it_has_the_columns() -> None:
    budget = load_catalogue().get("budget")
    assert says_its_key(budget, {"BGT_ANNEE", "BGT_NATDEC", "BGT_SIRET", "x"})
    assert not says_its_key(budget, {"BGT_ANNEE"})
    assert says_its_key(load_catalogue().get("dae"), set())


@pytest.mark.parametrize(
    ("org_id", "schema", "verb", "code"),
    [
        ("mine", "budget", "deposit", None),
        ("other", "budget", "deposit", "other_collectivity"),
        ("mine", "dae", "deposit", "other_data"),
        ("mine", "budget", "publish", "verb_missing"),
        ("other", "dae", "publish", "other_collectivity"),
    ],
)
def test_what_a_token_is_not_for(
    org_id: str, schema: str, verb: str, code: str | None
) -> None:
    verbs = frozenset({"read", "deposit"})
    bearer = Bearer("t", "mine", "n", "p", "m", verbs, frozenset({"budget"}))  # type: ignore[arg-type]
    assert refusal_of_scope(bearer, org_id, schema, verb) == code  # type: ignore[arg-type]


def test_a_refusal_has_one_shape() -> None:
    refused = PushRefused("other_key", {"key": "2022"}, {"address": "https://x"})
    said = refused.to_dict(str)["error"]
    assert said["code"] == "other_key"
    assert "2022" in said["message"]
    assert said["address"] == "https://x"
    assert refused.status == 409


def raised_codes() -> set[str]:
    """Codes that the room gives to a refusal."""
    found = set()
    for path in ROOM.glob("push_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "PushRefused":
                found |= {
                    one.value
                    for one in ast.walk(node.args[0])
                    if isinstance(one, ast.Constant) and one.value in REFUSALS
                }
    return found


def test_each_refusal_of_the_table_is_made_somewhere() -> None:
    scope = {"other_collectivity", "other_data", "verb_missing"}
    token = {one for one in REFUSALS if one.startswith("token_")} | {"mandate_over"}
    states = {"closed", "no_room", "busy", "outage"}
    reading = {"not_table", "unreadable", "too_large"}
    assert raised_codes() | scope | token | states | reading == set(REFUSALS)


DESCRIBED = describe_api("https://open.example.fr")


def test_the_description_is_openapi() -> None:
    validate(DESCRIBED)
    assert DESCRIBED["servers"] == [{"url": "https://open.example.fr/api/odlocale/v1"}]


def test_the_description_knows_each_refusal() -> None:
    error = DESCRIBED["components"]["schemas"]["Error"]["properties"]["error"]
    assert error["properties"]["code"]["enum"] == sorted(REFUSALS)
    described = {
        int(status)
        for operations in DESCRIBED["paths"].values()
        for operation in operations.values()
        if isinstance(operation, dict)
        for status in operation["responses"]
    }
    # 405 is about no operation of the description.
    assert {status for status, _ in REFUSALS.values()} - {405} <= described


def test_the_description_keeps_the_report_of_the_engine() -> None:
    text = json.dumps(DESCRIBED)
    assert not re.search(r"#/\$defs", text)
    report = DESCRIBED["components"]["schemas"]["Report"]
    assert report["properties"]["format"] == {"const": 1}
