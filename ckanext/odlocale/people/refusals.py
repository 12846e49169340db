"""Writing refusals in the journal, whatever becomes of the request that is refused."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.views.api import _get_request_data
from flask import Response, request

from ckanext.odlocale import rooms
from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.base.outage import OUTAGES
from ckanext.odlocale.people import oidc_rules, rights, throttle
from ckanext.odlocale.people.origins import origin_mark
from ckanext.odlocale.people.refused import VERB, Owned, Reason, limits_of
from ckanext.odlocale.territory.heirs import answering_for

log = logging.getLogger(__name__)

#: What an address or a call names an object by.
_NAMES = ("id", "deposit_id", "mandate_id", "report_id", "org_id", "owner_org",
          "package_id", "resource_id")  # fmt: skip
_CODES = ("code", "siren")
_SENT = (*_NAMES, *_CODES, "schema")
#: About the data that a request names beside them, if any.
_PLACES = ("collectivity", "organization")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: How many identifiers of a call are looked at: one query reads them.
_MOST_NAMED = 20_000
_DATASETS = ("dataset", "dataset_resource", "resource", "datastore")


def write(
    reason: Reason | oidc_rules.Reason,
    *,
    verb: str = VERB,
    object_type: str,
    object_id: str = "",
    org_id: str | None = None,
    user_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write that somebody was refused, unless enough was written this hour.

    In a transaction of its own: what is refused is undone. A line that cannot be
    written refuses nobody more, nor less.

    :param verb: another one, for what has its own sentence
    :param object_id: what was asked for; nothing where that is nothing of ours
    :param org_id: the organisation whose it is, which then reads the line
    :param user_id: who asked, where that is proved
    """
    try:
        about = object_id or org_id or ""
        target = f"{about}:{user_id or ''}" if about else ""
        for key, most in limits_of(origin_mark(), target):
            if throttle.is_one_too_many(f"refused:{key}", most):
                log.warning("A refusal is not written in the journal: %s", reason)
                return
        line = sa.insert(JournalLine).values(
            verb=verb, user_id=user_id, org_id=org_id, object_type=object_type,
            object_id=object_id, detail={**(detail or {}), "reason": reason},
        )  # fmt: skip
        with model.Session.get_bind().engine.begin() as connection:
            connection.execute(line)
    except OUTAGES:
        log.exception("A refusal could not be written in the journal: %s", reason)


def watch(response: Response) -> Response:
    """Write that an account was refused what is another organisation's, or what its
    mandate is not about.

    After the answer, whichever rule refused: our pages, core's, or a call of the API.
    """
    if response.status_code not in (403, 404) or not request.endpoint:
        return response
    if not (request.blueprint == "api" or request.blueprint in _DATASETS or
            str(request.blueprint).startswith("odlocale")):  # fmt: skip
        return response
    if not tk.current_user.is_authenticated:
        return response
    # Whatever failed is undone: what follows must be able to ask the database.
    model.Session.rollback()
    user_id, name = tk.current_user.id, tk.current_user.name
    if tk.current_user.sysadmin:
        return response
    given = _given()
    asked = next((value for name, value in given if name == "schema"), None)
    # What one's role is not enough for is told where it was sent: a page that offers
    # too much is no attempt.
    is_sent = response.status_code == 403 and request.method == "POST"
    found: tuple[Reason, Owned] | None = None
    for one in _named(given, response.status_code):
        ground = rights.ground_of(name, one.org_id)
        if ground is None or not _lets(ground, one, asked):
            found = ("not theirs", one)
            break
        if is_sent and found is None and ground.kind == "role":
            found = ("beyond role", one)
    if found is not None:
        reason, one = found
        write(
            reason, object_type=one.kind, object_id=one.id, org_id=one.org_id,
            user_id=user_id,
        )  # fmt: skip
    return response


def _lets(ground: rights.Ground, one: Owned, asked: str | None) -> bool:
    """Tell whether what somebody may do is about what was named.

    :param asked: the model that the request names beside it
    """
    if ground.kind == "role":
        return True
    schema = asked if one.kind in _PLACES else one.schema
    return schema is not None and ground.covers(schema) and ground.covers(asked)


def _given() -> list[tuple[str, str]]:
    """What names an object in a request: its address, then what was sent with it."""
    found: list[tuple[str, Any]] = list((request.view_args or {}).items())
    if request.blueprint == "api":
        sent = _called_with()
        found += [(one, sent[one]) for one in _SENT if one in sent]
        # Whatever an action names it by, deep within what it is sent: a statement of
        # SQL, the match of a revision.
        found += [("id", one) for one in _data_within(sent)]
    elif request.blueprint not in _DATASETS:
        found += [(one, request.form[one]) for one in _NAMES if one in request.form]
    return [(name, value) for name, value in found if isinstance(value, str)]


def _named(given: list[tuple[str, str]], status: int) -> Iterator[Owned]:
    """Yield what a request names, and whose it is."""
    for name, value in given:
        if name in _NAMES and _ID.fullmatch(value):
            yield from _owners(value, status)
        elif name in ("org_id", "owner_org"):
            group = model.Group.get(value)
            if group is not None and status == 403:
                yield Owned("organization", group.id, group.id)
        elif name in _NAMES and _is_of_dataset(name):
            yield from _owners_of_dataset(model.Package.get(value), status)
    # A page that is not there, of a collectivité that is, is nobody's secret.
    for name, value in given if status == 403 else ():
        place = answering_for(value) if name in _CODES else None
        if place is not None and place.org_id:
            yield Owned("collectivity", place.siren, place.org_id)


def _data_within(sent: Mapping[str, Any]) -> list[str]:
    """The datasets and files that a call names, wherever it does."""
    named = {one for _, one in zip(range(_MOST_NAMED), _ids_in(sent), strict=False)}
    if not named:
        return []
    kinds = (model.Package.id, model.Resource.id)
    queries = [sa.select(one).where(one.in_(named)) for one in kinds]
    return [str(one) for one in model.Session.scalars(sa.union(*queries))]


def _ids_in(sent: Mapping[str, Any]) -> Iterator[str]:
    return (one.group() for one in _ID.finditer(json.dumps(sent, default=str)))


def _called_with() -> dict[str, Any]:
    """What an action was called with, however it was written."""
    try:
        # Read anew: actions take things out of what they are given.
        sent = (
            json.loads(request.get_data())
            if request.is_json
            else _get_request_data(try_url_params=True)
        )
    except (ValueError, tk.ValidationError):
        return {}
    return dict(sent) if isinstance(sent, Mapping) else {}


def _is_of_dataset(name: str) -> bool:
    """Tell whether what is named otherwise than by its id is a dataset's name."""
    called = str((request.view_args or {}).get("logic_function"))
    return (name == "package_id" or request.blueprint in _DATASETS
            or called.startswith("package_"))  # fmt: skip


def _owners(object_id: str, status: int) -> Iterator[Owned]:
    found: list[Owned] = []
    rooms.call_hooks("find_owner", object_id, found)
    yield from found
    resource = model.Resource.get(object_id)
    package = resource.package if resource else model.Package.get(object_id)
    yield from _owners_of_dataset(package, status)
    if model.Group.get(object_id) is not None and status == 403:
        yield Owned("organization", object_id, object_id)


def _owners_of_dataset(package: model.Package | None, status: int) -> Iterator[Owned]:
    """What is public is refused to nobody: only changing it is (403)."""
    if package is None or not package.owner_org:
        return
    if status == 403 or package.private or package.state != "active":
        yield Owned("dataset", package.id, package.owner_org)
