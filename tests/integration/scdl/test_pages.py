"""The public pages of the checks and of the models of files."""

from __future__ import annotations

import html
import io
import json
import re
import uuid
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import openpyxl
import pytest
from click.testing import CliRunner

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.cli import scdl
from ckanext.odlocale.scdl.explaining import load_explanations
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.views import address_of

ATTACK = "<script>alert(1)</script>\"'&{{ 7*7 }}"
SIRET = "21569990100017"


def test_every_check_of_the_list_has_its_page(app: Any) -> None:
    found = re.findall(r'href="(/controles/[a-z_-]+)"', app.get("/controles/").body)
    pages = {f"/{one.page}" for one in load_explanations().values()}
    assert set(found) == pages
    assert len(found) == len(pages)


@pytest.mark.parametrize("one", load_explanations().values(), ids=lambda one: one.code)
def test_the_page_of_a_check_says_all_that_is_known_of_it(one: Any, app: Any) -> None:
    body = html.unescape(app.get(f"/{one.page}", status=200).body)
    for text in (one.title, one.why, one.remedy, *one.wrong, *one.right):
        assert text in body
    assert all(source.url in body for source in one.sources)


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("/controles/date.french", "/controles/date-french"),
        ("/controles/binary", "/controles/unreadable-binary"),
        ("/schemas/scdl/budget/", "/schemas/scdl/budget/0.8.3/"),
        ("/schemas/scdl/budget/latest/", "/schemas/scdl/budget/0.8.3/"),
    ],
)
def test_other_names_lead_to_the_page(address: str, leads_to: str, app: Any) -> None:
    answer = app.get(address, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, leads_to)


@pytest.mark.parametrize(
    "address",
    [
        "/controles/tarot",
        "/controles/..%2fetc",
        f"/controles/{'x' * 3000}",
        "/schemas/scdl/tarot/",
        "/schemas/scdl/bal/",
        "/schemas/scdl/budget/9.9.9/",
        "/schemas/scdl/budget/9.9.9/template.xlsx",
        "/schemas/scdl/budget/0.8.3/autre.xlsx",
        "/schemas/..%2f..%2fetc/passwd/1/schema.json",
        "/schemas/scdl/budget/..%2f..%2f/schema.json",
    ],
)
def test_what_is_unknown_is_a_404_in_french(address: str, app: Any) -> None:
    body = app.get(address, status=404).body
    assert 'lang="fr"' in body
    assert "Cette page n’existe pas" in html.unescape(body)


def test_the_list_leads_to_every_model(app: Any) -> None:
    body = app.get("/schemas", status=200).body
    for schema in load_catalogue():
        assert f'href="{address_of(schema)}"' in body
        assert schema.label in html.unescape(body)


@pytest.mark.parametrize("schema", list(load_catalogue()), ids=lambda one: one.slug)
def test_the_page_of_a_model_shows_each_column(schema: Any, app: Any) -> None:
    with app.flask_app.test_request_context():
        address = address_of(schema)
    body = html.unescape(app.get(address, status=200).body)
    for field in schema.fields:
        assert f"<code>{field.name}</code>" in body
        for value in field.enum:
            assert value in body
    assert body.count("<h1") == 1


def test_the_files_of_a_model_are_what_they_say(app: Any) -> None:
    base = "/schemas/scdl/subventions/2.1.1"
    schema = load_catalogue().get("subventions")
    example = app.get(f"{base}/example.csv")
    assert example.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert check(read(example.get_data()), schema).groups == ()
    template = app.get(f"{base}/template.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(template.get_data())).worksheets[0]
    assert [cell.value for cell in sheet[1]] == [one.name for one in schema.fields]
    description = app.get(f"{base}/schema.json")
    assert description.headers["Access-Control-Allow-Origin"] == "*"
    told = json.loads(description.get_data())
    assert [one["name"] for one in told["fields"]] == [
        one.name for one in schema.fields
    ]


@pytest.mark.parametrize("file", ["template.xlsx", "example.csv", "schema.json"])
def test_a_file_is_not_sent_twice(file: str, app: Any) -> None:
    address = f"/schemas/scdl/budget/0.8.3/{file}"
    first = app.get(address)
    tag = first.headers["ETag"]
    again = app.get(address, headers={"If-None-Match": tag}, status=304)
    assert again.get_data() == b""
    assert again.headers["ETag"] == tag
    assert "no-store" not in first.headers["Cache-Control"]


def test_a_template_is_filled_in_for_a_collectivite(app: Any) -> None:
    address = "/schemas/scdl/budget/0.8.3/template.xlsx"
    for text in ("=1+1", ATTACK):
        query = {"siret": SIRET, "nom": text}
        content = app.get(address, query_string=query).get_data()
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        row = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
        assert row["BGT_SIRET"].value == SIRET
        assert row["BGT_NOM"].value == text
        assert row["BGT_NOM"].data_type == "s"


@pytest.mark.parametrize("siret", ["1", "21569990100018", "x" * 14, "9" * 5000])
def test_a_template_for_a_wrong_siret_is_refused(siret: str, app: Any) -> None:
    address = "/schemas/scdl/budget/0.8.3/template.xlsx"
    app.get(address, query_string={"siret": siret}, status=400)


def add(tmp_path: Path, slug: str, version: str, **more: object) -> None:
    """Add a model as an operator does, in another process's place."""
    descriptor = {
        "name": slug,
        "title": f"Arbres {ATTACK}",
        "description": f"Situe les arbres {ATTACK}",
        "version": version,
        "fields": [
            {"name": "ARBRE_ID", "title": ATTACK, "constraints": {"required": True}},
            {"name": "ESSENCE", "description": ATTACK, "example": ATTACK},
            {"name": "PORT", "constraints": {"enum": [ATTACK, "libre"]}},
        ],
        **more,
    }
    path = tmp_path / f"{slug}.json"
    path.write_text(json.dumps(descriptor), "utf-8")
    folder = tk.config["ckanext.odlocale.schemas_path"]
    done = CliRunner().invoke(
        scdl, ["add", str(path), "--slug", slug, "--folder", folder]
    )
    assert done.exit_code == 0, done.output


def test_a_model_added_while_the_portal_runs_is_there_at_once(
    app: Any, tmp_path: Path
) -> None:
    slug = f"arbres-{uuid.uuid4().hex[:8]}"
    assert slug not in app.get("/schemas/").body
    add(tmp_path, slug, "1.0.0")
    schema = load_catalogue().get(slug)
    with app.flask_app.test_request_context():
        address = address_of(schema)
    assert f'href="{address}"' in app.get("/schemas/").body
    page = app.get(address, status=200).body
    for body in (page, app.get("/schemas/").body):
        assert "<script>alert" not in body
        assert ">49<" not in body
    assert html.escape("<script>alert(1)</script>") in page
    for file in ("template.xlsx", "example.csv", "schema.json"):
        app.get(f"{address}{file}", status=200)

    add(tmp_path, slug, "1.1.0")
    latest = app.get(address.replace("1.0.0/", ""), follow_redirects=False)
    assert latest.headers["Location"] == address.replace("1.0.0", "1.1.0")
    former = app.get(address, status=200).body
    assert address.replace("1.0.0", "1.1.0") in former


def test_the_pages_are_one_click_from_every_page(app: Any) -> None:
    body = app.get("/about").body
    assert 'href="/schemas/"' in body
    assert 'href="/controles/"' in body
