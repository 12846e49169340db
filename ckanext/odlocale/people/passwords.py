"""Whether a name and a password go together, in a time that tells no more than that."""

from __future__ import annotations

import functools
from typing import Any

from ckan import model
from ckan.lib.authenticator import ckan_authenticator

#: Beyond it passlib refuses to look; nobody's password is so long.
_MAX_TYPED = 4096


def is_right(user: model.User, typed: str) -> bool:
    """Tell whether a password is an account's."""
    return bool(user.validate_password(typed[:_MAX_TYPED]))


def account_of(typed: str) -> model.User | None:
    """Return the account that a name or an address is of, as core's login finds it."""
    found: model.User | None = model.User.by_name(typed) or model.User.by_email(typed)
    return found


def authenticate(typed: str, password: str) -> Any:
    """Return the account that a name, or an address, and a password open, if any.

    Core verifies no password where there is no such account: the answer would come at
    once, and tell so. One is then verified all the same, for nothing.
    """
    # Made before it is needed: the first visitor would wait twice as long.
    nobody, password = _nobody(), password[:_MAX_TYPED]
    user = ckan_authenticator({"login": typed, "password": password})
    if user and getattr(user, "is_authenticated", False):
        return user
    account = account_of(typed)
    if account is None or not account.is_active or not account.password:
        nobody.validate_password(password)
    return None


@functools.cache
def _nobody() -> model.User:
    """An account that is in no database, and whose password nobody has."""
    return model.User(password="no password is this one")  # noqa: S106
