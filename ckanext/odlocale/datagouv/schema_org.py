"""A dataset's page for search engines: schema.org, as JSON-LD in the page."""

from __future__ import annotations

import json
from typing import Any

from ckanext.odlocale.datagouv.description import Description, Distribution, Portal
from ckanext.odlocale.datagouv.quality import short_format

# What could end the element that holds it, or start another. U+2028 and U+2029 are
# ends of lines for JavaScript.
_ESCAPES = {
    ord(one): f"\\u{ord(one):04x}" for one in ("<", ">", "&", "\u2028", "\u2029")
}


def write_script(description: Description, portal: Portal) -> str:
    r"""Return a dataset as JSON that may stand in a ``script`` element.

    >>> "</script>".translate(_ESCAPES)
    '\\u003c/script\\u003e'
    """
    return json.dumps(_dataset(description, portal), ensure_ascii=False).translate(
        _ESCAPES
    )


def _dataset(description: Description, portal: Portal) -> dict[str, Any]:
    publisher = description.publisher
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": description.uri,
        "identifier": description.identifier,
        "name": description.title,
        "description": description.text,
        "url": description.landing_page,
        "inLanguage": [one.rpartition("/")[2].lower() for one in description.languages],
        "isAccessibleForFree": True,
        "license": description.licence,
        "keywords": list(description.keywords),
        "temporalCoverage": _period(description),
        "datePublished": description.issued and description.issued.isoformat(),
        "dateModified": description.modified and description.modified.isoformat(),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": portal.title or portal.site_url,
            "url": portal.site_url,
        },
        "distribution": [_file(one) for one in description.distributions],
    }
    if publisher is not None:
        owner = {
            "@type": "GovernmentOrganization",
            "name": publisher.name,
            "identifier": publisher.identifier,
            "url": publisher.website
            or f"{portal.site_url}/organization/{publisher.slug}",
        }
        found["creator"] = found["publisher"] = _told(owner)
        found["spatialCoverage"] = _told(
            {
                "@type": "Place",
                "name": publisher.name,
                "geo": _box(publisher.coverage),
            }
        )
    return _told(found)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _file(file: Distribution) -> dict[str, Any]:
    return _told(
        {
            "@type": "DataDownload",
            "name": file.title,
            "description": file.description,
            "contentUrl": file.url,
            "encodingFormat": file.media_type or short_format(file.format),
            "contentSize": None if file.size is None else f"{file.size} B",
            "license": file.licence,
        }
    )


def _period(description: Description) -> str | None:
    if description.period is None:
        return None
    return "/".join(day.isoformat() if day else ".." for day in description.period)


def _box(coverage: str | None) -> dict[str, str] | None:
    """The rectangle around a territory, as schema.org writes it: latitudes first."""
    if coverage is None:
        return None
    points = list(_points(json.loads(coverage)["coordinates"]))
    south, north = (pick(y for _x, y in points) for pick in (min, max))
    west, east = (pick(x for x, _y in points) for pick in (min, max))
    return {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}


def _points(value: Any) -> Any:
    if value and isinstance(value[0], (int, float)):
        yield value[0], value[1]
        return
    for inner in value:
        yield from _points(inner)
