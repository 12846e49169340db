"""One table for each schema: what is out of date, and where its dataset is

Whatever changes what is public (the desk, a merger, CKAN's own pages, a bulk action or
a purge that tells no plugin, a command) marks what it changed in its own transaction:
triggers cannot be forgotten.

Revision ID: 0015
Revises: 0014
Create Date: 2026-11-29
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

FUNCTIONS = ("deposit", "package", "owner")


def upgrade() -> None:
    # Rows are only added and removed: a mark never waits for another transaction.
    op.execute(
        """
        CREATE TABLE odlocale_table_due (
            id bigserial PRIMARY KEY,
            schema text NOT NULL,
            siren text NOT NULL,
            since timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("CREATE INDEX ON odlocale_table_due (schema, siren)")
    op.execute(
        """
        CREATE TABLE odlocale_table (
            schema text PRIMARY KEY,
            package_id text NOT NULL,
            resource_id text NOT NULL UNIQUE,
            version bigint NOT NULL,
            parquet_version bigint
        )
        """
    )
    op.execute(
        "CREATE INDEX odlocale_deposit_resource ON odlocale_deposit (resource_id)"
        " WHERE state = 'published'"
    )
    op.execute(
        "CREATE INDEX odlocale_deposit_package ON odlocale_deposit (package_id)"
        " WHERE state = 'published'"
    )
    op.execute(
        """
        CREATE FUNCTION odlocale_table_deposit() RETURNS trigger AS $$
        BEGIN
            IF TG_OP <> 'INSERT' AND OLD.state = 'published'
               AND OLD.schema IS NOT NULL THEN
                INSERT INTO odlocale_table_due (schema, siren)
                VALUES (OLD.schema, OLD.siren);
            END IF;
            IF TG_OP <> 'DELETE' AND NEW.state = 'published'
               AND NEW.schema IS NOT NULL THEN
                INSERT INTO odlocale_table_due (schema, siren)
                VALUES (NEW.schema, NEW.siren);
            END IF;
            RETURN NULL;
        END $$ LANGUAGE plpgsql
        """
    )
    op.execute(
        "CREATE TRIGGER odlocale_table_deposit AFTER INSERT OR DELETE OR UPDATE OF"
        " state, siren, schema, key, canonical_sha256, package_id ON odlocale_deposit"
        " FOR EACH ROW EXECUTE FUNCTION odlocale_table_deposit()"
    )
    op.execute(
        """
        CREATE FUNCTION odlocale_table_package() RETURNS trigger AS $$
        BEGIN
            INSERT INTO odlocale_table_due (schema, siren)
            SELECT DISTINCT schema, siren FROM odlocale_deposit
            WHERE package_id = OLD.id AND state = 'published' AND schema IS NOT NULL;
            RETURN NULL;
        END $$ LANGUAGE plpgsql
        """
    )
    op.execute(
        "CREATE TRIGGER odlocale_table_package AFTER UPDATE OF state, private"
        " ON package FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state"
        " OR OLD.private IS DISTINCT FROM NEW.private)"
        " EXECUTE FUNCTION odlocale_table_package()"
    )
    op.execute(
        "CREATE TRIGGER odlocale_table_package_gone AFTER DELETE ON package"
        " FOR EACH ROW EXECUTE FUNCTION odlocale_table_package()"
    )
    op.execute(
        """
        CREATE FUNCTION odlocale_table_owner() RETURNS trigger AS $$
        BEGIN
            INSERT INTO odlocale_table_due (schema, siren)
            SELECT DISTINCT schema, siren FROM odlocale_deposit
            WHERE siren = NEW.siren AND state = 'published' AND schema IS NOT NULL;
            RETURN NULL;
        END $$ LANGUAGE plpgsql
        """
    )
    op.execute(
        "CREATE TRIGGER odlocale_table_owner AFTER UPDATE OF siren, insee, name"
        " ON odlocale_collectivity FOR EACH ROW"
        " WHEN ((OLD.siren, OLD.insee, OLD.name)"
        " IS DISTINCT FROM (NEW.siren, NEW.insee, NEW.name))"
        " EXECUTE FUNCTION odlocale_table_owner()"
    )
    # What is published already is to be put in the tables.
    op.execute(
        "INSERT INTO odlocale_table_due (schema, siren) SELECT DISTINCT schema, siren"
        " FROM odlocale_deposit WHERE state = 'published' AND schema IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER odlocale_table_owner ON odlocale_collectivity")
    op.execute("DROP TRIGGER odlocale_table_package_gone ON package")
    op.execute("DROP TRIGGER odlocale_table_package ON package")
    op.execute("DROP TRIGGER odlocale_table_deposit ON odlocale_deposit")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION odlocale_table_{name}()")
    op.execute("DROP INDEX odlocale_deposit_package")
    op.execute("DROP INDEX odlocale_deposit_resource")
    op.execute("DROP TABLE odlocale_table")
    op.execute("DROP TABLE odlocale_table_due")
