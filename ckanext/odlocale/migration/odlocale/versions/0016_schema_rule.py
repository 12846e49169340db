"""What an ATD asks about one model

Revision ID: 0016
Revises: 0015
Create Date: 2026-11-30
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE odlocale_schema_rule (
            atd_siren text NOT NULL REFERENCES odlocale_perimeter (atd_siren)
                ON UPDATE CASCADE ON DELETE CASCADE,
            schema text NOT NULL,
            conforming boolean NOT NULL,
            priority boolean NOT NULL,
            PRIMARY KEY (atd_siren, schema)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE odlocale_schema_rule")
