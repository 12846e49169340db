"""What the worker does to a long file while its agent waits

Revision ID: 0020
Revises: 0019
Create Date: 2026-11-30
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE odlocale_work (
            deposit_id text PRIMARY KEY
                REFERENCES odlocale_deposit (id) ON DELETE CASCADE,
            token text NOT NULL,
            action text NOT NULL,
            data jsonb NOT NULL,
            user_id text NOT NULL,
            state text NOT NULL,
            done integer NOT NULL DEFAULT 0,
            rows integer NOT NULL DEFAULT 0,
            message text NOT NULL DEFAULT '',
            attempts integer NOT NULL DEFAULT 0,
            asked_at timestamptz NOT NULL DEFAULT now(),
            beat_at timestamptz NOT NULL DEFAULT now(),
            seen_at timestamptz
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE odlocale_work")
