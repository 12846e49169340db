"""The former releases of a published file, and what changed between two of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import ckantoolkit as tk
from flask import Blueprint, Response, abort, request

from ckanext.odlocale.base import storage
from ckanext.odlocale.publishing import wording
from ckanext.odlocale.publishing.comparing import Comparison, compare, is_comparable
from ckanext.odlocale.publishing.dataset import CSV_MEDIA_TYPE, history_path
from ckanext.odlocale.publishing.guards import Page, show
from ckanext.odlocale.publishing.history import Line
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.permalinks import Place, find_place, no_file
from ckanext.odlocale.publishing.releases import history_of, schema_of
from ckanext.odlocale.publishing.withdrawal import notice_of, read_reason

history = Blueprint("odlocale_history", __name__, url_prefix="/donnees")

#: Rows of each kind that the page of a comparison shows.
SHOWN = 50


@history.after_request
def keep_out_of_engines(response: Response) -> Response:
    """Search engines lead to the present release only."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@history.get("/<code>/<schema>/<key>/versions")
def versions(code: str, schema: str, key: str) -> Page:
    """List the releases of an address: dates and rows, and nobody's name."""
    place = find_place(code, schema, key, "/versions")
    if place.shown is None:
        return cast(Page, place.answer)
    lines = _history(place)
    readable = [line.release.id for line in lines if line.is_readable]
    before = dict(pairwise(readable))
    said = {
        line.release.id: notice_of(read_reason(line.release.reason), tk._)
        for line in lines
        if line.standing in ("withdrawn", "purged")
    }
    extra = {"lines": lines, "before": before, "said": said, "path": history_path}
    return show("versions", {**_describe(place), **extra})


@history.get("/<code>/<schema>/<key>/<release_id>.csv")
def former(code: str, schema: str, key: str, release_id: str) -> Page:
    """Send a former release, from an address of its own."""
    place = find_place(code, schema, key, f"/{release_id}.csv")
    if place.shown is None or place.owner is None:
        return cast(Page, place.answer)
    found = _pick(place, release_id)
    if found is None:
        return no_file(None)
    deposit = _load(found)
    day = f"{found.release.published_at:%Y-%m-%d}"
    sent: Response = storage.send(
        str(deposit.canonical_sha256),
        f"{schema}-{place.owner.code}-{key}-{day}.csv",
        CSV_MEDIA_TYPE,
        as_attachment=False,
        public=True,
        last_modified=found.release.published_at,
    )
    return sent


@history.get("/<code>/<schema>/<key>/<release_id>/comparer")
def comparison(code: str, schema: str, key: str, release_id: str) -> Page:
    """Show what changed from a release to another, by default to the present one."""
    place = find_place(code, schema, key, f"/{release_id}/comparer")
    if place.shown is None:
        return cast(Page, place.answer)
    pair = _pick_two(place, release_id)
    if pair is None:
        return no_file(None)
    found = _compare(place, *pair)
    extra = {"old": pair[0], "new": pair[1], "found": found, "shown": SHOWN}
    return show("compare", {**_describe(place), **extra})


@history.get("/<code>/<schema>/<key>/<release_id>/comparer.csv")
def comparison_csv(code: str, schema: str, key: str, release_id: str) -> Page:
    """Send every row that was added, removed or changed."""
    place = find_place(code, schema, key, f"/{release_id}/comparer.csv")
    if place.shown is None:
        return cast(Page, place.answer)
    pair = _pick_two(place, release_id)
    found = _compare(place, *pair) if pair else None
    if found is None:
        return no_file(None)
    words = {
        "added": tk._("added"),
        "removed": tk._("removed"),
        "before": tk._("before"),
        "after": tk._("after"),
    }
    answer = Response(found.to_csv(tk._("change"), words), mimetype=CSV_MEDIA_TYPE)
    name = f"{schema}-{code}-{key}-{tk._('change')}.csv"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _history(place: Place) -> tuple[Line, ...]:
    shown = cast(Deposit, place.shown)
    return history_of(shown.siren, str(shown.schema), str(shown.key))


def _pick(place: Place, release_id: str) -> Line | None:
    """Return a release of the address that everybody may read."""
    for line in _history(place):
        if line.release.id == release_id and line.is_readable:
            return line
    return None


def _pick_two(place: Place, release_id: str) -> tuple[Line, Line] | None:
    """Return the two releases that are compared, the earlier first."""
    online = cast(Deposit, place.shown).id
    pair = [_pick(place, release_id), _pick(place, request.args.get("avec") or online)]
    if None in pair:
        return None
    first, second = sorted(
        cast("list[Line]", pair), key=lambda one: one.release.published_at
    )
    return first, second


def _compare(place: Place, old: Line, new: Line) -> Comparison | None:
    """Compare two releases; nothing where they are too large for a page."""
    releases = (old.release, new.release)
    if not is_comparable(
        [one.size for one in releases], [one.rows for one in releases]
    ):
        return None
    before, after = (
        storage.open_path(str(_load(one).canonical_sha256)).read_bytes()
        for one in (old, new)
    )
    return compare(before, after, schema_of(cast(Deposit, place.shown)).primary_key)


def _load(line: Line) -> Deposit:
    found = Deposit.load(line.release.id)
    if found is None or found.canonical_sha256 is None:
        # Erased since the history was read.
        abort(404)
    return found


def _describe(place: Place) -> dict[str, Any]:
    shown, owner = cast(Deposit, place.shown), place.owner
    schema = schema_of(shown)
    titles = {field.name: field.title or field.name for field in schema.fields}
    return {
        "schema": schema,
        "key": str(shown.key),
        "code": owner.code if owner else "",
        "name": wording.name_release_fully(
            schema, str(shown.key), owner.name if owner else ""
        ),
        "package_id": shown.package_id,
        "titles": titles,
    }
