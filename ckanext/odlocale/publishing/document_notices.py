"""What the address of a withdrawn document answers: that it was, when and why."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.publishing.document_model import DocumentNotice
from ckanext.odlocale.publishing.document_store import find_document
from ckanext.odlocale.publishing.guards import Page, context_of_user, show
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import publisher_of
from ckanext.odlocale.publishing.withdrawal import notice_of, read_reason
from ckanext.odlocale.territory.tables import Collectivity

notices = Blueprint("odlocale_document_notices", __name__)

#: Core's pages of a dataset and of its file.
_PAGES: Final = frozenset(
    {
        "dataset.read",
        "dataset_resource.read",
        "dataset_resource.download",
        "resource.read",
        "resource.download",
    }
)


@dataclass(frozen=True)
class _Notice:
    on: datetime.date


@notices.before_app_request
def say_withdrawn() -> Page | None:
    """Answer 410 in place of core's 404, which says neither why nor whom to ask."""
    if request.endpoint not in _PAGES or request.method not in ("GET", "HEAD"):
        return None
    package = find_document((request.view_args or {}).get("id"))
    if package is None or package.state != "deleted" or package.private:
        # What was hidden tells nobody that it was there.
        return None
    notice, owner = (
        DocumentNotice.of(package.id),
        Collectivity.by_org(package.owner_org),
    )
    if notice is None or owner is None:
        return None
    publisher = publisher_of(Deposit(org_id=package.owner_org, siren=owner.siren))
    # Who publishes there reads a link more than everybody.
    request.environ["__no_cache__"] = True
    extra = {
        "desk_href": desk_of(package.name),
        "notice": _Notice(notice.at.date()),
        "said": notice_of(read_reason(notice.reason), tk._),
        "contact": publisher,
    }
    return show("no_file", extra), 410


def desk_of(named: str) -> str:
    """Return the page of a document at the desk, for who may open it; else nothing.

    :param named: name or id of a dataset
    """
    package = find_document(named)
    owner = Collectivity.by_org(package.owner_org) if package is not None else None
    if package is None or owner is None:
        return ""
    try:
        tk.check_access("odlocale_document_show", context_of_user(), {"id": named})
    except tk.NotAuthorized:
        return ""
    where = {"code": owner.code, "document_id": package.name}
    return str(tk.h.url_for("odlocale_document_desk.shown", **where))
