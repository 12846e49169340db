"""What is kept of people, and for how long.

Source: CNIL, délibération 2021-122 (security logs: six to twelve months); accounts that
served nobody for a year (our default, see the guide of operation).
"""

from __future__ import annotations

import datetime

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import refused
from ckanext.odlocale.people.invitations import OPEN
from ckanext.odlocale.people.oidc_tables import Attachment
from ckanext.odlocale.people.tables import AccessRequest, Invitation

#: Codes asked for, whatever became of them: nothing is learnt from them after a month.
REQUEST_DAYS = 30
#: Who came in when, and who did not: a security log.
LOGIN_VERBS = ("logged in", "login refused", refused.VERB)


def forget_old(now: datetime.datetime) -> dict[str, int]:
    """Erase what is past its retention, and commit.

    :param now: with its time zone
    :returns: how many ``lines`` of the journal, ``requests`` of a code,
        ``invitations`` and ``attachments`` (see :mod:`.oidc_tables`) went
    """
    session = model.Session
    days = int(tk.config["ckanext.odlocale.journal_days"])
    logins = min(days, int(tk.config["ckanext.odlocale.login_days"]))
    # Within this transaction only: the table refuses otherwise.
    session.execute(sa.text("SET LOCAL odlocale.retention = 'on'"))
    lines = session.execute(
        sa.delete(JournalLine).where(
            (JournalLine.at < now - datetime.timedelta(days=days))
            | (
                JournalLine.verb.in_(LOGIN_VERBS)
                & (JournalLine.at < now - datetime.timedelta(days=logins))
            )
        )
    )
    requests = session.execute(
        sa.delete(AccessRequest).where(
            AccessRequest.created_at < now - datetime.timedelta(days=REQUEST_DAYS)
        )
    )
    invitations = session.execute(
        sa.delete(Invitation).where(
            sa.case(
                # Never answered: as long after its last day, if it ever left.
                (
                    Invitation.state.in_(OPEN),
                    sa.func.coalesce(Invitation.expires_at, Invitation.created_at),
                ),
                else_=Invitation.created_at,
            )
            < now - datetime.timedelta(days=days),
        )
    )
    attachments = session.execute(
        sa.delete(Attachment).where(
            Attachment.state != "granted",
            Attachment.proved_at < now - datetime.timedelta(days=days),
        )
    )
    session.commit()
    return {
        "lines": lines.rowcount,
        "requests": requests.rowcount,
        "invitations": invitations.rowcount,
        "attachments": attachments.rowcount,
    }
