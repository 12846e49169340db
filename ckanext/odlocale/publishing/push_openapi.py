"""The description of the API for programs, OpenAPI 3.1: ``data/openapi.json``.

Written by hand, and held to what is answered by the tests.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from ckanext.odlocale.people.token_help import API_PATH
from ckanext.odlocale.scdl.report import report_schema

_GROUP = "#/components/schemas/ReportGroup"


def describe_api(site_url: str) -> dict[str, Any]:
    """Return the description, with the engine's own schema of a report.

    :param site_url: address of the portal
    """
    text = (files("ckanext.odlocale.publishing") / "data" / "openapi.json").read_text(
        encoding="utf-8"
    )
    described: dict[str, Any] = json.loads(text)
    described["servers"] = [{"url": site_url.rstrip("/") + API_PATH}]
    report = report_schema()
    group = report["$defs"]["group"]
    plain = {key: value for key, value in report.items() if not key.startswith("$")}
    plain["properties"]["groups"]["items"] = {"$ref": _GROUP}
    described["components"]["schemas"] |= {"Report": plain, "ReportGroup": group}
    return described
