"""CKAN as a WSGI application, for gunicorn; configured by ``CKAN_INI``."""

from __future__ import annotations

import os

from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app

from ckanext.odlocale.portal.redirects import LocalRedirects

_config = CKANConfigLoader(os.environ["CKAN_INI"]).get_config()
application = LocalRedirects(make_app(_config), _config["ckan.site_url"])
