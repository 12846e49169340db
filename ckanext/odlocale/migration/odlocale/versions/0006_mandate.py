"""Mandates

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-24
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "odlocale_mandate",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("holder_id", sa.Text),
        sa.Column("holder_name", sa.Text, nullable=False, server_default=""),
        sa.Column("schemas", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.Column("document", JSONB),
        sa.Column("asked_by", sa.Text),
        sa.Column("asked_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.Column("settled_by", sa.Text),
        sa.Column("settled_at", TIMESTAMP),
        sa.Column("warned", sa.Integer),
        sa.Column("renews", sa.Text),
        sa.PrimaryKeyConstraint("id", name="odlocale_mandate_pkey"),
    )
    op.create_index("odlocale_mandate_org_id_idx", "odlocale_mandate", ["org_id"])
    op.create_index("odlocale_mandate_holder_idx", "odlocale_mandate", ["holder_id"])


def downgrade() -> None:
    op.drop_table("odlocale_mandate")
