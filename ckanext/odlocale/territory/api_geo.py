"""API Géo, the State's service that serves the register: communes, EPCI, contours.

Documentation: https://geo.api.gouv.fr/decoupage-administratif
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ckanext.odlocale.base.http import (
    FIRST_PAUSE_SECONDS,
    GuardedClient,
    RequestError,
    Response,
)

ADDRESS = "https://geo.api.gouv.fr"
# A département's contours weigh 2 to 12 MB, its communes' fields 0.3 MB at most, and
# all the EPCI 0.3 MB.
MAX_BYTES = 60 * 1024 * 1024
MAX_LIST_BYTES = 5 * 1024 * 1024

_CONTOURS = {"fields": "code,nom", "format": "geojson", "geometry": "contour"}
_COMMUNES = {
    "fields": "code,nom,siren,population,codeEpci,codeDepartement,codesPostaux,centre",
    "format": "json",
}
_EPCI = {"fields": "code,nom,population", "format": "json"}
# Too many calls, or an error of the server: what GuardedClient leaves to its caller.
_PASSING = frozenset({429, 500})

Json = dict[str, Any]


class ApiGeoUnavailable(Exception):
    """API Géo gave no usable answer.

    :ivar departement: the département asked for; nothing when it was the EPCI.
    :ivar cause: in English, for a log or an operator.
    """

    def __init__(self, departement: str, cause: str) -> None:
        place = f"département {departement}" if departement else "EPCI"
        super().__init__(f"{place}: {cause}")
        self.departement = departement
        self.cause = cause


def fetch_communes(
    client: GuardedClient, departement: str, address: str = ADDRESS
) -> list[Json]:
    """Fetch what API Géo knows of the communes of a département.

    :returns: for each ``code``, ``nom``, ``siren``, ``population``, ``codeEpci``,
        ``codeDepartement``, ``codesPostaux``, ``centre``: as it wrote them.
    :raises ApiGeoUnavailable: no answer, or not a list of objects.
    """
    url = _url(address, f"{_place(departement)}/communes", _COMMUNES)
    return _objects(_fetch(client, departement, url, MAX_LIST_BYTES), departement, url)


def fetch_epci(client: GuardedClient, address: str = ADDRESS) -> list[Json]:
    """Fetch the EPCI of France, in one call: ``code``, ``nom``, ``population``.

    :raises ApiGeoUnavailable: no answer, or not a list of objects.
    """
    url = _url(address, "epcis", _EPCI)
    return _objects(_fetch(client, "", url, MAX_LIST_BYTES), "", url)


def fetch_contours(
    client: GuardedClient, departements: Iterable[str], address: str = ADDRESS
) -> dict[str, Any]:
    """Fetch the contours of the communes of départements, one call for each.

    :param client: what calls the service, with its timeouts and retries.
    :param departements: codes of départements.
    :param address: where the service is.
    :returns: one GeoJSON FeatureCollection.
    :raises ApiGeoUnavailable: no answer, or not the one that is documented. What
        was fetched before is dropped: a territory half filled is not noticed.
    """
    features: list[Any] = []
    for departement in departements:
        features += _fetch_features(client, departement, address)
    return {"type": "FeatureCollection", "features": features}


def _fetch_features(client: GuardedClient, departement: str, address: str) -> list[Any]:
    url = _url(address, f"{_place(departement)}/communes", _CONTOURS)
    document = _fetch(client, departement, url, MAX_BYTES)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise ApiGeoUnavailable(departement, f"{url}: no list of features")
    return features


def _place(departement: str) -> str:
    return f"departements/{quote(departement, safe='')}"


def _url(address: str, path: str, query: Mapping[str, str]) -> str:
    return f"{address.rstrip('/')}/{path}?{urlencode(query)}"


def _fetch(client: GuardedClient, departement: str, url: str, max_bytes: int) -> Any:
    try:
        response = _get(client, url, max_bytes)
        if response.status != 200:
            raise ApiGeoUnavailable(departement, f"{url}: status {response.status}")
        return response.json()
    except RequestError as error:
        raise ApiGeoUnavailable(departement, str(error)) from error


def _get(client: GuardedClient, url: str, max_bytes: int) -> Response:
    response = client.get(url, max_bytes=max_bytes)
    wait = FIRST_PAUSE_SECONDS
    for _ in range(client.retries):
        if response.status not in _PASSING:
            break
        client.pause(wait)
        wait *= 2
        response = client.get(url, max_bytes=max_bytes)
    return response


def _objects(document: object, departement: str, url: str) -> list[Json]:
    if not isinstance(document, list) or not all(
        isinstance(item, dict) for item in document
    ):
        raise ApiGeoUnavailable(departement, f"{url}: not a list of objects")
    return document
