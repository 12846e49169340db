"""Write the README's table of settings from the declaration that CKAN reads.

    python scripts/settings_table.py            # write it
    python scripts/settings_table.py --check    # exit 1 when it is out of date

The table stands between ``<!-- settings -->`` and ``<!-- /settings -->``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
DECLARATION = ROOT / "ckanext" / "odlocale" / "config_declaration.yaml"
README = ROOT / "README.md"
OPENING, CLOSING = "<!-- settings -->", "<!-- /settings -->"


def settings_table(declaration: Mapping[str, Any]) -> str:
    """Return the settings of a declaration as a Markdown table.

    :param declaration: CKAN's ``config_declaration.yaml``, loaded.
    """
    rows = [
        (
            f"`{option['key']}`",
            _value(option.get("default")),
            _value(option.get("example")),
            " ".join(str(option["description"]).split()).replace("``", "`"),
        )
        for group in declaration["groups"]
        for option in group["options"]
    ]
    lines = ["| Setting | Default | Example | What it does |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(_cell(text) for text in row)} |" for row in rows]
    return "\n".join(lines)


def put_table(text: str, table: str) -> str:
    """Return a page with its table replaced.

    :param text: the page.
    :param table: what stands between the two markers.
    :raises ValueError: a marker is missing, or comes twice.
    """
    if text.count(OPENING) != 1 or text.count(CLOSING) != 1:
        raise ValueError(f"the page must hold {OPENING} and {CLOSING} once each")
    before, _, rest = text.partition(OPENING)
    _, _, after = rest.partition(CLOSING)
    return f"{before}{OPENING}\n{table}\n{CLOSING}{after}"


def _value(value: object) -> str:
    return "" if value in (None, "") else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the table, or say whether it is up to date."""
    declaration = yaml.safe_load(DECLARATION.read_text("utf-8"))
    before = README.read_text("utf-8")
    after = put_table(before, settings_table(declaration))
    if "--check" in arguments:
        if before != after:
            print("README.md: the settings are out of date: make docs", file=sys.stderr)
        return int(before != after)
    README.write_text(after, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
