"""What a line of the journal says, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Translate = Callable[[str], str]


def sentence_of(verb: str, detail: Mapping[str, Any], gettext: Translate) -> str:
    """Return what was done, as a sentence without its subject.

    A verb that has no sentence is given as it is: nothing of the journal is hidden.

    :param verb: of the line
    :param detail: of the line, in words: the ``data`` that it is about, ``whom`` it was
        done to, the ``role`` given, the ``holder`` of a mandate, its last day as
        ``until``, the ``way`` in, the ``name`` of a software, the ``object`` of what
        has no other name
    :param gettext: translates a sentence into the reader's language

    >>> sentence_of("invited", {"whom": "Paul Durand", "role": "agent"}, str)
    'invited Paul Durand (role: agent)'
    >>> sentence_of("removed", {}, str)
    'took somebody out of the team'
    """
    sentences = {
        **_on_data(gettext),
        **_on_teams(gettext),
        **_on_mandates(gettext),
        **_on_accounts(gettext),
        **_on_the_portal(gettext),
    }
    unknown = gettext("not known")
    somebody = gettext("somebody")
    words = {
        "data": gettext("a file"), "whom": somebody, "holder": somebody,
        "role": unknown, "until": unknown, "way": unknown, "name": "", "object": "",
    }  # fmt: skip
    said = {name: str(detail.get(name) or usual) for name, usual in words.items()}
    return sentences.get(verb, verb).format(**said)


def _on_data(gettext: Translate) -> dict[str, str]:
    return {
        "deposited": gettext("sent a file in: {data}"),
        "chosen": gettext("said what a file is about: {data}"),
        "corrected": gettext("accepted corrections: {data}"),
        "decided": gettext("answered what was found: {data}"),
        "undone": gettext("undid corrections: {data}"),
        "answered": gettext("answered before publishing: {data}"),
        "asked": gettext("asked for help: {data}"),
        "published": gettext("published: {data}"),
        "withdrawn": gettext("withdrew: {data}"),
        "restored": gettext("put a former version online again: {data}"),
        "purged": gettext("erased for good: {data}"),
        "dropped": gettext("dropped a draft: {data}"),
        "begun": gettext("began a table: {data}"),
        "answered nothing": gettext("said that there is nothing to publish: {data}"),
        "took nothing back": gettext("took back «nothing to publish»: {data}"),
        "prepared": gettext("prepared a table from the last file: {data}"),
        "reported": gettext("A reader reported an error: {data}"),
        "report corrected": gettext("corrected what a reader reported: {data}"),
        "report refused": gettext("answered a reader that it is no error: {data}"),
        "migrated": gettext("moved to a new version: {data}"),
        "transferred": gettext("moved what a merged commune had"),
    }


def _on_teams(gettext: Translate) -> dict[str, str]:
    return {
        "invited": gettext("invited {whom} (role: {role})"),
        "invited again": gettext("sent the invitation of {whom} again"),
        "invitation cancelled": gettext("cancelled the invitation of {whom}"),
        "declined": gettext("declined the invitation sent to {whom}"),
        "joined": gettext("joined the team by {way} (role: {role})"),
        "left": gettext("left the team"),
        "letter came back": gettext(
            "received the invitation of {whom} back: nobody is there"
        ),
        "official address": gettext("wrote the official address of the town hall"),
        "removed": gettext("took {whom} out of the team"),
        "role changed": gettext("changed the role of {whom} (role: {role})"),
        "code asked": gettext("asked for a code at the town hall, for {whom}"),
        "code proved": gettext("proved by the code that {whom} works at the town hall"),
        "attachment asked": gettext("asked for an access by a work account"),
        "attachment accepted": gettext("let in {whom}, who came by a work account"),
        "attachment refused": gettext("refused {whom}, who came by a work account"),
        "access lapsed": gettext("closed the access of {whom}, not proved again"),
    }


def _on_mandates(gettext: Translate) -> dict[str, str]:
    return {
        "mandate asked": gettext("asked a mandate for {holder}: {data}, until {until}"),
        "mandated": gettext("gave a mandate to {holder}: {data}, until {until}"),
        "mandate accepted": gettext(
            "accepted the mandate of {holder}: {data}, until {until}"
        ),
        "mandate refused": gettext(
            "refused the mandate of {holder}: {data}, until {until}"
        ),
        "mandate ended": gettext(
            "ended the mandate of {holder}: {data}, foreseen until {until}"
        ),
        "token made": gettext(
            "made an access for the software {name}: {data}, until {until}"
        ),
        "token revoked": gettext("stopped the access of the software {name}: {data}"),
    }


def _on_accounts(gettext: Translate) -> dict[str, str]:
    return {
        "logged in": gettext("logged in, by {way}"),
        "login refused": gettext("was refused at the login by a work account"),
        "identity linked": gettext("linked a work account to {whom}"),
        "sessions ended": gettext("closed all the sessions of {whom}"),
        "password changed": gettext("changed the password of {whom}"),
        "second factor set": gettext("set the double check of {whom} up"),
        "second factor removed": gettext("removed the double check of {whom}"),
        "second factor reset": gettext("removed the double check of {whom}"),
        "recovery codes renewed": gettext("renewed the recovery codes of {whom}"),
        "administrator named": gettext("made {whom} an administrator of the portal"),
        "administrator removed": gettext(
            "made {whom} no longer an administrator of the portal"
        ),
        "account closed": gettext("closed the account of {whom}"),
    }


def _on_the_portal(gettext: Translate) -> dict[str, str]:
    return {
        "targeted": gettext("said where data are published"),
        "added": gettext("added a model of data: {object}"),
        "applied": gettext("set the territory up: {object}"),
        "contours": gettext("read the outlines of the territory"),
        "set": gettext("wrote the territory of an ATD: {object}"),
        "deleted": gettext("removed the territory of an ATD: {object}"),
        "packed": gettext("prepared the move to another portal"),
        "handed over": gettext("moved to another portal"),
        "feed released": gettext("left data.gouv.fr to the other portal"),
        "taken over": gettext("came from another portal"),
    }
