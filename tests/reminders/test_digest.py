"""The month of a digest."""

from __future__ import annotations

import datetime

from ckanext.odlocale.reminders.digest import MAX_NAMES, Month, list_names


def test_the_last_month_that_is_over() -> None:
    month = Month.before(datetime.date(2026, 4, 1))
    assert (month.code, month.name) == ("2026-03", "Mars")
    assert month.first_day == datetime.date(2026, 3, 1)
    assert month.end == datetime.date(2026, 4, 1)
    assert Month.before(datetime.date(2026, 1, 31)).end == datetime.date(2026, 1, 1)


def test_a_long_list_of_names_is_cut_and_counted() -> None:
    names = tuple(f"Commune {number}" for number in range(MAX_NAMES + 3))
    assert list_names(names, "and {count} more").endswith("and 3 more")
    assert list_names(names[:MAX_NAMES], "x").endswith(f"Commune {MAX_NAMES - 1}")
