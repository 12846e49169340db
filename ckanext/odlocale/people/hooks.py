"""What the other rooms ask of this one."""

from __future__ import annotations

from typing import Any

from ckanext.odlocale.people.tables import Mandate


def stored_files() -> list[Any]:
    """Columns that hold the SHA-256 of stored files: deeds of mandates."""
    return [Mandate.document["sha256"].astext]
