"""Make the charts of accounts that the package ships, to name the lines of a budget.

Source: the official charts published by the Direction générale des collectivités
locales on odm-budgetaire.org, as gathered in UTF-8 by the public repository
github.com/bleucitron/plans-de-compte (``<year>/<norm>/<chart>.xml``).

    python scripts/build_charts.py                 # clones the repository with git
    python scripts/build_charts.py --source DIR    # a copy of it
    python scripts/build_charts.py --check         # is what ships up to date?

A row holds for the years from ``first`` to ``last``: a chart changes little from one
year to the next. The same source always gives the same bytes. Exit status: 0, 1 when
``--check`` finds a difference, 2 when the charts could not be made.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from ckanext.odlocale.scdl.charts import CHARTS_FILE, COLUMNS, read_official

REPOSITORY = "https://github.com/bleucitron/plans-de-compte"
#: Accounts closed before are no longer published.
FIRST_YEAR = 2019

Row = tuple[str, str, str, str, str, str]


def gather(source: Path) -> dict[Row, list[int]]:
    """Return each row (chart, kind, code, label, section, chapters) and its years.

    :raises ValueError: where the folder holds no chart
    """
    years: dict[Row, list[int]] = defaultdict(list)
    for path in sorted(source.glob("20??/*/*.xml")):
        year = int(path.parts[-3])
        if year < FIRST_YEAR:
            continue
        chart = f"{path.parent.name}-{path.stem}"
        try:
            rows = list(read_official(path.read_bytes()))
        except ElementTree.ParseError as error:
            print(f"{path.name} of {year} is left out: {error}", file=sys.stderr)
            continue
        for one in rows:
            years[(chart, *one)].append(year)
    if not years:
        raise ValueError(f"{source} holds no chart of accounts")
    return years


def spans(years: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last year of each run of consecutive years.

    >>> list(spans([2019, 2020, 2022]))
    [(2019, 2020), (2022, 2022)]
    """
    known = sorted(set(years))
    first = known[0]
    for year, following in zip(known, [*known[1:], 0], strict=True):
        if following != year + 1:
            yield first, year
            first = following


def write(years: dict[Row, list[int]]) -> bytes:
    """Return the file that ships: CSV, compressed, always the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(years):
        for first, last in spans(years[row]):
            writer.writerow((row[0], first, last, *row[1:]))
    return gzip.compress(text.getvalue().encode(), 9, mtime=0)


def build(source: Path | None) -> bytes:
    """Return the file from a copy of the repository, or from a clone of it.

    :raises OSError: the repository cannot be cloned
    """
    if source is not None:
        return write(gather(source))
    with tempfile.TemporaryDirectory() as folder:
        command = ["git", "clone", "--quiet", "--depth", "1", REPOSITORY, folder]
        if subprocess.run(command, check=False, timeout=300).returncode:
            raise OSError(f"{REPOSITORY} could not be cloned")
        return write(gather(Path(folder)))


def main() -> int:
    """Write the file, or compare it with ``--check``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    try:
        content = build(options.source)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    path = Path(str(CHARTS_FILE))
    if options.check:
        same = path.read_bytes() == content
        print("up to date" if same else f"{path.name} differs from its source")
        return 0 if same else 1
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    print(f"{path.name}: {len(content):,} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
