"""Alembic's environment: CKAN's database, our tables, our version table."""

from __future__ import annotations

from alembic import context
from ckan.model.meta import metadata
from sqlalchemy import engine_from_config, pool

config = context.config
VERSION_TABLE = "odlocale_alembic_version"


def is_ours(obj, name, type_, reflected, compare_to) -> bool:
    """Compare our own tables only when a migration is generated."""
    return type_ != "table" or name.startswith("odlocale_")


def run_migrations() -> None:
    """Run what is due over a connection to CKAN's database."""
    engine = engine_from_config(
        config.get_section(config.config_ini_section),
        prefix="sqlalchemy.",
        poolclass=pool.NullPool,
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=VERSION_TABLE,
            include_object=is_ours,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    context.configure(
        url=config.get_main_option("sqlalchemy.url"),
        target_metadata=metadata,
        literal_binds=True,
        version_table=VERSION_TABLE,
        include_object=is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    run_migrations()
