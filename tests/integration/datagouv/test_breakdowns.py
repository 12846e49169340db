"""Servers that fail, processes that die, datasets that change hands: the feeds hold."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from ckan import model
from ckan.lib.search import SearchIndexError
from rdflib import Graph
from rdflib.namespace import DCAT, RDF

from ckanext.odlocale.datagouv.model import Fragment
from ckanext.odlocale.datagouv.registration_model import HeldDataset
from ckanext.odlocale.territory import transfers


def datasets(graph: Graph) -> set[str]:
    return {
        str(node).rpartition("/")[2] for node in graph.subjects(RDF.type, DCAT.Dataset)
    }


def test_without_solr_the_feed_says_what_the_database_says(
    commune: Any, read: Any, act: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, edited = commune.publish(), commune.publish(title="Avant")
    monkeypatch.setattr(
        "ckan.lib.search.common.make_connection", _no_solr, raising=True
    )
    monkeypatch.setattr("ckan.lib.search.index.make_connection", _no_solr)
    assert datasets(read(commune.feed)) == {kept["id"], edited["id"]}
    try:
        act("package_patch", id=edited["id"], title="Après")
    except SearchIndexError:
        model.Session.rollback()
    model.Session.expire_all()
    title = model.Package.get(edited["id"]).title
    fragment = model.Session.get(Fragment, edited["id"])
    assert fragment is not None
    assert f'"{title}"' in fragment.ntriples
    assert datasets(read(commune.feed)) == {kept["id"], edited["id"]}


def _no_solr(*_: Any, **__: Any) -> Any:
    raise SearchIndexError("Solr is down")


#: Publishes, and dies just before the commit or just after it.
DIES = """
import os, signal, sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
make_app(load_config(sys.argv[1]))
import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
when, owner, name = sys.argv[2:]
def die(session):
    os.kill(os.getpid(), signal.SIGKILL)
user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
from ckanext.odlocale.datagouv import hooks
refresh = hooks.refresh
def refresh_then_watch(*args, **kwargs):
    refresh(*args, **kwargs)
    sa.event.listen(model.Session, when, die)
hooks.refresh = refresh_then_watch
tk.get_action("package_create")(
    {"user": user, "ignore_auth": True},
    {"name": name, "title": "Budget", "owner_org": owner, "license_id": "lov2"},
)
"""


@pytest.mark.parametrize(("when", "kept"), [("before_commit", 0), ("after_commit", 1)])
def test_a_process_killed_leaves_a_dataset_and_its_fragment_or_neither(
    when: str, kept: int, commune: Any, read: Any, app: Any
) -> None:
    ini = os.environ.get("CKAN_INI") or "test.ini"
    name = f"mort-{when.replace('_', '-')}-{commune.code}"
    done = subprocess.run(
        [sys.executable, "-c", DIES, ini, when, commune.org_id, name],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    model.Session.rollback()
    found = model.Session.query(model.Package).filter_by(name=name).all()
    assert len(found) == kept
    if kept:
        assert model.Session.get(Fragment, found[0].id) is not None
        assert datasets(read(commune.feed)) == {found[0].id}
    else:
        app.get(commune.feed, status=404)


@pytest.mark.parametrize("by", ["package_owner_org_update", "package_patch"])
def test_what_data_gouv_holds_waits_there_until_its_owner_is_changed_there(
    by: str, commune: Any, other_commune: Any, read: Any, app: Any, act: Any
) -> None:
    kept, moved = commune.publish(), commune.publish()
    other_commune.publish()
    model.Session.add(
        HeldDataset(
            package_id=moved["id"], siren=commune.siren, dataset_id="64a", held="up"
        )
    )
    model.Session.commit()
    change = {"id": moved["id"]}
    if by == "package_patch":
        act(by, **change, owner_org=other_commune.org_id)
    else:
        act(by, **change, organization_id=other_commune.org_id)
    # Whoever reads first: data.gouv.fr would refuse it from the new owner's feed.
    assert moved["id"] not in datasets(read(other_commune.feed))
    assert datasets(read(commune.feed)) == {kept["id"], moved["id"]}
    total, listed = transfers.find_transfers(
        transfers.Filters(from_siren=commune.siren, public=True)
    )
    assert (total, listed[0]["to_siren"]) == (1, other_commune.siren)
    transfers.accept([moved["id"]], datetime.datetime.now(datetime.timezone.utc))
    model.Session.commit()
    assert datasets(read(commune.feed)) == {kept["id"]}
    assert moved["id"] in datasets(read(other_commune.feed))
    # It changes no more, however often it is edited there.
    act("package_patch", id=moved["id"], title="Après le transfert")
    assert moved["id"] in datasets(read(other_commune.feed))


def test_a_dataset_made_anew_under_the_same_name_is_another(
    commune: Any, read: Any, act: Any
) -> None:
    first = commune.publish(name=f"budget-{commune.code}")
    act("package_delete", id=first["id"])
    act("dataset_purge", id=first["id"])
    second = commune.publish(name=f"budget-{commune.code}")
    assert second["id"] != first["id"]
    assert datasets(read(commune.feed)) == {second["id"]}
    assert model.Session.get(Fragment, first["id"]) is None
