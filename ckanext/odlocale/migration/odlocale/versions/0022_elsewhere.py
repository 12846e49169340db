"""Data that a collectivité publishes elsewhere, and each fragment's row of catalogue

Revision ID: 0022
Revises: 0021
Create Date: 2026-11-30
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Fragments of before are written anew as they are asked for: their stamp is old.
    op.execute(
        """
        ALTER TABLE odlocale_fragment
            ADD COLUMN catalogue_row text NOT NULL DEFAULT ''
        """
    )
    op.execute(
        """
        CREATE TABLE odlocale_elsewhere_source (
            siren text PRIMARY KEY REFERENCES odlocale_collectivity (siren)
                ON UPDATE CASCADE ON DELETE CASCADE,
            kind text NOT NULL
                CONSTRAINT odlocale_elsewhere_source_kind
                CHECK (kind IN ('datagouv', 'dcat')),
            address text NOT NULL,
            read_at timestamp with time zone,
            tried_at timestamp with time zone,
            fault text
        )
        """
    )
    op.execute(
        """
        CREATE TABLE odlocale_elsewhere (
            siren text NOT NULL REFERENCES odlocale_elsewhere_source (siren)
                ON UPDATE CASCADE ON DELETE CASCADE,
            identifier text NOT NULL,
            title text NOT NULL,
            url text NOT NULL,
            schema text,
            licence text,
            files integer NOT NULL DEFAULT 0,
            modified timestamp with time zone,
            PRIMARY KEY (siren, identifier)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE odlocale_elsewhere")
    op.execute("DROP TABLE odlocale_elsewhere_source")
    op.execute("ALTER TABLE odlocale_fragment DROP COLUMN catalogue_row")
