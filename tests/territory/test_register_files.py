"""Where a register is looked for, and what a damaged one gives."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ckanext.odlocale.territory.perimeter_reasons import describe_vintage
from ckanext.odlocale.territory.register import (
    DATA,
    Register,
    UnknownVintage,
    UnreadableRegister,
)
from ckanext.odlocale.territory.register_files import (
    file_names,
    register_folders,
    vintages,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An operator's folder, which holds a register of 2023."""
    for shipped, name in zip(file_names(2026), file_names(2023), strict=True):
        shutil.copy(DATA / shipped, tmp_path / name)
    return tmp_path


def test_a_vintage_is_found_in_the_folder_that_the_operator_gives(folder: Path) -> None:
    register = Register.load(2023, [folder])
    assert register.vintage == 2023
    assert register.commune("56046") is not None
    assert Register.load(2023, [folder]) is register


def test_the_shipped_vintage_is_found_whatever_the_folder(tmp_path: Path) -> None:
    assert Register.load(2026, [tmp_path]).commune("56046") is not None


def test_an_absent_vintage_says_where_it_was_looked_for_and_how_to_get_it(
    tmp_path: Path,
) -> None:
    with pytest.raises(UnknownVintage) as caught:
        Register.load(2024, [tmp_path])
    said = str(caught.value)
    assert str(tmp_path) in said
    assert "make register VINTAGE=2024" in said
    assert "ckanext.odlocale.register_path" in said
    described = describe_vintage(caught.value, "en")
    assert "2024" in described["message"]
    assert "VINTAGE=2024" in described["remedy"]


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_vintage_without_all_its_files_is_absent(folder: Path, missing: int) -> None:
    (folder / file_names(2023)[missing]).unlink()
    assert vintages([folder]) == (2026,)
    with pytest.raises(UnknownVintage):
        Register.load(2023, [folder])


def test_the_years_that_can_be_read_are_listed(folder: Path) -> None:
    assert vintages([folder]) == (2026, 2023)


@pytest.mark.parametrize(
    ("rank", "damage"),
    [
        pytest.param(0, lambda content: content[:5000], id="cut"),
        pytest.param(0, lambda content: b"not gzip", id="not compressed"),
        pytest.param(0, lambda content: gzip.compress(b"a,b\n1,2\n"), id="columns"),
        pytest.param(1, lambda content: content + b"\xff\xfe", id="not UTF-8"),
        pytest.param(2, lambda content: content + b"35112\n", id="a short line"),
        pytest.param(2, lambda content: b"", id="empty"),
    ],
)
def test_a_damaged_file_is_named(
    folder: Path, rank: int, damage: Callable[[bytes], bytes]
) -> None:
    path = folder / file_names(2023)[rank]
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UnreadableRegister) as caught:
        Register.load(2023, [folder])
    assert caught.value.path == path


@pytest.mark.parametrize("setting", [None, "", "  "])
def test_no_setting_is_no_folder(setting: str | None) -> None:
    assert register_folders(setting) == ()
