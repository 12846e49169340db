"""How far a check is said to be, and how it is stopped."""

from __future__ import annotations

import pytest

from ckanext.odlocale.scdl import progress
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.reading import read

GRANTS = load_catalogue().get("subventions")
ROWS = 9_000


def grants(rows: int = ROWS) -> bytes:
    """A file whose beneficiaries are all looked at for people, none alike."""
    lines = [f"Club de sport {number},{number}" for number in range(rows)]
    return "\n".join(["nomBeneficiaire,montant", *lines]).encode()


def test_what_is_told_grows_to_the_rows_of_the_file() -> None:
    told: list[tuple[int, int]] = []
    with progress.watched(lambda done, rows: told.append((done, rows))):
        check(read(grants()), GRANTS)
    done = [one for one, _ in told]
    assert len(set(done)) >= ROWS // progress.STRIDE
    assert done == sorted(done)
    assert done[-1] >= ROWS - 1
    assert {rows for _, rows in told} == {ROWS}


def test_several_checks_of_one_file_are_one_way() -> None:
    told: list[int] = []
    with progress.watched(lambda done, rows: told.append(done)):
        progress.begin(checks=2)
        for _ in range(2):
            check(read(grants()), GRANTS)
            told.append(-1)
    half = told.index(-1)
    assert max(told[:half]) <= ROWS // 2
    assert min(one for one in told[half:] if one >= 0) >= ROWS // 2 - 1


def test_a_listener_stops_a_check() -> None:
    class Enough(Exception):
        pass

    def stop(done: int, rows: int) -> None:
        if done > ROWS // 3:
            raise Enough

    with pytest.raises(Enough), progress.watched(stop):
        check(read(grants()), GRANTS)
    # And the next check tells nobody.
    check(read(grants(3)), GRANTS)


def test_a_check_that_nobody_waits_for_finds_the_same() -> None:
    with progress.watched(lambda done, rows: None):
        watched = check(read(grants()), GRANTS)
    assert watched.to_dict() == check(read(grants()), GRANTS).to_dict()
