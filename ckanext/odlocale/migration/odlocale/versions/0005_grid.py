"""Tables filled in online, a row of text for each row

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-24
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "odlocale_grid",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("constants", JSONB, nullable=False, server_default="{}"),
        sa.Column("conflicts", JSONB, nullable=False, server_default="[]"),
        sa.Column("deposit_id", sa.Text),
        sa.Column("created_by", sa.Text),
        sa.Column("created_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.Column("updated_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="odlocale_grid_pkey"),
        sa.UniqueConstraint("org_id", "schema", "key", name="odlocale_grid_place"),
    )
    op.create_table(
        "odlocale_grid_row",
        sa.Column("grid_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("cells", JSONB, nullable=False, server_default="{}"),
        # Who last wrote each cell, and in which version of the draft.
        sa.Column("stamps", JSONB, nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("grid_id", "id", name="odlocale_grid_row_pkey"),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["odlocale_grid.id"],
            name="odlocale_grid_row_grid_fkey",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("odlocale_grid_row")
    op.drop_table("odlocale_grid")
