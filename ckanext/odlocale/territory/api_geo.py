"""Contours from API Géo, the State's service that serves the register.

Documentation: https://geo.api.gouv.fr/decoupage-administratif
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from ckanext.odlocale.base.http import GuardedClient, RequestError

ADDRESS = "https://geo.api.gouv.fr"
# A département's contours weigh 2 to 12 MB.
MAX_BYTES = 60 * 1024 * 1024

_FIELDS = {"fields": "code,nom", "format": "geojson", "geometry": "contour"}


class ApiGeoUnavailable(Exception):
    """API Géo gave no usable answer.

    :ivar cause: in English, for a log or an operator.
    """

    def __init__(self, departement: str, cause: str) -> None:
        super().__init__(f"département {departement}: {cause}")
        self.departement = departement
        self.cause = cause


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
    path = f"departements/{quote(departement, safe='')}/communes"
    url = f"{address}/{path}?{urlencode(_FIELDS)}"
    try:
        response = client.get(url, max_bytes=MAX_BYTES)
        if response.status != 200:
            raise ApiGeoUnavailable(departement, f"{url}: status {response.status}")
        document = response.json()
    except RequestError as error:
        raise ApiGeoUnavailable(departement, str(error)) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise ApiGeoUnavailable(departement, f"{url}: no list of features")
    return features
