"""What a visitor reads while a server that the portal stands on is down.

CKAN's error page greets the visitor by name, hence reads the database: without
one it fails in its turn and leaves two words of English. This page needs nothing
but the translations, which are files.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import redis.exceptions
import sqlalchemy.exc
from werkzeug.wrappers import Response

from ckanext.odlocale.base.language import translator

log = logging.getLogger(__name__)

#: A server does not answer, or a pool has no connection left. Anything else that
#: a database refuses is a defect of ours, and stays an error 500.
OUTAGES = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.TimeoutError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
)
RETRY_AFTER_SECONDS = 300
#: In the addresses that our own API answers in JSON.
API_MARK = "/api/odlocale/"

_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 15vh auto; max-width: 34rem; padding: 0 1.5rem;
  font: 1.125rem/1.6 system-ui, sans-serif; color: #1b1b1b; background: #fff; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</body>
</html>
"""

_WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def write_outage_page(lang: str) -> Response:
    """The page, answered with status 503 and ``Retry-After``.

    :param lang: the portal's language (``fr``).
    """
    _ = translator(lang).gettext
    page = _PAGE.format(
        lang=escape(lang),
        title=escape(_("The service is not answering")),
        text=escape(
            _("Nothing was published and nothing was lost. Try again in a few minutes.")
        ),
    )
    response = Response(page, 503, content_type="text/html; charset=utf-8")
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    return response


def write_outage_answer(lang: str) -> Response:
    """The same for a program that calls the portal's API, in that API's shape."""
    said = translator(lang).gettext(
        "Nothing was published and nothing was lost. Try again in a few minutes."
    )
    body = json.dumps({"error": {"code": "outage", "message": said}}) + "\n"
    response = Response(body, 503, content_type="application/json")
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response


def answer_outages(application: _WsgiApp, lang: str) -> _WsgiApp:
    """Wrap an application, so that an outage never leaves it without a page.

    Flask calls no error handler where opening the session fails, nor where an
    error page fails in its turn.

    :param application: what answers requests.
    :param lang: the portal's language.
    """

    def answer(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        try:
            return application(environ, start_response)
        except OUTAGES:
            log.exception("A server of the portal does not answer")
            is_program = API_MARK in environ.get("PATH_INFO", "")
            write = write_outage_answer if is_program else write_outage_page
            return write(lang)(environ, start_response)

    return answer
