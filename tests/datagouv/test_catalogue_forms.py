"""A dataset as a row of the national catalogue, and as a page for search engines."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from typing import Any

import pytest

from ckanext.odlocale.datagouv.description import describe
from ckanext.odlocale.datagouv.kept_pages import KeptPages, Written
from ckanext.odlocale.datagouv.scdl_catalogue import (
    FIELDS,
    name_frequency,
    write_header,
    write_row,
)
from ckanext.odlocale.datagouv.schema_org import write_script
from ckanext.odlocale.datagouv.vocabularies import FREQUENCIES, FREQUENCY
from ckanext.odlocale.scdl.catalogue import load_catalogue

MODEL = load_catalogue().get("catalogue")


def read_row(description: Any) -> dict[str, str]:
    text = write_header() + write_row(description)
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    return row


def test_the_columns_are_those_of_the_national_model() -> None:
    assert tuple(field.name for field in MODEL.fields) == FIELDS


def test_every_frequency_has_a_word_of_the_model() -> None:
    (field,) = [one for one in MODEL.fields if one.name == "FREQ_MAJ"]
    words = {name_frequency(FREQUENCY + code) for code in FREQUENCIES}
    assert words | {name_frequency(None)} <= set(field.enum or ())


def test_what_is_not_known_stays_empty(
    dataset: Any, publisher: Any, portal: Any, now: Any
) -> None:
    unsure = dataclasses.replace(publisher, identifier="990000001", kind="syndicat")
    told = {**dataset, "temporal_coverage": [], "theme": [], "license_id": "x"}
    row = read_row(describe(told, unsure, portal, now=now))
    assert row["COLL_SIRET"] == row["COUV_TEMP_DEBUT"] == ""
    assert (row["COUV_SPAT_MAILLE"], row["LICENCE"]) == ("Autre", "Spécifique ou autre")


@pytest.mark.parametrize("title", ["=1+1", "+33", "-2", "@SUM(A1)"])
def test_no_cell_is_a_formula(
    title: str, dataset: Any, publisher: Any, portal: Any, now: Any
) -> None:
    row = read_row(describe({**dataset, "title": title}, publisher, portal, now=now))
    assert row["TITRE"] == f"'{title}"


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "&lt;", "\u2028", '"\\'])
def test_nothing_ends_the_element_of_a_script(
    text: str, dataset: Any, publisher: Any, portal: Any, now: Any
) -> None:
    said = {**dataset, "title": f"a{text}b", "notes": f"a{text}b"}
    script = write_script(describe(said, publisher, portal, now=now), portal)
    assert not {"<", ">", "&", "\u2028"} & set(script)
    assert json.loads(script)["description"] == f"a{text}b"


def test_pages_are_kept_within_their_memory() -> None:
    pages = KeptPages(max_bytes=1000)
    for number in range(50):
        pages.keep(str(number), Written("t", b"x" * 90, b"y" * 10))
        pages.find("0")
    assert pages.size <= 1000
    # What is asked for stays, the rest goes; what is too large is not kept.
    assert pages.find("0") is not None
    assert pages.find("1") is None
    pages.keep("large", Written("t", b"x" * 300, b""))
    assert pages.find("large") is None
    pages.keep("0", Written("t", b"z", b""))
    assert pages.size <= 1000
