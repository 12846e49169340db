"""What changed between two releases."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from ckanext.odlocale.publishing.comparing import compare, is_comparable

WORDS = {"added": "+", "removed": "-", "before": "<", "after": ">"}


def write(*rows: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


HEAD = ("ID", "NOM", "PLACES")


def test_rows_are_matched_by_the_key_of_the_model() -> None:
    old = write(HEAD, ("1", "Stade", "10"), ("2", "Halle", "5"), ("3", "Puits", ""))
    new = write(HEAD, ("3", "Puits", "2"), ("1", "Stade", "10"), ("4", "Gare", "8"))
    found = compare(old, new, ["ID"])
    assert found.added.rows() == [("4", "Gare", "8")]
    assert found.removed.rows() == [("2", "Halle", "5")]
    (change,) = found.changes(50)
    assert (change.row, change.column) == (("3",), "PLACES")
    assert (change.before, change.after) == ("", "2")


def test_without_a_key_a_row_is_itself_or_is_not() -> None:
    old = write(HEAD, ("1", "Stade", "10"), ("1", "Stade", "10"), ("2", "Halle", ""))
    new = write(HEAD, ("2", "Halle", ""), ("1", "Stade", "10"), ("1", "Stade", "11"))
    found = compare(old, new, [])
    assert found.added.rows() == [("1", "Stade", "11")]
    assert found.removed.rows() == [("1", "Stade", "10")]
    assert found.changes(50) == []


def test_a_key_that_the_file_does_not_obey_is_no_key() -> None:
    old = write(HEAD, ("1", "Stade", "10"), ("1", "Halle", "5"))
    found = compare(old, write(HEAD, ("1", "Stade", "10")), ["ID"])
    assert found.keys == ()
    assert len(found.removed) == 1


def test_a_column_that_came_is_a_change_of_each_row() -> None:
    old, new = write(("ID",), ("1",)), write(("ID", "NOM"), ("1", "Stade"))
    (change,) = compare(old, new, ["ID"]).changes(50)
    assert (change.column, change.before, change.after) == ("NOM", "", "Stade")
    (back,) = compare(new, old, ["ID"]).changes(50)
    assert (back.column, back.after) == ("NOM", "")


def test_the_same_rows_in_another_order_are_the_same() -> None:
    old = write(HEAD, ("1", "a", ""), ("2", "b", ""))
    new = write(HEAD, ("2", "b", ""), ("1", "a", ""))
    assert compare(old, new, ["ID"]).is_same
    assert compare(old, new, []).is_same


def test_all_changes_are_in_the_csv_in_pairs() -> None:
    old = write(HEAD, ("1", "Stade", "1"), ("2", "Halle", "2"), ("3", "Gare", "3"))
    new = write(HEAD, ("1", "Stade", "9"), ("2", "Halle", "8"), ("4", "Quai", "4"))
    told = compare(old, new, ["ID"]).to_csv("change", WORDS).decode()
    rows = [line.split(",") for line in told.splitlines()]
    assert rows[0] == ["change", "ID", "NOM", "PLACES"]
    assert [row[:2] for row in rows[1:]] == [
        ["-", "3"], ["+", "4"], ["<", "1"], [">", "1"], ["<", "2"], [">", "2"],
    ]  # fmt: skip


def test_large_files_are_not_compared_on_a_page() -> None:
    assert is_comparable([1000, 2000], [10, 20])
    assert not is_comparable([1000, 2 * 1024**3], [10, 20])
    assert not is_comparable([1000, 2000], [10, 2_000_000])


CELLS = st.sampled_from(["a", "b", ""])
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=8)


@given(ROWS, ROWS)
def test_what_left_and_what_came_make_one_file_of_the_other(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    head = ("A", "B")
    found = compare(write(head, *before), write(head, *after), [])
    left = sorted(map(str, before))
    for row in found.removed.rows():
        left.remove(str(tuple(cell or "" for cell in row)))
    came = [str(tuple(cell or "" for cell in row)) for row in found.added.rows()]
    assert sorted(left + came) == sorted(map(str, after))
