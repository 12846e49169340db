"""What CKAN's own actions are asked about: each collectivité's dataset, file, agent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from ckanext.activity.model import Activity

from tests.integration.core_places import give_file
from tests.integration.places import Place, as_site
from tests.integration.publishing.conftest import Town


@dataclass(frozen=True)
class Named:
    """Ids of a dataset, of its resource, of its last activity and of a file of its."""

    dataset: str
    resource: str
    activity: str
    file: str


class Owned:
    """What CKAN's actions may be asked about: all of it is one collectivité's."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.public = self._make()
        rows = {"resource_id": self.public.resource, "records": [{"nom": "a"}]}
        as_site("datastore_create", force=True, **rows)
        self.group = str(factories.Group()["id"])
        self.hidden = {
            "draft": self._make(state="draft"),
            "private": self._make(private=True),
        }
        self.agent = model.User.get(town.agent)
        token = tk.get_action("api_token_create")(
            {"ignore_auth": True}, {"user": self.agent.name, "name": "logiciel"}
        )
        self.token = str(token["token"])

    def _make(self, **state: Any) -> Named:
        resources = [{"url": "https://essai.example/a.csv"}]
        owned = {"owner_org": self.town.org_id, "resources": resources}
        made = factories.Dataset(**owned, **state)
        dataset = str(made["id"])
        written = model.Session.query(Activity).filter_by(object_id=dataset)
        return Named(
            dataset=dataset,
            resource=str(made["resources"][0]["id"]),
            activity=str(written.order_by(Activity.timestamp.desc()).first().id),
            file=give_file(dataset),
        )

    def arguments_in(self, action: str, state: str) -> dict[str, Any]:
        """The same, of a dataset that is not public."""
        written = json.dumps(self.arguments(action))
        moved = zip(astuple(self.public), astuple(self.hidden[state]), strict=True)
        for old, new in moved:
            written = written.replace(old, new)
        return dict(json.loads(written))

    def arguments(self, action: str) -> dict[str, Any]:
        """What names the collectivité's own object of an action."""
        org_id, user = self.town.org_id, self.agent.name
        about = {
            "id": self.public.dataset,
            "package_id": self.public.dataset,
            "resource_id": self.public.resource,
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
            "datasets": [self.public.dataset],
            "subject": self.public.dataset,
            "q": "a",
            "query": "name:a",
            "name": "essai",
            "email": "quelqu-un@essai.example",
            "group_id": org_id,
            "match__id": self.public.dataset,
            "filter": [],
            "update": {},
            "jti": self._token_id(),
            "owner_type": "package",
            "owner_id": self.public.dataset,
            "include": [],
            "package": {"id": self.public.dataset},
            "resource": {"id": self.public.resource},
        }
        for prefix, named in (
            ("activity_", self.public.activity),
            ("file_", self.public.file),
            ("resource_view_list", self.public.resource),
            ("resource_view_clear", self.public.resource),
            ("resource_view_", "none"),
            ("resource_", self.public.resource),
            ("organization_list_for_user", user),
            # What an account follows.
            ("followee_", user),
            ("dataset_followee_", user),
            ("group_followee_", user),
            ("organization_followee_", user),
            ("organization_", org_id),
            ("datastore_", self.public.resource),
            ("bulk_update_", org_id),
            ("member_", org_id),
            # Core's actions on groups take organisations too.
            ("group_member_", org_id),
            ("group_", self.group),
            ("user_", user),
            ("follow_user", user),
            ("unfollow_user", user),
            ("am_following_user", user),
            ("follow_group", self.group),
            ("unfollow_group", self.group),
            ("am_following_group", self.group),
            ("api_token_", user),
        ):
            if action.startswith(prefix):
                about["id"] = named
                break
        if action.startswith("bulk_update_"):
            about["org_id"] = org_id
        if action == "package_revise":
            about = {"update": {"id": self.public.dataset}}
        return about

    def _token_id(self) -> str:
        query = model.Session.query(model.ApiToken).filter_by(user_id=self.agent.id)
        return str(query.first().id)


class Objects(Owned):
    """The commune's, and the people around it."""

    def __init__(self, make_town: Callable[[], Town]) -> None:
        self.place = Place(make_town)
        super().__init__(self.place.town)
