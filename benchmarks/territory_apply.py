"""Time to set up a territory, against a loop of CKAN's organization_create.

    python benchmarks/territory_apply.py [--loop NUMBER]

Both run in one process, on the same real PostgreSQL, Valkey and Solr, with the
activity plugin and the organisation schema loaded. The loop creates organisations
with the same fields and a parent, NUMBER of them (60 by default): its time grows
with their number and nothing else, so a figure for each is enough. What ours creates
is compared with what it should be before any figure is printed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

# Morbihan, then as many départements as make 2,000 communes.
SMALL, LARGE = ("56",), ("50", "29", "22", "14", "35", "53")
ROOT = Path(__file__).resolve().parent.parent


def start_portal() -> None:
    """Start the tests' servers, and CKAN on an empty database of theirs."""
    from ckanext.odlocale.portal import testing

    home = testing.test_home()
    memory = testing.start_servers(home)
    storage = home.root / "test-files"
    storage.mkdir(parents=True, exist_ok=True)
    testing.point_to(memory)
    os.environ["CKAN_STORAGE_PATH"] = str(storage)
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    from ckanext.odlocale.portal.prepare import upgrade_database

    make_app(load_config(str(ROOT / "test.ini")))
    upgrade_database()


def stop_portal() -> None:
    """Stop the servers, unless somebody keeps them for the next run."""
    from ckanext.odlocale.portal import stack, testing

    if not os.environ.get("ODLOCALE_TEST_KEEP"):
        stack.down(testing.test_home())


def time_apply(user: str, departements: Iterable[str]) -> tuple[float, int, int]:
    """Apply départements; return seconds, organisations and communes created."""
    import ckantoolkit as tk

    data = {"departement": list(departements)}
    start = time.perf_counter()
    made = tk.get_action("odlocale_territory_apply")({"user": user}, data)
    seconds = time.perf_counter() - start
    again = tk.get_action("odlocale_territory_plan")({"user": user}, data)
    assert again["counts"]["create"] == again["counts"]["update"] == 0, again["counts"]
    communes = [
        step
        for step in made["steps"]
        if step["verdict"] == "create" and step["kind"] == "commune"
    ]
    return seconds, made["counts"]["create"], len(communes)


def time_loop(user: str, number: int) -> float:
    """Create organisations one by one; return seconds for each."""
    import ckantoolkit as tk

    from ckanext.odlocale.territory.plan import register_fields
    from ckanext.odlocale.territory.register import Register

    # Communes of elsewhere, so that neither identity nor name is taken.
    communes = [c for c in Register.load().departement("62") if c.kind == "commune"]
    parent = tk.get_action("organization_create")(
        {"user": user}, {"name": "boucle", "title": "Boucle"}
    )
    start = time.perf_counter()
    for commune in communes[:number]:
        fields: dict[str, Any] = {
            "name": f"boucle-{commune.insee}",
            "title": commune.title,
            "groups": [{"name": parent["name"]}],
            **register_fields(commune),
        }
        tk.get_action("organization_create")({"user": user}, fields)
    return (time.perf_counter() - start) / number


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both and print the figures."""
    parser = argparse.ArgumentParser(description="Time to set up a territory.")
    parser.add_argument("--loop", type=int, default=60, metavar="NUMBER")
    options = parser.parse_args(arguments)
    start_portal()
    import ckantoolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    # The loop goes first, on an empty portal: the more organisations there are, the
    # slower it is.
    each = time_loop(user, options.loop)
    results = [time_apply(user, departements) for departements in (SMALL, LARGE)]
    print(f"organization_create, one by one: {each * 1000:.1f} ms each")
    for seconds, created, communes in results:
        print(
            f"apply, {communes} communes ({created} organizations): {seconds:.2f} s, "
            f"{seconds / created * 1000:.2f} ms each, "
            f"{each * created / seconds:.0f} times faster than the loop"
        )
    stop_portal()


if __name__ == "__main__":
    main()
