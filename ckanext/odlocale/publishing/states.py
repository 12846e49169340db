"""What may become of a deposit, and when a change is refused."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Literal

State = Literal["draft", "checked", "published", "replaced", "withdrawn", "purged"]

#: States in which the agent still decides. ``checked``: nothing forbids publishing.
DRAFT_STATES: tuple[State, ...] = ("draft", "checked")

#: States in which the portal has shown the file to everybody. Of a file that is
#: ``purged`` nothing is left but that it was there.
PUBLIC_STATES: tuple[State, ...] = ("published", "replaced", "withdrawn", "purged")


class Refusal(Enum):
    """Why a change is refused. Nothing is lost in any case."""

    CHANGED = "changed since the form was shown"
    NOT_DRAFT = "no longer a draft"
    BLOCKED = "a finding forbids publishing"
    ALREADY_ONLINE = "the address shows another file, not yet agreed to replace"
    NOT_ONLINE = "not published"
    TOO_LARGE = "the file is larger than the portal accepts"
    NO_ROOM = "the storage is full"
    NO_SEARCH = "the search index does not answer"
    BUSY = "too many files are read at this moment"
    ASKED = "enough questions were asked today"
    NO_MAIL = "no letter can be sent"
    NOT_MANDATED = "the caller's mandate is about other data"
    LOST = "the file was removed while it was being read"
    NOT_FORMER = "neither replaced nor withdrawn"
    NOTHING_TO_ERASE = "no file and no table holds what must be erased"
    IN_FICHE = "the text that must be erased is in what is said of the data"
    READING = "the worker has the draft in hand"
    GONE = "the collectivité merged, closed, or publishes on another portal"


def sentence_of(refusal: Refusal, gettext: Callable[[str], str]) -> str:
    """Say a refusal to the agent, with what to do.

    :param gettext: translates a sentence into the reader's language
    """
    sentences = {
        Refusal.CHANGED: gettext(
            "This file has changed in the meantime. Here is its latest state."
        ),
        Refusal.NOT_DRAFT: gettext("This file is no longer a draft."),
        Refusal.BLOCKED: gettext("Something still prevents publishing."),
        Refusal.ALREADY_ONLINE: gettext(
            "Another file has just been published here. Say whether yours replaces it."
        ),
        Refusal.NOT_ONLINE: gettext("This file is not online."),
        Refusal.TOO_LARGE: gettext("This file is too large. Nothing was kept."),
        Refusal.NO_ROOM: gettext(
            "The portal has no room left for files. Nothing is published, nothing is"
            " lost. Tell the service that helps you."
        ),
        Refusal.NO_SEARCH: gettext(
            "The service does not answer. Nothing is published, nothing is lost."
            " Try again in a few minutes."
        ),
        Refusal.BUSY: gettext(
            "The service reads other files at this moment. Nothing was kept."
            " Deposit your file again in a few minutes."
        ),
        Refusal.ASKED: gettext(
            "Your questions were sent today already. Answers come to your mailbox."
        ),
        Refusal.NOT_MANDATED: gettext(
            "Your mandate is about other data. Nothing was kept. Ask the town hall"
            " for another mandate."
        ),
        Refusal.NO_MAIL: gettext(
            "Your question could not be sent. Write to the address at the foot of the"
            " page. Your draft is kept."
        ),
        Refusal.LOST: gettext(
            "The file could not be kept. Nothing is published. Send it again."
        ),
        Refusal.NOT_FORMER: gettext(
            "This version cannot be put online again. Choose another one."
        ),
        Refusal.NOTHING_TO_ERASE: gettext(
            "Nothing to erase was found. Check the spelling, or write less of it."
        ),
        Refusal.IN_FICHE: gettext(
            "What is said of these data holds this text too. Change it first, then"
            " come back."
        ),
        Refusal.READING: gettext(
            "This file is being checked. Wait for the end, or stop it first."
        ),
        Refusal.GONE: gettext(
            "This collectivité no longer publishes here. Nothing is lost."
            " Ask the service that helps you."
        ),
    }
    return sentences[refusal]


def state_after_check(problem: str | None, schema: str | None, blocking: int) -> State:
    """Return the state of a draft that was just checked.

    :param problem: why the file cannot be read, if it cannot
    :param schema: what the file was recognised as, if it was
    :param blocking: how many findings forbid publishing
    """
    return "draft" if problem or schema is None or blocking else "checked"


def refuse_edit(state: str, version: int, seen: int | None) -> Refusal | None:
    """Tell why a draft may not be changed, if so.

    :param version: the deposit's present version
    :param seen: the version that the agent's form was made from; ``None`` for a
        caller that does not ask for this protection (API)
    """
    if state not in DRAFT_STATES:
        return Refusal.NOT_DRAFT
    if seen is not None and seen != version:
        return Refusal.CHANGED
    return None


def refuse_restoring(state: str, version: int, seen: int | None) -> Refusal | None:
    """Tell why a former release may not be put online again, if so."""
    if state not in ("replaced", "withdrawn"):
        return Refusal.NOT_FORMER
    if seen is not None and seen != version:
        return Refusal.CHANGED
    return None


def refuse_publication(
    state: str,
    version: int,
    seen: int | None,
    *,
    online: str | None,
    replaces: str | None,
) -> Refusal | None:
    """Tell why a draft may not be published, if so.

    :param online: the deposit its address shows at present, if any
    :param replaces: the deposit that the agent agreed to replace, if any
    """
    refusal = refuse_edit(state, version, seen)
    if refusal is not None:
        return refusal
    if state != "checked":
        return Refusal.BLOCKED
    # Two agents reviewed two files for one address: the second must see the first.
    if online is not None and online != replaces:
        return Refusal.ALREADY_ONLINE
    return None


def free_key(key: str, taken: frozenset[str]) -> str:
    """Return the key of another document that would have the same key.

    Two décisions modificatives of one year are two documents.

    >>> free_key("2022-dm-00010", frozenset({"2022-dm-00010", "2022-dm-00010-2"}))
    '2022-dm-00010-3'
    """
    if key not in taken:
        return key
    number = 2
    while f"{key}-{number}" in taken:
        number += 1
    return f"{key}-{number}"
