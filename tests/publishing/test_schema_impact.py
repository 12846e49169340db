"""What becomes of a published file when its model changes."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.publishing.schema_impact import judge
from ckanext.odlocale.scdl.descriptors import parse_schema
from ckanext.odlocale.scdl.table_schema import TableSchema
from ckanext.odlocale.scdl.versions import Fill, Rename, Revalue

TREES = b"ID,ESPECE,ETAT,HAUTEUR\n1,Tilleul,bon,12\n2,Orme,moyen,\n"


def model(*fields: dict[str, Any], version: str = "2") -> TableSchema:
    own = dict.fromkeys(("title", "description", "frequency"), "")
    return parse_schema(
        {
            "version": version,
            "fields": list(fields),
            "odlocale": {
                "slug": "arbres", "id": "local/arbres", "label": "Arbres",
                "purpose": "", "schema_url": "",
                "dataset": {**own, "tags": [], "themes": []},
            },
        }
    )  # fmt: skip


def of(name: str, kind: str = "string", **constraints: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "constraints": constraints}


ID, SPECIES = of("ID", required=True), of("ESPECE", required=True)
STATE = of("ETAT", enum=["bon", "moyen", "mauvais"])
HEIGHT = of("HAUTEUR", "number")
FIRST = model(ID, SPECIES, STATE, HEIGHT, version="1")


def test_a_new_optional_column_leaves_files_as_they_are():
    impact = judge(TREES, FIRST, model(ID, SPECIES, STATE, HEIGHT, of("NOTE")), ())
    assert (impact.verdict, impact.content) == ("fits", TREES)


def test_a_renamed_column_follows_its_rule():
    later = model(ID, of("TAXON", required=True), STATE, HEIGHT)
    impact = judge(TREES, FIRST, later, (Rename("ESPECE", "TAXON"),))
    assert impact.verdict == "follows"
    assert impact.content == TREES.replace(b"ESPECE", b"TAXON")


def test_without_its_rule_a_renamed_column_breaks():
    later = model(ID, of("TAXON", required=True), STATE, HEIGHT)
    impact = judge(TREES, FIRST, later, ())
    assert impact.verdict == "breaks"
    assert [fault.code for fault in impact.faults] == ["column.missing"]
    assert "TAXON" in impact.say("fr")[0]


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [((Revalue("ETAT", "moyen", "correct"),), "follows"), ((), "breaks")],
)
def test_a_value_that_leaves_the_list(rules, verdict):
    later = model(ID, SPECIES, of("ETAT", enum=["bon", "correct"]), HEIGHT)
    impact = judge(TREES, FIRST, later, rules)
    assert impact.verdict == verdict
    assert (b"2,Orme,correct," in impact.content) == (verdict == "follows")


def test_a_new_required_column_is_filled_by_its_rule():
    later = model(ID, SPECIES, STATE, HEIGHT, of("DOMAINE", required=True))
    impact = judge(TREES, FIRST, later, (Fill("DOMAINE", "public"),))
    assert impact.verdict == "follows"
    assert impact.content.endswith(b"2,Orme,moyen,,public\n")


def test_what_was_published_at_fault_is_not_a_new_fault():
    content = TREES.replace(b"Orme", b"").replace(b"12", b"haut")
    later = model(ID, of("TAXON", required=True), STATE, HEIGHT)
    impact = judge(content, FIRST, later, (Rename("ESPECE", "TAXON"),))
    assert impact.verdict == "follows"


def test_one_more_row_at_fault_is_a_new_fault():
    later = model(ID, SPECIES, STATE, of("HAUTEUR", "number", required=True))
    impact = judge(TREES, FIRST, later, ())
    assert [(one.code, one.rows) for one in impact.faults] == [("required.empty", (3,))]


def test_a_removed_column_leaves_the_published_file():
    impact = judge(TREES, FIRST, model(ID, SPECIES, STATE), ())
    assert impact.verdict == "follows"
    assert impact.content.startswith(b"ID,ESPECE,ETAT\n")
    assert "HAUTEUR" in impact.say("fr")[0]
