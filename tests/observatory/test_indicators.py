"""Figures counted by hand on small territories, then what must hold on any."""

from __future__ import annotations

import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.odlocale.observatory.asking import read_asked
from ckanext.odlocale.observatory.duties import duties_of, standing_for
from ckanext.odlocale.observatory.facts import COLLECTIVITIES, Facts, frame
from ckanext.odlocale.observatory.goals import Goal, against
from ckanext.odlocale.observatory.history import as_of, build_rows, curve, splice
from ckanext.odlocale.observatory.measuring import VALUES, measure_day
from ckanext.odlocale.observatory.standing import Models, late_schemas
from ckanext.odlocale.observatory.summing import (
    GROUPS,
    OPEN,
    OPEN_HERE,
    openings,
    standings_of,
    summarise,
)
from ckanext.odlocale.publishing.due import CALENDARS, Release, expect
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.obligations import Facts as Situation
from ckanext.odlocale.scdl.obligations import obligations
from tests.observatory.conftest import commune, file

D = datetime.date
TODAY = D(2026, 11, 30)
MODELS = Models({one.slug: one.dataset.frequency for one in load_catalogue()})


def hand_counted() -> Facts:
    """Five communes and an EPCI, of which everything is known."""
    nothing_to_say = {
        "siren": "210000003",
        "schema": "subventions",
        "year": 2025,
        "on": D(2026, 2, 1),
    }
    return Facts.of(
        [
            commune(1, 459),
            commune(2, 3_499),
            commune(3, 3_500, epci=None),
            commune(4, None),
            commune(5, 12_000, epci="200000002"),
            {**commune(9, 16_000), "siren": "200000001", "insee": None, "kind": "epci"},
        ],
        [
            # 1: two models, one late since 1 April; one withdrawn the same day.
            file(1, "subventions", D(2024, 3, 1)),
            file(1, "equipements", D(2026, 6, 1), valid=False, corrected=True),
            file(1, "prenoms", D(2026, 6, 1), until=D(2026, 6, 1)),
            # 3: known by data.gouv.fr only; 5: by a portal of its own only.
            file(3, None, D(2019, 1, 1), place="datagouv"),
            file(5, "budget", D(2026, 5, 2), place="elsewhere", key=None),
            # 2: withdrawn since.
            file(2, None, D(2025, 1, 1), until=D(2026, 1, 1)),
        ],
        nothing=[nothing_to_say],
        contacts=[{"siren": "210000001", "on": D(2024, 2, 1), "kind": "invitation"}],
    )  # fmt: skip


def test_a_territory_counted_by_hand_gives_the_same_figures() -> None:
    rows = measure_day(hand_counted(), TODAY, MODELS)
    [total] = summarise(rows)
    counted = ("collectivities", "open", "open_here", "on_datagouv")
    assert [total[name] for name in counted] == [6, 3, 1, 1]
    one = rows.filter(pl.col("siren") == "210000001").row(0, named=True)
    assert (one["schemas"], one["late"]) == ("equipements,subventions", "subventions")
    assert (one["valid"], one["corrected"], one["portal"]) == (1, 1, 2)
    assert (one["opened_on"], one["contact_on"]) == (D(2024, 3, 1), D(2024, 2, 1))
    assert standings_of(one, ["equipements", "subventions", "dae", "pei"]) == {
        "equipements": "online", "subventions": "late", "dae": "missing", "pei": "none",
    }  # fmt: skip
    three = rows.filter(pl.col("siren") == "210000003").row(0, named=True)
    # What was answered is not missing; what the law asks of 3,500 inhabitants is.
    missing = three["missing"].split(",")
    assert "subventions" not in missing
    assert "budget" in missing
    strata = {one["code"]: one["collectivities"] for one in summarise(rows, "stratum")}
    assert strata == {
        "0-499": 1, "2000-3499": 1, "3500-9999": 1, "10000-49999": 2, "unknown": 1,
    }  # fmt: skip
    epcis = {one["code"]: one["open"] for one in summarise(rows, "epci")}
    assert epcis == {"200000001": 1, "200000002": 1, None: 1}


def test_an_answer_that_is_too_old_settles_nothing_and_makes_nothing_late() -> None:
    """«Rien à publier en 2019», and not a file since: absent, not late."""
    said = {"siren": "210000003", "schema": "budget", "year": 2019, "on": D(2020, 2, 1)}
    facts = Facts.of([commune(3, 3_500)], nothing=[said])
    then = measure_day(facts, D(2020, 3, 1), MODELS).row(0, named=True)
    assert "budget" not in then["missing"].split(",")
    now = measure_day(facts, TODAY, MODELS).row(0, named=True)
    assert (now["schemas"], now["late"]) == ("", "")
    assert "budget" in now["missing"].split(",")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "jamais", "2026-13-01"])
def test_a_day_that_no_calendar_reaches_is_left_out(day: str) -> None:
    assert read_asked({"jour": day}).day is None
    assert read_asked({"jour": "2025-03-01"}).day == D(2025, 3, 1)


def test_the_programme_of_2017_gives_its_figure_111_of_124() -> None:
    year = D(2017, 1, 1)
    places = [commune(n) for n in range(1, 131)]
    files = [file(n, None, year + datetime.timedelta(n)) for n in range(1, 125)]
    files += [file(n, None, D(2018, 2, 1)) for n in range(125, 131)]
    contacts = [
        {"siren": f"21{n:07d}", "on": D(2017, 1, 1), "kind": "session"}
        for n in range(1, 112)
    ]
    rows = measure_day(Facts.of(places, files, contacts=contacts), TODAY, MODELS)
    found = openings(rows, year, D(2018, 1, 1))
    assert (found["opened"], found["accompanied"]) == (124, 111)
    assert round(found["share"], 2) == 0.90
    assert found["days"] == 56
    assert found["by_channel"] == {"deposit": 124}


def test_history_follows_the_successor_and_nothing_is_counted_twice() -> None:
    merged = D(2025, 6, 15)
    facts = Facts.of(
        [commune(1, successor="210000002", ended=merged), commune(2), commune(3)],
        [file(1, "budget", D(2024, 4, 1)), file(3, "dae", D(2024, 1, 1))],
    )
    rows = build_rows(facts, D(2024, 1, 1), TODAY, MODELS)
    days = [merged - datetime.timedelta(1), merged]
    counted = [summarise(as_of(rows, day))[0] for day in days]
    assert [(one["collectivities"], one["open"]) for one in counted] == [(3, 2), (2, 2)]
    heir = as_of(rows, merged).filter(pl.col("siren") == "210000002")
    assert heir["schemas"].to_list() == ["budget"]
    assert rows.filter(pl.col("siren") == "210000001")["until"].to_list()[-1] == merged
    # Published before the merger: its year still counts as then.
    assert heir["opened_on"].to_list() == [merged]
    assert curve(rows, days, OPEN) == [(days[0], 2), (days[1], 2)]


def test_the_curve_is_told_against_the_goal() -> None:
    points = [(D(2018, 10, 1), 350), (D(2019, 11, 16), 900), (D(2020, 12, 31), 1_500)]
    told = against(points, Goal(D(2020, 12, 31), 2_000))
    assert [round(one[2] or 0) for one in told] == [350, 1175, 2000]
    assert [one[2] for one in against(points, None)] == [None, None, None]


@pytest.mark.parametrize("population", [None, 0, 1999, 2000, 2001, 3324, 3325, 3326,
    3499, 3500, 3501, 39_999, 40_000, 40_001, 500_000, 777, 12_345])  # fmt: skip
@pytest.mark.parametrize("kind", ["commune", "epci", "departement", "syndicat"])
def test_who_stands_for_others_has_their_obligations(
    kind: str, population: int | None
) -> None:
    for largest in (None, population):
        own = obligations(Situation(kind, population, largest_member=largest), TODAY)  # type: ignore[arg-type]
        other = obligations(
            Situation(
                kind, standing_for(population), largest_member=standing_for(largest)
            ),  # type: ignore[arg-type]
            TODAY,
        )
        assert [(o.duty, o.verdict) for o in own] == [
            (o.duty, o.verdict) for o in other
        ]
    table = frame(
        COLLECTIVITIES, [{"siren": "1", "kind": kind, "population": population}]
    )
    found = duties_of(table, TODAY).select("duty", "verdict").rows()
    mine = obligations(Situation(kind, population), TODAY)  # type: ignore[arg-type]
    assert sorted(found) == sorted((o.duty, o.verdict) for o in mine if o.binds)


KEYS = st.sampled_from(
    "2023 2024 2025 2026 2030 2021-2023 2025-0001 complet 2025-budget-primitif-00010"
    " 2026-budget-primitif-00085 2024-budget-primitif 2025-decision-modificative-00010"
    " 2026-decision-modificative".split()
)
DAYS = st.dates(D(2023, 1, 1), D(2027, 12, 31))


@settings(max_examples=150, deadline=None)
@given(
    schema=st.sampled_from(
        ["budget", "subventions", "prenoms", "deliberations", "dae"]
    ),
    releases=st.lists(st.tuples(KEYS, DAYS), min_size=1, max_size=4),
    years=st.lists(st.integers(2022, 2026), max_size=2),
    today=DAYS,
    nic=st.sampled_from(["", "00010", "00085"]),
)
def test_what_is_late_is_what_the_desk_says_is_late(
    schema: str,
    releases: list[tuple[str, D]],
    years: list[int],
    today: D,
    nic: str,
) -> None:
    online = [(key, day) for key, day in releases if day <= today]
    if not online:
        return
    frequency = MODELS.frequency[schema]
    asked = expect(
        schema, frequency, [Release(*one) for one in online], years, today, nic=nic
    )
    live = pl.DataFrame(
        [(1, today, schema, key, day, nic or None) for key, day in online],
        schema={"at": pl.UInt32, "day": pl.Date, "schema": pl.String,
                "key": pl.String, "published": pl.Date, "nic": pl.String},
        orient="row",
    )  # fmt: skip
    answered = pl.DataFrame(
        [(1, today, schema, year) for year in years],
        schema={"at": pl.UInt32, "day": pl.Date, "schema": pl.String, "year": pl.Int64},
        orient="row",
    )  # fmt: skip
    late = late_schemas(live, answered, MODELS)
    assert (late.height > 0) == (asked.standing == "late"), asked
    assert set(CALENDARS) == {"budget", "subventions"}


@st.composite
def territories(draw: st.DrawFn) -> Facts:
    """Any territory: sizes unknown, no EPCI, mergers, files withdrawn."""
    size = draw(st.integers(2, 8))
    places = []
    for number in range(1, size + 1):
        heir = draw(st.none() | st.integers(number + 1, size + 1))
        merged = heir is not None and heir <= size
        places.append(
            commune(
                number,
                draw(st.none() | st.integers(0, 60_000)),
                epci=draw(st.sampled_from([None, "200000001", "200000002"])),
                departement=draw(st.sampled_from(["56", "35", None])),
                successor=f"21{heir:07d}" if merged else None,
                ended=draw(DAYS) if merged else None,
            )
        )
    files = []
    for rank in range(draw(st.integers(0, 12))):
        since = draw(DAYS)
        length = draw(st.none() | st.integers(0, 700))
        until = since + datetime.timedelta(length) if length is not None else None
        files.append(
            file(
                draw(st.integers(1, size)),
                draw(st.sampled_from(["budget", "prenoms", "dae", None])),
                since,
                until=until,
                dataset=str(rank),
                key=draw(KEYS),
                place=draw(st.sampled_from(["portal", "datagouv", "elsewhere"])),
            )
        )
    return Facts.of(places, files)


@settings(max_examples=40, deadline=None)
@given(facts=territories(), day=DAYS)
def test_the_parts_make_the_whole_and_history_says_what_a_day_says(
    facts: Facts, day: D
) -> None:
    rows = build_rows(facts, D(2022, 12, 1), D(2028, 1, 31), MODELS)
    read = as_of(rows, day)
    direct = measure_day(facts, day, MODELS)
    assert read.select("siren", *VALUES).equals(direct.select("siren", *VALUES))
    [total] = summarise(direct)
    for by in GROUPS:
        parts = summarise(direct, by)
        for name in (
            "collectivities",
            "open",
            "open_here",
            "obliged",
            "datasets",
            "late",
        ):
            assert sum(one[name] for one in parts) == total[name], (by, name)
    assert curve(rows, [day], OPEN_HERE) == [(day, total["open_here"])]
    # A row ends where the next begins, and no two hold on one day.
    assert read["siren"].n_unique() == read.height


@settings(max_examples=25, deadline=None)
@given(facts=territories(), days=st.lists(DAYS, min_size=2, max_size=4, unique=True))
def test_days_without_a_run_leave_no_hole(facts: Facts, days: list[D]) -> None:
    start, end = D(2022, 12, 1), max(days)
    whole = build_rows(facts, start, end, MODELS)
    kept = build_rows(facts, start, start, MODELS).with_columns(version=pl.lit(1))
    for day in sorted(days):
        begun = kept["since"].max()
        assert isinstance(begun, D)
        before = kept.filter(pl.col("since") < begun)
        held = before.filter(pl.col("until").is_null() | (pl.col("until") >= begun))
        fresh = build_rows(facts, begun, day, MODELS).with_columns(version=pl.lit(1))
        written, ends = splice(held, fresh, begun)
        rest = before.join(held, on=["siren", "since"], how="anti")
        mended = held.drop("until").join(ends, on="siren").select(kept.columns)
        kept = pl.concat([rest, mended, written]).sort("siren", "since")
        # Running again the same day changes nothing.
    known = [*VALUES, "siren", "since", "until"]
    assert kept.select(known).equals(whole.select(known))
