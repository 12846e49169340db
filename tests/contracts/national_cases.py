"""Files with every fault that a table schema can name, written from the schema.

Nothing here is about one schema: rows start from the schema's own example, and faults
come from its types, its constraints and its checks, then from chance. The same seed
writes the same files.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ckanext.odlocale.scdl.catalogue import Field, TableSchema
from ckanext.odlocale.scdl.example import example_rows
from ckanext.odlocale.scdl.sample_values import vary

SEED = 20261124
#: The national validator stops at 1,000 errors: a file of this many rows has fewer.
ROWS_A_FILE = 250
#: Faults by chance for each column.
MUTATIONS = 4

ANYWHERE = (
    "", " ", "x", "Éé", " entouré ", "123", "1 234,50", "2024-02-30", "03/04/2024",
    "N/A", "-", "0", "null", "«»", "a\tb", "1" * 40,
)  # fmt: skip

BY_TYPE: Mapping[str, tuple[str, ...]] = {
    "date": ("2024-4-3", "2024-13-01", "45385", "2024-04-03T00:00:00", "24-01-01",
             "2023-02-29", "0000-01-01"),
    "datetime": ("2024-03-20", "2024-03-20 09:00:00", "2024-03-20T09:00",
                 "2024-03-20T25:00:00Z", "2024-03-20T09:00:00+02:00",
                 "2024-03-20T09:00:00.123Z"),
    "time": ("9:00:00", "09:00", "24:00:00", "09:00:00Z", "9h"),
    "number": ("1,5", "1e3", "+5", ".5", "5.", "-", "12 ", "1.2.3", "1.01", "0.001",
               "-181", "91.5", "1 000", "12€", "NaN", "Infinity", "1_000"),
    "integer": ("1.0", "+3", "-3", " 4", "1e2", "6", "1000000", "1.5", "1 000"),
    "year": ("202", "20222", "2022 ", "2202", "22", "-2022", "+202"),
    "yearmonth": ("2024", "2024-13", "2024-3", "2024-03-01"),
    "boolean": ("Oui", "true", "1", "OUI", "vrai", "False", "t"),
    "array": ("lait", '["Lait"]', "[]", "[1]", '{"a":1}', '["lait","x"]', "["),
    "geopoint": ("[2.35, 48.85]", "2.35, 48.85", "48.85", "[200, 48]", "[2.35]",
                 "[48.85, 2.35]", "[0, 0]", "[,]", "2.35;48.85", "[ 2.35 , 48.85 ]"),
    "geojson": ("{}", "[]", '{"type": "Point", "coordinates": [2, 48]}', "{"),
    "uri": ("www.x.fr", "http://", "ftp://x", "mailto:a@b.fr", "http://a b", "://x"),
    "email": ("a@b", "a b@c.fr", "a@b.fr", "@b.fr", "a.b+c@sub.d-e.fr", "é@b.fr"),
}  # fmt: skip

BY_CHECK: Mapping[str, tuple[str, ...]] = {
    "siret": ("21560046100011", "215600461", "2156004610001", "215 600 461 00010",
              "35600000000011", "35600000012345", "2,15E+13", "21560046100010.0",
              "00000000000000", "21560046100010"),
    "siren": ("215600461", "215600462", "21560046", "215 600 461", "000000000"),
    "year-interval-value": ("2018/2017", "2017/2017", "2017-2018", "2017 / 2018",
                            "2017/2018", "2017/", "17/18"),
    "nomenclature-acte": ("Finances locales", "finances locales / x", "Autre/x",
                          "Libertes publiques et pourvoirs de police/x",
                          "LIBERTÉS PUBLIQUES ET POUVOIRS DE POLICE/X",
                          "Finances locales/", "/x"),
    "opening-hours-value": ("24/7", "Mo-Fr 08:00-12:00; Sa 09:00-11:00", "lundi",
                            "Mo-Fr 8h-12h", "Mo-Fr 08:00-25:00", "PH off", "08:00"),
    "phone-number-value": ("0297000000", "02 97 00 00 00", "+33297000000", "3939",
                           "029700000", "+33 2 97 00 00 00", "02.97.00.00.00", "112"),
    "french-gps-coordinates": ("[2.35, 48.85]", "[48.85, 2.35]", "[0, 0]",
                               "[55.45, -20.88]", "[-61.5, 16.2]"),
    "code-postal": ("56950", "5695", "00000", "99000", "98000", "2A004"),
    "code-commune-insee": ("56046", "2A004", "2C004", "97411", "00000", "5604"),
    "code-departement": ("56", "2A", "20", "971", "99", "1", "01"),
    "code-region": ("53", "11", "54", "1", "01", "94"),
    "code-rna": ("W561000000", "w561000000", "W56100000", "561000000"),
}  # fmt: skip

_SIRET = r"^\d{14}$"
Row = dict[str, str]


@dataclass(frozen=True)
class Case:
    """One file.

    :ivar name: ``budget/cells-1``
    :ivar content: its bytes, UTF-8
    """

    name: str
    schema: TableSchema
    content: bytes

    @property
    def shape(self) -> str:
        """What is at fault: ``valid``, ``cells``, or lines and columns."""
        return self.name.partition("/")[2].partition("-")[0]

    def rows(self) -> list[Row]:
        """Return its lines of data, a blank one included, by name of column."""
        lines = list(csv.reader(io.StringIO(self.content.decode(), newline="")))
        return [dict(zip(lines[0], line, strict=False)) for line in lines[1:]]


def write_cases(schema: TableSchema, seed: int = SEED) -> Iterator[Case]:
    """Yield the files of a schema: a valid one, faulty cells, faulty structures."""
    chance = random.Random(f"{seed}/{schema.slug}")
    names = [field.name for field in schema.fields]
    good = _distinct_rows(schema, 40)
    yield _case(schema, "valid", names, good)
    faulty = [*_faulty_cells(schema, chance), *_faulty_pairs(schema, chance)]
    chance.shuffle(faulty)
    for start in range(0, len(faulty), ROWS_A_FILE):
        rows = faulty[start : start + ROWS_A_FILE]
        number = start // ROWS_A_FILE + 1
        yield _case(schema, f"cells-{number}", names, _tell_apart(schema, rows))
    yield from _faulty_structures(schema, names, good[:3])


def _case(
    schema: TableSchema, name: str, names: Iterable[str], rows: Iterable[Row]
) -> Case:
    stream = io.StringIO()
    titles = list(names)
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows([row.get(one, "") for one in titles] for row in rows)
    return Case(f"{schema.slug}/{name}", schema, stream.getvalue().encode())


def _distinct_rows(schema: TableSchema, count: int) -> list[Row]:
    """Return conforming rows, by turns complete and the least a row may say."""
    shown = [dict(row) for row in example_rows(schema)]
    rows = [dict(shown[at % len(shown)]) for at in range(count)]
    return _tell_apart(schema, rows)


def _tell_apart(schema: TableSchema, rows: list[Row]) -> list[Row]:
    """Give each row a value of its own where the schema asks for one.

    Where the value is the fault itself, it stays.
    """
    names = [field.name for field in schema.fields if field.unique]
    names += [name for name in schema.primary_key if name not in names]
    for name in names:
        field = schema.field(name)
        usual = {row[name] for row in example_rows(schema)}
        value = next(iter(usual))
        for row in rows:
            if row.get(name) in usual:
                row[name] = value
                value = vary(schema, field, value) or value
    return rows


def _faulty_cells(schema: TableSchema, chance: random.Random) -> Iterator[Row]:
    base = dict(example_rows(schema)[0])
    for field in schema.fields:
        values = dict.fromkeys((*ANYWHERE, *_bad_values(schema, field)))
        good = base.get(field.name) or "Exemple"
        values.update(dict.fromkeys(_mutate(good, chance) for _ in range(MUTATIONS)))
        for value in values:
            yield {**base, field.name: value}


def _bad_values(schema: TableSchema, field: Field) -> Iterator[str]:
    """Yield values around what the type, the constraints and the checks accept."""
    yield from BY_TYPE.get(field.type, ())
    yield from BY_TYPE.get(field.format, ())
    checks = {one.name for one in schema.checks if field.name in one.columns[:1]}
    if field.pattern == _SIRET:
        checks.add("siret")
    for name in sorted(checks):
        yield from BY_CHECK.get(name, ())
    for one in field.enum[:3]:
        yield from (one, one.upper(), one.lower(), f"{one} ", one[:-1], f"{one}s")
    for bound in filter(None, (field.minimum, field.maximum)):
        yield bound
        if field.type in ("integer", "number", "year"):
            number = float(bound)
            step = 1 if number.is_integer() else 0.001
            yield from (_write(number - step), _write(number + step))
    for length in (field.min_length, field.max_length):
        if length is not None and length < 5000:
            yield from ("a" * max(length - 1, 0), "a" * length, "a" * (length + 1))
    if field.item_enum:
        first = field.item_enum[0]
        yield from (first, first.upper(), field.separator.join((first, "x")))
        yield field.separator.join(field.item_enum[:2])


def _write(number: float) -> str:
    return str(int(number)) if number.is_integer() else f"{number:.6g}"


def _mutate(text: str, chance: random.Random) -> str:
    """Return a text with one slip of the hand."""
    at = chance.randrange(len(text))
    slip = chance.randrange(6)
    if slip == 0:
        return text[:at] + text[at + 1 :]
    if slip == 1:
        return text[:at] + chance.choice("aZé09 -/.;") + text[at:]
    if slip == 2:
        return text[:at] + chance.choice("aZé09 -/.") + text[at + 1 :]
    if slip == 3:
        return text[: at + 1] + text[at:]
    if slip == 4:
        return text.swapcase()
    return text[at + 1 :] + text[: at + 1]


def _faulty_pairs(schema: TableSchema, chance: random.Random) -> Iterator[Row]:
    """Yield rows whose columns contradict one another, for checks of several."""
    base = dict(example_rows(schema)[0])
    for one in schema.checks:
        names = [name for name in one.columns if name in base]
        if len(names) < 2:
            continue
        yield {**base, **dict.fromkeys(names, "")}
        for name in names:
            yield {**base, name: ""}
            others = {other: "" for other in names if other != name}
            yield {**base, **others}
        values = [base[name] for name in names]
        yield {**base, **dict(zip(names, reversed(values), strict=True))}
        fields = [schema.field(name) for name in names]
        for _ in range(8):
            drawn = {field.name: _draw(field, chance) for field in fields}
            yield {**base, **{name: text for name, text in drawn.items() if text}}


def _draw(field: Field, chance: random.Random) -> str:
    if field.type in ("integer", "number"):
        return str(chance.randrange(6))
    if field.type == "date":
        return f"2024-0{chance.randrange(1, 4)}-0{chance.randrange(1, 9)}"
    return ""


def _faulty_structures(
    schema: TableSchema, names: list[str], rows: list[Row]
) -> Iterator[Case]:
    """Yield files whose columns or lines are not those expected."""
    for absent in names:
        kept = [name for name in names if name != absent]
        yield _case(schema, f"without-{absent}", kept, rows)
    yield _case(schema, "reversed", names[::-1], rows)
    yield _case(schema, "extra", [*names, "Observations"], rows)
    valid = _case(schema, "", names, rows).content.decode().splitlines()
    head, *lines = valid
    commas = "," * (len(names) - 1)
    shapes = {
        "spaced-header": [head.replace(",", " , "), *lines],
        "blank-line": [head, lines[0], "", *lines[1:]],
        "empty-row": [head, lines[0], commas, *lines[1:]],
        "short-row": [head, *lines, "x"],
        "long-row": [head, *lines, lines[0] + ",x"],
        "trailing-comma": [f"{line}," for line in valid],
        "quoted": [",".join(f'"{cell}"' for cell in head.split(",")), *lines],
    }
    for name, shape in shapes.items():
        content = "\n".join([*shape, ""]).encode()
        yield Case(f"{schema.slug}/{name}", schema, content)
