"""The files that CKAN keeps by itself: logos, and files of hand-made datasets.

An operator may have put them in a storage of CKAN 2.12 or left them in the folder that
CKAN has always used.
"""

from __future__ import annotations

import errno
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from ckan.lib import files, uploader
from werkzeug.datastructures import FileStorage

from ckanext.odlocale.base.content_store import StorageFull


def open_image(name: str) -> BinaryIO | None:
    """Open the logo of an organisation, if it is there.

    :param name: the file's name, as the organisation's ``image_url`` holds it.
    """
    loader = uploader.get_uploader("group")
    return _open(loader, Path(str(getattr(loader, "storage_path", ""))) / name, name)


def open_resource(resource: dict[str, Any]) -> BinaryIO | None:
    """Open the file of a resource that was uploaded, if it is there."""
    loader = uploader.get_resource_uploader(dict(resource))
    place = loader.get_path(str(resource["id"]))
    return _open(loader, Path(str(place)), str(place))


def _open(loader: Any, path: Path, location: str) -> BinaryIO | None:
    # The page of a file that was lost answers 404 here; it will there.
    storage = getattr(loader, "storage", None)
    if storage is None:
        return path.open("rb") if path.is_file() else None
    try:
        return BytesIO(storage.content(files.FileData(files.Location(location))))
    except files.exc.MissingFileError:
        return None


def store_image(stream: BinaryIO, name: str, max_megabytes: int) -> str:
    """Store a logo as CKAN's form would.

    :returns: what the organisation's ``image_url`` must hold.
    :raises ckan.logic.ValidationError: it is not an image, or too large.
    """
    sent = {"image_url": "", "upload": FileStorage(stream, name)}
    loader = uploader.get_uploader("group")
    loader.update_data_dict(sent, "image_url", "upload", "clear")
    loader.upload(max_megabytes)
    return str(sent["image_url"])


def store_resource(
    resource_id: str, stream: BinaryIO, name: str, max_megabytes: int
) -> None:
    """Store the file of a resource as CKAN's form would.

    :raises ckan.logic.ValidationError: it is too large.
    :raises StorageFull: the disk is.
    """
    sent = {"id": resource_id, "url": name, "upload": FileStorage(stream, name)}
    try:
        uploader.get_resource_uploader(sent).upload(resource_id, max_megabytes)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from error
        raise


def remove_resource(resource_id: str) -> None:
    """Remove the file of a resource, if there is one."""
    loader = uploader.get_resource_uploader({"id": resource_id, "clear_upload": True})
    loader.upload(resource_id)
