"""Protection of our forms against cross-site requests.

CKAN 2.12 exempts a view from Flask-WTF's check as soon as one anonymous visitor
or one API token has used it, for every later request of the same process
(``ckan/config/middleware/flask_app.py``, ``ckan_before_request``). A form of
ours would then accept a session's POST without a token. So each of our
blueprints checks again, whatever CKAN exempted.
"""

from __future__ import annotations

import ckantoolkit as tk
from flask import Blueprint, current_app


def protect_blueprint(blueprint: Blueprint) -> Blueprint:
    """Refuse a session's writing request that carries no valid CSRF token.

    A request identified by an API token, and an anonymous one, have no session
    to abuse: they are let through to the view, whose own checks apply.

    :param blueprint: the blueprint whose views write, before it is registered.
    :returns: the same blueprint, so that the call can wrap its creation.
    """
    blueprint.before_request(require_token)
    return blueprint


def require_token() -> None:
    """Check the current request's token, where a session identifies its user.

    :raises flask_wtf.csrf.CSRFError: it writes, and its token is missing or false.
    """
    if current_app.config["WTF_CSRF_ENABLED"] and _has_session_authority():
        # Flask-WTF's own check, without the exemptions.
        current_app.extensions["csrf"].protect()


def _has_session_authority() -> bool:
    # Core sets this flag when the user comes from an API token rather than from
    # the session's cookie. An unknown token leaves the session's user in place
    # and the flag unset: such a request is checked.
    by_token = tk.g.get("login_via_auth_header", False)
    return bool(tk.current_user.is_authenticated and not by_token)
