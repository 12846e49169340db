"""Addresses of stylesheets and scripts, looked for once in a while.

CKAN asks webassets for each of them at each page; webassets then looks at the date of
every file that they are made of, which takes a twelfth of the time of a page.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ckan.lib import webassets_tools
from ckan.plugins import toolkit as tk

#: How long an address is kept: a folder that was emptied meanwhile is filled again at
#: the first page after that.
KEPT_SECONDS = 20

Find = Callable[..., list[Any]]


def remember_addresses() -> None:
    """Keep the addresses of all that is registered, unless somebody edits it.

    To be called each time that CKAN registers them, which it does at start-up.
    """
    if tk.config["debug"] or webassets_tools.env.debug:
        return
    for bundle in webassets_tools.env:
        bundle.urls = remembered(bundle.urls)


def remembered(find: Find, clock: Callable[[], float] = time.monotonic) -> Find:
    """Return what answers as ``find`` did, if it was asked so lately.

    :param find: only what it answers when asked without options is kept
    :param clock: seconds
    """
    kept: tuple[float, list[Any]] | None = None

    def answer(*values: Any, **options: Any) -> list[Any]:
        nonlocal kept
        if values or options:
            return find(*values, **options)
        now, before = clock(), kept
        if before is None or now - before[0] > KEPT_SECONDS:
            kept = before = (now, find())
        return list(before[1])

    return answer
