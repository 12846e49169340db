"""What keeps data alive: years with nothing to publish, reminders, readers' reports

Revision ID: 0014
Revises: 0013
Create Date: 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _siren() -> sa.Column[str]:
    owner = sa.ForeignKey(
        "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
    )
    return sa.Column("siren", sa.Text, owner, nullable=False)


def upgrade() -> None:
    op.create_table(
        "odlocale_nothing",
        _siren(),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Text),
        sa.Column("at", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("siren", "schema", "year"),
    )
    # One row for each person and collectivité: the last letter, and what it told.
    op.create_table(
        "odlocale_reminder",
        _siren(),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("told", postgresql.JSONB, nullable=False, server_default="{}"),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("siren", "user_id"),
    )
    op.create_table(
        "odlocale_digest",
        sa.Column("siren", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("siren", "user_id", "month"),
    )
    op.create_table(
        "odlocale_letter_stop",
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("user_id", "kind"),
    )
    op.create_table(
        "odlocale_report",
        sa.Column("id", sa.Text, primary_key=True),
        _siren(),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("row", sa.Integer),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False, server_default=""),
        sa.Column("personal", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("deposit_id", sa.Text),
        sa.Column("release_id", sa.Text),
        sa.Column("origin", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("settled_at", _MOMENT),
        sa.Column("settled_by", sa.Text),
    )
    op.create_index("odlocale_report_siren_idx", "odlocale_report", ["siren", "state"])
    op.create_index(
        "odlocale_report_created_idx", "odlocale_report", ["created_at", "origin"]
    )


def downgrade() -> None:
    for name in (
        "odlocale_report",
        "odlocale_letter_stop",
        "odlocale_digest",
        "odlocale_reminder",
        "odlocale_nothing",
    ):
        op.drop_table(name)
