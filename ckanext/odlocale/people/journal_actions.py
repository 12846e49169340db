"""Actions on the journal: a collectivité's, one's own, and the portal's."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, DataDict
from sqlalchemy.dialects.postgresql import ARRAY

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import rights
from ckanext.odlocale.people.journal_lines import Reader, describe_lines
from ckanext.odlocale.people.mandate_rules import text
from ckanext.odlocale.people.tables import Mandate
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_journal_list",
    "odlocale_journal_own",
    "odlocale_journal_portal",
]

MOST = 1_000
#: What no collectivité's journal has: accounts, the territory. And all logins.
OF_THE_PORTAL = JournalLine.org_id.is_(None) | (JournalLine.verb == "logged in")


@tk.side_effect_free
def odlocale_journal_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return who did what for a collectivité, the latest first.

    And what became of the mandates that it holds, and was done by them, elsewhere.
    People's addresses, and who logged in when, are for who may invite them.

    :param org_id: its organisation
    :param limit: how many lines, 1,000 at most (50)
    :param offset: how many to pass over (0)
    :returns: ``count``, and ``lines``: ``at`` (ISO 8601), ``who``, ``on_behalf``
        (whether he is not of the collectivité), ``org_id``, ``for`` (the organisation
        whose line it is, and what it is called), ``verb``, ``sentence``, ``object_id``,
        ``mandates`` that gave the right
    """
    named = {"org_id": [tk.get_validator("not_empty"), text(200)]}
    data = _validate(data_dict, named)
    tk.check_access("odlocale_journal_list", context, data)
    org_id = data["org_id"]
    place = Collectivity.by_org(org_id)
    which = JournalLine.org_id == org_id
    manages = rights.may_manage(context["user"], org_id)
    if not manages:
        own = JournalLine.user_id == model.User.get(context["user"]).id
        which &= (JournalLine.verb != "logged in") | own
    here = frozenset([org_id])
    reader = Reader(here, here if manages else frozenset())
    which |= _of_mandates("organization", org_id)
    return {"name": place.name if place else "", **_read(which, data, reader)}


@tk.side_effect_free
def odlocale_journal_own(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what was done by oneself, for whomever, or to oneself.

    :param limit, offset: as :func:`odlocale_journal_list`
    :returns: ``count`` and ``lines``, as :func:`odlocale_journal_list`
    """
    data = _validate(data_dict, {})
    tk.check_access("odlocale_journal_own", context, data)
    user_id = str(model.User.get(context["user"]).id)
    mine = (JournalLine.user_id == user_id) | (JournalLine.object_id == user_id)
    which = mine | _of_mandates("agent", user_id)
    return _read(which, data, Reader(_orgs_of(user_id)))


@tk.side_effect_free
def odlocale_journal_portal(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what was done on the portal for no collectivité, and all logins.

    :param limit, offset: as :func:`odlocale_journal_list`
    :returns: ``count`` and ``lines``, as :func:`odlocale_journal_list`
    """
    data = _validate(data_dict, {})
    tk.check_access("odlocale_journal_portal", context, data)
    return _read(OF_THE_PORTAL, data, Reader(everything=True))


def _of_mandates(holder: str, holder_id: str) -> sa.ColumnElement[bool]:
    """Return which lines of others tell of the mandates that one holds.

    Only the journals of who gave them are looked into: these have an index.
    """
    query = sa.select(Mandate.id, Mandate.org_id).where(
        Mandate.holder == holder, Mandate.holder_id == holder_id
    )
    held = list(model.Session.execute(query))
    if not held:
        return sa.false()
    ids = [one.id for one in held]
    used = JournalLine.detail["mandates"].has_any(sa.cast(ids, ARRAY(sa.Text)))
    itself = (JournalLine.object_type == "mandate") & JournalLine.object_id.in_(ids)
    givers = {one.org_id for one in held}
    return sa.and_(JournalLine.org_id.in_(givers), itself | used)


def _orgs_of(user_id: str) -> frozenset[str]:
    member = model.Member
    query = sa.select(member.group_id).where(
        member.table_name == "user",
        member.table_id == user_id,
        member.state == "active",
        member.capacity.in_(("editor", "admin")),
    )
    return frozenset(model.Session.scalars(query))


def _read(
    which: sa.ColumnElement[bool], data: dict[str, Any], reader: Reader
) -> dict[str, Any]:
    count = model.Session.scalar(
        sa.select(sa.func.count()).select_from(JournalLine).where(which)
    )
    rows = model.Session.execute(
        sa.select(JournalLine, model.User)
        .outerjoin(model.User, model.User.id == JournalLine.user_id)
        .where(which)
        .order_by(JournalLine.id.desc())
        .limit(min(int(data.get("limit") or 50), MOST))
        .offset(int(data.get("offset") or 0))
    )
    found = [(row[0], row[1]) for row in rows]
    lines = describe_lines(found, reader)
    return {"count": int(count or 0), "lines": lines}


def _validate(data_dict: DataDict, schema: dict[str, Any]) -> dict[str, Any]:
    number = [
        tk.get_validator(one) for one in ("ignore_empty", "natural_number_validator")
    ]
    asked = {**schema, "limit": number, "offset": number}
    data, errors = tk.navl_validate(data_dict, asked)
    if errors:
        raise tk.ValidationError(errors)
    return dict(data)
