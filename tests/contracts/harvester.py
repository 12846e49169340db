"""Run udata's own DCAT harvester, unchanged, on an in-memory database.

Runs in udata's environment, not in the project's: it imports nothing of ours. It reads
one JSON request a line on its standard input, and answers one JSON report a line.

First line: ``{"mapping": {public: local}, "schemas": [{"name", "schema_url"}]}``.
Then, as often as wanted: ``{"url", "organization", "days"}``: harvest that address for
that organisation, ``days`` after the last time. What was harvested stays from a request
to the next, as it would on data.gouv.fr. ``{"remote_id", "to"}``: have a dataset
transferred to another organisation.

Nothing of udata is written again here. What production has around it is replaced:
MongoDB by mongomock (with documents passed through BSON, so that values have the types
a server gives back), the network by the addresses of ``mapping``.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import urllib.request
from datetime import datetime, timedelta
from typing import Any

import bson
import mongoengine
import mongomock
import requests
from bson.codec_options import CodecOptions

CODEC = CodecOptions(uuid_representation=bson.binary.UuidRepresentation.STANDARD)

# data.gouv.fr's licences, by identifier: title, address, other titles.
LICENCES = {
    "lov2": (
        "Licence Ouverte / Open Licence version 2.0",
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
        ["Licence Ouverte 2.0", "etalab-2.0"],
    ),
    "odc-odbl": (
        "Open Data Commons Open Database License (ODbL)",
        "http://opendatacommons.org/licenses/odbl/summary/",
        ["Open Database License"],
    ),
    "notspecified": ("License Not Specified", None, []),
}


class Unreachable(requests.exceptions.ConnectionError):
    """An address that the harvest had no reason to ask for."""


class LocalSession(requests.Session):
    """Send what is asked of the public address to the portal under test."""

    def __init__(self, mapping: dict[str, str], asked: list[dict[str, Any]]) -> None:
        super().__init__()
        self.mapping, self.asked = mapping, asked

    def request(self, method: Any, url: Any, **options: Any) -> Any:
        """Record the request and its answer."""
        for public, local in self.mapping.items():
            if url.startswith(public + "/"):
                headers = {**(options.pop("headers", None) or {})}
                headers["Host"] = public.partition("://")[2]
                answer = super().request(
                    method, local + url[len(public) :], headers=headers, **options
                )
                self.asked.append(
                    {
                        "method": str(method).upper(),
                        "url": url,
                        "status": answer.status_code,
                        "content_type": answer.headers.get("Content-Type"),
                    }
                )
                return answer
        raise Unreachable(f"not the portal under test: {url}")


class NoOpener(urllib.request.OpenerDirector):
    """rdflib fetches some addresses by itself; here it must never need to."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[str] = []

    def open(self, fullurl: Any, *rest: Any, **options: Any) -> Any:
        """Record the address and refuse."""
        address = getattr(fullurl, "full_url", fullurl)
        self.wanted.append(str(address))
        raise OSError(f"no network in a contract test: {address}")


def use_memory() -> None:
    """Make udata's documents live in mongomock, as BSON would hold them."""
    connect, to_mongo = mongoengine.connect, mongoengine.Document.to_mongo

    def connect_memory(*_: Any, alias: str = "default", **__: Any) -> Any:
        return connect(
            "contracts",
            alias=alias,
            mongo_client_class=mongomock.MongoClient,
            uuidRepresentation="standard",
        )

    def to_bson_and_back(self: Any, *arguments: Any, **options: Any) -> Any:
        document = to_mongo(self, *arguments, **options)
        stored = bson.encode(document, codec_options=CODEC)
        document.update(bson.decode(stored, codec_options=CODEC))
        return document

    mongoengine.connect = connect_memory
    mongoengine.Document.to_mongo = to_bson_and_back


def make_application(**more: Any) -> Any:
    """udata's application, with data.gouv.fr's settings, and others."""
    from udata import settings
    from udata.app import create_app, standalone

    class Settings(settings.Testing):
        SERVER_NAME = "www.data.gouv.fr"
        PREFERRED_URL_SCHEME = "https"
        DEFAULT_LANGUAGE = "fr"
        HARVESTER_BACKENDS = ["*"]  # noqa: RUF012
        HARVEST_MAX_ITEMS = None
        # As in production: local and private addresses are refused.
        URLS_ALLOW_LOCAL = False
        URLS_ALLOW_PRIVATE = False
        URLS_ALLOWED_TLDS = settings.Defaults.URLS_ALLOWED_TLDS
        URLS_RESOLVE_HOSTNAME = False
        SCHEMA_CATALOG_URL = "https://schema.data.gouv.fr/schemas/schemas.json"

    for name, value in more.items():
        setattr(Settings, name, value)
    application = create_app(settings.Defaults, override=Settings)
    standalone(application)
    quiet = logging.NullHandler()
    for name in ("", "udata", "rdflib", "rdflib.term", application.logger.name):
        logging.getLogger(name).handlers[:] = [quiet]
    return application


class Harvester:
    """data.gouv.fr, as far as a source and its datasets are concerned."""

    def __init__(self, setting: dict[str, Any]) -> None:
        from udata.core.dataset import models
        from udata.harvest.backends import base

        self.opener = NoOpener()
        urllib.request.install_opener(self.opener)
        self.asked: list[dict[str, Any]] = []
        schemas = [{**schema, "versions": []} for schema in setting["schemas"]]
        models.ResourceSchema.all = staticmethod(lambda: schemas)
        base.ssrf_session = lambda: LocalSession(setting["mapping"], self.asked)
        for key, (title, url, others) in LICENCES.items():
            models.License(id=key, title=title, url=url, alternate_titles=others).save(
                validate=False
            )

    def harvest(self, url: str, organization: str, days: int) -> dict[str, Any]:
        """Harvest an address, and report what is then stored for its source."""
        from udata.core.dataset.models import Dataset
        from udata.harvest.backends import get_backend

        self.asked.clear()
        self.opener.wanted.clear()
        source = self.source(url, organization)
        self.pass_days(source, days)
        backend = get_backend("dcat")(source)
        job = backend.harvest()
        kept = Dataset.objects(harvest__source_id=str(source.id))
        return {
            "status": job.status,
            "errors": [error.message for error in job.errors],
            "items": [
                {
                    "remote_id": item.remote_id,
                    "status": item.status,
                    "errors": [error.message for error in item.errors],
                    "warnings": [
                        log.message for log in item.logs if log.level != "INFO"
                    ],
                }
                for item in job.items
            ],
            "datasets": [report(dataset) for dataset in kept],
            "requests": list(self.asked),
            "fetched_by_rdflib": list(self.opener.wanted),
        }

    def source(self, url: str, name: str) -> Any:
        """The organisation's source: found by its name, or created."""
        from udata.core.organization.models import Organization
        from udata.harvest.models import HarvestSource

        source = HarvestSource.objects(name=name).first()
        if source is None:
            owner = Organization(name=name, description=name).save()
            source = HarvestSource(name=name, backend="dcat", organization=owner)
        source.url = url
        # Refuses, as data.gouv.fr's form does, an address that it would not fetch.
        return source.save()

    def transfer(self, remote_id: str, to: str) -> dict[str, Any]:
        """Give a dataset to another organisation, as its administrators do there."""
        from udata.auth import login_user
        from udata.core.dataset.models import Dataset
        from udata.core.organization.models import Organization
        from udata.core.user.models import Role, User
        from udata.features.transfer.actions import accept_transfer, request_transfer

        admin = User.objects(email="admin@example.org").first()
        if admin is None:
            role = Role(name="admin").save()
            admin = User(
                email="admin@example.org",
                first_name="A",
                last_name="B",
                active=True,
                roles=[role],
            ).save()
        login_user(admin)
        dataset = Dataset.objects.get(harvest__remote_id=remote_id)
        recipient = Organization.objects.get(name=to)
        accept_transfer(request_transfer(dataset, recipient, "merger"))
        return {"organization": report(dataset)["organization"]}

    def pass_days(self, source: Any, days: int) -> None:
        """Make all that was harvested as much older."""
        from udata.core.dataset.models import Dataset

        for dataset in Dataset.objects(harvest__source_id=str(source.id)):
            before = dataset.harvest.last_update - timedelta(days=days)
            Dataset.objects(pk=dataset.pk).update_one(set__harvest__last_update=before)


def report(dataset: Any) -> dict[str, Any]:
    """What data.gouv.fr stores of a dataset, in plain values."""
    from udata.core.dataset.models import Dataset

    dataset = Dataset.objects.get(pk=dataset.pk)
    geometry = dataset.spatial.geom if dataset.spatial else None
    period = dataset.temporal_coverage
    quality = dict(dataset.quality)
    return plain(
        {
            "id": str(dataset.pk),
            "remote_id": dataset.harvest.remote_id,
            "remote_url": dataset.harvest.remote_url,
            "title": dataset.title,
            "description": dataset.description,
            "organization": dataset.organization.name,
            "licence": dataset.license.id if dataset.license else None,
            "frequency": dataset.frequency.value if dataset.frequency else None,
            "period": [period.start, period.end] if period else None,
            "polygons": geometry["coordinates"] if geometry else None,
            "tags": list(dataset.tags),
            "contacts": [
                {"role": c.role, "name": c.name, "email": c.email}
                for c in dataset.contact_points
            ],
            "archived": bool(dataset.archived),
            "issued": dataset.harvest.issued_at,
            "modified": dataset.harvest.modified_at,
            "quality": {k: v for k, v in quality.items() if isinstance(v, bool)},
            "score": quality.get("score"),
            "resources": [
                {
                    "id": str(resource.id),
                    "title": resource.title,
                    "url": resource.url,
                    "format": resource.format,
                    "mime": resource.mime,
                    "size": resource.filesize,
                    "schema": resource.schema.name if resource.schema else None,
                    "checksum": (
                        [resource.checksum.type, resource.checksum.value]
                        if resource.checksum
                        else None
                    ),
                }
                for resource in dataset.resources
            ],
        }
    )


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime) or hasattr(value, "isoformat"):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


def forget_surroundings() -> None:
    """Let neither a settings file nor a proxy of this machine have a say."""
    os.environ["UDATA_SETTINGS"] = os.devnull
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ.pop(variable, None)
        os.environ.pop(variable.upper(), None)


def main() -> None:
    """Answer requests until there are no more."""
    forget_surroundings()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Whatever udata prints must not be taken for an answer.
    os.dup2(2, 1)
    use_memory()
    application = make_application()
    with application.app_context():
        harvester = Harvester(json.loads(sys.stdin.readline()))
        print(json.dumps({"ready": True}), file=answers, flush=True)
        for line in sys.stdin:
            with application.test_request_context("/"):
                question = json.loads(line)
                wanted = "transfer" if "remote_id" in question else "harvest"
                found = getattr(harvester, wanted)(**question)
            print(json.dumps(found, ensure_ascii=False), file=answers, flush=True)
    # udata's libraries leave threads behind.
    os._exit(0)


if __name__ == "__main__":
    main()
