"""data.gouv.fr as :mod:`.pushing` asks for it: one organisation, through its API."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.datagouv import keys, outbox
from ckanext.odlocale.datagouv.calling import Caller, Refused
from ckanext.odlocale.datagouv.client import Client
from ckanext.odlocale.datagouv.push import ID_EXTRA
from ckanext.odlocale.datagouv.registration_model import Registration

_GONE: Final = frozenset({404, 410})

Remote = Mapping[str, Any]


class NoOrganization(Exception):
    """The collectivité has no organisation of its own on data.gouv.fr yet."""


class Places:
    """The sites of the collectivités that a run meets, one after the other."""

    def __init__(self) -> None:
        self._siren = ""
        self._site: PushSite | None = None
        self._failed: Exception | None = None

    def site_of(self, siren: str) -> PushSite:
        """Return the site of a collectivité.

        :raises NoKey: nobody gave a key for it
        :raises NoOrganization: it has no organisation there
        """
        if siren != self._siren:
            self._siren, self._site, self._failed = siren, None, None
        if self._failed is not None:
            raise self._failed
        if self._site is None:
            try:
                self._site = _open(siren)
            except (keys.NoKey, NoOrganization) as error:
                self._failed = error
                raise
        return self._site

    def note_failure(self, siren: str, why: str) -> None:
        """Note that a key was refused: it is not shown again in this run."""
        if why == "key" and siren == self._siren:
            place = keys.place_of(siren)
            if place is not None:
                keys.note_refusal(place)
                model.Session.commit()


def _open(siren: str) -> PushSite:
    query = sa.select(Registration.organization_id).where(Registration.siren == siren)
    organization_id = model.Session.scalar(query)
    if not organization_id:
        raise NoOrganization(siren)
    client = keys.client_for(siren)
    caller = dataclasses.replace(client.caller, tries=outbox.TRIES)
    return PushSite(caller, organization_id)


class PushSite:
    """One organisation there. Failures are ``DatagouvError``."""

    def __init__(self, caller: Caller, organization_id: str) -> None:
        self.caller, self.organization_id = caller, organization_id
        self._contacts: dict[tuple[str, ...], str] = {}
        self._known: dict[str, list[Remote]] | None = None

    def read(self, remote_id: str) -> Remote | None:
        """Return a dataset; nothing where there is none."""
        try:
            found: Remote = self.caller.call("GET", _path(remote_id))
        except Refused as error:
            if error.status in _GONE:
                return None
            raise
        return found

    def find(self, package_id: str) -> list[Remote]:
        """Return the living datasets that tell of one of ours, the oldest first.

        Those that bear our mark come before what a harvest left. The organisation's
        list is read once: what is created meanwhile is recorded.
        """
        if self._known is None:
            self._known = {}
            for one in Client(self.caller).datasets(self.organization_id):
                for key in _keys_of(one.raw):
                    self._known.setdefault(key, []).append(one.raw)
        found = self._known.get(package_id, [])
        return sorted(
            found,
            key=lambda one: (
                (one.get("extras") or {}).get(ID_EXTRA) != package_id,
                str(one.get("created_at")),
            ),
        )

    def contacts(self, wanted: list[list[str]], remote: Remote | None) -> list[str]:
        """Return the ids of contacts, made where they are missing.

        udata itself returns the one there is rather than a second one.
        """
        for one in (remote or {}).get("contact_points") or []:
            said = [one.get("name"), one.get("email"), one.get("contact_form")]
            self._contacts.setdefault(tuple(text or "" for text in said), one["id"])
        return [self._contact(*said) for said in wanted]

    def _contact(self, name: str, email: str, url: str) -> str:
        said = (name, email, url)
        if said not in self._contacts:
            payload = {
                "name": name[:255],
                "email": email or None,
                "contact_form": url or None,
                "role": "contact",
                "organization": self.organization_id,
            }
            made = self.caller.call("POST", "/contacts/", payload=payload)
            self._contacts[said] = str(made["id"])
        return self._contacts[said]

    def create(self, payload: Mapping[str, Any]) -> Remote:
        """Create a dataset."""
        made: Remote = self.caller.call("POST", "/datasets/", payload=dict(payload))
        return made

    def update(self, remote_id: str, payload: Mapping[str, Any]) -> Remote:
        """Replace a dataset."""
        path = _path(remote_id)
        done: Remote = self.caller.call("PUT", path, payload=dict(payload))
        return done

    def delete(self, remote_id: str) -> None:
        """Delete a dataset. One that is gone already is no failure."""
        self._delete(_path(remote_id))

    def delete_file(self, remote_id: str, file_id: str) -> None:
        """Take a file away."""
        self._delete(f"{_path(remote_id)}resources/{quote(file_id, safe='')}/")

    def _delete(self, path: str) -> None:
        try:
            self.caller.call("DELETE", path)
        except Refused as error:
            if error.status not in _GONE:
                raise


def _path(remote_id: str) -> str:
    return f"/datasets/{quote(remote_id, safe='')}/"


def _keys_of(remote: Remote) -> set[str]:
    """The datasets of ours that a living one there tells of."""
    if remote.get("deleted"):
        return set()
    extras, harvest = remote.get("extras") or {}, remote.get("harvest") or {}
    said = (extras.get(ID_EXTRA), harvest.get("remote_id"))
    return {str(one) for one in said if one}
