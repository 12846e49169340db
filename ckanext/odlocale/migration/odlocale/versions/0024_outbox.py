"""What is due to data.gouv.fr

Revision ID: 0024
Revises: 0023
Create Date: 2026-11-30
"""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE odlocale_outbox (
            topic text NOT NULL,
            key text NOT NULL,
            payload jsonb NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            attempts integer NOT NULL DEFAULT 0,
            next_try timestamptz DEFAULT now(),
            last_error text,
            last_said text NOT NULL DEFAULT '',
            lease text,
            leased_until timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT odlocale_outbox_pkey PRIMARY KEY (topic, key)
        )
        """
    )
    op.execute(
        "CREATE INDEX odlocale_outbox_next_try_idx ON odlocale_outbox (next_try)"
    )
    # No reference to the dataset: its purge must still reach data.gouv.fr.
    op.execute(
        """
        CREATE TABLE odlocale_pushed (
            package_id text PRIMARY KEY,
            siren text NOT NULL,
            remote_id text,
            page text NOT NULL DEFAULT '',
            title text NOT NULL DEFAULT '',
            status text NOT NULL,
            told_modified timestamptz,
            told_stamp text NOT NULL DEFAULT '',
            harvested boolean NOT NULL DEFAULT false,
            purged boolean NOT NULL DEFAULT false,
            before jsonb,
            sending jsonb,
            kept jsonb NOT NULL DEFAULT '[]',
            held jsonb NOT NULL DEFAULT '{}',
            pushed_at timestamptz,
            checked_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX odlocale_pushed_siren_idx ON odlocale_pushed (siren)")
    op.execute(
        """
        CREATE TABLE odlocale_push_choice (
            siren text PRIMARY KEY,
            since timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT odlocale_push_choice_siren_fkey FOREIGN KEY (siren)
                REFERENCES odlocale_collectivity (siren)
                ON UPDATE CASCADE ON DELETE CASCADE
        )
        """
    )


def downgrade() -> None:
    for table in ("push_choice", "pushed", "outbox"):
        op.execute(f"DROP TABLE odlocale_{table}")
