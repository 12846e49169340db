"""What is written of those who were refused: why, in words, and how many lines.

Nothing of what was typed is kept: neither a password, nor a code, nor an address that
is nobody's. Whoever knocks without end must not fill the journal: so many lines an hour
from one origin, about one account or object, and in all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

#: The verb of all these lines.
VERB: Final = "refused"

Reason = Literal[
    "password",
    "wait",
    "second factor",
    "town hall code",
    "invitation code",
    "link unknown",
    "link expired",
    "link forwarded",
    "account link",
    "token unknown",
    "token revoked",
    "token expired",
    "token mandate",
    "token elsewhere",
    "token beyond",
    "not theirs",
    "beyond role",
]

#: Lines written in an hour.
MOST_FROM_ONE: Final = 30
MOST_FROM_UNKNOWN: Final = 200
MOST_ABOUT_ONE: Final = 10
MOST_IN_ALL: Final = 600


@dataclass(frozen=True)
class Owned:
    """What a request names, and whose it is.

    :ivar kind: of the object, as the journal writes it
    :ivar schema: slug of the model that it is about; empty where nobody knows yet;
        nothing for what is no data, which no mandate is about
    """

    kind: str
    id: str
    org_id: str
    schema: str | None = None


def limits_of(origin: str, target: str) -> list[tuple[str, int]]:
    """Return what a line is counted under, and how many of each are written an hour.

    The narrowest first: whoever is beyond his own limit takes nothing of others'.

    :param origin: mark of who asks; empty where it is not known
    :param target: what the line is about; empty where it is nothing of ours

    >>> limits_of("a1", "b2")
    [('from:a1', 30), ('about:b2', 10), ('all', 600)]
    >>> limits_of("", "")
    [('from:', 200), ('all', 600)]
    """
    counted = [(f"from:{origin}", MOST_FROM_ONE if origin else MOST_FROM_UNKNOWN)]
    if target:
        counted.append((f"about:{target}", MOST_ABOUT_ONE))
    return [*counted, ("all", MOST_IN_ALL)]


def sentence_of_refusal(reason: str, kind: str, gettext: Callable[[str], str]) -> str:
    """Return what was refused, as a sentence without its subject.

    :param kind: of the object that was asked for
    :param gettext: translates a sentence into the reader's language
    """
    sentences = {
        "password": gettext("refused: a wrong password was typed"),
        "wait": gettext("refused: too many tries, one has to wait"),
        "second factor": gettext("refused: a wrong code of the double check"),
        "town hall code": gettext("refused: a wrong code of the town hall"),
        "link unknown": gettext("refused: an invitation that no longer opens"),
        "link expired": gettext("refused: an invitation that is too old"),
        "invitation code": gettext("refused: a wrong code of an invitation"),
        "link forwarded": gettext("refused: an invitation for somebody else"),
        "account link": gettext("refused: a link of an account that no longer opens"),
        "token unknown": gettext("refused: a code of a software that is not known"),
        "token revoked": gettext("refused: the access of a software that was stopped"),
        "token expired": gettext("refused: the access of a software that is over"),
        "token mandate": gettext("refused: a software whose mandate is over"),
        "token elsewhere": gettext("refused: a software of another local authority"),
        "token beyond": gettext("refused: a software, for more than its access lets"),
        "not theirs": gettext("refused: asked for what is reserved to this authority"),
        "beyond role": gettext("refused: tried what one's role does not allow"),
    }
    sentence = sentences.get(reason, f"{VERB}: {reason}")
    kinds = {
        "collectivity": gettext("its pages"),
        "organization": gettext("its organisation"),
        "deposit": gettext("a file"),
        "dataset": gettext("a dataset"),
        "report": gettext("a reader's report"),
        "mandate": gettext("a mandate"),
        "token": gettext("the access of a software"),
        "invitation": gettext("an invitation"),
        "attachment": gettext("an access by a work account"),
    }
    if reason in ("not theirs", "beyond role") and kind in kinds:
        return f"{sentence} ({kinds[kind]})"
    return sentence
