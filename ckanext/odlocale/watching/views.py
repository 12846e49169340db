"""The front of the portal, and what it needs to know of each request."""

from __future__ import annotations

import ipaddress

import ckantoolkit as tk
from flask import Blueprint, Flask, request

from ckanext.odlocale.watching import counting, probes
from ckanext.odlocale.watching.front import ENDPOINT, Front, Watch

every_page = Blueprint("odlocale_watching", __name__)
blueprints = [every_page]


@every_page.before_app_request
def tell_page() -> None:
    """Say which page answers: counters have no use for addresses."""
    request.environ[ENDPOINT] = request.endpoint or "none"


def stand_before(application: Flask) -> None:
    """Put ``/sante`` and the log of requests before the application."""
    watch = Watch(
        report=probes.report,
        count=counting.count,
        counted=counting.counted,
        token=str(tk.config["ckanext.odlocale.metrics_token"] or ""),
        networks=tuple(
            ipaddress.ip_network(one)
            for one in tk.config["ckanext.odlocale.metrics_networks"]
        ),
        language=str(tk.config["ckan.locale_default"]),
    )
    # As Flask's documentation says to add a middleware; its types do not know of it.
    application.wsgi_app = Front(application.wsgi_app, watch)  # type: ignore[method-assign]
