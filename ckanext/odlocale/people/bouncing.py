"""What a letter that comes back changes: an invitation, an address, an account."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.odlocale.base import journal
from ckanext.odlocale.people.bounces import MAX_BYTES, Bounce, Notice, read_notice
from ckanext.odlocale.people.tables import Account, Invitation, OfficialAddress

#: What was done of what a notice says of an address.
Done = Literal["unproved", "unknown", "late", "given up", "gone"]

#: Where a folder's messages go once they are read.
READ = "read"
MAX_MESSAGES = 1_000


def apply_notice(notice: Notice) -> list[tuple[Bounce, Done]]:
    """Write what a notice says, and commit.

    What nobody of ours was written to, or what does not prove that it answers a letter
    of ours, changes nothing.
    """
    done = [(one, _apply(notice, one)) for one in notice.bounces]
    model.Session.commit()
    return done


def read_folder(folder: Path) -> list[Path]:
    """Return the messages of a folder, as a Maildir's ``new`` has them: its files,
    without links."""
    found = [one for one in folder.iterdir() if one.is_file() and not one.is_symlink()]
    return sorted(found)[:MAX_MESSAGES]


def read_file(file: Path) -> Notice:
    """Return the notice of a file.

    :raises NotANotice: it is none
    """
    with file.open("rb") as opened:
        return read_notice(opened.read(MAX_BYTES + 1))


def put_away(file: Path) -> None:
    """Move a message that was read: an old one never speaks twice."""
    where = file.parent / READ
    where.mkdir(exist_ok=True)
    file.replace(where / file.name)


def _apply(notice: Notice, bounce: Bounce) -> Done:
    if not notice.is_ours(bounce.address, str(tk.config["SECRET_KEY"])):
        return "unproved"
    invitations = _invitations_of(bounce.address)
    officials = list(
        model.Session.scalars(
            sa.select(OfficialAddress).where(
                sa.func.lower(OfficialAddress.email) == bounce.address
            )
        )
    )
    users = list(
        model.Session.scalars(
            sa.select(model.User.id).where(
                sa.func.lower(model.User.email) == bounce.address,
                model.User.state == "active",
            )
        )
    )
    if not (invitations or officials or users):
        return "unknown"
    if bounce.meaning == "late":
        return "late"
    for one in invitations:
        _refuse(one, bounce)
    if bounce.meaning == "given up":
        return "given up"
    now = datetime.datetime.now(datetime.timezone.utc)
    for official in officials:
        official.bounced_at = now
    for user_id in users:
        mark_account(user_id, now)
    return "gone"


def mark_account(user_id: str, at: datetime.datetime | None) -> None:
    """Note that letters to somebody come back, or no longer do; uncommitted."""
    added = insert(Account.__table__).values(user_id=user_id, bounced_at=at)
    model.Session.execute(
        added.on_conflict_do_update(
            index_elements=["user_id"], set_={"bounced_at": at}
        )
    )  # fmt: skip


def _invitations_of(address: str) -> list[Invitation]:
    """Invitations whose letter left, and that nobody answered."""
    query = (
        sa.select(Invitation)
        .where(
            Invitation.email == address,
            Invitation.state.in_(("sent", "unknown")),
            Invitation.sent_at.is_not(None),
        )
        .with_for_update()
    )
    return list(model.Session.scalars(query))


def _refuse(invitation: Invitation, bounce: Bounce) -> None:
    invitation.state, invitation.token_hash = "refused", None
    invitation.error = " ".join(filter(None, (bounce.status, bounce.reason)))
    journal.record(
        "letter came back",
        user_id=None,
        org_id=invitation.org_id,
        object_type="person",
        object_id=invitation.id,
        detail={"status": bounce.status},
    )
