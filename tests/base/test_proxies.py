"""Visitors behind a reverse proxy are counted one by one, or the operator is told."""

from __future__ import annotations

import logging

import pytest
from flask import Flask, request
from werkzeug.test import Client

from ckanext.odlocale.base.proxies import count_each_visitor

VISITOR = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}


def client_of(proxies: int) -> Client:
    application = Flask("essai")
    application.add_url_rule("/", view_func=lambda: str(request.remote_addr))
    return Client(count_each_visitor(application.wsgi_app, proxies))


@pytest.mark.parametrize(
    ("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")]
)
def test_a_visitor_is_whom_the_known_proxies_name(proxies: int, address: str) -> None:
    proxy = {"REMOTE_ADDR": "127.0.0.1"}
    answer = client_of(proxies).get("/", headers=VISITOR, environ_overrides=proxy)
    assert answer.text == address


def test_an_unknown_proxy_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    client = client_of(0)
    with caplog.at_level(logging.WARNING):
        client.get("/")
        assert caplog.records == []
        for _ in range(2):
            client.get("/", headers=VISITOR)
    assert len(caplog.records) == 1
    assert "trusted_proxies" in caplog.text


def test_a_known_proxy_is_told_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        client_of(1).get("/", headers=VISITOR)
    assert caplog.records == []
