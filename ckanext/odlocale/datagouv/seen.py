"""What data.gouv.fr will show of a dataset, and what would make it better.

Read from the :class:`~.description.Description` that the fragment is written from:
there is no second opinion.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ckanext.odlocale.datagouv.description import Description
from ckanext.odlocale.datagouv.quality import (
    CRITERIA,
    Criterion,
    measure_quality,
    short_format,
)
from ckanext.odlocale.datagouv.vocabularies import LICENCES

#: Where the schemas that data.gouv.fr recognises are published.
NATIONAL_SCHEMAS: Final = "https://schema.data.gouv.fr/schemas/"


@dataclass(frozen=True)
class Seen:
    """What data.gouv.fr will show.

    :ivar publisher: under whose name; ``None`` where the dataset has no owner
    :ivar licence: as CKAN names it; ``None`` where data.gouv.fr does not know it
    :ivar formats: of its files, each once: «csv»
    :ivar schemas: addresses of the models that it recognises, each once
    :ivar foreign_schemas: addresses that it shows as links only
    :ivar has_territory: whether it draws the territory on its map
    :ivar dropped_files: files that it would not take: no public address, or another
        file's
    :ivar met: the criteria of its quality score, met or not
    """

    publisher: str | None
    title: str
    licence: str | None
    formats: tuple[str, ...]
    schemas: tuple[str, ...]
    foreign_schemas: tuple[str, ...]
    has_territory: bool
    period: tuple[datetime.date | None, datetime.date | None] | None
    contact: str | None
    dropped_files: int
    met: Mapping[Criterion, bool]

    @property
    def score(self) -> int:
        """How many of the nine criteria are met."""
        return sum(self.met.values())

    @property
    def missing(self) -> tuple[Criterion, ...]:
        """The criteria that are not met, in order."""
        return tuple(one for one in CRITERIA if not self.met[one])


def see(description: Description, files: int, now: datetime.datetime) -> Seen:
    """Tell what data.gouv.fr will show of a dataset.

    :param files: how many files the portal shows.
    :param now: with a time zone.
    """
    kept = description.distributions
    addresses = {file.schema_url: None for file in kept if file.schema_url}
    publisher = description.publisher
    contact = next(iter(description.contacts), None)
    licences = {url: key for key, url in reversed(list(LICENCES.items()))}
    return Seen(
        publisher=publisher.name if publisher else None,
        title=description.title,
        licence=licences.get(description.licence or ""),
        formats=tuple(
            dict.fromkeys(filter(None, (short_format(file.format) for file in kept)))
        ),
        schemas=tuple(one for one in addresses if one.startswith(NATIONAL_SCHEMAS)),
        foreign_schemas=tuple(
            one for one in addresses if not one.startswith(NATIONAL_SCHEMAS)
        ),
        has_territory=publisher is not None and publisher.coverage is not None,
        period=description.period,
        contact=(contact.email or contact.url) if contact else None,
        dropped_files=max(0, files - len(kept)),
        met=measure_quality(description, now),
    )
