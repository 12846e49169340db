"""Invented communes of the portal under test, and their merger.

Runs in CKAN's process: ``python -m tests.contracts.merging INI add ORGANIZATION CODE``,
or ``merge FORMER HEIR`` (codes).
"""

from __future__ import annotations

import sys

from ckan import model
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app

from ckanext.odlocale.territory.tables import Collectivity
from tests.integration import mergers


def main() -> None:
    """Do the one thing that was asked."""
    ini, verb, first, second = sys.argv[1:]
    flask_app = make_app(CKANConfigLoader(ini).get_config())._wsgi_app
    with flask_app.test_request_context():
        if verb == "add":
            add(first, second)
        else:
            mergers.merge(organization_of(first), organization_of(second))


def add(name: str, code: str) -> None:
    """Make an organisation the one of a commune."""
    group = model.Group.get(name)
    model.Session.add(
        Collectivity(
            siren=f"9900{code}",
            insee=code,
            kind="commune",
            name=group.title,
            cog_vintage=2026,
            org_id=group.id,
        )
    )
    model.Session.commit()


def organization_of(code: str) -> str:
    """The organisation of a commune."""
    found = Collectivity.by_code(code)
    assert found is not None
    assert found.org_id is not None
    return found.org_id


if __name__ == "__main__":
    main()
