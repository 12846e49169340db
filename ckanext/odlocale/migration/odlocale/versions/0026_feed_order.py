"""The order of the feeds, so that a page costs the same wherever it is

Revision ID: 0026
Revises: 0025
Create Date: 2026-12-01
"""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # On a table of CKAN's own, which has no index on these columns.
    op.execute(
        """
        CREATE INDEX odlocale_feed_order ON package (metadata_created, id)
            WHERE state = 'active' AND NOT private
        """
    )
    op.execute(
        """
        CREATE INDEX odlocale_feed_order_owner
            ON package (owner_org, metadata_created, id)
            WHERE state = 'active' AND NOT private
        """
    )


def downgrade() -> None:
    op.execute("DROP INDEX odlocale_feed_order_owner")
    op.execute("DROP INDEX odlocale_feed_order")
