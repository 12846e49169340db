"""The DataStore's database: made, with a role that writes and one that only reads.

    python -m ckanext.odlocale.portal.tables_database

reads ``CKAN_SQLALCHEMY_URL``, ``CKAN_DATASTORE_WRITE_URL`` and
``CKAN_DATASTORE_READ_URL``. The user of the first must be a superuser, or the roles,
the database and ``ckan datastore set-permissions`` are to be made by hand. It may be
run again: passwords and rights are then set anew, data are left alone.
"""

from __future__ import annotations

import os
from importlib.resources import files
from urllib.parse import SplitResult, unquote, urlsplit

import psycopg2
from psycopg2 import sql

#: What anybody may ask by SQL must not fill the disk.
MAX_TEMPORARY = "1GB"


def prepare(main_url: str, write_url: str, read_url: str) -> None:
    """Make the database and its two roles, or set their passwords and rights anew.

    :param main_url: CKAN's own database, as a superuser
    :param write_url: the DataStore's, as the role that writes
    :param read_url: the same, as the role that only reads
    """
    main, write, read = (urlsplit(url) for url in (main_url, write_url, read_url))
    name = write.path.lstrip("/")
    connection = psycopg2.connect(main_url)
    connection.autocommit = True
    try:
        for role in (write, read):
            _keep_role(connection, role)
        _keep_database(connection, name, str(write.username))
    finally:
        connection.close()
    inside = psycopg2.connect(main._replace(path=f"/{name}").geturl())
    inside.autocommit = True
    try:
        with inside.cursor() as cursor:
            cursor.execute(_permissions(main, write, read))
            cursor.execute("SELECT 1 FROM pg_type WHERE typname = 'nested'")
            if not cursor.fetchone():
                # CKAN makes it at the first search: two at once, and one fails.
                cursor.execute("CREATE TYPE nested AS (json json, extra text)")
                owner = sql.Identifier(str(write.username))
                cursor.execute(sql.SQL("ALTER TYPE nested OWNER TO {}").format(owner))
    finally:
        inside.close()


def _keep_role(connection: psycopg2.extensions.connection, url: SplitResult) -> None:
    role = sql.Identifier(str(url.username))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (url.username,))
        verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
        password = sql.Literal(unquote(url.password or ""))
        cursor.execute(
            sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, role, password)
        )
        cursor.execute(
            sql.SQL("ALTER ROLE {} SET temp_file_limit = {}").format(
                role, sql.Literal(MAX_TEMPORARY)
            )
        )


def _keep_database(
    connection: psycopg2.extensions.connection, name: str, owner: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if not cursor.fetchone():
            cursor.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(name), sql.Identifier(owner)
                )
            )


def _permissions(main: SplitResult, write: SplitResult, read: SplitResult) -> str:
    """Return the statements of ``ckan datastore set-permissions``, for one connection.

    That command loads CKAN, which refuses to start before they were run.
    """
    text = (files("ckanext.datastore") / "set_permissions.sql").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("\\connect"))
    return "\n".join(lines).format(
        maindb=_quote(main.path.lstrip("/")),
        datastoredb=_quote(write.path.lstrip("/")),
        mainuser=_quote(str(main.username)),
        writeuser=_quote(str(write.username)),
        readuser=_quote(str(read.username)),
    )


def _quote(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


if __name__ == "__main__":
    prepare(
        os.environ["CKAN_SQLALCHEMY_URL"],
        os.environ["CKAN_DATASTORE_WRITE_URL"],
        os.environ["CKAN_DATASTORE_READ_URL"],
    )
