"""CKAN as a WSGI application, for gunicorn; configured by ``CKAN_INI``."""

from __future__ import annotations

import os
import sys

from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from ckan.exceptions import CkanConfigurationException

from ckanext.odlocale.portal.redirects import LocalRedirects

#: How gunicorn's master knows that another try would end the same.
CANNOT_LOAD = 4

try:
    _config = CKANConfigLoader(os.environ["CKAN_INI"]).get_config()
    application = LocalRedirects(make_app(_config), _config["ckan.site_url"])
except CkanConfigurationException as _error:
    # One line that says what to write, rather than fifty that say where it was found.
    sys.stderr.write(f"{_error}\n")
    sys.exit(CANNOT_LOAD)
