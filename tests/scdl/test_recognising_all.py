"""Between all the schemas, a file is recognised for what it is, or asked about."""

from __future__ import annotations

import random

import pytest

from ckanext.odlocale.scdl.catalogue import Field, TableSchema, load_catalogue
from ckanext.odlocale.scdl.recognising import Candidate, is_certain, recognise
from tests.scdl.samples import make_table

CATALOGUE = load_catalogue()
SCHEMAS = {schema.slug: schema for schema in CATALOGUE.every}


def headers(
    fields: list[Field], renamed: float = 0.0, seed: str = ""
) -> tuple[str, ...]:
    """Return the columns' names, a share of them written as their title."""
    chance = random.Random(seed)
    return tuple(
        field.title if chance.random() < renamed else field.name for field in fields
    )


def recognised(names: tuple[str, ...]) -> tuple[Candidate, ...]:
    quoted = ",".join(f'"{name}"' for name in names)
    row = ",".join(f"v{number}" for number in range(len(names)))
    return recognise(make_table(quoted, row), CATALOGUE.every)


def shuffled(schema: TableSchema) -> list[Field]:
    fields = list(schema.fields)
    random.Random(schema.slug).shuffle(fields)
    return fields


def optional_half(schema: TableSchema) -> list[Field]:
    """All the required columns and every other optional one."""
    spare = [field for field in schema.fields if not field.required]
    return [*schema.required, *spare[::2]]


#: What a file has of its schema, and whether a certainty is due.
FILES = {
    "all its columns, shuffled": (lambda schema: headers(shuffled(schema)), True),
    "its required columns only": (lambda schema: headers([*schema.required]), True),
    "half of the optional ones": (lambda schema: headers(optional_half(schema)), True),
    "lower case names": (
        lambda schema: tuple(name.lower() for name in headers(shuffled(schema))),
        True,
    ),
    "a third of the names in plain French": (
        lambda schema: headers(shuffled(schema), 0.33, schema.slug),
        True,
    ),
    "as many columns of its own": (
        lambda schema: (
            *headers(shuffled(schema)),
            *(f"interne_{number}" for number in range(len(schema.fields))),
        ),
        True,
    ),
    "one required column less": (
        lambda schema: headers(_without(schema, 1)),
        False,
    ),
    "a quarter of the columns less": (
        lambda schema: headers(_without(schema, max(1, len(schema.fields) // 4))),
        False,
    ),
}  # fmt: skip

#: Schemas whose required columns alone are those of any list of places: asked.
ASKED_WHEN_BARE = ("aires-livraison", "mediation-numerique", "taxis")


def _without(schema: TableSchema, count: int) -> list[Field]:
    """Return the columns but the last required ones."""
    dropped = {field.name for field in schema.required[-count:]}
    return [field for field in schema.fields if field.name not in dropped]


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("slug", SCHEMAS)
def test_a_file_is_what_it_is_or_is_asked_about(slug, case):
    build, due = FILES[case]
    found = recognised(build(SCHEMAS[slug]))
    assert found[0].schema.slug == slug or (not due and not is_certain(found))
    if due and not (slug in ASKED_WHEN_BARE and case == "its required columns only"):
        assert is_certain(found)


@pytest.mark.parametrize("slug", ASKED_WHEN_BARE)
def test_the_schemas_asked_about_when_bare_still_are(slug):
    found = recognised(headers([*SCHEMAS[slug].required]))
    assert not is_certain(found)


PLACES = {
    "id, latitude and longitude": ("ID", "LATITUDE", "LONGITUDE"),
    "among other columns": ("id", "latitude", "longitude", "hauteur", "essence"),
    "a list of trees": ("id", "nom", "adresse", "insee", "essence", "x", "y"),
    "a list of associations": ("nom", "adresse", "code_postal", "commune", "courriel"),
    "a list of people": ("nom", "prénom", "adresse", "téléphone", "courriel"),
}


@pytest.mark.parametrize("case", PLACES)
def test_common_names_alone_recognise_nothing_for_certain(case):
    assert not is_certain(recognised(PLACES[case]))


def test_two_schemas_in_one_file_are_asked_about():
    both = (*headers([*SCHEMAS["irve"].required]), *headers([*SCHEMAS["dae"].required]))
    assert not is_certain(recognised(both))


def test_addresses_are_recognised_and_lead_to_their_national_home():
    schema = recognised(headers(shuffled(SCHEMAS["bal"])))[0].schema
    assert schema.recognition_only
    assert schema.home is not None
    assert schema.home.url == "https://adresse.data.gouv.fr/commune/{insee}"
    assert schema.slug not in CATALOGUE
