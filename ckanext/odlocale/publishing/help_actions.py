"""Asking the ATD for help about a file, without losing one's place in it."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.publishing.drafts import load, record, validate
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.release import absolute, refuse
from ckanext.odlocale.publishing.states import Refusal
from ckanext.odlocale.publishing.validators import ask_schema
from ckanext.odlocale.territory.tables import Collectivity

__all__ = ["odlocale_deposit_ask"]

#: Questions about one file that are sent in a day: more say nothing new.
MAX_QUESTIONS = 5


def odlocale_deposit_ask(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask the ATD about a file, by a letter that says where to look.

    Nothing of what the file holds is in the letter: it may name people.

    :param id: the deposit
    :param message: what the agent says (optional, at most 2,000 characters)
    :param person: whether the question is if a finding names a private person
        (optional)
    :returns: ``sent``: the day and time of it, ISO; ``to``: the address it went to
    :raises ValidationError: no letter can be sent, or enough were
    """
    data = validate(data_dict, ask_schema())
    tk.check_access("odlocale_deposit_ask", context, data)
    deposit = load(data["id"])
    address = str(tk.config["ckanext.odlocale.contact_email"] or "")
    refuse(None if address else Refusal.NO_MAIL)
    refuse(Refusal.ASKED if _count_asked(deposit) >= MAX_QUESTIONS else None)
    asker = model.User.get(context["user"])
    letter = _write(deposit, asker, data.get("message") or "", bool(data.get("person")))
    try:
        name = str(tk.config["ckan.site_title"])
        send(letter, name=name, address=address, reply_to=asker.email)
    except LetterNotSent:
        refuse(Refusal.NO_MAIL)
    record(context, deposit, "asked", {"person": bool(data.get("person"))})
    model.Session.commit()
    now = datetime.datetime.now(datetime.timezone.utc)
    return {"sent": now.isoformat(), "to": address}


def _count_asked(deposit: Deposit) -> int:
    since = sa.func.now() - datetime.timedelta(days=1)
    query = sa.select(sa.func.count()).where(
        JournalLine.object_id == deposit.id,
        JournalLine.verb == "asked",
        JournalLine.at > since,
    )
    return int(model.Session.scalar(query) or 0)


def _write(deposit: Deposit, asker: Any, message: str, person: bool) -> Letter:
    owner = Collectivity.by_org(deposit.org_id)
    name = owner.name if owner else ""
    asks = {"asker": asker.display_name, "name": name, "file": deposit.filename}
    if person:
        first = tk._(
            "{asker} does not know whether a private person is named in “{file}”."
        )
    else:
        first = tk._("{asker} asks for help about “{file}”.")
    blocks: list[str | Link] = [first.format(**asks)]
    if message:
        blocks.append(message)
    path = tk.url_for(
        "odlocale_publishing.resume", deposit_id=deposit.id, locale="default"
    )
    blocks += [
        tk._("Nothing of it is published until then. The draft is kept."),
        Link(tk._("Open the file"), absolute(str(path))),
    ]
    return compose(
        tk._("{name}: a question about “{file}”").format(**asks),
        blocks,
        signature=asker.display_name,
    )
