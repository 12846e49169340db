"""The files of a register: which there are, where they are looked for, their form.

A register is three files named after its year: the collectivités, the départements
as divisions of the territory, and what former codes became. The package ships the
latest; ``scripts/build_register.py`` makes the others, in a folder of the operator's.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LATEST_VINTAGE = 2026
#: The first year that the source and the script know.
FIRST_VINTAGE = 2023
DATA = Path(__file__).resolve().parent / "data"

COLUMNS = (
    "kind",
    "siren",
    "insee",
    "name",
    "full_name",
    "category",
    "population",
    "epci_siren",
    "departement",
    "region",
    "postal_codes",
)
DIVISION_COLUMNS = ("code", "name", "region", "head_siren")
SUCCESSION_COLUMNS = ("code", "successor", "kind", "name")

Row = tuple[str, ...]


class UnknownVintage(LookupError):
    """No register of this year was found.

    :ivar vintage: the year that was asked for.
    :ivar folders: where it was looked for.
    """

    def __init__(self, vintage: int, folders: Sequence[Path]) -> None:
        super().__init__(
            f"no register of {vintage} in {', '.join(map(str, folders))}. "
            f"Make it: make register VINTAGE={vintage} OUTPUT=FOLDER, "
            "then set ckanext.odlocale.register_path = FOLDER"
        )
        self.vintage = vintage
        self.folders = tuple(folders)


class UnreadableRegister(ValueError):
    """A register's file is damaged, or is not what its name says."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__(f"{path}: {cause}. Make the register again")
        self.path = path


@dataclass(frozen=True)
class RegisterFiles:
    """The lines of a register's files, their header left out."""

    collectivities: tuple[Row, ...]
    divisions: tuple[Row, ...]
    successions: tuple[Row, ...]


def file_names(vintage: int) -> tuple[str, str, str]:
    """Return the names of a register's files: collectivités, divisions, successions."""
    return (
        f"cog-{vintage}.csv.gz",
        f"departements-{vintage}.csv",
        f"successions-{vintage}.csv",
    )


def register_folders(setting: str | None) -> tuple[Path, ...]:
    """Return the folders that a setting or an option of the command names.

    :param setting: ``ckanext.odlocale.register_path``; nothing when it is not set.

    >>> register_folders("/srv/registers"), register_folders(" ")
    ((PosixPath('/srv/registers'),), ())
    """
    path = (setting or "").strip()
    return (Path(path).expanduser(),) if path else ()


def available_vintages(folders: Sequence[Path]) -> tuple[int, ...]:
    """Return the years that can be read, the latest first.

    :param folders: searched besides the package's own.

    >>> LATEST_VINTAGE in available_vintages(())
    True
    """
    found = {
        year
        for folder in (*folders, DATA)
        for year in range(FIRST_VINTAGE, LATEST_VINTAGE + 1)
        if all((folder / name).is_file() for name in file_names(year))
    }
    return tuple(sorted(found, reverse=True))


def vintages(folders: Sequence[Path] = ()) -> tuple[int, ...]:
    """Return the years whose register can be read, the latest first.

    >>> vintages()
    (2026,)
    """
    years = range(LATEST_VINTAGE, FIRST_VINTAGE - 1, -1)
    return tuple(year for year in years if _find(year, (*folders, DATA)) is not None)


def read_files(vintage: int, folders: Sequence[Path]) -> RegisterFiles:
    """Read the register of a year from the first folder that has it.

    :param folders: searched in order, before the package's own.
    :raises UnknownVintage: none has the three files.
    :raises UnreadableRegister: one of the three is damaged.
    """
    searched = (*folders, DATA)
    paths = _find(vintage, searched)
    if paths is None:
        raise UnknownVintage(vintage, searched)
    columns = (COLUMNS, DIVISION_COLUMNS, SUCCESSION_COLUMNS)
    return RegisterFiles(*map(_read, paths, columns))


def _find(vintage: int, folders: Sequence[Path]) -> list[Path] | None:
    for folder in folders:
        paths = [folder / name for name in file_names(vintage)]
        if all(path.is_file() for path in paths):
            return paths
    return None


def _read(path: Path, columns: tuple[str, ...]) -> tuple[Row, ...]:
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        reader = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
        if tuple(next(reader, ())) != columns:
            raise UnreadableRegister(path, f"its columns are not {', '.join(columns)}")
        rows = tuple(map(tuple, reader))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableRegister(path, str(error)) from error
    if any(len(row) != len(columns) for row in rows):
        raise UnreadableRegister(path, "a line does not have all its columns")
    return rows
