"""Letters about the tokens of software: made, revoked, about to end."""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base.french import format_date
from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.people.letters import absolute, names_of_data, signature
from ckanext.odlocale.people.tables import Token
from ckanext.odlocale.territory.tables import Collectivity


def made(token: Token, context: Context) -> Letter:
    """Say that a software may send data, and who said so."""
    return _write(
        token,
        tk._("{name}: {software} may send data for you"),
        tk._("{who} lets {software} send data for {name}."),
        tk._("You did not expect it? Stop this access on the page."),
        who=_who(context),
    )


def revoked(token: Token, context: Context) -> Letter:
    """Say that a software may no longer send anything, and who said so."""
    return _write(
        token,
        tk._("{name}: {software} no longer sends data for you"),
        tk._("{who} stopped it: {software} no longer sends data for {name}."),
        tk._("What is published stays online."),
        who=_who(context),
    )


def ends(token: Token, days: int) -> Letter:
    """Say that a token ends in some days, or has ended (0)."""
    if days:
        subject = tk._("{name}: {software} sends data for you until {until}")
        fact = tk._("After {until}, {software} may no longer send data for {name}.")
    else:
        subject = tk._("{name}: {software} no longer sends data for you")
        fact = tk._("Since {until}, {software} may no longer send data for {name}.")
    remedy = tk._("To go on, make a new access, and put its code in the software.")
    return _write(token, subject, fact, remedy)


def _who(context: Context) -> str:
    user = model.User.get(context["user"])
    return str(user.display_name) if user else signature()


def _write(token: Token, subject: str, fact: str, remedy: str, who: str = "") -> Letter:
    owner = Collectivity.by_org(token.org_id)
    says = {
        "name": owner.name if owner else "",
        "software": token.name,
        "until": format_date(token.until),
        "data": names_of_data(token.schemas),
        "prefix": token.prefix,
        "who": who,
    }
    where = absolute("odlocale_people.software", code=owner.code if owner else "")
    blocks: list[str | Link] = [
        fact.format(**says),
        tk._("Data: {data}. Until {until}. Its code begins with {prefix}.").format(
            **says
        ),
        remedy,
        Link(tk._("See the software"), where),
    ]
    return compose(subject.format(**says), blocks, signature=signature())
