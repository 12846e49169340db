"""Which column of a town hall's own files is which

Revision ID: 0019
Revises: 0018
Create Date: 2026-11-30
"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE odlocale_column_answer (
            siren text NOT NULL REFERENCES odlocale_collectivity (siren)
                ON UPDATE CASCADE ON DELETE CASCADE,
            schema text NOT NULL,
            header text NOT NULL,
            field text NOT NULL,
            PRIMARY KEY (siren, schema, header)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE odlocale_column_answer")
