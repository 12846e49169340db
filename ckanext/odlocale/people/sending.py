"""Sending invitations: one, or hundreds at a set rate, none of them twice.

An invitation is marked ``sending`` and committed before its letter leaves, ``sent``
after. A worker that dies between the two leaves it ``sending``: nobody knows whether
the letter left, so that a person decides. A mail server out of reach stops the run,
which is begun again later where it stopped.
"""

from __future__ import annotations

import datetime
import logging
import time
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.base.worker import portal_language
from ckanext.odlocale.people import letters
from ckanext.odlocale.people.invitations import LIFETIME, hash_of, new_token
from ckanext.odlocale.people.tables import Invitation

log = logging.getLogger(__name__)

MAX_ERROR = 300


class ServerOutOfReach(Exception):
    """The mail server takes nothing at present: the rest waits."""


def send_one(invitation_id: str) -> str:
    """Send one invitation that waits; where the server is out of reach it goes on
    waiting.

    :returns: its state
    """
    invitation = _take(invitation_id)
    if invitation is None:
        return ""
    try:
        _send(invitation)
    except ServerOutOfReach:
        log.warning("The invitation %s waits for the mail server", invitation_id)
    return str(invitation.state)


def send_waiting(per_minute: float = 60, most: int | None = None) -> int:
    """Send the invitations that wait, the oldest first, at a set rate.

    :param per_minute: letters a minute; many servers refuse more from one sender
    :param most: how many at most
    :returns: how many left
    :raises ServerOutOfReach: the server stopped answering; what is left goes on waiting
    """
    sent = 0
    pause = 60 / per_minute if per_minute else 0
    while most is None or sent < most:
        begun = time.monotonic()
        invitation = _take(None)
        if invitation is None:
            return sent
        _send(invitation)
        sent += invitation.state == "sent"
        time.sleep(max(0.0, pause - (time.monotonic() - begun)))
    return sent


def _take(invitation_id: str | None) -> Invitation | None:
    """Mark one as being sent, and commit: no other worker takes it."""
    query = (
        sa.select(Invitation)
        .where(Invitation.state == "waiting")
        .order_by(Invitation.created_at, Invitation.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if invitation_id is not None:
        query = query.where(Invitation.id == invitation_id)
    invitation: Invitation | None = model.Session.scalars(query).one_or_none()
    if invitation is not None:
        invitation.state = "sending"
    model.Session.commit()
    return invitation


def _send(invitation: Invitation) -> None:
    token = new_token()
    now = datetime.datetime.now(datetime.timezone.utc)
    begun = {"sent_at": now, "expires_at": now + LIFETIME}
    if not _write(invitation, None, token_hash=hash_of(token), **begun):
        return
    try:
        letter = letters.invitation(invitation, token)
        name = invitation.fullname or invitation.email
        send(letter, name=name, address=invitation.email)
    except LetterNotSent as error:
        _note_failure(invitation, hash_of(token), error)
        return
    _write(invitation, hash_of(token), state="sent", error="")


def _write(invitation: Invitation, link: str | None, **values: Any) -> bool:
    """Write what became of an invitation that is being sent, and commit.

    A letter takes its time: whoever cancelled it meanwhile, or came in by it, is right.

    :param link: hash of the one that left; nothing before any did
    :returns: whether it is still the one that is being sent
    """
    query = sa.update(Invitation).where(
        Invitation.id == invitation.id, Invitation.state == "sending"
    )
    if link is not None:
        query = query.where(Invitation.token_hash == link)
    done = model.Session.execute(query.values(**values))
    model.Session.commit()
    return bool(done.rowcount)


def _note_failure(
    invitation: Invitation, token_hash: str, error: LetterNotSent
) -> None:
    unsent = error.outcome == "unsent"
    values: dict[str, Any] = {
        "state": "waiting" if unsent else error.outcome,
        "error": str(error)[:MAX_ERROR],
    }
    if error.outcome != "unknown":
        values |= dict.fromkeys(("token_hash", "sent_at", "expires_at"))
    _write(invitation, token_hash, **values)
    if error.outcome != "refused":
        raise ServerOutOfReach(str(error)) from error


def count_waiting() -> int:
    """Return how many invitations wait to be sent."""
    query = sa.select(sa.func.count()).where(Invitation.state == "waiting")
    return int(model.Session.scalar(query) or 0)


def send_in_worker() -> int:
    """Send what waits, from a job; see :func:`send_waiting`."""
    with portal_language():
        return send_waiting()


def send_later() -> None:
    """Let the worker send what waits."""
    tk.enqueue_job(
        send_in_worker,
        title="odlocale: send invitations",
        rq_kwargs={"timeout": 14_400},
    )
