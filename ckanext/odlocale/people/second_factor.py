"""The second factor of an account: six digits of a telephone, or a recovery code."""

from __future__ import annotations

import datetime
import time

import ckantoolkit as tk
import pyotp
import segno
import sqlalchemy as sa
from ckan import model
from markupsafe import Markup

from ckanext.odlocale.base import journal
from ckanext.odlocale.people import access
from ckanext.odlocale.people.codes import read_code
from ckanext.odlocale.people.rights import animates
from ckanext.odlocale.people.tables import Account

_STEP = 30


def is_needed(user: model.User) -> bool:
    """Tell whether this account's password alone opens nothing."""
    return is_set(user.id) or is_asked_of(user)


def is_asked_of(user: model.User) -> bool:
    """Tell whether the portal asks a second factor of somebody, whether he has one or
    not."""
    return access.needs_second_factor(
        str(tk.config["ckanext.odlocale.second_factor"]),
        is_sysadmin=bool(user.sysadmin),
        is_animator=animates(user.id),
        has_one=False,
    )


def is_set(user_id: str) -> bool:
    """Tell whether an account confirmed a second factor."""
    query = sa.select(Account.totp_since).where(Account.user_id == user_id)
    return model.Session.scalar(query) is not None


def new_secret() -> str:
    """Return a secret to be put in a telephone."""
    return str(pyotp.random_base32())


def begin(user_id: str) -> str:
    """Return another secret to be put in a telephone, kept until it is confirmed.

    Commits.
    """
    account = _account(user_id)
    if account.totp_since is not None:
        model.Session.rollback()
        raise tk.NotAuthorized(tk._("The double check is set up already."))
    account.totp_secret = new_secret()
    model.Session.commit()
    return str(account.totp_secret)


def address_of(user: model.User, secret: str) -> str:
    """Return what a telephone reads in the drawing (``otpauth://``)."""
    issuer = str(tk.config["ckan.site_title"])
    totp = pyotp.TOTP(secret)
    return str(totp.provisioning_uri(name=user.email or user.name, issuer_name=issuer))


def drawing_of(user: model.User, secret: str) -> Markup:
    """Return the drawing that a telephone reads, as SVG."""
    drawing = segno.make(address_of(user, secret), error="m")
    svg = drawing.svg_inline(scale=5, border=4, dark="#000", light="#fff")
    return Markup(svg)  # noqa: S704


def confirm(user_id: str, typed: str, secret: str = "") -> list[str] | None:
    """Set the second factor up, once the telephone shows the right code. Commits.

    :param secret: that the telephone was given; without it, that of :func:`begin`
    :returns: the recovery codes, shown once; nothing for a wrong code
    """
    account = _account(user_id)
    if secret and account.totp_since is None:
        account.totp_secret = secret
    begun = account.totp_secret and account.totp_since is None
    if not begun or not _serves(account, typed):
        model.Session.rollback()
        return None
    account.totp_since = datetime.datetime.now(datetime.timezone.utc)
    codes = _new_codes(account)
    note("second factor set", user_id)
    model.Session.commit()
    return codes


def renew_codes(user_id: str) -> list[str] | None:
    """Give other recovery codes, and make the former worth nothing, without committing.

    :returns: nothing where no second factor is set up
    """
    account = _account(user_id)
    return _new_codes(account) if account.totp_since is not None else None


def note(verb: str, user_id: str) -> None:
    """Write in the journal what somebody did to his own second factor."""
    journal.record(
        verb, user_id=user_id, org_id=None, object_type="user", object_id=user_id
    )


def codes_left(user_id: str) -> int:
    """Return how many recovery codes did not serve yet."""
    query = sa.select(sa.func.cardinality(Account.recovery))
    return int(model.Session.scalar(query.where(Account.user_id == user_id)) or 0)


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


def _new_codes(account: Account) -> list[str]:
    codes = access.new_recovery_codes()
    account.recovery = [access.hash_of_recovery(one) for one in codes]
    return codes


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
