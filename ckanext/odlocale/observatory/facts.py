"""What the indicators are computed from: four plain tables, whatever wrote them.

Nothing here knows the portal's database: a file, a test or a benchmark fills the same
tables. A day is a calendar day in France, without a time: no clock change moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

Columns = Mapping[str, pl.DataType]
TEXT, DAY, WHOLE = pl.String(), pl.Date(), pl.Int64()

#: One row for each collectivité, those that merged included.
#: ``ended``: the day from which its successor answers for it; ``nic``: last five digits
#: of the SIRET of its main establishment; ``website``: whether it has one, if known;
#: ``largest_member``: inhabitants of an EPCI's largest commune.
COLLECTIVITIES: Columns = {
    "siren": TEXT,
    "insee": TEXT,
    "kind": TEXT,
    "name": TEXT,
    "population": WHOLE,
    "epci": TEXT,
    "arrondissement": TEXT,
    "departement": TEXT,
    "region": TEXT,
    "successor": TEXT,
    "ended": DAY,
    "nic": TEXT,
    "website": pl.Boolean(),
    "largest_member": WHOLE,
}
#: One row for each file, or dataset that follows no model, that was online in the name
#: of a collectivité from ``since`` until the day before ``until``.
#: ``place``: portal, datagouv, elsewhere; ``schema``: slug of the catalogue, nothing
#: where it follows no model; ``quality``: criteria met, from 0 to 1.
ONLINE: Columns = {
    "siren": TEXT,
    "dataset": TEXT,
    "place": TEXT,
    "schema": TEXT,
    "key": TEXT,
    "since": DAY,
    "until": DAY,
    "valid": pl.Boolean(),
    "corrected": pl.Boolean(),
    "quality": pl.Float64(),
    "channel": TEXT,
}
#: One row for each year about which a collectivité said that it has nothing to publish.
NOTHING: Columns = {"siren": TEXT, "schema": TEXT, "year": WHOLE, "on": DAY}
#: One row for each contact of those who help with a collectivité.
#: ``kind``: invitation, published_for, session, visit…
CONTACTS: Columns = {"siren": TEXT, "on": DAY, "kind": TEXT}

PLACES = ("portal", "datagouv", "elsewhere")


def frame(columns: Columns, rows: object = None) -> pl.DataFrame:
    """Return a table of these columns, in their order and types.

    :param rows: dicts, or a polars table; a column that they lack is empty

    >>> frame(CONTACTS, [{"siren": "215600461"}]).rows()
    [('215600461', None, None)]
    """
    if isinstance(rows, pl.DataFrame):
        missing = [name for name in columns if name not in rows.columns]
        filled = rows.with_columns(pl.lit(None).alias(name) for name in missing)
        return filled.select(pl.col(n).cast(t) for n, t in columns.items())
    return pl.DataFrame(
        list(rows or []),  # type: ignore[call-overload]
        schema=dict(columns),
        orient="row",
    )


@dataclass(frozen=True)
class Facts:
    """The four tables."""

    collectivities: pl.DataFrame
    online: pl.DataFrame
    nothing: pl.DataFrame
    contacts: pl.DataFrame

    @staticmethod
    def of(
        collectivities: object,
        online: object = None,
        nothing: object = None,
        contacts: object = None,
    ) -> Facts:
        """Return the tables of these rows; see :func:`frame`.

        A file that was never online a whole day (published, withdrawn the same day) is
        left out, as is what belongs to nobody of the first table.
        """
        places = frame(COLLECTIVITIES, collectivities).unique("siren", keep="first")
        known = places.select("siren")
        stayed = pl.col("until").is_null() | (pl.col("until") > pl.col("since"))
        files = frame(ONLINE, online).filter(stayed, pl.col("since").is_not_null())
        return Facts(
            places.sort("siren"),
            files.join(known, on="siren", how="semi"),
            frame(NOTHING, nothing).join(known, on="siren", how="semi"),
            frame(CONTACTS, contacts).join(known, on="siren", how="semi"),
        )
