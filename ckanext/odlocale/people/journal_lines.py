"""Lines of the journal in words: names are read where they are now, not kept in it.

The journal only grows, so that a name written in it could never be erased: it holds
numbers of accounts, invitations and requests. Whoever had his account erased is nobody
in its lines from that moment. Five queries, whatever the number of lines.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.french import format_date
from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import refused
from ckanext.odlocale.people.codes import mask
from ckanext.odlocale.people.journal_words import sentence_of
from ckanext.odlocale.people.letters import names_of_data
from ckanext.odlocale.people.roles import role_of
from ckanext.odlocale.people.tables import AccessRequest, Invitation
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

#: What is done before one has an account.
BY_VISITORS = (
    "code asked",
    "code proved",
    "declined",
    "login refused",
    refused.VERB,
)
#: What one asks for oneself, though it is about a collectivité where one is nobody yet.
FOR_ONESELF = ("code asked", "code proved", "mandate asked")
#: Lines whose object is somebody.
_ABOUT_PEOPLE = ("person", "user")
#: Lines whose object is a dataset: published as it is at the desk, or by CKAN's pages.
_DATASETS = ("document", "dataset")


@dataclass(frozen=True)
class Reader:
    """Who reads, and what he may know of a line beyond what was done.

    :ivar orgs: the organisations that he works for: he knows what their datasets are
        called, hidden ones too
    :ivar addresses_of: those whose people's addresses he may know
    :ivar everything: the portal's administrator
    """

    orgs: frozenset[str] = frozenset()
    addresses_of: frozenset[str] = frozenset()
    everything: bool = False

    def may_name(self, dataset: Any) -> bool:
        """Tell whether he may read what a dataset is called."""
        public = dataset.state == "active" and not dataset.private
        return bool(public or self.everything or dataset.owner_org in self.orgs)

    def may_write_to(self, org_id: str | None) -> bool:
        """Tell whether he may know people's addresses in an organisation's line."""
        return self.everything or org_id in self.addresses_of


@dataclass(frozen=True)
class Names:
    """Whom and what the lines are about, by the number that a line has."""

    accounts: Mapping[str, Any]
    others: Mapping[str, Any]
    datasets: Mapping[str, str]
    places: Mapping[str, Any]

    def of(self, number: str | None, with_address: bool) -> str:
        """Return somebody's name; nothing for who is not known any more."""
        account = self.accounts.get(str(number))
        if account is not None:
            if account.state == "deleted":
                return str(tk._("somebody whose account is closed"))
            name, email = str(account.display_name), account.email or ""
            return _write(name, email, with_address)
        other = self.others.get(str(number))
        if other is None:
            return ""
        return _write(other.fullname, other.email, with_address)

    def place_of(self, org_id: str | None) -> str:
        """Return what an organisation is called; nothing for none."""
        place = self.places.get(str(org_id))
        return str(place.title or place.name) if place is not None else ""

    def kind_of(self, org_id: str | None) -> str:
        """Return the kind of an organisation's collectivité; nothing for none."""
        place = self.places.get(str(org_id))
        return str(place.kind or "") if place is not None else ""


def describe_lines(
    rows: Sequence[tuple[JournalLine, Any]], reader: Reader
) -> list[dict[str, Any]]:
    """Return lines as actions answer them.

    :param rows: each line, and the account of who did it
    :param reader: who reads them
    """
    names = _names_of([line for line, _ in rows], reader)
    return [
        {
            "at": line.at.isoformat(),
            "who": _actor_of(line, user, reader),
            "on_behalf": _is_on_behalf(line),
            "org_id": line.org_id,
            "for": names.place_of(line.org_id),
            "verb": line.verb,
            "sentence": sentence_of(line.verb, _words_of(line, names, reader), tk._),
            "object_id": line.object_id,
            "mandates": list(line.detail.get("mandates") or ()),
        }
        for line, user in rows
    ]


def _is_on_behalf(line: JournalLine) -> bool:
    holds = line.user_id and line.user_id == line.detail.get("holder_id")
    if line.verb in (*FOR_ONESELF, refused.VERB) or holds:
        return False
    return bool(line.detail.get("on_behalf") or line.detail.get("software"))


def _write(name: str, email: str, with_address: bool) -> str:
    if name and email and with_address:
        return f"{name} ({email})"
    if name or with_address:
        return name or email
    return mask(email) if email else ""


def _words_of(line: JournalLine, names: Names, reader: Reader) -> dict[str, Any]:
    detail, words = line.detail, dict(line.detail)
    kind, addressed = names.kind_of(line.org_id), reader.may_write_to(line.org_id)
    words["object"], words["kind"] = line.object_id, line.object_type
    words["place"] = names.place_of(line.org_id)
    words["data"] = _data_of(detail) or names.datasets.get(line.object_id, "")
    if line.object_type in _ABOUT_PEOPLE:
        words["whom"] = names.of(line.object_id, addressed)
    words["role"] = _role_in_words(
        detail.get("role") or role_of(str(detail.get("capacity")), kind)
    )
    words["way"] = _way_in_words(str(detail.get("way")))
    words["holder"] = detail.get("holder_name") or names.of(
        detail.get("holder_id"), addressed
    )
    if detail.get("until"):
        words["until"] = format_date(datetime.date.fromisoformat(detail["until"]))
    return words


def _data_of(detail: Mapping[str, Any]) -> str:
    schemas = detail.get("schemas")
    # Setting targets notes how many data there were: a number, not their names.
    if isinstance(schemas, list):
        return names_of_data(schemas)
    slug, catalogue = str(detail.get("schema") or ""), load_catalogue()
    if slug not in catalogue:
        return ""
    label, key = catalogue.get(slug).label, detail.get("key") or detail.get("year")
    return f"{label}, {key}" if key else label


def _role_in_words(role: str | None) -> str:
    words = {
        "agent": tk._("agent"),
        "manager": tk._("manager"),
        "animator": tk._("animator"),
        # CKAN's plain member of an EPCI or an ATD, who publishes nothing.
        "reader": tk._("reader only"),
    }
    return str(words.get(str(role), ""))


def _way_in_words(way: str) -> str:
    words = {
        "invitation": tk._("an invitation"),
        "code": tk._("the code of the town hall"),
        "provider": tk._("a work account"),
        "password": tk._("a password"),
    }
    return str(words.get(way, ""))


def _names_of(lines: Sequence[JournalLine], reader: Reader) -> Names:
    numbers = {
        number
        for line in lines
        for number in (
            line.object_id if line.object_type in _ABOUT_PEOPLE else None,
            line.detail.get("holder_id"),
        )
        if number
    }
    found: list[dict[str, Any]] = [
        {one.id: one for one in model.Session.scalars(sa.select(table).where(column))}
        for table, column in (
            (model.User, model.User.id.in_(numbers)),
            (Invitation, Invitation.id.in_(numbers)),
            (AccessRequest, AccessRequest.id.in_(numbers)),
        )
    ]
    published = {one.object_id for one in lines if one.object_type in _DATASETS}
    package, group = model.Package, model.Group
    query = sa.select(
        package.id, package.title, package.private, package.state, package.owner_org
    ).where(package.id.in_(published))
    titles = {
        one.id: str(one.title or "")
        for one in model.Session.execute(query)
        if reader.may_name(one)
    }
    query = (
        sa.select(group.id, group.name, group.title, Collectivity.kind)
        .outerjoin(Collectivity, Collectivity.org_id == group.id)
        .where(group.id.in_({one.org_id for one in lines if one.org_id}))
    )
    places = {one.id: one for one in model.Session.execute(query)}
    return Names(found[0], {**found[1], **found[2]}, titles, places)


def _actor_of(line: JournalLine, user: Any, reader: Reader) -> str:
    software = line.detail.get("software")
    if line.user_id is None and software:
        return str(tk._("The software {name}").format(name=software))
    if line.user_id is None and line.verb in BY_VISITORS:
        return str(tk._("Somebody who was not logged in"))
    if line.user_id is None:
        return str(tk._("The portal"))
    if user is None or user.state == "deleted":
        return str(tk._("Somebody whose account is closed"))
    # Two people may have one name, and anybody writes his own.
    addressed = reader.may_write_to(line.org_id)
    return _write(str(user.display_name), user.email or "", addressed)
