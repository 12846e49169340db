"""What a page of the portal may load, run and send: its Content Security Policy.

Pure. Scripts come from two folders that nobody deposits in, and nothing written in a
page runs: a text of somebody's that slipped through as HTML stays dead letters. CKAN's
own forms have a few handlers in their attributes; those exact texts are allowed by
their hashes, read from the templates that are installed.

Sources: https://www.w3.org/TR/CSP3/ ; OWASP, HTTP Security Response Headers.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from html import unescape
from importlib.resources import files
from typing import Final
from urllib.parse import urlsplit

#: Folders of scripts: built from the packages, never from what was deposited.
SCRIPT_FOLDERS: Final = ("/webassets/", "/base/")
#: Core's templates that have handlers in attributes, and what theirs may hold.
_HANDLED: Final = (
    "package/snippets/resource_upload_field.html",
    "user/snippets/api_token_list.html",
)
_BUTTONS: Final = ("resource-upload-button", "resource-link-button")
_HOST: Final = re.compile(
    r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:]+\](:[0-9]{1,5})?"
)
#: Powers of a browser that no page of the portal uses.
PERMISSIONS: Final = ", ".join(
    f"{one}=()"
    for one in (
        "accelerometer", "camera", "display-capture", "geolocation", "gyroscope",
        "magnetometer", "microphone", "midi", "payment", "usb", "browsing-topics",
    )
)  # fmt: skip
#: What somebody deposited and a browser shows may do nothing at all.
DEPOSITED: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def write_policy(
    host: str,
    *,
    handlers: Iterable[str] = (),
    images: Iterable[str] = (),
    site: str = "",
    frames: str = "'self'",
    provider: str = "",
    has_own_style: bool = False,
) -> str:
    """Return the policy of a page.

    :param host: what the page was asked at, ``name:port``
    :param handlers: hashes of the handlers that may run, as :func:`hash_of` writes them
    :param images: addresses of other servers whose images are shown
    :param site: the portal's public address, whose blocks a page shows as others see
        them, by whatever name it was asked itself
    :param frames: who may frame the page
    :param provider: address of the provider of identity that a form leads to, which
        itself leads to others that nobody here knows
    :param has_own_style: whether an administrator wrote a style for every page, on
        CKAN's own page of settings
    """
    known = host if _HOST.fullmatch(host) else ""
    scripts = " ".join(f"{known}{folder}" for folder in SCRIPT_FOLDERS)
    allowed = " ".join(handlers)
    attributes = f"'unsafe-hashes' {allowed}" if allowed else "'none'"
    others = "".join(f" {one}" for one in map(origin_of, images) if one)
    rules = {
        "default-src": "'none'",
        "script-src": scripts if known else "'self'",
        "script-src-attr": attributes,
        "style-src": "'self' 'unsafe-inline'",
        "style-src-elem": "'self' 'unsafe-inline'" if has_own_style else "'self'",
        "style-src-attr": "'unsafe-inline'",
        "img-src": f"'self' data:{others}",
        "font-src": "'self'",
        "connect-src": "'self'",
        "frame-src": f"'self' {origin_of(site)}".strip(),
        "manifest-src": "'self'",
        "form-action": f"'self' https: {origin_of(provider)}" if provider else "'self'",
        "base-uri": "'none'",
        "frame-ancestors": frames,
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def origin_of(address: str) -> str:
    """Return the server of an address, or nothing where it is none.

    >>> origin_of("https://tiles.example.fr/{z}/{x}/{y}.png"), origin_of("x; y")
    ('https://tiles.example.fr', '')
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("https", "http") or not _HOST.fullmatch(parts.netloc):
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def hash_of(handler: str) -> str:
    """Return how a policy names a text that may run."""
    digest = hashlib.sha256(handler.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def handlers_of_core() -> tuple[str, ...]:
    """Return the hashes of the handlers in the attributes of CKAN's own forms."""
    templates = files("ckan") / "templates"
    texts = (
        text
        for name in _HANDLED
        for text in handlers_in((templates / name).read_text("utf-8"))
    )
    return tuple(dict.fromkeys(map(hash_of, texts)))


def handlers_in(template: str) -> Iterator[str]:
    """Yield the handlers of a template of CKAN's, as pages have them.

    >>> list(handlers_in('<i onclick="a(&quot;b&quot;)">'))
    ['a("b")']
    """
    # What its macro of a button is called with.
    called = ("", *re.findall(r'\bjs="([^"]*)"', template))
    for found in re.findall(r'\son[a-z]+="([^"]*)"', template):
        written = [found]
        for name, values in (("first_button", _BUTTONS), ("js", called)):
            marks = re.compile(r"\{\{\s*" + name + r"\s*\}\}")
            written = [
                marks.sub(lambda _, value=value: value, text)  # type: ignore[misc]
                for text in written
                for value in (values if marks.search(text) else values[:1])
            ]
        yield from map(unescape, written)
