"""``/sitemap.xml``: the public datasets, and who publishes them, for search engines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import sqlalchemy as sa
from ckan import model
from flask import Blueprint, Response

from ckanext.odlocale.datagouv.answering import answer_whole
from ckanext.odlocale.datagouv.model import Scope, count_public, current_portal
from ckanext.odlocale.datagouv.sitemap import (
    MAX_URLS,
    Address,
    count_files,
    write_file,
    write_index,
)

maps = Blueprint("odlocale_sitemap", __name__)
blueprints = [maps]

XML = "application/xml; charset=utf-8"
#: Rows that the database gives at once.
_CHUNK = 1000


@maps.get("/sitemap.xml")
def index() -> Response:
    """List the files of the sitemap."""

    def answer() -> Response:
        root = current_portal().site_url
        files = count_files(1 + count_public(Scope()) + _count_publishers())
        names = (f"{root}/sitemap-{number}.xml" for number in range(1, files + 1))
        return Response(write_index(names), content_type=XML)

    return answer_whole(answer)


@maps.get("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """List fifty thousand addresses."""

    def answer() -> Response | None:
        total = 1 + count_public(Scope()) + _count_publishers()
        if not 1 <= number <= count_files(total):
            return None
        start = (number - 1) * MAX_URLS
        listed = islice(_addresses(), start, start + MAX_URLS)
        return Response("".join(write_file(listed)), content_type=XML)

    return answer_whole(answer)


def _publishers() -> sa.Select[tuple[str]]:
    package, group = model.Package, model.Group
    published = sa.exists().where(
        package.owner_org == group.id,
        package.state == "active",
        package.private.is_(False),
        package.type == "dataset",
    )
    return sa.select(group.name).where(
        group.is_organization.is_(True), group.state == "active", published
    )


def _count_publishers() -> int:
    query = sa.select(sa.func.count()).select_from(_publishers().subquery())
    return int(model.Session.execute(query).scalar_one())


def _addresses() -> Iterator[Address]:
    """The home page, who publishes, then the datasets, the oldest first."""
    root = current_portal().site_url
    yield f"{root}/", None
    for (name,) in model.Session.execute(_publishers().order_by(model.Group.name)):
        yield f"{root}/organization/{name}", None
    package, group = model.Package, model.Group
    datasets = (
        sa.select(package.name, package.metadata_modified)
        .join(group, group.id == package.owner_org)
        .where(
            package.state == "active",
            package.private.is_(False),
            package.type == "dataset",
            group.state == "active",
        )
        .order_by(package.metadata_created, package.id)
        .execution_options(yield_per=_CHUNK)
    )
    for name, modified in model.Session.execute(datasets):
        yield f"{root}/dataset/{name}", modified
