"""Choosing what an ATD covers."""

from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.odlocale.territory.perimeters import (
    Definition,
    EmptyPerimeter,
    Other,
    Part,
    Perimeter,
    UnknownCode,
    WrongDefinition,
    build_perimeter,
    departements_perimeter,
    settle,
)
from ckanext.odlocale.territory.register import Register

from .builders import perimeter_of

REGISTER = Register.load()
MORBIHAN = "225600014"
BRETAGNE = "233500016"
AURAY = "200043123"  # CC Auray Quiberon Terre Atlantique
REDON = "243500741"  # CA Redon, on three départements of two régions
SYNDICAT = Other("253514491", "SMICTOM des Forges", "35", "53")


def built(
    include: list[Part], exclude: list[Part] | None = None, **options: str
) -> Perimeter:
    definition = Definition(tuple(include), tuple(exclude or ()))
    return build_perimeter(REGISTER, definition, "test", **options)


def communes(perimeter: Perimeter) -> set[str | None]:
    return {one.insee for one in perimeter.members if one.kind == "commune"}


def sirens(perimeter: Perimeter) -> set[str]:
    return {one.siren for one in perimeter.members}


def kinds(perimeter: Perimeter) -> Counter[str]:
    return Counter(one.kind for one in perimeter.members)


@pytest.mark.parametrize(
    ("written", "label"),
    [
        (["56"], "56"),
        (["1"], "01"),
        (["2a"], "2A"),
        ([" 974 "], "974"),
        (["56", "29"], "29, 56"),
        (["56", "56"], "56"),
    ],
)
def test_codes_are_understood_as_people_write_them(
    written: list[str], label: str
) -> None:
    assert departements_perimeter(REGISTER, written).label == label


@pytest.mark.parametrize("code", ["99", "20", "Morbihan", "56046", "000"])
def test_an_unknown_departement_is_named(code: str) -> None:
    with pytest.raises(UnknownCode) as caught:
        departements_perimeter(REGISTER, [code])
    assert (caught.value.kind, caught.value.code) == ("departement", code.upper())


def test_an_empty_perimeter_is_refused() -> None:
    with pytest.raises(EmptyPerimeter):
        departements_perimeter(REGISTER, [])


def test_two_departements_share_their_common_grouping() -> None:
    members = perimeter_of("56", "44").members
    assert [member.siren for member in members].count("244400610") == 1


def test_alsace_has_one_head_for_two_departements() -> None:
    heads = [m for m in perimeter_of("67", "68").members if m.kind == "departement"]
    assert [head.siren for head in heads] == ["200094332"]


def test_what_has_no_siren_is_reported() -> None:
    perimeter = perimeter_of("988")
    assert perimeter.members == ()
    assert len(perimeter.unidentified) == 33
    assert perimeter.departements == ("988",)


def test_a_region_holds_itself_its_departements_their_groupings_and_communes() -> None:
    perimeter = built([Part("region", "53")])
    assert perimeter.members[0].siren == BRETAGNE
    assert kinds(perimeter) == {
        "region": 1,
        "departement": 4,
        "epci": 61,
        "commune": 1202,
    }
    assert perimeter.departements == ("22", "29", "35", "56")


def test_a_region_is_its_departements_and_itself() -> None:
    whole = built([Part("region", "53")])
    pieces = perimeter_of("22", "29", "35", "56")
    assert sirens(whole) == sirens(pieces) | {BRETAGNE}


def test_a_grouping_brings_its_communes_wherever_they_are() -> None:
    perimeter = built([Part("epci", REDON)])
    members = REGISTER.members(REDON)
    assert communes(perimeter) == {one.insee for one in members}
    assert {one.departement for one in members} == {"35", "44", "56"}
    assert kinds(perimeter)["departement"] == 0
    assert perimeter.departements == ()
    assert perimeter.partly == ()


def test_a_siren_is_that_collectivity_alone() -> None:
    assert sirens(built([Part("siren", AURAY)])) == {AURAY}
    assert sirens(built([Part("siren", MORBIHAN)])) == {MORBIHAN}
    assert communes(built([Part("siren", "215600461")])) == {"56046"}


def test_a_departement_less_a_grouping_loses_its_communes_with_it() -> None:
    perimeter = built([Part("departement", "56")], [Part("epci", AURAY)])
    assert AURAY not in sirens(perimeter)
    assert len(communes(perimeter)) == 249 - len(REGISTER.members(AURAY))
    assert MORBIHAN in sirens(perimeter)
    assert perimeter.departements == ()


def test_a_departement_less_a_commune_keeps_its_grouping_and_says_it_is_partial() -> (
    None
):
    perimeter = built([Part("departement", "56")], [Part("commune", "56046")])
    assert AURAY in sirens(perimeter)
    partly = {one.epci.siren: one for one in perimeter.partly}
    assert partly[AURAY].missing == ("56046",)
    assert partly[AURAY].covered == len(REGISTER.members(AURAY)) - 1


def test_the_groupings_that_spill_over_a_departement_are_partly_covered() -> None:
    perimeter = perimeter_of("56")
    spilling = {
        one.siren
        for one in perimeter.members
        if one.kind == "epci"
        and {commune.departement for commune in REGISTER.members(one.siren)} != {"56"}
    }
    assert {one.epci.siren for one in perimeter.partly} == spilling
    assert REDON in spilling


def test_a_region_less_a_departement_keeps_the_groupings_they_share() -> None:
    perimeter = built([Part("region", "53")], [Part("departement", "35")])
    found = sirens(perimeter)
    assert "223500018" not in found
    assert BRETAGNE in found
    assert REDON in found  # communes in Morbihan are still covered
    assert "243500139" not in found  # Rennes Métropole: all of them are gone
    assert perimeter.departements == ("22", "29", "56")


def test_corsica_less_its_south_keeps_its_collectivity() -> None:
    perimeter = built([Part("region", "94")], [Part("departement", "2A")])
    assert "200076958" in sirens(perimeter)
    assert perimeter.departements == ("2B",)


def test_alsace_less_haut_rhin_keeps_its_collectivity() -> None:
    both = [Part("departement", "67"), Part("departement", "68")]
    assert "200094332" in sirens(built(both, [Part("departement", "68")]))


def test_an_exclusion_by_siren_takes_that_one_away_and_no_other() -> None:
    perimeter = built([Part("departement", "56")], [Part("siren", MORBIHAN)])
    assert MORBIHAN not in sirens(perimeter)
    assert len(communes(perimeter)) == 249


def test_all_excluded_is_an_empty_perimeter() -> None:
    with pytest.raises(EmptyPerimeter):
        built([Part("commune", "56046")], [Part("departement", "56")])
    with pytest.raises(EmptyPerimeter):
        built([Part("departement", "988")], [Part("departement", "988")])


def test_the_atd_is_always_a_member() -> None:
    communes_only = [Part("commune", "56046")]
    assert MORBIHAN in sirens(built(communes_only, atd_siren=MORBIHAN))
    excluded = built([Part("departement", "56")], communes_only, atd_siren=MORBIHAN)
    assert MORBIHAN in sirens(excluded)


def test_an_atd_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownCode) as caught:
        built([Part("commune", "56046")], atd_siren=SYNDICAT.siren)
    assert caught.value.faults[0].field == "atd_siren"


def test_a_syndicat_is_added_by_hand_and_may_be_the_atd() -> None:
    definition = Definition((Part("commune", "35288"),), (), (SYNDICAT,))
    perimeter = build_perimeter(
        REGISTER, definition, "Forges", atd_siren=SYNDICAT.siren
    )
    syndicat = perimeter.members[0]
    assert (syndicat.kind, syndicat.title) == ("syndicat", "SMICTOM des Forges")
    assert (syndicat.departement, syndicat.region) == ("35", "53")
    assert syndicat.code == SYNDICAT.siren


def test_a_syndicat_that_the_register_has_is_refused() -> None:
    definition = Definition((), (), (Other(AURAY, "Auray"),))
    with pytest.raises(WrongDefinition) as caught:
        build_perimeter(REGISTER, definition, "x")
    assert [(one.field, one.code) for one in caught.value.faults] == [
        ("others.0.siren", "in_register")
    ]


def test_every_unknown_code_is_told_with_its_place() -> None:
    include = [
        Part("departement", "99"),
        Part("commune", "56046"),
        Part("commune", "56950"),
        Part("region", "00"),
        Part("epci", MORBIHAN),
    ]
    with pytest.raises(UnknownCode) as caught:
        built(include, [Part("siren", SYNDICAT.siren)])
    assert [(one.field, one.params["kind"]) for one in caught.value.faults] == [
        ("include.0.code", "departement"),
        ("include.2.code", "commune"),
        ("include.3.code", "region"),
        ("include.4.code", "epci"),
        ("exclude.0.code", "siren"),
    ]


def test_a_commune_that_merged_is_told_and_what_took_it_in_is_not_covered() -> None:
    perimeter = built([Part("commune", "35112"), Part("commune", "35288")])
    assert communes(perimeter) == {"35288"}
    (gone,) = perimeter.gone
    assert gone.collectivity.insee == "35062"
    assert gone.former is not None
    assert gone.former.code == "35112"


def test_a_perimeter_whose_only_commune_merged_is_told_rather_than_refused() -> None:
    perimeter = built([Part("commune", "35112")])
    assert perimeter.members == ()
    assert len(perimeter.gone) == 1


def test_a_commune_without_siren_is_told_apart() -> None:
    perimeter = built([Part("commune", "97701")])
    assert perimeter.members == ()
    assert [one.name for one in perimeter.unidentified] == ["Saint-Barthélemy"]


def test_a_definition_is_settled_by_insee_code_before_it_is_kept() -> None:
    parts = (Part("siren", "215600461"), Part("siren", AURAY), Part("commune", "56046"))
    settled = settle(REGISTER, Definition(parts, (Part("siren", "215600073"),)))
    assert settled.include == (Part("commune", "56046"), Part("siren", AURAY))
    assert settled.exclude == (Part("commune", "56007"),)


def test_the_whole_of_france_is_built_in_seconds() -> None:
    regions = sorted({one.region for one in REGISTER.divisions.values()})
    include = [Part("region", code) for code in regions]
    started = time.perf_counter()
    perimeter = built(include)
    # 0.5 s on an ordinary machine; a loop within a loop would take minutes.
    assert time.perf_counter() - started < 10
    assert kinds(perimeter) == {
        "region": 17,
        "departement": 95,
        "epci": 1255,
        "commune": 34875,
    }
    assert len(perimeter.unidentified) == 94
    assert perimeter.partly == ()
    assert perimeter.departements == tuple(sorted(REGISTER.divisions))


# A corner of France where everything overlaps: three régions, groupings that span
# départements, a head for two départements, Paris that is its own.
_PARTS = st.one_of(
    st.sampled_from(["22", "29", "35", "44", "56", "67", "68", "75", "2A", "988"]).map(
        lambda code: Part("departement", code)
    ),
    st.sampled_from(["53", "52", "94", "06"]).map(lambda code: Part("region", code)),
    st.sampled_from([AURAY, REDON, "244400610", "200054781"]).map(
        lambda code: Part("epci", code)
    ),
    st.sampled_from(["56046", "56007", "35288", "75056", "97701", "67482"]).map(
        lambda code: Part("commune", code)
    ),
    st.sampled_from([AURAY, MORBIHAN, "215600461"]).map(
        lambda code: Part("siren", code)
    ),
)
_LISTS = st.lists(_PARTS, min_size=1, max_size=4)


def communes_of(parts: list[Part]) -> set[str | None]:
    """What parts hold, each taken alone."""
    return set().union(*(communes(built([part])) for part in parts))


@settings(max_examples=60, deadline=None)
@given(_LISTS, st.lists(_PARTS, max_size=3))
def test_inclusions_and_exclusions_are_sets_of_communes(
    include: list[Part], exclude: list[Part]
) -> None:
    expected = communes_of(include) - communes_of(exclude)
    try:
        perimeter = built(include, exclude)
    except EmptyPerimeter:
        assert not expected
        return
    assert communes(perimeter) == expected
    codes = [one.siren for one in perimeter.members]
    assert len(codes) == len(set(codes))
    ranks = [
        "region departement syndicat epci commune".split().index(one.kind)
        for one in perimeter.members
    ]
    assert all(above <= below for above, below in pairwise(ranks))


@settings(max_examples=40, deadline=None)
@given(_LISTS, _LISTS)
def test_the_order_of_parts_and_their_repetition_change_nothing(
    include: list[Part], exclude: list[Part]
) -> None:
    try:
        perimeter = built(include, exclude)
    except EmptyPerimeter:
        with pytest.raises(EmptyPerimeter):
            built(include[::-1] * 2, exclude[::-1] * 2)
        return
    assert built(include[::-1] * 2, exclude[::-1] * 2) == perimeter


@settings(max_examples=40, deadline=None)
@given(_LISTS, _LISTS)
def test_a_union_covers_what_both_cover(one: list[Part], other: list[Part]) -> None:
    both = built(one + other)
    assert sirens(both) == sirens(built(one)) | sirens(built(other))


@settings(max_examples=40, deadline=None)
@given(_LISTS, _LISTS)
def test_nothing_is_above_communes_that_are_not_covered(
    include: list[Part], exclude: list[Part]
) -> None:
    try:
        perimeter = built(include, exclude)
    except EmptyPerimeter:
        return
    for partly in perimeter.partly:
        members = {one.insee for one in REGISTER.members(partly.epci.siren)}
        assert partly.covered
        assert set(partly.missing) == members - communes(perimeter)
    for code in perimeter.departements:
        inside = {one.insee for one in REGISTER.communes(code)}
        assert inside <= communes(perimeter)
