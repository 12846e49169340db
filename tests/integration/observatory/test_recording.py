"""History, from publications that agents really made."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import polars as pl
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.base.days import today
from ckanext.odlocale.observatory import recording
from ckanext.odlocale.observatory.gathering import gather
from ckanext.odlocale.observatory.hooks import each_day
from ckanext.odlocale.observatory.measuring import VALUES, measure_day
from ckanext.odlocale.observatory.reading import Scope, read_curve, read_rows
from ckanext.odlocale.territory.helpers import odlocale_territory_summary
from tests.integration.mergers import merge
from tests.integration.observatory.conftest import (
    Atd,
    Town,
    date_release,
    history_of,
)
from tests.integration.publishing.conftest import budget, call_as, publish

D = datetime.date
TODAY = today()


def test_a_year_of_publications_can_be_read_on_any_day(
    town: Callable[[], Town], atd: Callable[..., Atd]
) -> None:
    first, second, silent = town(), town(), town()
    its_atd = atd(first, second, silent)
    date_release(publish(first, budget(first.siret, year=2025))["id"], D(2025, 5, 2))
    gone = publish(second, budget(second.siret, year=2025))
    date_release(gone["id"], D(2025, 6, 1))
    call_as(second.agent, "odlocale_deposit_withdraw", id=gone["id"])

    recording.record(TODAY, again=True)

    scope = Scope(atd=its_atd.siren)
    days = [D(2025, 5, 1), D(2025, 5, 2), D(2025, 6, 1), TODAY]
    assert read_curve(scope, days) == [
        (days[0], 0, 0), (days[1], 1, 1), (days[2], 2, 2), (days[3], 1, 1),
    ]  # fmt: skip
    rows = history_of(first.siren)
    assert rows[0]["portal"] == 0
    opened = next(row for row in rows if row["portal"])
    assert (opened["since"], opened["opened_on"]) == (D(2025, 5, 2), D(2025, 5, 2))
    assert (opened["schemas"], opened["opened_by"]) == ("budget", "deposit")
    # The budget of 2026 was due on 15 May: it is late from the day after.
    late = next(row for row in rows if row["late"] == "budget")
    assert late["since"] == D(2026, 5, 16)
    # What history says of a day is what the facts of that day say.
    direct = measure_day(gather(), D(2025, 6, 1), recording.national_models())
    sirens = [first.siren, second.siren, silent.siren]
    read = read_rows(Scope(sirens=sirens), D(2025, 6, 1)).select("siren", *VALUES)
    mine = direct.filter(pl.col("siren").is_in(sirens))
    assert read.equals(mine.select("siren", *VALUES))


def test_two_days_without_a_run_leave_no_hole_and_twice_is_once(
    town: Callable[[], Town],
) -> None:
    place = town()
    recording.record(TODAY - datetime.timedelta(3))
    yesterday = TODAY - datetime.timedelta(1)
    date_release(publish(place, budget(place.siret, year=TODAY.year))["id"], yesterday)
    each_day(datetime.datetime.now(datetime.timezone.utc))
    before = history_of(place.siren)
    assert [row["since"] for row in before if row["portal"]] == [yesterday]
    assert before[-2]["until"] == yesterday
    assert recording.record(TODAY) == len(
        [row for row in _everything() if row["since"] == TODAY]
    )
    assert history_of(place.siren) == before
    # A clock that goes back writes nothing.
    assert recording.record(yesterday) == 0
    assert history_of(place.siren) == before


def _everything() -> list[dict[str, Any]]:
    found = model.Session.execute(sa.text("SELECT * FROM odlocale_indicator"))
    return [dict(row) for row in found.mappings()]


def test_history_follows_the_successor_of_a_commune_that_merged(
    town: Callable[[], Town], atd: Callable[..., Atd]
) -> None:
    former, heir = town(), town()
    its_atd = atd(former, heir)
    date_release(publish(former, budget(former.siret, year=2025))["id"], D(2025, 5, 2))
    merge(former.org_id, heir.org_id)
    model.Session.execute(
        sa.text("DELETE FROM odlocale_perimeter_member WHERE siren = :s"),
        {"s": former.siren},
    )
    middle = datetime.datetime(2025, 9, 10, tzinfo=datetime.timezone.utc)
    model.Session.execute(
        sa.text("UPDATE odlocale_transfer SET since = :at WHERE from_siren = :s"),
        {"at": middle, "s": former.siren},
    )
    model.Session.commit()
    recording.record(TODAY, again=True)
    scope = Scope(atd=its_atd.siren)
    before, after = D(2025, 9, 9), D(2025, 9, 10)
    assert [day[1] for day in read_curve(scope, [before, after])] == [1, 1]
    assert read_rows(scope, before).filter(pl.col("portal") > 0)["siren"].to_list() == [
        former.siren
    ]
    assert read_rows(scope, after).filter(pl.col("portal") > 0)["siren"].to_list() == [
        heir.siren
    ]
    assert read_rows(scope, after).height == read_rows(scope, before).height - 1
    # Run again on the next days, nothing is counted otherwise.
    recording.record(TODAY)
    assert [day[1] for day in read_curve(scope, [before, after])] == [1, 1]


def test_a_commune_of_three_territories_counts_once_in_the_whole(
    town: Callable[[], Town], atd: Callable[..., Atd]
) -> None:
    place = town()
    atds = [atd(place), atd(place), atd(place)]
    asked = tk.get_action("odlocale_observatory_show")
    recording.record(TODAY)
    ours = asked({"user": ""}, {})["total"]["open_here"]
    home = odlocale_territory_summary()["publishing"]
    publish(place, budget(place.siret, year=TODAY.year))
    recording.record(TODAY)
    for one in atds:
        assert asked({"user": ""}, {"perimeter": one.siren})["total"]["open"] == 1
    total = asked({"user": ""}, {})["total"]
    assert total["collectivities"] == len(
        {row["siren"] for row in _everything() if row["until"] is None}
    )
    # The home page's count and ours tell the same thing.
    assert total["open_here"] == ours + 1
    assert odlocale_territory_summary()["publishing"] == home + 1
