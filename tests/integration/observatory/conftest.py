"""Communes whose publications are on set days."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from tests.integration.publishing.conftest import Atd, Town, atd, town

__all__ = ["Atd", "Town", "atd", "town"]


def date_release(deposit_id: str, day: datetime.date) -> None:
    """Let a real publication have been made on another day."""
    noon = datetime.datetime.combine(day, datetime.time(12), datetime.timezone.utc)
    model.Session.execute(
        sa.text(
            "UPDATE odlocale_deposit SET published_at = :at, created_at = :at,"
            " updated_at = :at WHERE id = :id"
        ),
        {"at": noon, "id": deposit_id},
    )
    model.Session.commit()


def history_of(siren: str) -> list[dict[str, Any]]:
    """The rows of one collectivité."""
    found = model.Session.execute(
        sa.text("SELECT * FROM odlocale_indicator WHERE siren = :s ORDER BY since"),
        {"s": siren},
    )
    return [dict(row) for row in found.mappings()]


@pytest.fixture(autouse=True)
def no_history(portal: None) -> None:
    """Each test begins with no day recorded, and nothing read on other portals."""
    for table in ("indicator", "observation", "elsewhere", "datagouv_dataset"):
        model.Session.execute(sa.text(f"DELETE FROM odlocale_{table}"))
    model.Session.commit()
