"""The files of the observatory, their table schemas, and how the network finds them."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import ckantoolkit as tk
from flask import Blueprint, Response, jsonify, request, send_file

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.observatory.exporting import FORMS, WHOLE, export_path
from ckanext.odlocale.observatory.exports import NAMES, table_schema
from ckanext.odlocale.observatory.guards import last_day, send_text
from ckanext.odlocale.observatory.network import FORMAT
from ckanext.odlocale.observatory.reading import read_atds

exports = Blueprint("odlocale_observatory_export", __name__, url_prefix="/observatoire")
well_known = Blueprint("odlocale_well_known", __name__, url_prefix="/.well-known")

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
RETRY_AFTER_SECONDS = 3600


@exports.get("/exports/<owner>/<name>.<form>")
def export(owner: str, name: str, form: str) -> Response:
    """Send a whole table, as of the last run."""
    known = name in NAMES and form in FORMS[name]
    if not known or not (
        owner == WHOLE or owner in {one["siren"] for one in read_atds()}
    ):
        _refuse()
    path = export_path(owner, name, form)
    if not path.is_file():
        # Never an empty table: whoever takes it would count nobody.
        answer = Response(tk._("These figures are written each night."), 503)
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    request.environ["__no_cache__"] = True
    sent: Response = send_file(
        path,
        MEDIA_TYPES[form],
        as_attachment=True,
        download_name=f"observatoire-{name}-{owner}.{form}",
        conditional=True,
        max_age=300,
    )
    return sent


@exports.get("/schemas/<name>.json")
def schema(name: str) -> Response:
    """Send the table schema of an export."""
    if name not in NAMES:
        _refuse()
    gettext = translator("fr").gettext
    site = str(tk.config["ckan.site_url"])
    described = table_schema(name, site, gettext)
    written = json.dumps(described, ensure_ascii=False, indent=2)
    return send_text(written + "\n", "application/json")


@well_known.get("/odlocale.json")
def directory() -> Response:
    """Describe the portal and its ATDs to whoever gathers several portals."""
    site = str(tk.config["ckan.site_url"]).rstrip("/")
    day = last_day()

    def described(owner: str, query: str) -> dict[str, Any]:
        files = {
            f"{name}.{form}": f"{site}/observatoire/exports/{owner}/{name}.{form}"
            for name in NAMES
            for form in FORMS[name]
        }
        table = f"{site}/observatoire/communes.csv{query}"
        return {"collectivities": table, "exports": files}

    answer = jsonify(
        {
            "format": FORMAT,
            "title": str(tk.config["ckan.site_title"]),
            "name": str(tk.config["ckanext.odlocale.atd_name"]),
            "url": site,
            "day": day.isoformat() if day else None,
            **described(WHOLE, ""),
            "atds": [
                {
                    "siren": one["siren"],
                    "name": one["name"],
                    **described(one["siren"], f"?atd={one['siren']}"),
                }
                for one in read_atds()
            ],
        }
    )
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _refuse() -> NoReturn:
    tk.abort(404, tk._("This page was not found."))
    raise AssertionError("abort raises")
