"""Communes and files, as the tests of publishing make them, and the tables' rows."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from ckan.tests import factories, helpers

from ckanext.odlocale.tables import settling
from tests.integration.publishing.conftest import (
    clean_session,
    desk_of,
    mende,
    town,
)

__all__ = ["clean_session", "desk_of", "mende", "town"]


def rows_of(resource_id: str, **asked: Any) -> dict[str, Any]:
    """What anybody reads of a resource."""
    found: dict[str, Any] = helpers.call_action(
        "datastore_search", {"user": "", "ignore_auth": False},
        resource_id=resource_id, **asked,
    )  # fmt: skip
    return found


def as_administrator(action: str, **data: Any) -> Any:
    """Call an action of CKAN's as an administrator of the portal."""
    user = factories.Sysadmin()["name"]
    return helpers.call_action(action, {"user": user, "ignore_auth": False}, **data)


@contextlib.contextmanager
def tables_down() -> Iterator[None]:
    """Let PostgreSQL refuse whoever asks for the tables' database."""
    name = urlsplit(os.environ["CKAN_DATASTORE_WRITE_URL"]).path.lstrip("/")
    connection = psycopg2.connect(os.environ["CKAN_SQLALCHEMY_URL"])
    connection.autocommit = True
    cursor = connection.cursor()
    try:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )
        yield
    finally:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        connection.close()


def held(schema: str, siren: str) -> list[tuple[str, int]]:
    """The releases of one collectivité that a table holds, and its rows of each."""
    with settling.writing() as cursor:
        cursor.execute("SELECT to_regclass('odl_budget') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(
            "SELECT deposit, count(*) FROM odl_budget WHERE org = %s"
            " GROUP BY 1 ORDER BY 1",
            (siren,),
        )
        return list(cursor.fetchall())
