"""The one-page report, as PDF: laid out by Typst, a library with no program beside.

Typst tags what it writes, so that a screen reader finds titles and tables. What it is
given is data: a name that looks like markup is printed as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

LAYOUT = Path(__file__).parent / "report.typ"
#: What holds on the page under the figures.
MAX_ROWS = 18


@dataclass(frozen=True)
class Part:
    """A title, a sentence and a table; either may be empty."""

    title: str
    text: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class ReportText:
    """All that a report says, in the reader's language.

    :ivar figures: value and label of each
    """

    title: str
    kicker: str
    lead: str
    footer: str
    author: str
    lang: str
    figures: Sequence[tuple[str, str]]
    parts: Sequence[Part] = field(default=())


def print_report(report: ReportText) -> bytes:
    """Return the PDF of a report.

    :raises RuntimeError: Typst is not installed
    """
    data: dict[str, Any] = asdict(report)
    data["figures"] = [{"value": v, "label": text} for v, text in report.figures]
    for part in data["parts"]:
        part["rows"] = part["rows"][:MAX_ROWS]
    given = {"data": json.dumps(data, ensure_ascii=False)}
    typst, fonts = _library()
    return bytes(typst.compile(_layout(), sys_inputs=given, font_paths=fonts))


@cache
def _layout() -> bytes:
    return LAYOUT.read_bytes()


@cache
def _library() -> tuple[Any, Any]:
    try:
        import typst
    except ImportError as error:
        raise RuntimeError("install typst to write reports as PDF") from error
    # Those that the library brings: a report looks alike on every server.
    return typst, typst.Fonts(include_system_fonts=False)
