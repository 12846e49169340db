"""Links of letters, which do one thing without a login: signed, and never guessed.

A link answers «nothing to publish» in the name of who received it, or stops the letters
of one kind. Whoever forwards a letter gives its links away, so that nothing else, and
nothing that cannot be undone, is done by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

Kind = Literal["reminders", "digest"]
KINDS: tuple[Kind, ...] = ("reminders", "digest")

#: A reminder's answer is about one year: a link as old as that answers nothing.
ANSWER_SECONDS = 400 * 24 * 3600
_SALT = "odlocale.reminders"


class LinkRefused(ValueError):
    """Nobody signed this link, or it is too old."""


@dataclass(frozen=True)
class Answer:
    """What a reminder's link answers about.

    :ivar user_id: who received it
    """

    user_id: str
    siren: str
    schema: str
    year: int


@dataclass(frozen=True)
class Stop:
    """Letters that somebody may stop, or have again."""

    user_id: str
    kind: Kind


def sign_answer(answer: Answer, key: str) -> str:
    """Return the secret part of a link that answers «nothing to publish».

    :param key: the portal's secret
    """
    asked = [answer.user_id, answer.siren, answer.schema, answer.year]
    return str(URLSafeTimedSerializer(key, salt=f"{_SALT}.answer").dumps(asked))


def read_answer(token: str, key: str, seconds: int = ANSWER_SECONDS) -> Answer:
    """Return what a link answers about.

    :raises LinkRefused: it was not signed with this key, or is older than that
    """
    serializer = URLSafeTimedSerializer(key, salt=f"{_SALT}.answer")
    try:
        user_id, siren, schema, year = serializer.loads(token, max_age=seconds)
    except (BadSignature, ValueError, TypeError) as error:
        raise LinkRefused(str(error)) from error
    return Answer(str(user_id), str(siren), str(schema), int(year))


def sign_stop(stop: Stop, key: str) -> str:
    """Return the secret part of a link that stops letters. It never gets old."""
    asked = [stop.user_id, stop.kind]
    return str(URLSafeSerializer(key, salt=f"{_SALT}.stop").dumps(asked))


def read_stop(token: str, key: str) -> Stop:
    """Return what a link stops.

    :raises LinkRefused: it was not signed with this key
    """
    serializer = URLSafeSerializer(key, salt=f"{_SALT}.stop")
    try:
        user_id, kind = serializer.loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise LinkRefused(str(error)) from error
    if kind not in KINDS:
        raise LinkRefused("no such letters")
    return Stop(str(user_id), cast(Kind, kind))


def headers_of(address: str) -> dict[str, str]:
    """Return the headers by which a mail program stops letters in one click.

    Source: RFC 2369, RFC 8058.
    """
    return {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
