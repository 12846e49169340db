"""Why a document outside any model was withdrawn

Revision ID: 0018
Revises: 0017
Create Date: 2026-11-30
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE odlocale_document_notice (
            package_id text PRIMARY KEY REFERENCES package (id) ON DELETE CASCADE,
            reason text NOT NULL,
            note text NOT NULL DEFAULT '',
            at timestamptz NOT NULL DEFAULT now()
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE odlocale_document_notice")
