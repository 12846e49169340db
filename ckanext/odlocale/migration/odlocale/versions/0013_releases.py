"""Releases: Parquet, why a file was withdrawn, contents to be erased

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)
DEPOSIT = "odlocale_deposit"


def upgrade() -> None:
    op.add_column(DEPOSIT, sa.Column("parquet_sha256", sa.Text))
    op.add_column(DEPOSIT, sa.Column("parquet_size", sa.BigInteger))
    op.add_column(DEPOSIT, sa.Column("withdrawn_at", TIMESTAMP))
    op.add_column(DEPOSIT, sa.Column("withdrawal", sa.Text))
    op.add_column(DEPOSIT, sa.Column("withdrawal_note", sa.Text))
    op.create_index("odlocale_deposit_address", DEPOSIT, ["siren", "schema", "key"])
    for name in ("original", "canonical", "parquet"):
        op.create_index(f"odlocale_deposit_{name}_idx", DEPOSIT, [f"{name}_sha256"])
    op.create_table(
        "odlocale_erasure",
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("asked_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("sha256", name="odlocale_erasure_pkey"),
    )
    _move_reasons()


def _move_reasons() -> None:
    """Move what agents wrote to where it can be erased.

    The journal only grows: free text, which may name somebody, had no place there.
    """
    op.execute(
        """
        UPDATE odlocale_deposit AS deposit
        SET withdrawn_at = deposit.updated_at,
            withdrawal = 'other',
            withdrawal_note = (
                SELECT NULLIF(line.detail ->> 'reason', '')
                FROM odlocale_journal AS line
                WHERE line.object_type = 'deposit'
                  AND line.object_id = deposit.id
                  AND line.verb = 'withdrawn'
                ORDER BY line.id DESC
                LIMIT 1
            )
        WHERE deposit.state = 'withdrawn'
        """
    )
    op.execute("ALTER TABLE odlocale_journal DISABLE TRIGGER odlocale_journal_grows")
    op.execute(
        """
        UPDATE odlocale_journal
        SET detail = detail - 'reason'
        WHERE object_type = 'deposit' AND verb = 'withdrawn'
          AND jsonb_exists(detail, 'reason')
        """
    )
    op.execute("ALTER TABLE odlocale_journal ENABLE TRIGGER odlocale_journal_grows")


def downgrade() -> None:
    op.drop_table("odlocale_erasure")
    for name in ("original", "canonical", "parquet"):
        op.drop_index(f"odlocale_deposit_{name}_idx", DEPOSIT)
    op.drop_index("odlocale_deposit_address", DEPOSIT)
    for name in ("withdrawal_note", "withdrawal", "withdrawn_at"):
        op.drop_column(DEPOSIT, name)
    op.drop_column(DEPOSIT, "parquet_size")
    op.drop_column(DEPOSIT, "parquet_sha256")
