"""Tokens of software, and which software sent a deposit

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "odlocale_token",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("mandate_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("schemas", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("verbs", ARRAY(sa.Text), nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("created_by", sa.Text),
        sa.Column(
            "created_at", TIMESTAMP, nullable=False, server_default=sa.func.now()
        ),
        sa.Column("last_used_at", TIMESTAMP),
        sa.Column("last_used_for", JSONB),
        sa.Column("revoked_at", TIMESTAMP),
        sa.Column("revoked_by", sa.Text),
        sa.Column("warned", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="odlocale_token_pkey"),
        sa.UniqueConstraint("prefix", name="odlocale_token_prefix_key"),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["odlocale_mandate.id"], name="odlocale_token_mandate_fkey"
        ),
    )
    op.create_index("odlocale_token_org_id_idx", "odlocale_token", ["org_id"])
    op.create_index("odlocale_token_mandate_idx", "odlocale_token", ["mandate_id"])
    op.add_column("odlocale_deposit", sa.Column("software", sa.Text))


def downgrade() -> None:
    op.drop_column("odlocale_deposit", "software")
    op.drop_table("odlocale_token")
