"""What every public page of the observatory begins with."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, cast

import ckantoolkit as tk
import polars as pl
from ckan import model
from flask import Response, make_response, request

from ckanext.odlocale.observatory.asking import Asked, read_asked
from ckanext.odlocale.observatory.model import Observation
from ckanext.odlocale.observatory.reading import Scope
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import AtdPerimeter

Page = str | Response
#: A crawler that comes back within this time is told that nothing changed.
FRESH_SECONDS = 300


def asked() -> Asked:
    """Return what the address asks; of a day that is to come, the last known one."""
    wanted = read_asked(request.args.to_dict())
    last = last_day() if wanted.day else None
    return replace(wanted, day=None) if last and wanted.day > last else wanted


def scope_of(wanted: Asked) -> Scope:
    """Return which collectivités an address is about.

    :raises NotFound: an ATD that is not on the portal
    """
    if wanted.atd and model.Session.get(AtdPerimeter, wanted.atd) is None:
        tk.abort(404, tk._("This page was not found."))
    return Scope(
        atd=wanted.atd or None,
        kind=wanted.kind or None,
        epci=wanted.epci or None,
        departement=wanted.departement or None,
        stratum=wanted.stratum or None,
    )


def show(template: str, extra: dict[str, Any]) -> str:
    """Fill a page of the observatory."""
    return str(tk.render(f"observatory/{template}.html", extra))


def schema_labels() -> dict[str, str]:
    """Return what agents call each national model, in the order of its name."""
    return {one.slug: one.label for one in load_catalogue()}


def send_text(content: str | bytes, media_type: str, name: str = "") -> Response:
    """Send a file that anybody may keep, with its fingerprint.

    :param name: under which a browser saves it; nothing to show it
    """
    answer = make_response(content)
    answer.content_type = media_type
    if name:
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    data = content.encode() if isinstance(content, str) else content
    answer.set_etag(hashlib.sha256(data).hexdigest())
    request.environ["__no_cache__"] = True
    answer.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return cast(Response, answer.make_conditional(request))


def send_csv(table: pl.DataFrame, name: str) -> Response:
    """Send a table as CSV."""
    written = table.write_csv(float_precision=6)
    return send_text(written, "text/csv; charset=utf-8", f"{name}.csv")


def last_day() -> Any:
    """Return the last day of history; nothing before the first run."""
    last = Observation.last()
    return last.day if last is not None else None
