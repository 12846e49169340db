"""What each faulty value is called, and what is proposed for it."""

from __future__ import annotations

import pytest

from ckanext.odlocale.scdl.checking import check
from tests.scdl.samples import make_schema, make_table

SIRET_CHECK = [{"name": "french-siret-value", "params": {"column": "v"}}]

FIELDS = {
    "siret": {"constraints": {"pattern": r"^\d{14}$"}},
    "enum": {
        "constraints": {"enum": ["réel", "ordre", "compte administratif"]},
        "valueSynonyms": {"CA": "compte administratif"},
    },
    "list": {"constraints": {"enum": ["en nature", "en nature;en numéraire"]}},
    "date": {"type": "date"},
    "datetime": {"type": "datetime"},
    "number": {"type": "number"},
    "share": {"type": "number", "constraints": {"minimum": 0.01, "maximum": 1}},
    "integer": {"type": "integer", "constraints": {"minimum": 1, "maximum": 5}},
    "year": {"type": "year"},
    "boolean": {"type": "boolean", "trueValues": ["oui"], "falseValues": ["non"]},
    "array": {
        "type": "array",
        "arrayItem": {"constraints": {"enum": ["lait", "œufs", "sans porc "]}},
    },
    "uri": {"format": "uri"},
    "email": {"format": "email"},
    "insee": {"constraints": {"pattern": r"^([013-9]\d|2[AB1-9])\d{3}$"}},
    "period": {"constraints": {"pattern": r"^\d{4}-\d{2}-\d{2}(/\d{4}-\d{2}-\d{2})?$"}},
    "first name": {"constraints": {"pattern": r"^[A-Z][a-zé]+(-[A-Z][a-zé]+)?$"}},
    "look-ahead": {"constraints": {"pattern": r"(?!0)\d+"}},
    "short": {"constraints": {"minLength": 3, "maxLength": 5}},
    "text": {},
}

SAFE, CONFIRM, KNOW, FINE = "correction", "confirm", "know", None

# kind, value, code or None, severity, what it becomes
CASES = [
    ("siret", "21569990100017", None, FINE, None),
    ("siret", "35600000000048", None, FINE, None),
    ("siret", "215 699 901 00017", "siret.spaces", SAFE, "21569990100017"),
    ("siret", "215\u00a0699\u00a0901-00017", "siret.spaces", SAFE, "21569990100017"),
    ("siret", "21569990100017.0", "siret.spaces", SAFE, "21569990100017"),
    ("siret", "21569990100018", "siret.luhn", KNOW, None),
    ("siret", "5720784700013", "siret.zero", CONFIRM, "05720784700013"),
    ("siret", "2156999010001", "siret.length", KNOW, None),
    ("siret", "215699901", "siret.siren", KNOW, None),
    ("siret", '"2,15E+13"', "siret.scientific", KNOW, None),
    ("siret", "néant", "siret.letters", KNOW, None),
    ("enum", "réel", None, FINE, None),
    ("enum", "Réel", "enum.case", SAFE, "réel"),
    ("enum", "REEL", "enum.case", SAFE, "réel"),
    ("enum", " réel", "text.blanks", SAFE, "réel"),
    ("enum", "Compte_Administratif", "enum.case", SAFE, "compte administratif"),
    ("enum", "CA", "enum.case", SAFE, "compte administratif"),
    ("enum", "compte adminstratif", "enum.near", CONFIRM, "compte administratif"),
    ("enum", "autre", "enum.unknown", KNOW, None),
    ("list", "En nature ; en numeraire", "enum.case", SAFE, "en nature;en numéraire"),
    ("date", "2024-04-03", None, FINE, None),
    ("date", "2024-4-3", None, FINE, None),
    ("date", "03/04/2024", "date.french", SAFE, "2024-04-03"),
    ("date", "3.4.2024", "date.french", SAFE, "2024-04-03"),
    ("date", "03/04/2024 00:00", "date.french", SAFE, "2024-04-03"),
    ("date", "2024/04/03", "date.french", SAFE, "2024-04-03"),
    ("date", "20240403", "date.french", SAFE, "2024-04-03"),
    ("date", "2024-04-03T00:00:00", "date.french", SAFE, "2024-04-03"),
    ("date", "mercredi 3 avril 2024", "date.french", SAFE, "2024-04-03"),
    ("date", "1er août 2024", "date.french", SAFE, "2024-08-01"),
    ("date", "45385", "date.serial", SAFE, "2024-04-03"),
    ("date", "04/23/2024", "date.american", CONFIRM, "2024-04-23"),
    ("date", "03/04/24", "date.short_year", CONFIRM, "2024-04-03"),
    ("date", "31/02/2024", "date.wrong", KNOW, None),
    ("date", "2024-02-30", "date.wrong", KNOW, None),
    ("date", "03/04/2024 14:30", "date.wrong", KNOW, None),
    ("date", "2024", "date.wrong", KNOW, None),
    ("date", "99999", "date.wrong", KNOW, None),
    ("datetime", "2024-04-03T14:30:00Z", None, FINE, None),
    ("datetime", "2024-04-03 14:30:00", None, FINE, None),
    ("datetime", "2024-04-03T14:30", "date.french", SAFE, "2024-04-03T14:30:00"),
    ("datetime", "03/04/2024 14h30", "date.french", SAFE, "2024-04-03T14:30:00"),
    ("datetime", "2024-04-03", "datetime.no_time", CONFIRM, "2024-04-03T00:00:00"),
    ("datetime", "hier", "datetime.wrong", KNOW, None),
    ("number", "-1234.5", None, FINE, None),
    ("number", " 12 ", "text.blanks", SAFE, "12"),
    ("number", '"1 234,56 €"', "number.french", SAFE, "1234.56"),
    ("number", '"1\u202f234,5"', "number.french", SAFE, "1234.5"),
    ("number", "17 142.08", "number.french", SAFE, "17142.08"),
    ("number", '"1.234,56"', "number.french", SAFE, "1234.56"),
    ("number", '"1,234.56"', "number.french", SAFE, "1234.56"),
    ("number", "1'234'567", "number.french", SAFE, "1234567"),
    ("number", '"- 12,5"', "number.french", SAFE, "-12.5"),
    ("number", "300 euros", "number.french", SAFE, "300"),
    ("number", "12 34", "number.wrong", KNOW, None),
    ("number", "-", "number.wrong", KNOW, None),
    ("number", "néant", "number.wrong", KNOW, None),
    ("number", "NaN", "number.wrong", KNOW, None),
    ("number", '"1,2,3"', "number.wrong", KNOW, None),
    ("share", "0.5", None, FINE, None),
    ("share", "50", "percent.over_one", CONFIRM, "0.5"),
    ("share", "50 %", "percent.over_one", CONFIRM, "0.5"),
    ("share", '"0,5"', "number.french", SAFE, "0.5"),
    ("share", "150", "value.high", KNOW, None),
    ("share", "0", "value.low", KNOW, None),
    ("integer", "5.0", "number.french", SAFE, "5"),
    ("integer", "6", "value.high", KNOW, None),
    ("integer", "0", "value.low", KNOW, None),
    ("integer", "1.5", "integer.wrong", KNOW, None),
    ("year", "2024.0", "year.decimal", SAFE, "2024"),
    ("year", "01/01/2024", "year.date", CONFIRM, "2024"),
    ("year", "Exercice 2024", "year.words", SAFE, "2024"),
    ("year", "24", "year.wrong", KNOW, None),
    ("boolean", "Oui", "boolean.words", SAFE, "oui"),
    ("boolean", "VRAI", "boolean.words", SAFE, "oui"),
    ("boolean", "0", "boolean.words", SAFE, "non"),
    ("boolean", "peut-être", "boolean.wrong", KNOW, None),
    ("array", '"[""lait"",""œufs""]"', None, FINE, None),
    ("array", '"Lait ; oeufs"', "array.written", SAFE, '["lait","œufs"]'),
    ("array", '"[""Sans porc""]"', "array.written", SAFE, '["sans porc "]'),
    ("array", "soja", "array.wrong", KNOW, None),
    ("uri", "https://example.fr", None, FINE, None),
    ("uri", "www.example.fr", "uri.scheme", CONFIRM, "https://www.example.fr"),
    ("email", "mairie@example.fr", None, FINE, None),
    ("email", "mailto:mairie@example.fr", "text.blanks", SAFE, "mairie@example.fr"),
    ("email", "mairie chez example.fr", "email.wrong", KNOW, None),
    ("insee", "2A004", None, FINE, None),
    ("insee", "1053", "code.zero", CONFIRM, "01053"),
    ("insee", "56 046", "code.spaces", SAFE, "56046"),
    ("insee", "2a004", "text.case", SAFE, "2A004"),
    ("insee", "Crach", "pattern.mismatch", KNOW, None),
    ("period", "03/04/2024", "date.french", SAFE, "2024-04-03"),
    (
        "period",
        "du 01/03/2024 au 31/12/2024",
        "date.french",
        SAFE,
        "2024-03-01/2024-12-31",
    ),
    ("first name", "ANNE-MARIE", "text.case", SAFE, "Anne-Marie"),
    ("look-ahead", "12", None, FINE, None),
    ("look-ahead", "012", "pattern.mismatch", KNOW, None),
    ("short", "abcd", None, FINE, None),
    ("short", "ab", "length.short", KNOW, None),
    ("short", "abcdef", "length.long", KNOW, None),
    ("text", " au milieu ", "text.blanks", SAFE, "au milieu"),
    ("text", "   ", "cell.spaces", SAFE, ""),
]


@pytest.mark.parametrize(
    ("kind", "value", "code", "severity", "after"),
    CASES,
    ids=[f"{kind}: {value}" for kind, value, *_ in CASES],
)
def test_a_value_is_named_and_mended(kind, value, code, severity, after):
    checks = SIRET_CHECK if kind == "siret" else []
    one = make_schema([{"name": "v", "type": "string", **FIELDS[kind]}], checks)
    report = check(make_table("v,w", f"{value},x"), one, mapping={"v": "v"})
    groups = [group for group in report.groups if group.code != "column.extra"]
    if code is None:
        assert groups == []
        return
    (group,) = groups
    assert (group.code, group.severity) == (code, severity)
    assert group.examples[0].after == after
    assert (group.correction is not None) == (after is not None)


def test_a_siret_with_spaces_is_tidied_where_the_national_validator_accepts_it():
    one = make_schema([{"name": "v"}], SIRET_CHECK)
    report = check(make_table("v,w", "215 699 901 00017,x"), one)
    (group,) = report.safe
    assert group.code == "siret.spaces"
    assert report.valid
