"""Totals and shares: of a whole territory, of each EPCI, of each population band."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from ckanext.odlocale.observatory.strata import stratum_expr

#: A named publisher of at least one public dataset on this portal.
OPEN_HERE = pl.col("portal") > 0
#: The national observatory's: here, on data.gouv.fr or elsewhere.
OPEN = (pl.col("portal") + pl.col("datagouv") + pl.col("elsewhere")) > 0
#: Whether the general duty to publish binds it, or is presumed to (CRPA L312-1-1).
OBLIGED = (pl.col("applies") + pl.col("presumed")) > 0

#: What rows can be gathered by.
GROUPS = ("stratum", "kind", "epci", "arrondissement", "departement", "region")


def _count(column: str) -> pl.Expr:
    """Names in a joined list."""
    text = pl.col(column)
    return pl.when(text == "").then(0).otherwise(text.str.count_matches(",") + 1)


TOTALS: Mapping[str, pl.Expr] = {
    "collectivities": pl.len(),
    "open": OPEN.sum(),
    "open_here": OPEN_HERE.sum(),
    "on_datagouv": (pl.col("datagouv") > 0).sum(),
    "obliged": OBLIGED.sum(),
    "obliged_open": (OBLIGED & OPEN).sum(),
    "datasets": pl.col("portal").sum(),
    "standard": _count("schemas").sum(),
    "valid": pl.col("valid").sum(),
    "corrected": pl.col("corrected").sum(),
    "late": _count("late").sum(),
    "missing": _count("missing").sum(),
    "complete": (OBLIGED & (pl.col("missing") == "")).sum(),
    "quality_sum": pl.col("quality").sum(),
    "quality_count": pl.col("quality").count(),
}


def summarise(rows: pl.DataFrame, by: str | None = None) -> list[dict[str, Any]]:
    """Return the totals of rows of one day.

    :param by: one of :data:`GROUPS`; one total of all where it is nothing
    :returns: for each group its ``code`` (nothing where it is unknown), each of
        :data:`TOTALS`, ``share`` and ``share_here`` of those that are open and
        ``share_obliged`` of the obliged ones (from 0 to 1; nothing where there is
        nobody), ``quality`` (mean)
    """
    exprs = [expr.cast(pl.Float64 if name == "quality_sum" else pl.Int64).alias(name)
             for name, expr in TOTALS.items()]  # fmt: skip
    if by is None:
        found = rows.select(*exprs, code=pl.lit(None, pl.String))
    else:
        keyed = stratum_expr() if by == "stratum" else pl.col(by)
        found = (
            rows.with_columns(code=keyed)
            .group_by("code")
            .agg(exprs)
            .sort("code", nulls_last=True)
        )
    return [_with_shares(one) for one in found.to_dicts()]


def _with_shares(one: dict[str, Any]) -> dict[str, Any]:
    total, count = one["collectivities"], one.pop("quality_count")
    quality = one.pop("quality_sum")
    return {
        **one,
        "share": one["open"] / total if total else None,
        "share_here": one["open_here"] / total if total else None,
        "share_obliged": one["obliged_open"] / one["obliged"]
        if one["obliged"]
        else None,
        "quality": round(quality / count, 3) if count else None,
    }


def standings_of(row: Mapping[str, Any], schemas: Collection[str]) -> dict[str, str]:
    """Return how one collectivité stands about each model.

    :returns: ``late``, ``online``, ``missing`` (obliged, and nothing) or ``none``

    >>> row = {"schemas": "budget,dae", "late": "dae", "missing": "subventions"}
    >>> standings_of(row, ["budget", "dae", "subventions", "taxis"])
    {'budget': 'online', 'dae': 'late', 'subventions': 'missing', 'taxis': 'none'}
    """
    late, online, missing = (
        set(row[name].split(",")) for name in ("late", "schemas", "missing")
    )
    return {
        slug: "late"
        if slug in late
        else "online"
        if slug in online
        else "missing"
        if slug in missing
        else "none"
        for slug in schemas
    }


def openings(rows: pl.DataFrame, since: Any, until: Any) -> dict[str, Any]:
    """Return how those that opened in a period came to it.

    :param since: first day of the period
    :param until: day after its last one
    :returns: ``opened``; ``accompanied``: those helped before or on that day; their
        ``share``; ``by_channel``; ``days``: median from first contact to first data
    """
    new = rows.filter(pl.col("opened_on") >= since, pl.col("opened_on") < until)
    helped = new.filter(pl.col("contact_on") <= pl.col("opened_on"))
    waited = (helped["opened_on"] - helped["contact_on"]).dt.total_days()
    channels = new.group_by("opened_by").len().sort("opened_by").iter_rows()
    median = waited.median()
    return {
        "opened": new.height,
        "accompanied": helped.height,
        "share": helped.height / new.height if new.height else None,
        "by_channel": {str(name or ""): int(count) for name, count in channels},
        "days": float(median) if isinstance(median, (int, float)) else None,
    }
