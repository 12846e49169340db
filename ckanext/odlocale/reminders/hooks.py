"""What letters leave about a person: had, erased, and forgotten in its time."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.reminders.model import Digest, LetterStop, Reminder


def export_person(user_id: str, found: dict[str, Any]) -> None:
    """Add the letters that somebody was sent, and those that he stopped.

    :param found: what is held on the person, which this adds to
    """
    session = model.Session
    found["reminders"] = [
        {"siren": one.siren, "state": one.state, "at": one.at.isoformat(),
         "told": one.told, "error": one.error}
        for one in session.query(Reminder).filter_by(user_id=user_id)
    ]  # fmt: skip
    found["digests"] = [
        {"siren": one.siren, "month": one.month, "state": one.state,
         "at": one.at.isoformat(), "error": one.error}
        for one in session.query(Digest).filter_by(user_id=user_id)
    ]  # fmt: skip
    found["letters_stopped"] = [
        {"kind": one.kind, "at": one.at.isoformat()}
        for one in session.query(LetterStop).filter_by(user_id=user_id)
    ]


def erase_person(user_id: str) -> None:
    """Forget the letters that somebody was sent or stopped, without committing."""
    for table in (Reminder, Digest, LetterStop):
        model.Session.execute(sa.delete(table).where(table.user_id == user_id))


def each_day(now: datetime.datetime) -> None:
    """Forget the digests that are as old as what the journal forgets, and commit."""
    days = datetime.timedelta(days=int(tk.config["ckanext.odlocale.journal_days"]))
    model.Session.execute(sa.delete(Digest).where(Digest.at < now - days))
    model.Session.commit()
