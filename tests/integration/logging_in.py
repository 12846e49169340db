"""Logging in as a browser does: the form first, with its token."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient


def send_login(client: FlaskClient, name: str, password: str, **options: Any) -> Any:
    """Fill the login form in, and send it; redirections are not followed.

    :param options: of the client, for both requests
    """
    page = client.get("/user/login", **options).text
    found = re.search(r'name="_csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    form = {"login": name, "password": password, "_csrf_token": found.group(1)}
    return client.post("/user/login", data=form, follow_redirects=False, **options)
