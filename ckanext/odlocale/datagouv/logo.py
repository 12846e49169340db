"""The picture of an organisation, read to be sent elsewhere."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

import ckantoolkit as tk
from ckan.lib.uploader import get_storage_path

from ckanext.odlocale.base.http import GuardedClient, RequestError

log = logging.getLogger(__name__)

MAX_BYTES: Final = 2 * 1024 * 1024
#: What data.gouv.fr takes for a picture.
_EXTENSIONS: Final = frozenset((".png", ".jpg", ".jpeg", ".gif", ".webp"))


@dataclass(frozen=True)
class Logo:
    """A picture, and the name of its file."""

    name: str
    content: bytes


def read_logo(said: str) -> Logo | None:
    """Read the picture of an organisation, if it has one that can be sent.

    :param said: what CKAN keeps: the address of a picture elsewhere, or the name of a
        file that was uploaded
    """
    name = PurePosixPath(urlsplit(said).path).name if said else ""
    if PurePosixPath(name).suffix.lower() not in _EXTENSIONS:
        return None
    content = _fetch(said) if "://" in said else _read_upload(name)
    return Logo(name, content) if content else None


def _fetch(url: str) -> bytes | None:
    client = GuardedClient(frozenset(tk.config["ckanext.odlocale.allowed_hosts"]))
    try:
        answer = client.get(url, max_bytes=MAX_BYTES)
    except RequestError as error:
        log.warning("A picture was not read: %s", error)
        return None
    return answer.body if answer.status == 200 else None


def _read_upload(name: str) -> bytes | None:
    folder = get_storage_path()
    if not folder:
        return None
    path = Path(folder) / "storage" / "uploads" / "group" / name
    try:
        is_small = path.is_file() and path.stat().st_size <= MAX_BYTES
        return path.read_bytes() if is_small else None
    except OSError:
        return None
