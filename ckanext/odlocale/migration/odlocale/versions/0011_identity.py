"""Who logs in by an OpenID Connect provider, and for whom it lets them act

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "odlocale_identity",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("sub", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("made_account", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("siret", sa.Text, nullable=False),
        sa.Column("acr", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.Column("seen_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="odlocale_identity_pkey"),
        sa.UniqueConstraint("issuer", "sub", name="odlocale_identity_sub"),
    )
    op.create_index("odlocale_identity_user_idx", "odlocale_identity", ["user_id"])
    op.create_table(
        "odlocale_attachment",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("identity_id", sa.Text, nullable=False),
        sa.Column("siren", sa.Text, nullable=False),
        sa.Column("siret", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False, server_default=""),
        sa.Column("place", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("gave_role", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("asked_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.Column("proved_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.Column("settled_by", sa.Text),
        sa.Column("settled_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("id", name="odlocale_attachment_pkey"),
        sa.UniqueConstraint(
            "identity_id", "siren", name="odlocale_attachment_identity_siren"
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["odlocale_identity.id"],
            name="odlocale_attachment_identity",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'granted', 'refused', 'lapsed')",
            name="odlocale_attachment_state",
        ),
    )
    op.create_index("odlocale_attachment_place_idx", "odlocale_attachment", ["place"])
    op.create_index(
        "odlocale_attachment_granted_idx",
        "odlocale_attachment",
        ["proved_at"],
        postgresql_where=sa.text("state = 'granted'"),
    )


def downgrade() -> None:
    op.drop_table("odlocale_attachment")
    op.drop_table("odlocale_identity")
