"""The letter to who closed the page of a long file: checked, online, or stopped."""

from __future__ import annotations

import logging

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people.letters import absolute, signature
from ckanext.odlocale.people.members import bounced_among
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.tables import Collectivity

log = logging.getLogger(__name__)

PUBLISHING = "odlocale_deposit_publish"


def tell_done(deposit_id: str, user_id: str, action: str, outcome: str) -> None:
    """Write to an agent that her file waits for her no longer.

    A letter that does not leave is noted only: her desk says the same.

    :param action: what the worker did
    :param outcome: ``done``, ``refused`` or ``failed``
    """
    user = model.User.get(user_id)
    deposit = Deposit.load(deposit_id)
    if user is None or deposit is None or not user.email or bounced_among([user.id]):
        return
    letter = write_letter(deposit, action, outcome)
    try:
        send(letter, name=user.display_name, address=user.email)
    except LetterNotSent as problem:
        log.warning("The letter about a long file did not arrive: %s", problem.kept)


def write_letter(deposit: Deposit, action: str, outcome: str) -> Letter:
    """Return the letter; see :func:`tell_done`."""
    place = Collectivity.by_org(deposit.org_id)
    publishes = action == PUBLISHING
    if outcome == "done":
        subject = (
            tk._("{name}: your data are online")
            if publishes
            else tk._("{name}: your file is checked")
        )
        said = (
            tk._("Your file “{file}” is published.")
            if publishes
            else tk._("Your file “{file}” is checked. Nothing is published yet.")
        )
        label = tk._("See my data") if publishes else tk._("See what was found")
    else:
        subject = tk._("{name}: your file waits for you")
        said = tk._("The work on your file “{file}” stopped. Nothing is lost.")
        label = tk._("See why, and resume")
    words = {"name": place.name if place else "", "file": deposit.filename or ""}
    return compose(
        subject.format(**words),
        [
            said.format(**words),
            Link(label, absolute("odlocale_publishing.resume", deposit_id=deposit.id)),
        ],
        signature=signature(),
    )
