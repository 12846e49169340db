"""What every page says of its accessibility."""

from __future__ import annotations

import ckantoolkit as tk

from ckanext.odlocale.legal import pages

__all__ = ["odlocale_accessibility"]


def odlocale_accessibility() -> str:
    """The mention that each page has at its bottom."""
    return pages.mention(pages.read_facts(tk.config), tk._)
