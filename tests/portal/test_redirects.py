"""A visitor of the trial portal stays at the address she came to."""

from __future__ import annotations

import pytest

from ckanext.odlocale.portal.redirects import local_location

SITE = "https://opendata.example.fr"


@pytest.mark.parametrize(
    ("location", "host", "expected"),
    [
        pytest.param(f"{SITE}/a?b=c", "127.0.0.1:5000", "/a?b=c", id="ours"),
        pytest.param(SITE, "127.0.0.1:5000", "/", id="home"),
        pytest.param(f"{SITE}/a", "opendata.example.fr", f"{SITE}/a", id="public"),
        pytest.param("/a", "127.0.0.1:5000", "/a", id="relative"),
        pytest.param(
            f"{SITE}.evil.org/a", "localhost", f"{SITE}.evil.org/a", id="other-site"
        ),
    ],
)
def test_a_redirection_stays_here(location: str, host: str, expected: str) -> None:
    assert local_location(location, SITE, host) == expected
