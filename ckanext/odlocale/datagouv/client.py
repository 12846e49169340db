"""data.gouv.fr's API: what the portal asks of it, and what it writes there.

Pure: whoever builds a :class:`Client` says which address, key and pace. Nothing here
looks before it creates: ``registering`` and the outbox decide, since they know what was
already recorded.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from urllib.parse import quote

from ckanext.odlocale.base.http import GuardedClient
from ckanext.odlocale.datagouv import answer_reading as answers
from ckanext.odlocale.datagouv import calling
from ckanext.odlocale.datagouv.answers import (
    Dataset,
    Discussion,
    Item,
    Job,
    Me,
    Organization,
    Page,
    Resource,
    Source,
)
from ckanext.odlocale.datagouv.calling import Caller, NotUnderstood, Pace

Read = TypeVar("Read")

PAGE_SIZE: Final = 100
#: Names that a short one is part of: «Y» is in many.
SUGGESTED: Final = 100
BACKEND: Final = "dcat"
#: udata has no list that long for one organisation; a loop of pages has an end.
MAX_PAGES: Final = 200


@dataclass(frozen=True)
class Client:
    """The API, with one key or none.

    >>> "secret" in repr(Client.of("https://www.data.gouv.fr", "secret"))
    False
    """

    caller: Caller

    @classmethod
    def of(
        cls,
        site: str,
        key: str = "",
        *,
        allowed_hosts: frozenset[str] = frozenset(),
        calls_per_second: float = 5.0,
    ) -> Client:
        """Return a client of a site.

        :param site: its address, such as ``https://www.data.gouv.fr``
        :param allowed_hosts: whose addresses may be private, as for GuardedClient
        """
        http = GuardedClient(
            allowed_hosts,
            timeout=calling.TIMEOUT,
            # Whether to try again depends on the call: that is the caller's.
            retries=0,
            total_seconds=calling.TOTAL_SECONDS,
        )
        pace = Pace(1 / calls_per_second)
        return cls(Caller(f"{site.rstrip('/')}/api/1", http, pace, key))

    def with_key(self, key: str) -> Client:
        """Return the same with another key: its pace and its count are shared."""
        return Client(replace(self.caller, key=key))

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return self.caller.calls.total

    # Reading

    def site(self) -> str:
        """Return the site's title: whether it answers at all."""
        return self._get("/site/", lambda found: str(dict(found).get("title") or ""))

    def me(self) -> Me:
        """Return whose key it is.

        :raises Refused: with status 401, nobody's
        """
        return self._get("/me/", answers.read_me)

    def organizations(
        self, *, siret: str = "", name: str = "", words: str = "", size: int = 20
    ) -> Page[Organization]:
        """Search organisations.

        :param siret: exactly that
        :param name: exactly that, but for capitals
        :param words: all of these words
        """
        asked = {"business_number_id": siret, "name": name, "q": words}
        params = {key: value for key, value in asked.items() if value}
        return self._page("/organizations/", answers.read_organization, params, size)

    def suggest(self, part: str, size: int = SUGGESTED) -> tuple[Organization, ...]:
        """Search organisations whose name holds a text: identifiers, names and pages.

        What they are otherwise is for :meth:`organization` to say.
        """
        params = {"q": part, "size": size}
        return self._get("/organizations/suggest/", answers.read_suggested, params)

    def organization(self, organization_id: str) -> Organization:
        """Return one organisation."""
        path = f"/organizations/{_part(organization_id)}/"
        return self._get(path, answers.read_organization)

    def sources(self, organization_id: str) -> Page[Source]:
        """Return the harvest sources of an organisation."""
        params = {"organization": organization_id}
        return self._page("/harvest/sources/", answers.read_source, params)

    def source(self, source_id: str) -> Source:
        """Return one source, with its last harvest."""
        return self._get(f"/harvest/source/{_part(source_id)}/", answers.read_source)

    def preview(self, source_id: str) -> tuple[Job, tuple[Item, ...]]:
        """Return what a harvest would make of the first twenty datasets."""
        path = f"/harvest/source/{_part(source_id)}/preview/"
        return self._get(path, _read_preview)

    def jobs(self, source_id: str, size: int = 5) -> Page[Job]:
        """Return the harvests of a source, the last first."""
        path = f"/harvest/source/{_part(source_id)}/jobs/"
        return self._page(path, answers.read_job, size=size)

    def items(self, job_id: str, status: str = "") -> Iterator[Item]:
        """Read what became of each dataset in a harvest."""
        path = f"/harvest/job/{_part(job_id)}/items/"
        params = {"status": status} if status else {}
        return self._pages(path, answers.read_item, params)

    def datasets(self, organization_id: str) -> Iterator[Dataset]:
        """Read the datasets of an organisation; with its key, private ones too."""
        path = f"/organizations/{_part(organization_id)}/datasets/"
        return self._pages(path, answers.read_dataset)

    def dataset(self, dataset_id: str) -> Dataset:
        """Return one dataset."""
        return self._get(f"/datasets/{_part(dataset_id)}/", answers.read_dataset)

    def discussions(
        self, *, organization_id: str = "", dataset_id: str = ""
    ) -> Iterator[Discussion]:
        """Read the discussions about an organisation's data, or one dataset."""
        asked = {"org": organization_id, "for": dataset_id}
        params = {key: value for key, value in asked.items() if value}
        return self._pages("/discussions/", answers.read_discussion, params)

    def discussion(self, discussion_id: str) -> Discussion:
        """Return one discussion."""
        path = f"/discussions/{_part(discussion_id)}/"
        return self._get(path, answers.read_discussion)

    # Writing

    def create_organization(self, fields: Mapping[str, Any]) -> Organization:
        """Create an organisation, administered by whose key it is.

        :param fields: ``name`` and ``description``, perhaps ``url`` and
            ``business_number_id``
        """
        path = "/organizations/"
        made = self._send("POST", path, answers.read_organization, fields)
        # The answer was written before its author became an administrator.
        return replace(made, ours=True)

    def update_organization(
        self, organization_id: str, fields: Mapping[str, Any]
    ) -> Organization:
        """Change some fields of an organisation."""
        path = f"/organizations/{_part(organization_id)}/"
        return self._send("PUT", path, answers.read_organization, fields)

    def set_logo(self, organization_id: str, name: str, image: bytes) -> None:
        """Give an organisation its picture.

        :param name: of the file, with its extension
        """
        path = f"/organizations/{_part(organization_id)}/logo/"
        form = _file_field("file", name, image, secrets.token_hex(8))
        self.caller.call("POST", path, form=form)

    def create_source(self, fields: Mapping[str, Any]) -> Source:
        """Create a harvest source, which waits for the team of data.gouv.fr.

        :param fields: ``name``, ``url``, ``organization``, perhaps ``description``
        """
        payload = {"backend": BACKEND, **fields}
        return self._send("POST", "/harvest/sources/", answers.read_source, payload)

    def update_source(self, source_id: str, fields: Mapping[str, Any]) -> Source:
        """Change a source: the address of its feed, for instance."""
        path = f"/harvest/source/{_part(source_id)}/"
        return self._send("PUT", path, answers.read_source, fields)

    def delete_source(self, source_id: str) -> None:
        """Delete a source."""
        self.caller.call("DELETE", f"/harvest/source/{_part(source_id)}/")

    def create_dataset(self, fields: Mapping[str, Any]) -> Dataset:
        """Create a dataset: ``title``, ``description``, ``organization``…"""
        return self._send("POST", "/datasets/", answers.read_dataset, fields)

    def update_dataset(self, dataset_id: str, fields: Mapping[str, Any]) -> Dataset:
        """Replace what a dataset says."""
        path = f"/datasets/{_part(dataset_id)}/"
        return self._send("PUT", path, answers.read_dataset, fields)

    def delete_dataset(self, dataset_id: str) -> None:
        """Delete a dataset."""
        self.caller.call("DELETE", f"/datasets/{_part(dataset_id)}/")

    def create_resource(self, dataset_id: str, fields: Mapping[str, Any]) -> Resource:
        """Add a file that stays where it is: ``title``, ``url``, ``format``…"""
        path = f"/datasets/{_part(dataset_id)}/resources/"
        payload = {"filetype": "remote", "type": "main", **fields}
        return self._send("POST", path, answers.read_resource, payload)

    def update_resource(
        self, dataset_id: str, resource_id: str, fields: Mapping[str, Any]
    ) -> Resource:
        """Replace what a file says."""
        path = f"/datasets/{_part(dataset_id)}/resources/{_part(resource_id)}/"
        payload = {"filetype": "remote", "type": "main", **fields}
        return self._send("PUT", path, answers.read_resource, payload)

    def delete_resource(self, dataset_id: str, resource_id: str) -> None:
        """Take a file away."""
        path = f"/datasets/{_part(dataset_id)}/resources/{_part(resource_id)}/"
        self.caller.call("DELETE", path)

    def answer_discussion(
        self, discussion_id: str, text: str, *, organization_id: str, close: bool
    ) -> Discussion:
        """Answer in a discussion, in an organisation's name, and perhaps close it."""
        path = f"/discussions/{_part(discussion_id)}/"
        payload = {"comment": text, "organization": organization_id, "close": close}
        return self._send("POST", path, answers.read_discussion, payload)

    # How

    def _get(
        self,
        path: str,
        read: Callable[[Any], Read],
        params: Mapping[str, Any] | None = None,
    ) -> Read:
        found = self.caller.call("GET", path, params)
        return _understand(f"GET {path}", read, found, maybe_done=False)

    def _send(
        self, method: str, path: str, read: Callable[[Any], Read], payload: Any
    ) -> Read:
        found = self.caller.call(method, path, payload=payload)
        return _understand(f"{method} {path}", read, found, maybe_done=True)

    def _page(
        self,
        path: str,
        read: Callable[[Any], Read],
        params: Mapping[str, Any] | None = None,
        size: int = PAGE_SIZE,
        number: int = 1,
    ) -> Page[Read]:
        asked = {**(params or {}), "page": number, "page_size": size}
        return self._get(path, lambda found: answers.read_page(found, read), asked)

    def _pages(
        self,
        path: str,
        read: Callable[[Any], Read],
        params: Mapping[str, Any] | None = None,
    ) -> Iterator[Read]:
        for number in range(1, MAX_PAGES + 1):
            page = self._page(path, read, params, number=number)
            yield from page.items
            if not page.more:
                return
        raise NotUnderstood(f"GET {path}", f"more than {MAX_PAGES} pages")


def _part(identifier: str) -> str:
    """An identifier, as a part of a path that it cannot leave."""
    return quote(identifier, safe="")


def _read_preview(found: Any) -> tuple[Job, tuple[Item, ...]]:
    """A preview holds its items, where a job holds their number."""
    listed = dict(found).get("items")
    items = tuple(map(answers.read_item, listed if isinstance(listed, list) else []))
    # It is not saved, and has no identifier.
    job = answers.read_job({**found, "id": "preview", "items": None})
    return replace(job, total=len(items)), items


def _understand(
    call: str, read: Callable[[Any], Read], found: Any, *, maybe_done: bool
) -> Read:
    """:raises NotUnderstood: the answer has another shape"""
    try:
        return read(found)
    except (ValueError, TypeError) as error:
        said = f"an answer of another shape: {error}"
        raise NotUnderstood(call, said, maybe_done=maybe_done) from error


def _file_field(
    field: str, name: str, content: bytes, boundary: str
) -> tuple[bytes, str]:
    """A form that sends one file, and its type (RFC 7578)."""
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{field}"; filename="{quote(name)}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"
