"""Reading what data.gouv.fr's API answers.

Each ``read_…`` takes decoded JSON and raises ``ValueError`` where it is not what
udata 17.18 gives; the client says then which call it was.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ckanext.odlocale.datagouv.answers import (
    Dataset,
    Discussion,
    Item,
    Job,
    Me,
    Message,
    Organization,
    Page,
    Resource,
    Source,
)
from ckanext.odlocale.datagouv.push import ID_EXTRA

Read = TypeVar("Read")


def read_page(found: Any, read: Callable[[Any], Read]) -> Page[Read]:
    """Read a page of ``data``, with the reader of each."""
    page = _dict(found)
    data = page.get("data")
    if not isinstance(data, list):
        raise ValueError("no list")
    return Page(
        tuple(read(one) for one in data),
        _number(page.get("total"), len(data)),
        bool(page.get("next_page")),
    )


def read_me(found: Any) -> Me:
    """Read whose key it is."""
    one = _dict(found)
    name = f"{_text(one, 'first_name')} {_text(one, 'last_name')}".strip()
    listed = one.get("organizations")
    ids = (
        [_text(_dict(org), "id") for org in listed] if isinstance(listed, list) else []
    )
    return Me(_identifier(one), name, tuple(ids))


def read_organization(found: Any) -> Organization:
    """Read an organisation."""
    one = _dict(found)
    members = one.get("members")
    admins = [
        " ".join(filter(None, (_text(user, "first_name"), _text(user, "last_name"))))
        for member in (members if isinstance(members, list) else [])
        if _text(_dict(member), "role") == "admin"
        for user in [_part(member, "user")]
    ]
    badges = one.get("badges")
    return Organization(
        id=_identifier(one),
        name=_text(one, "name"),
        slug=_text(one, "slug"),
        siret=_text(one, "business_number_id").replace(" ", ""),
        url=_text(one, "url"),
        page=_text(one, "page") or _text(one, "self_web_url"),
        badges=tuple(
            _text(_dict(badge), "kind")
            for badge in (badges if isinstance(badges, list) else [])
        ),
        admins=tuple(admins),
        members=tuple(
            _text(_part(_dict(member), "user"), "id")
            for member in (members if isinstance(members, list) else [])
        ),
        ours=_part(one, "permissions").get("harvest") is True,
        datasets=_number(_part(one, "metrics").get("datasets"), 0),
        has_logo=bool(_text(one, "logo")),
    )


def read_suggested(found: Any) -> tuple[Organization, ...]:
    """Read what a part of a name brings: little is said of each."""
    if not isinstance(found, list):
        raise ValueError("no list")
    return tuple(read_organization(one) for one in found)


def read_job(found: Any) -> Job:
    """Read a harvest."""
    one = _dict(found)
    items = _part(one, "items")
    counts = _part(items, "by_status")
    return Job(
        id=_identifier(one),
        status=_text(one, "status"),
        created=_moment(one.get("created")),
        ended=_moment(one.get("ended")),
        errors=_messages(one.get("errors")),
        total=_number(items.get("total"), 0),
        by_status={str(key): _number(value, 0) for key, value in counts.items()},
    )


def read_source(found: Any) -> Source:
    """Read a harvest source."""
    one = _dict(found)
    validation = _part(one, "validation")
    state: Any = _text(validation, "state")
    if state not in ("pending", "accepted", "refused"):
        raise ValueError(f"a source that is {state!r}")
    job = one.get("last_job")
    return Source(
        id=_identifier(one),
        name=_text(one, "name"),
        url=_text(one, "url"),
        organization_id=_text(_part(one, "organization"), "id"),
        state=state,
        comment=_text(validation, "comment"),
        active=one.get("active") is not False,
        autoarchive=one.get("autoarchive") is not False,
        deleted=bool(one.get("deleted")),
        page=_text(one, "page") or _text(one, "self_web_url"),
        last_job=read_job(job) if isinstance(job, dict) and job.get("id") else None,
    )


def read_item(found: Any) -> Item:
    """Read what became of a dataset in a harvest."""
    one = _dict(found)
    return Item(
        remote_id=_text(one, "remote_id"),
        status=_text(one, "status"),
        errors=_messages(one.get("errors")),
        dataset_id=_text(_part(one, "dataset"), "id"),
    )


def read_resource(found: Any) -> Resource:
    """Read a file of a dataset."""
    one = _dict(found)
    return Resource(
        _identifier(one), _text(one, "title"), _text(one, "url"),
        _text(one, "format"), one,
    )  # fmt: skip


def read_dataset(found: Any) -> Dataset:
    """Read a dataset."""
    one = _dict(found)
    harvest, quality = _part(one, "harvest"), _part(one, "quality")
    metrics, resources = _part(one, "metrics"), one.get("resources")
    score = quality.get("score")
    return Dataset(
        id=_identifier(one),
        title=_text(one, "title"),
        page=_text(one, "page"),
        organization_id=_text(_part(one, "organization"), "id"),
        # What was sent bears our mark, what was harvested its identifier.
        remote_id=_text(harvest, "remote_id") or _text(_part(one, "extras"), ID_EXTRA),
        source_id=_text(harvest, "source_id"),
        harvested=_moment(harvest.get("last_update")),
        archived=bool(one.get("archived")),
        deleted=bool(one.get("deleted")),
        private=one.get("private") is True,
        created=_moment(one.get("created_at")),
        modified=_moment(one.get("last_modified")),
        score=float(score) if isinstance(score, (int, float)) else None,
        missing=tuple(sorted(key for key, met in quality.items() if met is False)),
        downloads=_number(metrics.get("resources_downloads"), 0),
        reuses=_number(metrics.get("reuses"), 0),
        discussions=_number(metrics.get("discussions"), 0),
        resources=tuple(
            read_resource(each)
            for each in (resources if isinstance(resources, list) else [])
        ),
        raw=one,
    )


def read_discussion(found: Any) -> Discussion:
    """Read a discussion."""
    one = _dict(found)
    subject, messages = _part(one, "subject"), one.get("discussion")
    return Discussion(
        id=_identifier(one),
        title=_text(one, "title"),
        subject_class=_text(subject, "class"),
        subject_id=_text(subject, "id"),
        created=_moment(one.get("created")),
        closed=bool(one.get("closed")),
        page=_text(one, "self_web_url"),
        messages=tuple(
            _read_message(each)
            for each in (messages if isinstance(messages, list) else [])
        ),
    )


def _read_message(found: Any) -> Message:
    one = _dict(found)
    author, org = _part(one, "posted_by"), _part(one, "posted_by_organization")
    name = f"{_text(author, 'first_name')} {_text(author, 'last_name')}".strip()
    return Message(
        author=_text(org, "name") or name,
        text=_text(one, "content"),
        posted=_moment(one.get("posted_on")),
        organization_id=_text(org, "id"),
        author_id=_text(author, "id"),
    )


def _dict(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _part(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A part that may be absent."""
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _identifier(found: Mapping[str, Any]) -> str:
    said = found.get("id")
    if not isinstance(said, str) or not said:
        raise ValueError("no identifier")
    return said


def _text(found: Mapping[str, Any], name: str) -> str:
    said = found.get(name)
    return said if isinstance(said, str) else ""


def _number(said: Any, default: int) -> int:
    usable = isinstance(said, (int, float)) and not isinstance(said, bool)
    return int(said) if usable else default


def _messages(said: Any) -> tuple[str, ...]:
    listed = said if isinstance(said, list) else []
    return tuple(
        " ".join(_text(one, "message").split())[:1000]
        for one in listed
        if isinstance(one, dict) and _text(one, "message")
    )


def _moment(said: Any) -> datetime.datetime | None:
    """A moment of udata's, in UTC where it says no time zone."""
    try:
        found = datetime.datetime.fromisoformat(str(said).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)
