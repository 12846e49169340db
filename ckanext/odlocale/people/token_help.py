"""What a software's maker needs besides its token: an address, a line to try."""

from __future__ import annotations

import datetime

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.scdl.canonical import COMPLETE
from ckanext.odlocale.scdl.table_schema import TableSchema

#: Below the portal's address: where software calls, with a token and no cookie.
API_PATH = "/api/odlocale/v1"
DEPOSITS_PATH = f"{API_PATH}/depots"


def is_for_software(path: str) -> bool:
    """Tell whether an address is software's, where nobody is logged in.

    The page that explains them is for people.

    >>> [is_for_software(API_PATH + end) for end in ("/", "/depots/1/dae/complet")]
    [False, True]
    """
    return path.startswith(f"{API_PATH}/") and path != f"{API_PATH}/"


def deposit_path(code: str, schema: str, key: str) -> str:
    """Return where a software sends one file.

    >>> deposit_path("56046", "dae", "complet")
    '/api/odlocale/v1/depots/56046/dae/complet'
    """
    return f"{DEPOSITS_PATH}/{code}/{schema}/{key}"


def curl_line(site_url: str, token: str, path: str, file: str) -> str:
    """Return a command that sends one file, for any computer of today.

    :param path: see :func:`deposit_path`
    """
    address = site_url.rstrip("/") + path
    return f'curl -T {file} -H "Authorization: Bearer {token}" {address}'


def example_key(schema: TableSchema, today: datetime.date, siret: str = "") -> str:
    """Return a key as the data of this model have one, for last year.

    :param siret: of the collectivité, for the data that name an establishment
    """
    parts = []
    for part in schema.key_parts:
        name, _, form = part.partition(":")
        if form == "year":
            parts.append(str(today.year - 1))
        elif form == "month":
            parts.append(f"{today.year - 1}-12")
        elif form == "nic":
            parts.append(siret[9:14] or "00010")
        else:
            values = schema.field(name).enum
            parts.append(slugify(values[0]) if values else slugify(name))
    return "-".join(parts) or COMPLETE
