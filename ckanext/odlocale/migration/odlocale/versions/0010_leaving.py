"""Accounts that serve nobody, and addresses that letters come back from

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("odlocale_account", sa.Column("idle_warned_at", TIMESTAMP))
    op.add_column("odlocale_account", sa.Column("bounced_at", TIMESTAMP))
    op.add_column("odlocale_official_address", sa.Column("bounced_at", TIMESTAMP))
    # Bounces and erasures look for an address among all invitations and requests.
    for table in ("odlocale_invitation", "odlocale_access_request"):
        op.create_index(f"{table}_email_idx", table, ["email"])


def downgrade() -> None:
    for table in ("odlocale_invitation", "odlocale_access_request"):
        op.drop_index(f"{table}_email_idx", table)
    op.drop_column("odlocale_official_address", "bounced_at")
    op.drop_column("odlocale_account", "bounced_at")
    op.drop_column("odlocale_account", "idle_warned_at")
