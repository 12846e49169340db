"""The schemas that ship are whole, and worded for an agent."""

from __future__ import annotations

import re

import pytest

from ckanext.odlocale.scdl.catalogue import UnknownSchema, load_catalogue

CATALOGUE = load_catalogue()
SCHEMAS = {schema.slug: schema for schema in CATALOGUE}

#: Number of fields, of required ones, of custom checks: facts of the published
#: schemas, in the versions named.
PUBLISHED = {
    "budget": ("0.8.3", 22, 11, 1),
    "catalogue": ("0.1.3", 20, 20, 2),
    "deliberations": ("2.1.5", 17, 7, 11),
    "equipements": ("0.1.5", 21, 13, 1),
    "menus-collectifs": ("1.2.3", 26, 12, 2),
    "plats-menus-collectifs": ("0.7.2", 21, 8, 1),
    "prenoms": ("1.1.6", 6, 5, 0),
    "subventions": ("2.1.1", 16, 11, 3),
}

#: Words the desk never says (ux).
FORBIDDEN = re.compile(
    r"veuillez|désolé|invalide|schéma|jeux? de données|ressource|métadonnée|encodage",
    re.IGNORECASE,
)


def test_the_eight_schemas_are_there():
    assert set(SCHEMAS) == set(PUBLISHED)
    assert len(CATALOGUE) == 8


@pytest.mark.parametrize("slug", PUBLISHED)
def test_a_schema_has_the_columns_and_checks_of_the_published_version(slug):
    schema = SCHEMAS[slug]
    facts = (
        schema.version,
        len(schema.fields),
        len(schema.required),
        len(schema.checks),
    )
    assert facts == PUBLISHED[slug]


@pytest.mark.parametrize("slug", PUBLISHED)
def test_a_schema_is_found_by_slug_and_identifier(slug):
    assert CATALOGUE.get(slug) is CATALOGUE.get(f"scdl/{slug}") is SCHEMAS[slug]
    assert slug in CATALOGUE


@pytest.mark.parametrize("slug", PUBLISHED)
def test_the_address_is_the_one_data_gouv_recognises(slug):
    address = f"https://schema.data.gouv.fr/schemas/scdl/{slug}/latest/schema.json"
    assert SCHEMAS[slug].schema_url == address


@pytest.mark.parametrize("slug", PUBLISHED)
def test_a_dataset_is_described_before_anyone_types(slug):
    dataset = SCHEMAS[slug].dataset
    assert "{name}" in dataset.title
    assert len(dataset.description.format(name="Y")) > 100
    assert dataset.frequency in {"ANNUAL", "QUARTERLY", "MONTHLY", "IRREG"}
    assert all(re.fullmatch(r"[a-z0-9-]{3,96}", tag) for tag in dataset.tags)
    assert set(dataset.themes) <= {"ECON", "GOVE", "SOCI", "HEAL", "AGRI"}
    assert dataset.themes


@pytest.mark.parametrize("slug", PUBLISHED)
def test_what_the_project_adds_names_real_columns(slug):
    schema = SCHEMAS[slug]
    names = {field.name for field in schema.fields}
    added = [part.partition(":")[0] for part in schema.key_parts]
    added += [schema.siret_field, schema.period_field]
    added += [name for check in schema.checks for name in check.columns]
    assert {name for name in added if name} <= names


@pytest.mark.parametrize("slug", PUBLISHED)
def test_every_column_is_explained_in_plain_words(slug):
    for field in SCHEMAS[slug].fields:
        words = f"{field.title}. {field.description}"
        assert field.title != field.name
        assert len(field.description.split()) >= 2, field.name
        assert not FORBIDDEN.search(words), words
        assert all(len(part.split()) <= 20 for part in re.split(r"[.;:]\s", words))


@pytest.mark.parametrize("slug", PUBLISHED)
def test_synonyms_lead_to_one_column_and_to_listed_values(slug):
    for field in SCHEMAS[slug].fields:
        assert set(field.value_synonyms.values()) <= set(field.enum)


def test_an_unknown_schema_names_those_that_exist():
    with pytest.raises(UnknownSchema, match=r"'tarot'.*budget"):
        CATALOGUE.get("tarot")
