"""The State's directory of administrations: the address of each town hall.

Source: annuaire de l'administration (DILA), served at ``api-lannuaire``; Licence
Ouverte 2.0. A commune that absorbed others has a line for each delegate town hall and
annex, which are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from ckanext.odlocale.base.http import GuardedClient, RequestError
from ckanext.odlocale.people.invitations import is_address

ADDRESS: Final = "https://api-lannuaire.service-public.gouv.fr"
_PATH = "/api/explore/v2.1/catalog/datasets/api-lannuaire-administration/exports/json"
_FIELDS = "nom,pivot,code_insee_commune,adresse_courriel"
MAX_BYTES: Final = 60 * 1024 * 1024
_ANNEX = re.compile(r"déléguée|annexe|associée", re.IGNORECASE)
_DEPARTEMENT = re.compile(r"[0-9AB]{2,3}")


class DirectoryUnavailable(Exception):
    """The directory gave no usable answer.

    :ivar cause: in English, for an operator
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def fetch_departement(
    client: GuardedClient, departement: str, address: str = ADDRESS
) -> list[dict[str, Any]]:
    """Fetch the town halls of a département, as the directory wrote them.

    :raises DirectoryUnavailable: no answer, or not a list
    """
    if not _DEPARTEMENT.fullmatch(departement):
        raise DirectoryUnavailable(f"{departement!r} is no département")
    where = f'pivot LIKE "mairie" AND startswith(code_insee_commune,"{departement}")'
    url = f"{address}{_PATH}?{urlencode({'where': where, 'select': _FIELDS})}"
    try:
        answer = client.get(url, max_bytes=MAX_BYTES)
        if answer.status != 200:
            raise DirectoryUnavailable(f"HTTP status {answer.status}")
        rows = answer.json()
    except RequestError as error:
        raise DirectoryUnavailable(str(error)) from error
    return read_rows(rows)


def read_rows(rows: Any) -> list[dict[str, Any]]:
    """Return the rows of an export: a list, or the ``results`` of a page.

    :raises DirectoryUnavailable: it is neither
    """
    if isinstance(rows, Mapping):
        rows = rows.get("results")
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise DirectoryUnavailable("not a list of town halls")
    return rows


def addresses_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the address of each commune's main town hall, by INSEE code.

    A commune without any usable one is not there.
    """
    found: dict[str, str] = {}
    for row in rows:
        insee = str(row.get("code_insee_commune") or "").strip().upper()
        if not insee or _ANNEX.search(str(row.get("nom") or "")) or not _is_main(row):
            continue
        for one in re.split(r"[;,\s]+", str(row.get("adresse_courriel") or "")):
            if is_address(one):
                found.setdefault(insee, one.lower())
                break
    return found


def _is_main(row: Mapping[str, Any]) -> bool:
    """Tell whether a line is a town hall: ``pivot`` is JSON within JSON."""
    pivot = row.get("pivot")
    if isinstance(pivot, str):
        try:
            pivot = json.loads(pivot)
        except ValueError:
            return False
    if pivot is None:
        return True
    return isinstance(pivot, list) and any(
        isinstance(one, Mapping) and one.get("type_service_local") == "mairie"
        for one in pivot
    )
