"""The journal only grows: what is past its retention alone may go

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-24
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION odlocale_journal_grows() RETURNS trigger AS $$
        BEGIN
            IF TG_OP = 'DELETE'
               AND current_setting('odlocale.retention', true) = 'on' THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'the journal only grows';
        END $$ LANGUAGE plpgsql
        """
    )
    op.execute(
        "CREATE TRIGGER odlocale_journal_grows BEFORE UPDATE OR DELETE"
        " ON odlocale_journal FOR EACH ROW EXECUTE FUNCTION odlocale_journal_grows()"
    )
    op.create_index("odlocale_journal_at_idx", "odlocale_journal", ["at"])


def downgrade() -> None:
    op.drop_index("odlocale_journal_at_idx", "odlocale_journal")
    op.execute("DROP TRIGGER odlocale_journal_grows ON odlocale_journal")
    op.execute("DROP FUNCTION odlocale_journal_grows()")
