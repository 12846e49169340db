"""Speaking the portal's language where there is no visitor to ask: in a worker.

Outside of a request CKAN translates nothing, so that a letter written by a job would be
in English.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ckan.config import middleware
from flask import has_request_context


@contextmanager
def portal_language() -> Iterator[None]:
    """Write in the portal's language, ``ckan.locale_default``; within a request, in its
    own.

    CKAN keeps a context of the application that it made, for ``url_for`` in a worker.
    """
    made = middleware._internal_test_request_context
    if has_request_context() or made is None:
        yield
        return
    with made.app.test_request_context():
        yield
