"""Who sees, changes, withdraws and erases what follows no model.

A mandate for named models is not about it. Erasing is left to those who answer for the
collectivité, as it is for a release.
"""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import rights
from ckanext.odlocale.publishing.document_store import load_document

__all__ = [
    "odlocale_document_change",
    "odlocale_document_purge",
    "odlocale_document_replace",
    "odlocale_document_show",
    "odlocale_document_withdraw",
]


def odlocale_document_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish any data for the document's organisation."""
    return _may_publish_there(context, data_dict)


def odlocale_document_change(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish any data for the document's organisation."""
    return _may_publish_there(context, data_dict)


def odlocale_document_replace(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish any data for the document's organisation."""
    return _may_publish_there(context, data_dict)


def odlocale_document_withdraw(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish any data for the document's organisation."""
    return _may_publish_there(context, data_dict)


def odlocale_document_purge(context: Context, data_dict: DataDict) -> AuthResult:
    """The responsables of the document's organisation, who animates, administrators."""
    package = load_document(tk.get_or_bust(data_dict, "id"))
    if rights.may_manage(context["user"], package.owner_org):
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("Only a person in charge of this town hall's team may erase."),
    }


def _may_publish_there(context: Context, data_dict: DataDict) -> AuthResult:
    package = load_document(tk.get_or_bust(data_dict, "id"))
    ground = rights.ground_of(context["user"], package.owner_org)
    if ground is not None and ground.schemas is None:
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("This page is reserved to another town hall."),
    }
