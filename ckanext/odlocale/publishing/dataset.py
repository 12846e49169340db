"""The CKAN dataset of one collectivité and one model, filled in for the agent.

One dataset per collectivité and model, one resource per key. What an agent wrote
on an existing dataset is kept; what the data themselves say (dates covered, size,
hash, address) is written again at each release. Field names are those of
``schemas/dataset.yaml``.
"""

from __future__ import annotations

import datetime
import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.publishing.fiche import Period, Wishes
from ckanext.odlocale.scdl.catalogue import TableSchema

FREQUENCY_AUTHORITY = "http://publications.europa.eu/resource/authority/frequency/"
THEME_AUTHORITY = "http://publications.europa.eu/resource/authority/data-theme/"
FRENCH = "http://publications.europa.eu/resource/authority/language/FRA"
SHA256_ALGORITHM = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
DEFAULT_LICENCE = "lov2"

#: Of the list of article D323-2-1 of the CRPA, as in ``schemas/dataset.yaml``.
LICENCES = (DEFAULT_LICENCE, "odc-odbl")

CSV_MEDIA_TYPE = "text/csv"

#: CKAN's limit on a dataset's name.
MAX_NAME_LENGTH = 100

#: An INSEE code or a SIREN at the end of a dataset's name, and what makes it unique.
_OF_THE_DESK = re.compile(r".+-(\d[\dab]\d{3}|\d{9})(?:-\d+)?")
_DONNEES = re.compile(r"/donnees/([^/]+)/")


@dataclass(frozen=True)
class Publisher:
    """Who publishes, and who answers for it.

    :ivar code: INSEE code of a commune, SIREN of any other
    :ivar name: the short name («Crach»)
    :ivar contact_name: a person or a service; the collectivité's full name if none
    :ivar contact_email: its own address, or the ATD's
    """

    org_id: str
    siren: str
    code: str
    name: str
    contact_name: str
    contact_email: str


@dataclass(frozen=True)
class Release:
    """One file about to be shown at its permanent address."""

    deposit_id: str
    key: str
    name: str
    description: str
    url: str
    sha256: str
    size: int
    rows: int
    published_on: datetime.date


@dataclass(frozen=True)
class Existing:
    """What a dataset that is already there holds; its resources by key."""

    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def resources(self) -> list[dict[str, Any]]:
        """Its resources, in order."""
        return [dict(one) for one in self.fields.get("resources", ())]


def release_path(code: str, schema: str, key: str, form: str = "csv") -> str:
    """Return the permanent address of a file, from the portal's root.

    >>> release_path("56046", "budget", "2022-budget-primitif-00010")
    '/donnees/56046/budget/2022-budget-primitif-00010.csv'
    """
    return f"/donnees/{code}/{schema}/{key}.{form}"


def history_path(code: str, schema: str, key: str, release_id: str = "") -> str:
    """Return the address of a file's history, or of one of its former releases.

    >>> history_path("56046", "budget", "2022")
    '/donnees/56046/budget/2022/versions'
    """
    return f"/donnees/{code}/{schema}/{key}/{release_id or 'versions'}" + (
        ".csv" if release_id else ""
    )


def code_in_address(url: str, site_url: str) -> str | None:
    """Return whose permanent address an address is, or ``None`` if it is none.

    Browsers read ``/fr/donnees//56046/../56007/…`` as an address of 56007.

    >>> code_in_address("/donnees/56046/budget/2022.csv", "https://portail.fr")
    '56046'
    """
    try:
        asked, site = urlsplit(url.strip().replace("\\", "/")), urlsplit(site_url)
        elsewhere = asked.hostname not in (None, site.hostname)
    except ValueError:
        return None
    if elsewhere:
        return None
    found = _DONNEES.search(posixpath.normpath("/" + unquote(asked.path)))
    return found[1].upper() if found else None


def dataset_name(schema: str, name: str, code: str) -> str:
    """Return a dataset's name in addresses, shortened in its middle if need be.

    >>> dataset_name("budget", "Crach", "56046")
    'budget-crach-56046'
    >>> dataset_name("budget", "Ajaccio", "2A004")
    'budget-ajaccio-2a004'
    """
    room = MAX_NAME_LENGTH - len(schema) - len(code) - 2
    return f"{schema}-{slugify(name)[:room].strip('-')}-{code.lower()}"


def code_in_name(name: str, schemas: Collection[str]) -> str | None:
    """Return whose dataset the desk would call so, or nothing where it would not.

    :param schemas: slugs of the models

    >>> code_in_name("budget-ajaccio-2a004", ["budget"])
    '2A004'
    >>> code_in_name("budget-vert", ["budget"]) is None
    True
    """
    found = _OF_THE_DESK.fullmatch(name)
    if found is None or not name.startswith(tuple(f"{one}-" for one in schemas)):
        return None
    return found[1].upper()


def build_resource(release: Release, schema: TableSchema) -> dict[str, Any]:
    """Return the resource of one release."""
    return {
        "name": release.name,
        "description": release.description,
        "url": release.url,
        "format": "CSV",
        "mimetype": CSV_MEDIA_TYPE,
        "size": release.size,
        "hash": release.sha256,
        "hash_algorithm": SHA256_ALGORITHM,
        "schema_url": schema.schema_url,
        "scdl_key": release.key,
        "deposit_id": release.deposit_id,
        "rows": release.rows,
        "issued": release.published_on.isoformat(),
        "modified": release.published_on.isoformat(),
    }


def place_resource(
    resources: Iterable[Mapping[str, Any]], resource: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the resources with one release in its place.

    The resource of the same key keeps its id, its first date of issue and what
    was added to it by hand; a new key comes in the order of keys, latest first.
    """
    placed = []
    found = False
    for one in resources:
        if one.get("scdl_key") == resource["scdl_key"]:
            issued = one.get("issued") or resource["issued"]
            placed.append({**one, **resource, "issued": issued})
            found = True
        else:
            placed.append(dict(one))
    if not found:
        placed.append(dict(resource))
        placed.sort(key=lambda one: str(one.get("scdl_key", "")), reverse=True)
    return placed


def drop_resource(
    resources: Iterable[Mapping[str, Any]], key: str
) -> list[dict[str, Any]]:
    """Return the resources without the one of that key."""
    return [dict(one) for one in resources if one.get("scdl_key") != key]


def unite_periods(periods: Iterable[Period]) -> list[dict[str, str]]:
    """Return, as the dataset holds it, the period that holds all the others."""
    known = list(periods)
    if not known:
        return []
    start = min(first for first, _ in known)
    end = max(last for _, last in known)
    return [{"start": start.isoformat(), "end": end.isoformat()}]


def build_dataset(
    schema: TableSchema,
    publisher: Publisher,
    release: Release,
    *,
    periods: Iterable[Period],
    existing: Existing | None = None,
    wishes: Wishes | None = None,
) -> dict[str, Any]:
    """Return the whole dataset to create, or the fields to change of the present one.

    :param periods: what each of its published files covers, this one included
    :param existing: the dataset that is there already
    :param wishes: what the agent changed of the fiche
    """
    wishes = wishes or Wishes()
    known = existing.fields if existing else {}
    fiche = describe_dataset(schema, publisher, existing, wishes)
    resource = build_resource(release, schema)
    resource["license"] = fiche["license_id"]
    days: dict[str, Any] = {
        "issued": known.get("issued") or release.published_on.isoformat(),
        "modified": release.published_on.isoformat(),
    }
    return {
        **fiche,
        **days,
        "state": "active",
        "temporal_coverage": unite_periods(periods),
        "resources": place_resource(existing.resources if existing else (), resource),
    }


def fiche_of(dataset: Mapping[str, Any], period: Period | None) -> Wishes:
    """Return what a form of the fiche is filled with.

    :param dataset: as :func:`build_dataset` gives it
    :param period: the days that the file covers, as its data say
    """
    contact: Mapping[str, Any] = next(iter(dataset.get("contact") or ()), {})
    first, last = [day.isoformat() for day in period] if period else ("", "")
    return Wishes(
        title=dataset["title"],
        notes=dataset["notes"],
        contact_name=contact.get("name") or "",
        contact_email=contact.get("email") or "",
        license_id=dataset["license_id"],
        frequency=dataset["frequency"],
        temporal_start=first,
        temporal_end=last,
        tag_string=", ".join(one["name"] for one in dataset["tags"]),
        theme=tuple(dataset["theme"]),
        on_behalf_of=tuple(dataset.get("on_behalf_of") or ()),
    )


def describe_dataset(
    schema: TableSchema,
    publisher: Publisher,
    existing: Existing | None = None,
    wishes: Wishes | None = None,
) -> dict[str, Any]:
    """Return the fiche: a wish comes first, then what is there, then the default."""
    wishes = wishes or Wishes()
    known = existing.fields if existing else {}
    defaults = schema.dataset
    contact: Mapping[str, Any] = next(iter(known.get("contact") or ()), {})
    named = [{"name": tag} for tag in (wishes.tags or defaults.tags)]
    everywhere = bool(wishes.whole_territory)
    covered = list(wishes.on_behalf_of) or known.get("on_behalf_of") or []
    return {
        "type": "dataset",
        "private": False,
        "owner_org": publisher.org_id,
        "name": known.get("name")
        or dataset_name(schema.slug, publisher.name, publisher.code),
        "title": wishes.title
        or known.get("title")
        or defaults.title.format(name=publisher.name),
        "notes": wishes.notes
        or known.get("notes")
        or defaults.description.format(name=publisher.name),
        "license_id": wishes.license_id or known.get("license_id") or DEFAULT_LICENCE,
        "frequency": wishes.frequency
        or known.get("frequency")
        or FREQUENCY_AUTHORITY + defaults.frequency,
        "language": known.get("language") or [FRENCH],
        "theme": list(wishes.theme)
        or known.get("theme")
        or [THEME_AUTHORITY + theme for theme in defaults.themes],
        "tags": named if wishes.tags else known.get("tags") or named,
        **({"on_behalf_of": covered} if covered and not everywhere else {}),
        **({"on_behalf_of": []} if everywhere else {}),
        "contact": [
            {
                **contact,
                "name": wishes.contact_name
                or contact.get("name")
                or publisher.contact_name,
                "email": wishes.contact_email
                or contact.get("email")
                or publisher.contact_email,
            }
        ],
        "scdl_schema": schema.slug,
    }
