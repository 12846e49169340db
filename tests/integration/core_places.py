"""What CKAN's own pages and forms are asked about, in each place of the tables.

Each collectivité has a dataset that is public, one that is private and a draft; each
was changed and has rows in the DataStore. An address about a dataset is one line of the
tables for each of these states.
"""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from ckan.lib import api_token
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from ckanext.activity.model import Activity
from werkzeug.datastructures import FileStorage

from ckanext.odlocale.plugin import all_blueprints
from ckanext.odlocale.publishing.model import Deposit
from tests.integration.places import Held, Places, account, as_site
from tests.integration.publishing.conftest import Town
from tests.integration.test_rights_table import NO, PEOPLE

#: Pages that CKAN has for its own development, and addresses in other languages.
PASSED_OVER = re.compile(r"/testing/|/(no|zh_CN|zh_TW)/|/webassets/|/<path:filename>")
#: Addresses that are about one dataset.
OF_A_DATASET = re.compile(
    r"/(dataset|dataset_series|datastore|file/download)/(.*<.*|changes_multiple)"
)
STATES = ("public", "private", "draft")
#: Whom a mandate lets prepare files, and read no dataset, as `rights.md` says.
MANDATED = {"mandated", "mandated EPCI's agent"}
#: What each file holds.
CONTENT = b"nom\na\n"
TABLE = Path(__file__).parents[2] / "docs" / "dev" / "rights-core.md"


@dataclass(frozen=True)
class CoreRoute:
    """An address of CKAN, and the state of the dataset that it is asked about."""

    rule: str
    state: str = ""

    @property
    def line(self) -> str:
        """As the table writes it."""
        return f"{self.rule} ({self.state})" if self.state else self.rule


def routes_of_others(app: Any, method: str) -> list[CoreRoute]:
    """Addresses that are not ours and take a method; the end of one's session last."""
    ours = {one.name for one in all_blueprints()}
    rules: set[str] = {
        rule.rule
        for rule in app.flask_app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] not in ours
        and method in rule.methods
        and not PASSED_OVER.match(rule.rule)
    }
    return [
        CoreRoute(rule, state)
        for rule in sorted(rules, key=lambda one: ("logout" in one, one))
        for state in (STATES if OF_A_DATASET.fullmatch(rule) else ("",))
    ]


@dataclass(frozen=True)
class Dataset:
    """A dataset, what was sent in with it, and two lines of its history.

    :ivar resource: one whose file was uploaded, and has rows
    :ivar spare: one that may be deleted
    :ivar file: one of CKAN's files, which it owns
    """

    id: str
    name: str
    resource: str
    spare: str
    file: str
    old: str
    new: str


class Paged:
    """What a collectivité has that CKAN's pages are about."""

    def __init__(self, held: Held) -> None:
        self.town = held.town
        org_id = self.town.org_id
        self.agent = model.User.get(self.town.agent)
        self.tag = f"sujet{uuid.uuid4().hex[:10]}"
        self.datasets = {state: self._make(state) for state in STATES}
        for word in ("Une collectivité.", "La collectivité."):
            as_site("organization_patch", id=org_id, description=word)
        self.org = str(model.Group.get(org_id).name)
        self.org_old, self.org_new = last_activities(org_id)
        self.member = account(org_id, "editor")
        token = tk.get_action("api_token_create")(
            {"ignore_auth": True}, {"user": self.agent.name, "name": "logiciel"}
        )
        self.token_id = api_token.decode(token["token"])["jti"]
        deposit = Deposit.load(held.deposit)
        assert deposit is not None
        sha256 = str(deposit.original_sha256)
        self.location = f"{sha256[:2]}/{sha256}"

    def _make(self, state: str) -> Dataset:
        made = factories.Dataset(
            owner_org=self.town.org_id, private=state != "public",
            tags=[{"name": self.tag}],
            resources=[{"url": "https://essai.example/a.csv"}],
        )  # fmt: skip
        spare = str(made["resources"][0]["id"])
        upload = FileStorage(io.BytesIO(CONTENT), "a.csv")
        sent = {"package_id": made["id"], "url": "a.csv", "upload": upload}
        resource = str(as_site("resource_create", **sent)["id"])
        records = [{"nom": "a"}]
        as_site("datastore_create", resource_id=resource, records=records, force=True)
        as_site("package_patch", id=made["id"], notes="Changé.")
        if state == "draft":
            as_site("package_patch", id=made["id"], state="draft")
        dataset_id, name = str(made["id"]), str(made["name"])
        written = last_activities(dataset_id)
        return Dataset(
            dataset_id, name, resource, spare, give_file(dataset_id), *written
        )

    def fill(self, route: CoreRoute, group: str) -> str:
        """An address of this rule about what is the collectivité's own.

        :param group: one of CKAN's thematic groups, which are nobody's
        """
        rule = route.rule
        dataset = self.datasets[route.state or "private"]
        kind = rule.removeprefix("/feeds").split("/")[1]
        of_org = kind == "organization"
        about = {
            "organization": self.org, "user": self.agent.name, "group": group,
            "tag": self.tag, "file": dataset.file,
        }  # fmt: skip
        values = {
            "id": about.get(kind, dataset.name),
            "_id": dataset.name,
            # What is deleted loses its table, which is not undone with the database.
            "resource_id": dataset.spare if "/delete" in rule else dataset.resource,
            "activity_id": dataset.new,
            "view_id": "none",
            "filename": "a.csv",
            "_format": "ttl",
            "lang": "fr",
            "logic_function": "status_show",
            "storage_name": "odlocale",
            "location": self.location,
            "token": "none",
            "ver": "2" if "max=2" in rule else "3",
        }
        old, new = (
            (self.org_old, self.org_new) if of_org else (dataset.old, dataset.new)
        )
        if "/changes/" in rule:
            values["id"] = new
        if rule.endswith("/changes_multiple"):
            return f"{rule}?new_id={new}&old_id={old}&current_new_id={new}"
        return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda m: values[m[1]], rule)


def give_file(dataset_id: str) -> str:
    """Store one of CKAN's files, which a dataset owns; return its id.

    CKAN asks the dataset's own rules about it: whoever reads the one reads the other.
    """
    named = {"name": f"essai-{uuid.uuid4().hex}.csv", "storage": "odlocale"}
    made = as_site("file_create", upload=CONTENT, **named)
    owner = {"owner_type": "package", "owner_id": dataset_id}
    as_site("file_ownership_transfer", id=made["id"], **owner)
    return str(made["id"])


def read_part(title: str) -> dict[str, dict[str, str]]:
    """What a part of the document says, by line and by person."""
    part = TABLE.read_text("utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in part.splitlines()
        if line.startswith("| `")
    ]
    return {
        line[0].strip("`"): dict(zip(PEOPLE, line[1:], strict=True)) for line in lines
    }


def write_part(title: str, who: str, found: dict[str, str]) -> None:
    """Write what is found of one kind of person in a part of the document."""
    said = read_part(title)
    none = dict.fromkeys(PEOPLE, NO)
    rows = [
        f"| `{line}` | {' | '.join({**said.get(line, none), who: cell}.values())} |"
        for line, cell in found.items()
    ]
    before, mark, after = TABLE.read_text("utf-8").partition(f"## {title}\n")
    part, next_mark, rest = after.partition("\n## ")
    head = part.partition("\n| ")[0].rstrip()
    table = [f"| Address | {' | '.join(PEOPLE)} |", "|-" * (len(PEOPLE) + 1) + "|"]
    text = "\n".join([before + mark + head, "", *table, *rows, ""])
    TABLE.write_text(text + next_mark + rest, "utf-8")


def last_activities(object_id: str) -> tuple[str, str]:
    """The last two lines of an object's history, the older one first."""
    query = model.Session.query(Activity).filter_by(object_id=object_id)
    new, old = query.order_by(Activity.timestamp.desc()).limit(2)
    return str(old.id), str(new.id)


class CorePlaces:
    """What each place of the tables has, by its letter, and the people around."""

    def __init__(self, make_town: Callable[[], Town]) -> None:
        self.places = Places(make_town)
        self.people = self.places.people
        self.group = str(factories.Group()["name"])
        #: Who may be made a member of any.
        self.spare = account()
        # Something to purge, whatever else the run threw away.
        as_site("group_delete", id=factories.Group()["id"])
        self.all = {one: Paged(held) for one, held in self.places.all.items()}


_made: dict[str, CorePlaces] = {}


@pytest.fixture
def core_places(
    request: pytest.FixtureRequest, portal: None, town: Callable[[], Town]
) -> Iterator[CorePlaces]:
    """The places of a file of tests, made once for all of them."""
    name = request.module.__name__
    if name not in _made:
        _made[name] = CorePlaces(town)
    yield _made[name]
    model.Session.rollback()
