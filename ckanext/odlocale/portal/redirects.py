"""Keep a visitor of the trial portal at the address she came to.

CKAN redirects to ``ckan.site_url``. A trial portal may announce a public
address that does not lead to it yet, while it is tried at 127.0.0.1: there,
a redirection to the public address becomes one to the same path here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

Headers = list[tuple[str, str]]


def local_location(location: str, site_url: str, host: str) -> str:
    """Where to send a visitor who came to ``host``.

    >>> local_location("https://od.fr/publier", "https://od.fr", "127.0.0.1:5000")
    '/publier'
    >>> local_location("https://od.fr/publier", "https://od.fr", "od.fr")
    'https://od.fr/publier'
    """
    if host == urlsplit(site_url).netloc:
        return location
    if location == site_url or location.startswith((f"{site_url}/", f"{site_url}?")):
        return location[len(site_url) :] or "/"
    return location


class LocalRedirects:
    """WSGI middleware that applies :func:`local_location`."""

    def __init__(self, application: Any, site_url: str) -> None:
        self.application = application
        self.site_url = site_url.rstrip("/")

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer as the application does, redirections apart."""
        host = str(environ.get("HTTP_HOST", ""))

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            kept = [
                (k, local_location(v, self.site_url, host))
                if k.lower() == "location"
                else (k, v)
                for k, v in headers
            ]
            return start_response(status, kept, *rest)

        answer: Iterable[bytes] = self.application(environ, start)
        return answer
