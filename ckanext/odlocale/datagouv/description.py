"""What a feed says of a dataset: plain values, all of them safe for udata.

CKAN's dictionary comes in as it is, from the desk, the form, the API or another
extension; a :class:`Description` comes out, in which nothing can make udata fail.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ckanext.odlocale.datagouv.cleaning import (
    clean_day,
    clean_digest,
    clean_email,
    clean_format,
    clean_frequency,
    clean_keywords,
    clean_line,
    clean_media_type,
    clean_moment,
    clean_size,
    clean_text,
    clean_url,
)
from ckanext.odlocale.datagouv.vocabularies import (
    DATA_THEME,
    FRENCH,
    HVD_CATEGORIES,
    HVD_CATEGORY,
    LANGUAGE,
    LICENCES,
    THEMES,
)

DatasetDict = Mapping[str, Any]


@dataclass(frozen=True)
class Portal:
    """The portal that speaks.

    :ivar site_url: its public address, without a slash at the end
    :ivar title: its name
    :ivar contact_email: whom to write to where a collectivité has no address
    """

    site_url: str
    title: str = ""
    contact_email: str | None = None


@dataclass(frozen=True)
class Publisher:
    """The organisation that a dataset belongs to.

    :ivar org_id: CKAN's identifier, stable when the organisation is renamed
    :ivar name: as data.gouv.fr shows it
    :ivar identifier: its SIRET where a person confirmed one (never deduced), else its
        SIREN, from the register
    :ivar contact_name: the office to write to, where the organisation names one
    :ivar coverage: its territory, as :func:`geometry.coverage_of` draws it
    :ivar kind: commune, epci…; ``None`` for an organisation that is no collectivité
    """

    org_id: str
    name: str
    slug: str = ""
    identifier: str | None = None
    contact_name: str | None = None
    email: str | None = None
    website: str | None = None
    coverage: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class Contact:
    """Whom to ask about the data. udata needs a name and one way to reach them."""

    name: str
    email: str | None
    url: str | None


@dataclass(frozen=True)
class Distribution:
    """One file or service of a dataset.

    :ivar url: where the file is: udata recognises a file by it
    :ivar access_url: where people get it
    :ivar checksum: (algorithm, hexadecimal digest)
    """

    key: str
    uri: str
    url: str
    title: str | None = None
    description: str | None = None
    format: str | None = None
    media_type: str | None = None
    licence: str | None = None
    schema_url: str | None = None
    size: int | None = None
    checksum: tuple[str, str] | None = None
    issued: datetime.datetime | None = None
    modified: datetime.datetime | None = None


@dataclass(frozen=True)
class Description:
    """A dataset, ready to be written as triples.

    :ivar hvd_categories: of the high-value data of regulation (EU) 2023/138, if any
    """

    identifier: str
    uri: str
    title: str
    text: str
    landing_page: str | None
    publisher: Publisher | None
    contacts: tuple[Contact, ...] = ()
    keywords: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    hvd_categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = (FRENCH,)
    licence: str | None = None
    frequency: str | None = None
    period: tuple[datetime.date | None, datetime.date | None] | None = None
    issued: datetime.datetime | None = None
    modified: datetime.datetime | None = None
    distributions: tuple[Distribution, ...] = ()


def describe(
    dataset: DatasetDict,
    publisher: Publisher | None,
    portal: Portal,
    *,
    now: datetime.datetime,
    uri: str | None = None,
) -> Description:
    """Keep of a dataset what udata reads, and nothing that it refuses.

    :param dataset: as ``package_show`` returns it.
    :param publisher: its organisation, or ``None`` where it has none.
    :param now: the moment after which a date is not believed, with a time zone.
    :param uri: the dataset's identifier in RDF; by default its address by id.
    """
    identifier = str(dataset["id"])
    name = clean_line(dataset.get("name")) or identifier
    title = clean_line(dataset.get("title")) or name
    uri = uri or f"{portal.site_url}/dataset/{identifier}"
    licence = _licence(dataset.get("license_id"), dataset.get("license_url"))
    return Description(
        identifier=identifier,
        uri=uri,
        title=title,
        text=clean_text(dataset.get("notes")) or title,
        landing_page=clean_url(f"{portal.site_url}/dataset/{name}", portal.site_url),
        publisher=publisher,
        contacts=_contacts(dataset, publisher, portal),
        keywords=clean_keywords(
            tag.get("display_name") or tag.get("name")
            for tag in _items(dataset, "tags")
        ),
        themes=_listed(dataset.get("theme"), DATA_THEME, THEMES),
        hvd_categories=_listed(
            dataset.get("hvd_category"), HVD_CATEGORY, HVD_CATEGORIES
        ),
        languages=_listed(dataset.get("language"), LANGUAGE) or (FRENCH,),
        licence=licence,
        frequency=clean_frequency(dataset.get("frequency")),
        period=_period(_items(dataset, "temporal_coverage")),
        issued=_first_moment(dataset, ("issued", "metadata_created"), now),
        modified=_first_moment(dataset, ("modified", "metadata_modified"), now),
        distributions=_distributions(dataset, identifier, uri, licence, portal, now),
    )


def _items(holder: DatasetDict, key: str) -> list[Mapping[str, Any]]:
    values = holder.get(key)
    if not isinstance(values, list):
        return []
    return [value for value in values if isinstance(value, Mapping)]


def _licence(licence_id: Any, licence_url: Any = None) -> str | None:
    known = LICENCES.get((clean_text(licence_id) or "").lower())
    return known or clean_url(licence_url) or clean_url(licence_id)


def _listed(
    values: Any, namespace: str, codes: Collection[str] | None = None
) -> tuple[str, ...]:
    """Keep the addresses of one European list, in a stable order."""
    if isinstance(values, str):
        values = [values]
    kept = set()
    for value in values if isinstance(values, list) else ():
        text = clean_text(value) or ""
        code = text.removeprefix(namespace)
        known = (
            code in codes if codes is not None else code.isalpha() and len(code) == 3
        )
        if text.startswith(namespace) and known:
            kept.add(text)
    return tuple(sorted(kept))


def _contacts(
    dataset: DatasetDict, publisher: Publisher | None, portal: Portal
) -> tuple[Contact, ...]:
    """The dataset's own contacts, else its organisation, reached where it can be."""
    fallback = publisher.contact_name or publisher.name if publisher else portal.title
    own = []
    for item in _items(dataset, "contact"):
        email, url = clean_email(item.get("email")), clean_url(item.get("url"))
        name = clean_line(item.get("name")) or fallback
        if name and (email or url):
            own.append(Contact(name, email, url))
    if own:
        return tuple(dict.fromkeys(own))
    email = clean_email(publisher.email) if publisher else None
    email = email or clean_email(portal.contact_email)
    return (Contact(fallback, email, None),) if fallback and email else ()


def _period(
    periods: Iterable[Mapping[str, Any]],
) -> tuple[datetime.date | None, datetime.date | None] | None:
    """One period for all: udata keeps one of several, and not always the same.

    A period that ends before it starts is not believed.
    """
    starts: list[datetime.date | None] = []
    ends: list[datetime.date | None] = []
    for period in periods:
        start, end = clean_day(period.get("start")), clean_day(period.get("end"))
        if (start or end) and not (start and end and end < start):
            starts.append(start)
            ends.append(end)
    if not starts:
        return None
    # Open on a side as soon as one of the periods is.
    return (
        None if None in starts else min(day for day in starts if day),
        None if None in ends else max(day for day in ends if day),
    )


def _first_moment(
    holder: DatasetDict, keys: Iterable[str], now: datetime.datetime
) -> datetime.datetime | None:
    for key in keys:
        if moment := clean_moment(holder.get(key), now):
            return moment
    return None


def _distributions(
    dataset: DatasetDict,
    identifier: str,
    uri: str,
    licence: str | None,
    portal: Portal,
    now: datetime.datetime,
) -> tuple[Distribution, ...]:
    """One distribution an address: udata would merge two that share one."""
    kept: dict[str, Distribution] = {}
    for resource in _items(dataset, "resources"):
        key = clean_line(resource.get("id"))
        url = _file_url(resource, identifier, portal)
        if key is None or url is None or url in kept:
            continue
        media_type = clean_media_type(resource.get("mimetype"))
        kept[url] = Distribution(
            key=key,
            uri=f"{uri}/resource/{key}",
            url=url,
            title=clean_line(resource.get("name")) or _file_name(url),
            description=clean_text(resource.get("description")),
            format=clean_format(resource.get("format"), media_type, url),
            media_type=media_type,
            licence=_licence(resource.get("license")) or licence,
            schema_url=clean_url(resource.get("schema_url")),
            size=clean_size(resource.get("size")),
            checksum=clean_digest(resource.get("hash"), resource.get("hash_algorithm")),
            issued=_first_moment(resource, ("issued", "created"), now),
            modified=_first_moment(
                resource, ("modified", "last_modified", "metadata_modified"), now
            ),
        )
    return tuple(kept.values())


def _file_url(
    resource: Mapping[str, Any], identifier: str, portal: Portal
) -> str | None:
    """The file's public address.

    CKAN writes the address of an uploaded file in the language of whoever asks
    (``/en/dataset/…``): it is made again here, the same for everybody.

    A file that came from another portal keeps the address by which data.gouv.fr knows
    it, and which leads here: another address would be another file there, beside the
    former one, for ever.
    """
    known = clean_url(resource.get("harvested_url"))
    if known:
        return known
    url = clean_line(resource.get("url"), longest=4000)
    if url and resource.get("url_type") == "upload":
        file_name = url.rpartition("/")[2]
        url = (
            f"{portal.site_url}/dataset/{identifier}/resource/{resource.get('id')}"
            f"/download/{file_name}"
        )
    return clean_url(url, portal.site_url)


def _file_name(url: str) -> str | None:
    """What to call a file without a name: udata would show an escaped address."""
    return clean_line(unquote(urlsplit(url).path.rpartition("/")[2]))
