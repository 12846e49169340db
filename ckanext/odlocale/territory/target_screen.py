"""What the page of targets is asked by its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ckanext.odlocale.territory.identifiers import is_siren
from ckanext.odlocale.territory.register import KINDS
from ckanext.odlocale.territory.targets import TARGETS

#: PostgreSQL's largest integer has ten figures.
_MAX_FIGURES = 9


@dataclass(frozen=True)
class Sought:
    """The collectivités and the data that the page shows.

    :ivar perimeter: SIREN of the ATD.
    :ivar schema: the data.
    :ivar epci: SIREN of an EPCI; all where it is empty.
    :ivar minimum, maximum: inhabitants; no bound where it is empty.
    :ivar target: where it is published at present; anywhere where it is empty.
    :ivar kind: commune, epci…; every kind where it is empty.
    """

    perimeter: str
    schema: str
    epci: str = ""
    minimum: str = ""
    maximum: str = ""
    target: str = ""
    kind: str = ""
    page: int = 1

    def to_query(self, **changes: Any) -> dict[str, Any]:
        """Return the address's parameters, without those that say nothing."""
        changed = replace(self, **changes)
        query = {
            "perimetre": changed.perimeter,
            "donnees": changed.schema,
            "epci": changed.epci,
            "habitants-min": changed.minimum,
            "habitants-max": changed.maximum,
            "cible": changed.target,
            "nature": changed.kind,
            "page": changed.page if changed.page > 1 else "",
        }
        return {name: value for name, value in query.items() if value}

    def to_action(self) -> dict[str, Any]:
        """Return what ``odlocale_target_list`` is asked."""
        asked = {
            "perimeter": self.perimeter,
            "schema": self.schema,
            "epci": self.epci,
            "population_min": self.minimum,
            "population_max": self.maximum,
            "target": self.target,
            "kind": self.kind,
        }
        return {name: value for name, value in asked.items() if value}

    @property
    def is_filtered(self) -> bool:
        """Whether the page shows less than the whole perimeter."""
        chosen = (self.epci, self.minimum, self.maximum, self.target, self.kind)
        return any(chosen)


def read_sought(
    given: Mapping[str, str], perimeters: Sequence[str], schemas: Sequence[str]
) -> Sought:
    """Read an address, or a form that carries its parameters.

    What makes no sense is left out: an address that somebody altered shows more, and
    nothing is written from it without being shown first.

    :param perimeters: SIREN of those of the person; the first one by default.
    :param schemas: slugs; the first one by default.
    """
    perimeter, schema = given.get("perimetre", ""), given.get("donnees", "")
    epci, target = given.get("epci", ""), given.get("cible", "")
    kind, written = given.get("nature", ""), given.get("page", "")
    page = int(written) if written.isdecimal() and len(written) < 8 else 1
    return Sought(
        perimeter=perimeter if perimeter in perimeters else perimeters[0],
        schema=schema if schema in schemas else schemas[0],
        epci=epci if is_siren(epci) else "",
        minimum=_number(given.get("habitants-min", "")),
        maximum=_number(given.get("habitants-max", "")),
        target=target if target in TARGETS else "",
        kind=kind if kind in KINDS else "",
        page=max(page, 1),
    )


def _number(text: str) -> str:
    figures = "".join(text.split())
    is_number = figures.isascii() and figures.isdecimal()
    return str(int(figures)) if is_number and len(figures) <= _MAX_FIGURES else ""
