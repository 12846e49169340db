"""Territories written in the database from the register, for tests of pages.

Two départements of unequal sizes, the Indre (36) whole and the Lot (46) cut to one
intercommunalité.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.territory.identifiers import organization_name
from ckanext.odlocale.territory.register import Collectivity as Registered
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)

#: The départements, by their codes: the Indre, the Lot.
BIG, SMALL = "36", "46"


@dataclass(frozen=True)
class Territory:
    """A département written in the database.

    :ivar head: its département; ``epci``: its largest one; ``communes`` of that
        EPCI, by name.
    """

    head: Registered
    epci: Registered
    communes: tuple[Registered, ...]

    def org_of(self, one: Registered) -> str:
        found = Collectivity.by_code(one.siren)
        assert found is not None
        return str(found.org_id)


def write_territory(departement: str, only: int | None = None) -> Territory:
    """Write a département: organisations, hierarchy, register's rows, centres.

    :param only: how many communes of the largest EPCI; the whole where ``None``.
    """
    register = Register.load()
    head = register.head(departement)
    assert head is not None
    everyone = [
        one
        for one in register.departement(departement)
        if one.kind != "epci" or one.departement == departement
    ]
    epcis = [one for one in everyone if one.kind == "epci"]
    largest = max(epcis, key=lambda epci: len(_communes(everyone, epci.siren)))
    communes = _communes(everyone, largest.siren)
    if only is not None:
        communes = communes[:only]
        everyone = [head, largest, *communes]
    known = {one.siren for one in everyone}
    for rank, one in enumerate(everyone):
        _write(one, rank)
    model.Session.flush()
    for one in everyone:
        if one.siren != head.siren:
            above = one.epci_siren if one.epci_siren in known else head.siren
            _put_below(one.siren, str(above))
    model.Session.commit()
    return Territory(head, largest, tuple(sorted(communes, key=lambda one: one.name)))


def _communes(everyone: Iterable[Registered], epci: str) -> list[Registered]:
    return [one for one in everyone if one.epci_siren == epci]


def _write(one: Registered, rank: int) -> None:
    name = organization_name(one)
    org = model.Group.get(name)
    if org is None:
        org = model.Group(name=name, title=one.title, type="organization")
        org.is_organization = True
        org.extras = {"siren": one.siren, "kind": one.kind}
        model.Session.add(org)
        model.Session.flush()
    row = model.Session.get(Collectivity, one.siren)
    if row is None:
        row = Collectivity(siren=one.siren)
        model.Session.add(row)
    row.insee, row.kind, row.name = one.insee, one.kind, one.name
    row.population, row.epci_siren = one.population, one.epci_siren
    row.departement, row.region = one.departement, one.region
    row.org_id, row.cog_vintage, row.status = org.id, 2026, "active"
    if one.kind == "commune":
        row.longitude, row.latitude = 1.0 + rank % 20 * 0.05, 46.5 + rank // 20 * 0.05


def _put_below(siren: str, above: str) -> None:
    child, parent = (model.Session.get(Collectivity, one) for one in (siren, above))
    assert child is not None
    assert parent is not None
    rows = model.member_table
    known = (rows.c.group_id == child.org_id) & (rows.c.table_name == "group")
    model.Session.execute(sa.delete(rows).where(known))
    model.Session.execute(sa.insert(rows).values(**member_row(child, parent)))


def member_row(child: Collectivity, parent: Collectivity) -> dict[str, Any]:
    """The row by which core knows that one is below another."""
    return {
        "id": str(uuid.uuid4()),
        "table_name": "group",
        "group_id": child.org_id,
        "table_id": parent.org_id,
        "capacity": "public",
        "state": "active",
    }


def act(action: str, **data: Any) -> Any:
    """Call an action as the portal itself."""
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return tk.get_action(action)({"user": site["name"], "ignore_auth": True}, data)


def register_atd(
    siren: str, name: str, colour: str | None, members: Iterable[str]
) -> None:
    """Make a collectivité an ATD that covers those."""
    session = model.Session
    atd = session.get(AtdPerimeter, siren)
    if atd is None:
        atd = AtdPerimeter(
            atd_siren=siren, definition={"include": [{"kind": "siren", "code": siren}]}
        )
        session.add(atd)
    atd.name, atd.colour = name, colour
    session.flush()
    session.execute(
        sa.delete(PerimeterMember).where(PerimeterMember.atd_siren == siren)
    )
    session.flush()
    for one in {siren, *members}:
        session.add(PerimeterMember(atd_siren=siren, siren=one))
    session.commit()


@contextmanager
def counted() -> Iterator[list[str]]:
    """List the statements sent to PostgreSQL."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    sa.event.listen(model.meta.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(model.meta.engine, "before_cursor_execute", note)


def page_of(app: Any, one: Registered) -> str:
    return str(app.get(f"/organization/{organization_name(one)}", status=200).body)


def dataset_of(owner: str, **fields: Any) -> dict[str, Any]:
    return act(
        "package_create",
        name=f"donnees-{uuid.uuid4().hex[:12]}",
        title=fields.pop("title", "Menus des écoles"),
        owner_org=owner,
        **fields,
    )
