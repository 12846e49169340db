"""A link to the login page does not lead out of the portal."""

from __future__ import annotations

import pytest

from ckanext.odlocale.base.landing import is_of_portal

SITE = "https://donnees.example"


@pytest.mark.parametrize(
    "address",
    ["/", "/publier/48095?page=2#suite", "/fr/publier", f"{SITE}/publier", SITE],
)
def test_a_page_of_the_portal(address: str) -> None:
    assert is_of_portal(address, SITE)


@pytest.mark.parametrize(
    "address",
    [
        "", "//ailleurs.example", "\\\\ailleurs.example", "/\\ailleurs.example",
        " //ailleurs.example", "/\t/ailleurs.example", "\x00//ailleurs.example",
        "/publier\r\nSet-Cookie: a=b", "https://ailleurs.example/",
        "https:ailleurs.example", "http://donnees.example/", "javascript:alert(1)",
        "https://donnees.example@ailleurs.example/", "https://[", "publier",
        "https://donnees.example.ailleurs.example/", "///ailleurs.example",
    ],
)  # fmt: skip
def test_what_a_browser_may_read_as_another_site(address: str) -> None:
    assert not is_of_portal(address, SITE)
