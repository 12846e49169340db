"""The permanent addresses of published files, ``/donnees``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import ckantoolkit as tk
from flask import Blueprint, Response, request

from ckanext.odlocale.base import storage
from ckanext.odlocale.publishing.dataset import (
    CSV_MEDIA_TYPE,
    Publisher,
    history_path,
    release_path,
)
from ckanext.odlocale.publishing.guards import Page, show
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import publisher_of
from ckanext.odlocale.publishing.releases import Notice, find_notice
from ckanext.odlocale.publishing.withdrawal import notice_of
from ckanext.odlocale.scdl.typed import PARQUET_MEDIA_TYPE
from ckanext.odlocale.territory.tables import Collectivity

Form = Literal["csv", "parquet"]

data = Blueprint("odlocale_data", __name__, url_prefix="/donnees")


@dataclass(frozen=True)
class Place:
    """What an address shows, or what it answers instead.

    :ivar answer: the whole answer, where the address shows nothing
    """

    owner: Collectivity | None = None
    shown: Deposit | None = None
    answer: Page | None = None


@data.get("/<code>/<schema>/<key>.csv")
def release(code: str, schema: str, key: str) -> Page:
    """Send a published file from its permanent address.

    A code that the collectivité bore before answers as well, without redirection:
    data.gouv.fr would take one for another file.
    """
    place = find_place(code, schema, key, ".csv")
    if place.shown is None or place.owner is None:
        return cast(Page, place.answer)
    return _send(place.shown, place.owner.code, "csv")


@data.get("/<code>/<schema>/<key>.parquet")
def parquet(code: str, schema: str, key: str) -> Page:
    """Send the same rows as Parquet, each column of its model's type."""
    place = find_place(code, schema, key, ".parquet")
    if place.shown is None or place.owner is None:
        return cast(Page, place.answer)
    if place.shown.parquet_sha256 is None:
        # Published before there was one: the work of the day makes it.
        return no_file(None)
    return _send(place.shown, place.owner.code, "parquet")


def find_place(code: str, schema: str, key: str, after: str) -> Place:
    """Return what an address shows to everybody.

    :param after: what follows the key in it
    """
    owner = Collectivity.by_code(code)
    if owner is None:
        return Place(answer=no_file(None))
    if code == owner.siren != owner.code:
        path = release_path(owner.code, schema, key).removesuffix(".csv") + after
        query = request.query_string.decode()
        target = path + (f"?{query}" if query else "")
        return Place(answer=cast(Response, tk.redirect_to(target)))
    shown = Deposit.shown(owner.siren, schema, key)
    if shown is None:
        return Place(answer=no_file(find_notice(owner.siren, schema, key)))
    return Place(owner, shown)


def no_file(notice: Notice | None) -> Page:
    """Say that there is no file, or that it was withdrawn: why, when, whom to ask."""
    said = notice_of(notice.reason, tk._) if notice else ""
    contact = _contact_of(notice.deposit) if notice else None
    extra = {"notice": notice, "said": said, "contact": contact}
    return show("no_file", extra), 410 if notice else 404


def _contact_of(deposit: Deposit) -> Publisher | None:
    try:
        return publisher_of(deposit)
    except tk.ObjectNotFound:
        # Its organisation is no collectivité's any more.
        return None


def _send(shown: Deposit, code: str, form: Form) -> Response:
    schema, key = str(shown.schema), str(shown.key)
    is_csv = form == "csv"
    sha256 = shown.canonical_sha256 if is_csv else shown.parquet_sha256
    sent: Response = storage.send(
        str(sha256),
        f"{schema}-{code}-{key}.{form}",
        CSV_MEDIA_TYPE if is_csv else PARQUET_MEDIA_TYPE,
        as_attachment=False,
        public=True,
        last_modified=shown.published_at,
    )
    # RFC 8288 and RFC 5829: the same rows otherwise, and the releases before.
    links = [f'<{history_path(code, schema, key)}>; rel="version-history"']
    if is_csv and shown.parquet_sha256:
        path = release_path(code, schema, key, "parquet")
        links.append(f'<{path}>; rel="alternate"; type="{PARQUET_MEDIA_TYPE}"')
    sent.headers["Link"] = ", ".join(links)
    return sent
