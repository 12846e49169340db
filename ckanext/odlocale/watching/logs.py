"""Lines of log as JSON, each with its request's id, and no secret in it.

Pure: a formatter named in CKAN's configuration file (``class = …JsonFormatter``), so
that what CKAN and libraries write goes through it too.
"""

from __future__ import annotations

import contextvars
import datetime
import json
import logging
import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

#: The request that is being answered, in the thread that answers it.
request_id: contextvars.ContextVar[str] = contextvars.ContextVar(
    "request_id", default=""
)
_HIDDEN: Final = "[…]"
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")

#: Each with what is kept of it. Order matters: addresses first.
_SECRETS: Final = (
    # Passwords in addresses of servers.
    (re.compile(r"([a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@]+@", re.I), rf"\1:{_HIDDEN}@"),
    # What says who one is, in headers.
    (re.compile(r"((?:authorization|cookie|x-api-key)[\"']?\s*[:=]\s*)[^\r\n]+", re.I),
     rf"\1{_HIDDEN}"),
    (re.compile(r"\bBearer\s+\S+", re.I), f"Bearer {_HIDDEN}"),
    # Tokens of ours (the first twelve signs name one), and CKAN's.
    (re.compile(r"\b(odl_[A-Za-z0-9_-]{8})[A-Za-z0-9_-]+"), rf"\1{_HIDDEN}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_.-]+"), _HIDDEN),
    # Links that open an account, an invitation, a letter, a text of a form.
    (re.compile(
        r"(/(?:invitation|mot-de-passe|compte/adresse|rappel/[a-z]+|file/[a-z-]+)/)"
        r"[A-Za-z0-9_.~%-]{8,}", re.I), rf"\1{_HIDDEN}"),
    (re.compile(
        r"([\"']?\b[a-z_]*(?:password|passwd|secret|token|api[_-]?key|reset_key|passe"
        r"|private[_-]?key|csrf|code_verifier|session)[a-z_]*[\"']?\s*[:=]\s*)"
        r"(?!\[…\])(?:\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+)", re.I), rf"\1{_HIDDEN}"),
    (re.compile(r"([?&](?:key|code|state|token|secret)=)[^&\s\"']+", re.I),
     rf"\1{_HIDDEN}"),
)  # fmt: skip


def strip_secrets(text: str) -> str:
    """Return a text without what opens a door.

    >>> strip_secrets("postgresql://ckan:hunter2@db/ckan, key?token=abc")
    'postgresql://ckan:[…]@db/ckan, key?token=[…]'
    """
    for pattern, kept in _SECRETS:
        text = pattern.sub(kept, text)
    return text


def new_request_id(given: str = "") -> str:
    """Return the id of a request: the proxy's, where it is one, else a new one.

    >>> new_request_id("abcdef-123"), len(new_request_id("x\\n{}"))
    ('abcdef-123', 32)
    """
    return given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex


class JsonFormatter(logging.Formatter):
    """One line of JSON for each record; no line break, whatever a visitor sent."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        line: dict[str, Any] = {
            "time": datetime.datetime.fromtimestamp(
                record.created, datetime.timezone.utc
            ).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": strip_secrets(record.getMessage()),
        }
        if request_id.get():
            line["request"] = request_id.get()
        extra = getattr(record, "fields", None)
        if isinstance(extra, Mapping):
            line |= {
                key: strip_secrets(value) if isinstance(value, str) else value
                for key, value in extra.items()
            }
        if record.exc_info:
            line["exception"] = strip_secrets(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = strip_secrets(record.stack_info)
        return json.dumps(line, ensure_ascii=False)
