"""Which table schema a file follows, and which of its columns is which field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .catalogue import Field, TableSchema
from .table import Table
from .words import fold_name

#: Share of required columns above which a recognition is certain, and how far
#: behind the next schema must be (ux.md §2 B).
CERTAIN_SHARE = 0.8
RIVAL_DISTANCE = 0.2


@dataclass(frozen=True)
class Candidate:
    """A schema a table may follow.

    :ivar matched: how many of its fields the table has
    :ivar required_matched: how many of its required fields the table has
    :ivar mapping: column name (made unique) to field name
    """

    schema: TableSchema
    matched: int
    required_matched: int
    required_total: int
    mapping: Mapping[str, str]

    @property
    def share(self) -> float:
        """Share of the required fields the table has, from 0 to 1."""
        if not self.required_total:
            return self.matched / len(self.schema.fields)
        return self.required_matched / self.required_total


def match_headers(table: Table, schema: TableSchema) -> dict[str, str]:
    """Return which column holds which field.

    A header is the field's name; failing that, the name in another case, with other
    spaces, accents or punctuation; failing that, the field's title or a known
    synonym. Of columns that claim one field, the first to have its exact name wins.

    :returns: column name (made unique) to field name
    """
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    folded = table.folded_headers
    for spell in (_exact, _by_name, _by_synonym):
        wanted: dict[str, str] = {}
        for field in schema.fields:
            for spelling in spell(field):
                wanted.setdefault(spelling, field.name)
        for name in table.names:
            if name in mapping:
                continue
            key = table.header_of(name) if spell is _exact else folded[name]
            target = wanted.get(key)
            if target is not None and target not in taken:
                mapping[name] = target
                taken.add(target)
    return {name: mapping[name] for name in table.names if name in mapping}


def _exact(field: Field) -> Iterable[str]:
    return (field.name,)


def _by_name(field: Field) -> Iterable[str]:
    return (fold_name(field.name),)


def _by_synonym(field: Field) -> Iterable[str]:
    return (fold_name(one) for one in (field.title, *field.synonyms))


def recognise(table: Table, catalogue: Iterable[TableSchema]) -> tuple[Candidate, ...]:
    """Return the schemas the table has columns of, best first.

    The order is the share of required columns, then the number of columns.
    """
    candidates = []
    for schema in catalogue:
        mapping = match_headers(table, schema)
        if not mapping:
            continue
        found = set(mapping.values())
        required = schema.required
        candidates.append(
            Candidate(
                schema=schema,
                matched=len(found),
                required_matched=sum(field.name in found for field in required),
                required_total=len(required),
                mapping=mapping,
            )
        )
    return tuple(
        sorted(candidates, key=lambda one: (-one.share, -one.matched, one.schema.slug))
    )


def is_certain(candidates: tuple[Candidate, ...]) -> bool:
    """Tell whether the first candidate needs no confirmation.

    At least 80 % of its required columns, and no rival within 20 points.
    """
    if not candidates or candidates[0].share < CERTAIN_SHARE:
        return False
    return (
        len(candidates) == 1
        or candidates[0].share - candidates[1].share > RIVAL_DISTANCE - 1e-9
    )
