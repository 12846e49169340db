"""Joining a deposit to its file, and a release to its CKAN dataset.

This is shell: it reads, calls the pure core, and writes through core's actions in the
caller's transaction. It never commits, except where core's own action does so last.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk
from ckan import logic, model
from ckan.lib.search import SearchError, SearchIndexError
from ckan.types import Context

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.content_store import (
    ContentTooLarge,
    StorageFull,
    StoredFile,
)
from ckanext.odlocale.publishing import keeping, states, wording
from ckanext.odlocale.publishing.analysis import Analysis
from ckanext.odlocale.publishing.answers import (
    Answers,
    gather_facts,
    read_report,
    tally_of,
)
from ckanext.odlocale.publishing.dataset import (
    Existing,
    Publisher,
    Release,
    build_dataset,
    drop_resource,
    fiche_of,
    release_path,
    unite_periods,
)
from ckanext.odlocale.publishing.fiche import Period, Wishes, period_of
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import (
    code_of_address,
    publisher_of,
    source_of,
    writer_of,
)
from ckanext.odlocale.publishing.releases import (
    find_dataset,
    keep_parquet,
    mark_replaced,
    mark_withdrawn,
    taken_names,
    tell_change,
)
from ckanext.odlocale.publishing.states import free_key
from ckanext.odlocale.publishing.steps import first_step
from ckanext.odlocale.publishing.validators import DESK_PUBLISHES
from ckanext.odlocale.publishing.withdrawal import Reason
from ckanext.odlocale.publishing.work_model import Work
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

log = logging.getLogger(__name__)


def refuse(refusal: states.Refusal | None) -> None:
    """Undo what the transaction did, and tell why; nothing where there is no refusal.

    :raises ckan.plugins.toolkit.ValidationError: with ``refusal`` and ``message``
    """
    if refusal is None:
        return
    model.Session.rollback()
    raise tk.ValidationError(
        {"refusal": [refusal.name], "message": [states.sentence_of(refusal, tk._)]}
    )


def explain(error: tk.ValidationError) -> str:
    """Return the first sentence that tells an agent why an action was refused."""
    for said in (error.error_dict.get("message"), *error.error_dict.values()):
        if isinstance(said, list) and said and isinstance(said[0], str):
            return said[0]
    return str(tk._("This could not be done. Nothing is lost: try again."))


@contextlib.contextmanager
def whole_or_nothing() -> Iterator[None]:
    """Undo everything where a server fails half-way, and say so to the agent.

    :raises ckan.plugins.toolkit.ValidationError: the search or the disk fails
    """
    try:
        yield
    except (SearchError, SearchIndexError):
        log.exception("The search index did not accept a publication")
        refuse(states.Refusal.NO_SEARCH)
    except StorageFull:
        log.exception("No room left in the storage")
        refuse(states.Refusal.NO_ROOM)
    except BaseException:
        model.Session.rollback()
        raise


def store_upload(upload: Any) -> StoredFile:
    """Keep the bytes of an upload, within the configured size.

    :param upload: a binary stream, or what a form uploads
    """
    limit = int(tk.config["ckanext.odlocale.max_deposit_bytes"])
    try:
        return storage.put(getattr(upload, "stream", upload), limit)
    except ContentTooLarge:
        refuse(states.Refusal.TOO_LARGE)
    except StorageFull:
        log.exception("No room left in the storage")
        refuse(states.Refusal.NO_ROOM)
    raise AssertionError("unreachable: each refusal raises")


def online_of(deposit: Deposit) -> Deposit | None:
    """Return the deposit that a draft's address shows at present, if any."""
    if deposit.schema is None or deposit.key is None:
        return None
    return Deposit.published(deposit.siren, deposit.schema, deposit.key)


def show_deposit(deposit: Deposit) -> dict[str, Any]:
    """Return a deposit as its action answers it.

    ``step`` is the screen where work goes on, ``address`` the permanent address
    (absolute), ``online`` the deposit that this address shows, ``tally`` what is
    left to do, ``analysis`` what was found (see :class:`~.analysis.Analysis`).
    ``code`` and ``collectivity`` are the desk's; ``former`` is the name of the commune
    that merged, if the file is one's; ``work`` is what the worker does to it, as
    :func:`odlocale_work_show` gives it.
    """
    answers = Answers.from_dict(deposit.answers)
    online = online_of(deposit)
    owner = Collectivity.by_org(deposit.org_id)
    work = Work.of(deposit.id)
    facts = gather_facts(
        deposit.state,
        deposit.schema,
        deposit.report,
        answers,
        load_catalogue(),
        online.id if online else None,
        work.standing if work else None,
    )
    tally = tally_of(read_report(deposit.report))
    source = source_of(deposit, owner) if owner else None
    address = None
    if source and deposit.schema and deposit.key:
        address = absolute(release_path(source.code, deposit.schema, deposit.key))
    columns = Deposit.__table__.columns.keys()
    plain = {name: getattr(deposit, name) for name in columns if name != "report"}
    for name in ("created_at", "updated_at", "published_at"):
        plain[name] = plain[name].isoformat() if plain[name] else None
    return {
        **plain,
        "answers": answers.to_dict(),
        "corrections": deposit.corrections or [],
        "code": owner.code if owner else None,
        "collectivity": owner.name if owner else None,
        "former": source.name if source and source is not owner else None,
        "step": first_step(facts).value,
        "online": facts.online,
        "address": address,
        "tally": {
            "cells": tally.cells,
            "points": tally.points,
            "blocking": tally.blocking,
            "to_see": facts.to_see,
        },
        "analysis": deposit.report,
        "work": work.to_dict() if work else None,
    }


def absolute(path: str) -> str:
    """Return an address of the portal, from ``ckan.site_url`` only.

    The host of the current request may be an internal one: it never decides of an
    address that others will keep.
    """
    return str(tk.config["ckan.site_url"]).rstrip("/") + path


def preview_dataset(deposit_id: str) -> dict[str, Any]:
    """Return the dataset as publishing this draft would leave it, writing nothing."""
    deposit = Deposit.load(deposit_id)
    if deposit is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    return _plan_dataset(deposit)[1]


def filled_fiche(deposit: Deposit) -> Wishes:
    """Return what a draft's fiche is filled with, whatever was changed of it."""
    if deposit.schema is None or deposit.key is None:
        return Wishes()
    dataset = _plan_dataset(deposit, Wishes())[1]
    coverage = (deposit.report or {}).get("coverage")
    return fiche_of(dataset, period_of(None, coverage))


def put_online(context: Context, deposit: Deposit, analysis: Analysis) -> None:
    """Make a draft the release of its address, in the caller's transaction.

    The bytes are stored first, under their hash: until the commit nobody reads
    them, and a crash leaves the former release in place.
    """
    content = analysis.canonical()
    stored = keeping.keep(content)
    deposit.canonical_sha256, deposit.canonical_size = stored.sha256, stored.size
    keep_parquet(deposit, content)
    former = online_of(deposit)
    if former is not None:
        mark_replaced(former)
        # The unique index allows one published row per address at any moment.
        model.Session.flush()
    deposit.state = "published"
    deposit.published_at = datetime.datetime.now(datetime.timezone.utc)
    deposit.touch()
    model.Session.flush()
    existing, dataset = _plan_dataset(deposit)
    deposit.package_id = save_dataset(context, existing, dataset)
    deposit.resource_id = _find_resource(deposit.package_id, str(deposit.key))
    model.Session.flush()
    tell_change(deposit)
    logic.index_update_package({"user": writer_of(context)}, deposit.package_id)


def take_offline(
    context: Context, deposit: Deposit, reason: Reason, note: str = ""
) -> None:
    """Withdraw a release: its address says so, its dataset loses the file.

    A dataset left without file is deleted; core's action for that commits.

    :param note: what the agent adds, which nobody else reads
    """
    mark_withdrawn(deposit, reason, note)
    leave_dataset(context, deposit)


def leave_dataset(context: Context, deposit: Deposit) -> None:
    """Take out of its dataset the file of a deposit that is no longer online.

    A dataset left without file is deleted; core's action for that commits.
    """
    model.Session.flush()
    tell_change(deposit)
    existing = find_dataset(deposit, publisher_of(deposit))
    if existing is None:
        return
    resources = drop_resource(existing["resources"], str(deposit.key))
    if not resources:
        allowed: Context = {"user": writer_of(context), "ignore_auth": True}
        allowed[DESK_PUBLISHES] = True
        tk.get_action("package_delete")(allowed, {"id": existing["id"]})
        return
    changes = {
        "resources": resources,
        "temporal_coverage": unite_periods(_periods(deposit)),
    }
    save_dataset(context, existing, changes)
    logic.index_update_package({"user": writer_of(context)}, existing["id"])


def _describe_release(
    deposit: Deposit, publisher: Publisher, existing: dict[str, Any] | None
) -> Release:
    schema = load_catalogue().get(str(deposit.schema))
    key = str(deposit.key)
    code = code_of_address(publisher, key, existing)
    name = wording.name_release_fully(schema, key, publisher.name)
    rows = deposit.rows or 0
    day = deposit.published_at or datetime.datetime.now(datetime.timezone.utc)
    return Release(
        deposit_id=deposit.id,
        key=key,
        name=name,
        description=wording.describe_release(
            schema, name, rows, (deposit.report or {}).get("incomplete", 0)
        ),
        url=absolute(release_path(code, schema.slug, key)),
        sha256=deposit.canonical_sha256 or "",
        size=deposit.canonical_size or 0,
        rows=rows,
        published_on=day.date(),
    )


def _plan_dataset(
    deposit: Deposit, wishes: Wishes | None = None
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    publisher = publisher_of(deposit)
    existing = find_dataset(deposit, publisher)
    release = _describe_release(deposit, publisher, existing)
    dataset = build_dataset(
        load_catalogue().get(str(deposit.schema)),
        publisher,
        release,
        periods=_periods(deposit),
        existing=Existing(existing) if existing else None,
        wishes=wishes or Answers.from_dict(deposit.answers).wishes,
    )
    if existing is None:
        dataset["name"] = free_key(dataset["name"], taken_names(dataset["name"]))
    return existing, dataset


def _periods(deposit: Deposit) -> list[Period]:
    covered = Deposit.periods(deposit.siren, str(deposit.schema))
    if deposit.state not in ("withdrawn", "purged"):
        days = (deposit.report or {}).get("coverage")
        covered[str(deposit.key)] = period_of(deposit.answers, days)
    return [period for period in covered.values() if period]


def save_dataset(
    context: Context, existing: dict[str, Any] | None, dataset: dict[str, Any]
) -> str:
    """Write a dataset for the desk, in the caller's transaction; return its id."""
    # With ``defer_commit`` alone, CKAN 2.12's package_update rolls its savepoint
    # back; with ``return_id_only`` too it returns before, and our commit keeps it.
    user = writer_of(context)
    deferred: Context = {
        "user": user,
        "auth_user_obj": model.User.get(user),
        # The desk's own rule said yes: a mandate gives no role that core would know.
        "ignore_auth": True,
        "defer_commit": True,
        "return_id_only": True,
        DESK_PUBLISHES: True,
    }
    if existing is None:
        return str(tk.get_action("package_create")(deferred, dataset))
    # The activity stream only tells of an update that lists what it changed.
    deferred["changed_entities"] = {"packages": {existing["id"]}}
    patch = {**dataset, "id": existing["id"]}
    return str(tk.get_action("package_patch")(deferred, patch))


def _find_resource(package_id: str, key: str) -> str | None:
    package = model.Package.get(package_id)
    for resource in package.resources if package else ():
        if resource.extras.get("scdl_key") == key:
            return str(resource.id)
    return None
