"""What agents wrote on withdrawing leaves the journal, which only grows."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from ckan import model

import ckanext.odlocale.publishing
from tests.integration.publishing.conftest import Town

VERSIONS = (
    Path(ckanext.odlocale.publishing.__file__).parents[1]
    / "migration"
    / "odlocale"
    / "versions"
)


def load_migration() -> Any:
    (path,) = VERSIONS.glob("*_releases.py")
    spec = importlib.util.spec_from_file_location("releases_migration", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_note_moves_to_where_it_can_be_erased(mende: Town) -> None:
    connection = model.Session.connection()
    connection.execute(
        sa.text(
            "INSERT INTO odlocale_deposit (id, org_id, siren, state, created_at,"
            " updated_at) VALUES ('essai-retire', :org, :siren, 'withdrawn', now(),"
            " '2026-03-01T00:00:00Z')"
        ),
        {"org": mende.org_id, "siren": mende.siren},
    )
    connection.execute(
        sa.text(
            "INSERT INTO odlocale_journal (verb, object_type, object_id, detail)"
            " VALUES ('withdrawn', 'deposit', 'essai-retire',"
            ' \'{"key": "2022", "reason": "Mme Dupont a écrit"}\')'
        )
    )
    with Operations.context(MigrationContext.configure(connection)):
        load_migration()._move_reasons()
    deposit = connection.execute(
        sa.text(
            "SELECT withdrawal, withdrawal_note, withdrawn_at = updated_at"
            " FROM odlocale_deposit WHERE id = 'essai-retire'"
        )
    ).one()
    assert tuple(deposit) == ("other", "Mme Dupont a écrit", True)
    detail = connection.execute(
        sa.text("SELECT detail FROM odlocale_journal WHERE object_id = 'essai-retire'")
    ).scalar_one()
    assert detail == {"key": "2022"}
    enabled = connection.execute(
        sa.text(
            "SELECT tgenabled FROM pg_trigger WHERE tgname = 'odlocale_journal_grows'"
        )
    ).scalar_one()
    assert enabled in ("O", b"O")
    model.Session.rollback()
