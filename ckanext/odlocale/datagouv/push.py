"""What data.gouv.fr's API is sent of a dataset, and what it is read back as.

A dataset's values are a flat mapping from a path to plain JSON: ``title``, ``tags``,
``file:<our id>:url``. The same paths are read from what data.gouv.fr answers, so that
what somebody changed there is found path by path.

Facts of udata 17.18, run by ``tests/contracts/test_push_datagouv.py``: a field left out
of a PUT is emptied, but for nested ones (coverage, schema, fingerprint), which stay; a
geometry is a MultiPolygon; a name of schema that its catalogue lacks refuses the whole
dataset, an address of one never does; an empty list of files changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.datagouv.description import Description, Distribution
from ckanext.odlocale.datagouv.vocabularies import FREQUENCY, LICENCES

Values = dict[str, Any]
#: What becomes of a dataset there.
Status = Literal["online", "private", "archived", "deleted"]

#: The extra that says which dataset or file of ours one there is.
ID_EXTRA: Final = "odlocale:id"
#: The extra that leads back to the page here.
PAGE_EXTRA: Final = "odlocale:page"
TITLE_LENGTH: Final = 350

#: European code to udata's own word (its core/dataset/constants.py).
FREQUENCIES: Final[Mapping[str, str]] = {
    "1MIN": "oneMinute",
    "5MIN": "fiveMinutes",
    "10MIN": "tenMinutes",
    "15MIN": "fifteenMinutes",
    "30MIN": "thirtyMinutes",
    "12HRS": "twelveHours",
    "HOURLY": "hourly",
    "BIHOURLY": "bihourly",
    "TRIHOURLY": "trihourly",
    "UPDATE_CONT": "continuous",
    "CONT": "severalTimesADay",
    "DAILY": "daily",
    "DAILY_2": "semidaily",
    "DAILY_3": "threeTimesADay",
    "WEEKLY": "weekly",
    "WEEKLY_2": "semiweekly",
    "WEEKLY_3": "threeTimesAWeek",
    "WEEKLY_5": "fiveTimesAWeek",
    "BIWEEKLY": "biweekly",
    "MONTHLY": "monthly",
    "MONTHLY_2": "semimonthly",
    "MONTHLY_3": "threeTimesAMonth",
    "BIMONTHLY": "bimonthly",
    "QUARTERLY": "quarterly",
    "ANNUAL": "annual",
    "ANNUAL_2": "semiannual",
    "ANNUAL_3": "threeTimesAYear",
    "BIENNIAL": "biennial",
    "TRIENNIAL": "triennial",
    "QUADRENNIAL": "quadrennial",
    "QUINQUENNIAL": "quinquennial",
    "DECENNIAL": "decennial",
    "BIDECENNIAL": "bidecennial",
    "TRIDECENNIAL": "tridecennial",
    "AS_NEEDED": "punctual",
    "IRREG": "irregular",
    "NEVER": "never",
    "NOT_PLANNED": "notPlanned",
    "OTHER": "other",
    "UNKNOWN": "unknown",
}
_LICENCE_IDS: Final = {
    url: key for key, url in LICENCES.items() if key != "etalab-2.0"
}  # fmt: skip
NO_LICENCE: Final = "notspecified"
NO_FREQUENCY: Final = "unknown"
_FILE_FIELDS: Final = (
    "title", "description", "url", "format", "mime", "size", "checksum", "schema",
)  # fmt: skip
#: Where the state of a dataset there is told: not words, but whether it is seen.
STATUS_PATHS: Final = ("private", "archived", "deleted")


def file_path(key: str, field: str) -> str:
    """The path of a value of a file."""
    return f"file:{key}:{field}"


def describe_values(description: Description) -> Values:
    """Return what data.gouv.fr must hold of a public dataset."""
    period = description.period
    publisher = description.publisher
    coverage = publisher.coverage if publisher else None
    values: Values = {
        "title": description.title[:TITLE_LENGTH],
        "description": description.text,
        "license": _LICENCE_IDS.get(description.licence or "", NO_LICENCE),
        "frequency": _frequency(description.frequency),
        "temporal_coverage": _period(*period) if period else None,
        "tags": sorted({slugify(word) for word in description.keywords}),
        "spatial": multipolygon(json.loads(coverage)) if coverage else None,
        "contacts": [
            [one.name, one.email or "", one.url or ""] for one in description.contacts
        ],
        "page": description.landing_page or description.uri,
        "private": False,
        "archived": False,
        "deleted": False,
        "files": [one.key for one in description.distributions],
    }
    for one in description.distributions:
        for field, value in _file_values(one).items():
            values[file_path(one.key, field)] = value
    return values


def _file_values(one: Distribution) -> Values:
    return {
        "title": (one.title or one.url)[:TITLE_LENGTH],
        "description": one.description or "",
        "url": one.url,
        "format": (one.format or "").rpartition("/")[2].lower(),
        "mime": one.media_type or "",
        "size": one.size,
        "checksum": ":".join(one.checksum) if one.checksum else None,
        "schema": one.schema_url or "",
    }


def _frequency(address: str | None) -> str:
    return FREQUENCIES.get((address or "").removeprefix(FREQUENCY), NO_FREQUENCY)


def _period(start: Any, end: Any) -> dict[str, str | None] | None:
    """A period as udata keeps it: it needs a beginning."""
    if start is None:
        return None
    return {"start": start.isoformat(), "end": end.isoformat() if end else None}


def multipolygon(geometry: Any) -> list[Any] | None:
    """Return the coordinates of a polygon, or of several, as those of several."""
    if not isinstance(geometry, Mapping):
        return None
    coordinates = geometry.get("coordinates")
    if geometry.get("type") == "Polygon" and isinstance(coordinates, list):
        return [coordinates]
    found = geometry.get("type") == "MultiPolygon" and isinstance(coordinates, list)
    return coordinates if found else None


def read_values(
    remote: Mapping[str, Any], files: Mapping[str, str] | None = None
) -> Values:
    """Return what data.gouv.fr holds of a dataset, by the same paths.

    :param remote: as its API answers it
    :param files: our files: see :func:`match_files`
    """
    period = remote.get("temporal_coverage") or None
    spatial = remote.get("spatial") or {}
    values: Values = {
        "title": remote.get("title") or "",
        "description": remote.get("description") or "",
        "license": remote.get("license") or NO_LICENCE,
        "frequency": remote.get("frequency") or NO_FREQUENCY,
        "temporal_coverage": _read_period(period) if period else None,
        "tags": sorted(remote.get("tags") or []),
        "spatial": multipolygon(spatial.get("geom")),
        "contacts": [
            [one.get("name") or "", one.get("email") or "",
             one.get("contact_form") or ""]
            for one in remote.get("contact_points") or []
        ],
        "page": (remote.get("extras") or {}).get(PAGE_EXTRA) or "",
        "private": bool(remote.get("private")),
        "archived": bool(remote.get("archived")) and not archived_by_harvest(remote),
        "deleted": bool(remote.get("deleted")),
        "files": [],
    }  # fmt: skip
    for key, one in match_files(remote, files).items():
        values["files"].append(key)
        for field, value in _read_file(one).items():
            values[file_path(key, field)] = value
    return values


def match_files(
    remote: Mapping[str, Any], files: Mapping[str, str] | None = None
) -> dict[str, Mapping[str, Any]]:
    """Return those of its files there that are ours, by our id.

    :param files: their ids by their addresses, from :func:`name_files`: one that bears
        no mark of ours, as a harvest left it, is known by its address
    """
    by_url = files or {}
    found: dict[str, Mapping[str, Any]] = {}
    for one in remote.get("resources") or []:
        key = (one.get("extras") or {}).get(ID_EXTRA) or by_url.get(one.get("url"))
        if key:
            found.setdefault(str(key), one)
    return found


def name_files(values: Mapping[str, Any]) -> dict[str, str]:
    """Return our files' ids by their addresses."""
    keys = values.get("files") or []
    return {values[file_path(key, "url")]: key for key in keys}


def _read_file(one: Mapping[str, Any]) -> Values:
    schema, checksum = one.get("schema") or {}, one.get("checksum") or {}
    name, version = schema.get("name") or "", schema.get("version") or ""
    return {
        "title": one.get("title") or "",
        "description": one.get("description") or "",
        "url": one.get("url") or "",
        "format": one.get("format") or "",
        "mime": one.get("mime") or "",
        "size": one.get("filesize"),
        "checksum": f"{checksum['type']}:{checksum['value']}" if checksum else None,
        "schema": schema.get("url") or (f"{name}@{version}" if version else name),
    }


def _read_period(period: Mapping[str, Any]) -> dict[str, str | None]:
    start, end = period.get("start"), period.get("end")
    return {"start": str(start)[:10], "end": str(end)[:10] if end else None}


def archived_by_harvest(remote: Mapping[str, Any]) -> bool:
    """Tell whether a harvest archived it, and no hand.

    A dataset that came from a feed and left it is archived once, a week later.
    """
    harvest = remote.get("harvest") or {}
    at = str(harvest.get("archived_at") or "")[:16]
    return bool(at) and str(remote.get("archived") or "")[:16] == at


def same(path: str, wanted: Any, found: Any) -> bool:
    """Tell whether data.gouv.fr holds at a path what it must.

    A schema's address is kept there as its name; what we do not say is not ours.
    """
    field = path.rpartition(":")[2]
    if field == "schema" and wanted and found and "://" not in str(found):
        name, _, version = str(found).partition("@")
        return f"/{name}/" in wanted and (not version or f"/{version}/" in wanted)
    if field == "checksum" and wanted is None:
        return True
    return bool(wanted == found)


def payload_of(
    values: Mapping[str, Any],
    *,
    package_id: str,
    organization_id: str,
    contact_ids: list[str],
    remote: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what is sent: a whole dataset, files included, in one call.

    :param values: all that it must hold
    :param remote: what is there already: its own extras and the files that somebody
        added there are kept
    """
    held = remote or {}
    ours = match_files(held, name_files(values))
    spatial = values.get("spatial")
    payload: dict[str, Any] = {
        "title": values["title"],
        "description": values["description"],
        "organization": organization_id,
        "license": values["license"],
        "frequency": values["frequency"],
        "temporal_coverage": values["temporal_coverage"],
        "tags": values["tags"],
        "spatial": _spatial(spatial, held),
        "contact_points": contact_ids or None,
        "private": values["private"],
        "extras": {
            **(held.get("extras") or {}),
            ID_EXTRA: package_id,
            PAGE_EXTRA: values["page"],
        },
        "resources": [
            _file_payload(key, values, ours.get(key)) for key in values["files"]
        ],
    }
    known = [one.get("id") for one in ours.values()]
    payload["resources"] += [
        {"id": one["id"]}
        for one in held.get("resources") or []
        if one["id"] not in known and ID_EXTRA not in (one.get("extras") or {})
    ]
    if remote is not None:
        payload["deleted"] = None
        payload["archived"] = _archived(values, remote)
    return payload


def _archived(values: Mapping[str, Any], remote: Mapping[str, Any]) -> Any:
    if not values["archived"]:
        return None
    return remote.get("archived") or values.get("archived_at")


def _spatial(coordinates: Any, held: Mapping[str, Any]) -> dict[str, Any]:
    if coordinates:
        geometry = {"type": "MultiPolygon", "coordinates": coordinates}
        return {"geom": geometry, "zones": []}
    zones = (held.get("spatial") or {}).get("zones") or []
    return {"geom": None, "zones": zones}


def _file_payload(
    key: str, values: Mapping[str, Any], held: Mapping[str, Any] | None
) -> dict[str, Any]:
    said = {name: values[file_path(key, name)] for name in _FILE_FIELDS}
    schema = str(said["schema"])
    address = schema if "://" in schema else None
    name, _, version = ("" if address else schema).partition("@")
    payload: dict[str, Any] = {
        "title": said["title"],
        "description": said["description"] or None,
        "url": said["url"],
        "format": said["format"] or None,
        "mime": said["mime"] or None,
        "filesize": said["size"],
        "filetype": "remote",
        "type": (held or {}).get("type") or "main",
        "schema": {"url": address, "name": name or None, "version": version or None},
        "extras": {**((held or {}).get("extras") or {}), ID_EXTRA: key},
    }
    if said["checksum"]:
        kind, _, digest = str(said["checksum"]).partition(":")
        payload["checksum"] = {"type": kind, "value": digest}
    if held is not None:
        payload["id"] = held["id"]
    return payload
