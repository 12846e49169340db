"""What follows no model is in the blocks for other sites, as all that is online."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ckan import model

from ckanext.odlocale.reuse.embeds import ATOM, FRESH
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)
from tests.integration.publishing.test_documents import PDF, TITLE, publish_as_is
from tests.reuse.test_embeds import check_atom

Open = Callable[[str | None], Desk]
LINK = "https://geo.example.fr/plu?c=1&d=2"


@pytest.fixture
def plan(mende: Town) -> dict[str, Any]:
    """A plan that is online."""
    return publish_as_is(mende, send(mende, PDF, "plan.pdf"))


@pytest.fixture
def link(mende: Town) -> dict[str, Any]:
    """An address that is online."""
    said = {"url": LINK, "title": "Carte du PLU", "agreed": True}
    call = {"org_id": mende.org_id, **said}
    return dict(call_as(mende.agent, "odlocale_document_publish", **call))


def read(desk_of: Open, path: str) -> str:
    return desk_of(None).get(path).page


def test_they_are_in_the_block_the_script_and_the_feed(
    mende: Town, plan: dict[str, Any], link: dict[str, Any], desk_of: Open
) -> None:
    block = read(desk_of, f"/integrer/{mende.code}")
    assert f"/dataset/{plan['name']}" in block
    assert "/download/plan.pdf" in block
    assert "(PDF)" in block
    assert "geo.example.fr" in block
    assert "(CSV)" not in block
    script = read(desk_of, f"/integrer/{mende.code}.js")
    assert "Carte du PLU" in script
    assert LINK in script
    feed = read(desk_of, f"/integrer/{mende.code}.atom")
    check_atom(feed.encode())
    entries = ET.fromstring(feed).findall(f"{{{ATOM}}}entry")
    titles = [one.findtext(f"{{{ATOM}}}title") for one in entries]
    assert sorted(map(str, titles)) == ["Carte du PLU", TITLE]
    assert 'type="application/pdf"' in feed
    badge = read(desk_of, f"/badge/{mende.code}.svg")
    assert FRESH in badge
    assert ">2, " in badge


def test_they_are_beside_what_follows_a_model(
    mende: Town, plan: dict[str, Any], desk_of: Open
) -> None:
    online = publish(mende, budget(mende.siret))
    block = read(desk_of, f"/integrer/{mende.code}")
    assert TITLE in block
    assert f"{online['key']}.csv" in block
    assert "(CSV)" in block
    of_budgets = read(desk_of, f"/integrer/{mende.code}/budget")
    assert TITLE not in of_budgets
    assert ">2, " in read(desk_of, f"/badge/{mende.code}.svg")
    feed = read(desk_of, f"/integrer/{mende.code}.atom")
    check_atom(feed.encode())
    assert TITLE in feed
    assert f"{online['key']}.csv" in feed


@pytest.mark.parametrize("state", ["private", "draft", "withdrawn"])
def test_what_is_not_online_is_left_out(
    state: str, mende: Town, plan: dict[str, Any], desk_of: Open
) -> None:
    if state == "withdrawn":
        call_as(mende.agent, "odlocale_document_withdraw", id=plan["id"])
    elif state == "private":
        call_as(mende.agent, "package_patch", id=plan["id"], private=True)
    else:
        model.Package.get(plan["id"]).state = "draft"
        model.Session.commit()
    for end in ("", ".js", ".atom"):
        page = read(desk_of, f"/integrer/{mende.code}{end}")
        assert TITLE not in page
        assert plan["name"] not in page
    assert FRESH not in read(desk_of, f"/badge/{mende.code}.svg")


def test_a_name_is_never_more_than_a_name(mende: Town, desk_of: Open) -> None:
    said = {"title": "Plan </script><script>alert(1)</script>"}
    publish_as_is(mende, send(mende, PDF, "plan.pdf"), **said)
    for end in ("", ".js", ".atom"):
        assert "<script>alert" not in read(desk_of, f"/integrer/{mende.code}{end}")


def test_those_of_a_neighbour_are_not_there(
    mende: Town, plan: dict[str, Any], town: Callable[[], Town], desk_of: Open
) -> None:
    other = town()
    assert TITLE not in read(desk_of, f"/integrer/{other.code}")
    assert TITLE not in read(desk_of, f"/integrer/{other.code}.atom")
