"""How the addresses of the catalogues answer, whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Callable

import ckantoolkit as tk
from ckan import model
from flask import Response, request
from werkzeug.exceptions import HTTPException

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 300


def answer_whole(answer: Callable[[], Response | None]) -> Response:
    """Give an answer, or say why there is none: never a part of it.

    :param answer: ``None`` where there is no such catalogue.
    """
    try:
        response = answer() or say(404, tk._("There is no such catalogue."))
    except HTTPException:
        raise
    except Exception:
        # Whatever failed, a harvester is told to come back, and when.
        log.exception("%s cannot be answered whole", request.path)
        model.Session.rollback()
        response = say(503, tk._("The catalogue is not available. Try again later."))
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def say(status: int, sentence: str) -> Response:
    """Answer one sentence."""
    return Response(sentence + "\n", status, content_type="text/plain; charset=utf-8")
