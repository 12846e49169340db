"""The letters about an account: it closes, its password, address, second factor."""

from __future__ import annotations

import datetime

import ckantoolkit as tk

from ckanext.odlocale.base.french import format_date
from ckanext.odlocale.base.letter import Letter, Link, compose
from ckanext.odlocale.people.letters import absolute, signature


def account_will_close(day: datetime.date, places: list[str]) -> Letter:
    """Tell somebody that his account will close, and how to keep it.

    :param places: names of the collectivités that he publishes for
    """
    says = {"day": format_date(day), "names": ", ".join(places), "atd": signature()}
    blocks: list[str | Link] = [
        tk._("Hello, you have not come for months.").format(**says),
        tk._("Your account will close on {day}, and your data will be erased.").format(
            **says
        ),
    ]
    if places:
        blocks.append(tk._("You publish for: {names}.").format(**says))
    blocks += [
        tk._("To keep it, log in once before this day. Nothing else is needed."),
        Link(tk._("Log in"), absolute("user.login")),
        tk._(
            "Do you no longer work there? Do nothing. The files of the town hall stay"
            " its own."
        ),
    ]
    subject = tk._("Your account will close on {day}").format(**says)
    return compose(subject, blocks, signature=signature())


def forgotten(token: str) -> Letter:
    """Let somebody choose another password: a link that is his alone."""
    return compose(
        tk._("Choose a new password"),
        [
            tk._("Hello, somebody asks for a new password for your account."),
            Link(
                tk._("Choose a new password"),
                absolute("odlocale_password.choose", token=token),
            ),
            tk._("This link is yours alone. It holds one hour and serves once."),
            tk._("Did you ask for nothing? Do nothing: your password stays the same."),
        ],
        signature=signature(),
    )


def prove_address(token: str) -> Letter:
    """Ask whoever reads an address to say that it is his."""
    return compose(
        tk._("Confirm your new address"),
        [
            tk._("Hello, you asked to receive your letters at this address."),
            Link(
                tk._("Confirm this address"),
                absolute("odlocale_account.address_link", token=token),
            ),
            tk._("This link is yours alone. It holds one day and serves once."),
            tk._("Did you ask for nothing? Do nothing: nothing changes."),
        ],
        signature=signature(),
    )


def address_changes(masked: str, *, done: bool) -> Letter:
    """Tell an account's former address that another takes its place.

    :param masked: the new one, which its owner recognises
    :param done: whether it does already, or only once it is proved
    """
    if done:
        subject = tk._("The address of your account has changed")
        fact = tk._("Hello, the address of your account is now {address}.")
    else:
        subject = tk._("The address of your account will change")
        fact = tk._("Hello, the address of your account will become {address}.")
    return compose(
        subject,
        [
            fact.format(address=masked),
            tk._(
                "Is it not you? Choose a new password now, then write to {atd}."
            ).format(atd=signature()),
            Link(tk._("Choose a new password"), absolute("odlocale_password.ask")),
        ],
        signature=signature(),
    )


def factor_changed(what: str) -> Letter:
    """Tell somebody what was done to his second factor.

    :param what: ``set``, ``removed`` or ``renewed`` (its recovery codes)
    """
    facts = {
        "set": tk._("The double check of your account is now set up."),
        "removed": tk._("The double check of your account is removed."),
        "renewed": tk._("Your recovery codes are new. The former open nothing."),
    }
    blocks: list[str | Link] = [
        facts[what],
        tk._("Was it not you? Change your password, and write to {atd}.").format(
            atd=signature()
        ),
        Link(tk._("Open my account"), absolute("user.edit")),
    ]
    subject = tk._("The double check of your account has changed")
    return compose(subject, blocks, signature=signature())
