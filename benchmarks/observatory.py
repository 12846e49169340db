"""Time and memory of all the indicators for the whole of France, and of its history.

    python benchmarks/observatory.py [--datasets 200000] [--limit SECONDS]
        [--memory MEGABYTES] [--years 10] [--read MILLISECONDS]

No server. First, every indicator of every commune on one day. Then ten years of
history, built from dated publications, and any day of any EPCI read from it. Beside
each, its peer in the same run: reading the same rows and counting them by a group, the
least that a total can cost. Peak memory is the process's, the register left out.
"""

from __future__ import annotations

import argparse
import datetime
import random
import resource
import statistics
import sys
import time

import polars as pl

from ckanext.odlocale.observatory.facts import COLLECTIVITIES, ONLINE, Facts, frame
from ckanext.odlocale.observatory.history import as_of, build_rows
from ckanext.odlocale.observatory.measuring import measure_day
from ckanext.odlocale.observatory.standing import Models
from ckanext.odlocale.observatory.summing import GROUPS, summarise
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.register import Register

TODAY = datetime.date(2026, 11, 30)


def megabytes() -> float:
    """Peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def invent(datasets: int, years: int) -> Facts:
    """The communes of the register, with invented publications over some years."""
    draw = random.Random(2_016_1321)
    communes = [c for c in Register.load() if c.kind == "commune"]
    schemas = [one.slug for one in load_catalogue()]
    names = ("siren", "insee", "kind", "name", "population", "departement", "region")
    places = [
        {**{n: getattr(c, n) for n in names}, "epci": c.epci_siren} for c in communes
    ]
    first = TODAY - datetime.timedelta(365 * years)
    rows = []
    for rank in range(datasets):
        owner = draw.choice(communes)
        since = first + datetime.timedelta(draw.randrange(365 * years))
        schema = draw.choice(schemas)
        named = (owner.siren, str(rank), "portal", schema, str(since.year))
        judged = (draw.random() > 0.2, draw.random() > 0.5, 0.9)
        rows.append((*named, since, None, *judged, "deposit"))
    online = pl.DataFrame(rows, schema=dict(ONLINE), orient="row")
    return Facts.of(frame(COLLECTIVITIES, places), online)


def main() -> int:
    """Measure, print, and fail beyond a limit."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--datasets", type=int, default=200_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--limit", type=float, default=1.0)
    parser.add_argument("--memory", type=float, default=600)
    parser.add_argument("--read", type=float, default=200)
    asked = parser.parse_args()
    models = Models({one.slug: one.dataset.frequency for one in load_catalogue()})
    facts = invent(asked.datasets, asked.years)
    before = megabytes()
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        rows = measure_day(facts, TODAY, models)
        for by in (None, *GROUPS):
            summarise(rows, by)
        spent.append(time.perf_counter() - start)
    start = time.perf_counter()
    facts.online.group_by("siren").len()
    peer = time.perf_counter() - start
    day_peak = megabytes()
    print(f"one day, {rows.height} communes, {asked.datasets} datasets:"
          f" {min(spent):.2f} s (counting them: {peer:.3f} s),"
          f" peak {day_peak:.0f} MB ({before:.0f} before)")  # fmt: skip
    first = TODAY - datetime.timedelta(365 * asked.years)
    start = time.perf_counter()
    history = build_rows(facts, first, TODAY, models)
    built = time.perf_counter() - start
    print(f"{asked.years} years: {history.height} rows in {built:.1f} s,"
          f" peak {megabytes():.0f} MB")  # fmt: skip
    draw = random.Random(1)
    epcis = history["epci"].unique().drop_nulls().to_list()
    ordered = history.sort("epci")
    reads = []
    for _ in range(50):
        day = first + datetime.timedelta(draw.randrange(365 * asked.years))
        epci = draw.choice(epcis)
        start = time.perf_counter()
        summarise(as_of(ordered.filter(pl.col("epci") == epci), day))
        reads.append((time.perf_counter() - start) * 1000)
    print(f"any day of any EPCI: {statistics.median(reads):.0f} ms, worst"
          f" {max(reads):.0f} ms")  # fmt: skip
    fine = (
        min(spent) < asked.limit and day_peak < asked.memory and max(reads) < asked.read
    )
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
