"""The steps from what a table holds to what it must hold."""

from __future__ import annotations

from dataclasses import replace

from ckanext.odlocale.tables.slices import Release, plan_steps

CRACH = Release("215600461", "2022", "d1", "s1", "56046", "Crach")
AURAY = Release("215600073", "2022", "d2", "s2", "56007", "Auray")


def test_nothing_is_done_twice() -> None:
    assert not plan_steps([CRACH, AURAY], [AURAY, CRACH])


def test_what_is_missing_is_loaded_and_what_is_no_longer_public_leaves() -> None:
    steps = plan_steps([CRACH], [AURAY])
    assert (steps.load, steps.drop) == ((CRACH,), (AURAY,))


def test_a_release_takes_the_place_of_the_former() -> None:
    steps = plan_steps([replace(CRACH, deposit="d3", sha256="s3")], [CRACH])
    assert [one.deposit for one in steps.load] == ["d3"]
    # Its rows stay until then: a reader never finds the address empty.
    assert steps.drop == ()


def test_a_new_name_is_written_on_the_rows() -> None:
    assert plan_steps([replace(CRACH, name="Krac'h")], [CRACH]).load


def test_anew_loads_all() -> None:
    assert plan_steps([CRACH], [CRACH], anew=True).load == (CRACH,)
