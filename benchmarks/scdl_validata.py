"""Speed of the check against Validata, the national validator, and their parity.

    python benchmarks/scdl_validata.py [ROWS…]

The same valid files of scdl/deliberations, eleven checks, in the same run; each engine
in a process of its own, warmed by a small file, from the file on disk to its verdict.
Then the files of ``tests/contracts/national_cases.py``, faulty in every way that each
schema can name: how many refusals of cells are the same. Validata is installed once, in
an environment of its own (``requirements/validata.txt``).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.scdl_check import write_rows  # noqa: E402
from ckanext.odlocale.scdl.catalogue import load_catalogue  # noqa: E402
from tests.contracts.environment import ensure_environment  # noqa: E402
from tests.contracts.national_cases import write_cases  # noqa: E402
from tests.contracts.parity import Comparison, Validata, compare_cells  # noqa: E402

SCHEMA = ROOT / "schemas" / "scdl" / "deliberations.json"

#: The same measure in both environments: time from the file, peak of memory.
THEIRS = """
import json, resource, sys, time
from validata_core import validate
path, small, schema = sys.argv[1:4]
descriptor = json.load(open(schema, encoding="utf-8"))
validate(small, descriptor)
began = time.perf_counter()
report = validate(path, descriptor)
spent = time.perf_counter() - began
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([spent, after / 1024, len(report.errors)]))
"""


def measure_ours(path: Path, small: Path) -> list[float]:
    """Check one file in this process, after a small one."""
    from ckanext.odlocale.scdl.checking import check
    from ckanext.odlocale.scdl.reading import read

    schema = load_catalogue().get("deliberations")
    check(read(small), schema)
    began = time.perf_counter()
    report = check(read(path), schema)
    spent = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    errors = sum(group.count for group in report.groups if group.national)
    return [spent, after / 1024, errors]


def run_apart(command: list[str]) -> list[float]:
    """Run a measure in a process of its own."""
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: list[float] = json.loads(answer.stdout.splitlines()[-1])
    return figures


def compare_speeds(counts: list[int], folder: Path) -> None:
    """Print rows a second, memory and how cost grows, for both."""
    validata = str(ensure_environment("validata"))
    small = write_rows(folder / "small.csv", 10)
    print(f"{'rows':>9} {'':>9} {'rows/s':>10} {'seconds':>9} {'MB':>6}")
    previous: tuple[int, float] | None = None
    for count in counts:
        path = write_rows(folder / f"{count}.csv", count)
        names = [str(path), str(small)]
        ours = run_apart([sys.executable, __file__, "--one", *names])
        theirs = run_apart([validata, "-c", THEIRS, *names, str(SCHEMA)])
        assert ours[2] == theirs[2] == 0, "a valid file is refused"
        for name, figures in (("engine", ours), ("Validata", theirs)):
            print(
                f"{count:>9,} {name:>9} {count / figures[0]:>10,.0f} "
                f"{figures[0]:>9.2f} {figures[1]:>6.0f}"
            )
        told = f"{'':>9} engine is {theirs[0] / ours[0]:.0f} times as fast"
        if previous is not None:
            told += (
                f"; {count / previous[0]:.0f} times the rows take "
                f"{ours[0] / previous[1]:.1f} times the time"
            )
        print(told)
        previous = (count, ours[0])


def count_parity(folder: Path) -> Comparison:
    """Print and return what both refuse, on files faulty in every way."""
    every, files = Comparison(), 0
    validata = Validata(folder)
    for schema in load_catalogue():
        for case in write_cases(schema):
            if case.shape in ("valid", "cells"):
                verdict = validata.judge(case.content, schema)
                every.add(compare_cells(case, verdict))
                files += 1
    validata.stop()
    beyond = ", ".join(f"{name} {n}" for name, n in sorted(every.explained.items()))
    print(
        f"parity: {files} files, {every.agreed:,} refusals agreed, "
        f"{len(every.missed)} missed, {len(every.beyond)} beyond without a reason\n"
        f"        beyond for a reason written in docs/dev/parity.md: {beyond}"
    )
    return every


def main() -> None:
    """Print both tables; fail where parity is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--one", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure_ours(*options.one)))
        return
    with tempfile.TemporaryDirectory() as folder:
        compare_speeds(options.rows, Path(folder))
        told = count_parity(Path(folder))
    if told.missed or told.beyond:
        sys.exit("\n".join([*told.missed, *told.beyond]))


if __name__ == "__main__":
    main()
