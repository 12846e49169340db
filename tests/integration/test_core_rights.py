"""`docs/dev/rights-core.md`: who may call each of CKAN's own actions on this portal.

CKAN's rules depend on its settings, which :mod:`ckanext.odlocale.base.safety` holds, on
the roles that cascade and on what we chain: here is what they come to. An action that
CKAN or another extension adds has no line, and fails until somebody has looked at it.

After a change that is meant, ``ODLOCALE_WRITE=1`` writes the table anew: read the
difference before it is committed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ckan import authz, logic, model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from ckanext.activity.model import Activity

from tests.integration.core_places import TABLE
from tests.integration.places import Place, Places, as_site
from tests.integration.publishing.conftest import Town, town
from tests.integration.test_rights_table import LETTERS, NO, PEOPLE, REACH, YES

__all__ = ["town"]

#: Actions whose rule is not asked here: they have none of their own (they tell of
#: schemas, which are public, or ask another action's for each row or table), or it is
#: about relationships and collaborators, which the portal has none of.
NOT_ASKED = {
    "datastore_search_sql",
    "package_collaborator_list",
    "package_relationship_delete",
    "scheming_dataset_schema_list",
    "scheming_dataset_schema_show",
    "scheming_organization_schema_list",
    "scheming_organization_schema_show",
    "task_status_update_many",
    "term_translation_update_many",
}


def actions_of_others() -> list[str]:
    """CKAN's own actions and those of other extensions."""
    tk.get_action("status_show")  # fills the list
    return sorted(name for name in logic._actions if not name.startswith("odlocale_"))


def read_table() -> dict[str, dict[str, str]]:
    """What the table says, by action."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.read_text("utf-8").partition("## Pages")[0].splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    return {
        line[0].strip("`"): dict(zip(PEOPLE, line[1:], strict=True))
        for line in lines[1:]
    }


class Owned:
    """What CKAN's actions may be asked about: all of it is one collectivité's."""

    def __init__(self, town: Town) -> None:
        self.town, org_id = town, town.org_id
        url = "https://essai.example/a.csv"
        dataset = factories.Dataset(owner_org=org_id, resources=[{"url": url}])
        self.dataset = str(dataset["id"])
        self.resource = str(dataset["resources"][0]["id"])
        rows = {"resource_id": self.resource, "records": [{"nom": "a"}]}
        as_site("datastore_create", force=True, **rows)
        self.group = str(factories.Group()["id"])
        self.hidden = {
            "draft": self._make_hidden(org_id, state="draft"),
            "private": self._make_hidden(org_id, private=True),
        }
        self.agent = model.User.get(town.agent)
        token = tk.get_action("api_token_create")(
            {"ignore_auth": True}, {"user": self.agent.name, "name": "logiciel"}
        )
        self.token = str(token["token"])
        written = model.Session.query(Activity).filter_by(object_id=self.dataset)
        self.activity = str(written.first().id)

    def _make_hidden(self, org_id: str, **state: Any) -> tuple[str, str]:
        resources = [{"url": "https://essai.example/a.csv"}]
        made = factories.Dataset(owner_org=org_id, resources=resources, **state)
        return str(made["id"]), str(made["resources"][0]["id"])

    def arguments_in(self, action: str, state: str) -> dict[str, Any]:
        """The same, of a dataset that is not public."""
        written = json.dumps(self.arguments(action))
        dataset, resource = self.hidden[state]
        moved = written.replace(self.dataset, dataset).replace(self.resource, resource)
        return dict(json.loads(moved))

    def arguments(self, action: str) -> dict[str, Any]:
        """What names the collectivité's own object of an action."""
        org_id, user = self.town.org_id, self.agent.name
        about = {
            "id": self.dataset,
            "package_id": self.dataset,
            "resource_id": self.resource,
            "owner_org": org_id,
            "organization_id": org_id,
            "org_id": org_id,
            "user": user,
            "user_id": self.agent.id,
            "username": user,
            "object": self.agent.id,
            "object_type": "user",
            "capacity": "member",
            "role": "member",
            "datasets": [self.dataset],
            "subject": self.dataset,
            "q": "a",
            "query": "name:a",
            "name": "essai",
            "email": "quelqu-un@essai.example",
            "group_id": org_id,
            "match__id": self.dataset,
            "filter": [],
            "update": {},
            "jti": self._token_id(),
            "owner_type": "package",
            "owner_id": self.dataset,
            "include": [],
            "package": {"id": self.dataset},
            "resource": {"id": self.resource},
        }
        for prefix, named in (
            ("activity_", self.activity),
            ("resource_view_list", self.resource),
            ("resource_view_clear", self.resource),
            ("resource_view_", "none"),
            ("resource_", self.resource),
            ("organization_list_for_user", user),
            ("organization_", org_id),
            ("datastore_", self.resource),
            ("bulk_update_", org_id),
            ("member_", org_id),
            # Core's actions on groups take organisations too.
            ("group_member_", org_id),
            ("group_", self.group),
            ("user_", user),
            ("follow_user", user),
            ("api_token_", user),
        ):
            if action.startswith(prefix):
                about["id"] = named
                break
        if action.startswith("bulk_update_"):
            about["org_id"] = org_id
        if action == "package_revise":
            about = {"update": {"id": self.dataset}}
        return about

    def _token_id(self) -> str:
        query = model.Session.query(model.ApiToken).filter_by(user_id=self.agent.id)
        return str(query.first().id)


class Objects(Owned):
    """The commune's, and the people around it."""

    def __init__(self, make_town: Callable[[], Town]) -> None:
        self.place = Place(make_town)
        super().__init__(self.place.town)


class Around:
    """What each place of the tables has, by its letter."""

    def __init__(self, make_town: Callable[[], Town]) -> None:
        self.places = Places(make_town)
        self.all = {one: Owned(held.town) for one, held in self.places.all.items()}


_made: list[Around] = []


@pytest.fixture
def around(portal: None, town: Callable[[], Town]) -> Iterator[Around]:
    if not _made:
        _made.append(Around(town))
    yield _made[0]
    model.Session.rollback()


def answer_of(around: Around, action: str, who: str, state: str = "") -> str:
    """Where CKAN's rule lets somebody, in the table's words.

    :param state: of the dataset that it is about; public where nothing is said
    """
    user = around.places.people[who]
    allowed = absent = ""
    for letter, owned in around.all.items():
        context: Any = {"user": user, "ignore_auth": False, "model": model}
        context["auth_user_obj"] = model.User.get(user) if user else None
        try:
            asked = owned.arguments_in(action, state) if state else None
            tk.check_access(action, context, asked or owned.arguments(action))
            allowed += letter
        except tk.NotAuthorized:
            pass
        except tk.ObjectNotFound:
            absent += letter
    if absent == LETTERS:
        return "absent"
    assert not absent, (action, who, absent)
    return {"": NO, LETTERS: YES}.get(allowed, allowed)


def test_each_action_of_ckan_has_its_line(around: Around) -> None:
    asked = actions_of_others()
    assert set(asked) >= NOT_ASKED
    with_rule = [one for one in asked if one not in NOT_ASKED]
    assert [one for one in with_rule if not authz._AuthFunctions.get(one)] == []
    found = {
        action: {who: answer_of(around, action, who) for who in PEOPLE}
        for action in with_rule
    }
    if os.environ.get("ODLOCALE_WRITE"):
        actions, mark, pages = TABLE.read_text("utf-8").partition("## Pages")
        head = actions.partition("\n| ")[0]
        lines = [
            f"| Action | {' | '.join(PEOPLE)} |",
            "|-" * (len(PEOPLE) + 1) + "|",
            *(f"| `{one}` | {' | '.join(says.values())} |"
              for one, says in found.items()),
        ]  # fmt: skip
        TABLE.write_text("\n".join([head, *lines, "", mark + pages]), "utf-8")
    assert found == read_table()


#: Who says who works for a place, or runs the portal; and who publishes for one.
OF_MANAGERS = {"manager", "EPCI's animator", "ATD's animator", "administrator"}
OF_AGENTS = OF_MANAGERS | {"agent", "another's agent", "EPCI's agent", "ATD's agent"}
#: What a member who only reads may too.
OF_READERS = OF_AGENTS | {"ATD's member"}
WRITES = {
    "administrator": {
        "activity_create", "activity_delete", "config_option_show",
        "config_option_update", "dataset_purge", "group_create", "group_member_create",
        "job_cancel", "job_list", "member_create", "organization_create",
        "organization_delete", "organization_member_create", "organization_purge",
        "tag_create", "task_status_update", "user_create", "user_invite", "user_list",
        "vocabulary_create", "api_token_create",
    },
    "manager": {
        "member_delete", "organization_update", "organization_patch",
    },
    "reader": {"member_list"},
    "agent": {
        "package_create", "package_delete", "package_patch",
        "package_revise", "package_update", "resource_create", "resource_delete",
        "resource_update",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "action"),
    [(kind, one) for kind, all_ in WRITES.items() for one in sorted(all_)],
)
def test_who_writes_is_who_should(kind: str, action: str) -> None:
    """What must be: a table that is written anew cannot hide another rule."""
    allowed = {
        "administrator": {"administrator"},
        "manager": OF_MANAGERS,
        "agent": OF_AGENTS,
        "reader": OF_READERS,
    }[kind]
    said = {who: says for who, says in read_table()[action].items() if says != NO}
    assert set(said) == allowed
    for who, says in said.items():
        where = REACH[who]
        assert says == (YES if where == LETTERS else where), who


@pytest.mark.parametrize("state", ["draft", "private"])
@pytest.mark.parametrize("who", PEOPLE)
def test_who_writes_what_is_not_public_is_who_writes_what_is(
    who: str, state: str, around: Around
) -> None:
    """Each action on a dataset, its file and its table, about each place."""
    said = read_table()
    for action in sorted(WRITES["agent"] | {"datastore_upsert", "datastore_delete"}):
        found = answer_of(around, action, who, state)
        assert found == said[action][who], (action, who, state)
