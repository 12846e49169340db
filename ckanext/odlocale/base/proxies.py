"""Who calls, where reverse proxies stand before the portal.

Limits by address (wrong passwords, codes sent to town halls, reports of errors) count
whoever calls: behind a proxy that the portal does not know of, everybody at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)


def count_each_visitor(application: WSGIApplication, proxies: int) -> WSGIApplication:
    """Return the application, where each visitor has his own address.

    :param proxies: how many reverse proxies say in ``X-Forwarded-For`` who calls
        them. With none, the first request that came through one is told in the logs.
    """
    if proxies:
        return ProxyFix(application, proxies, 0, 0, 0, 0)
    return _Warning(application)


class _Warning:
    """Says once that a proxy stands there of which the configuration says nothing."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.said = False

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if not self.said and environ.get("HTTP_X_FORWARDED_FOR"):
            self.said = True
            log.warning(
                "A reverse proxy calls the portal, whose"
                " ckanext.odlocale.trusted_proxies is 0: all visitors are counted as"
                " one, and five wrong passwords of one of them shut the others out."
                " Set it to the number of your proxies (1 for most)."
            )
        return self.application(environ, start_response)
