"""When somebody was last seen: by his browser, by a software of his, by coming in.

CKAN writes ``last_active`` at a request, at most once per
``ckan.user.last_active_interval`` seconds, whether a session or an API token made it.
"""

from __future__ import annotations

import datetime

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.people.idleness import asleep_since
from ckanext.odlocale.people.roles import PUBLISHING
from ckanext.odlocale.people.tables import Invitation


def moment() -> sa.ColumnElement[datetime.datetime]:
    """Return the moment at which an account of the query was last seen (UTC, naive)."""
    token = (
        sa.select(sa.func.max(model.ApiToken.last_access))
        .where(model.ApiToken.user_id == model.User.id)
        .correlate(model.User)
        .scalar_subquery()
    )
    joined = (
        sa.select(sa.func.max(sa.func.timezone("UTC", Invitation.answered_at)))
        .where(Invitation.user_id == model.User.id)
        .correlate(model.User)
        .scalar_subquery()
    )
    # GREATEST passes over what is null.
    return sa.func.greatest(model.User.created, model.User.last_active, token, joined)


def idle_days() -> int:
    """Return after how many days an account that serves nobody closes; 0 for never."""
    return int(tk.config["ckanext.odlocale.account_idle_days"])


def is_anybody_awake(org_id: str) -> bool:
    """Tell whether somebody who publishes for an organisation came lately."""
    days = idle_days()
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    query = (
        sa.select(model.User.id)
        .join(model.Member, model.Member.table_id == model.User.id)
        .where(
            model.Member.group_id == org_id,
            model.Member.table_name == "user",
            model.Member.state == "active",
            model.Member.capacity.in_(PUBLISHING),
            model.User.state == "active",
        )
    )
    if days > 0:
        query = query.where(moment() > asleep_since(now, days))
    return bool(model.Session.scalar(sa.select(query.exists())))
