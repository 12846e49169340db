"""The second table of `docs/dev/rights-core.md`: what CKAN's own pages answer to whom.

Each address of CKAN and of other extensions is asked for, by each kind of person, about
the commune's own objects: its private dataset, which has rows in the DataStore and was
changed, its organisation, its agent. Then each of their forms is
sent by those who have no right there: not a row of the commune may change.

``ODLOCALE_WRITE=1`` writes the table anew, as in :mod:`.test_core_rights`.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from ckanext.activity.model import Activity
from werkzeug.routing import Rule

from ckanext.odlocale.plugin import all_blueprints
from ckanext.odlocale.publishing.model import Deposit
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    call_as,
    desk_of,
    town,
)
from tests.integration.test_core_rights import TABLE, Objects
from tests.integration.test_rights_table import PEOPLE
from tests.integration.test_routes_table import answer_of, send_to

__all__ = ["desk_of", "town"]

#: Pages that CKAN has for its own development, and addresses in other languages.
PASSED_OVER = re.compile(r"/testing/|/(no|zh_CN|zh_TW)/|/webassets/|/<path:filename>")


def rules_of_others(app: Any, method: str) -> dict[str, Rule]:
    """Addresses that are not ours and take a method, by rule."""
    ours = {one.name for one in all_blueprints()}
    return {
        rule.rule: rule
        for rule in app.flask_app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] not in ours
        and method in rule.methods
        and not PASSED_OVER.match(rule.rule)
    }


def read_table() -> dict[str, dict[str, str]]:
    """What the table says, by address."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.read_text("utf-8").partition("## Pages")[2].splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    return {
        line[0].strip("`"): dict(zip(PEOPLE, line[1:], strict=True))
        for line in lines[1:]
    }


class Private(Objects):
    """The same objects, but for the dataset: nobody else may read it."""

    def __init__(self, make_town: Callable[[], Town]) -> None:
        super().__init__(make_town)
        org_id = self.place.town.org_id
        url = "https://essai.example/a.csv"
        made = factories.Dataset(
            owner_org=org_id, private=True, resources=[{"url": url}]
        )
        self.dataset, self.resource = made["id"], made["resources"][0]["id"]
        self.name, self.org = made["name"], model.Group.get(org_id).name
        rows = {"resource_id": self.resource, "records": [{"nom": "a"}]}
        self.place._call("datastore_create", force=True, **rows)
        call_as(self.agent.name, "package_patch", id=self.dataset, notes="Changé.")
        manager = self.place.people["manager"]
        for word in ("Une mairie.", "La mairie."):
            call_as(manager, "organization_patch", id=org_id, description=word)
        self.old, self.activity = self._last_activities(self.dataset)
        self.org_old, self.org_activity = self._last_activities(org_id)
        deposit = Deposit.load(self.place.deposit)
        assert deposit is not None
        self.file = str(deposit.original_sha256)

    def _last_activities(self, object_id: str) -> tuple[str, str]:
        """The last two lines of an object's history, the older one first."""
        query = model.Session.query(Activity).filter_by(object_id=object_id)
        new, old = query.order_by(Activity.timestamp.desc()).limit(2)
        return str(old.id), str(new.id)

    def fill(self, rule: Rule) -> str:
        """An address of this rule about the commune's own object."""
        about = {"organization": self.org, "user": self.agent.name, "group": self.group}
        kind = rule.rule.split("/")[1]
        values = {
            "id": about.get(kind, self.name),
            "_id": self.name,
            "resource_id": self.resource,
            "activity_id": self.activity,
            "view_id": "none",
            "filename": "a.csv",
            "_format": "ttl",
            "lang": "fr",
            "logic_function": "status_show",
            "storage_name": "odlocale",
            "location": self.file,
            "token": "none",
            "ver": "3",
        }
        if rule.rule.startswith("/feeds/organization/"):
            values["id"] = self.org
        own = kind == "dataset"
        old, new = (
            (self.old, self.activity) if own else (self.org_old, self.org_activity)
        )
        if "/changes/" in rule.rule:
            values["id"] = new
        if rule.rule.endswith("/changes_multiple"):
            return f"{rule.rule}?new_id={new}&old_id={old}&current_new_id={new}"
        if "int(min=1, max=2)" in rule.rule:
            values["ver"] = "2"
        return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda m: values[m[1]], rule.rule)

    def digest(self) -> dict[str, str]:
        """Everything that the database holds of the commune, as one sign a table."""
        ids = {
            "package": ("owner_org", self.place.town.org_id),
            "resource": ("package_id", self.dataset),
            "member": ("group_id", self.place.town.org_id),
            '"group"': ("id", self.place.town.org_id),
            "odlocale_deposit": ("org_id", self.place.town.org_id),
            "odlocale_mandate": ("org_id", self.place.town.org_id),
            "api_token": ("user_id", self.agent.id),
        }
        model.Session.rollback()
        digests = {
            table: str(
                model.Session.scalar(
                    sa.text(
                        f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text))"
                        f" FROM {table} t WHERE {column} = :value"
                    ),
                    {"value": value},
                )
            )
            for table, (column, value) in ids.items()
        }
        account = model.Session.execute(
            sa.text('SELECT name, email, password, state FROM "user" WHERE id = :id'),
            {"id": self.agent.id},
        ).one()
        return {**digests, "user": str(account)}


def get(desk: Desk, address: str) -> str:
    """What somebody is answered; what a page lets through fails the server."""
    try:
        return answer_of(desk, address)
    except Exception:
        return "error"


def post(desk: Desk, address: str, form: dict[str, str]) -> None:
    """Send a form, whatever CKAN does with it."""
    with contextlib.suppress(Exception):
        send_to(desk, address, form)


_made: list[Private] = []


@pytest.fixture
def objects(portal: None, town: Callable[[], Town]) -> Iterator[Private]:
    if not _made:
        _made.append(Private(town))
    yield _made[0]
    model.Session.rollback()


def test_each_page_of_ckan_has_its_line(
    objects: Private, app: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    rules = rules_of_others(app, "GET")
    # Last, since it ends the session of who asks.
    order = sorted(rules, key=lambda one: ("logout" in one, one))
    found: dict[str, dict[str, str]] = {line: {} for line in order}
    for who in PEOPLE:
        desk = desk_of(objects.place.people[who] or None)
        for line in order:
            found[line][who] = get(desk, objects.fill(rules[line]))
    if os.environ.get("ODLOCALE_WRITE"):
        head, mark, rest = TABLE.read_text("utf-8").partition("## Pages")
        lines = [
            f"| Address | {' | '.join(PEOPLE)} |",
            "|-" * (len(PEOPLE) + 1) + "|",
            *(f"| `{one}` | {' | '.join(says.values())} |"
              for one, says in found.items()),
        ]  # fmt: skip
        said = rest.partition("\n| ")[0]
        TABLE.write_text("\n".join([head + mark + said, *lines, ""]), "utf-8")
    assert found == read_table()


#: Words of CKAN's addresses behind which only somebody of the commune goes.
OF_THE_COMMUNE = re.compile(
    r"/(dataset|organization|user)/.*(<id>|<_id>|<resource_id>).*"
)
#: Public, or a question that changes nothing before it is answered: see the forms.
OF_EVERYBODY = re.compile(
    r"/organization/(<id>|about/<id>|activity/<id>)|/user/reset/<id>|/user/delete/<id>"
)


#: Who has no right on what the commune did not publish.
STRANGERS = [
    "nobody", "account", "another's agent", "mandated", "EPCI's agent", "ATD's member",
    "ATD's agent",
]  # fmt: skip


def test_no_page_of_ckan_fails() -> None:
    failed = {line for line, says in read_table().items() if "error" in says.values()}
    assert failed == set()


@pytest.mark.parametrize("who", STRANGERS)
def test_no_page_about_the_commune_opens_to_a_stranger(who: str) -> None:
    """What must be: a table that is written anew cannot hide a page that opens."""
    opened = {
        line
        for line, says in read_table().items()
        if OF_THE_COMMUNE.fullmatch(line)
        and not OF_EVERYBODY.fullmatch(line)
        and says[who] == "yes"
    }
    assert opened == set()


FORM = {
    "title": "pirate", "name": "pirate-1", "state": "deleted", "notes": "pirate",
    "delete": "yes", "save": "yes", "username": "pirate", "role": "admin",
    "private": "False", "url": "https://pirate.example", "bulk_action.public": "1",
    "bulk_action.delete": "1", "email": "pirate@essai.example", "fullname": "pirate",
    "password1": "trois mots sans rapport", "password2": "trois mots sans rapport",
    "group_removed": "pirate", "is_sysadmin": "true", "status": "1",
}  # fmt: skip


@pytest.mark.parametrize("who", ["nobody", "another's agent", "account", "ATD's agent"])
def test_no_form_of_ckan_changes_the_commune_for_a_stranger(
    who: str, objects: Private, app: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    before = objects.digest()
    pirate = objects.place.people[who]
    form = {**FORM, "id": objects.dataset, "user": objects.agent.name}
    form[f"dataset_{objects.dataset}"] = "on"
    form["username"] = pirate or "pirate"
    for line, rule in rules_of_others(app, "POST").items():
        if "logout" in line or line == "/user/login":
            continue
        post(desk_of(pirate or None), objects.fill(rule), form)
    assert objects.digest() == before


@pytest.mark.parametrize("role", ["agent", "manager"])
def test_the_digest_sees_a_change(role: str, objects: Private, app: Any) -> None:
    """The test above can fail."""
    before = objects.digest()
    dataset = model.Package.get(objects.dataset)
    dataset.notes = f"écrit par {role}"
    model.Session.commit()
    assert objects.digest() != before
