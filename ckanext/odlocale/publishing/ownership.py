"""Whose a deposit is: who works on it at the desk, and in whose name it is online.

Both are one collectivité until it merges. Then the desk is the heir's (``org_id``), and
the file keeps the name and the permanent addresses of the former (``siren``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale.people.token_rules import bearer_of
from ckanext.odlocale.publishing import wording
from ckanext.odlocale.publishing.dataset import Publisher, code_in_address
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.scdl.owners import Owner
from ckanext.odlocale.territory import heirs
from ckanext.odlocale.territory.identifiers import default_siret, is_siret
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Collectivity


def source_of(deposit: Deposit, desk: Collectivity) -> Collectivity:
    """Return in whose name a deposit is online: the desk's, or a former one's."""
    if deposit.siren == desk.siren:
        return desk
    found = model.Session.get(Collectivity, deposit.siren)
    taken_in = found is not None and found.heir().siren == desk.siren
    return found if found is not None and taken_in else desk


def owner_of_rows(deposit: Deposit) -> Owner:
    """Return whose the rows of a deposit must be: its desk's, or a former one's."""
    desk = Collectivity.by_org(deposit.org_id)
    if desk is None:
        return Owner(deposit.siren)
    formers = heirs.formers_of(desk.siren)
    own, *others = [
        Owner(
            numbers.sirens[0],
            numbers.insees[0] if numbers.insees else None,
            numbers.sirens[1:],
            numbers.insees[1:],
        )
        for numbers in heirs.numbers_of([desk, *formers])
    ]
    return Owner(
        own.siren,
        own.insee,
        own.old_sirens,
        own.old_insees,
        tuple(others),
        siret_of(desk),
    )


def siret_of(owner: Collectivity) -> str:
    """Return the SIRET of a collectivité: as its page says, else the usual one."""
    said = model.Group.get(owner.org_id) if owner.org_id else None
    recorded = str(said.extras.get("siret") or "") if said else ""
    its_own = is_siret(recorded) and recorded.startswith(owner.siren)
    return recorded if its_own else default_siret(owner.siren)


def file_under(deposit: Deposit, named: str | None) -> None:
    """Keep a draft in the name of whom its rows are about.

    :param named: SIREN of the collectivité that all its rows name, if they do
    """
    desk = Collectivity.by_org(deposit.org_id)
    if desk is None:
        return
    own = {desk.siren, *(one.siren for one in heirs.formers_of(desk.siren))}
    if named in own:
        deposit.siren = str(named)
    elif deposit.siren not in own:
        # Its SIREN changed while the file was being sent.
        deposit.siren = desk.siren


def lock_for_release(deposit: Deposit) -> Deposit | None:
    """Lock a deposit, its dataset and its collectivité, in that transaction's order.

    A merger or a new SIREN may have moved the deposit to another dataset while the
    lock was awaited: that one is locked too.

    :returns: the deposit as it is now; nothing if it was dropped meanwhile
    """
    while True:
        place = (deposit.org_id, deposit.siren, deposit.schema)
        Deposit.lock_dataset(deposit.siren, str(deposit.schema))
        heirs.hold(deposit.org_id)
        locked = Deposit.load(deposit.id, for_update=True)
        if locked is None:
            return None
        if (locked.org_id, locked.siren, locked.schema) == place:
            return locked
        deposit = locked


def publisher_of(deposit: Deposit) -> Publisher:
    """Return who publishes a deposit, with the contact to print.

    After a merger: the heir's organisation and contact, the former's name and code.

    :raises ckan.plugins.toolkit.ObjectNotFound: its organisation is nobody's
    """
    desk = Collectivity.by_org(deposit.org_id)
    if desk is None:
        raise tk.ObjectNotFound(tk._("This collectivité was not found."))
    source = source_of(deposit, desk)
    organization = model.Group.get(deposit.org_id)
    said = organization.extras if organization else {}
    official = Register.load().by_siren(desk.siren)
    full_name = official.full_name if official else desk.name
    return Publisher(
        org_id=deposit.org_id,
        siren=source.siren,
        code=source.code,
        name=source.name,
        contact_name=str(said.get("contact_name") or wording.town_hall(full_name)),
        contact_email=str(
            said.get("contact_email")
            or tk.config["ckanext.odlocale.contact_email"]
            or ""
        ),
    )


def code_of_address(
    publisher: Publisher, key: str, existing: dict[str, Any] | None
) -> str:
    """Return the code that a file's permanent address has.

    A file already online keeps the one it was given: data.gouv.fr takes a file at
    another address for another file. A commune whose INSEE code changed has both.
    """
    for resource in (existing or {}).get("resources", ()):
        if resource.get("scdl_key") != key:
            continue
        url, site_url = str(resource.get("url") or ""), str(tk.config["ckan.site_url"])
        code = code_in_address(url, site_url)
        found = Collectivity.by_code(code) if code else None
        if code and found is not None and found.siren == publisher.siren:
            return code
    return publisher.code


def summarise(deposits: Sequence[Deposit]) -> list[dict[str, Any]]:
    """Return what lists show of deposits, in one query for all.

    :returns: their :meth:`~.model.Deposit.summary`, with ``code`` (of the address)
        and ``former``, the name of the commune that merged, if it is one's file
    """
    query = sa.select(Collectivity).where(
        Collectivity.siren.in_({one.siren for one in deposits})
    )
    known = {one.siren: one for one in model.Session.scalars(query)}
    listed = []
    for one in deposits:
        source = known.get(one.siren)
        gone = source is not None and source.org_id != one.org_id
        listed.append(
            {
                **one.summary(),
                "code": source.code if source else None,
                "former": source.name if source and gone else None,
            }
        )
    return listed


def writer_of(context: Context) -> str:
    """Return the account that CKAN says wrote a dataset.

    A software has none: it is the portal's own, for the writing alone, once our rule
    said yes. Our journal says which software it was.
    """
    if bearer_of(context) is None:
        return str(context["user"])
    kept: Context = {"ignore_auth": True, "defer_commit": True}
    return str(tk.get_action("get_site_user")(kept, {})["name"])
