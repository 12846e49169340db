"""What the portal's own database says of the tables: what they must hold, and what
has changed since they were brought to it.

Statements run on connections of their own, never in the caller's session: a table is
brought up to date once what changed is committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.tables.slices import Release
from ckanext.odlocale.territory.tables import Collectivity


class TableDue(tk.BaseModel):  # type: ignore[misc]
    """A collectivité whose slices in one table may be out of date.

    Written by the triggers of migration 0014, in the transaction of the change.
    """

    __tablename__ = "odlocale_table_due"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    schema: Mapped[str] = mapped_column(sa.Text)
    siren: Mapped[str] = mapped_column(sa.Text)


class Table(tk.BaseModel):  # type: ignore[misc]
    """The dataset that shows one table to everybody.

    :ivar resource_id: the resource through which CKAN's API reads the whole table
    :ivar version: of the table, when its dataset was last written
    :ivar parquet_version: of the table, as its Parquet file holds it
    """

    __tablename__ = "odlocale_table"

    schema: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text)
    resource_id: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(sa.BigInteger)
    parquet_version: Mapped[int | None] = mapped_column(sa.BigInteger)


@dataclass(frozen=True)
class Address:
    """What a resource of CKAN's shows of a table.

    :ivar siren: of whose slice; ``None`` for the whole table
    """

    schema: str
    siren: str | None = None
    key: str | None = None


def connect() -> Any:
    """Return a connection to the portal's database, apart from the session's."""
    assert model.meta.engine is not None
    return model.meta.engine.connect()


def find_address(resource_id: str) -> Address | None:
    """Return what a resource shows of a table, if anything.

    Read from our own tables: whatever a form may write on a resource counts for
    nothing.
    """
    with connect() as connection:
        row = connection.execute(
            sa.select(Deposit.schema, Deposit.siren, Deposit.key).where(
                Deposit.resource_id == resource_id, Deposit.state == "published"
            )
        ).first()
        if row is not None:
            return Address(*row)
        schema = connection.scalar(
            sa.select(Table.schema).where(Table.resource_id == resource_id)
        )
    return Address(schema) if schema else None


def resource_of(schema: str) -> str | None:
    """Return the resource through which a whole table is read, if it has one."""
    with connect() as connection:
        found: str | None = connection.scalar(
            sa.select(Table.resource_id).where(Table.schema == schema)
        )
    return found


def public_releases(
    connection: Any, schema: str, sirens: Sequence[str] | None = None
) -> list[Release]:
    """Return the releases of a schema that everybody may read.

    What :meth:`Deposit.shown` shows at its permanent address, no more and no less.

    :param sirens: only those in these collectivités' names
    """
    query = (
        sa.select(
            Deposit.siren,
            Deposit.key,
            Deposit.id,
            Deposit.canonical_sha256,
            sa.func.coalesce(Collectivity.insee, Deposit.siren),
            sa.func.coalesce(Collectivity.name, Deposit.siren),
        )
        .join(model.Package, model.Package.id == Deposit.package_id)
        .outerjoin(Collectivity, Collectivity.siren == Deposit.siren)
        .where(
            Deposit.schema == schema,
            Deposit.state == "published",
            Deposit.key.is_not(None),
            Deposit.canonical_sha256.is_not(None),
            model.Package.state == "active",
            model.Package.private.is_(False),
        )
    )
    if sirens is not None:
        query = query.where(Deposit.siren.in_(sirens))
    return [Release(*row) for row in connection.execute(query)]


def due_pairs(schema: str | None = None) -> list[tuple[str, str]]:
    """Return the tables and collectivités that wait, the longest wait first."""
    query = (
        sa.select(TableDue.schema, TableDue.siren)
        .group_by(TableDue.schema, TableDue.siren)
        .order_by(sa.func.min(TableDue.id))
    )
    if schema is not None:
        query = query.where(TableDue.schema == schema)
    with connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def due_marks(connection: Any, schema: str, siren: str) -> list[int]:
    """Return the marks of one table and collectivité that are there now."""
    query = sa.select(TableDue.id).where(
        TableDue.schema == schema, TableDue.siren == siren
    )
    return list(connection.scalars(query))


def forget_marks(connection: Any, marks: Sequence[int]) -> None:
    """Remove the marks of what is done; those made meanwhile stay."""
    if marks:
        connection.execute(sa.delete(TableDue).where(TableDue.id.in_(marks)))


def public_sirens(schema: str) -> list[str]:
    """Return whose names a schema's releases are in, in order."""
    query = (
        sa.select(Deposit.siren)
        .where(Deposit.schema == schema, Deposit.state == "published")
        .distinct()
        .order_by(Deposit.siren)
    )
    with connect() as connection:
        return list(connection.scalars(query))


def published_schemas() -> list[str]:
    """Return the schemas that something is published in."""
    query = (
        sa.select(Deposit.schema)
        .where(Deposit.state == "published", Deposit.schema.is_not(None))
        .distinct()
        .order_by(Deposit.schema)
    )
    with connect() as connection:
        return list(connection.scalars(query))
