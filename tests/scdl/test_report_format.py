"""The report as a document: its JSON is described, its HTML stands alone."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.cli import scdl
from ckanext.odlocale.scdl.explaining import load_explanations
from ckanext.odlocale.scdl.explaining_examples import model_of
from ckanext.odlocale.scdl.outcomes import FORMATS
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.report import SEVERITIES, report_schema
from ckanext.odlocale.scdl.unreadable import Unreadable
from tests.scdl.samples import BUDGET, DATA, PRENOMS, SUBVENTIONS

PORTAL = "https://data.exemple.fr"
ATTACK = "<img src=x onerror=alert(1)>\"'&lt;"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(scdl, [str(one) for one in arguments])


def validate(document: object, definition: str = "") -> list[str]:
    schema = report_schema()
    if definition:
        schema = {**schema["$defs"][definition], "$defs": schema["$defs"]}
        # "#" is the report, wherever it is named from.
        report = {k: v for k, v in report_schema().items() if k not in ("$defs", "$id")}
        text = json.dumps(schema).replace('{"$ref": "#"}', json.dumps(report))
        schema = json.loads(text)
    found = Draft202012Validator(schema).iter_errors(document)
    return [f"{one.json_path}: {one.message}" for one in found]


@pytest.fixture
def damaged(tmp_path):
    path = tmp_path / "photo.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)))
    return path


def test_what_the_command_prints_is_what_is_described(damaged) -> None:
    told = json.loads(run("check", DATA, damaged, "--format", "json").stdout)
    assert len(told) > 5
    assert {"error" in one for one in told} == {True, False}
    assert validate(told, "outcomes") == []


def test_every_finding_there_is_keeps_the_format() -> None:
    for one in load_explanations().values():
        if one.has_example:
            data = "".join(f"{line}\n" for line in one.wrong).encode()
            try:
                report = check(read(data), model_of(one)).to_dict()
            except Unreadable:
                continue
            assert validate(json.loads(json.dumps(report))) == [], one.code


SPOILT: dict[str, Any] = {
    "a property nobody described": lambda told: told.update(extra=1),
    "a severity nobody knows": lambda told: told["groups"][0].update(severity="grave"),
    "another format": lambda told: told.update(format=2),
    "a row before the first": lambda told: told["groups"][0].update(rows=[0]),
    "a group without its page": lambda told: told["groups"][0].pop("page"),
    "an identifier that is not": lambda told: told["groups"][0].update(id="X"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_another_document_is_refused(case: str) -> None:
    (told,) = json.loads(run("check", BUDGET, "--format", "json").stdout)
    assert validate(told) == []
    SPOILT[case](told)
    assert validate(told)


def test_the_schema_is_one_and_describes_everything() -> None:
    schema = report_schema()
    Draft202012Validator.check_schema(schema)
    group = schema["$defs"]["group"]["properties"]
    assert tuple(group["severity"]["enum"]) == SEVERITIES
    described = [*schema["properties"].items(), *group.items()]
    assert [
        name
        for name, told in described
        if "description" not in told and name not in ("format", "counts")
    ] == []


class Parsed(HTMLParser):
    """The tags of a page, its links and what they lead to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[str]:
        return [str(found[name]) for _, found in self.tags if found.get(name)]


def test_the_page_needs_nothing_else(damaged) -> None:
    page = run("check", DATA, damaged, "--format", "html", "--pages", PORTAL).stdout
    parsed = Parsed(page)
    assert not {tag for tag, _ in parsed.tags} & {
        "script", "link", "img", "iframe", "object", "base",
    }  # fmt: skip
    assert parsed.all("src") == []
    assert not re.search(r"url\(|@import", page)
    inside = [link[1:] for link in parsed.all("href") if link.startswith("#")]
    assert inside
    assert set(inside) <= set(parsed.all("id"))
    assert len(parsed.all("id")) == len(set(parsed.all("id")))
    assert sum(tag == "h1" for tag, _ in parsed.tags) == 1
    assert f"{PORTAL}/controles/enum-case" in parsed.all("href")
    assert f"{PORTAL}/controles/unreadable-binary" in parsed.all("href")


def test_the_page_says_each_finding_and_each_correction() -> None:
    page = run("check", SUBVENTIONS, BUDGET, "--format", "html").stdout
    told = json.loads(run("check", SUBVENTIONS, BUDGET, "--format", "json").stdout)
    for group in (group for one in told for group in one["groups"]):
        assert group["message"].split("«")[0] in page
        assert f'href="#{group["page"].replace("/", "-")}"' in page
    assert "<td>Budget primitif</td><td>budget primitif</td>" in page


def test_nothing_of_a_file_is_markup(tmp_path) -> None:
    path = tmp_path / "a&b'<i>.csv"
    text = PRENOMS.read_text().replace(",F,", f',"{ATTACK.replace(chr(34), "")}",', 1)
    path.write_text(text.replace("COMMUNE_NOM", "<u>COMMUNE</u>", 1), "utf-8")
    for form in ("html",):
        page = run("check", path, "--format", form, "--pages", '"><i>').stdout
        assert {tag for tag, _ in Parsed(page).tags} & {"img", "i", "u"} == set()
        assert "&lt;img src=x" in page


def test_a_workflow_links_to_the_pages() -> None:
    told = run("check", BUDGET, "--format", "github", "--pages", f"{PORTAL}/").stdout
    assert f"{PORTAL}/controles/enum-case" in told
    assert "\n::" in told


@pytest.mark.parametrize("form", FORMATS)
def test_a_conforming_file_is_told_in_every_format(form: str) -> None:
    done = run("check", PRENOMS, "--format", form)
    assert done.exit_code == 0
    assert ("Conforme" in done.stdout) is (form in ("text", "html"))
