"""Collectivités handed over to another portal

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-23
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "odlocale_handover",
        sa.Column("siren", sa.Text, nullable=False),
        sa.Column("pack", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("packed_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.Column("moved_to", sa.Text),
        sa.Column("organization", sa.Text),
        sa.Column("confirmed_at", TIMESTAMP),
        sa.Column("released_at", TIMESTAMP),
        # What cancelling gives back, and what its feed goes on answering.
        sa.Column("hidden", JSONB, nullable=False, server_default="{}"),
        sa.Column("feed", JSONB, nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("siren", name="odlocale_handover_pkey"),
        sa.ForeignKeyConstraint(
            ["siren"],
            ["odlocale_collectivity.siren"],
            name="odlocale_handover_siren_fkey",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("odlocale_handover")
