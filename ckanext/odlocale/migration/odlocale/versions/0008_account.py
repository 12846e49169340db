"""Second factors, and the end of all sessions of an account

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-24
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "odlocale_account",
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
        sa.Column("totp_secret", sa.Text),
        sa.Column("totp_since", sa.DateTime(timezone=True)),
        sa.Column("totp_last", sa.BigInteger),
        sa.Column("recovery", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.PrimaryKeyConstraint("user_id", name="odlocale_account_pkey"),
    )


def downgrade() -> None:
    op.drop_table("odlocale_account")
