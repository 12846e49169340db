"""Bring the portal's database and territory up to date, inside CKAN.

    python -m ckanext.odlocale.portal.prepare --departement 56 --accounts FILE

Run by ``odlocale up`` with CKAN's configuration in ``CKAN_INI``; everything in
it may be run again.
"""

from __future__ import annotations

import argparse
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.cli import CKANConfigLoader
from ckan.cli.db import _migrate_plugins
from ckan.config.middleware import make_app
from ckan.lib.i18n import build_js_translations

from ckanext.odlocale.portal.home import write_private
from ckanext.odlocale.portal.people import Person, demonstration_people
from ckanext.odlocale.territory.register import Register


def main() -> None:
    """Run each step, one line of progress for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ini", required=True)
    parser.add_argument("--departement", required=True)
    parser.add_argument("--commune", default="")
    parser.add_argument("--accounts", type=Path, required=True)
    options = parser.parse_args()
    flask_app = make_app(CKANConfigLoader(options.ini).get_config())._wsgi_app
    with flask_app.test_request_context():
        step("database", upgrade_database)
        step("translations", build_js_translations)
        step("territory", lambda: apply_territory(options.departement))
        people = demonstration_people(
            Register.load(), options.departement, options.commune
        )
        step("accounts", lambda: create_accounts(people, options.accounts))
        step("feeds", rebuild_fragments)


def step(name: str, action: Callable[[], object]) -> None:
    """Run a step and say on standard output how long it took."""
    started = time.monotonic()
    action()
    seconds = round(time.monotonic() - started, 1)
    print(json.dumps({"step": name, "seconds": seconds}), flush=True)


def site_context() -> dict[str, Any]:
    """A context that acts as the site itself."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True}


def upgrade_database() -> None:
    """Create or migrate the tables of CKAN, its plugins and ours."""
    engine = model.meta.engine
    model.repo.upgrade_db()
    _migrate_plugins(apply=True)
    # CKAN's migrations leave the process an engine of theirs, which connects anew
    # for each transaction.
    model.init_model(engine)


def apply_territory(departement: str) -> None:
    """Create what the register has and the portal lacks."""
    tk.get_action("odlocale_territory_apply")(
        site_context(), {"departement": departement}
    )


def rebuild_fragments() -> None:
    """Write anew the fragments whose address or profile has changed."""
    after: str | None = ""
    while after is not None:
        done = tk.get_action("odlocale_fragment_rebuild")(
            site_context(), {"after": after} if after else {}
        )
        after = done["next"] or None


def create_accounts(people: list[Person], path: Path) -> None:
    """Create who is missing, and note passwords where only the user reads."""
    known = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    for person in people:
        password = known.get(person.name, {}).get("password")
        if not password or model.User.get(person.name) is None:
            password = password or secrets.token_urlsafe(12)
            create_account(person, password)
        known[person.name] = {
            "role": person.role,
            "password": password,
            "organization": person.organization,
        }
        write_private(path, json.dumps(known, indent=1, ensure_ascii=False))


def create_account(person: Person, password: str) -> None:
    """Create one user and give the rights of the role."""
    context = site_context()
    fields = {
        "name": person.name,
        "email": person.email,
        "fullname": person.fullname,
        "password": password,
    }
    if model.User.get(person.name) is None:
        tk.get_action("user_create")(context, fields)
    else:
        # A lost password file: the account gets a new password, not a twin.
        account = tk.get_action("user_show")(site_context(), {"id": person.name})
        tk.get_action("user_update")(site_context(), {**account, **fields})
    if person.role == "administrator":
        tk.get_action("user_patch")(
            site_context(), {"id": person.name, "sysadmin": True}
        )
        return
    tk.get_action("organization_member_create")(
        site_context(),
        {
            "id": person.organization,
            "username": person.name,
            "role": "admin" if person.role == "animator" else "editor",
        },
    )


if __name__ == "__main__":
    main()
