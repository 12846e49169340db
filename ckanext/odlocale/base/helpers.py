"""Template helpers that belong to no room in particular."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.base.french import format_file_size
from ckanext.odlocale.base.landing import is_of_portal
from ckanext.odlocale.base.plain import is_followed_safely

__all__ = [
    "odlocale_atd_name",
    "odlocale_file_size",
    "odlocale_latest_datasets",
    "odlocale_link",
    "url_is_local",
]


def odlocale_atd_name() -> str:
    """Name of the authority that runs the portal."""
    return str(tk.config["ckanext.odlocale.atd_name"])


def odlocale_file_size(size: int | str) -> str:
    """Write the size of a file as French readers know it: «48,2 ko».

    :param size: in bytes
    """
    return format_file_size(int(size))


def odlocale_latest_datasets(limit: int) -> list[dict[str, Any]]:
    """The public datasets changed last, whoever asks.

    :param limit: how many at most, from 1 to 1,000
    """
    found = tk.get_action("package_search")(
        # Anonymous, so that a home page never shows what one reader alone may see.
        {"user": ""},
        {"sort": "metadata_modified desc", "rows": limit, "facet": False},
    )
    results: list[dict[str, Any]] = found["results"]
    return results


def url_is_local(url: str) -> bool:
    """In the place of core's helper, which its login asks where to go next.

    Core lets through what browsers read as another site, and fails on some of it.

    :param url: what a link or a form said
    """
    return is_of_portal(url, str(tk.config["ckan.site_url"]))


def odlocale_link(url: str | None) -> str:
    """Return an address that may be followed; nothing for one that runs a program.

    What was kept before such addresses were refused is shown without its link.
    """
    return url if url and is_followed_safely(url) else ""
