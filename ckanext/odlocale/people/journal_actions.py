"""Actions on the journal of a collectivité: reading it."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import refused
from ckanext.odlocale.people.journal_words import sentence_of
from ckanext.odlocale.people.mandate_rules import text
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

__all__ = ["odlocale_journal_list"]

MOST = 1_000
#: What is done before one has an account.
BY_VISITORS = ("code asked", "code proved", "declined", refused.VERB)


@tk.side_effect_free
def odlocale_journal_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return who did what for a collectivité, the latest first.

    :param org_id: its organisation
    :param limit: how many lines, 1,000 at most (50)
    :param offset: how many to pass over (0)
    :returns: ``count``, and ``lines``: ``at`` (ISO 8601), ``who``, ``on_behalf``
        (whether he is not of the collectivité), ``verb``, ``sentence``, ``object_id``,
        ``mandates`` that gave the right
    """
    data, errors = tk.navl_validate(data_dict, _schema())
    if errors:
        raise tk.ValidationError(errors)
    tk.check_access("odlocale_journal_list", context, data)
    org_id = data["org_id"]
    own = JournalLine.org_id == org_id
    count = model.Session.scalar(
        sa.select(sa.func.count()).select_from(JournalLine).where(own)
    )
    rows = model.Session.execute(
        sa.select(JournalLine, model.User)
        .outerjoin(model.User, model.User.id == JournalLine.user_id)
        .where(own)
        .order_by(JournalLine.id.desc())
        .limit(min(int(data.get("limit") or 50), MOST))
        .offset(int(data.get("offset") or 0))
    )
    place = Collectivity.by_org(org_id)
    lines = [_describe(line, user) for line, user in rows]
    return {
        "count": int(count or 0),
        "name": place.name if place else "",
        "lines": lines,
    }


def _describe(line: JournalLine, user: Any) -> dict[str, Any]:
    detail = dict(line.detail or {})
    slug = str(detail.get("schema") or "")
    catalogue = load_catalogue()
    if slug in catalogue:
        key = detail.get("key")
        label = catalogue.get(slug).label
        detail["data"] = f"{label}, {key}" if key else label
    return {
        "at": line.at.isoformat(),
        "who": _name_of(line, user),
        "on_behalf": line.verb != refused.VERB
        and bool(detail.get("on_behalf") or detail.get("software")),
        "verb": line.verb,
        "sentence": sentence_of(line.verb, detail, tk._),
        "object_id": line.object_id,
        "mandates": list(detail.get("mandates") or ()),
    }


def _name_of(line: JournalLine, user: Any) -> str:
    software = (line.detail or {}).get("software")
    if line.user_id is None and software:
        return str(tk._("The software {name}").format(name=software))
    if line.user_id is None and line.verb in BY_VISITORS:
        return str(tk._("Somebody who was not logged in"))
    if line.user_id is None:
        return str(tk._("The portal"))
    if user is None or user.state == "deleted":
        return str(tk._("Somebody whose account is closed"))
    return str(user.display_name)


def _schema() -> dict[str, Any]:
    optional, number = (
        tk.get_validator(one) for one in ("ignore_empty", "natural_number_validator")
    )
    return {
        "org_id": [tk.get_validator("not_empty"), text(200)],
        "limit": [optional, number],
        "offset": [optional, number],
    }
