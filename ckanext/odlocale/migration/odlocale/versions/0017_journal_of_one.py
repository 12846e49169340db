"""Read fast what one person did or is named by, and keep the journal from being emptied

Revision ID: 0017
Revises: 0016
Create Date: 2026-11-30
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INDEXES = ("user_id", "object_id")


def upgrade() -> None:
    for column in INDEXES:
        op.execute(
            f"CREATE INDEX ix_odlocale_journal_{column} ON odlocale_journal ({column})"
        )
    # Rows are guarded one by one, which says nothing of TRUNCATE.
    op.execute(
        "CREATE TRIGGER odlocale_journal_stays BEFORE TRUNCATE ON odlocale_journal"
        " FOR EACH STATEMENT EXECUTE FUNCTION odlocale_journal_grows()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER odlocale_journal_stays ON odlocale_journal")
    for column in INDEXES:
        op.execute(f"DROP INDEX ix_odlocale_journal_{column}")
