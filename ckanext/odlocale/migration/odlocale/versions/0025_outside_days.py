"""Since when data are on other portals, so that the observatory reads any past day

Revision ID: 0025
Revises: 0024
Create Date: 2026-12-01
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was read before is known to be there since today.
    op.execute(
        """
        ALTER TABLE odlocale_elsewhere
            ADD COLUMN since date NOT NULL DEFAULT current_date,
            ADD COLUMN until date
        """
    )
    op.execute(
        """
        ALTER TABLE odlocale_datagouv_dataset ADD COLUMN since date
        """
    )
    op.execute(
        """
        UPDATE odlocale_datagouv_dataset SET since = read_at::date
         WHERE dataset_id IS NOT NULL AND held NOT IN ('archived', 'gone_here')
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE odlocale_datagouv_dataset DROP COLUMN since")
    op.execute("DELETE FROM odlocale_elsewhere WHERE until IS NOT NULL")
    op.execute("ALTER TABLE odlocale_elsewhere DROP COLUMN since, DROP COLUMN until")
