"""How long a session lasts, and ending all those of an account."""

from __future__ import annotations

import time
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.views.user import regenerate_session, rotate_token
from flask import has_request_context, request, session
from sqlalchemy.dialects.postgresql import insert

from ckanext.odlocale.people.access import Left, Marks, is_over, time_left
from ckanext.odlocale.people.oidc_session import LOGIN_KEY
from ckanext.odlocale.people.tables import Account
from ckanext.odlocale.people.token_help import is_for_software

#: Sent with what a page asks by itself, while nobody does anything.
BACKGROUND = "X-Odlocale-Background"

_KEY = "odlocale_session"
#: How often the moment of the last request is written.
_SEEN_SECONDS = 30
#: How long a login proves by itself who one is.
_RECENT_SECONDS = 600


def open_session(user: Any) -> None:
    """Log an account in, in a session of a new name: one fixed before is left."""
    regenerate_session()
    tk.login_user(user)
    rotate_token()
    _write(Marks(time.time(), time.time(), epoch_of(user.id)))


def refuse_if_over(user_id: str | None) -> model.AnonymousUser | None:
    """Return nobody where a session's time is over; nothing where CKAN may go on.

    A request that carries a token besides is judged by its session all the same: a
    made-up token would otherwise give an ended session back. A cookie that stays when
    the browser closes opens nothing by itself: it would outlive a logout.
    """
    if is_for_software(request.path):
        # Software calls there with its own token: neither a browser's cookie, which
        # another site could use, nor an account's token is anybody.
        return model.AnonymousUser()
    if not user_id:
        return None
    user = model.User.get(user_id)
    if user is None:
        return None
    now, epoch = time.time(), epoch_of(user.id)
    marks = _read()
    if marks is None and session.get("_fresh"):
        # Opened by another extension's login.
        marks = Marks(now, now, epoch)
        _write(marks)
    if marks is None or is_over(
        marks, now, epoch, idle=idle_seconds(), absolute=_absolute_seconds()
    ):
        for name in ("_user_id", "_fresh", "_id", _KEY, LOGIN_KEY):
            session.pop(name, None)
        return model.AnonymousUser()
    if now - marks.seen > _SEEN_SECONDS and BACKGROUND not in request.headers:
        _write(Marks(marks.since, now, marks.epoch))
    return None


def idle_seconds() -> int:
    """Return how long a session lasts without a request."""
    return 60 * int(tk.config["ckanext.odlocale.session_idle_minutes"])


def _absolute_seconds() -> int:
    return 60 * int(tk.config["ckanext.odlocale.session_minutes"])


def seconds_left() -> Left | None:
    """Return how long this request's session has still; nothing where it has none."""
    marks = _read() if has_request_context() else None
    if marks is None or not tk.current_user.is_authenticated:
        return None
    limits = {"idle": idle_seconds(), "absolute": _absolute_seconds()}
    return time_left(marks, time.time(), **limits)


def epoch_of(user_id: str) -> int:
    """Return the number of times that all sessions of an account were ended."""
    query = sa.select(Account.epoch).where(Account.user_id == user_id)
    return int(model.Session.scalar(query) or 0)


def end_all(user_id: str) -> None:
    """End all sessions of an account, without committing."""
    added = insert(Account.__table__).values(user_id=user_id, epoch=1)
    grown = {"epoch": Account.__table__.c.epoch + 1}
    model.Session.execute(
        added.on_conflict_do_update(index_elements=["user_id"], set_=grown)
    )


def keep_this_one(user_id: str) -> None:
    """Let the session of this request go on after :func:`end_all`."""
    marks = _read()
    if marks is not None:
        _write(Marks(marks.since, time.time(), epoch_of(user_id)))


def is_recent() -> bool:
    """Tell whether this request's session has just begun, by a login."""
    if not has_request_context():
        return False
    marks = _read()
    return marks is not None and time.time() - marks.since < _RECENT_SECONDS


def _read() -> Marks | None:
    kept = session.get(_KEY)
    if not isinstance(kept, (list, tuple)) or len(kept) != 3:
        return None
    return Marks(float(kept[0]), float(kept[1]), int(kept[2]))


def _write(marks: Marks) -> None:
    session[_KEY] = [marks.since, marks.seen, marks.epoch]
