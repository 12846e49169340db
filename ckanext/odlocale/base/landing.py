"""Where somebody may be sent after a login: to a page of the portal, nowhere else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

#: Browsers read a backslash as a slash, and drop spaces and control signs.
_MISREAD = re.compile(r"[\s\\\x00-\x1f\x7f]")


def is_of_portal(address: str, site_url: str) -> bool:
    r"""Tell whether an address, given by a visitor's link, is of the portal.

    :param address: a path, or a whole address
    :param site_url: the portal's public address

    >>> is_of_portal("/publier", "https://donnees.example")
    True
    >>> is_of_portal(r"\\ailleurs.example", "https://donnees.example")
    False
    """
    if not isinstance(address, str) or _MISREAD.search(address):
        return False
    if address.startswith("/"):
        return not address.startswith("//")
    try:
        asked, ours = urlsplit(address), urlsplit(site_url)
    except ValueError:
        return False
    return bool(asked.netloc) and asked[:2] == ours[:2]
