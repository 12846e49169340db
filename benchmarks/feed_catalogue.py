"""The whole catalogue of a portal, against ckanext-dcat as it comes.

    python benchmarks/feed_catalogue.py [--datasets NUMBER] [--stock NUMBER]

Ours is crawled as a harvester does, page after page through the WSGI application,
database included. ckanext-dcat's own profile (``euro_dcat_ap_3``) serialises the same
datasets, by pages of 100, in the same process and in turn with ours: only the
serialisation is counted, neither the search that its pages begin with nor the reading
of the datasets, which is all to its advantage.

Then, what a fragment costs whoever writes a dataset: ``package_patch`` with and without
it, in turn.

Exit status: 1 when ours is less than LIMIT times faster for each dataset, or when
memory grows over GROWTH_MB from the tenth page to the last.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 20
GROWTH_MB = 20
NEXT = re.compile(r"ns/hydra/core#next> <http://test\.ckan\.net([^>]+)>")
PAGE = 100


def crawl(client: Any) -> Iterator[tuple[float, int]]:
    """Read every page; give the seconds and the datasets of each."""
    address: str | None = "/catalogue/portail.ttl"
    while address:
        started = time.perf_counter()
        answer = client.get(address)
        text = answer.get_data(as_text=True)
        seconds = time.perf_counter() - started
        assert answer.status_code == 200, text[:200]
        yield seconds, text.count("<http://www.w3.org/ns/dcat#Dataset>")
        found = NEXT.search(text)
        address = found[1] if found else None


def serialise_stock(ids: Sequence[str]) -> float:
    """Serialise datasets with ckanext-dcat's own profile; return the seconds."""
    import ckantoolkit as tk
    from ckanext.dcat.processors import RDFSerializer

    show = tk.get_action("package_show")
    shown = [show({"ignore_auth": True}, {"id": one}) for one in ids]
    serializer = RDFSerializer(profiles=["euro_dcat_ap_3"])
    started = time.perf_counter()
    serializer.serialize_catalog({}, shown, _format="turtle")
    return time.perf_counter() - started


def time_writes(package_id: str, times: int) -> tuple[float, float]:
    """Median seconds of an edit, with its fragment and without."""
    import ckantoolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(times * 2):
        with_fragment = bool(turn % 2)
        path = "ckanext.odlocale.datagouv.hooks.refresh"
        stop = mock.patch(path) if not with_fragment else mock.MagicMock()
        with stop:
            started = time.perf_counter()
            tk.get_action("package_patch")(
                {"user": user, "ignore_auth": True},
                {"id": package_id, "title": f"Budget {turn}"},
            )
            taken[with_fragment].append(time.perf_counter() - started)
    return statistics.median(taken[True]), statistics.median(taken[False])


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the catalogue, read it, print the figures, judge them."""
    parser = argparse.ArgumentParser(description="The whole catalogue.")
    parser.add_argument("--datasets", type=int, default=20_000)
    parser.add_argument("--stock", type=int, default=1_000, help="serialised by it")
    parser.add_argument("--writes", type=int, default=25)
    options = parser.parse_args(arguments)
    # Before CKAN, whose own folder of tests comes first once it is loaded.
    sys.path.insert(0, str(ROOT))
    from tests import portal_rows

    # isort: split
    import psutil

    from benchmarks import feed_rows
    from benchmarks.territory_apply import start_portal, stop_portal

    start_portal()
    try:
        from ckan.tests.helpers import _get_test_app

        client = _get_test_app().flask_app.test_client()
        territory = portal_rows.write_territory(("62",), limit=100)
        feed_rows.draw_contours()
        ids = feed_rows.write_budgets(territory.communes[:100], options.datasets)
        count, seconds = feed_rows.copy_fragments(ids)
        print(f"{count} fragments written in {seconds:.0f} s"
              f" ({seconds / count * 1000:.1f} ms each)")  # fmt: skip
        process = psutil.Process()
        ours: list[float] = []
        stock: list[float] = []
        seen, memory = 0, []
        for number, (taken, datasets) in enumerate(crawl(client)):
            ours.append(taken)
            seen += datasets
            memory.append(process.memory_info().rss / 2**20)
            if len(stock) * PAGE < options.stock and number % 10 == 0:
                start = number * PAGE
                stock.append(serialise_stock(ids[start : start + PAGE]))
                # What the peer holds is not ours to answer for.
                memory[-1] = process.memory_info().rss / 2**20
        with_fragment, without = time_writes(ids[0], options.writes)
        grown = memory[-1] - max(memory[:10]) if len(memory) > 10 else 0.0
    finally:
        stop_portal()
    each, peer = sum(ours) / seen, sum(stock) / (len(stock) * PAGE)
    ratio = peer / each
    middle = statistics.median(ours) * 1000
    lines = (
        f"{seen} datasets in {len(ours)} pages: {sum(ours):.1f} s,"
        f" {each * 1000:.3f} ms each, median page {middle:.0f} ms",
        f"stock ckanext-dcat, {len(stock) * PAGE} datasets: {peer * 1000:.2f} ms each:"
        f" ours is {ratio:.0f} times faster (at least {LIMIT})",
        f"memory: {memory[0]:.0f} MB at the first page, {memory[-1]:.0f} MB at the"
        f" last ({grown:+.0f} MB since the tenth, {GROWTH_MB} at most)",
        f"an edit: {with_fragment * 1000:.0f} ms with its fragment,"
        f" {without * 1000:.0f} ms without:"
        f" {(with_fragment - without) * 1000:.1f} ms added",
    )
    print("\n".join(lines))
    whole = seen == options.datasets
    if not whole:
        print(f"{options.datasets} datasets were written, {seen} were read")
    return 0 if whole and ratio >= LIMIT and grown <= GROWTH_MB else 1


if __name__ == "__main__":
    raise SystemExit(main())
