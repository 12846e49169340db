"""Proving who one is once more, before something that cannot be undone; and the links
of an account's letters, compared with the account as it is."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.people import (
    account_links,
    passwords,
    refusals,
    second_factor,
    throttle,
)
from ckanext.odlocale.people.account_links import Claim, Purpose
from ckanext.odlocale.people.refused import Reason
from ckanext.odlocale.people.sessions import epoch_of

#: Who may follow a link: whoever works here, and whom core invited.
_LIVING = ("active", "pending")


def require_password(user: Any, typed: str) -> None:
    """Ask an account's password again.

    :raises ckan.plugins.toolkit.ValidationError: ``confirm``
    """
    door = _door_of(user)
    if not passwords.is_right(user, typed):
        _fail(door, user, "password", tk._("This is not your password."))
    throttle.forget(door)


def require_proof(user: Any, typed: str) -> None:
    """Ask the second factor where one is set, else the password.

    :raises ckan.plugins.toolkit.ValidationError: ``confirm``
    """
    if not second_factor.is_set(user.id):
        require_password(user, typed)
        return
    door = _door_of(user)
    if not second_factor.check(user.id, typed):
        said = tk._("This is not the code, or it served already.")
        _fail(door, user, "second factor", said)
    throttle.forget(door)


def _door_of(user: Any) -> throttle.Door:
    door = throttle.door_of(user.name, "confirm")
    if throttle.seconds_to_wait(door):
        refusals.write("wait", object_type="user", object_id=user.id, user_id=user.id)
        said = tk._("Too many tries. Wait a quarter of an hour, then try again.")
        raise tk.ValidationError({"confirm": [said]})
    return door


def _fail(door: throttle.Door, user: Any, reason: Reason, said: str) -> None:
    throttle.fail(door)
    refusals.write(reason, object_type="user", object_id=user.id, user_id=user.id)
    raise tk.ValidationError({"confirm": [said]})


def make_link(purpose: Purpose, user: Any, email: str = "") -> str:
    """Return the secret part of a link for an account."""
    claim = Claim(user.id, state_of(user), email)
    return account_links.seal(purpose, claim, _key())


def follow_link(purpose: Purpose, token: str) -> tuple[Any, Claim]:
    """Return whose a link is, and what it says.

    :raises ckan.plugins.toolkit.ObjectNotFound: it served, it is too old, or not ours
    """
    claim = account_links.read(purpose, token, _key())
    user = _living(model.User.id == claim.user_id) if claim else None
    if claim and user and account_links.is_same_state(claim, state_of(user)):
        return user, claim
    refusals.write(
        "account link", object_type="user", object_id=user.id if user else ""
    )
    raise tk.ObjectNotFound(tk._("This link no longer opens."))


def living_account(typed: str) -> model.User | None:
    """Return the account that a name or an address is of, unless it is closed."""
    named = model.User.name == typed
    return _living(named | (sa.func.lower(model.User.email) == typed.lower()))


def _living(which: sa.ColumnElement[bool]) -> model.User | None:
    query = sa.select(model.User).where(which, model.User.state.in_(_LIVING))
    query = query.order_by(model.User.state, model.User.created)
    found: model.User | None = model.Session.scalars(query).first()
    return found


def state_of(user: Any) -> str:
    """Return a mark of what an account is now: its password, address and sessions. It
    changes with any of them."""
    epoch = epoch_of(user.id)
    return account_links.state_of(user.password, user.email, epoch, _key())


def _key() -> str:
    return str(tk.config["SECRET_KEY"])
