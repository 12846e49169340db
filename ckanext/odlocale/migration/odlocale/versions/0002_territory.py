"""Perimeters of several ATDs, former codes, targets, and datasets that move

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-23
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    # The other portal that a collectivité was handed over to.
    op.add_column("odlocale_collectivity", sa.Column("moved_to", sa.Text))
    op.create_table(
        "odlocale_alias",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("siren", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name="odlocale_alias_pkey"),
        sa.ForeignKeyConstraint(
            ["siren"],
            ["odlocale_collectivity.siren"],
            name="odlocale_alias_siren_fkey",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "odlocale_perimeter",
        sa.Column("atd_siren", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("colour", sa.Text),
        sa.Column("definition", JSONB, nullable=False),
        sa.Column(
            "updated_at", TIMESTAMP, nullable=False, server_default=sa.func.now()
        ),
        sa.PrimaryKeyConstraint("atd_siren", name="odlocale_perimeter_pkey"),
    )
    op.create_table(
        "odlocale_perimeter_member",
        sa.Column("atd_siren", sa.Text, nullable=False),
        sa.Column("siren", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(
            "atd_siren", "siren", name="odlocale_perimeter_member_pkey"
        ),
        sa.ForeignKeyConstraint(
            ["atd_siren"],
            ["odlocale_perimeter.atd_siren"],
            name="odlocale_perimeter_member_atd_siren_fkey",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["siren"],
            ["odlocale_collectivity.siren"],
            name="odlocale_perimeter_member_siren_fkey",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "odlocale_perimeter_member_siren_idx", "odlocale_perimeter_member", ["siren"]
    )
    op.create_table(
        "odlocale_target",
        sa.Column("siren", sa.Text, nullable=False),
        # The slug of a table schema, or * for all those that have no row.
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column(
            "updated_at", TIMESTAMP, nullable=False, server_default=sa.func.now()
        ),
        sa.PrimaryKeyConstraint("siren", "schema", name="odlocale_target_pkey"),
        sa.ForeignKeyConstraint(
            ["siren"],
            ["odlocale_collectivity.siren"],
            name="odlocale_target_siren_fkey",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "target IN ('portal', 'datagouv', 'elsewhere')",
            name="odlocale_target_target_check",
        ),
    )
    op.create_table(
        "odlocale_transfer",
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("from_siren", sa.Text, nullable=False),
        sa.Column("to_siren", sa.Text, nullable=False),
        sa.Column("since", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.Column("accepted_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("package_id", name="odlocale_transfer_pkey"),
    )
    op.create_index("odlocale_transfer_from_siren_idx", "odlocale_transfer", ["from_siren"])
    # What a plan changed and the search engine does not know yet.
    op.create_table(
        "odlocale_reindex",
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("since", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("org_id", name="odlocale_reindex_pkey"),
    )
    op.create_index(
        "odlocale_collectivity_successor_idx", "odlocale_collectivity", ["successor"]
    )


def downgrade() -> None:
    op.drop_index("odlocale_collectivity_successor_idx")
    for table in (
        "reindex",
        "transfer",
        "target",
        "perimeter_member",
        "perimeter",
        "alias",
    ):
        op.drop_table(f"odlocale_{table}")
    op.drop_column("odlocale_collectivity", "moved_to")
