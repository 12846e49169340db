"""The permanent addresses of published files, ``/donnees``."""

from __future__ import annotations

from typing import cast

import ckantoolkit as tk
from flask import Blueprint, Response

from ckanext.odlocale.base import storage
from ckanext.odlocale.publishing.dataset import release_path
from ckanext.odlocale.publishing.guards import Page, show
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.tables import Collectivity

data = Blueprint("odlocale_data", __name__, url_prefix="/donnees")


@data.get("/<code>/<schema>/<key>.csv")
def release(code: str, schema: str, key: str) -> Page:
    """Send a published file from its permanent address.

    A code that the collectivité bore before answers as well, without redirection:
    data.gouv.fr would take one for another file.
    """
    owner = Collectivity.by_code(code)
    if owner is None:
        return _no_file(404)
    if code == owner.siren != owner.code:
        return cast(Response, tk.redirect_to(release_path(owner.code, schema, key)))
    shown = Deposit.shown(owner.siren, schema, key)
    if shown is None:
        withdrawn = Deposit.was_published(owner.siren, schema, key)
        return _no_file(410 if withdrawn else 404)
    name = f"{schema}-{owner.code}-{key}.csv"
    sent: Response = storage.send(
        str(shown.canonical_sha256), name, "text/csv", as_attachment=False, public=True
    )
    return sent


def _no_file(status: int) -> Page:
    return show("no_file", {"withdrawn": status == 410}), status
