"""What every integration test stands on: CKAN with our plugins, real servers.

The database is created once for the run and never emptied between tests: each
test makes what it needs under names of its own. Plugins and application are
loaded once as well, since loading them takes longer than most tests; a test
that changes the configuration by the ``ckan_config`` mark gets its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import ckan.plugins as p
import pytest
from ckan.tests import factories
from ckan.tests.helpers import CKANTestApp
from ckan.tests.pytest_ckan import ckan_setup

from ckanext.odlocale.portal.prepare import upgrade_database
from tests.integration.mailbox import mailbox

__all__ = ["mailbox"]

# CKAN's factories make passwords of ten characters, which the portal refuses.
GOOD_PASSWORD = "un mot de passe d'essai"
factories.User._meta.base_declarations["password"].function = lambda: GOOD_PASSWORD
for tokened in (factories.UserWithToken, factories.SysadminWithToken):
    tokened._meta.base_declarations["password"] = GOOD_PASSWORD
    tokened._meta.pre_declarations.declarations["password"] = GOOD_PASSWORD


def pytest_collection_finish() -> None:
    """CKAN's fixtures copy the configuration, which a connection does not bear.

    The application keeps its own: it was put there when it was made.
    """
    ckan_setup._config.pop("SESSION_REDIS", None)


@cache
def migrate_once() -> None:
    """Make the tables of CKAN and of its plugins, by their migrations."""
    upgrade_database()


class Shared:
    """The application that tests share, made at its first use."""

    wsgi: Any = None


def has_own_configuration(request: pytest.FixtureRequest) -> bool:
    """Whether the test changes CKAN's configuration by its mark."""
    return request.node.get_closest_marker("ckan_config") is not None


@pytest.fixture(autouse=True)
def portal(request: pytest.FixtureRequest, ckan_config: Any) -> Iterator[None]:
    """Each test runs with the plugins of ``test.ini`` and migrated tables."""
    own = has_own_configuration(request)
    if own or not p.plugin_loaded("odlocale"):
        Shared.wsgi = None
        p.load_all()
    migrate_once()
    yield
    if own:
        p.unload_all()


@pytest.fixture
def app(
    request: pytest.FixtureRequest, portal: None, make_app: Callable[[], CKANTestApp]
) -> CKANTestApp:
    """CKAN's test application, with a client of the test's own."""
    if has_own_configuration(request):
        return make_app()
    if Shared.wsgi is None:
        Shared.wsgi = make_app().app
    return CKANTestApp(Shared.wsgi)
