"""Whose feed an address is, and which datasets it holds."""

from __future__ import annotations

from dataclasses import dataclass

from ckan import model

from ckanext.odlocale.datagouv.description import Portal, Publisher
from ckanext.odlocale.datagouv.model import Scope, read_publishers
from ckanext.odlocale.territory import transfers
from ckanext.odlocale.territory.tables import Collectivity

WHOLE_PORTAL = "portail"


@dataclass(frozen=True)
class Feed:
    """The feed of a collectivité, or of the portal.

    :ivar code: in its address, today
    :ivar name: of whom it is, as its title says
    :ivar publisher: who answers for the data; ``None`` for the whole portal
    :ivar answering: the organisation of ``publisher``
    """

    code: str
    name: str
    publisher: Publisher | None
    scope: Scope
    answering: str | None


def find(code: str, portal: Portal, *, territory: bool) -> Feed | None:
    """Return the feed of an address, if there is one."""
    if territory:
        return find_territory(code)
    return whole_portal(portal) if code == WHOLE_PORTAL else find_feed(code)


def find_feed(code: str) -> Feed | None:
    """Return the feed of a code: its own address, or one that it had before.

    One address for a collectivité: a commune has no feed by its SIREN.

    :returns: nothing where the portal has no such collectivité
    """
    if not (code.isascii() and code.isalnum()):
        return None
    found = Collectivity.by_code(code)
    if found is None or code == found.siren != found.code:
        return None
    heir = found.heir()
    org_ids = [one for one in (found.org_id, heir.org_id) if one]
    publishers = read_publishers(org_ids)
    publisher = publishers.get(heir.org_id or "")
    if publisher is None or not _answers(heir):
        return None
    own = publishers.get(found.org_id or "")
    return Feed(
        code=found.code,
        name=own.name if own else found.name,
        publisher=publisher,
        scope=Scope(
            org_id=found.org_id or "",
            siren=found.siren,
            waiting=tuple(transfers.waiting_in(found.siren)),
            fed=True,
        ),
        answering=publisher.org_id,
    )


def find_territory(siren: str) -> Feed | None:
    """Return the feed of all that an EPCI and its communes publish.

    :returns: nothing where the portal knows no such EPCI
    """
    if not (siren.isascii() and siren.isdigit()):
        return None
    found = Collectivity.by_code(siren)
    if found is None or found.kind != "epci" or found.siren != siren:
        return None
    publishers = read_publishers([found.org_id] if found.org_id else [])
    publisher = publishers.get(found.org_id or "")
    return Feed(
        code=f"epci/{siren}",
        name=publisher.name if publisher else found.name,
        publisher=publisher,
        scope=Scope(epci=siren, fed=True),
        answering=None,
    )


def whole_portal(portal: Portal) -> Feed:
    """Return the feed of all that the portal publishes."""
    name = portal.title or portal.site_url
    return Feed(WHOLE_PORTAL, name, None, Scope(fed=True), None)


def _answers(collectivity: Collectivity) -> bool:
    """Tell whether somebody answers for a feed: not where its page was removed.

    Where the collectivité itself closed, its feed says that all was withdrawn.
    """
    organization = model.Group.get(collectivity.org_id)
    living = organization is not None and organization.state == "active"
    return living or collectivity.status == "closed"
