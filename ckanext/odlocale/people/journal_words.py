"""What a line of the journal says, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ckanext.odlocale.people import refused
from ckanext.odlocale.scdl.sentences import N_

Translate = Callable[[str], str]

_ON_DATA: Final = {
    "deposited": N_("sent a file in: {data}"),
    "chosen": N_("said what a file is about: {data}"),
    "corrected": N_("accepted corrections: {data}"),
    "decided": N_("answered what was found: {data}"),
    "undone": N_("undid corrections: {data}"),
    "answered": N_("answered before publishing: {data}"),
    "asked": N_("asked for help: {data}"),
    "published": N_("published: {data}"),
    "changed": N_("changed: {data}"),
    "moved": N_("moved from one local authority to another: {data}"),
    "withdrawn": N_("withdrew: {data}"),
    "restored": N_("put a former version online again: {data}"),
    "purged": N_("erased for good: {data}"),
    "dropped": N_("dropped a draft: {data}"),
    "begun": N_("began a table: {data}"),
    "answered nothing": N_("said that there is nothing to publish: {data}"),
    "took nothing back": N_("took back «nothing to publish»: {data}"),
    "prepared": N_("prepared a table from the last file: {data}"),
    "reported": N_("A reader reported an error: {data}"),
    "report corrected": N_("corrected what a reader reported: {data}"),
    "report refused": N_("answered a reader that it is no error: {data}"),
    "migrated": N_("moved to a new version: {data}"),
    "transferred": N_("moved what a merged commune had"),
}

_ON_TEAMS: Final = {
    "invited": N_("invited {whom} (role: {role})"),
    "invited again": N_("sent the invitation of {whom} again"),
    "invitation cancelled": N_("cancelled the invitation of {whom}"),
    "declined": N_("declined the invitation sent to {whom}"),
    "joined": N_("joined the team by {way} (role: {role})"),
    "left": N_("left the team"),
    "letter came back": N_("received the invitation of {whom} back: nobody is there"),
    "official address": N_("wrote the official address of the town hall"),
    "removed": N_("took {whom} out of the team"),
    "role changed": N_("changed the role of {whom} (role: {role})"),
    "role given": N_("gave a role to {whom} (role: {role})"),
    "code asked": N_("asked for a code at the town hall, for {whom}"),
    "code proved": N_("proved by the code that {whom} works at the town hall"),
    "attachment asked": N_("asked for an access by a work account"),
    "attachment accepted": N_("let in {whom}, who came by a work account"),
    "attachment refused": N_("refused {whom}, who came by a work account"),
    "access lapsed": N_("closed the access of {whom}, not proved again"),
}

_ON_MANDATES: Final = {
    "mandate asked": N_("asked a mandate for {holder}: {data}, until {until}"),
    "mandated": N_("gave a mandate to {holder}: {data}, until {until}"),
    "mandate accepted": N_("accepted the mandate of {holder}: {data}, until {until}"),
    "mandate refused": N_("refused the mandate of {holder}: {data}, until {until}"),
    "mandate ended": N_(
        "ended the mandate of {holder}: {data}, foreseen until {until}"
    ),
    "token made": N_("made an access for the software {name}: {data}, until {until}"),
    "token revoked": N_("stopped the access of the software {name}: {data}"),
}

_ON_ACCOUNTS: Final = {
    "logged in": N_("logged in, by {way}"),
    "login refused": N_("was refused at the login by a work account"),
    "identity linked": N_("linked a work account to {whom}"),
    "sessions ended": N_("closed all the sessions of {whom}"),
    "password changed": N_("changed the password of {whom}"),
    "address changed": N_("changed the address of {whom}"),
    "renamed": N_("changed the name of {whom}, who was shown under another"),
    "second factor set": N_("set the double check of {whom} up"),
    "second factor removed": N_("removed the double check of {whom}"),
    "second factor reset": N_("removed the double check of {whom}"),
    "recovery codes renewed": N_("renewed the recovery codes of {whom}"),
    "administrator named": N_("made {whom} an administrator of the portal"),
    "administrator removed": N_("made {whom} no longer an administrator of the portal"),
    "account made": N_("made the account of {whom}"),
    "account closed": N_("closed the account of {whom}"),
}

#: A provider proves for whom one works; a password does not.
_LOGGED_IN_FOR: Final = N_("logged in for {place}, by {way}")

_ON_THE_PORTAL: Final = {
    "targeted": N_("said where data are published"),
    "added": N_("added a model of data: {object}"),
    "aimed": N_("set the goal of a territory"),
    "ruled": N_("said what an ATD asks of a model of data: {object}"),
    "applied": N_("set the territory up: {object}"),
    "contours": N_("read the outlines of the territory"),
    "set": N_("wrote the territory of an ATD: {object}"),
    "deleted": N_("removed the territory of an ATD: {object}"),
    "packed": N_("prepared the move to another portal"),
    "handed over": N_("moved to another portal"),
    "feed released": N_("left data.gouv.fr to the other portal"),
    "taken over": N_("came from another portal"),
    "chose how data.gouv.fr is told": N_("chose how data.gouv.fr gets the data"),
    "decided on data.gouv.fr": N_("chose between our words and data.gouv.fr's"),
    "registered on data.gouv.fr": N_("registered it on data.gouv.fr"),
    "named on data.gouv.fr": N_("gave data.gouv.fr its SIRET"),
    "gave data.gouv.fr a source": N_("gave data.gouv.fr the address of its data"),
    "moved a source of data.gouv.fr": N_("changed that address on data.gouv.fr"),
    "decided whose an organisation is": N_("said which organisation it has there"),
    "confirmed a SIRET": N_("confirmed its SIRET"),
    "said where it publishes elsewhere": N_("said where else it publishes"),
    "wrote to an organisation of data.gouv.fr": N_("wrote to its organisation there"),
    "gave a key of data.gouv.fr": N_("gave its key of data.gouv.fr"),
    "forgot a key of data.gouv.fr": N_("removed a key of data.gouv.fr"),
    "answered on data.gouv.fr": N_("answered a reader on data.gouv.fr"),
}
_SENTENCES: Final = {
    **_ON_DATA,
    **_ON_TEAMS,
    **_ON_MANDATES,
    **_ON_ACCOUNTS,
    **_ON_THE_PORTAL,
}


def sentence_of(verb: str, detail: Mapping[str, Any], gettext: Translate) -> str:
    """Return what was done, as a sentence without its subject.

    A verb that has no sentence is given as it is: nothing of the journal is hidden.

    :param verb: of the line
    :param detail: of the line, in words: the ``data`` that it is about, ``whom`` it was
        done to, the ``role`` given, the ``holder`` of a mandate, its last day as
        ``until``, the ``way`` in, the ``place`` whose line it is, the ``name`` of a
        software, the ``object`` of what has no other name, and its ``kind``
    :param gettext: translates a sentence into the reader's language

    >>> sentence_of("invited", {"whom": "Paul Durand", "role": "agent"}, str)
    'invited Paul Durand (role: agent)'
    >>> sentence_of("removed", {}, str)
    'took somebody out of the team'
    """
    if verb == refused.VERB:
        return refused.sentence_of_refusal(
            str(detail.get("reason")), str(detail.get("kind")), gettext
        )
    unknown = gettext("not known")
    somebody = gettext("somebody")
    words = {
        "data": gettext("a file"), "whom": somebody, "holder": somebody,
        "role": unknown, "until": unknown, "way": unknown, "name": "", "object": "",
        "place": "",
    }  # fmt: skip
    said = {name: str(detail.get(name) or usual) for name, usual in words.items()}
    sentence = gettext(_SENTENCES[verb]) if verb in _SENTENCES else verb
    if verb == "logged in" and said["place"]:
        sentence = gettext(_LOGGED_IN_FOR)
    return sentence.format(**said)
