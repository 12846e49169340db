"""Time of the observatory's pages for an ATD of 50 communes and for one of 1,500.

    python benchmarks/observatory_page.py [--rounds NUMBER]

Both ATDs are on one portal, with real servers. Each round asks for the same page of
each in turn, so that what else the machine does weighs on both. A third of the communes
have published. Beside them, the peer: the portal's list of organisations, in the same
rounds. Requests enter CKAN's WSGI application as a server would send them.

Exit status: 1 when ``/observatoire`` takes more than 1.3 times its time on the small
one, or sends more statements to PostgreSQL.
"""

from __future__ import annotations

import argparse
import datetime
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from territory_apply import start_portal, stop_portal

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1.3
SIZES = {"small": (("90",), 50), "large": (("62", "80"), 1_500)}
PAGES = {
    "observatory": "/observatoire?atd={}",
    "matrix": "/observatoire/matrice?atd={}",
    "map": "/observatoire/carte.json?atd={}",
    "organisations (peer)": "/organization/",
}


def application() -> Any:
    """Start the servers of tests and return CKAN's application."""
    start_portal()
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    return make_app(load_config(str(ROOT / "test.ini")))


def fill(codes: Sequence[str], communes: int) -> str:
    """Write an ATD and its communes, a third of which publish; return its SIREN."""
    sys.path.insert(0, str(ROOT))
    import sqlalchemy as sa
    from ckan import model

    from ckanext.odlocale.territory.tables import AtdPerimeter, Collectivity
    from tests import portal_rows

    territory = portal_rows.write_territory(codes, limit=communes)
    head = Collectivity.by_org(territory.head)
    assert head is not None
    siren = str(head.siren)
    model.Session.add(AtdPerimeter(atd_siren=siren, name=siren, definition={}))
    model.Session.flush()
    members = sa.text(
        "INSERT INTO odlocale_perimeter_member (atd_siren, siren) SELECT :head, siren"
        " FROM odlocale_collectivity WHERE departement = ANY(:codes)"
    )
    model.Session.execute(members, {"head": siren, "codes": list(codes)})
    deposits = sa.text(
        "INSERT INTO odlocale_deposit (id, org_id, siren, schema, key, state,"
        " published_at, created_at, updated_at)"
        " SELECT gen_random_uuid()::text, org_id, siren, s, '2025', 'published', day,"
        " day, day FROM (SELECT *, now() - random() * interval '3 years' AS day,"
        " row_number() OVER (ORDER BY siren) AS n FROM odlocale_collectivity"
        " WHERE departement = ANY(:codes) AND kind = 'commune') c,"
        " unnest(ARRAY['budget', 'deliberations', 'subventions']) AS s WHERE n % 3 = 0"
    )
    model.Session.execute(deposits, {"codes": list(codes)})
    model.Session.commit()
    return siren


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask in turn, print the figures, judge them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args(arguments).rounds
    app = application()
    try:
        with app._wsgi_app.test_request_context():
            sirens = {name: fill(*size) for name, size in SIZES.items()}
            from ckanext.odlocale.observatory import recording

            begun = time.perf_counter()
            written = recording.record(datetime.date.today(), again=True)
            print(f"history: {written} rows in {time.perf_counter() - begun:.1f} s")
        return measure(app._wsgi_app.test_client(), sirens, rounds)
    finally:
        stop_portal()


def measure(client: Any, sirens: dict[str, str], rounds: int) -> int:
    """Time each page of each ATD, and count what it sends to PostgreSQL."""
    import sqlalchemy as sa
    from ckan import model

    sent: list[int] = [0]
    sa.event.listen(
        model.meta.engine,
        "before_cursor_execute",
        lambda *_: sent.__setitem__(0, sent[0] + 1),
    )
    fine = True
    for label, address in PAGES.items():
        taken: dict[str, list[float]] = {name: [] for name in sirens}
        statements: dict[str, int] = {}
        for _ in range(rounds + 2):
            for name, siren in sirens.items():
                sent[0] = 0
                begun = time.perf_counter()
                answer = client.get(address.format(siren))
                taken[name].append(time.perf_counter() - begun)
                statements[name] = sent[0]
                assert answer.status_code == 200, (address, answer.status_code)
        # The first two fill what each process keeps.
        medians = {name: statistics.median(times[2:]) for name, times in taken.items()}
        ratio = medians["large"] / medians["small"]
        print(
            f"{label}: {medians['small'] * 1000:.0f} ms, then"
            f" {medians['large'] * 1000:.0f} ms (× {ratio:.2f}),"
            f" {statements['small']} and {statements['large']} statements"
        )
        if label == "observatory":
            same = statements["small"] == statements["large"]
            fine = fine and ratio <= LIMIT and same
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
