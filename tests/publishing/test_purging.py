"""What a purge takes, decided before anything is touched."""

from __future__ import annotations

import dataclasses
import datetime

from ckanext.odlocale.publishing.purging import Copy, plan_release, plan_rows


def copy(name: str, state: str, day: int | None = None, **more: object) -> Copy:
    moment = (
        datetime.datetime(2026, 1, day, tzinfo=datetime.timezone.utc) if day else None
    )
    one = Copy(
        name, state, "2022", 1, moment, original=f"o-{name}", canonical=f"c-{name}",
        rows=10,
    )  # fmt: skip
    return dataclasses.replace(one, **more)


def ids(copies: tuple[Copy, ...]) -> set[str]:
    return {one.id for one in copies}


FIRST = copy("first", "replaced", 1)
SECOND = copy("second", "withdrawn", 2)
LATER = copy("later", "published", 3)


def test_a_release_goes_with_those_before_it() -> None:
    plan = plan_release(SECOND, [FIRST, SECOND, LATER])
    assert ids(plan.erased) == {"first", "second"}
    assert plan.renewed == ()


def test_another_address_stays() -> None:
    other = copy("other", "published", 1, key="2021")
    assert ids(plan_release(SECOND, [other, SECOND]).erased) == {"second"}


def test_what_is_online_may_be_erased_itself() -> None:
    assert ids(plan_release(LATER, [FIRST, LATER]).erased) == {"first", "later"}


def test_every_copy_of_the_same_file_goes() -> None:
    draft = copy("draft", "draft", original="o-second", key=None)
    later = copy("copy", "replaced", 3, original="o-second")
    plan = plan_release(SECOND, [SECOND, draft, later])
    assert ids(plan.dropped) == {"draft"}
    assert ids(plan.erased) == {"second", "copy"}


def test_a_later_release_of_the_same_file_goes_on_without_it() -> None:
    masked = copy("masked", "published", 3, original="o-second")
    plan = plan_release(SECOND, [SECOND, masked])
    assert ids(plan.renewed) == {"masked"}
    assert ids(plan.erased) == {"second"}


def test_the_very_rows_put_online_again_are_no_later_release() -> None:
    same = copy("same", "published", 3, canonical="c-second")
    assert ids(plan_release(SECOND, [SECOND, same]).erased) == {"second", "same"}


def test_rows_leave_what_is_online_and_earlier_releases_go_whole() -> None:
    held = {"holds": True, "holding": 2}
    known = [
        dataclasses.replace(FIRST, **held),
        dataclasses.replace(LATER, **held),
        SECOND,
        copy("draft", "checked", holds=True),
    ]
    plan = plan_rows(known)
    assert ids(plan.renewed) == {"later"}
    assert ids(plan.erased) == {"first"}
    assert ids(plan.dropped) == {"draft"}
    assert plan.rows == 2


def test_a_file_of_which_every_row_goes_is_withdrawn() -> None:
    whole = dataclasses.replace(LATER, holds=True, holding=10)
    plan = plan_rows([whole])
    assert ids(plan.erased) == {"later"}
    assert plan.renewed == ()


def test_a_file_whose_original_alone_holds_the_text_keeps_its_rows() -> None:
    masked = dataclasses.replace(LATER, holds=True)
    plan = plan_rows([masked])
    assert (ids(plan.renewed), plan.rows) == ({"later"}, 0)


def test_nothing_to_erase_is_told() -> None:
    assert plan_rows([FIRST, LATER]).is_empty
    assert not plan_rows([], [("grid", 1)]).is_empty


def test_a_plan_that_was_read_is_told_from_another() -> None:
    held = dataclasses.replace(LATER, holds=True, holding=2)
    plan = plan_rows([held])
    assert plan.digest == plan_rows([held, FIRST]).digest
    for other in (
        plan_rows([dataclasses.replace(held, version=2)]),
        plan_rows([dataclasses.replace(held, holding=3)]),
        plan_rows([held], [("grid", 1)]),
    ):
        assert other.digest != plan.digest
