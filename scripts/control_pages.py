"""Write docs/controles/: one page per check, from the engine's own explanations.

    python scripts/control_pages.py            # write them, remove those of no check
    python scripts/control_pages.py --check    # exit 1 when one is out of date

Each page quotes what the engine says of its wrong example, so that a sentence that
changes changes its page.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ckanext.odlocale.scdl.explaining import load_explanations
from ckanext.odlocale.scdl.explaining_pages import name_file, to_index, to_markdown

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "controles"


def write_pages() -> dict[str, str]:
    """Return the text of every page, by the name of its file."""
    pages = {name_file(one): to_markdown(one) for one in load_explanations().values()}
    return {"README.md": to_index(), **pages}


def find_stale(pages: dict[str, str]) -> list[str]:
    """Return the files that are missing, out of date, or of no check."""
    kept = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    names = sorted(pages.keys() | kept.keys())
    return [name for name in names if pages.get(name) != kept.get(name)]


def main(arguments: list[str]) -> int:
    """Write the pages, or say whether they are up to date."""
    pages = write_pages()
    stale = find_stale(pages)
    if "--check" in arguments:
        for name in stale:
            print(f"docs/controles/{name} is out of date: make docs", file=sys.stderr)
        return int(bool(stale))
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in pages:
            (FOLDER / name).write_text(pages[name], "utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
