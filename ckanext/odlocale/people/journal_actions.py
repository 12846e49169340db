"""Actions on the journal: a collectivité's, one's own, and the portal's."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import rights
from ckanext.odlocale.people.journal_lines import describe_lines
from ckanext.odlocale.people.mandate_rules import text
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_journal_list",
    "odlocale_journal_own",
    "odlocale_journal_portal",
]

MOST = 1_000
#: What no collectivité's journal has: logins, accounts, the territory.
OF_NO_COLLECTIVITY = JournalLine.org_id.is_(None)


@tk.side_effect_free
def odlocale_journal_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return who did what for a collectivité, the latest first.

    People's addresses are for who may invite them.

    :param org_id: its organisation
    :param limit: how many lines, 1,000 at most (50)
    :param offset: how many to pass over (0)
    :returns: ``count``, and ``lines``: ``at`` (ISO 8601), ``who``, ``on_behalf``
        (whether he is not of the collectivité), ``verb``, ``sentence``, ``object_id``,
        ``mandates`` that gave the right
    """
    named = {"org_id": [tk.get_validator("not_empty"), text(200)]}
    data = _validate(data_dict, named)
    tk.check_access("odlocale_journal_list", context, data)
    org_id = data["org_id"]
    place = Collectivity.by_org(org_id)
    return {
        "name": place.name if place else "",
        **_read(
            JournalLine.org_id == org_id,
            data,
            kind=place.kind if place else "",
            with_addresses=rights.may_manage(context["user"], org_id),
        ),
    }


@tk.side_effect_free
def odlocale_journal_own(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what was done by oneself, or to one's account, for no collectivité.

    :param limit, offset: as :func:`odlocale_journal_list`
    :returns: ``count`` and ``lines``, as :func:`odlocale_journal_list`
    """
    data = _validate(data_dict, {})
    tk.check_access("odlocale_journal_own", context, data)
    user_id = model.User.get(context["user"]).id
    mine = (JournalLine.user_id == user_id) | (JournalLine.object_id == user_id)
    return _read(OF_NO_COLLECTIVITY & mine, data, kind="", with_addresses=False)


@tk.side_effect_free
def odlocale_journal_portal(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what was done on the portal for no collectivité, by whomever.

    :param limit, offset: as :func:`odlocale_journal_list`
    :returns: ``count`` and ``lines``, as :func:`odlocale_journal_list`
    """
    data = _validate(data_dict, {})
    tk.check_access("odlocale_journal_portal", context, data)
    return _read(OF_NO_COLLECTIVITY, data, kind="", with_addresses=True)


def _read(
    which: sa.ColumnElement[bool],
    data: dict[str, Any],
    *,
    kind: str,
    with_addresses: bool,
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
    lines = describe_lines(found, kind, with_addresses=with_addresses)
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
