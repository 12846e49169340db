"""The indicators of a collectivité from a day until they change

Revision ID: 0023
Revises: 0022
Create Date: 2026-11-30
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A row on change, not a row a day. Where each was on that day (EPCI, population…)
    # is in it: any past day can be read though the register has changed since.
    op.execute(
        """
        CREATE TABLE odlocale_indicator (
            siren text NOT NULL REFERENCES odlocale_collectivity (siren)
                ON UPDATE CASCADE ON DELETE CASCADE,
            since date NOT NULL,
            until date,
            version integer NOT NULL,
            kind text NOT NULL,
            population integer,
            epci text,
            arrondissement text,
            departement text,
            region text,
            portal integer NOT NULL,
            datagouv integer NOT NULL,
            elsewhere integer NOT NULL,
            schemas text NOT NULL,
            late text NOT NULL,
            missing text NOT NULL,
            valid integer NOT NULL,
            corrected integer NOT NULL,
            applies integer NOT NULL,
            presumed integer NOT NULL,
            quality double precision,
            opened_on date,
            opened_by text,
            contact_on date,
            PRIMARY KEY (siren, since),
            CONSTRAINT odlocale_indicator_order CHECK (until > since)
        )
        """
    )
    op.execute(
        "CREATE UNIQUE INDEX odlocale_indicator_current ON odlocale_indicator (siren)"
        " WHERE until IS NULL"
    )
    op.execute(
        "CREATE INDEX odlocale_indicator_epci ON odlocale_indicator (epci, since)"
    )
    op.execute("CREATE INDEX odlocale_indicator_since ON odlocale_indicator (since)")
    op.execute(
        """
        CREATE TABLE odlocale_observation (
            day date PRIMARY KEY,
            version integer NOT NULL,
            at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute(
        """
        CREATE TABLE odlocale_goal (
            atd_siren text PRIMARY KEY REFERENCES odlocale_perimeter (atd_siren)
                ON UPDATE CASCADE ON DELETE CASCADE,
            by_day date NOT NULL,
            count integer NOT NULL CHECK (count > 0)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE odlocale_download (
            siren text NOT NULL REFERENCES odlocale_collectivity (siren)
                ON UPDATE CASCADE ON DELETE CASCADE,
            schema text NOT NULL,
            day date NOT NULL,
            count integer NOT NULL,
            PRIMARY KEY (siren, schema, day)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE odlocale_observatory_dataset (
            atd_siren text NOT NULL REFERENCES odlocale_perimeter (atd_siren)
                ON UPDATE CASCADE ON DELETE CASCADE,
            name text NOT NULL,
            package_id text NOT NULL,
            PRIMARY KEY (atd_siren, name)
        )
        """
    )


def downgrade() -> None:
    for table in (
        "observatory_dataset",
        "download",
        "goal",
        "observation",
        "indicator",
    ):
        op.execute(f"DROP TABLE odlocale_{table}")
