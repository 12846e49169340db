"""The receipt: what the receiving portal says that it holds, once it has read it back.

The portal that hands over changes nothing of its own before it has compared this with
what it sent. It guards against mistakes (another pack, another collectivité, a
takeover that was not applied, a digit lost on the way), not against a liar: whoever
confirms has checked the new portal's pages too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from ckanext.odlocale.handover.records import canonical

FORMAT: Final = "odlocale-receipt"
_FIELDS: Final = ("siren", "portal", "organization", "pack", "digest")


class ReceiptRefused(ValueError):
    """A receipt is not the one expected; ``code`` says why: ``unreadable``,
    ``siren``, ``content`` or ``portal``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Receipt:
    """What was taken in, where.

    :ivar portal: address of the new portal, without a slash at the end.
    :ivar organization: the organisation's name there.
    :ivar pack: SHA-256 of the pack's manifest.
    :ivar digest: of the records as the new portal reads them back.
    """

    siren: str
    portal: str
    organization: str
    pack: str
    digest: str

    def to_dict(self) -> dict[str, str]:
        """Return it as it travels, sealed."""
        return {"format": FORMAT, **asdict(self), "seal": self.seal}

    @property
    def seal(self) -> str:
        """Sum it up, so that a letter lost by hand is noticed."""
        return hashlib.sha256(canonical(asdict(self)).encode()).hexdigest()[:16]


def read_receipt(value: Any) -> Receipt:
    """Read a receipt that came by hand or by the network.

    :raises ReceiptRefused: it is none, or was altered.
    """
    if not isinstance(value, Mapping) or value.get("format") != FORMAT:
        raise ReceiptRefused("unreadable")
    if not all(isinstance(value.get(name), str) for name in _FIELDS):
        raise ReceiptRefused("unreadable")
    found = Receipt(**{name: value[name] for name in _FIELDS})
    if value.get("seal") != found.seal:
        raise ReceiptRefused("unreadable")
    return found


def verify(
    receipt: Receipt, *, siren: str, pack: str, digest: str, portal: str
) -> None:
    """Compare a receipt with what was sent.

    :param portal: our own address: nobody moves to where he is.
    :raises ReceiptRefused: they differ, or the new portal has no web address.
    """
    if receipt.siren != siren:
        raise ReceiptRefused("siren")
    if (receipt.pack, receipt.digest) != (pack, digest):
        raise ReceiptRefused("content")
    try:
        there = urlsplit(receipt.portal)
        usable = there.scheme in ("http", "https") and bool(there.hostname)
    except ValueError as error:
        raise ReceiptRefused("portal") from error
    if not usable or there.query or there.fragment or receipt.portal == portal:
        raise ReceiptRefused("portal")
