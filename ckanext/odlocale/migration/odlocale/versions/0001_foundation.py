"""Collectivités, deposits, feed fragments and the journal

Revision ID: 0001
Revises:
Create Date: 2026-11-23
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "odlocale_collectivity",
        sa.Column("siren", sa.Text, nullable=False),
        sa.Column("insee", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("population", sa.Integer),
        sa.Column("epci_siren", sa.Text),
        sa.Column("departement", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("org_id", sa.Text),
        sa.Column("cog_vintage", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default="active"),
        sa.Column("successor", sa.Text),
        sa.Column("longitude", sa.Float),
        sa.Column("latitude", sa.Float),
        sa.Column("contour", sa.Text),
        sa.PrimaryKeyConstraint("siren", name="odlocale_collectivity_pkey"),
        sa.UniqueConstraint("insee", name="odlocale_collectivity_insee_key"),
        sa.UniqueConstraint("org_id", name="odlocale_collectivity_org_id_key"),
    )
    op.create_index(
        "odlocale_collectivity_epci_siren_idx", "odlocale_collectivity", ["epci_siren"]
    )
    op.create_index(
        "odlocale_collectivity_departement_idx",
        "odlocale_collectivity",
        ["departement"],
    )
    op.create_table(
        "odlocale_deposit",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("siren", sa.Text, nullable=False),
        sa.Column("schema", sa.Text),
        sa.Column("schema_version", sa.Text),
        sa.Column("key", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False, server_default="deposit"),
        sa.Column("filename", sa.Text),
        sa.Column("original_sha256", sa.Text),
        sa.Column("original_size", sa.BigInteger),
        sa.Column("canonical_sha256", sa.Text),
        sa.Column("canonical_size", sa.BigInteger),
        sa.Column("rows", sa.Integer),
        sa.Column("report", JSONB),
        sa.Column("corrections", JSONB),
        sa.Column("answers", JSONB),
        sa.Column("package_id", sa.Text),
        sa.Column("resource_id", sa.Text),
        sa.Column("created_by", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column(
            "created_at", TIMESTAMP, nullable=False, server_default=sa.func.now()
        ),
        sa.Column(
            "updated_at", TIMESTAMP, nullable=False, server_default=sa.func.now()
        ),
        sa.Column("published_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("id", name="odlocale_deposit_pkey"),
    )
    op.create_index("odlocale_deposit_org_id_idx", "odlocale_deposit", ["org_id"])
    # The row that is published IS the pointer of the permanent address, so
    # the database itself refuses a second one.
    op.create_index(
        "odlocale_deposit_published_key",
        "odlocale_deposit",
        ["siren", "schema", "key"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "odlocale_fragment",
        sa.Column("package_id", sa.Text, nullable=False),
        sa.Column("org_id", sa.Text, nullable=False),
        sa.Column("order_key", sa.Text, nullable=False),
        sa.Column("stamp", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("ntriples", sa.Text, nullable=False),
        sa.Column(
            "updated_at", TIMESTAMP, nullable=False, server_default=sa.func.now()
        ),
        sa.PrimaryKeyConstraint("package_id", name="odlocale_fragment_pkey"),
    )
    op.create_index(
        "odlocale_fragment_org_id_order_key_idx",
        "odlocale_fragment",
        ["org_id", "order_key"],
    )
    op.create_table(
        "odlocale_journal",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.Column("user_id", sa.Text),
        sa.Column("org_id", sa.Text),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("object_type", sa.Text),
        sa.Column("object_id", sa.Text),
        sa.Column("detail", JSONB),
        sa.PrimaryKeyConstraint("id", name="odlocale_journal_pkey"),
    )
    op.create_index("odlocale_journal_org_id_idx", "odlocale_journal", ["org_id"])


def downgrade() -> None:
    for table in ("journal", "fragment", "deposit", "collectivity"):
        op.drop_table(f"odlocale_{table}")
