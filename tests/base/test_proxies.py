"""Visitors behind a reverse proxy are counted one by one, or the operator is told."""

from __future__ import annotations

import logging

import pytest
from flask import Flask, request

from ckanext.odlocale.base.proxies import count_each_visitor

VISITOR = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}


def seen_by(proxies: int) -> Flask:
    application = Flask("essai")
    application.add_url_rule("/", view_func=lambda: str(request.remote_addr))
    counted = count_each_visitor(application.wsgi_app, proxies)
    application.wsgi_app = counted  # type: ignore[method-assign]
    return application


@pytest.mark.parametrize(
    ("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")]
)
def test_a_visitor_is_whom_the_known_proxies_name(proxies: int, address: str) -> None:
    client = seen_by(proxies).test_client()
    assert client.get("/", headers=VISITOR).text == address


def test_an_unknown_proxy_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    client = seen_by(0).test_client()
    with caplog.at_level(logging.WARNING):
        client.get("/")
        assert caplog.records == []
        for _ in range(2):
            client.get("/", headers=VISITOR)
    assert len(caplog.records) == 1
    assert "trusted_proxies" in caplog.text


def test_a_known_proxy_is_told_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        seen_by(1).test_client().get("/", headers=VISITOR)
    assert caplog.records == []
