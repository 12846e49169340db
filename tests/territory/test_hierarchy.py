"""Who is put under whom, and what each may reach through it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.odlocale.territory.hierarchy import Coverage, Hierarchy, choose_parents
from ckanext.odlocale.territory.perimeters import Perimeter
from ckanext.odlocale.territory.plan import plan
from ckanext.odlocale.territory.register import Collectivity, Register

from .builders import coverage_of
from .portal_model import Portal

REGISTER = Register.load()
MORBIHAN, LOIRE_ATLANTIQUE, BRETAGNE = "225600014", "224400028", "233500016"
CAP_ATLANTIQUE, AURAY_QUIBERON = "244400610", "200043123"


def atd(*parts: str, of: str | None = None, but: tuple[str, ...] = ()) -> Coverage:
    return coverage_of(*parts, atd=of, but=but)


def hierarchy_of(*coverages: Coverage, **settled: str) -> Hierarchy:
    """The hierarchy of ATDs that are all applied."""
    present = {m.siren: m for c in coverages for m in c.perimeter.members}
    before = {siren[1:]: frozenset({parent}) for siren, parent in settled.items()}
    return choose_parents(REGISTER, coverages, present, before)


def departements(*codes: str, **settled: str) -> Hierarchy:
    found = [atd(f"departement:{code}") for code in codes]
    return hierarchy_of(*found, **settled)


def siren_of(insee: str) -> str:
    commune = REGISTER.commune(insee)
    assert commune is not None
    return commune.siren


CRACH = siren_of("56046")
# Férel is in Morbihan and in Cap Atlantique, whose seat is in Loire-Atlantique.
FEREL, LA_BAULE = siren_of("56058"), siren_of("44055")


def test_a_commune_is_under_its_grouping_and_that_under_the_departement() -> None:
    found = departements("56")
    assert found.parents[CRACH] == {AURAY_QUIBERON}
    assert found.parents[AURAY_QUIBERON] == {MORBIHAN}
    assert MORBIHAN not in found.parents


def test_a_grouping_seated_elsewhere_is_under_the_departement_of_the_perimeter() -> (
    None
):
    assert departements("56").parents[CAP_ATLANTIQUE] == {MORBIHAN}


def test_of_two_departements_a_grouping_goes_to_that_of_its_inhabitants() -> None:
    found = departements("44", "56")
    assert found.parents[CAP_ATLANTIQUE] == {LOIRE_ATLANTIQUE}


def test_nobody_gets_rights_over_another_departements_communes() -> None:
    found = departements("44", "56")
    assert found.parents[FEREL] == {MORBIHAN}
    assert found.parents[LA_BAULE] == {CAP_ATLANTIQUE}


def test_a_grouping_keeps_the_parent_it_has() -> None:
    found = departements("44", "56", s244400610=MORBIHAN)
    assert found.parents[CAP_ATLANTIQUE] == {MORBIHAN}
    assert found.parents[FEREL] == {CAP_ATLANTIQUE}
    assert found.parents[LA_BAULE] == {LOIRE_ATLANTIQUE}


def test_a_departement_of_a_region_is_under_it() -> None:
    found = hierarchy_of(atd("departement:56"), atd("region:53", of=BRETAGNE))
    assert found.parents[MORBIHAN] == {BRETAGNE}
    # Nobody is put under the région twice.
    assert found.parents[AURAY_QUIBERON] == {MORBIHAN}
    assert found.parents[CRACH] == {AURAY_QUIBERON}


def test_a_region_alone_leaves_its_departements_above_their_communes() -> None:
    found = hierarchy_of(atd("region:53", of=BRETAGNE))
    assert found.parents[MORBIHAN] == {BRETAGNE}
    assert found.parents[AURAY_QUIBERON] == {MORBIHAN}


def test_who_covers_some_communes_of_a_grouping_is_above_those_and_not_above_it() -> (
    None
):
    found = hierarchy_of(
        atd("departement:56"), atd("region:53", of=BRETAGNE, but=("commune:56046",))
    )
    # The région does not cover Crach: neither its EPCI nor its département is
    # below the région, and the other communes of both are, directly.
    assert found.parents[CRACH] == {AURAY_QUIBERON}
    assert found.above(CRACH) == {AURAY_QUIBERON, MORBIHAN}
    assert found.parents[siren_of("56007")] == {AURAY_QUIBERON, BRETAGNE}
    assert BRETAGNE not in found.above(MORBIHAN)
    assert found.parents["200042174"] == {MORBIHAN, BRETAGNE}


def test_a_grouping_that_is_an_atd_reaches_all_its_communes() -> None:
    found = hierarchy_of(
        atd("departement:56"),
        atd("departement:44"),
        atd(f"epci:{CAP_ATLANTIQUE}", of=CAP_ATLANTIQUE),
    )
    assert CAP_ATLANTIQUE not in found.parents
    assert found.parents[FEREL] == {CAP_ATLANTIQUE, MORBIHAN}
    assert found.parents[LA_BAULE] == {CAP_ATLANTIQUE, LOIRE_ATLANTIQUE}


def test_an_atd_covers_communes_beyond_its_own_grouping() -> None:
    both = (f"epci:{AURAY_QUIBERON}", "commune:56260")
    found = hierarchy_of(atd("departement:56"), atd(*both, of=AURAY_QUIBERON))
    vannes = siren_of("56260")
    assert found.parents[vannes] == {"200067932", AURAY_QUIBERON}
    assert found.parents[AURAY_QUIBERON] == {MORBIHAN}


def test_a_syndicat_is_above_those_it_covers_and_below_who_covers_it() -> None:
    siren = "255600010"
    one = Collectivity(siren, None, "syndicat", "Syndicat", None, None, "56", "53")
    morbihan = atd("departement:56").perimeter
    communes = tuple(REGISTER.members(AURAY_QUIBERON))[:3]
    found = hierarchy_of(
        Coverage(MORBIHAN, "56", Perimeter("56", (one, *morbihan.members))),
        Coverage(siren, "Syndicat", Perimeter("Syndicat", (one, *communes))),
    )
    assert found.parents[siren] == {MORBIHAN}
    assert found.parents[communes[0].siren] == {AURAY_QUIBERON, siren}


def test_an_island_in_no_grouping_is_directly_under_its_departement() -> None:
    assert departements("29").parents[siren_of("29155")] == {"222900011"}


def test_paris_is_not_put_below_who_covers_only_its_neighbours() -> None:
    found = departements("75", "92")
    assert siren_of("75056") not in found.parents
    assert siren_of("92012") in found.below(["229200506"])
    assert siren_of("75056") not in found.below(["229200506"])


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        pytest.param(["69"], {"commune under epci", "epci under departement"}, id="69"),
        pytest.param(
            ["2A", "2B"],
            {"commune under epci", "epci under region"},
            id="Corsica",
        ),
        pytest.param(["75"], {"commune under epci"}, id="Paris is under its métropole"),
        pytest.param(
            ["67", "68"],
            {"commune under epci", "epci under departement"},
            id="Alsace",
        ),
    ],
)
def test_the_shapes_of_a_territory(codes: list[str], expected: set[str]) -> None:
    head = REGISTER.head(codes[0])
    assert head is not None
    parts = [f"departement:{code}" for code in codes]
    shapes = Counter()
    for child, parents in hierarchy_of(atd(*parts, of=head.siren)).parents.items():
        for parent in parents:
            low, high = REGISTER.by_siren(child), REGISTER.by_siren(parent)
            assert low is not None
            assert high is not None
            shapes[f"{low.kind} under {high.kind}"] += 1
    assert expected <= shapes.keys()


def test_the_metropole_of_lyon_is_not_under_the_rhone() -> None:
    lyon = REGISTER.commune("69123")
    assert lyon is not None
    found = departements("69")
    assert found.parents[lyon.siren] == {lyon.epci_siren}
    assert lyon.epci_siren not in found.parents


def test_the_metropole_of_lyon_is_under_its_region() -> None:
    lyon = REGISTER.commune("69123")
    aura = REGISTER.region("84")
    assert lyon is not None
    assert aura is not None
    found = hierarchy_of(atd("departement:69"), atd("region:84", of=aura.siren))
    assert found.parents[str(lyon.epci_siren)] == {aura.siren}


# Morbihan and its neighbours: three régions, and groupings that span them.
_COMMUNES = [
    one
    for code in ("56", "44", "35")
    for one in REGISTER.communes(code)
    if one.epci_siren in ("244400610", "200043123", "243500741", "200096683")
]
_CODES = [f"commune:{one.insee}" for one in _COMMUNES]
_EPCI = sorted({f"epci:{one.epci_siren}" for one in _COMMUNES})
_ATDS = [MORBIHAN, LOIRE_ATLANTIQUE, BRETAGNE, "223500018", *(e[5:] for e in _EPCI)]


@st.composite
def perimeters(draw: st.DrawFn) -> dict[str, tuple[list[str], list[str]]]:
    """ATDs, and what each includes and leaves out."""
    chosen = draw(st.lists(st.sampled_from(_ATDS), unique=True, min_size=1))
    parts = st.lists(
        st.one_of(st.sampled_from(_CODES), st.sampled_from(_EPCI)),
        unique=True,
        min_size=1,
        max_size=12,
    )
    return {
        siren: (draw(parts), draw(st.lists(st.sampled_from(_CODES), max_size=4)))
        for siren in chosen
    }


def coverages_of(
    drawn: Mapping[str, tuple[list[str], list[str]]],
) -> list[Coverage]:
    found = []
    for siren, (include, exclude) in drawn.items():
        left = [one for one in include if one not in exclude] or include
        found.append(atd(*left, of=siren, but=tuple(exclude)))
    return found


def communes_of(coverage: Coverage) -> set[str]:
    return {m.siren for m in coverage.perimeter.members if m.kind == "commune"}


def check_reach(found: Hierarchy, coverages: list[Coverage]) -> None:
    communes = {s: m for c in coverages for m in c.perimeter.members for s in [m.siren]}
    own = {c.atd: communes_of(c) for c in coverages}
    for siren, parents in found.parents.items():
        above = found.above(siren)
        assert siren not in above, "no cycle"
        for parent in parents:
            others = {up for one in parents - {parent} for up in found.above(one)}
            assert parent not in others, "no parent that another leads to"
    for coverage in coverages:
        reached = {s for s in found.below([str(coverage.atd)]) if s in communes}
        reached = {s for s in reached if communes[s].kind == "commune"}
        assert reached <= own[coverage.atd], "no right outside the perimeter"
        assert own[coverage.atd] <= reached, "every commune of the perimeter"


@settings(max_examples=60, deadline=None)
@given(perimeters())
def test_each_atd_reaches_the_communes_of_its_perimeter_and_no_other(
    drawn: dict[str, tuple[list[str], list[str]]],
) -> None:
    coverages = coverages_of(drawn)
    check_reach(hierarchy_of(*coverages), coverages)


@settings(max_examples=25, deadline=None)
@given(perimeters(), st.permutations(range(8)))
def test_whatever_is_applied_in_whatever_order_a_second_plan_is_empty(
    drawn: dict[str, tuple[list[str], list[str]]], order: list[int]
) -> None:
    coverages = coverages_of(drawn)
    portal = Portal()
    registered: list[Coverage] = []
    for rank in (rank for rank in order if rank < len(coverages)):
        registered.append(coverages[rank])
        planned = [Coverage(c.atd, c.name, c.perimeter, False) for c in registered]
        planned[-1] = coverages[rank]
        portal.apply(plan(REGISTER, planned, portal.organisations()))
    portal.apply(plan(REGISTER, registered, portal.organisations()))
    assert plan(REGISTER, registered, portal.organisations()).is_empty
    check_reach(portal.hierarchy(), registered)


@settings(max_examples=20, deadline=None)
@given(perimeters(), perimeters())
def test_perimeters_that_change_leave_no_right_behind(
    before: dict[str, tuple[list[str], list[str]]],
    after: dict[str, tuple[list[str], list[str]]],
) -> None:
    portal = Portal()
    portal.apply(plan(REGISTER, coverages_of(before), portal.organisations()))
    # An ATD that has no perimeter any more is planned once, with an empty one.
    gone = [Coverage(a, a, Perimeter(a, ())) for a in before if a not in after]
    coverages = [*coverages_of(after), *gone]
    portal.apply(plan(REGISTER, coverages, portal.organisations()))
    assert plan(REGISTER, coverages, portal.organisations()).is_empty
    found = portal.hierarchy()
    check_reach(found, coverages_of(after))
    for one in gone:
        assert found.below([str(one.atd)]) <= {
            m.siren for m in REGISTER.members(str(one.atd))
        }


@pytest.mark.parametrize("code", sorted(REGISTER.divisions))
def test_no_collectivity_is_above_itself(code: str) -> None:
    found = departements(code)
    assert all(siren not in found.above(siren) for siren in found.parents)
