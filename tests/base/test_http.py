"""The guarded client, against real servers of this machine."""

from __future__ import annotations

import gzip
import json
import ssl
import subprocess
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from ckanext.odlocale.base.addresses import Refusal
from ckanext.odlocale.base.http import (
    AddressRefused,
    BodyTooLarge,
    GuardedClient,
    HostUnknown,
    NotJson,
    ServerTooSlow,
    ServerUnreachable,
    TooManyRedirects,
)
from tests.conftest import answer

PUBLIC = "93.184.215.14"
LOCAL = frozenset({"127.0.0.1"})


def client(**options: Any) -> GuardedClient:
    options.setdefault("allowed_hosts", LOCAL)
    options.setdefault("pause", lambda seconds: None)
    return GuardedClient(**options)


class Names:
    """A name server whose answers are written in advance, one list per call."""

    def __init__(self, **answers: list[tuple[str, ...]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> tuple[str, ...]:
        self.asked.append(host)
        return self.answers[host.partition(".")[0]].pop(0)


def test_an_answer_carries_its_address_status_headers_and_body(serve) -> None:
    server = serve({"/a": answer(b'{"ok": true}', Content_Type="application/json")})
    response = client().get(server.url("/a?page=1"))
    assert response.url == server.url("/a?page=1")
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"ok": True}


def test_a_missing_page_is_an_answer(serve) -> None:
    server = serve({"/a": answer(b"rien", 404)})
    assert client().get(server.url("/a")).status == 404


def test_our_headers_are_sent_and_the_host_keeps_its_port(serve) -> None:
    server = serve({"/a": answer()})
    client().get(server.url("/a"), headers={"X-API-KEY": "clé".encode().hex()})
    (_, headers) = server.requests[0]
    assert headers["X-API-KEY"] == "636cc3a9"
    assert headers["Host"] == f"127.0.0.1:{server.port}"
    assert headers["User-Agent"] == "ckanext-odlocale"


REFUSED = {
    "loopback": ("http://127.0.0.1:9/", Refusal.NOT_PUBLIC),
    "loopback by name": ("http://localhost:9/", Refusal.NOT_PUBLIC),
    "loopback as one number": ("http://2130706433:9/", Refusal.NOT_PUBLIC),
    "loopback IPv6": ("http://[::1]:9/", Refusal.NOT_PUBLIC),
    "loopback mapped in IPv6": ("http://[::ffff:127.0.0.1]:9/", Refusal.NOT_PUBLIC),
    "metadata of a cloud": ("http://169.254.169.254/latest", Refusal.NOT_PUBLIC),
    "the unspecified address": ("http://0.0.0.0/", Refusal.NOT_PUBLIC),
    "a file": ("file:///etc/passwd", Refusal.SCHEME),
    "FTP": ("ftp://example.org/a", Refusal.SCHEME),
    "no scheme": ("example.org/a", Refusal.SCHEME),
    "a user name": ("http://example.org@127.0.0.1/", Refusal.CREDENTIALS),
    "no host": ("http:///etc", Refusal.MALFORMED),
    "port zero": ("http://example.org:0/", Refusal.MALFORMED),
    "a broken port": ("http://example.org:port/", Refusal.MALFORMED),
}


@pytest.mark.parametrize(("url", "reason"), REFUSED.values(), ids=REFUSED)
def test_an_address_is_refused(url: str, reason: Refusal) -> None:
    with pytest.raises(AddressRefused) as caught:
        GuardedClient().get(url)
    assert caught.value.reason is reason


def test_a_name_with_one_private_address_is_refused() -> None:
    names = Names(mixed=[(PUBLIC, "10.0.0.1")])
    with pytest.raises(AddressRefused):
        GuardedClient(resolver=names).get("http://mixed.example/")


def test_a_name_is_resolved_once_and_the_checked_address_is_called(serve) -> None:
    """DNS rebinding: the second answer, whatever it is, is never asked for."""
    server = serve({"/a": answer()})
    names = Names(rebinding=[("127.0.0.1",), ("10.0.0.1",)])
    guarded = client(resolver=names, allowed_hosts=frozenset({"rebinding.example"}))
    assert guarded.get(server.url("/a", "rebinding.example")).body == b"bonjour"
    assert names.asked == ["rebinding.example"]
    assert server.requests[0][1]["Host"] == f"rebinding.example:{server.port}"


def test_each_try_checks_the_addresses_again() -> None:
    """Public at first (and closed), private at the second try."""
    names = Names(rebinding=[(), ("127.0.0.1",)])
    with pytest.raises(AddressRefused):
        client(resolver=names).get("http://rebinding.example:9/")
    assert names.asked == ["rebinding.example"] * 2


def test_an_allowed_host_may_be_named_with_its_port(serve) -> None:
    server = serve({"/a": answer()})
    allowed = frozenset({f"127.0.0.1:{server.port}"})
    assert client(allowed_hosts=allowed).get(server.url("/a")).status == 200
    with pytest.raises(AddressRefused):
        client(allowed_hosts=frozenset({"127.0.0.1:1"})).get(server.url("/a"))


def test_a_second_address_is_tried_when_the_first_is_closed(serve) -> None:
    server = serve({"/a": answer()})
    names = Names(two=[("127.0.0.9", "127.0.0.1")])
    guarded = client(resolver=names, allowed_hosts=frozenset({"two.example"}))
    assert guarded.get(server.url("/a", "two.example")).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(serve, status: int) -> None:
    server = serve({"/a": answer(status=status, Location="b?c=1"), "/b": answer()})
    assert client().get(server.url("/a")).url == server.url("/b?c=1")


REDIRECTS = {
    "a private address": "http://10.0.0.1/",
    "loopback by another name": "http://localhost:{port}/b",
    "the metadata of a cloud": "//169.254.169.254/latest",
    "a file": "file:///etc/passwd",
}


@pytest.mark.parametrize("location", REDIRECTS.values(), ids=REDIRECTS)
def test_a_redirect_to_a_forbidden_address_is_refused(serve, location: str) -> None:
    answers = {"/b": answer()}
    server = serve(answers)
    answers["/a"] = answer(status=302, Location=location.format(port=server.port))
    with pytest.raises(AddressRefused):
        client().get(server.url("/a"))
    assert [path for path, _ in server.requests] == ["/a"]


def test_a_redirect_without_end_stops(serve) -> None:
    server = serve({"/a": answer(status=302, Location="/a")})
    with pytest.raises(TooManyRedirects):
        client().get(server.url("/a"))
    assert len(server.requests) == 6


def test_what_identifies_us_does_not_follow_to_another_server(serve) -> None:
    second = serve({"/b": answer()})
    first = serve({"/a": answer(status=302, Location=second.url("/b"))})
    secrets = {"Authorization": "x", "X-API-KEY": "y", "Cookie": "z", "Accept": "*/*"}
    client().get(first.url("/a"), headers=secrets)
    assert set(secrets) & set(first.requests[0][1]) == set(secrets)
    assert set(secrets) & set(second.requests[0][1]) == {"Accept"}


def chunked_without_end(handler: BaseHTTPRequestHandler) -> None:
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while True:
        handler.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")


BODIES = {
    "announced": answer(b"x" * 2000),
    "never ending": chunked_without_end,
    "swelling when decompressed": answer(
        gzip.compress(b"x" * 50_000_000), Content_Encoding="gzip"
    ),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_is_refused_beyond_the_size_accepted(serve, body) -> None:
    server = serve({"/a": body})
    with pytest.raises(BodyTooLarge):
        client().get(server.url("/a"), max_bytes=1999)
    assert len(server.requests) == 1


def test_a_body_of_exactly_the_size_accepted_is_read(serve) -> None:
    server = serve({"/a": answer(b"x" * 2000)})
    assert len(client().get(server.url("/a"), max_bytes=2000).body) == 2000


def test_a_compressed_body_is_decompressed(serve) -> None:
    squeezed = gzip.compress(json.dumps(list(range(9000))).encode())
    server = serve({"/a": answer(squeezed, Content_Encoding="gzip")})
    assert client().get(server.url("/a")).json() == list(range(9000))


def silence(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2)


def one_header_byte_at_a_time(handler: BaseHTTPRequestHandler) -> None:
    for sign in b"HTTP/1.0 200 OK\r\nX-Long: " + b"x" * 100:
        handler.wfile.write(bytes([sign]))
        time.sleep(0.05)


def one_body_byte_at_a_time(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def test_a_silent_server_is_left(serve) -> None:
    server = serve({"/a": silence})
    start = time.monotonic()
    with pytest.raises(ServerTooSlow):
        client(timeout=(1, 0.1), retries=1).get(server.url("/a"))
    assert len(server.requests) == 2
    assert time.monotonic() - start < 1.5


@pytest.mark.parametrize("drip", [one_header_byte_at_a_time, one_body_byte_at_a_time])
def test_a_server_that_drips_is_cut_at_the_end_of_the_time_given(serve, drip) -> None:
    server = serve({"/a": drip})
    start = time.monotonic()
    with pytest.raises(ServerTooSlow):
        client(timeout=(1, 1), total_seconds=0.4).get(server.url("/a"))
    assert time.monotonic() - start < 1.5


def test_no_further_address_is_tried_once_the_time_is_over(serve) -> None:
    slow, asked = serve({"/a": silence}), frozenset({"mute.example"})
    names = Names(mute=[("127.0.0.1",) * 100])
    guarded = client(resolver=names, allowed_hosts=asked, total_seconds=0.3)
    with pytest.raises(ServerTooSlow):
        guarded.get(slow.url("/a", "mute.example"))
    assert len(slow.requests) == 1


def test_a_closed_port_is_tried_again_with_longer_pauses() -> None:
    pauses: list[float] = []
    with pytest.raises(ServerUnreachable):
        client(pause=pauses.append).get("http://127.0.0.1:9/")
    assert pauses == [0.5, 1.0]


def test_a_server_that_comes_back_is_heard(serve) -> None:
    turns = iter([503, 502, 200])
    server = serve({"/a": lambda handler: answer(status=next(turns))(handler)})
    assert client().get(server.url("/a")).status == 200


def test_the_last_failure_of_a_server_is_its_answer(serve) -> None:
    server = serve({"/a": answer(b"pause", status=503)})
    assert client().get(server.url("/a")).status == 503
    assert len(server.requests) == 3


def test_a_body_cut_short_is_an_error(serve) -> None:
    server = serve({"/a": answer(b"abc", Content_Length="10")})
    with pytest.raises(ServerUnreachable):
        client(retries=0).get(server.url("/a"))


def test_what_is_not_http_is_an_error(serve) -> None:
    server = serve({"/a": lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n")})
    with pytest.raises(ServerUnreachable):
        client(retries=0).get(server.url("/a"))


@pytest.mark.parametrize("host", ["nulle-part.invalid", "xn--a" + "b" * 80 + ".fr"])
def test_an_unknown_name_is_an_error(host: str) -> None:
    with pytest.raises(HostUnknown):
        client(retries=0).get(f"http://{host}/")


def test_a_page_in_place_of_json_says_what_came(serve) -> None:
    page = b"<!DOCTYPE html><title>Maintenance</title>"
    server = serve({"/a": answer(page, Content_Type="text/html")})
    with pytest.raises(NotJson, match=r"200, text/html: '<!DOCTYPE html>"):
        client().get(server.url("/a")).json()


def test_lists_within_lists_without_end_are_not_json(serve) -> None:
    server = serve({"/a": answer(b"[" * 200_000)})
    with pytest.raises(NotJson):
        client().get(server.url("/a")).json()


def test_a_header_cannot_smuggle_another(serve) -> None:
    server = serve({"/a": answer()})
    with pytest.raises(ServerUnreachable):
        client(retries=0).get(server.url("/a"), headers={"X": "a\r\nHost: b"})
    assert server.requests == []


def test_the_environment_s_proxy_is_not_used(serve, monkeypatch) -> None:
    proxy = serve({"/a": answer(b"proxy")})
    server = serve({"/a": answer()})
    monkeypatch.setenv("http_proxy", proxy.url(""))
    assert client().get(server.url("/a")).body == b"bonjour"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for portail.example, its key in the same file."""
    path = tmp_path_factory.mktemp("tls") / "portail.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-keyout",
            path,
            "-out",
            path.with_suffix(".crt"),
            "-subj",
            "/CN=portail.example",
            "-addext",
            "subjectAltName=DNS:portail.example",
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


@pytest.fixture
def secure_server(serve, certificate: Path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
    server = serve({"/a": answer()})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.httpd.socket = context.wrap_socket(server.httpd.socket, server_side=True)
    return server


def test_a_certificate_is_verified_for_the_name_though_an_address_is_called(
    secure_server,
) -> None:
    names = Names(portail=[("127.0.0.1",)])
    guarded = client(resolver=names, allowed_hosts=frozenset({"portail.example"}))
    url = secure_server.url("/a", "portail.example", "https")
    assert guarded.get(url).body == b"bonjour"


def test_a_certificate_for_another_name_is_refused(secure_server) -> None:
    names = Names(autre=[("127.0.0.1",)])
    guarded = client(
        resolver=names, allowed_hosts=frozenset({"autre.example"}), retries=0
    )
    with pytest.raises(ServerUnreachable, match=r"autre\.example"):
        guarded.get(secure_server.url("/a", "autre.example", "https"))


def test_an_unknown_authority_is_refused(secure_server, monkeypatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    names = Names(portail=[("127.0.0.1",)])
    guarded = client(
        resolver=names, allowed_hosts=frozenset({"portail.example"}), retries=0
    )
    with pytest.raises(ServerUnreachable, match="certificate"):
        guarded.get(secure_server.url("/a", "portail.example", "https"))
