"""The observatory as open data: the files of an ATD, and the datasets that show them.

Files are written beside and put in place once whole: whoever fetches one while history
is being written has the one before.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import polars as pl
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.days import today
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.observatory import reading
from ckanext.odlocale.observatory.csv_tables import places_frame
from ckanext.odlocale.observatory.exports import (
    NAMES,
    VERSION,
    Name,
    long_table,
    national_table,
)
from ckanext.odlocale.observatory.model import ObservatoryDataset
from ckanext.odlocale.publishing.dataset import (
    CSV_MEDIA_TYPE,
    DEFAULT_LICENCE,
    FRENCH,
    FREQUENCY_AUTHORITY,
    THEME_AUTHORITY,
)
from ckanext.odlocale.publishing.validators import DESK_PUBLISHES
from ckanext.odlocale.tables.consolidated import PARQUET_MEDIA_TYPE
from ckanext.odlocale.territory.tables import AtdPerimeter, Collectivity

log = logging.getLogger(__name__)

FOLDER = "observatoire"
#: In the place of an ATD's SIREN: everybody on the portal, once.
WHOLE = "portail"
#: What each table is sent as.
FORMS: dict[Name, tuple[str, ...]] = {
    "national": ("csv",),
    "historique": ("csv", "parquet"),
}


def export_path(owner: str, name: str, form: str) -> Path:
    """Return where a file is, or is to be.

    :param owner: SIREN of an ATD, or :data:`WHOLE`
    """
    return storage.folder(FOLDER) / f"{owner}-{name}.{form}"


def write_all() -> None:
    """Write the files of each ATD and of the portal, and their datasets. Commits.

    An ATD whose files cannot be written keeps those of the day before.
    """
    atds = list(model.Session.scalars(sa.select(AtdPerimeter.atd_siren)))
    for owner in (WHOLE, *atds):
        try:
            write_files(owner)
            if owner != WHOLE:
                keep_datasets(owner)
        except Exception:
            model.Session.rollback()
            log.exception("The exports of %s are those of another day", owner)


def write_files(owner: str) -> None:
    """Write the files of an ATD, or of the whole portal."""
    scope = reading.Scope(atd=None if owner == WHOLE else owner)
    history = reading.read_history(scope)
    places = reading.read_places(history["siren"].unique().to_list())
    today = history.filter(pl.col("until").is_null())
    tables = {
        "national": national_table(today, _national_places(places, today)),
        "historique": long_table(history, places_frame(places)),
    }
    for name, forms in FORMS.items():
        for form in forms:
            _put(tables[name], export_path(owner, name, form))


def _put(table: pl.DataFrame, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder) / target.name
        if target.suffix == ".parquet":
            table.write_parquet(made, compression="zstd")
        else:
            table.write_csv(made, float_precision=6)
        os.replace(made, target)


def _national_places(places: dict[str, Any], rows: pl.DataFrame) -> pl.DataFrame:
    site = str(tk.config["ckan.site_url"]).rstrip("/")
    themes = dict(rows.select("siren", "schemas").iter_rows())
    known = [
        (
            siren,
            one["name"],
            one["latitude"],
            one["longitude"],
            f"{site}/organization/{one['org_name']}" if one["org_name"] else None,
            None,
            None,
            themes.get(siren) or None,
        )
        for siren, one in places.items()
    ]
    schema = {
        "siren": pl.String,
        "name": pl.String,
        "latitude": pl.Float64,
        "longitude": pl.Float64,
        "page": pl.String,
        "datagouv_id": pl.String,
        "datagouv_url": pl.String,
        "themes": pl.String,
    }
    return pl.DataFrame(known, schema=schema, orient="row")


def keep_datasets(siren: str) -> None:
    """Let an ATD have the datasets of its observatory, told of once a day. Commits."""
    head = model.Session.get(Collectivity, siren)
    organization = model.Group.get(head.org_id) if head and head.org_id else None
    if organization is None or organization.state != "active":
        return
    gettext = translator(str(tk.config["ckan.locale_default"])).gettext
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    for name in NAMES:
        context: Any = {"user": user, "ignore_auth": True, DESK_PUBLISHES: True}
        known = model.Session.get(ObservatoryDataset, (siren, name))
        package = model.Package.get(known.package_id) if known else None
        day = today().isoformat()
        if package is not None:
            # Withdrawn by a person, it stays so.
            if package.state == "active" and package.extras.get("modified") != day:
                patch = {"id": package.id, "modified": day}
                tk.get_action("package_patch")(context, patch)
            continue
        asked = build_dataset(name, siren, organization.id, organization.title, gettext)
        context["defer_commit"] = True
        context["return_id_only"] = True
        package_id = tk.get_action("package_create")(context, asked)
        row = ObservatoryDataset(atd_siren=siren, name=name, package_id=package_id)
        model.Session.merge(row)
        model.repo.commit()
        _index(user, package_id)


def _index(user: str, package_id: str) -> None:
    from ckan import logic

    logic.index_update_package({"user": user}, package_id)


def build_dataset(
    name: Name, siren: str, org_id: str, title: str, gettext: Callable[[str], str]
) -> dict[str, Any]:
    """Return the dataset of one table of an ATD, to be created once."""
    site = str(tk.config["ckan.site_url"]).rstrip("/")
    address = f"{site}/observatoire/exports/{siren}/{name}"
    schema = {
        "name": f"observatoire-{name}",
        "url": f"{site}/observatoire/schemas/{name}.json",
        "version": VERSION,
    }
    texts = {
        "national": (
            gettext("Observatory: the open local authorities – {name}"),
            gettext(
                "The local authorities of this territory that publish open data, in"
                " the columns of the national observatory, so that its figures are"
                " taken without retyping. Counted anew each day."
            ),
        ),
        "historique": (
            gettext("Observatory: the indicators and their history – {name}"),
            gettext(
                "Each indicator of each local authority of this territory, with the day"
                " from which it holds and the day on which it changed, so that any past"
                " day can be read. Counted anew each day."
            ),
        ),
    }
    label, notes = texts[name]
    day = today().isoformat()
    shared = {"license": DEFAULT_LICENCE, "issued": day, "description": notes}
    media = {"csv": CSV_MEDIA_TYPE, "parquet": PARQUET_MEDIA_TYPE}
    formats = {"csv": "CSV", "parquet": "Parquet"}
    return {
        "type": "dataset",
        "private": False,
        "owner_org": org_id,
        "name": f"observatoire-{name}-{siren}",
        "title": label.format(name=title),
        "notes": notes,
        "license_id": DEFAULT_LICENCE,
        "frequency": FREQUENCY_AUTHORITY + "DAILY",
        "language": [FRENCH],
        "theme": [THEME_AUTHORITY + "GOVE"],
        "tags": [{"name": "observatoire"}, {"name": "open data"}],
        "contact": [
            {
                "name": str(tk.config["ckanext.odlocale.atd_name"]),
                "email": str(tk.config["ckanext.odlocale.contact_email"]),
            }
        ],
        "issued": day,
        "modified": day,
        "resources": [
            {
                **shared,
                "name": f"{schema['name']}.{form}",
                "url": f"{address}.{form}",
                "format": formats[form],
                "mimetype": media[form],
                "schema": schema,
            }
            for form in FORMS[name]
        ],
    }
