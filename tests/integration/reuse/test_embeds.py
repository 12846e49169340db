"""Blocks for other sites: framable there alone, cached, and without a cookie."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.reuse.embeds import FRESH, STALE
from tests.integration.publishing.conftest import Desk, Town, budget, call_as, publish
from tests.reuse.test_embeds import check_atom

Open = Callable[[str | None], Desk]
PAGES = ("/integrer/{}", "/integrer/{}/budget", "/integrer/{}.js", "/integrer/{}.atom",
         "/badge/{}.svg")  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("logged_in", [False, True])
def test_no_block_sets_a_cookie_and_each_is_asked_again_for_nothing(
    page: str, logged_in: bool, mende: Town, desk_of: Open
) -> None:
    publish(mende, budget(mende.siret))
    desk = desk_of(mende.agent if logged_in else None).get(page.format(mende.code))
    answer = desk.response
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    etag = answer.headers["ETag"]
    again = desk.get(page.format(mende.code), headers={"If-None-Match": etag})
    assert again.response.status_code == 304
    assert again.response.headers["ETag"] == etag
    assert "Set-Cookie" not in again.response.headers
    by_siren = desk.get(page.format(mende.siren))
    assert by_siren.response.status_code == 200


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("code", ["99999", "x'y", "é", "0" * 400])
def test_a_code_that_nobody_has_is_absent(page: str, code: str, desk_of: Open) -> None:
    assert desk_of(None).get(page.format(code)).response.status_code == 404


def test_an_unknown_data_is_absent(mende: Town, desk_of: Open) -> None:
    desk = desk_of(None).get(f"/integrer/{mende.code}/licornes")
    assert desk.response.status_code == 404


def test_any_site_may_frame_the_block_and_no_other_page(
    mende: Town, desk_of: Open
) -> None:
    online = publish(mende, budget(mende.siret))
    block = desk_of(None).get(f"/integrer/{mende.code}?fond=000&texte=111").response
    policy = block.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in block.headers
    assert "<script" not in block.text
    assert "Budget" in block.text
    assert f"/donnees/{mende.code}/budget/{online['key']}.csv" in block.text
    assert "color:#ffffff;background:#000000" in block.text
    for path in ("/", f"/dataset/{online['package_id']}", "/user/login", "/nulle-part"):
        other = desk_of(None).get(path).response
        assert other.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in other.headers["Content-Security-Policy"]


def test_a_colour_is_never_more_than_a_colour(mende: Town, desk_of: Open) -> None:
    hostile = "fond=red;}</style><script>alert(1)</script>&lien=url(//x)"
    for page in ("/integrer/{}", "/integrer/{}.js"):
        block = desk_of(None).get(page.format(mende.code) + "?" + hostile).response
        assert "alert(1)" not in block.text
        assert "url(//x)" not in block.text


def test_nothing_withdrawn_and_no_draft_is_shown(mende: Town, desk_of: Open) -> None:
    online = publish(mende, budget(mende.siret))
    call_as(mende.agent, "odlocale_deposit_withdraw", id=online["id"])
    for page in PAGES[:4]:
        text = desk_of(None).get(page.format(mende.code)).response.text
        assert online["key"] not in text


def test_the_feed_is_valid_and_lists_the_releases(mende: Town, desk_of: Open) -> None:
    empty = desk_of(None).get(f"/integrer/{mende.code}.atom").response
    check_atom(empty.data)
    publish(mende, budget(mende.siret, year=2021))
    publish(mende, budget(mende.siret, year=2022))
    answer = desk_of(None).get(f"/integrer/{mende.code}.atom").response
    assert answer.mimetype == "application/atom+xml"
    root = check_atom(answer.data)
    assert len(root.findall("{*}entry")) == 2


@pytest.mark.parametrize(
    ("key_year", "colour"),
    [(datetime.date.today().year, FRESH), (2019, STALE)],
    ids=["up to date", "late"],
)
def test_the_badge_is_grey_where_a_data_is_late(
    key_year: int, colour: str, mende: Town, desk_of: Open
) -> None:
    publish(mende, budget(mende.siret, year=key_year))
    answer = desk_of(None).get(f"/badge/{mende.code}.svg").response
    assert answer.mimetype == "image/svg+xml"
    assert colour in answer.text


def test_a_commune_without_data_has_a_grey_badge_and_an_empty_block(
    mende: Town, desk_of: Open
) -> None:
    assert STALE in desk_of(None).get(f"/badge/{mende.code}.svg").response.text
    block = desk_of(None).get(f"/integrer/{mende.code}").response
    assert "Rien n’est encore publié" in block.text


def test_a_private_dataset_is_in_no_block(mende: Town, desk_of: Open) -> None:
    online = publish(mende, budget(mende.siret))
    package = model.Package.get(online["package_id"])
    package.private = True
    model.Session.commit()
    for page in PAGES[:4]:
        text = desk_of(None).get(page.format(mende.code)).response.text
        assert online["key"] not in text
    assert Deposit.load(online["id"]) is not None


def test_the_agent_copies_lines_that_hold_the_colours(
    mende: Town, desk_of: Open
) -> None:
    publish(mende, budget(mende.siret))
    address = f"/publier/{mende.code}/integrer"
    page: Any = desk_of(mende.agent).get(address + "?fond=%23000000").page
    lines = [
        html.unescape(one) for one in re.findall(r'readonly value="([^"]*)"', page)
    ]
    site = tk.config["ckan.site_url"]
    frame, script, badge, feed = lines
    assert frame.startswith(f'<iframe src="{site}/integrer/{mende.code}?fond=000000"')
    assert frame.endswith("</iframe>")
    assert script == (
        f'<script src="{site}/integrer/{mende.code}.js?fond=000000"></script>'
    )
    assert f'<img src="{site}/badge/{mende.code}.svg"' in badge
    assert feed == f"{site}/integrer/{mende.code}.atom"


def test_one_data_has_lines_of_its_own(mende: Town, desk_of: Open) -> None:
    publish(mende, budget(mende.siret))
    address = f"/publier/{mende.code}/integrer"
    desk = desk_of(mende.agent).get(address + "?donnees=budget&fond=%23000000")
    lines = [
        html.unescape(one) for one in re.findall(r'readonly value="([^"]*)"', desk.page)
    ]
    frame, script, *_ = lines
    asked = f"/integrer/{mende.code}/budget?fond=000000"
    assert asked in frame
    told = f"/integrer/{mende.code}.js?donnees=budget&fond=000000"
    assert told in html.unescape(script)
    assert desk_of(None).get(asked).response.status_code == 200
    assert 'value="budget" selected' in desk.page
    # What is no data of the catalogue is not written anywhere.
    odd = desk.get(address + "?donnees=%22%3E%3Cscript%3E").page
    assert "%22%3E" not in odd
    assert '"><script>' not in odd.split("<main")[-1]
