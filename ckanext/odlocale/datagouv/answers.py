"""What data.gouv.fr's API answers, typed: what we use of it, read with care.

See ``answer_reading`` for how each is read.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

Read = TypeVar("Read")
Validation = Literal["pending", "accepted", "refused"]


@dataclass(frozen=True)
class Page(Generic[Read]):
    """A page of a list.

    :ivar total: of all pages
    :ivar more: there is another page after this one
    """

    items: tuple[Read, ...]
    total: int
    more: bool


@dataclass(frozen=True)
class Me:
    """Whose key it is."""

    id: str
    name: str
    organizations: tuple[str, ...]


@dataclass(frozen=True)
class Organization:
    """An organisation.

    :ivar siret: ``business_number_id``, as it was typed there
    :ivar url: of its own site
    :ivar page: on data.gouv.fr
    :ivar badges: ``certified``, ``local-authority``…
    :ivar admins: the names of its administrators
    :ivar members: the identifiers of all its people
    :ivar ours: the key that asked administers it
    """

    id: str
    name: str
    slug: str = ""
    siret: str = ""
    url: str = ""
    page: str = ""
    badges: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    ours: bool = False
    datasets: int = 0
    has_logo: bool = False


@dataclass(frozen=True)
class Job:
    """A harvest, as it went.

    :ivar status: ``pending``, ``initializing``, ``initialized``, ``processing``,
        ``done``, ``done-errors`` or ``failed``
    :ivar errors: of the harvest as a whole
    :ivar by_status: how many datasets, by what became of them
    """

    id: str
    status: str
    created: datetime.datetime | None = None
    ended: datetime.datetime | None = None
    errors: tuple[str, ...] = ()
    total: int = 0
    by_status: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A harvest source.

    :ivar state: whether data.gouv.fr's team validated it
    :ivar comment: what the team wrote
    """

    id: str
    name: str
    url: str
    organization_id: str = ""
    state: Validation = "pending"
    comment: str = ""
    active: bool = True
    autoarchive: bool = True
    deleted: bool = False
    page: str = ""
    last_job: Job | None = None


@dataclass(frozen=True)
class Item:
    """A dataset in a harvest.

    :ivar remote_id: the identifier that our feed gave
    :ivar status: ``done``, ``failed``, ``skipped``, ``archived``…
    """

    remote_id: str
    status: str
    errors: tuple[str, ...] = ()
    dataset_id: str = ""


@dataclass(frozen=True)
class Resource:
    """A file of a dataset. ``raw`` is the whole answer."""

    id: str
    title: str
    url: str
    format: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Dataset:
    """A dataset.

    :ivar remote_id: the identifier that our feed gave, for one that was harvested
    :ivar harvested: when it was last seen in a feed
    :ivar created: since when it is there
    :ivar score: of quality, from 0 to 1
    :ivar missing: the criteria of the score that it does not meet
    :ivar raw: the whole answer
    """

    id: str
    title: str
    page: str = ""
    organization_id: str = ""
    remote_id: str = ""
    source_id: str = ""
    harvested: datetime.datetime | None = None
    archived: bool = False
    deleted: bool = False
    private: bool = False
    created: datetime.datetime | None = None
    modified: datetime.datetime | None = None
    score: float | None = None
    missing: tuple[str, ...] = ()
    downloads: int = 0
    reuses: int = 0
    discussions: int = 0
    resources: tuple[Resource, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Message:
    """What somebody wrote in a discussion.

    :ivar author_id: of the person
    :ivar organization_id: in whose name, if any
    """

    author: str
    text: str
    posted: datetime.datetime | None = None
    organization_id: str = ""
    author_id: str = ""


@dataclass(frozen=True)
class Discussion:
    """A discussion about a dataset."""

    id: str
    title: str
    subject_class: str
    subject_id: str
    created: datetime.datetime | None = None
    closed: bool = False
    page: str = ""
    messages: tuple[Message, ...] = ()
