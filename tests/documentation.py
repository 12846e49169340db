"""What the documentation tells people to type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])

_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One line that starts with ``$ `` in a console block, and what follows it.

    ``output`` is empty where the page shows none.
    """

    page: str
    line: str
    output: str

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def commands() -> list[Command]:
    """Every command of every page."""
    return [command for page in PAGES for command in _commands_of(page)]


def _commands_of(page: Path) -> Iterator[Command]:
    name = page.relative_to(ROOT).as_posix()
    for block in _CONSOLE.findall(page.read_text("utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = part.partition("\n")
            yield Command(name, line, output)


def words_after(command: Command, program: str) -> list[str] | None:
    """The arguments given to a program, or nothing where it is another one."""
    found = re.search(rf"(?:^|\s){re.escape(program)}(?:\s+(.*))?$", command.line)
    return (found[1] or "").split() if found else None
