"""A CKAN application of one's own, with views that only a test has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import pytest
from ckan.config.middleware import make_app
from flask import Blueprint

_applications: dict[str, Any] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark that CKAN's own plugin reads without declaring it."""
    config.addinivalue_line("markers", "ckan_config(key, value): a setting of CKAN")


@pytest.fixture
def application(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Makes the Flask application of a test module, once.

    Flask takes no blueprint after its first request, so the application that the
    other tests share will not do.
    """

    def make(*blueprints: Blueprint) -> Any:
        name = request.module.__name__
        if name not in _applications:
            flask_app = make_app(tk.config)._wsgi_app
            for blueprint in blueprints:
                flask_app.register_blueprint(blueprint)
            _applications[name] = flask_app
        return _applications[name]

    return make
