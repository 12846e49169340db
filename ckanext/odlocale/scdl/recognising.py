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

#: Columns of its own that a schema needs, for a recognition to be certain.
MIN_OWN_COLUMNS = 2

#: Names that any list of places has: they tell no schema from another.
_COMMON_NAMES = frozenset(
    (
        "id uuid nom name insee codeinsee commune codepostal adresse latitude longitude"
        " lat lon long x y geom geomwkt type date datemaj info"
        " url commentaire commentaires description source"
    ).split()
)


@dataclass(frozen=True)
class Candidate:
    """A schema a table may follow.

    :ivar matched: how many of its fields the table has
    :ivar required_matched: how many of its required fields the table has
    :ivar mapping: column name (made unique) to field name
    :ivar exact: how many of its columns bear the very name of their field
    """

    schema: TableSchema
    matched: int
    required_matched: int
    required_total: int
    mapping: Mapping[str, str]
    exact: int = 0

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

    Best is both: most of its required columns are there, and it explains most of the
    file's columns. Three columns named id, longitude and latitude are all that some
    schema requires, and say nothing of a file that has thirty others.
    """
    width = sum(1 for header in table.headers if header.strip()) or 1
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
                exact=sum(table.header_of(name) == to for name, to in mapping.items()),
            )
        )

    def rank(one: Candidate) -> tuple[float, int, int, str]:
        explained = one.matched / width
        # The harmonic mean: high where both shares are.
        both = 2 * one.share * explained / (one.share + explained)
        return (-both if one.share else 0.0, -one.exact, -one.matched, one.schema.slug)

    return tuple(sorted(candidates, key=rank))


def is_certain(candidates: tuple[Candidate, ...]) -> bool:
    """Tell whether the first candidate needs no confirmation.

    At least 80 % of its required columns; two columns that are not in every list
    of places, so that id and latitude alone decide nothing; and no rival
    within 20 points. A schema that explains less than four fifths of what the first
    does, and nothing that the first does not, is no rival.
    """
    if not candidates or candidates[0].share < CERTAIN_SHARE:
        return False
    best, *others = candidates
    if len(_own_columns(best)) < MIN_OWN_COLUMNS:
        return False
    return not any(
        best.share - one.share <= RIVAL_DISTANCE + 1e-9 and _is_rival(one, best)
        for one in others
    )


def _is_rival(one: Candidate, best: Candidate) -> bool:
    beyond = set(one.mapping) - set(best.mapping)
    return bool(beyond) or one.matched >= CERTAIN_SHARE * best.matched


def _own_columns(one: Candidate) -> set[str]:
    """Return the columns whose name says more than that there is a place."""
    return {
        field for field in one.mapping.values() if fold_name(field) not in _COMMON_NAMES
    }
