"""How targets are read and written: one statement each, however many communes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from ckanext.odlocale.territory.tables import Collectivity, PerimeterMember, Target
from ckanext.odlocale.territory.targets import (
    ALL_SCHEMAS,
    INSEE_MARK,
    NATIONAL_HOMES,
    SIREN_MARK,
    Choice,
    Place,
    find_elsewhere,
)

_C = Collectivity.__table__
_T = Target.__table__
_P = PerimeterMember.__table__
_TEXTS = ARRAY(sa.Text)
# Names are listed as a dictionary does, whatever the database's own order.
_ACCENTED = "ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜàâäçèéêëîïôöùûüÿ"
_PLAIN = "AAACEEEEIIOOUUUaaaceeeeiioouuuy"
_NOTHING = sa.null().cast(sa.Text)


@dataclass(frozen=True)
class Filters:
    """Which collectivités of the portal.

    :ivar perimeters: SIREN of the ATDs that must cover them; all where it is none.
    :ivar codes: INSEE codes or SIREN; all where it is none.
    :ivar epci: SIREN of the EPCI that they belong to.
    :ivar population_min: inhabitants, at least.
    :ivar population_max: inhabitants, at most.
    :ivar target: where they publish the data at present.
    :ivar kind: commune, epci…
    """

    perimeters: Collection[str] | None = None
    codes: Collection[str] | None = None
    epci: str | None = None
    population_min: int | None = None
    population_max: int | None = None
    target: str | None = None
    kind: str | None = None


def list_targets(
    schema: str, filters: Filters, limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """Return a page of collectivités and where each publishes a data.

    The same rule as :func:`targets.find_place`, said in SQL.

    :param schema: a slug, or ``*``.
    :returns: how many there are in all, and those of the page, by name.
    """
    found = _placed(schema, filters).cte("found")
    total = sa.select(sa.func.count().label("total")).select_from(found).subquery()
    order = ("folded", "siren")
    page = sa.select(found).order_by(*(found.c[one] for one in order))
    shown = page.limit(limit).offset(offset).subquery()
    rows = model.Session.execute(
        sa.select(total.c.total, shown)
        .select_from(total.outerjoin(shown, sa.true()))
        .order_by(*(shown.c[one] for one in order))
    ).mappings()
    listed = [dict(row) for row in rows]
    count = int(listed[0]["total"])
    kept = [row for row in listed if row["siren"] is not None]
    for row in kept:
        del row["total"], row["folded"]
        row["code"] = row["insee"] or row["siren"]
    return count, kept


def _placed(schema: str, filters: Filters) -> Any:
    own, general, epci = _T.alias("own"), _T.alias("general"), _C.alias("epci")
    source = (
        _C.outerjoin(own, (own.c.siren == _C.c.siren) & (own.c.schema == schema))
        .outerjoin(
            general,
            (general.c.siren == _C.c.siren) & (general.c.schema == ALL_SCHEMAS),
        )
        .outerjoin(epci, epci.c.siren == _C.c.epci_siren)
    )
    ways = [("chosen", own.c.target.is_not(None), own.c.target, own.c.url)]
    home = NATIONAL_HOMES.get(schema)
    if home is not None:
        concerned = _C.c.kind.in_(home.kinds) if home.kinds else sa.true()
        ways.append(
            ("national", concerned, sa.literal(home.target), _national_url(home.url))
        )
    ways.append(
        ("general", general.c.target.is_not(None), general.c.target, general.c.url)
    )
    place = sa.case(*((test, target) for _, test, target, _ in ways), else_="portal")
    url = sa.case(*((test, url) for _, test, _, url in ways), else_=_NOTHING)
    origin = sa.case(*((test, name) for name, test, _, _ in ways), else_="usual")
    query = sa.select(
        _C.c.siren,
        _C.c.insee,
        _C.c.name,
        sa.func.lower(sa.func.translate(_C.c.name, _ACCENTED, _PLAIN)).label("folded"),
        _C.c.kind,
        _C.c.population,
        _C.c.epci_siren,
        epci.c.name.label("epci_name"),
        place.label("target"),
        url.label("url"),
        origin.label("origin"),
    ).select_from(source)
    tests = _tests(filters)
    if filters.target is not None:
        tests.append(place == filters.target)
    return query.where(*tests)


def _national_url(url: str | None) -> Any:
    if url is None:
        return _NOTHING
    return _with_codes(sa.literal(url))


def _with_codes(url: Any) -> Any:
    insee = sa.func.coalesce(_C.c.insee, _C.c.siren)
    written = sa.func.replace(url, INSEE_MARK, insee)
    return sa.func.replace(written, SIREN_MARK, _C.c.siren)


def _tests(filters: Filters) -> list[Any]:
    tests = [_C.c.status == "active"]
    if filters.perimeters is not None:
        within = _P.c.atd_siren == sa.any_(_array(filters.perimeters))
        tests.append(_C.c.siren.in_(sa.select(_P.c.siren).where(within)))
    if filters.codes is not None:
        codes = _array(filters.codes)
        tests.append((_C.c.siren == sa.any_(codes)) | (_C.c.insee == sa.any_(codes)))
    if filters.epci is not None:
        tests.append(_C.c.epci_siren == filters.epci)
    if filters.population_min is not None:
        tests.append(_C.c.population >= filters.population_min)
    if filters.population_max is not None:
        tests.append(_C.c.population <= filters.population_max)
    if filters.kind is not None:
        tests.append(_C.c.kind == filters.kind)
    return tests


def find_codes(filters: Filters) -> dict[str, str]:
    """Return the SIREN of collectivités, by each code that they bear."""
    query = sa.select(_C.c.siren, _C.c.insee).where(*_tests(filters))
    found = {}
    for siren, insee in model.Session.execute(query):
        found[siren] = siren
        if insee:
            found[insee] = siren
    return found


def set_targets(
    sirens: Collection[str], schemas: Collection[str], choice: Choice
) -> int:
    """Write a choice for many collectivités and data at once.

    :returns: how many choices are new or other than before.
    """
    named = sa.func.unnest(_array(schemas)).table_valued("schema", name="wanted")
    wanted = named.render_derived()
    rows = (
        sa.select(
            _C.c.siren,
            wanted.c.schema,
            sa.literal(choice.target),
            _with_codes(sa.literal(choice.url)) if choice.url else _NOTHING,
        )
        .select_from(_C.join(wanted, sa.true()))
        .where(_C.c.siren == sa.any_(_array(sirens)))
    )
    statement = upsert(_T).from_select(["siren", "schema", "target", "url"], rows)
    new = statement.excluded
    differs = _T.c.target.is_distinct_from(new.target) | _T.c.url.is_distinct_from(
        new.url
    )
    written = model.Session.execute(
        statement.on_conflict_do_update(
            index_elements=["siren", "schema"],
            set_={"target": new.target, "url": new.url, "updated_at": sa.func.now()},
            where=differs,
        ).returning(_T.c.siren)
    )
    return len(written.all())


def forget_targets(sirens: Collection[str], schemas: Collection[str]) -> int:
    """Drop the choices of many collectivités for many data at once.

    :returns: how many there were.
    """
    dropped = model.Session.execute(
        sa.delete(_T)
        .where(_T.c.siren == sa.any_(_array(sirens)))
        .where(_T.c.schema == sa.any_(_array(schemas)))
        .returning(_T.c.siren)
    )
    return len(dropped.all())


def choices_of(siren: str) -> dict[str, Choice]:
    """Return the choices of one collectivité, by schema."""
    rows: Sequence[Mapping[str, Any]] = (
        model.Session.execute(
            sa.select(_T.c.schema, _T.c.target, _T.c.url).where(_T.c.siren == siren)
        )
        .mappings()
        .all()
    )
    return {row["schema"]: Choice(row["target"], row["url"]) for row in rows}


def elsewhere_of(one: Collectivity, schemas: Iterable[str]) -> dict[str, Place]:
    """Return the data that a collectivité does not publish on this portal.

    :param schemas: slugs of the catalogue; those of national homes come after them.
    :returns: their places, by schema.
    """
    concerned = [
        slug
        for slug, home in NATIONAL_HOMES.items()
        if not home.kinds or one.kind in home.kinds
    ]
    wanted = dict.fromkeys((*schemas, *concerned))
    chosen = choices_of(one.siren)
    return find_elsewhere(wanted, one.kind, one.insee, one.siren, chosen)


def _array(values: Collection[str]) -> Any:
    # One parameter, however many values.
    return sa.literal(list(values), type_=_TEXTS)


def published_elsewhere() -> sa.ColumnElement[bool]:
    """Tell, in a query on datasets, which their owner publishes in another place.

    The same rule as :func:`targets.find_place`, said of ``package``: by the model that
    a dataset follows; one that follows none has the general choice only.
    """
    package = model.Package
    schema = sa.func.coalesce(package.extras["scdl_schema"].astext, "")
    owners = (
        sa.select(sa.literal(1))
        .select_from(_C.join(_T, _T.c.siren == _C.c.siren))
        .where(_C.c.org_id == package.owner_org)
    )
    chosen = owners.where(_T.c.schema == schema).correlate(package)
    general = owners.where(_T.c.schema == ALL_SCHEMAS, _T.c.target != "portal")
    homes = [
        sa.and_(
            schema == slug,
            sa.select(sa.literal(1))
            .select_from(_C)
            .where(_C.c.org_id == package.owner_org, *_of_kinds(home.kinds))
            .correlate(package)
            .exists(),
        )
        for slug, home in NATIONAL_HOMES.items()
    ]
    return sa.or_(
        chosen.where(_T.c.target != "portal").exists(),
        sa.and_(
            sa.not_(chosen.exists()),
            sa.or_(*homes, general.correlate(package).exists()),
        ),
    )


def _of_kinds(kinds: Collection[str]) -> list[Any]:
    return [_C.c.kind.in_(kinds)] if kinds else []
