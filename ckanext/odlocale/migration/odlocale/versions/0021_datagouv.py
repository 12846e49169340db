"""What data.gouv.fr holds for a collectivité

Revision ID: 0021
Revises: 0020
Create Date: 2026-11-30
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SIREN = (
    "siren text NOT NULL REFERENCES odlocale_collectivity (siren) "
    "ON UPDATE CASCADE ON DELETE CASCADE"
)


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE odlocale_datagouv_key (
            siren text PRIMARY KEY,
            sealed text NOT NULL,
            owner text NOT NULL DEFAULT '',
            set_by text,
            set_at timestamptz NOT NULL DEFAULT now(),
            refused boolean NOT NULL DEFAULT false
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE odlocale_datagouv (
            {_SIREN} PRIMARY KEY,
            state text NOT NULL DEFAULT 'unknown',
            siret text,
            siret_by text,
            siret_at timestamptz,
            found jsonb,
            found_at timestamptz,
            decision jsonb,
            organization_id text,
            organization jsonb,
            source_id text,
            source jsonb,
            failed jsonb NOT NULL DEFAULT '[]',
            begun text,
            problem text,
            invited_at timestamptz,
            read_at timestamptz,
            updated_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE odlocale_datagouv_dataset (
            package_id text PRIMARY KEY,
            {_SIREN},
            dataset_id text,
            title text NOT NULL DEFAULT '',
            page text NOT NULL DEFAULT '',
            held text NOT NULL,
            seen_at timestamptz,
            score double precision,
            missing jsonb NOT NULL DEFAULT '[]',
            downloads integer NOT NULL DEFAULT 0,
            reuses integer NOT NULL DEFAULT 0,
            discussions integer NOT NULL DEFAULT 0,
            read_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE odlocale_datagouv_discussion (
            id text PRIMARY KEY,
            {_SIREN},
            package_id text,
            dataset_title text NOT NULL DEFAULT '',
            title text NOT NULL,
            page text NOT NULL DEFAULT '',
            answered boolean NOT NULL,
            closed boolean NOT NULL DEFAULT false,
            waiting_since timestamptz,
            messages jsonb NOT NULL DEFAULT '[]',
            read_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE odlocale_datagouv_alarm (
            key text PRIMARY KEY,
            {_SIREN},
            kind text NOT NULL,
            detail jsonb NOT NULL DEFAULT '{{}}',
            since timestamptz NOT NULL DEFAULT now(),
            told_at timestamptz
        )
        """
    )
    for table, column in (
        ("datagouv", "state"),
        ("datagouv", "organization_id"),
        ("datagouv_dataset", "siren"),
        ("datagouv_dataset", "dataset_id"),
        ("datagouv_discussion", "siren"),
        ("datagouv_alarm", "siren"),
    ):
        op.execute(
            f"CREATE INDEX odlocale_{table}_{column} ON odlocale_{table} ({column})"
        )


def downgrade() -> None:
    for table in ("alarm", "discussion", "dataset"):
        op.execute(f"DROP TABLE odlocale_datagouv_{table}")
    op.execute("DROP TABLE odlocale_datagouv")
    op.execute("DROP TABLE odlocale_datagouv_key")
