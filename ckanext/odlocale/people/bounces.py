"""Letters that come back: reading what a mail server says of them.

Source: RFC 3464 (delivery status notifications), RFC 6522 (``multipart/report``), RFC
3463 (status codes: class 4 is temporary, 5 is permanent). Everything in such a message
is a stranger's: it is bounded, cleaned, and believed only with the seal that our own
letters bear (``base.letter.seal_of``), which servers send back with their headers.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import compat32
from typing import Final, Literal

from ckanext.odlocale.base.letter import SEAL_HEADER, seal_of
from ckanext.odlocale.people.invitations import is_address

Action = Literal["failed", "delayed"]
#: What a notice means: nobody is there; the letter was given up; it may still arrive.
Meaning = Literal["gone", "given up", "late"]

#: A notice that quotes a whole letter of ours, several times.
MAX_BYTES: Final = 1024 * 1024
#: Our letters have one recipient: a notice about more is an alias behind it.
MAX_RECIPIENTS: Final = 20
MAX_REASON: Final = 200
MAX_PARTS: Final = 50
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
_SEAL = re.compile(r"[0-9a-f]{64}")


class NotANotice(ValueError):
    """A message is no delivery status notification, or cannot be read.

    :ivar cause: in English, for an operator
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True)
class Bounce:
    """What a mail server says of one recipient.

    :ivar address: in small letters
    :ivar status: RFC 3463, such as ``5.1.1``; empty where none is given
    :ivar reason: the server's words, on one line
    """

    address: str
    action: Action
    status: str
    reason: str

    @property
    def meaning(self) -> Meaning:
        """Return what it means for the address.

        >>> Bounce("a@b.fr", "failed", "5.1.1", "").meaning
        'gone'
        >>> Bounce("a@b.fr", "failed", "4.2.2", "").meaning
        'given up'
        """
        if self.action == "delayed":
            return "late"
        # 5.2.2: the mailbox is full; 5.3.4, 5.7.x: this letter is refused, not the
        # address. Somebody is there.
        full = self.status.startswith(("5.2.2", "5.3.", "5.7."))
        return "gone" if self.status.startswith("5") and not full else "given up"


@dataclass(frozen=True)
class Notice:
    """A delivery status notification.

    :ivar seals: what the headers of the letters that it quotes bear
    """

    bounces: tuple[Bounce, ...]
    seals: frozenset[str]

    def is_ours(self, address: str, key: str) -> bool:
        """Tell whether it quotes a letter that the portal wrote to an address.

        :param key: the portal's secret
        """
        expected = seal_of(address, key)
        return any(hmac.compare_digest(expected, one) for one in self.seals)


def read_notice(content: bytes) -> Notice:
    """Return what a delivery status notification says.

    :raises NotANotice: too large, not one, or without a recipient it can be read for
    """
    if len(content) > MAX_BYTES:
        raise NotANotice("too large")
    try:
        message = message_from_bytes(content, policy=compat32)
        parts = list(_parts(message))
    except (MessageError, ValueError, LookupError, RecursionError) as error:
        raise NotANotice("not a mail that can be read") from error
    status = [one for one in parts if one.get_content_type() == _DELIVERY]
    if message.get_content_type() != "multipart/report" or not status:
        raise NotANotice("not a delivery status notification")
    bounces = tuple(_bounces(status[0]))
    if not bounces:
        raise NotANotice("it names no address that failed or waits")
    return Notice(bounces, frozenset(_seals(parts)))


_DELIVERY: Final = "message/delivery-status"


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= MAX_PARTS:
            return
        yield part


def _bounces(status: Message) -> Iterator[Bounce]:
    """Each group of fields after the first is about one recipient (RFC 3464, 2.3)."""
    groups = status.get_payload()
    if not isinstance(groups, list):
        return
    for fields in groups[: MAX_RECIPIENTS + 1]:
        if not isinstance(fields, Message):
            return
        address = _address_of(fields)
        action = _line(fields, "Action").lower()
        if address and action in ("failed", "delayed"):
            found = _STATUS.search(_line(fields, "Status"))
            yield Bounce(
                address,
                "failed" if action == "failed" else "delayed",
                found.group() if found else "",
                _typed(_line(fields, "Diagnostic-Code"))[:MAX_REASON],
            )


def _address_of(fields: Message) -> str:
    for name in ("Original-Recipient", "Final-Recipient"):
        address = _typed(_line(fields, name)).strip("<> ").lower()
        if is_address(address):
            return address
    return ""


def _line(fields: Message, name: str) -> str:
    """Return a field on one line: what could break it into headers is gone."""
    value = str(fields.get(name, ""))[:4_000]
    cleaned = "".join(c if c.isprintable() else " " for c in value)
    return " ".join(cleaned.split())


def _typed(value: str) -> str:
    """Return a value without its type: ``rfc822; a@b.fr`` (RFC 3464, 2.1.2)."""
    kind, separator, rest = value.partition(";")
    return rest.strip() if separator and " " not in kind.strip() else value


def _seals(parts: list[Message]) -> Iterator[str]:
    for part in parts:
        sealed = [_line(part, SEAL_HEADER)]
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
            sealed += _seals_in_headers(part)
        for one in sealed:
            found = _SEAL.search(one)
            if found:
                yield found.group()


def _seals_in_headers(part: Message) -> list[str]:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return []
    quoted = message_from_bytes(payload, policy=compat32)
    return [_line(quoted, SEAL_HEADER)]
