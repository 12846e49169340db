"""Invitations, codes sent to town halls, and their official addresses

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-24
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "odlocale_invitation",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("fullname", sa.Text, nullable=False, server_default=""),
        sa.Column("capacity", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.Column("created_by", sa.Text),
        sa.Column("created_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.Column("sent_at", TIMESTAMP),
        sa.Column("expires_at", TIMESTAMP),
        sa.Column("answered_at", TIMESTAMP),
        sa.Column("user_id", sa.Text),
        sa.PrimaryKeyConstraint("id", name="odlocale_invitation_pkey"),
        sa.UniqueConstraint("token_hash", name="odlocale_invitation_token"),
    )
    op.create_index("odlocale_invitation_org_idx", "odlocale_invitation", ["org_id"])
    # One invitation that may still be answered for each person and collectivité.
    op.create_index(
        "odlocale_invitation_open",
        "odlocale_invitation",
        ["org_id", "email"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'sending', 'sent', 'unknown')"),
    )
    op.create_table(
        "odlocale_access_request",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("fullname", sa.Text, nullable=False, server_default=""),
        sa.Column("user_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("origin", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.Column("expires_at", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("id", name="odlocale_access_request_pkey"),
    )
    op.create_index(
        "odlocale_access_request_org_idx", "odlocale_access_request", ["org_id"]
    )
    op.create_table(
        "odlocale_official_address",
        sa.Column("siren", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("updated_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("siren", name="odlocale_official_address_pkey"),
    )


def downgrade() -> None:
    for table in ("official_address", "access_request", "invitation"):
        op.drop_table(f"odlocale_{table}")
