"""The second factor of an account: six digits of a telephone, or a recovery code."""

from __future__ import annotations

import datetime
import time

import ckantoolkit as tk
import pyotp
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.people import access
from ckanext.odlocale.people.codes import read_code
from ckanext.odlocale.people.rights import animates
from ckanext.odlocale.people.tables import Account

_STEP = 30


def is_needed(user: model.User) -> bool:
    """Tell whether this account's password alone opens nothing."""
    return access.needs_second_factor(
        str(tk.config["ckanext.odlocale.second_factor"]),
        is_sysadmin=bool(user.sysadmin),
        is_animator=animates(user.id),
        has_one=is_set(user.id),
    )


def is_set(user_id: str) -> bool:
    """Tell whether an account confirmed a second factor."""
    query = sa.select(Account.totp_since).where(Account.user_id == user_id)
    return model.Session.scalar(query) is not None


def begin(user_id: str) -> str:
    """Return the secret to be put in a telephone; the same until it is confirmed.

    Commits.
    """
    account = _account(user_id)
    if account.totp_since is not None:
        raise tk.NotAuthorized(tk._("The double check is set up already."))
    if not account.totp_secret:
        account.totp_secret = pyotp.random_base32()
    model.Session.commit()
    return str(account.totp_secret)


def address_of(user: model.User, secret: str) -> str:
    """Return what a telephone reads in the drawing (``otpauth://``)."""
    issuer = str(tk.config["ckan.site_title"])
    totp = pyotp.TOTP(secret)
    return str(totp.provisioning_uri(name=user.email or user.name, issuer_name=issuer))


def confirm(user_id: str, typed: str) -> list[str] | None:
    """Set the second factor up, once the telephone shows the right code. Commits.

    :returns: the recovery codes, shown once; nothing for a wrong code
    """
    account = _account(user_id)
    if account.totp_since is not None or not _serves(account, typed):
        model.Session.rollback()
        return None
    codes = access.new_recovery_codes()
    account.totp_since = datetime.datetime.now(datetime.timezone.utc)
    account.recovery = [access.hash_of_recovery(one) for one in codes]
    model.Session.commit()
    return codes


def check(user_id: str, typed: str) -> bool:
    """Tell whether a code opens, and never let it open again. Commits."""
    account = _account(user_id)
    if account.totp_since is None:
        model.Session.rollback()
        return False
    opens = _serves(account, typed)
    hashed = access.hash_of_recovery(typed)
    if not opens and hashed in account.recovery:
        account.recovery = [one for one in account.recovery if one != hashed]
        opens = True
    model.Session.commit()
    return opens


def remove(user_id: str) -> None:
    """Forget the second factor of an account, without committing."""
    account = _account(user_id)
    account.totp_secret = account.totp_since = account.totp_last = None
    account.recovery = []


def _serves(account: Account, typed: str) -> bool:
    """Tell whether six digits are those of now, or of the half minute on each side."""
    now = int(time.time()) // _STEP
    totp = pyotp.TOTP(str(account.totp_secret))
    code = read_code(typed)
    for step in (now - 1, now, now + 1):
        fresh = account.totp_last is None or step > account.totp_last
        if fresh and pyotp.utils.strings_equal(code, totp.at(step * _STEP)):
            account.totp_last = step
            return True
    return False


def _account(user_id: str) -> Account:
    query = (
        sa.select(Account)
        .where(Account.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found: Account | None = model.Session.scalars(query).one_or_none()
    if found is None:
        found = Account(user_id=user_id, epoch=0, recovery=[])
        model.Session.add(found)
        model.Session.flush()
    return found
