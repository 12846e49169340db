"""Time to replace one commune's rows, in a small table and in a large one.

    python benchmarks/table_release.py [--communes NUMBER] [--times NUMBER]

Both tables are in one PostgreSQL; replacements alternate between them, each of another
commune, and the medians are compared. Then a release of 10,000 rows is put in the large
one: what publishing such a file costs beyond its files and its dataset.

Exit status: 1 when the large table takes over 1.5 times the small one's time, or the
long release over 1.5 seconds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg2
from table_rows import ROWS, budget_columns, budget_file, fill, release, replace
from table_rows import tables_database as start

SMALL_COMMUNES = 10
LIMIT_RATIO = 1.5
LIMIT_SECONDS = 1.5


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill both tables, replace in turn, print the figures; return the exit status."""
    parser = argparse.ArgumentParser(description="Time of a release in its table.")
    parser.add_argument("--communes", type=int, default=1000, metavar="NUMBER")
    parser.add_argument("--times", type=int, default=31, metavar="NUMBER")
    options = parser.parse_args(arguments)
    sizes = {"petit": SMALL_COMMUNES, "grand": options.communes}
    with start() as (write, _, _), tempfile.TemporaryDirectory() as folder:
        for schema, communes in sizes.items():
            fill(write, schema, communes)
        columns = budget_columns()
        connection = psycopg2.connect(write)
        source = budget_file(Path(folder), ROWS, 7)
        taken: dict[str, list[float]] = {schema: [] for schema in sizes}
        for turn in range(options.times):
            for schema, communes in sizes.items():
                # The whole table, not its last page alone.
                number = turn * communes // options.times
                started = time.perf_counter()
                replace(
                    connection, schema, columns, release(number, f"t{turn}"), source
                )
                taken[schema].append(time.perf_counter() - started)
        medians = {schema: statistics.median(times) for schema, times in taken.items()}
        for schema, communes in sizes.items():
            print(
                f"{ROWS} rows replaced in a table of {communes} × {ROWS}:"
                f" {medians[schema] * 1000:.0f} ms"
                f" ({ROWS / medians[schema]:,.0f} rows/s;"
                f" slowest {max(taken[schema]) * 1000:.0f} ms)"
            )
        ratio = medians["grand"] / medians["petit"]
        print(f"large / small: {ratio:.2f} (at most {LIMIT_RATIO})")
        long = budget_file(Path(folder), 10_000, 9)
        started = time.perf_counter()
        replace(connection, "grand", columns, release(0, "long"), long)
        seconds = time.perf_counter() - started
        print(
            f"10,000 rows put in the large table: {seconds:.2f} s"
            f" (under {LIMIT_SECONDS} s)"
        )
        connection.close()
    return 0 if ratio <= LIMIT_RATIO and seconds < LIMIT_SECONDS else 1


if __name__ == "__main__":
    raise SystemExit(main())
