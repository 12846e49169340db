"""Letters about those who log in by a provider."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.people.letters import absolute, signature
from ckanext.odlocale.people.oidc_tables import Attachment
from ckanext.odlocale.territory.tables import Collectivity


def asks(user: model.User, attachment: Attachment, place: Collectivity) -> Letter:
    """Ask the responsables whether somebody works for their collectivité."""
    says = _words(user, attachment, place)
    return compose(
        tk._("{name}: {who} asks to publish").format(**says),
        [
            tk._("{who} ({email}) logged in with the SIRET {siret}.").format(**says),
            tk._(
                "It is the first time that this person comes with it. Do you know"
                " them? Answer on the page of your team."
            ),
            Link(
                tk._("See who publishes"),
                absolute("odlocale_people.team", code=place.code),
            ),
            tk._("If not, do nothing: nobody comes in without your answer."),
        ],
        signature=signature(),
    )


def asks_unknown(user: model.User, attachment: Attachment) -> Letter:
    """Ask the ATD for which collectivité somebody works: its SIREN is not here."""
    says = _words(user, attachment, None)
    return compose(
        tk._("Somebody logged in with an organisation that is not here"),
        [
            tk._("{who} ({email}) logged in with the SIRET {siret}.").format(**says),
            tk._("Organisation: {label}.").format(**says),
            tk._("No collectivité here has this SIREN. Choose one, or refuse."),
            Link(tk._("Answer"), absolute("odlocale_people.attachments")),
        ],
        signature=signature(),
    )


def settled(user: model.User, attachment: Attachment, place: Any) -> Letter:
    """Tell somebody what was answered."""
    says = _words(user, attachment, place)
    if attachment.state == "granted":
        subject = tk._("{name}: your access is open")
        facts = [
            tk._("You may now prepare and publish data for {name}.").format(**says),
            Link(
                tk._("Open the desk"),
                absolute("odlocale_publishing.collectivity", code=place.code),
            ),
        ]
    else:
        subject = tk._("Your access request was refused")
        facts = [
            tk._("You asked for an access with the SIRET {siret}.").format(**says),
            tk._("The answer is no. Ask your town hall, or write to {atd}.").format(
                atd=signature()
            ),
        ]
    return compose(subject.format(**says), facts, signature=signature())


def lapsed(user: model.User, place: Collectivity, days: int) -> Letter:
    """Tell somebody that a role ended for want of a login."""
    says = {"name": place.name, "days": days}
    return compose(
        tk._("{name}: your access is closed").format(**says),
        [
            tk._(
                "You have not logged in for {name} for {days} days. Your access there"
                " is closed. Drafts and files stay."
            ).format(**says),
            tk._("To open it again, log in and choose {name}.").format(**says),
            Link(tk._("Log in"), absolute("user.login")),
        ],
        signature=signature(),
    )


def linked(user: model.User, name: str) -> Letter:
    """Tell somebody that a provider now opens their account."""
    return compose(
        tk._("Your account opens in another way too"),
        [
            tk._("{name} now opens your account, beside your password.").format(
                name=name
            ),
            tk._("Was it not you? Change your password, and write to {atd}.").format(
                atd=signature()
            ),
        ],
        signature=signature(),
    )


def _words(
    user: model.User, attachment: Attachment, place: Collectivity | None
) -> dict[str, str]:
    return {
        "who": user.display_name,
        "email": user.email or "",
        "siret": attachment.siret,
        "label": attachment.label or tk._("not said"),
        "name": place.name if place else "",
    }
