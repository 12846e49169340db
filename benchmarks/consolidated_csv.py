"""Speed and memory of a whole table sent as CSV, beside PostgreSQL's own COPY.

    python benchmarks/consolidated_csv.py [--communes NUMBER]

The same statement, in the same run: run by PostgreSQL alone (``COPY … TO '/dev/null'``,
no network), then read by pieces as the portal's address sends them, plain and as gzip.
Memory is the growth of the process's largest size while it reads.

Exit status: 1 when the plain file comes at under half of PostgreSQL's own speed, or
when reading takes memory.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterable, Sequence

import psycopg2
from table_rows import ROWS, fill
from table_rows import tables_database as start

from ckanext.odlocale.tables import store
from ckanext.odlocale.tables.columns import table_name
from ckanext.odlocale.tables.streaming import Stream, copy_statement

SCHEMA = "grand"
LIMIT_SPEED = 0.5
#: A few pieces of the stream; the table is some hundred times larger.
LIMIT_MEGABYTES = 32


def peak() -> float:
    """Return the largest size that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def drain(pieces: Iterable[bytes]) -> int:
    """Read all and keep nothing; return how many bytes there were."""
    return sum(len(piece) for piece in pieces)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill a table, read it in each way, print the figures; return the exit status."""
    parser = argparse.ArgumentParser(description="A whole table as CSV.")
    parser.add_argument("--communes", type=int, default=1000, metavar="NUMBER")
    options = parser.parse_args(arguments)
    rows = options.communes * ROWS
    speeds, grown = {}, {}
    with start() as (write, read, owner):
        fill(write, SCHEMA, options.communes)
        connection = psycopg2.connect(owner)
        with connection.cursor() as cursor:
            types = store.column_types(cursor, table_name(SCHEMA))
            statement = copy_statement(SCHEMA, types)
            alone = statement.replace("TO STDOUT", "TO '/dev/null'")
            times = []
            for _ in range(3):
                started = time.perf_counter()
                cursor.execute(alone)
                times.append(time.perf_counter() - started)
        connection.close()
        best = min(times)
        print(
            f"PostgreSQL alone, {rows:,} rows: {best:.2f} s, {rows / best:,.0f} rows/s"
        )
        for name, compressed in (("plain", False), ("gzip", True)):
            before, seconds = peak(), []
            for _ in range(3):
                started = time.perf_counter()
                size = drain(Stream(read, SCHEMA).read(compressed=compressed))
                seconds.append(time.perf_counter() - started)
            taken = min(seconds)
            speeds[name], grown[name] = best / taken, peak() - before
            print(
                f"{name}: {taken:.2f} s, {rows / taken:,.0f} rows/s,"
                f" {size / 1e6:.0f} MB sent, memory +{grown[name]:.1f} MB,"
                f" {speeds[name]:.2f} × PostgreSQL's speed"
            )
    print(
        f"plain: at least {LIMIT_SPEED} × PostgreSQL's speed,"
        f" at most {LIMIT_MEGABYTES} MB each"
    )
    is_fast = speeds["plain"] >= LIMIT_SPEED
    return 0 if is_fast and max(grown.values()) <= LIMIT_MEGABYTES else 1


if __name__ == "__main__":
    raise SystemExit(main())
