"""Reading figures: of a day, of a territory, of one collectivité; in one query each."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.observatory.measuring import VALUES
from ckanext.odlocale.observatory.strata import STRATA


@dataclass(frozen=True)
class Scope:
    """Which collectivités.

    :ivar atd: SIREN of the ATD that covers them; all the portal's where it is none.
    :ivar kind: commune, epci…
    :ivar epci: SIREN of theirs, on the day that is read
    :ivar departement: code
    :ivar stratum: code of a population band
    :ivar sirens: these only
    """

    atd: str | None = None
    kind: str | None = None
    epci: str | None = None
    departement: str | None = None
    stratum: str | None = None
    sirens: Sequence[str] | None = None


def _where(scope: Scope, alias: str = "i") -> tuple[str, dict[str, Any]]:
    parts, params = ["TRUE"], dict[str, Any]()
    if scope.atd:
        # Those that merged are no longer covered, and their successors are: what was
        # theirs is of this territory. A commune of three perimeters counts once.
        parts.append(
            f"""{alias}.siren IN (
            WITH RECURSIVE covered AS (
                SELECT siren FROM odlocale_perimeter_member WHERE atd_siren = :atd
                UNION SELECT c.siren FROM odlocale_collectivity c
                JOIN covered ON c.successor = covered.siren
            ) SELECT siren FROM covered)"""  # noqa: S608
        )
        params["atd"] = scope.atd
    for name in ("kind", "epci", "departement"):
        value = getattr(scope, name)
        if value:
            parts.append(f"{alias}.{name} = :{name}")
            params[name] = value
    if scope.stratum == "unknown":
        parts.append(f"{alias}.population IS NULL")
    elif scope.stratum:
        band = next((one for one in STRATA if one.code == scope.stratum), None)
        if band is None:
            parts.append("FALSE")
        else:
            parts.append(f"{alias}.population >= :least")
            params["least"] = band.least
            if band.below is not None:
                parts.append(f"{alias}.population < :below")
                params["below"] = band.below
    if scope.sirens is not None:
        parts.append(f"{alias}.siren = ANY(:sirens)")
        params["sirens"] = list(scope.sirens)
    return " AND ".join(parts), params


def read_rows(scope: Scope, day: datetime.date | None = None) -> pl.DataFrame:
    """Return the indicators of a day: ``siren``, ``since``, ``until`` and the values.

    :param day: the last known one where it is nothing
    """
    where, params = _where(scope)
    held = "i.until IS NULL"
    if day is not None:
        held = "i.since <= :day AND (i.until IS NULL OR i.until > :day)"
        params["day"] = day
    return _read(f"{where} AND {held}", params)


def read_history(scope: Scope) -> pl.DataFrame:
    """Return all the rows, with ``version``."""
    return _read(*_where(scope), "i.version")


def _read(where: str, params: Mapping[str, Any], *more: str) -> pl.DataFrame:
    columns = ["i.siren", "i.since", "i.until", *more, *(f"i.{n}" for n in VALUES)]
    query = (
        f"SELECT {', '.join(columns)} FROM odlocale_indicator i"  # noqa: S608
        f" WHERE {where} ORDER BY i.siren, i.since"
    )
    schema: dict[str, Any] = {
        "siren": pl.String(),
        "since": pl.Date(),
        "until": pl.Date(),
        **{name.removeprefix("i."): pl.Int64() for name in more},
        **VALUES,
    }
    rows = model.Session.execute(sa.text(query), dict(params)).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


def read_curve(
    scope: Scope, days: Sequence[datetime.date]
) -> list[tuple[datetime.date, int, int]]:
    """Return how many were open on each day, by the national count then on the portal.

    Each open row adds one from its first day and takes it back on the day after its
    last, so that one query reads ten years.
    """
    where, params = _where(scope)
    sql = f"""
    SELECT d.day, coalesce(sum(o.step), 0), coalesce(sum(o.here), 0)
    FROM unnest(CAST(:days AS date[])) AS d(day)
    LEFT JOIN (
        SELECT day, sum(step) AS step, sum(here) AS here FROM (
            SELECT i.since AS day, 1 AS step, (i.portal > 0)::int AS here
            FROM odlocale_indicator i
            WHERE {where} AND i.portal + i.datagouv + i.elsewhere > 0
            UNION ALL
            SELECT i.until, -1, -(i.portal > 0)::int FROM odlocale_indicator i
            WHERE {where} AND i.portal + i.datagouv + i.elsewhere > 0
                AND i.until IS NOT NULL
        ) steps GROUP BY day
    ) o ON o.day <= d.day
    GROUP BY d.day ORDER BY d.day
    """  # noqa: S608
    found = model.Session.execute(sa.text(sql), {**params, "days": list(days)})
    return [(day, int(national), int(here)) for day, national, here in found]


def first_day(scope: Scope) -> datetime.date | None:
    """Return the first day that is known."""
    where, params = _where(scope)
    sql = f"SELECT min(i.since) FROM odlocale_indicator i WHERE {where}"  # noqa: S608
    found: datetime.date | None = model.Session.scalar(sa.text(sql), params)
    return found


_PLACES = """
SELECT c.siren, c.insee, c.name, c.kind, c.latitude, c.longitude, c.status,
    c.population, g.name AS org_name, e.name AS epci_name
FROM odlocale_collectivity c
LEFT JOIN "group" g ON g.id = c.org_id AND g.state = 'active'
LEFT JOIN odlocale_collectivity e ON e.siren = c.epci_siren
WHERE c.siren = ANY(:sirens)
"""


def read_places(sirens: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return who collectivités are, by SIREN, in one query."""
    found = model.Session.execute(sa.text(_PLACES), {"sirens": list(sirens)})
    return {row["siren"]: dict(row) for row in found.mappings()}


def name_groups(sirens: Sequence[str]) -> dict[str, str]:
    """Return the names of EPCI, by SIREN."""
    return {siren: one["name"] for siren, one in read_places(sirens).items()}


_DRAFTS = """
SELECT DISTINCT siren FROM odlocale_deposit
WHERE state IN ('draft', 'checked') AND siren = ANY(:sirens)
"""
_ACTS = """
SELECT siren, max(updated_at)::date AS "on" FROM odlocale_deposit
WHERE siren = ANY(:sirens) GROUP BY siren
"""


def read_activity(sirens: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return who began a file and did not publish it, and when each last did
    something: ``siren``; ``siren``, ``on``."""
    given = {"sirens": list(sirens)}
    drafts = model.Session.execute(sa.text(_DRAFTS), given).all()
    acts = model.Session.execute(sa.text(_ACTS), given).all()
    siren: dict[str, Any] = {"siren": pl.String()}
    dated = {**siren, "on": pl.Date()}
    return (
        pl.DataFrame([tuple(r) for r in drafts], schema=siren, orient="row"),
        pl.DataFrame([tuple(r) for r in acts], schema=dated, orient="row"),
    )


_OUTLINES = """
SELECT siren, coalesce(insee, siren) AS code, name, contour, latitude, longitude
FROM odlocale_collectivity WHERE siren = ANY(:sirens)
"""


def read_outlines(sirens: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return where communes are, by SIREN, in one query."""
    found = model.Session.execute(sa.text(_OUTLINES), {"sirens": list(sirens)})
    return {row["siren"]: dict(row) for row in found.mappings()}


def read_atds() -> list[dict[str, str]]:
    """Return the ATDs of the portal, by name: ``siren``, ``name``. One query."""
    sql = "SELECT atd_siren AS siren, name FROM odlocale_perimeter ORDER BY name, siren"
    return [dict(row) for row in model.Session.execute(sa.text(sql)).mappings()]
