"""Time of a deposit, and of its publication, against the engine's and stock CKAN's.

    python benchmarks/deposit.py [--rows NUMBER] [--rounds NUMBER]

A whole portal is started in a folder of its own, as ``make portal`` starts one. In
each round, in turn: the engine alone reads, recognises and checks a budget of that many
rows, in a process that does nothing else; the portal receives the same file over HTTP,
keeps it, checks it and answers; its safe corrections are accepted; it is published
(files, table, dataset, search). Beside it, CKAN's own actions receive the same file as
a resource of a new dataset, and check nothing.

Exit status: 1 when a deposit takes over twice the engine's time, or its publication
over 1.5 seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CRACH = "56046"
SIRET = "21560046600010"
LIMIT_RATIO = 2.0
LIMIT_SECONDS = 1.5

HEADERS = (
    "BGT_NATDEC,BGT_ANNEE,BGT_SIRET,BGT_NOM,BGT_CONTNAT,BGT_CONTNAT_LABEL,BGT_NATURE,"
    "BGT_NATURE_LABEL,BGT_FONCTION,BGT_FONCTION_LABEL,BGT_OPERATION,BGT_SECTION,"
    "BGT_OPBUDG,BGT_CODRD,BGT_MTREAL,BGT_MTBUDGPREC,BGT_MTRARPREC,BGT_MTPROPNOUV,"
    "BGT_MTPREV,BGT_CREDOUV,BGT_MTRAR3112,BGT_ARTSPE"
)


def budget(rows: int, year: int) -> bytes:
    """A budget as accounting software exports it: a capital too many in each row."""
    lines = (
        f"Budget primitif,{year},{SIRET},Commune,011,Charges à caractère général,"
        f"{60_000 + number},Fournitures,,,,fonctionnement,réel,dépense,,100.00,,"
        f"{number}.00,{number}.00,{number}.00,,non spécialisé"
        for number in range(rows)
    )
    return "\n".join([HEADERS, *lines, ""]).encode()


def time_engine(path: str) -> None:
    """Check one file, once warm, and print the seconds and the memory it took."""
    import resource

    from ckanext.odlocale.publishing.analysis import Choice, analyse
    from ckanext.odlocale.scdl.catalogue import load_catalogue
    from ckanext.odlocale.scdl.owners import Owner

    content = Path(path).read_bytes()
    owner = Owner(SIRET[:9], CRACH)
    # A server is warm: its models are read, its patterns compiled.
    small = b"\n".join(content.splitlines()[:20])
    analyse(small, "budget.csv", Choice(), load_catalogue(), owner)
    started = time.perf_counter()
    found = analyse(Path(path), "budget.csv", Choice(), load_catalogue(), owner)
    seconds = time.perf_counter() - started
    assert found.report is not None
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": memory}))


def run_engine(path: Path) -> dict[str, float]:
    """Time the engine in a process of its own."""
    command = [sys.executable, __file__, "--engine", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def timed(call: Any, *arguments: Any, **options: Any) -> tuple[float, Any]:
    """Return the seconds of a call, and its result."""
    started = time.perf_counter()
    result = call(*arguments, **options)
    return time.perf_counter() - started, result


def one_round(api: Any, org_id: str, path: Path, turn: int) -> dict[str, float]:
    """Time each way once, one after the other."""
    name = f"budget-{turn}.csv"

    def send() -> Any:
        with path.open("rb") as stream:
            return api.post(
                "odlocale_deposit_create",
                data={"org_id": org_id},
                files={"upload": (name, stream, "text/csv")},
            )

    def stock() -> None:
        made = api.post(
            "package_create",
            json={
                "name": f"stock-{os.getpid()}-{turn}",
                "title": "Budget",
                "owner_org": org_id,
            },
        )
        with path.open("rb") as stream:
            api.post(
                "resource_create",
                data={"package_id": made["id"], "name": name, "format": "CSV"},
                files={"upload": (name, stream, "text/csv")},
            )

    engine = run_engine(path)
    deposit, sent = timed(send)
    corrected, _ = timed(api.post, "odlocale_deposit_correct", json={"id": sent["id"]})
    publish, done = timed(api.post, "odlocale_deposit_publish", json={"id": sent["id"]})
    assert done["state"] == "published", done["state"]
    plain, _ = timed(stock)
    return {
        "engine": engine["seconds"],
        "memory": engine["megabytes"],
        "deposit": deposit,
        "correct": corrected,
        "publish": publish,
        "stock": plain,
    }


def measure(rows: int, rounds: int) -> bool:
    """Start a portal, time the rounds, print the figures; tell whether all hold."""
    from tests.running import Api, start

    with tempfile.TemporaryDirectory() as folder:
        portal = start(Path(folder) / "portal", "https://opendata.example.fr")
        try:
            api = Api(portal, "deposit")
            found: Any = api.post("organization_autocomplete", json={"q": "crach"})
            org_id = found[0]["id"]
            path = Path(folder) / "budget.csv"
            taken: dict[str, list[float]] = {}
            for turn in range(rounds + 1):
                path.write_bytes(budget(rows if turn else 50, 1900 + turn))
                figures = one_round(api, org_id, path, turn)
                # The first warms what is read once.
                for name, value in figures.items() if turn else ():
                    taken.setdefault(name, []).append(value)
        finally:
            program = Path(sys.executable).parent / "odlocale"
            environ = {**os.environ, "ODLOCALE_HOME": str(portal.home.root)}
            subprocess.run([str(program), "down"], env=environ, check=False)
    return tell(rows, {name: statistics.median(times) for name, times in taken.items()})


def tell(rows: int, medians: dict[str, float]) -> bool:
    """Print the figures; tell whether they hold."""
    for name in ("engine", "deposit", "correct", "publish", "stock"):
        seconds = medians[name]
        print(f"{name:8} {seconds * 1000:8.0f} ms  {rows / seconds:10,.0f} rows/s")
    print(f"the engine's process: {medians['memory']:.0f} MB at most")
    ratio = medians["deposit"] / medians["engine"]
    print(f"deposit / engine: {ratio:.2f} (under {LIMIT_RATIO})")
    print(f"publication: {medians['publish']:.2f} s (under {LIMIT_SECONDS} s)")
    whole = medians["deposit"] + medians["correct"] + medians["publish"]
    print(
        f"checked, corrected and published / stock CKAN: {whole / medians['stock']:.2f}"
    )
    return ratio < LIMIT_RATIO and medians["publish"] < LIMIT_SECONDS


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return the exit status."""
    parser = argparse.ArgumentParser(description="Time of a deposit.")
    parser.add_argument("--rows", type=int, default=10_000, metavar="NUMBER")
    parser.add_argument("--rounds", type=int, default=5, metavar="NUMBER")
    parser.add_argument("--engine", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.engine:
        time_engine(options.engine)
        return 0
    return 0 if measure(options.rows, options.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
