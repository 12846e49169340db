"""Looking for a word wherever a portal keeps anything.

Every column of every table of the database, every file of the storage (inside
spreadsheets and Parquet too), all that Solr stores, all that Valkey holds.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis
from ckan.lib.search.common import make_connection
from ckan.plugins import toolkit as tk


def find_everywhere(word: str) -> list[str]:
    """Return the places that hold a word of plain ASCII, in any capitals."""
    sought = word.lower()
    return [
        *_in_databases(sought),
        *_in_files(sought),
        *_in_solr(sought),
        *_in_valkey(sought),
    ]


def _in_databases(sought: str) -> list[str]:
    found = []
    engines = {"ckan": model.Session.get_bind()}
    datastore = tk.config.get("ckan.datastore.write_url")
    if datastore:
        engines["datastore"] = sa.create_engine(datastore)
    for name, engine in engines.items():
        with engine.connect() as connection:
            tables = connection.execute(
                sa.text(
                    "SELECT table_schema, table_name FROM information_schema.tables"
                    " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN"
                    " ('pg_catalog', 'information_schema')"
                )
            ).all()
            # The other one has a table for each model that was published so far.
            assert name != "ckan" or len(tables) > 50
            for schema, table in tables:
                query = sa.text(
                    f'SELECT count(*) FROM "{schema}"."{table}" AS line'
                    " WHERE position(:word IN lower(line::text)) > 0"
                )
                if connection.execute(query, {"word": sought}).scalar():
                    found.append(f"{name}: {table}")
    return found


def _in_files(sought: str) -> list[str]:
    # What the desk keeps, and beside it the files of CKAN's own pages.
    folder = Path(tk.config["ckan.storage_path"])
    assert Path(tk.config["ckan.files.storage.odlocale.path"]).is_relative_to(folder)
    return [
        f"file: {path.relative_to(folder)}"
        for path in folder.rglob("*")
        if path.is_file() and _is_in(path.read_bytes(), sought)
    ]


def _is_in(content: bytes, sought: str) -> bool:
    if sought.encode() in content.lower():
        return True
    if sought.encode("utf-16-le") in content.lower():
        return True
    if content.startswith(b"PAR1"):
        rows = pl.read_parquet(io.BytesIO(content)).rows()
        return sought in str(rows).lower()
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(_is_in(archive.read(one), sought) for one in archive.namelist())
    return False


def _in_solr(sought: str) -> list[str]:
    documents: Any = make_connection().search("*:*", rows=100_000, fl="*")
    return [
        f"solr: {one['id']}"
        for one in documents
        if sought in json.dumps(one, ensure_ascii=False, default=str).lower()
    ]


def _in_valkey(sought: str) -> list[str]:
    server = connect_to_redis()
    found = []
    for key in server.scan_iter("*"):
        content = server.dump(key)
        if content and sought.encode() in key.lower() + content.lower():
            found.append(f"valkey: {key!r}")
    return found
