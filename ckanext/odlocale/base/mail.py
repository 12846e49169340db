"""Sending a letter through the mail server that CKAN's settings name.

CKAN drops a message in silence when ``smtp.server`` is empty. Here that is an
error: an invitation that nobody receives must not be reported as sent.
"""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from typing import Literal

import ckantoolkit as tk
from ckan.lib.mailer import MailerException

from ckanext.odlocale.base.letter import SEAL_HEADER, Letter, seal_of

Outcome = Literal["unsent", "refused", "unknown"]


class LetterNotSent(Exception):
    """The mail server is not configured, is out of reach, or refused.

    :ivar outcome: ``unsent``: it did not leave, another try is harmless; ``refused``:
        the server knows no such address; ``unknown``: the server stopped answering
        half-way, and may have taken it
    :ivar kept: what may be kept of the reason: the server's code, or the outcome. Its
        words quote the address.
    """

    def __init__(
        self, reason: str, outcome: Outcome = "unsent", code: int | None = None
    ) -> None:
        super().__init__(reason)
        self.outcome: Outcome = outcome
        self.kept = str(code) if code else outcome


def send(
    letter: Letter,
    *,
    name: str,
    address: str,
    reply_to: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Send a letter to one person.

    Plugins that implement CKAN's ``INotifier`` may carry it another way.

    :param letter: what ``letter.compose`` returned.
    :param name: the person's name.
    :param address: the person's e-mail address.
    :param reply_to: where an answer should go; by default ``smtp.reply_to``.
    :param headers: others, such as ``List-Unsubscribe``.
    :raises LetterNotSent: with the server's reason.
    """
    # Without a sender CKAN's mailer fails on its way to an error of its own.
    if not (tk.config["smtp.server"] and tk.config["smtp.mail_from"]):
        raise LetterNotSent("no mail server: set smtp.server and smtp.mail_from")
    # A server that cannot deliver a letter sends its headers back: this one proves
    # that the letter was ours.
    more = {
        SEAL_HEADER: seal_of(address, str(tk.config["SECRET_KEY"])),
        **(headers or {}),
        **({"Reply-To": reply_to} if reply_to else {}),
    }
    try:
        tk.mail_recipient(
            # A person writes his own name: it must neither add a header, nor keep
            # the letters that warn him from leaving.
            " ".join(name.split()),
            address,
            letter.subject,
            letter.text,
            letter.html,
            headers=more,
        )
    # ValueError: a line break in a name or an address, refused by email.message.
    except (MailerException, smtplib.SMTPException, OSError, ValueError) as error:
        outcome = _outcome_of(error)
        raise LetterNotSent(str(error), outcome, _code_of(error)) from error


def _causes_of(error: BaseException) -> list[BaseException]:
    causes = []
    current: BaseException | None = error
    while current is not None:
        causes.append(current)
        current = current.__cause__ or current.__context__
    return causes


def _code_of(error: BaseException) -> int | None:
    """Return the code that the server answered, if it did."""
    for one in _causes_of(error):
        if isinstance(one, smtplib.SMTPRecipientsRefused):
            return next((int(code) for code, _ in one.recipients.values()), None)
        if isinstance(one, smtplib.SMTPResponseException):
            return int(one.smtp_code)
    return None


def _outcome_of(error: BaseException) -> Outcome:
    """Return what became of a letter, from the errors that led to this one.

    CKAN's mailer wraps the server's answer in an error of its own.
    """
    causes = _causes_of(error)
    if any(isinstance(one, smtplib.SMTPRecipientsRefused) for one in causes):
        return "refused"
    never = (
        ConnectionRefusedError,
        smtplib.SMTPConnectError,
        smtplib.SMTPAuthenticationError,
        smtplib.SMTPSenderRefused,
        ValueError,
    )
    if any(isinstance(one, never) for one in causes):
        return "unsent"
    lost = (smtplib.SMTPServerDisconnected, OSError, smtplib.SMTPDataError)
    return "unknown" if any(isinstance(one, lost) for one in causes) else "unsent"
