"""What readers report errors about: a file that follows a model, or a document."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.publishing import wording
from ckanext.odlocale.publishing.document_store import find_public
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.reuse.model import Report
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

#: In place of the slug of a model, for a document: its key is the id of its dataset.
NO_MODEL = ""


@dataclass(frozen=True)
class Subject:
    """What is online at an address that everybody reads.

    :ivar siren: in whose name it is
    :ivar schema: slug of its model; :data:`NO_MODEL` for a document
    :ivar key: of the permanent address, or id of the document's dataset
    :ivar online_id: of the release, or of the document's dataset
    :ivar dataset: id of its page
    :ivar since: when it went online, or changed for the last time
    """

    siren: str
    schema: str
    key: str
    org_id: str
    online_id: str
    dataset: str
    since: datetime.datetime | None

    def is_newer_than(self, report: Report) -> bool:
        """Tell whether it came after a report: what was reported may be corrected."""
        if self.since is None or self.since <= report.created_at:
            return False
        return self.schema == NO_MODEL or self.online_id != report.deposit_id


def subject_of(data_dict: dict[str, Any]) -> tuple[Collectivity, Subject]:
    """Return what an action names: by ``document``, or ``code``, ``schema``, ``key``.

    :raises ckan.plugins.toolkit.ObjectNotFound: nothing of the kind is online
    """
    if data_dict.get("document"):
        found = _document(str(data_dict["document"]))
        place = Collectivity.by_org(found.org_id) if found else None
    else:
        code, schema, key = (
            str(tk.get_or_bust(data_dict, name)) for name in ("code", "schema", "key")
        )
        place = None if "\0" in code + schema + key else Collectivity.by_code(code)
        found = _release(place.siren, schema, key) if place else None
    if place is None or found is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    return place, found


def subject_now(report: Report) -> Subject | None:
    """Return what is online at present where a report was about."""
    if report.schema == NO_MODEL:
        return _document(report.key)
    return _release(report.siren, report.schema, report.key)


def name_of(report: Report) -> str:
    """Return what a report's file is called: «Budget primitif 2025»."""
    if report.schema == NO_MODEL:
        package = model.Package.get(report.key)
        return str(package.title or package.name) if package is not None else ""
    catalogue = load_catalogue()
    if report.schema not in catalogue:
        return report.key
    return wording.name_release(catalogue.get(report.schema), report.key)


def _release(siren: str, schema: str, key: str) -> Subject | None:
    shown = Deposit.shown(siren, schema, key)
    if shown is None:
        return None
    return Subject(
        siren, str(shown.schema), str(shown.key), shown.org_id, shown.id,
        str(shown.package_id), shown.published_at,
    )  # fmt: skip


def _document(named: str) -> Subject | None:
    package = find_public(named)
    owner = Collectivity.by_org(package.owner_org) if package is not None else None
    if package is None or owner is None:
        return None
    # CKAN keeps this moment without its time zone, which is UTC.
    since = package.metadata_modified.replace(tzinfo=datetime.timezone.utc)
    return Subject(
        owner.siren, NO_MODEL, package.id, package.owner_org, package.id, package.id,
        since,
    )  # fmt: skip
