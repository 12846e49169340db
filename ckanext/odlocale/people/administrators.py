"""Who administers the portal, in the journal: named or removed, whichever way; and the
accounts that administrators make.

CKAN has three ways: its page, ``user_patch``, and the command ``ckan sysadmin``, which
calls no action. The row is what all three write.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from flask import has_request_context

from ckanext.odlocale.base.journal import JournalLine


def note_administrator(mapper: Any, connection: sa.Connection, user: Any) -> None:
    """Write in the journal, with an account's own change, that it became the portal's
    administrator's, or no longer is. By a command, it is the portal that did it."""
    history = sa.inspect(user).attrs.sysadmin.history
    was, is_now = any(history.deleted or ()), bool(user.sysadmin)
    if not history.has_changes() or was == is_now:
        return
    _write(
        connection,
        verb="administrator named" if is_now else "administrator removed",
        user_id=_id_of_caller(),
        object_id=user.id,
    )


def note_account(mapper: Any, connection: sa.Connection, user: Any) -> None:
    """Write in the journal, with an account, that an administrator made it."""
    caller = _id_of_caller()
    if caller and tk.current_user.sysadmin:
        _write(connection, verb="account made", user_id=caller, object_id=user.id)


def _write(connection: sa.Connection, **values: Any) -> None:
    connection.execute(
        sa.insert(JournalLine).values(
            org_id=None, object_type="user", detail={}, **values
        )
    )


def _id_of_caller() -> str | None:
    # A page's or the API's: who logged in, or whose token it is.
    if not has_request_context() or not tk.current_user.is_authenticated:
        return None
    return str(tk.current_user.id)


for _moment in ("after_insert", "after_update"):
    sa.event.listen(model.User, _moment, note_administrator)
sa.event.listen(model.User, "after_insert", note_account)
