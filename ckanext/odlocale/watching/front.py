"""Before the application: ``/sante``, figures, and one line of log for each request.

Pure. It stands outside of Flask, whose session and user need servers that may be down:
``/sante`` says which. No state stays in the process: requests are counted elsewhere.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wrappers import Request, Response

from ckanext.odlocale.watching import exposition, logs
from ckanext.odlocale.watching.health import Report
from ckanext.odlocale.watching.page import write_page

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("ckanext.odlocale.access")

HEALTH: Final = "/sante"
ALIVE: Final = "/sante/vie"
METRICS: Final = "/sante/metriques"
#: Where the application tells which page answered.
ENDPOINT: Final = "odlocale.endpoint"
#: Written where proxies that are trusted said whose address it is.
_ADDRESSED: Final = "werkzeug.proxy_fix.orig"


@dataclass(frozen=True)
class Watch:
    """What the front needs to know, and may call.

    :ivar report: asks the parts
    :ivar count: adds to the counters, wherever they are
    :ivar counted: reads them
    :ivar token: lets read the figures; empty, nobody by a token
    :ivar networks: from where the figures are read without a token
    :ivar language: the portal's
    """

    report: Callable[[], Report]
    count: Callable[[Mapping[str, float]], None]
    counted: Callable[[], Mapping[str, float]]
    token: str = ""
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    language: str = "fr"


class Front:
    """A WSGI application before another."""

    def __init__(self, application: WSGIApplication, watch: Watch) -> None:
        self.application = application
        self.watch = watch

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        given = str(environ.get("HTTP_X_REQUEST_ID", ""))
        # Kept until the next request of this thread: a line written while the answer
        # is streamed has it too.
        known = logs.new_request_id(given)
        logs.request_id.set(known)
        answer = self._own(environ)
        if answer is not None:
            return answer(environ, start_response)
        began = time.perf_counter()

        def start(status: str, headers: Any, *rest: Any) -> Any:
            headers = [*headers, ("X-Request-ID", known)]
            self._tell(environ, status, time.perf_counter() - began)
            return start_response(status, headers, *rest)

        try:
            return self.application(environ, start)
        except Exception:
            # Answered by whoever stands before us: an outage has its page.
            self._tell(environ, "503", time.perf_counter() - began)
            raise

    def _own(self, environ: WSGIEnvironment) -> Response | None:
        path = str(environ.get("PATH_INFO", "")).rstrip("/")
        if path not in (HEALTH, ALIVE, METRICS):
            return None
        request = Request(environ)
        if request.method not in ("GET", "HEAD"):
            response = Response("", 405, {"Allow": "GET, HEAD"})
        elif path == ALIVE:
            response = Response('{"status": "ok"}\n', mimetype="application/json")
        elif path == METRICS:
            response = self._figures(request)
        else:
            response = self._health(request)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        )
        return response

    def _health(self, request: Request) -> Response:
        report = self.watch.report()
        status = 200 if report.is_ready else 503
        best = request.accept_mimetypes.best_match(["application/json", "text/html"])
        if best == "text/html":
            page = write_page(report, self.watch.language)
            response = Response(page, status, content_type="text/html; charset=utf-8")
        else:
            body = json.dumps(report.as_json(), indent=1) + "\n"
            response = Response(body, status, content_type="application/json")
        response.headers["Vary"] = "Accept"
        if status == 503:
            response.headers["Retry-After"] = "60"
        return response

    def _figures(self, request: Request) -> Response:
        if not self._may_read(request):
            return Response("", 404)
        counted: Mapping[str, float] = {}
        with suppress(Exception):
            counted = self.watch.counted()
        text = exposition.write(self.watch.report(), counted)
        return Response(text, content_type=exposition.CONTENT_TYPE)

    def _may_read(self, request: Request) -> bool:
        asked = request.headers.get("Authorization", "").encode()
        if self.watch.token:
            wanted = f"Bearer {self.watch.token}".encode()
            if hmac.compare_digest(asked, wanted):
                return True
        # A proxy of which the configuration says nothing: everybody has its address.
        if "X-Forwarded-For" in request.headers and _ADDRESSED not in request.environ:
            return False
        try:
            address = ipaddress.ip_address(request.remote_addr or "")
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self.watch.networks)

    def _tell(self, environ: WSGIEnvironment, status: str, seconds: float) -> None:
        method = str(environ.get("REQUEST_METHOD", ""))[:16]
        endpoint = str(environ.get(ENDPOINT) or "none")
        code = int(status[:3])
        # Neither the address that asks nor the values of the query: a link opens doors.
        path = logs.strip_secrets(str(environ.get("PATH_INFO", "")))[:500]
        log.info(
            "%s %s %s",
            method,
            path,
            code,
            extra={
                "fields": {"status": code, "page": endpoint, "ms": round(seconds * 1e3)}
            },
        )
        # Counters that do not answer stop no request.
        with suppress(Exception):
            self.watch.count(exposition.fields_of(method, endpoint, code, seconds))
