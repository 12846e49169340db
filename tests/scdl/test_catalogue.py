"""The schemas that ship are whole, and worded for an agent."""

from __future__ import annotations

import csv
import io
import re

import pytest

from ckanext.odlocale.scdl.catalogue import UnknownSchema, load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.reading import read

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
    "dae": ("1.0.7", 46, 17, 4),
    "irve": ("2.3.1", 40, 23, 0),
    "stationnement": ("0.1.5", 30, 10, 1),
    "stationnement-cyclable": ("1.1.1", 21, 4, 0),
    "covoiturage": ("0.3.1", 18, 8, 2),
    "profil-acheteur": ("1.0.0", 4, 3, 1),
    "hautes-remunerations": ("0.1.0", 9, 8, 1),
    "pei": ("1.0.1", 28, 3, 0),
    "fontaines": ("0.1.0", 15, 8, 0),
    "mediation-numerique": ("1.0.1", 32, 7, 0),
    "taxis": ("0.1.2", 8, 4, 1),
    "arretes-marchandises": ("0.9.2", 36, 8, 0),
    "aires-livraison": ("1.0.0", 31, 3, 0),
}

#: Those that bear another name than their slug, and the file of IRVE.
IDS = {
    "dae": "atlasante/schema-dae",
    "irve": "etalab/schema-irve-statique",
    "stationnement": "etalab/schema-stationnement",
    "stationnement-cyclable": "etalab/schema-stationnement-cyclable",
    "covoiturage": "etalab/schema-lieux-covoiturage",
    "profil-acheteur": "etalab/schema-decp-dpa",
    "hautes-remunerations": "etalab/schema-hautes-remunerations",
    "pei": "datakode/schema-pei",
    "fontaines": "datagouv/schema-fontaine-eau",
    "mediation-numerique": "LaMednum/standard-mediation-num",
    "taxis": "openmaraude/schema-stationstaxi",
    "arretes-marchandises": "CEREMA/schema-arrete-circulation-marchandises",
    "aires-livraison": "CEREMA/schema-aire-livraison",
}
CORE = set(PUBLISHED) - set(IDS)

#: Where the State gathers what is published.
HOMES = {
    "irve": "transport.data.gouv.fr",
    "stationnement": "transport.data.gouv.fr",
    "stationnement-cyclable": "transport.data.gouv.fr",
    "covoiturage": "transport.data.gouv.fr",
    "profil-acheteur": "data.gouv.fr",
    "dae": "Géo'DAE",
    "mediation-numerique": "Cartographie nationale de la médiation numérique",
    "bal": "Base adresse nationale",
}

#: Columns that probably, or possibly, tell of a person: the most exposed ones.
EXPOSED = {
    ("subventions", "nomBeneficiaire"): "likely",
    ("deliberations", "DELIB_OBJET"): "likely",
    ("prenoms", "ENFANT_PRENOM"): "possible",
    ("equipements", "EQUIP_EMAIL"): "possible",
    ("dae", "expt_tel1"): "possible",
    ("irve", "contact_operateur"): "possible",
    ("budget", "BGT_MTREAL"): "none",
}

#: Examples of the published schemas that these very schemas refuse, and the code.
WRONG_EXAMPLES = [
    ("budget", "BGT_MTREAL", "17 142.08", "number.french"),
    ("dae", "fab_siren", "123456789", "siren.wrong"),
    ("dae", "mnt_siren", "123456789", "siren.wrong"),
    ("stationnement", "num_siret", "80295478500028", "siret.luhn"),
    ("aires-livraison", "DISPOSITION", "Bataille", "enum.case"),
    ("aires-livraison", "PARITE_TROTTOIR", "Impair", "enum.case"),
    ("aires-livraison", "LOCALISATION", "Chaussée", "enum.case"),
    ("aires-livraison", "MARQUAGE_ETAT", "Dégradé", "enum.case"),
    ("aires-livraison", "TYPE", "Aire permanente", "enum.case"),
    ("aires-livraison", "PANNEAU_ETAT", "Dégradé", "enum.case"),
    ("aires-livraison", "DUREE_CONTROLE", "Disque", "enum.unknown"),
]

#: Words the desk never says (ux).
FORBIDDEN = re.compile(
    r"veuillez|désolé|invalide|schéma|jeux? de données|ressource|métadonnée|encodage",
    re.IGNORECASE,
)


def test_the_schemas_that_communes_publish_are_there():
    assert set(SCHEMAS) == set(PUBLISHED)
    assert len(CATALOGUE) == 21
    assert {schema.slug for schema in CATALOGUE if schema.core} == CORE


def test_addresses_are_recognised_only():
    (bal,) = CATALOGUE.recognised_only
    assert (bal.slug, len(bal.fields)) == ("bal", 21)
    assert bal.slug not in CATALOGUE
    with pytest.raises(UnknownSchema):
        CATALOGUE.get("bal")


def test_national_homes_are_known():
    found = {one.slug: one.home.name for one in CATALOGUE.every if one.home}
    assert found == HOMES
    for one in CATALOGUE.every:
        if one.home:
            assert one.home.url.startswith("https://")
            assert one.home.note


@pytest.mark.parametrize(("slug", "name"), EXPOSED)
def test_the_risk_of_a_column_is_told_with_its_reason(slug, name):
    personal = SCHEMAS[slug].field(name).personal
    assert personal.risk == EXPOSED[slug, name]
    assert bool(personal.reason) == (personal.risk != "none")


@pytest.mark.parametrize("slug", PUBLISHED)
def test_the_examples_of_a_schema_check_clean(slug):
    schema = SCHEMAS[slug]
    names = [field.name for field in schema.fields]
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(names)
    writer.writerow([field.example for field in schema.fields])
    report = check(read(stream.getvalue().encode()), schema)
    wrong = [(g.code, g.column, g.values) for g in report.groups if g.national]
    assert schema.core or all(field.example for field in schema.fields)
    assert not wrong


@pytest.mark.parametrize(
    ("slug", "name", "example", "code"), WRONG_EXAMPLES, ids=lambda value: value
)
def test_a_published_example_that_is_wrong_still_is(slug, name, example, code):
    report = check(
        read(f'{name},autre colonne\n"{example}",x\n'.encode()), SCHEMAS[slug]
    )
    assert code in {group.code for group in report.groups if group.column == name}


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
    identity = IDS.get(slug, f"scdl/{slug}")
    assert CATALOGUE.get(slug) is CATALOGUE.get(identity) is SCHEMAS[slug]
    assert slug in CATALOGUE


@pytest.mark.parametrize("slug", PUBLISHED)
def test_the_address_is_the_one_data_gouv_recognises(slug):
    file = "schema-statique.json" if slug == "irve" else "schema.json"
    identity = IDS.get(slug, f"scdl/{slug}")
    address = f"https://schema.data.gouv.fr/schemas/{identity}/latest/{file}"
    assert SCHEMAS[slug].schema_url == address


@pytest.mark.parametrize("slug", PUBLISHED)
def test_a_dataset_is_described_before_anyone_types(slug):
    dataset = SCHEMAS[slug].dataset
    assert "{name}" in dataset.title
    assert len(dataset.description.format(name="Y")) > 100
    assert dataset.frequency in {"ANNUAL", "QUARTERLY", "MONTHLY", "IRREG"}
    assert all(re.fullmatch(r"[a-z0-9-]{3,96}", tag) for tag in dataset.tags)
    assert set(dataset.themes) <= set(
        "AGRI ECON EDUC ENER ENVI GOVE HEAL INTR JUST REGI SOCI TECH TRAN".split()
    )
    assert dataset.themes


@pytest.mark.parametrize("slug", PUBLISHED)
def test_what_the_project_adds_names_real_columns(slug):
    schema = SCHEMAS[slug]
    names = {field.name for field in schema.fields}
    added = [part.partition(":")[0] for part in schema.key_parts]
    added += [schema.siret_field, schema.insee_field, schema.period_field]
    added += schema.primary_key
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
