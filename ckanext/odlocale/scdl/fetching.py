"""Fetching a schema from the address that somebody gave: bounded, and public only."""

from __future__ import annotations

from collections.abc import Iterable

from ..base.http import (
    AddressRefused,
    BodyTooLarge,
    GuardedClient,
    HostUnknown,
    RequestError,
    ServerTooSlow,
)
from ..base.language import translator
from .adding import MAX_SCHEMA_BYTES
from .sentences import N_

#: A description weighs a few kilobytes: whoever is slower than this does not answer.
TOTAL_SECONDS = 20.0

#: In English for gettext.
SENTENCES: dict[str, str] = {
    "address": N_("This is not the address of a web page. It begins with https://."),
    "refused": N_("This address is not public: the portal does not call it."),
    "unknown": N_("This server does not exist. Read the address again."),
    "slow": N_("The server takes too long. Try again later, or send the file."),
    "large": N_("What is at this address is too large: 1 MB at most."),
    "status": N_("The server answers that nothing is there (code {cause})."),
    "unreachable": N_("The server does not answer. Try again later, or send the file."),
}


class CannotFetch(Exception):
    """A schema could not be had.

    :ivar code: key of :data:`SENTENCES`
    """

    def __init__(self, code: str, cause: str = "") -> None:
        super().__init__(f"{code} {cause}".strip())
        self.code = code
        self.cause = cause

    def say(self, lang: str = "fr") -> str:
        """Return why, in words, and what to do."""
        words = translator(lang).gettext(SENTENCES[self.code])
        return words.format(cause=self.cause)


def is_address(text: str) -> bool:
    """Tell an address of the web from the name of a file."""
    return text.lower().startswith(("https://", "http://"))


def fetch_schema(url: str, hosts: Iterable[str] = ()) -> bytes:
    """Return what is at an address.

    :param hosts: servers that may have a private address
    :raises CannotFetch: with the cause
    """
    if not is_address(url):
        raise CannotFetch("address")
    client = GuardedClient(frozenset(hosts), total_seconds=TOTAL_SECONDS)
    try:
        answer = client.get(url, max_bytes=MAX_SCHEMA_BYTES)
    except AddressRefused as error:
        raise CannotFetch("refused", error.reason.value) from error
    except HostUnknown as error:
        raise CannotFetch("unknown", str(error)) from error
    except ServerTooSlow as error:
        raise CannotFetch("slow", str(error)) from error
    except BodyTooLarge as error:
        raise CannotFetch("large", str(error)) from error
    except RequestError as error:
        raise CannotFetch("unreachable", str(error)) from error
    if answer.status != 200:
        raise CannotFetch("status", str(answer.status))
    return answer.body
