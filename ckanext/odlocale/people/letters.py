"""The letters of this room, in the words of who receives them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base.french import format_date
from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.people import rights
from ckanext.odlocale.people.contacts import managers_of, people_of
from ckanext.odlocale.people.invitations import is_person_name
from ckanext.odlocale.people.mandate_rules import name_of_holder
from ckanext.odlocale.people.tables import Invitation, Mandate, Token
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.permission import memberships_of, organisations_above
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
    return names_of_data(mandate.schemas)


def names_of_data(schemas: Sequence[str]) -> str:
    """Return the names of some models, or of all where there is none."""
    if not schemas:
        return str(tk._("all data"))
    catalogue = load_catalogue()
    return ", ".join(catalogue.get(one).label for one in schemas if one in catalogue)


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
    blocks.append(Link(tk._("See the mandates"), where))
    return compose(subject.format(**says), blocks, signature=signature())


def inviter_of(one: Invitation) -> str:
    """Return who invites, in words: a person and what he works for; the ATD where a
    command did it, a code or an administrator of the portal."""
    user = model.User.get(one.created_by) if one.created_by else None
    if user is None or not user.is_active:
        return signature()
    theirs = {seat.org_id for seat in memberships_of(user.id)}
    known = [one.org_id, *organisations_above(one.org_id)]
    seat = next((Collectivity.by_org(it) for it in known if it in theirs), None)
    if seat is None:
        return signature()
    # What somebody writes of himself goes in a letter only where it is a name.
    name = str(user.display_name)
    return f"{name} ({seat.name})" if is_person_name(name) else str(seat.name)


def invitation(one: Invitation, token: str) -> Letter:
    """Invite somebody to work for a collectivité: a link that is his alone."""
    place = Collectivity.by_org(one.org_id)
    says = {"name": place.name if place else "", "inviter": inviter_of(one)}
    return compose(
        tk._("{name}: your access to publish your data").format(**says),
        [
            tk._(
                "Hello, {inviter} opens a free access for you. The first time, count"
                " ten minutes."
            ).format(**says),
            Link(
                tk._("Activate my access"),
                absolute("odlocale_joining.invitation", token=token),
            ),
            tk._("This link is yours alone. It holds 14 days and serves once."),
            tk._("Is it not for you? Open it too: you may name a colleague there."),
        ],
        signature=signature(),
    )


def access_code(place: Collectivity, who: str, email: str, code: str) -> Letter:
    """Give a town hall the code that somebody asks for in its name."""
    says = {"name": place.name, "who": who, "email": email, "code": code}
    return compose(
        tk._("Somebody asks to publish for {name}").format(**says),
        [
            tk._("{who} ({email}) asks for an access.").format(**says),
            tk._(
                "Do you know this person? Give them this code: {code}. It holds 30"
                " minutes."
            ).format(**says),
            tk._("If not, do nothing: nobody comes in without the code."),
        ],
        signature=signature(),
    )


def invitation_code(place: Collectivity, code: str) -> Letter:
    """Give an invited address the code that its holder types on the page."""
    says = {"name": place.name, "code": code}
    return compose(
        tk._("{code}: your code to publish for {name}").format(**says),
        [
            tk._("Type this code on the page of your invitation: {code}.").format(
                **says
            ),
            tk._("It holds 30 minutes."),
            tk._(
                "If you have not opened the invitation, somebody who received it from"
                " you has: do not give this code."
            ),
        ],
        signature=signature(),
    )


def joined(who: str, email: str, org_id: str, way: str) -> Letter:
    """Say that somebody came in, and how.

    :param way: ``code``, ``invitation`` or ``provider``
    """
    place = Collectivity.by_org(org_id)
    says = {"who": who, "email": email, "name": place.name if place else ""}
    ways = {
        "code": tk._("{who} ({email}) proved it by the code sent to the town hall."),
        "invitation": tk._("{who} ({email}) accepted the invitation."),
        "provider": tk._("{who} ({email}) logged in with the SIRET of {name}."),
    }
    return _about_team(
        org_id, tk._("{name}: {who} may publish"), ways[way].format(**says), says
    )


def decided_by(by: str | None, user_id: str, org_id: str) -> str:
    """Return who decided something about somebody, and for whom where it is another's.

    :param by: id of an account; nothing for the portal
    :param user_id: whom it is about
    """
    place, user = Collectivity.by_org(org_id), model.User.get(by) if by else None
    if user is None or user.name == str(tk.config["ckan.site_id"]):
        return str(tk._("Decided by {who}.").format(who=signature()))
    sentence = tk._("Decided by {who}.")
    if user.id != user_id and not rights.is_member(user.id, org_id):
        sentence = tk._("Decided by {who}, on behalf of {name}.")
    name = place.name if place else ""
    return str(sentence.format(who=user.display_name, name=name))


def taken_out(user: model.User, org_id: str, by: str | None) -> Letter:
    """Say that somebody no longer works for a collectivité, and who decided it.

    :param by: as :func:`decided_by`
    """
    place = Collectivity.by_org(org_id)
    says = {"who": user.display_name, "name": place.name if place else ""}
    fact = tk._("{who} no longer publishes for {name}. Drafts and files stay there.")
    subject = tk._("{name}: {who} no longer publishes")
    said = f"{fact.format(**says)} {decided_by(by, user.id, org_id)}"
    if left := _software_of(user.id, org_id):
        sentence = tk._(
            "The software that {who} let send data still may: {software}. End what is"
            " not needed any more."
        )
        said += " " + sentence.format(software=", ".join(left), **says)
    return _about_team(org_id, subject, said, says)


def _software_of(user_id: str, org_id: str) -> list[str]:
    """Return what the software is called whose tokens somebody made, and that hold."""
    query = sa.select(Token.name).where(
        Token.org_id == org_id,
        Token.created_by == user_id,
        Token.revoked_at.is_(None),
        Token.until >= datetime.date.today(),
    )
    return sorted(set(model.Session.scalars(query)))


def role_changed(user: model.User, org_id: str, role: str, by: str | None) -> Letter:
    """Say that somebody has another role, and who decided it.

    :param by: as :func:`decided_by`
    """
    place = Collectivity.by_org(org_id)
    says = {"who": user.display_name, "name": place.name if place else ""}
    said = f"{_fact_of(role).format(**says)} {decided_by(by, user.id, org_id)}"
    return _about_team(org_id, tk._("{name}: your role has changed"), said, says)


def _fact_of(role: str) -> str:
    facts = {
        "agent": tk._("{who} now prepares and publishes data for {name}."),
        "manager": tk._("{who} now also says who publishes for {name}."),
        "animator": tk._("{who} now helps all those who depend on {name}."),
    }
    return str(facts[role])


def role_given(user: model.User, org_id: str, role: str, by: str | None) -> Letter:
    """Say that somebody was put in a team, and who decided it.

    :param by: as :func:`decided_by`
    """
    place = Collectivity.by_org(org_id)
    says = {"who": user.display_name, "name": place.name if place else ""}
    said = f"{_fact_of(role).format(**says)} {decided_by(by, user.id, org_id)}"
    return _about_team(org_id, tk._("{name}: {who} may publish"), said, says)


def declined(one: Invitation, colleague: str) -> Letter:
    """Say that an invitation was for somebody else."""
    place = Collectivity.by_org(one.org_id)
    says = {"email": one.email, "name": place.name if place else ""}
    fact = tk._("{email} does not take the access to {name}.").format(**says)
    if colleague:
        said = tk._("This colleague is named instead: {colleague}. Invite them.")
        fact += " " + said.format(colleague=colleague)
    return _about_team(one.org_id, tk._("{name}: an invitation declined"), fact, says)


def team_empty(org_id: str) -> Letter:
    """Tell the ATD that a collectivité has nobody left."""
    place = Collectivity.by_org(org_id)
    says = {"name": place.name if place else ""}
    fact = tk._(
        "Nobody publishes for {name} any more. Its drafts and files are kept. Invite"
        " somebody, or let the town hall ask for a code."
    )
    return _about_team(
        org_id, tk._("{name}: nobody left to publish"), fact.format(**says), says
    )


def team_asleep(org_ids: Sequence[str]) -> Letter:
    """Tell the ATD that those who publish for collectivités have not come for months,
    one line for each."""
    names = [place.name for one in org_ids if (place := Collectivity.by_org(one))]
    subject = tk.ungettext(
        "{name}: nobody has come for months",
        "{count} collectivités: nobody has come for months",
        len(names),
    )
    blocks: list[str | Link] = [
        tk._(
            "Whoever publishes for them has not logged in for months. The account will"
            " close. Drafts and files are kept."
        ),
        "\n".join(names),
        tk._(
            "Call the town hall: is it still the same person? If not, invite another."
        ),
    ]
    says = {"name": names[0] if names else "", "count": len(names)}
    return compose(subject.format(**says), blocks, signature=signature())


def _about_team(org_id: str, subject: str, fact: str, says: dict[str, str]) -> Letter:
    place = Collectivity.by_org(org_id)
    where = absolute("odlocale_people.team", code=place.code if place else "")
    blocks: list[str | Link] = [fact, Link(tk._("See who publishes"), where)]
    return compose(subject.format(**says), blocks, signature=signature())
