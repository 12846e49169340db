"""Write files with errors in them and record what the national validator says.

A developer's tool: what it writes is in ``tests/data/scdl/national/`` and read by
``test_national_verdicts.py``, which needs no Validata. To record again::

    uv venv /some/where && uv pip install --python /some/where validata-table==0.12.5
    python tests/scdl/record_national_verdicts.py /some/where/bin/python
"""

from __future__ import annotations

import csv
import datetime
import json
import random
import subprocess
import sys
from pathlib import Path

from ckanext.odlocale.scdl.catalogue import Field, TableSchema, load_catalogue

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests/data/scdl/national"
SEED = 20261123

SIRETS = ("21560046100010", "21560046100085", "35600000000048", "24350013900189")

GOOD = {
    "DELIB_MATIERE_CODE": ("7.5", "8.10"),
    "DELIB_MATIERE_NOM": ("Finances locales/Divers", "urbanisme/Plan local"),
    "BUDGET_ANNEE": ("2017", "2017/2018"),
    "rnaBeneficiaire": ("W561000000",),
    "idBeneficiaire": SIRETS,
    "datesPeriodeVersement": ("2024-03-03", "2024-03-03/2024-12-31"),
    "EQUIP_UID": ("56999-01010401-001",),
    "EQUIP_CODE": ("01010401-001",),
    "ADR_NOMVOIE": ("Rue de l'Église",),
    "ADR_COMMUNE": ("Kerlouan-les-Bois",),
    "ADR_CODEPOSTAL": ("56999",),
    "ADR_CLE_INTEROP": ("56999_0040_00012",),
    "EQUIP_TEL": ("+33 297000000",),
    "COMMUNE_NOM": ("Kerlouan",),
    "ENFANT_PRENOM": ("Louise", "Jean-Marc"),
    "VOTE_EFFECTIF": ("23",),
    "VOTE_REEL": ("21",),
    "VOTE_POUR": ("19",),
    "VOTE_CONTRE": ("1",),
    "VOTE_ABSTENTION": ("1",),
    "DELIB_DATE": ("2024-03-28",),
    "PREF_DATE": ("2024-04-02",),
    "pourcentageSubvention": ("1", "0.5"),
    "idRAE": ("123",),
    "ERP_TYPE": ("W;L",),
}

BAD_ANYWHERE = (
    "", " ", "x", "Éé", " padded ", "123", "1 234,50", "2024-02-30", "03/04/2024",
)  # fmt: skip

BAD_BY_TYPE = {
    "date": ("2024-4-3", "2024-13-01", "45385", "2024-04-03T00:00:00", "24-01-01"),
    "datetime": (
        "2024-03-20", "2024-03-20 09:00:00", "2024-03-20T09:00",
        "2024-03-20T25:00:00Z", "2024-03-20T09:00:00+02:00",
        "2024-03-20T09:00:00.123Z",
    ),
    "number": (
        "1,5", "1e3", "+5", ".5", "5.", "-", "12 ", "1.2.3", "0", "2", "1.01", "0.001",
        "NaN", "Infinity", "1_000",
    ),
    "integer": ("1.0", "+3", "-3", "0", " 4", "1e2", "6", "1000000"),
    "year": ("202", "20222", "2022 ", "+202", "2202"),
    "boolean": ("Oui", "true", "1", "OUI"),
    "array": ("lait", '["Lait"]', "[]", "[1]", '{"a":1}', '["lait","x"]'),
    "uri": ("www.x.fr", "http://", "ftp://x", "mailto:a@b.fr", "http://a b", "://x"),
    "email": (
        "a@b", "a b@c.fr", "a@b.fr", "@b.fr", "é@b.fr", "a.b+c@sub.d-e.fr",
    ),
    "siret": (
        "21560046100011", "215600461", "2156004610001", "215 600 461 00010",
        "35600000000011", "35600000012345", "2,15E+13", "21560046100010.0",
        "00000000000000",
    ),
    "interval": ("2018/2017", "2017/2017", "2017-2018", "2017 / 2018"),
    "subject": (
        "Finances locales", "finances locales / x",
        "Libertes publiques et pourvoirs de police/x",
        "LIBERTÉS PUBLIQUES ET POUVOIRS DE POLICE/X", "Autre/x", "Finances locales/",
    ),
}  # fmt: skip


def good_value(field: Field, chance: random.Random) -> str:
    """Return a value the field accepts."""
    if field.name in GOOD:
        return chance.choice(GOOD[field.name])
    if field.enum:
        return chance.choice(field.enum)
    if field.pattern == r"^\d{14}$":
        return chance.choice(SIRETS)
    if field.pattern and "2[AB" in field.pattern:
        return chance.choice(("56999", "2A004"))
    by_type = {
        "year": lambda: str(chance.randint(2018, 2024)),
        "number": lambda: f"{chance.uniform(-50, 5000):.2f}",
        "integer": lambda: str(chance.randint(1, 5)),
        "date": lambda: str(
            datetime.date(2020, 1, 1) + datetime.timedelta(chance.randint(0, 1500))
        ),
        "datetime": lambda: "2024-03-20T09:00:00Z",
        "boolean": lambda: chance.choice(field.true_values + field.false_values),
        "array": lambda: json.dumps(
            [chance.choice(field.item_enum)], ensure_ascii=False
        ),
    }
    if field.type in by_type:
        return by_type[field.type]()
    if field.format in ("uri", "email"):
        return {"uri": "https://example.fr/a", "email": "mairie@example.fr"}[
            field.format
        ]
    if field.max_length is not None:
        return "012"
    return chance.choice(("Kerlouan", "Un texte, avec virgule", "012"))


def bad_values(schema: TableSchema, field: Field) -> list[str]:
    """Return values that the field may refuse."""
    kinds = [field.type, field.format]
    checks = {check.name for check in schema.checks if field.name == check.columns[0]}
    if "siret" in checks or field.pattern == r"^\d{14}$":
        kinds.append("siret")
    if "year-interval-value" in checks:
        kinds.append("interval")
    if "nomenclature-acte" in checks:
        kinds.append("subject")
    values = list(BAD_ANYWHERE)
    for kind in kinds:
        values += BAD_BY_TYPE.get(kind, ())
    if field.enum:
        first = field.enum[0]
        values += [first.upper(), f"{first} ", first[:-1]]
    if field.max_length is not None:
        values.append("a" * (field.max_length + 1))
    if field.name.startswith("VOTE"):
        values += ["2", "50", "0"]
    return values


def write_cases(schema: TableSchema, path: Path) -> None:
    """Write a file with each bad value of each field, one a row, among good rows."""
    chance = random.Random(SEED)
    rows = []
    for field in schema.fields:
        for bad in bad_values(schema, field):
            row = {each.name: good_value(each, chance) for each in schema.fields}
            row[field.name] = bad
            rows.append(row)
    for _ in range(20):
        rows.append({each.name: good_value(each, chance) for each in schema.fields})
    chance.shuffle(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        names = [field.name for field in schema.fields]
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


RECORD = """
import json, sys
from validata_core import validate
report = validate(sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8")))
cells = set()
for error in report.errors:
    for field in getattr(error.location, "fields_info", None) or []:
        cells.add((error.location.row_number, field.label))
print(json.dumps(sorted(cells)))
"""


def main() -> None:
    """Record the verdicts of every schema."""
    validata = sys.argv[1]
    for schema in load_catalogue():
        cases = FOLDER / f"{schema.slug}.csv"
        write_cases(schema, cases)
        answer = subprocess.run(
            [
                validata, "-c", RECORD, str(cases),
                str(ROOT / f"schemas/scdl/{schema.slug}.json"),
            ],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        cells = json.loads(answer.stdout.splitlines()[-1])
        lines = ",\n".join(json.dumps(cell) for cell in cells)
        (FOLDER / f"{schema.slug}.json").write_text(f"[\n{lines}\n]\n")
        print(f"{schema.slug}: {len(cells)} cells refused")


if __name__ == "__main__":
    main()
