"""A small real HTTP server, on a free port of this machine."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ckanext.odlocale.base.http import GuardedClient

Answer = Callable[[BaseHTTPRequestHandler], None]


def answer(body: bytes = b"bonjour", status: int = 200, **headers: str) -> Answer:
    """Write an answer: ``_`` of a header's name stands for ``-``."""

    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return write


def local_client() -> GuardedClient:
    """The guarded client, allowed to call this machine, once and for a second."""
    return GuardedClient(
        frozenset({"127.0.0.1"}), timeout=(1, 1), retries=0, pause=lambda _: None
    )


class LocalServer:
    """Answers by path; remembers the headers of each request."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append((self.path, dict(self.headers.items())))
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    answers[self.path.partition("?")[0]](self)

            def log_message(self, *_: object) -> None:
                """Tests speak by their results."""

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.port = self.httpd.server_address[1]

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


Serve = Callable[[dict[str, Answer]], LocalServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[LocalServer] = []

    def start(answers: dict[str, Answer]) -> LocalServer:
        server = LocalServer(answers)
        threading.Thread(
            target=server.httpd.serve_forever, args=(0.02,), daemon=True
        ).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.httpd.shutdown()
        server.httpd.server_close()
