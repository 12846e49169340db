"""What an ATD asks about one model, of the collectivités that it covers."""

from __future__ import annotations

from collections.abc import Sequence

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.territory.tables import AtdPerimeter, PerimeterMember


class SchemaRule(tk.BaseModel):  # type: ignore[misc]
    """One ATD's rule about one model; without a row, nothing is asked.

    :ivar conforming: whether a file must have no error of the national model to be
        published; else it is published with its quality shown
    :ivar priority: whether the home of the desk proposes these data
    """

    __tablename__ = "odlocale_schema_rule"

    atd_siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_perimeter.atd_siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    schema: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    conforming: Mapped[bool] = mapped_column(sa.Boolean)
    priority: Mapped[bool] = mapped_column(sa.Boolean)

    @classmethod
    def write(
        cls, atd_siren: str, schema: str, *, conforming: bool, priority: bool
    ) -> None:
        """Keep a rule, without committing."""
        values = {"conforming": conforming, "priority": priority}
        model.Session.execute(
            insert(cls)
            .values(atd_siren=atd_siren, schema=schema, **values)
            .on_conflict_do_update(index_elements=["atd_siren", "schema"], set_=values)
        )

    @classmethod
    def of(cls, atd_sirens: Sequence[str], schema: str) -> dict[str, SchemaRule]:
        """Return the rules of some ATDs about one model, by SIREN of the ATD."""
        query = sa.select(cls).where(
            cls.atd_siren.in_(atd_sirens), cls.schema == schema
        )
        return {one.atd_siren: one for one in model.Session.scalars(query)}


def who_asks_conformity(siren: str, schema: str) -> list[str]:
    """Return the names of the ATDs above a collectivité that want no error, by name."""
    query = (
        _above()
        .with_only_columns(AtdPerimeter.name)
        .where(
            PerimeterMember.siren == siren,
            SchemaRule.schema == schema,
            SchemaRule.conforming,
        )
        .order_by(AtdPerimeter.name)
    )
    return list(model.Session.scalars(query))


def priorities_of(sirens: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return what is proposed to some collectivités: slug to name of the ATD, by SIREN.

    Where two ATDs propose the same, the first by name is said.
    """
    query = (
        _above()
        .with_only_columns(PerimeterMember.siren, SchemaRule.schema, AtdPerimeter.name)
        .where(PerimeterMember.siren.in_(sirens), SchemaRule.priority)
        .order_by(AtdPerimeter.name)
    )
    found: dict[str, dict[str, str]] = {}
    for siren, schema, name in model.Session.execute(query):
        found.setdefault(siren, {}).setdefault(schema, name)
    return found


def _above() -> sa.Select[tuple[SchemaRule]]:
    return (
        sa.select(SchemaRule)
        .join(AtdPerimeter, AtdPerimeter.atd_siren == SchemaRule.atd_siren)
        .join(PerimeterMember, PerimeterMember.atd_siren == SchemaRule.atd_siren)
    )
