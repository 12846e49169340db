"""Speed of the check against a loop compiled by hand over the csv module.

    python benchmarks/scdl_check.py [ROWS…]

One file of scdl/deliberations, all eleven checks, read from the disk; all engines check
the same rows in the same run, each in a process of its own so that memory is its own.
The peers are what a careful engineer writes without a library: one pass, everything
compiled before, no report beyond the faulty rows. « loop » asks what the schema asks,
and no more; « whole » asks what the engine asks: it also looks for people in every
column of text (the words and figures by which the engine sifts them, each distinct
value once) and for blanks around a value. Figures: rows per second, highest resident
memory of the whole process, and how time grows with rows.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.personal import Role, judge
from ckanext.odlocale.scdl.personal_columns import (
    FIGURES,
    IN_NUMBERS,
    SIEVES,
    asked_role,
)
from ckanext.odlocale.scdl.reading import read

#: Rows of the files: a year of a village, of a town, of a région, of many.
ROWS = [500, 10_000, 100_000, 1_000_000]

SIRET = "21569990100017"
HEADER = (
    "COLL_NOM,COLL_SIRET,DELIB_ID,DELIB_DATE,DELIB_MATIERE_CODE,DELIB_MATIERE_NOM,"
    "DELIB_OBJET,BUDGET_ANNEE,BUDGET_NOM,PREF_ID,PREF_DATE,VOTE_EFFECTIF,VOTE_REEL,"
    "VOTE_POUR,VOTE_CONTRE,VOTE_ABSTENTION,DELIB_URL"
)
SUBJECTS = {
    "commande publique", "urbanisme", "domaine et patrimoine", "fonction publique",
    "institutions et vie politique", "libertes publiques et pouvoirs de police",
    "finances locales", "domaines de competences par themes",
    "autres domaines de competences",
}  # fmt: skip


def list_lines(count: int, faulty: float = 0.0) -> Iterator[str]:
    """Yield a file of deliberations, a share of whose rows has an error."""
    every = int(1 / faulty) if faulty else 0
    yield f"{HEADER}\n"
    for number in range(count):
        day = datetime.date(2024, 1, 1) + datetime.timedelta(days=number % 366)
        siret = SIRET if not every or number % every else "21569990100018"
        yield (
            f"Commune de Kerlouan-les-Bois,{siret},2024-{number},{day},7.5,"
            f'Finances locales/Subventions,"Objet n° {number}, suite",2024,'
            f"Budget principal,PREF056,{day},15,13,12,1,0,"
            f"https://kerlouan-les-bois.example.fr/actes/{number}.pdf\n"
        )


def write_rows(path: Path, count: int, faulty: float = 0.0) -> Path:
    """Write a file, a line at a time: who measures must not be big itself.

    A process begins with the highest memory of the one that started it.
    """
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(list_lines(count, faulty))
    return path


def run_engine(path: Path) -> int:
    """Check with the project's engine; return the faulty rows."""
    table = read(path, max_bytes=2**30)
    report = check(table, load_catalogue().get("deliberations"))
    return sum(group.count for group in report.groups)


def run_loop(path: Path, find: Callable[[list[str]], bool] | None = None) -> int:
    """Check with the csv module; return the faulty rows.

    :param find: what else is looked for in a row
    """
    siret, subject = re.compile(r"\d{14}"), re.compile(r"\d\.\d{1,2}")
    years, uri = re.compile(r"(\d{4})(?:/(\d{4}))?"), re.compile(r"[a-zA-Z][\w+.-]*:")
    faulty = 0
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        next(rows)
        for row in rows:
            faulty += not _row_holds(row, siret, subject, years, uri)
            faulty += find is not None and find(row)
    return faulty


def run_whole(path: Path) -> int:
    """Check with the csv module all that the engine checks; return the faulty rows."""
    schema = load_catalogue().get("deliberations")
    names = [field.name for field in schema.fields]
    roles = [asked_role(field, names) for field in schema.fields]
    people = [(at, _find_people(role)) for at, role in enumerate(roles) if role]

    def find(row: list[str]) -> bool:
        tidy = all(cell == cell.strip() for cell in row)
        return any(find(row[at]) for at, find in people) or not tidy

    return run_loop(path, find)


def _find_people(role: Role) -> Callable[[str], bool]:
    """Compile what tells whether a value of a column may name somebody."""
    words = "|".join(map(re.escape, sorted(SIEVES[role] or ())))
    said = re.compile(rf"{words}|\bne [0-9]" if role == "number" else words)
    figures = re.compile(IN_NUMBERS if role == "number" else FIGURES)

    @lru_cache(maxsize=100_000)
    def find(value: str) -> bool:
        folded = value.lower()
        if not folded.isascii():
            folded = unicodedata.normalize("NFKD", folded)
            folded = "".join(one for one in folded if not unicodedata.combining(one))
        if not (said.search(folded) or figures.search(value)):
            return False
        # Where something is found the engine judges the value, word by word.
        return judge(role, value) is not None

    return find


def _row_holds(row, siret, subject, years, uri) -> bool:  # type: ignore[no-untyped-def]
    if len(row) != 17 or not all(row[:7]):
        return False
    if not siret.fullmatch(row[1]) or not (_luhn(row[1]) and _luhn(row[1][:9])):
        return False
    try:
        day = datetime.date.fromisoformat(row[3])
        received = datetime.date.fromisoformat(row[10]) if row[10] else None
        votes = [int(cell) if cell else None for cell in row[11:16]]
    except ValueError:
        return False
    if not subject.fullmatch(row[4]) or (received is not None and received < day):
        return False
    first, slash, _ = row[5].partition("/")
    if not slash or "/ " in row[5] or first.lower() not in SUBJECTS:
        return False
    period = years.fullmatch(row[7]) if row[7] else None
    if bool(row[7]) != bool(row[8]) or (row[7] and period is None):
        return False
    if period and period[2] and period[1] >= period[2]:
        return False
    if any(vote is None for vote in votes):
        return all(vote is None for vote in votes)
    total, real, yes, no, neither = votes
    if total < real or real != yes + no + neither:
        return False
    return not row[16] or uri.match(row[16]) is not None


def _luhn(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def measure(engine: str, path: Path, small: Path) -> dict[str, float]:
    """Time one engine in this process, after a first small file."""
    run = {"engine": run_engine, "loop": run_loop, "whole": run_whole}[engine]
    began = time.perf_counter()
    run(small)
    first = time.perf_counter() - began
    best = float("inf")
    size = path.stat().st_size
    for _ in range(1 if size > 10**8 else 3 if size > 10**6 else 30):
        began = time.perf_counter()
        found = run(path)
        best = min(best, time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": best, "memory": peak, "found": found, "first": first}


def measure_apart(engine: str, path: Path, small: Path) -> dict[str, float]:
    """Time one engine in a process of its own."""
    answer = subprocess.run(
        [sys.executable, __file__, "--one", engine, str(path), str(small)],
        check=True,
        capture_output=True,
        text=True,
    )
    result: dict[str, float] = json.loads(answer.stdout)
    return result


def main() -> None:
    """Print the figures as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=ROWS)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        engine, path, small = options.one
        print(json.dumps(measure(engine, Path(path), Path(small))))
        return
    print(f"{'rows':>9} {'faulty':>6} {'engine':>8} {'rows/s':>10} {'ms':>8} {'MB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        small = write_rows(Path(folder) / "small.csv", 10)
        for faulty in (0.0, 0.04):
            compare(options.rows, faulty, Path(folder), small)


def compare(counts: list[int], faulty: float, folder: Path, small: Path) -> None:
    """Print the figures of files that grow."""
    previous: tuple[int, float] | None = None
    for count in counts:
        path = write_rows(folder / "rows.csv", count, faulty)
        results = {
            name: measure_apart(name, path, small)
            for name in ("engine", "loop", "whole")
        }
        for name, result in results.items():
            print(
                f"{count:>9,} {faulty:>6.0%} {name:>8} "
                f"{count / result['seconds']:>10,.0f} "
                f"{result['seconds'] * 1000:>8.1f} {result['memory']:>6.0f}"
            )
        spent = results["engine"]["seconds"]
        bare, whole = (spent / results[one]["seconds"] for one in ("loop", "whole"))
        line = f"{'':>9} engine: {whole:.2f} × the whole loop, {bare:.2f} × the bare"
        if previous is not None:
            line += (
                f"; {count / previous[0]:.0f} times the rows take "
                f"{spent / previous[1]:.1f} times the time"
            )
        else:
            line += f"; its very first file, {results['engine']['first'] * 1000:.0f} ms"
        print(line)
        previous = (count, spent)
        if len({one["found"] for one in results.values()}) > 1:
            sys.exit(f"not the same rows: {results}")


if __name__ == "__main__":
    main()
