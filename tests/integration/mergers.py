"""A merger, a new number and a closing, as rows of the database.

What a plan writes of them, and nothing else of a plan: the tests of the rooms on the
right need no whole département for each case.
"""

from __future__ import annotations

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale import rooms
from ckanext.odlocale.territory import transfers
from ckanext.odlocale.territory.tables import Alias, Collectivity


def merge(former_org_id: str, heir_org_id: str) -> None:
    """Let a commune become part of another."""
    former = Collectivity.by_org(former_org_id)
    heir = Collectivity.by_org(heir_org_id)
    assert former is not None
    assert heir is not None
    sirens = former.siren, heir.siren
    transfers.move_datasets(former_org_id, heir_org_id, *sirens)
    former.status, former.successor = "merged", heir.siren
    model.Group.get(former_org_id).state = "deleted"
    model.Session.execute(
        sa.update(model.Member)
        .where(
            model.Member.group_id == former_org_id,
            model.Member.table_name == "user",
        )
        .values(group_id=heir_org_id)
    )
    model.Session.flush()
    rooms.call_hooks("after_merger", former_org_id, heir_org_id, *sirens)
    model.Session.commit()


def restore(former_org_id: str) -> None:
    """Let a commune that merged exist again."""
    former = Collectivity.by_org(former_org_id)
    assert former is not None
    siren = former.siren
    former.status, former.successor = "active", None
    model.Group.get(former_org_id).state = "active"
    model.Session.flush()
    rooms.call_hooks("after_restoration", former_org_id, siren)
    model.Session.commit()


def change_siren(org_id: str, after: str) -> str:
    """Give a collectivité another SIREN, and return the one it had."""
    row = Collectivity.by_org(org_id)
    assert row is not None
    before = row.siren
    table = Collectivity.__table__
    model.Session.execute(
        sa.update(table).where(table.c.siren == before).values(siren=after)
    )
    model.Session.execute(
        sa.update(table).where(table.c.successor == before).values(successor=after)
    )
    model.Session.execute(
        sa.insert(Alias.__table__).values(kind="siren", value=before, siren=after)
    )
    model.Session.expunge_all()
    rooms.call_hooks("after_siren_change", org_id, before, after)
    model.Session.commit()
    return before


def change_insee(org_id: str, after: str) -> str:
    """Give a commune another INSEE code, and return the one it had."""
    row = Collectivity.by_org(org_id)
    assert row is not None
    assert row.insee is not None
    before, row.insee = row.insee, after
    model.Session.add(Alias(kind="insee", value=before, siren=row.siren))
    model.Session.commit()
    return before


def close(org_id: str, *, keep: bool = True) -> None:
    """Let a collectivité exist no longer, without a successor."""
    row = Collectivity.by_org(org_id)
    assert row is not None
    row.status = "closed"
    if not keep:
        model.Group.get(org_id).state = "deleted"
    model.Session.commit()
