"""Documents as they are kept: which datasets they are, what is said, their files."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from flask import has_request_context

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.publishing import document
from ckanext.odlocale.publishing.document_model import DocumentNotice
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.tables import Collectivity

#: Files of an archive whose names are read: enough to find a shapefile.
MAX_INSIDE = 1000


def find_document(named: Any) -> model.Package | None:
    """Return a dataset of a collectivité that follows no model, whatever its state.

    One that was never published is none.

    :param named: its name or its id
    """
    if not isinstance(named, str) or not named or "\0" in named:
        return None
    package = model.Package.get(named)
    if package is None or package.type != "dataset":
        return None
    if package.state not in ("active", "deleted"):
        return None
    if (package.extras or {}).get("scdl_schema") or not package.owner_org:
        return None
    return package if Collectivity.by_org(package.owner_org) else None


def find_public(named: Any) -> model.Package | None:
    """Return a document that everybody reads, by its name or its id."""
    package = find_document(named)
    if package is None or package.state != "active" or package.private:
        return None
    return package


def load_document(named: Any, *, for_update: bool = False) -> model.Package:
    """Return a document.

    :param for_update: lock it, and read what others committed meanwhile
    :raises ckan.plugins.toolkit.ObjectNotFound: there is none
    """
    package = find_document(named)
    if package is not None and for_update:
        held = sa.select(model.Package.id).where(model.Package.id == package.id)
        model.Session.execute(held.with_for_update())
        model.Session.refresh(package)
        package = find_document(package.id)
    if package is None:
        raise tk.ObjectNotFound(tk._("This document was not found."))
    return package


def version_of(package: model.Package) -> str:
    """Return what changes each time that a document does."""
    return str(package.metadata_modified.isoformat())


def show_document(package: model.Package) -> dict[str, Any]:
    """Return a document as its action answers it, and ``resources`` as CKAN does."""
    # From the database: what Solr keeps may be of before the last change.
    context = {"ignore_auth": True, "use_cache": False}
    shown = tk.get_action("package_show")(context, {"id": package.id})
    owner = Collectivity.by_org(package.owner_org)
    notice = DocumentNotice.of(package.id) if package.state == "deleted" else None
    hidden = "hidden" if package.private else "online"
    return {
        "id": package.id,
        "name": package.name,
        "title": package.title,
        "notes": package.notes or "",
        "org_id": package.owner_org,
        "code": owner.code if owner else None,
        "state": "withdrawn" if package.state == "deleted" else hidden,
        "issued": shown.get("issued") or package.metadata_created.isoformat(),
        "modified": package.metadata_modified.isoformat(),
        "version": version_of(package),
        "resources": shown["resources"],
        "notice": {"reason": notice.reason, "note": notice.note,
                   "on": notice.at.isoformat()} if notice else None,
    }  # fmt: skip


@dataclass(frozen=True)
class Held:
    """What a document's page is about: its one file or address.

    :ivar is_file: whether the portal keeps it; an address otherwise
    """

    resource: dict[str, Any]
    is_file: bool


def only_file(shown: dict[str, Any]) -> Held | None:
    """Return the one file or address of a document; nothing where it has several."""
    if len(shown["resources"]) != 1:
        return None
    (resource,) = shown["resources"]
    return Held(resource, resource.get("url_type") == "upload")


def judge_file(draft: Deposit) -> document.Format | document.Fault:
    """Return what the file of a draft is, or why it is not published as it is."""
    found = draft.report or {}
    if found.get("certain") or found.get("national"):
        # Its model protects people, and its readers.
        return document.Fault.MODEL
    path = storage.open_path(str(draft.original_sha256))
    with path.open("rb") as stream:
        head = stream.read(document.HEAD_BYTES)
    return document.read_format(str(draft.filename), head, _list_archive(path))


def _list_archive(path: Path) -> list[str]:
    # What is in it stays unread: only its table of contents is.
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()[:MAX_INSIDE]
    except (zipfile.BadZipFile, OSError, ValueError):
        return []


def describe_file(draft: Deposit, found: document.Format) -> dict[str, Any]:
    """Return what is said of a draft's file where it is published as it is."""
    return {
        "url": str(draft.filename),
        "url_type": "upload",
        "format": found.name,
        "mimetype": found.mimetype,
        "size": draft.original_size,
        "hash": draft.original_sha256,
    }


def describe_link(url: str) -> dict[str, Any]:
    """Return what is said of an address."""
    known = document.FORMATS.get(document.extension_of(url.partition("?")[0]))
    return {"url": url, "format": known.name if known else ""}


def refuse_faults(faults: Sequence[document.Fault | None]) -> None:
    """Undo what the transaction did, and say each fault at its field.

    :raises ckan.plugins.toolkit.ValidationError: there is one
    """
    gettext = tk._ if has_request_context() else translator("fr").gettext
    told = {
        document.field_of(one): [document.sentence_of(one, gettext)]
        for one in faults
        if one is not None
    }
    if told:
        model.Session.rollback()
        raise tk.ValidationError(told)
