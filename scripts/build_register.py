"""Make the register of collectivités that the package ships.

Source: the npm package ``@etalab/decoupage-administratif`` (Code officiel
géographique, EPCI of the DGCL, populations, postal codes; Licence Ouverte 2.0).
It has no SIREN for départements and régions: those come from ``sirens.csv``,
beside this script.

    python scripts/build_register.py                  # downloads with npm
    python scripts/build_register.py --vintage 2023 --output FOLDER
    python scripts/build_register.py --package DIR    # an unpacked copy
    python scripts/build_register.py --check          # is what ships up to date?

The same source always gives the same bytes. What the source lacks is reported
on the standard error. Exit status: 0, 1 when ``--check`` finds a difference, 2
when the register could not be made.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckanext.odlocale.territory import naming
from ckanext.odlocale.territory.identifiers import is_insee, is_siren
from ckanext.odlocale.territory.register_files import (
    COLUMNS,
    DATA,
    DIVISION_COLUMNS,
    LATEST_VINTAGE,
    SUCCESSION_COLUMNS,
    Row,
    file_names,
)

PACKAGE = "@etalab/decoupage-administratif"
# Which version of the package holds which year, as its README says.
VERSIONS = {2023: "3.1.1", 2024: "4.1.0", 2025: "5.3.0", 2026: "6.0.0"}
SIRENS = Path(__file__).resolve().parent / "sirens.csv"
NPM_SECONDS = 300

Json = dict[str, Any]


class BadSource(Exception):
    """The source does not say what a register must say."""


@dataclass(frozen=True)
class Source:
    """The files of the package that matter here."""

    communes: Sequence[Json]
    epci: Sequence[Json]
    departements: Sequence[Json]
    regions: Sequence[Json]


@dataclass(frozen=True)
class Upper:
    """A line of ``sirens.csv``: a collectivité above the communes."""

    kind: str
    siren: str
    departements: tuple[str, ...]
    region: str
    full_name: str


@dataclass(frozen=True)
class Built:
    """The three files to write, and what a reader should know of them."""

    collectivities: bytes
    divisions: bytes
    successions: bytes
    remarks: tuple[str, ...]


def build(source: Source, uppers: Sequence[Upper]) -> Built:
    """Return the register's three files.

    :raises BadSource: a wrong or repeated code, a member of an EPCI that is not a
        commune, or a former code that leads nowhere.
    """
    communes = [c for c in source.communes if c["type"] == "commune-actuelle"]
    epci_of = {m["code"]: epci for epci in source.epci for m in epci["membres"]}
    unknown = epci_of.keys() - {c["code"] for c in communes}
    if unknown:
        raise BadSource(f"EPCI members that are no commune: {sorted(unknown)}")
    paris_like = {u.siren: u.full_name for u in uppers if u.kind == "commune"}
    rows = [
        *_region_rows(source, uppers, communes),
        *_departement_rows(source, uppers, communes),
        *_epci_rows(source.epci, communes),
        *(_commune_row(c, epci_of.get(c["code"]), paris_like) for c in communes),
    ]
    _refuse_errors(rows)
    divisions = _division_rows(source.departements, uppers)
    successions, doubts = _successions(source.communes)
    return Built(
        _csv(COLUMNS, rows),
        _csv(DIVISION_COLUMNS, divisions),
        _csv(SUCCESSION_COLUMNS, successions),
        (*_remarks(rows, divisions), *doubts),
    )


def _commune_row(commune: Json, epci: Json | None, full_names: dict[str, str]) -> Row:
    siren = commune.get("siren", "")
    written = naming.commune_full_name(commune["nom"], commune.get("typeLiaison", 0))
    return (
        "commune",
        siren,
        commune["code"],
        commune["nom"],
        full_names.get(siren, written),
        "",
        str(commune.get("population", "")),
        epci["code"] if epci else "",
        commune["departement"],
        commune["region"],
        " ".join(sorted(commune.get("codesPostaux", ()))),
    )


def _epci_rows(groupings: Iterable[Json], communes: Iterable[Json]) -> Iterator[Row]:
    by_code = {commune["code"]: commune for commune in communes}
    for epci in groupings:
        inhabitants: Counter[tuple[str, str]] = Counter()
        for member in epci["membres"]:
            commune = by_code[member["code"]]
            place = (commune["departement"], commune["region"])
            inhabitants[place] += commune.get("population", 0)
        departement, region = max(sorted(inhabitants), key=inhabitants.__getitem__)
        # The source has a few doubled spaces.
        name = " ".join(epci["nom"].split())
        yield (
            "epci",
            epci["code"],
            "",
            name,
            naming.epci_full_name(name),
            epci["type"],
            str(epci["populationMunicipale"]),
            "",
            departement,
            region,
            "",
        )


def _departement_rows(
    source: Source, uppers: Iterable[Upper], communes: Iterable[Json]
) -> Iterator[Row]:
    by_code = {division["code"]: division for division in source.departements}
    # The métropole de Lyon left the département du Rhône in 2015 and has its powers.
    left = {
        m["code"] for e in source.epci if e["type"] == "MET69" for m in e["membres"]
    }
    kept = [commune for commune in communes if commune["code"] not in left]
    people = _population_by("departement", kept)
    for upper in uppers:
        if upper.kind == "departement":
            division = by_code[upper.departements[0]]
            full_name = upper.full_name or naming.departement_full_name(
                division["nom"], division["typeLiaison"]
            )
            name = upper.full_name or division["nom"]
            population = sum(people[code] for code in upper.departements)
            yield _upper_row(upper, name, full_name, population, division["region"])


def _region_rows(
    source: Source, uppers: Iterable[Upper], communes: Iterable[Json]
) -> Iterator[Row]:
    names = {region["code"]: region["nom"] for region in source.regions}
    people = _population_by("region", communes)
    for upper in uppers:
        if upper.kind == "region":
            name = upper.full_name or names[upper.region]
            full_name = upper.full_name or f"Région {name}"
            population = people[upper.region]
            yield _upper_row(upper, name, full_name, population, upper.region)


def _upper_row(
    upper: Upper, name: str, full_name: str, population: int, region: str
) -> Row:
    departement = upper.departements[0] if upper.kind == "departement" else ""
    figures = (str(population), "", departement, region, "")
    return (upper.kind, upper.siren, "", name, full_name, "", *figures)


def _division_rows(divisions: Iterable[Json], uppers: Sequence[Upper]) -> list[Row]:
    heads = {code: upper.siren for upper in uppers for code in upper.departements}
    return [
        (d["code"], d["nom"], d["region"], heads.get(d["code"], ""))
        for d in sorted(divisions, key=lambda division: str(division["code"]))
    ]


# What is a part of a commune, by its type in the source: our word, and which field
# says whose.
_PARTS = {
    "commune-deleguee": ("deleguee", "chefLieu"),
    "commune-associee": ("associee", "chefLieu"),
    "arrondissement-municipal": ("arrondissement", "commune"),
}


def _successions(communes: Sequence[Json]) -> tuple[list[Row], list[str]]:
    """Return what the codes that are no commune's became, and what is doubtful.

    A commune lists the codes that it took in (``anciensCodes``); a commune déléguée
    or associée names the one it is in. Where the two differ, the second is believed:
    it is today's, and follows a commune that was split again.
    """
    current = {c["code"] for c in communes if c["type"] == "commune-actuelle"}
    found: dict[str, Row] = {}
    for commune in communes:
        for code in commune.get("anciensCodes", ()):
            if commune["code"] in current:
                found[code] = (code, commune["code"], "merged", "")
    doubts = []
    for part in communes:
        if part["type"] in _PARTS:
            kind, field = _PARTS[part["type"]]
            code, successor = part["code"], part.get(field, "")
            listed = found.get(code)
            if listed is not None and listed[1] != successor:
                doubts.append(f"{code}: in {successor}, and listed by {listed[1]}")
            found[code] = (code, successor, kind, part["nom"])
    rows = [found[code] for code in sorted(found.keys() - current)]
    astray = [row[0] for row in rows if row[1] not in current]
    if astray:
        raise BadSource(f"former codes that lead to no commune: {astray}")
    return rows, doubts


def _population_by(key: str, communes: Iterable[Json]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for commune in communes:
        found[commune[key]] += commune.get("population", 0)
    return found


def _refuse_errors(rows: Sequence[Row]) -> None:
    sirens = [row[1] for row in rows if row[1]]
    codes = [row[2] for row in rows if row[2]]
    wrong = [siren for siren in sirens if not is_siren(siren)]
    wrong += [code for code in codes if not is_insee(code)]
    counted = Counter(sirens) + Counter(codes)
    repeated = [code for code, times in counted.items() if times > 1]
    if wrong or repeated:
        raise BadSource(f"wrong codes {wrong}, repeated codes {repeated}")


def _remarks(rows: Sequence[Row], divisions: Sequence[Row]) -> Iterator[str]:
    counted = Counter(row[0] for row in rows if row[1])
    yield ", ".join(f"{kind} {number}" for kind, number in sorted(counted.items()))
    communes = [row for row in rows if row[0] == "commune"]
    without_siren = [row for row in communes if not row[1]]
    places = Counter(row[8] for row in without_siren)
    yield f"{len(without_siren)} without SIREN, left out of plans: {dict(places)}"
    alone = [f"{r[3]} ({r[2]})" for r in communes if r[1] and not r[7]]
    yield f"{len(alone)} in no EPCI: {', '.join(alone)}"
    headless = [row[0] for row in divisions if not row[3]]
    yield f"départements whose head has no known SIREN: {', '.join(headless)}"


def _csv(columns: tuple[str, ...], rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    # Kinds in the order of the territory, then by code: a diff between two
    # vintages shows what changed and nothing else.
    order = {"region": 0, "departement": 1, "epci": 2, "commune": 3}
    if columns == COLUMNS:
        rows = sorted(rows, key=lambda row: (order[row[0]], row[2] or row[1]))
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def read_source(folder: Path) -> Source:
    """Read the package's files.

    :raises BadSource: one is missing or is not JSON.
    """
    found = {}
    for name in ("communes", "epci", "departements", "regions"):
        path = folder / "data" / f"{name}.json"
        try:
            found[name] = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise BadSource(f"{path} cannot be read: {error}") from error
    return Source(**found)


def read_uppers(path: Path) -> list[Upper]:
    """Read the SIREN of départements, régions and those that replace them."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Upper(
                line["kind"],
                line["siren"],
                tuple(line["departements"].split()),
                line["region"],
                line["full_name"],
            )
            for line in csv.DictReader(file)
        ]


@contextmanager
def downloaded(version: str) -> Iterator[Path]:
    """Fetch a version of the package with npm, for as long as it is used.

    :raises BadSource: npm is absent, or did not answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{PACKAGE}@{version}", "--pack-destination", folder]
        try:
            subprocess.run(
                command, check=True, capture_output=True, timeout=NPM_SECONDS
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise BadSource(f"{' '.join(command)}: {error}") from error
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as tar:
            for member in tar.getmembers():
                if member.isfile() and member.name.startswith("package/data/"):
                    content = tar.extractfile(member)
                    path = Path(folder) / "data" / Path(member.name).name
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(content.read() if content else b"")
        yield Path(folder)


def compress(content: bytes) -> bytes:
    """Compress without a date, so that the same content gives the same bytes."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def is_up_to_date(built: Built, vintage: int, folder: Path) -> bool:
    """Tell whether a folder already holds what was built.

    Contents are compared, not compressed bytes: another zlib may compress the
    same text differently.
    """
    for name, content in _files(built, vintage):
        path = folder / name
        if not path.is_file():
            return False
        shipped = path.read_bytes()
        if path.suffix == ".gz":
            shipped = gzip.decompress(shipped)
        if shipped != content:
            return False
    return True


def _files(built: Built, vintage: int) -> Iterator[tuple[str, bytes]]:
    contents = (built.collectivities, built.divisions, built.successions)
    yield from zip(file_names(vintage), contents, strict=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; see the module's docstring."""
    parser = argparse.ArgumentParser(description="Make the register that is shipped.")
    parser.add_argument(
        "--vintage", type=int, default=LATEST_VINTAGE, choices=sorted(VERSIONS)
    )
    parser.add_argument("--package", type=Path, help="an unpacked copy of the package")
    parser.add_argument("--output", type=Path, default=DATA)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    options = parser.parse_args(arguments)
    try:
        if options.package:
            source = read_source(options.package)
        else:
            with downloaded(VERSIONS[options.vintage]) as folder:
                source = read_source(folder)
        built = build(source, read_uppers(SIRENS))
    except BadSource as error:
        print(f"build_register: {error}", file=sys.stderr)
        return 2
    print("\n".join(built.remarks), file=sys.stderr)
    if options.check:
        same = is_up_to_date(built, options.vintage, options.output)
        print("up to date" if same else "different", file=sys.stderr)
        return 0 if same else 1
    options.output.mkdir(parents=True, exist_ok=True)
    for name, content in _files(built, options.vintage):
        written = compress(content) if name.endswith(".gz") else content
        (options.output / name).write_bytes(written)
    return 0


if __name__ == "__main__":
    sys.exit(main())
