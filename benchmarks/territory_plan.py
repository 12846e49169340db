"""Time and memory to plan the whole of France, and how both grow.

    python benchmarks/territory_plan.py [--limit SECONDS] [--memory MEGABYTES]

No server: the plan is a pure function, and its time is the processor's. It is asked
of one ATD for each département and one for each région, for 3,800 communes then for
all: on an empty portal, on one that matches the register, and on one where every
commune was made by hand. Beside each, the plain loop that reads the same communes,
twice: what a plan cannot do without.
Each size runs in a process of its own, whose peak memory is told, register included.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

# Bretagne and its neighbours; then everybody.
SOME = ("22", "29", "35", "56", "44", "50", "53", "49", "14", "61", "72", "85")


@dataclass(frozen=True)
class Figures:
    """What one size costs."""

    communes: int
    loop: float
    seconds: dict[str, float]
    megabytes: float


def measure(codes: Sequence[str]) -> Figures:
    """Plan some départements three times over."""
    from ckanext.odlocale.territory.definition import Definition, Part
    from ckanext.odlocale.territory.identifiers import organization_name
    from ckanext.odlocale.territory.known import (
        OWNED_FIELDS,
        Organisation,
        register_fields,
    )
    from ckanext.odlocale.territory.perimeters import build_perimeter
    from ckanext.odlocale.territory.plan import Coverage, plan
    from ckanext.odlocale.territory.register import Register
    from ckanext.odlocale.territory.steps import Plan

    register = Register.load()
    wanted = [code for code in codes or register.divisions if register.head(code)]
    regions = sorted({register.divisions[code].region for code in wanted})
    parts = {}
    for code in wanted:
        head = register.head(code)
        assert head is not None
        parts.setdefault(head, []).append(Part("departement", code))
    for code in regions if not codes else ():
        region = register.region(code)
        if region is not None:
            parts.setdefault(region, []).append(Part("region", code))
    coverages = [
        Coverage(
            one.siren,
            one.title,
            build_perimeter(
                register, Definition(tuple(chosen)), one.title, atd_siren=one.siren
            ),
        )
        for one, chosen in parts.items()
    ]

    def matching(made: Plan) -> list[Organisation]:
        return [
            Organisation(
                id=f"id-{step.siren}",
                name=organization_name(step.collectivity),
                title=step.title,
                sirens=(str(step.siren),),
                linked_siren=step.siren,
                linked_insee=step.insee,
                parents=step.parents,
                covered_by=step.covered_by or frozenset(),
                recorded={
                    **dict.fromkeys(OWNED_FIELDS),
                    **register_fields(step.collectivity),
                    "official_name": step.collectivity.name,
                    "cog_vintage": made.vintage,
                },
            )
            for step in made.steps
            if step.collectivity is not None
        ]

    def by_hand(made: Plan) -> list[Organisation]:
        return [
            Organisation(
                id=f"hand-{step.siren}",
                name=f"mairie-{step.insee}",
                title=f"Mairie de {step.title}",
                insees=(str(step.insee),),
            )
            for step in made.steps
            if step.kind == "commune" and step.insee
        ]

    seconds = {}

    def timed(name: str, known: Sequence[Organisation]) -> Plan:
        start = time.process_time()
        made = plan(register, coverages, known)
        seconds[name] = time.process_time() - start
        return made

    made = timed("empty portal", ())
    assert not made.chosen("adopt", "update", "doubtful")
    same = timed("nothing to change", matching(made))
    assert same.is_empty, same.counts
    adopted = timed("all made by hand", by_hand(made))
    communes = {m.siren for c in coverages for m in c.perimeter.members if m.insee}
    assert adopted.counts["adopt"] == len(communes), adopted.counts
    # The loop: each commune, and what its organisation would be, read and compared.
    start = time.process_time()
    known = {org.linked_siren: org for org in matching(made)}
    different = [
        siren
        for siren in communes
        if (one := register.by_siren(siren)) is not None
        and known[siren].name != organization_name(one)
    ]
    loop = time.process_time() - start
    assert not different
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(len(communes), loop, seconds, peak)


def apart(codes: Sequence[str]) -> Figures:
    """Measure in a process of its own, so that memory is this size's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (codes,))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures; end with status 1 where a bound is passed."""
    parser = argparse.ArgumentParser(description="Time to plan the whole of France.")
    parser.add_argument("--limit", type=float, default=2.0, metavar="SECONDS")
    parser.add_argument("--memory", type=float, default=500.0, metavar="MEGABYTES")
    options = parser.parse_args(arguments)
    small, large = apart(SOME), apart(())
    growth = large.communes / small.communes
    for found in (small, large):
        print(f"{found.communes} communes: {found.megabytes:.0f} MB at most")
        print(f"  plain loop over them: {found.loop:.2f} s")
        for name, seconds in found.seconds.items():
            print(f"  plan, {name}: {seconds:.2f} s")
    print(f"{growth:.1f} times as many communes:")
    for name, seconds in large.seconds.items():
        print(f"  plan, {name}: {seconds / small.seconds[name]:.1f} times the time")
    print(f"  plain loop: {large.loop / small.loop:.1f} times the time")
    # The third is no portal's: it is there to show what the worst costs.
    slowest = max(list(large.seconds.values())[:2])
    if slowest > options.limit or large.megabytes > options.memory:
        sys.exit(f"Beyond {options.limit} s or {options.memory:.0f} MB")


if __name__ == "__main__":
    main()
