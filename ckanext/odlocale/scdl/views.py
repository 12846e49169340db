"""Public pages of the checks, and of the models of files.

``/controles/`` and ``/controles/<check>``; ``/schemas`` and, for each model,
``/schemas/<owner>/<name>/`` (its latest version), ``…/<version>/`` and the files
``template.xlsx``, ``example.csv``, ``schema.json``. A model that is added is there at
once: the catalogue looks at its folder on every call.
"""

from __future__ import annotations

import datetime
import hashlib
from typing import NoReturn

import ckantoolkit as tk
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from .catalogue import load_catalogue, load_versions
from .explaining import UnknownCode, explain, list_families
from .explaining_examples import tell_wrong
from .identifiers import is_siret
from .schema_files import find_version, read_description, read_example, read_template
from .schema_page import describe_columns, tell_duty
from .table_schema import TableSchema
from .templating import TemplateRefused

controls = Blueprint("odlocale_controls", __name__, url_prefix="/controles")
models = Blueprint("odlocale_schemas", __name__, url_prefix="/schemas")
blueprints = [controls, models]

#: Longest name of a collectivité that is written in a template, in characters.
MAX_NAME = 200

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@controls.get("/")
def index() -> str:
    """Show the list of the checks."""
    return str(tk.render("scdl/controls.html", {"families": list_families()}))


@controls.get("/<name>", strict_slashes=False)
def show(name: str) -> AnyResponse | str:
    """Show why a check is there, and what to do."""
    try:
        one = explain(name)
    except UnknownCode:
        _refuse(404)
    if name != one.page.rpartition("/")[2]:
        return redirect(tk.url_for("odlocale_controls.show", name=name_of(one.code)))
    extra = {"one": one, "said": tell_wrong(one.code)}
    return str(tk.render("scdl/control.html", extra))


def name_of(code: str) -> str:
    """Return the last part of the address of a check."""
    return explain(code).page.rpartition("/")[2]


@models.get("/", strict_slashes=False)
def list_models() -> str:
    """Show the models of files that are known.

    ``siret`` and ``nom`` are passed on to the templates.
    """
    every = list(load_catalogue())
    extra = {
        "core": [one for one in every if one.core],
        "others": [one for one in every if not one.core],
        "asked": _written_in_advance(),
    }
    return str(tk.render("scdl/schemas.html", extra))


@models.get("/<owner>/<name>/")
@models.get("/<owner>/<name>/latest/", endpoint="latest_named")
def latest(owner: str, name: str) -> AnyResponse:
    """Lead to the latest version of a model."""
    schema = _find(f"{owner}/{name}", None)
    return redirect(address_of(schema))


@models.get("/<owner>/<name>/<version>/")
def read(owner: str, name: str, version: str) -> str:
    """Show a model: its columns, who must publish, what can be downloaded."""
    schema = _find(f"{owner}/{name}", version)
    versions = load_versions(schema.id)
    extra = {
        "schema": schema,
        "columns": describe_columns(schema, tk.h.lang()),
        "duty": tell_duty(schema, datetime.date.today(), tk.h.lang()),
        "versions": [one.version for one in versions],
        "links": {file: address_of(schema, file) for file in _FILES}
        | {"template": address_of(schema, "template", **_written_in_advance())},
        "others": {one.version: address_of(one) for one in versions},
    }
    return str(tk.render("scdl/schema.html", extra))


@models.get("/<owner>/<name>/<version>/template.xlsx")
def template(owner: str, name: str, version: str) -> AnyResponse:
    """Send the workbook to fill in; ``siret`` and ``nom`` are written in advance."""
    schema = _find(f"{owner}/{name}", version)
    asked = _written_in_advance()
    try:
        content = read_template(schema, asked.get("siret"), asked.get("nom"))
    except TemplateRefused:  # no spreadsheet holds as many columns
        _refuse(404)
    return _send(content, XLSX, f"{schema.slug}.xlsx")


@models.get("/<owner>/<name>/<version>/example.csv")
def example(owner: str, name: str, version: str) -> AnyResponse:
    """Send an example that checks without a finding."""
    schema = _find(f"{owner}/{name}", version)
    content = read_example(schema)
    return _send(content, "text/csv; charset=utf-8", f"{schema.slug}-exemple.csv")


@models.get("/<owner>/<name>/<version>/schema.json")
def description(owner: str, name: str, version: str) -> AnyResponse:
    """Send the Table Schema of a model."""
    schema = _find(f"{owner}/{name}", version)
    try:
        content = read_description(schema)
    except OSError:
        _refuse(404)
    response = _send(content, "application/json", "")
    # Published to be read by any validator, from any page.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


_FILES = ("template", "example", "description")


def address_of(schema: TableSchema, endpoint: str = "read", **asked: str) -> str:
    """Return the address of a version of a model, or of one of its files.

    :param asked: ``siret`` and ``nom`` of whose template it is
    """
    owner, _, name = schema.id.partition("/")
    parts = {"owner": owner, "name": name, "version": schema.version, **asked}
    return str(tk.url_for(f"odlocale_schemas.{endpoint}", **parts))


def _written_in_advance() -> dict[str, str]:
    """Return whose template is asked for: ``siret`` and ``nom``, each if given."""
    siret = "".join(request.args.get("siret", "").split())
    called = " ".join(request.args.get("nom", "").split())[:MAX_NAME]
    if siret and not (len(siret) == 14 and is_siret(siret)):
        _refuse(400)
    asked = {"siret": siret, "nom": called}
    return {name: value for name, value in asked.items() if value}


def _find(name: str, version: str | None) -> TableSchema:
    schema = find_version(name, version)
    if schema is None:
        _refuse(404)
    return schema


def _refuse(status: int) -> NoReturn:
    tk.abort(status)
    raise AssertionError  # not reached: abort raises


def _send(content: bytes, kind: str, name: str) -> AnyResponse:
    """Answer a file that is not sent again while it is the same.

    It may change with a release or a text mended: CKAN has caches ask each time.
    """
    response = Response(content, content_type=kind)
    if name:
        response.headers.set("Content-Disposition", "attachment", filename=name)
    response.set_etag(hashlib.sha256(content).hexdigest())
    return response.make_conditional(request)
