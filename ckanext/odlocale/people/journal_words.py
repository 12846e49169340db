"""What a line of the journal says, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ckanext.odlocale.people import refused

Translate = Callable[[str], str]


def sentence_of(verb: str, detail: Mapping[str, Any], gettext: Translate) -> str:
    """Return what was done, as a sentence without its subject.

    A verb that has no sentence is given as it is: nothing of the journal is hidden.

    :param verb: of the line
    :param detail: of the line; ``data`` is the name of the data in words
    :param gettext: translates a sentence into the reader's language
    """
    sentences = {
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
        "targeted": gettext("said where data are published"),
        "added": gettext("added a model of data"),
        "applied": gettext("set the territory up"),
        "transferred": gettext("moved what a merged commune had"),
        "named": gettext("said who animates"),
        "invited": gettext("invited somebody"),
        "invited again": gettext("sent an invitation again"),
        "invitation cancelled": gettext("cancelled an invitation"),
        "declined": gettext("declined an invitation"),
        "joined": gettext("joined the team"),
        "left": gettext("left the team"),
        "letter came back": gettext("received an invitation back: nobody is there"),
        "official address": gettext("wrote the official address of the town hall"),
        "account closed": gettext("closed an account"),
        "removed": gettext("took somebody out of the team"),
        "role changed": gettext("changed somebody's role"),
        "code asked": gettext("asked for a code at the town hall"),
        "code proved": gettext("proved by the code to work at the town hall"),
        "attachment asked": gettext("asked for an access by a work account"),
        "attachment accepted": gettext("let in somebody who came by a work account"),
        "attachment refused": gettext("refused somebody who came by a work account"),
        "access lapsed": gettext("closed an access that nobody proved again"),
        "mandate asked": gettext("asked for a mandate"),
        "mandated": gettext("gave a mandate"),
        "mandate refused": gettext("refused a mandate"),
        "mandate ended": gettext("ended a mandate"),
        "token made": gettext("made an access for a software: {name}"),
        "token revoked": gettext("stopped the access of a software: {name}"),
    }
    if verb == refused.VERB:
        return refused.sentence_of_refusal(str(detail.get("reason")), gettext)
    data = str(detail.get("data") or gettext("a file"))
    name = str(detail.get("name") or "")
    return sentences.get(verb, verb).format(data=data, name=name)
