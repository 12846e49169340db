"""A published Table Schema joins the catalogue, or is refused with all its reasons."""

from __future__ import annotations

import json
import time

import pytest
from click.testing import CliRunner

from ckanext.odlocale.scdl.adding import (
    SchemaRefused,
    complete,
    identify,
    read_descriptor,
    store,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue, parse_schema, use_folder
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.cli import scdl
from ckanext.odlocale.scdl.descriptor_checks import MAX_FIELDS
from ckanext.odlocale.scdl.reading import known_headers
from ckanext.odlocale.scdl.recognising import is_certain, recognise
from tests.scdl.samples import codes, make_table

TREES = {
    "name": "arbres",
    "title": "Arbres",
    "version": "1.0.0",
    "fields": [
        {"name": "ARBRE_ID", "constraints": {"required": True, "unique": True}},
        {"name": "ESSENCE", "constraints": {"required": True}},
        {"name": "HAUTEUR_M", "type": "number", "constraints": {"minimum": 0}},
        {"name": "PLANTATION", "type": "year"},
    ],
}


def field(**more: object) -> dict[str, object]:
    return {**TREES, "fields": [*TREES["fields"], {"name": "X", **more}]}


def limit(kind: str = "string", **constraints: object) -> dict[str, object]:
    return field(type=kind, constraints=constraints)


def with_check(name: object, **params: object) -> dict[str, object]:
    return {**TREES, "custom_checks": [{"name": name, "params": params}]}


def read_json(descriptor: object) -> dict[str, object]:
    return read_descriptor(json.dumps(descriptor).encode())


def add(folder, descriptor: object = TREES, **options: str):
    return store(folder, complete(read_json(descriptor), load_catalogue(), **options))


def problems(call) -> list[str]:
    with pytest.raises(SchemaRefused) as refused:
        call()
    return [one.code for one in refused.value.problems]


@pytest.fixture
def folder(tmp_path):
    use_folder(tmp_path / "kept")
    yield tmp_path / "kept"
    use_folder(None)


def test_a_schema_is_there_without_a_restart_and_recognises_and_checks(folder):
    assert "arbres" not in load_catalogue()
    assert "essence" not in known_headers()
    add(folder)
    schema = load_catalogue().get("arbres")
    assert (schema.id, schema.label, schema.added) == ("local/arbres", "Arbres", True)
    assert schema.key_parts == ("PLANTATION:year",)
    assert len(schema.dataset.description.format(name="Y")) > 100
    assert "essence" in known_headers()
    table = make_table("ARBRE_ID,ESSENCE,HAUTEUR_M,PLANTATION", "1,Chêne,-2,1980")
    candidates = recognise(table, load_catalogue())
    assert candidates[0].schema is schema
    assert is_certain(candidates)
    assert codes(check(table, schema)) == ["value.low"]
    assert load_catalogue() is load_catalogue()


def test_the_highest_version_is_the_one_in_use(folder):
    for version in ("1.9.0", "1.10.0-beta", "1.10.0"):
        add(folder, {**TREES, "version": version})
    assert load_catalogue().get("arbres").version == "1.10.0"


def test_a_version_never_changes(folder):
    assert add(folder).new
    assert not add(folder).new
    other = {**TREES, "description": "Autre."}
    assert problems(lambda: add(folder, other)) == ["version_taken"]
    assert [path.name for path in (folder / "arbres").iterdir()] == ["1.0.0.json"]


def test_a_file_that_is_damaged_is_left_out_and_told(folder, caplog):
    add(folder).path.write_text("{")
    assert "arbres" not in load_catalogue()
    assert "budget" in load_catalogue()
    assert "1.0.0.json is left out" in caplog.text


def test_a_new_version_of_a_known_schema_takes_its_place_and_keeps_its_words(folder):
    url = "https://schema.data.gouv.fr/schemas/scdl/prenoms/2.0.0/schema.json"
    shipped = load_catalogue().get("prenoms")
    fields = [{"name": one.name} for one in shipped.fields]
    add(folder, {"version": "2.0.0", "fields": [*fields, {"name": "NEUF"}]}, url=url)
    schema = load_catalogue().get("scdl/prenoms")
    assert (schema.slug, schema.version) == ("prenoms", "2.0.0")
    assert (schema.label, schema.core) == (shipped.label, True)
    assert schema.insee_field == "COLL_INSEE"
    assert len(load_catalogue()) == 21


@pytest.mark.parametrize("slug", ["budget", "bal"])
def test_a_slug_in_use_is_never_taken(folder, slug):
    assert problems(lambda: add(folder, slug=slug)) == ["slug_taken"]


@pytest.mark.parametrize("slug", ["../../etc", "a b", "É", "/", "-", "a" * 61, "A"])
def test_a_slug_is_part_of_an_address_and_of_a_path(folder, slug):
    own = {**TREES, "odlocale": {"slug": slug}}
    assert problems(lambda: add(folder, own)) == ["slug"]


@pytest.mark.parametrize("version", ["../1", "1/2", "a" * 41, "1 0"])
def test_a_version_is_part_of_a_path(folder, version):
    assert problems(lambda: add(folder, {**TREES, "version": version})) == ["version"]


HOSTILE = {
    "nothing": (b"", "not_json"),
    "bytes": (b"\xff\xfe\x00", "not_json"),
    "lists within lists": (b"[" * 100_000, "not_json"),
    "a list": (b"[]", "not_object"),
    "too big": (b" " * (1024 * 1024 + 1), "too_large"),
    "no column": ({"fields": []}, "no_fields"),
    "columns that are no list": ({"fields": {"a": 1}}, "no_fields"),
    "too many columns": ({"fields": [{}] * (MAX_FIELDS + 1)}, "many_fields"),
    "a column that is a text": ({"fields": ["a"]}, "field"),
    "a column without a name": ({"fields": [{"title": "A"}]}, "name"),
    "a name twice": ({"fields": [{"name": "a"}, {"name": "a"}]}, "name_twice"),
    "an unknown type": (field(type="money"), "type"),
    "a type that is a list": (field(type=["string"]), "type"),
    "a format that is a number": (field(format=1), "format"),
    "a decimal comma": (field(type="number", decimalChar=","), "number_format"),
    "an unknown constraint": (limit(even=True), "constraints"),
    "constraints that are a list": (field(constraints=[]), "constraint_value"),
    "required as a text": (limit(required="yes"), "constraint_value"),
    "a minimum that is none": (limit("number", minimum="a"), "constraint_value"),
    "an infinite maximum": (limit("number", maximum="1e999"), "constraint_value"),
    "an empty list of values": (limit(enum=[]), "constraint_value"),
    "a title that is a number": (field(title=1), "text"),
    "booleans that are a text": (field(trueValues="oui"), "values"),
    "a pattern that looks ahead": (limit(pattern="^(?!a)b$"), "pattern_unsafe"),
    "a pattern that refers back": (limit(pattern=r"^(a+)\1+$"), "pattern_unsafe"),
    "a pattern that is none": (limit(pattern="(("), "pattern_wrong"),
    "a pattern that explodes": (
        limit(pattern="((((a{1000}){1000}){1000}){1000})"), "pattern_wrong",
    ),
    "an endless pattern": (limit(pattern="a" * 2001), "pattern_long"),
    "an unknown check": (with_check("x"), "check"),
    "a check that is a text": ({**TREES, "custom_checks": ["siret"]}, "check"),
    "a check on nothing": (with_check("siret"), "check_column"),
    "a check on another column": (with_check("siret", column="Z"), "check_column"),
    "a comparison without operator": (
        with_check("compare-columns-value", column="ESSENCE", column2="ARBRE_ID"),
        "check_operator",
    ),
    "missing values as a text": ({**TREES, "missingValues": "NA"}, "missing_values"),
    "a key that is not there": ({**TREES, "primaryKey": "Z"}, "primary_key"),
    "a key that is a number": ({**TREES, "primaryKey": 1}, "primary_key"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_wrong_schema_is_refused_and_says_why(case):
    data, code = HOSTILE[case]
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    started = time.perf_counter()
    with pytest.raises(SchemaRefused) as refused:
        read_descriptor(raw)
    assert time.perf_counter() - started < 2
    assert [one.code for one in refused.value.problems] == [code]
    assert "{" not in refused.value.problems[0].say("en")


def test_every_problem_is_told_at_once():
    fields = [{"name": "a", "type": "x"}, {"name": "a"}, {}]
    found = problems(lambda: read_json({"fields": fields, "primaryKey": "z"}))
    assert found == ["type", "name_twice", "name", "primary_key"]


DATASET = {"description": "…", "frequency": "ANNUAL", "tags": [], "themes": []}
OWN = {
    "a column that is not there": ({"siret_field": "Z"}, "own_field"),
    "a key that is not there": ({"key": ["Z:year"]}, "own_field"),
    "a title that runs code": (
        {"dataset": {"title": "{name.__class__}", **DATASET}}, "own_dataset",
    ),
    "a title that is missing": ({"dataset": DATASET}, "own_dataset"),
    "migrations that are a text": ({"migrations": "x"}, "own_migrations"),
    "a rule of no known form": (
        {"migrations": [{"from": "1", "rules": [{"drop": "A"}]}]}, "own_migrations",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OWN)
def test_what_a_schema_says_under_our_key_is_checked_too(folder, case):
    own, code = OWN[case]
    assert problems(lambda: add(folder, {**TREES, "odlocale": own})) == [code]


UNUSABLE = {
    "items of no form": field(type="array", arrayItem={"constraints": []}),
    "synonyms of numbers": field(listItems={"values": 3}),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_the_engine_could_not_run_is_refused(folder, case):
    assert problems(lambda: add(folder, UNUSABLE[case])) == ["not_usable"]
    assert not folder.exists()


def test_a_pattern_that_ruins_python_is_harmless_here():
    descriptor = read_json(limit(pattern=r"^(a+)+$"))
    schema = parse_schema(complete(descriptor, load_catalogue()))
    started = time.perf_counter()
    report = check(make_table("ARBRE_ID,ESSENCE,X", f"1,Chêne,{'a' * 5000}!"), schema)
    assert time.perf_counter() - started < 2
    assert "pattern.mismatch" in codes(report)


@pytest.mark.parametrize("slug", [one.slug for one in load_catalogue().every])
def test_every_shipped_schema_could_be_added(slug):
    with open(f"schemas/scdl/{slug}.json", "rb") as file:
        assert read_descriptor(file.read())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://schema.data.gouv.fr/schemas/a/b/latest/schema.json", "a/b"),
        ("https://example.fr/arbres.json", "local/arbres"),
        (None, "local/arbres"),
    ],
)
def test_a_schema_is_known_by_where_it_was_published(url, expected):
    assert identify(TREES, url) == expected


def run(*arguments: object):
    return CliRunner().invoke(scdl, [str(one) for one in arguments])


def test_the_command_adds_lists_and_says_what_changes(folder, tmp_path):
    path = tmp_path / "arbres.json"
    path.write_text(json.dumps(TREES))
    result = run("add", path, "--lang", "en")
    assert result.exit_code == 0
    assert result.stdout == "Arbres (arbres) 1.0.0 is added.\n"
    assert "arbres" in run("list").stdout
    assert "ESSENCE" in run("show", "arbres").stdout
    path.write_text(json.dumps({**limit(required=True), "version": "2.0.0"}))
    result = run("add", path, "--lang", "en")
    assert "✗ New column “X”, which every file must have." in result.stdout
    assert run("add", path, "--lang", "en").stdout.endswith("is there already.\n")


def test_the_command_tells_every_problem_and_its_status(folder, tmp_path):
    path = tmp_path / "faux.json"
    path.write_text(json.dumps({"fields": [{"name": "a", "type": "x"}, {}]}))
    result = run("add", path, "--lang", "en")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 2)
    assert run("add", tmp_path / "absent.json").exit_code == 2
    assert run("add", "http://127.0.0.1:1/schema.json").exit_code == 2


def test_the_command_needs_a_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("ODLOCALE_SCHEMAS", raising=False)
    path = tmp_path / "arbres.json"
    path.write_text(json.dumps(TREES))
    assert run("add", path).exit_code == 2
    monkeypatch.setenv("ODLOCALE_SCHEMAS", str(tmp_path / "kept"))
    assert run("add", path).exit_code == 0
    assert (tmp_path / "kept" / "arbres" / "1.0.0.json").exists()
