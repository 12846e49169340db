"""Files of the portal: CKAN's storage, and how a stored file is served.

The configuration names one of CKAN's storages (``ckanext.odlocale.storage``,
declared by ``ckan.files.storage.<name>.*``). Its folder is used directly, since
CKAN's ``ckan:fs`` adapter writes in place: a reader can meet half a file.
"""

from __future__ import annotations

import datetime
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import ckantoolkit as tk
from ckan.exceptions import CkanConfigurationException
from ckan.lib import files
from file_keeper.default.adapters.fs import FsStorage
from flask import Response, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from ckanext.odlocale.base.content_store import ContentStore, StoredFile
from ckanext.odlocale.base.download import disposition_name, may_show_inline

STORAGE_OPTION = "ckanext.odlocale.storage"


def require_storage() -> None:
    """Check, at start-up, that the configured storage can be used.

    Also removes what a killed process left half copied.

    :raises CkanConfigurationException: the storage is not declared, is not on a
        local disk, or its folder is gone. The message says what to write.
    """
    _store.cache_clear()
    _store().sweep_incoming()


def require_folder(option: str) -> Path | None:
    """Check, at start-up, that the folder a setting names can be written.

    It is created where it is missing.

    :param option: name of the setting
    :returns: the folder; nothing where the setting is empty
    :raises CkanConfigurationException: it is not a folder that can be written. The
        message says what to write.
    """
    named = str(tk.config[option] or "").strip()
    if not named:
        return None
    folder = Path(named)
    remedy = f"give {option} an absolute folder that the portal may write, or empty it"
    if not folder.is_absolute():
        raise CkanConfigurationException(f"{option}: {named!r} is relative: {remedy}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CkanConfigurationException(
            f"{option}: {folder} cannot be made ({error.strerror}): {remedy}"
        ) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CkanConfigurationException(f"{option}: {folder} is read-only: {remedy}")
    return folder


def put(data: BinaryIO | bytes, max_bytes: int | None = None) -> StoredFile:
    """Store a content under its SHA-256, once.

    :param data: the bytes, or a binary stream (an uploaded file's ``stream``).
    :param max_bytes: refuse a longer content.
    :returns: the SHA-256 and the size in bytes.
    :raises ckanext.odlocale.base.content_store.StorageError: or one of its
        subclasses (``ContentTooLarge``, ``StorageFull``); nothing is left behind.
    """
    return _store().put(data, max_bytes)


def folder(name: str) -> Path:
    """Return a folder of the storage, for files that are made anew and replaced.

    :param name: of the room's choice; no content is ever stored there
    """
    path = _store().root / name
    path.mkdir(exist_ok=True)
    return path


def exists(sha256: str) -> bool:
    """Tell whether a content is stored."""
    return _store().exists(sha256)


def open_path(sha256: str) -> Path:
    """Return the path of a stored file, to be read only.

    :raises ckanext.odlocale.base.content_store.ContentMissing: no such file.
    """
    return _store().open_path(sha256)


def list_older(limit: float) -> Iterator[str]:
    """Yield the SHA-256 of the files that arrived before a moment, in seconds."""
    return _store().list_older(limit)


def remove(sha256: str, limit: float | None = None) -> bool:
    """Remove a stored file, unless it arrived since a moment, in seconds.

    For whoever knows that nothing refers to it.
    """
    return _store().remove(sha256, limit)


def send(
    sha256: str,
    download_name: str,
    mimetype: str,
    as_attachment: bool = True,
    *,
    public: bool = False,
    last_modified: datetime.datetime | None = None,
) -> Response:
    """Answer the current request with a stored file.

    The answer has a strong ``ETag`` (the SHA-256) and ``Last-Modified``; it obeys
    ``If-None-Match``, ``If-Modified-Since``, ``Range``, ``If-Range`` and ``HEAD``. The
    bytes are sent as they are stored, never compressed: the ETag is theirs.

    :param sha256: which content.
    :param download_name: the name offered to the visitor, accents allowed
        (RFC 6266 and RFC 8187).
    :param mimetype: its media type. The browser is told not to guess another.
    :param as_attachment: download rather than show. A type that a browser could
        run as a page (HTML, SVG, XML) is always an attachment.
    :param public: whether shared caches may keep it. Deposits are not public.
    :param last_modified: since when it is what this address shows; by default, since
        when the content is stored.
    :raises ckanext.odlocale.base.content_store.ContentMissing: no such file.
    """
    path = open_path(sha256)
    _ignore_odd_range()
    try:
        response: Response = send_file(
            path,
            mimetype=mimetype,
            as_attachment=as_attachment or not may_show_inline(mimetype),
            download_name=disposition_name(download_name),
            conditional=True,
            etag=sha256,
            last_modified=last_modified,
        )
    except RequestedRangeNotSatisfiable:
        # CKAN's page of errors would not say how long the file is.
        length = {"Content-Range": f"bytes */{path.stat().st_size}"}
        response = Response(status=416, headers=length)
    response.headers["X-Content-Type-Options"] = "nosniff"
    if not public:
        # Read by CKAN when it writes Cache-Control after each request.
        request.environ["__no_cache__"] = True
    return response


def _ignore_odd_range() -> None:
    """Send the whole file to who asks for parts in a way that is not served.

    RFC 9110, section 14.2: a server may ignore a ``Range``, and must where it does not
    know the unit. Werkzeug would answer 416.
    """
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        request.environ.pop("HTTP_RANGE", None)


@functools.lru_cache(maxsize=1)
def _store() -> ContentStore:
    name: str = tk.config[STORAGE_OPTION]
    remedy = (
        f"declare ckan.files.storage.{name}.type = ckan:fs and"
        f" ckan.files.storage.{name}.path = /an/absolute/folder, or name another"
        f" storage in {STORAGE_OPTION}"
    )
    try:
        storage = files.get_storage(name)
    except files.exc.UnknownStorageError as error:
        raise CkanConfigurationException(
            f"the file storage {name!r} does not exist: {remedy}"
        ) from error
    if not isinstance(storage, FsStorage):
        raise CkanConfigurationException(
            f"the file storage {name!r} is not on a local disk: {remedy}"
        )
    root = Path(storage.settings.path)
    if not root.is_dir():
        raise CkanConfigurationException(
            f"the folder {root} of the file storage {name!r} does not exist: create"
            f" it, or set ckan.files.storage.{name}.initialize = true"
        )
    return ContentStore(root)
