"""The letters of this room, in the words of who receives them."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base.french import format_date
from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.people.contacts import managers_of, people_of
from ckanext.odlocale.people.mandate_rules import name_of_holder
from ckanext.odlocale.people.tables import Mandate
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity


def absolute(endpoint: str, **values: Any) -> str:
    """Return the address of a page, from ``ckan.site_url`` only: the host of a request
    may be an internal one."""
    path = tk.url_for(endpoint, locale="default", **values)
    return str(tk.config["ckan.site_url"]).rstrip("/") + str(path)


def signature() -> str:
    """Return who writes."""
    return str(tk.config["ckanext.odlocale.atd_name"])


def concerned_by(mandate: Mandate) -> list[model.User]:
    """Return who is told of a mandate: who manages its giver, who holds it."""
    found = managers_of(mandate.org_id)
    if mandate.holder == "agent":
        holder = model.User.get(mandate.holder_id)
        found += [holder] if holder else []
    elif mandate.holder == "organization":
        found += [one for one, _ in people_of(str(mandate.holder_id))]
    return list({one.id: one for one in found if one.is_active}.values())


def data_of(mandate: Mandate) -> str:
    """Return what a mandate is about, in words."""
    if not mandate.schemas:
        return str(tk._("all data"))
    catalogue = load_catalogue()
    return ", ".join(
        catalogue.get(slug).label for slug in mandate.schemas if slug in catalogue
    )


def mandate_changed(mandate: Mandate, context: Context) -> Letter:
    """Say that a mandate was asked for, given, refused or ended, and by whom."""
    says = _words_of(mandate)
    who = model.User.get(context["user"])
    says["who"] = who.display_name if who else signature()
    subjects = {
        "asked": tk._("{name}: {holder} asks to act for you"),
        "accepted": tk._("{name}: {holder} may act for you"),
        "refused": tk._("{name}: {holder} may not act for you"),
        "ended": tk._("{name}: {holder} no longer acts for you"),
    }
    facts = {
        "asked": tk._("{who} asks that {holder} may publish for {name}."),
        "accepted": tk._("{who} lets {holder} publish for {name}."),
        "refused": tk._("{who} refuses that {holder} publishes for {name}."),
        "ended": tk._("{who} ended it: {holder} no longer publishes for {name}."),
    }
    return _write(mandate, subjects[mandate.state], facts[mandate.state], says)


def mandate_ends(mandate: Mandate, days: int) -> Letter:
    """Say that a mandate ends in some days, or has ended (0)."""
    says = _words_of(mandate)
    if days:
        subject = tk._("{name}: {holder} acts for you until {until}")
        fact = tk._("After {until}, {holder} may no longer publish for {name}.")
    else:
        subject = tk._("{name}: {holder} no longer acts for you")
        fact = tk._("Since {until}, {holder} may no longer publish for {name}.")
    return _write(mandate, subject, fact, says)


def _words_of(mandate: Mandate) -> dict[str, str]:
    owner = Collectivity.by_org(mandate.org_id)
    return {
        "name": owner.name if owner else "",
        "holder": name_of_holder(mandate),
        "since": format_date(mandate.since),
        "until": format_date(mandate.until),
        "data": data_of(mandate),
    }


def _write(mandate: Mandate, subject: str, fact: str, says: dict[str, str]) -> Letter:
    owner = Collectivity.by_org(mandate.org_id)
    where = absolute("odlocale_people.mandates", code=owner.code if owner else "")
    blocks: list[str | Link] = [
        fact.format(**says),
        tk._("Data: {data}. From {since} to {until}.").format(**says),
    ]
    if mandate.message:
        blocks.append(mandate.message)
    blocks.append(Link(tk._("See the mandates"), where))
    return compose(subject.format(**says), blocks, signature=signature())
