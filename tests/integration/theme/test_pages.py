"""What every public page owes its reader: French, one title, landmarks."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from ckan import model
from ckan.tests import factories

from tests.integration.logging_in import send_login

#: Words that only an untranslated sentence of CKAN or of ours would hold.
ENGLISH = re.compile(
    r"\b(the|and|your|dataset|datasets|organization|organizations|groups?|search"
    r"|loading|submit|manage|log in|page not found|powered by|followers|home)\b",
    re.IGNORECASE,
)
#: Names that are the same in both languages.
NAMES = ("Open Database License", "data.gouv.fr", "CKAN")


class Page(HTMLParser):
    """The visible words of a page, the words read aloud, and its landmarks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self._silent += tag in ("script", "style")
        self.words += [
            found[name]
            for name in ("aria-label", "placeholder", "title", "alt")
            if found.get(name)
        ]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(data.strip())

    def count(self, tag: str) -> int:
        return sum(one == tag for one, _ in self.tags)

    @property
    def mains(self) -> int:
        return sum(
            tag == "main" or found.get("role") == "main" for tag, found in self.tags
        )


@cache
def publish_once() -> dict[str, Any]:
    """An organisation made by hand, with one dataset and one file."""
    owner = factories.Organization(
        name="syndicat-du-theme", title="Syndicat du Thème", description=""
    )
    return factories.Dataset(
        name="menus-cantine-theme",
        title="Menus de la cantine",
        notes="Les repas servis, jour par jour, dans les deux cantines. " * 3,
        owner_org=owner["id"],
        license_id="lov2",
        tag_string="cantine",
        temporal_coverage=[{"start": "2025-01-01", "end": "2025-12-31"}],
        resources=[
            {
                "name": "Menus de mars",
                "url": "https://example.org/menus.csv",
                "format": "CSV",
                "size": 48213,
                "rows": 31,
            }
        ],
    )


@pytest.fixture
def published(portal: None) -> dict[str, Any]:
    """The dataset that all tests of this file read."""
    return publish_once()


def named_by_others() -> set[str]:
    """Names and texts that stand in the database, written by this or another test."""
    rows = (
        *model.Session.query(model.Group.title, model.Group.description),
        *model.Session.query(model.Package.title, model.Package.notes),
    )
    return {text for row in rows for text in row if text}


def addresses(published: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Address and expected status of each kind of public page."""
    dataset, owner = published["name"], published["organization"]["name"]
    file = published["resources"][0]["id"]
    return {
        "home": ("/", 200),
        "about": ("/about", 200),
        "search": ("/dataset/?q=menus", 200),
        "search that finds nothing": ("/dataset/?q=zzzzzz", 200),
        "dataset": (f"/dataset/{dataset}", 200),
        "resource": (f"/dataset/{dataset}/resource/{file}", 200),
        "collectivités": ("/organization/", 200),
        "collectivité not found": ("/organization/?q=zzzzzz", 200),
        "page out of range": ("/organization/?page=9999", 200),
        "organisation": (f"/organization/{owner}", 200),
        "organisation about": (f"/organization/about/{owner}", 200),
        "login": ("/user/login", 200),
        "forgotten password": ("/user/reset", 200),
        "not found": ("/nulle-part", 404),
    }


KINDS = tuple(
    addresses({"name": "", "organization": {"name": ""}, "resources": [{"id": ""}]})
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_in_french_with_one_title_and_one_main_part(
    kind: str, app: Any, published: dict[str, Any]
) -> None:
    address, status = addresses(published)[kind]
    answer = app.get(address, status=status)
    page = Page(answer.body)

    assert 'lang="fr"' in answer.body
    assert (page.count("h1"), page.mains) == (1, 1)
    words = " | ".join(page.words)
    # What other tests made stands on the home page and in the lists, in any
    # language; longer names first, so that none is cut by another.
    for name in sorted((*NAMES, *named_by_others()), key=len, reverse=True):
        words = words.replace(name, "")
    assert not ENGLISH.findall(words)


def test_a_file_says_its_size_rows_and_dates_as_french_readers_do(
    app: Any, published: dict[str, Any]
) -> None:
    body = app.get(f"/dataset/{published['name']}").body
    assert "48,2\xa0ko" in body
    assert "31 lignes" in body
    assert "du 1er janvier 2025 au 31 décembre 2025" in body
    assert 'href="https://www.etalab.gouv.fr/licence-ouverte-open-licence"' in body


def test_what_was_searched_is_shown_as_text(app: Any) -> None:
    for address in ("/dataset/", "/organization/"):
        body = app.get(address, query_string={"q": "<script>alert(1)</script>"}).body
        assert "<script>alert(1)" not in body


def test_an_error_shows_our_words_and_not_the_framework_s(app: Any) -> None:
    body = app.get("/nulle-part", status=404).body
    assert re.search(r"<h1>Cette page n\S+existe pas</h1>", body)
    assert "The requested URL" not in body


def test_a_login_that_fails_is_announced(app: Any) -> None:
    body = send_login(app.test_client(), "personne", "faux").text
    assert re.search(r'odl-role-blocks"[^>]*role="alert"', body)


def test_the_menus_do_not_lead_to_groups(app: Any) -> None:
    assert 'href="/group/' not in app.get("/").body
