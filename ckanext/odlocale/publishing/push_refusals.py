"""Why a software is refused: a code, a status, a sentence.

The documentation (:mod:`.push_openapi`, ``docs/api.md``, the page) and the tests are
held to this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ckanext.odlocale.people.tokens import Bearer, Verb


def _(text: str) -> str:
    """Mark a message for translation, where nothing is translated yet."""
    return text


#: Status and sentence of each refusal, by code.
REFUSALS: Final[Mapping[str, tuple[int, str]]] = {
    "token_in_address": (
        400,
        _(
            "The code of the software is in the address, where others read it. Stop"
            " this access, make another one, and put its code in the header"
            " Authorization."
        ),
    ),
    "empty": (400, _("There is no file in the request. Nothing was kept.")),
    "interrupted": (
        400,
        _("The file stopped before its end. Nothing was kept: send it again."),
    ),
    "not_json": (400, _("The request must hold a JSON object, with “reason”.")),
    "reason_missing": (
        400,
        _(
            "Say why it is withdrawn, in “reason”: personal, faulty, mistaken,"
            " outdated, elsewhere or other."
        ),
    ),
    "token_missing": (
        401,
        _("Give the code of the software in the header Authorization, after “Bearer”."),
    ),
    "token_scheme": (
        401,
        _("The header Authorization must begin with “Bearer”, then the code."),
    ),
    "token_malformed": (
        401,
        _("This is no code of a software: it begins with “odl_” and has 56 signs."),
    ),
    "token_unknown": (
        401, _("This code is not known. Copy it whole, or make another access.")
    ),
    "token_revoked": (401, _("The town hall stopped this access. Ask it for another.")),
    "token_expired": (401, _("This access is over. Ask the town hall for another.")),
    "mandate_over": (
        403, _("The mandate of this software is over. Ask the town hall for another.")
    ),
    "other_collectivity": (
        403, _("This access is for another local authority. Nothing was kept.")
    ),
    "other_data": (403, _("This access is for other data. Nothing was kept.")),
    "verb_missing": (
        403, _("This access does not let the software do this. Nothing has changed.")
    ),
    "closed": (
        403,
        _("This collectivité no longer publishes here. Ask the service that helps it."),
    ),
    "unknown_address": (404, _("There is nothing at this address of the API.")),
    "unknown_collectivity": (
        404, _("No local authority of the portal has this code (INSEE or SIREN).")
    ),
    "unknown_model": (404, _("This model is not known. See the list at {models}.")),
    "unknown_key": (
        404, _("The end of the address holds small letters, digits and dashes only.")
    ),
    "nothing_here": (404, _("Nothing was sent or published at this address.")),
    "not_online": (404, _("Nothing is online at this address.")),
    "unknown_method": (405, _("This address takes GET, PUT and DELETE.")),
    "other_key": (
        409,
        _("The file says that it is {key}. Send it to the address given, or correct"
          " it. Nothing was kept."),
    ),
    "other_model": (
        409,
        _("The file holds other data: {label}. Send it to the address given. Nothing"
          " was kept."),
    ),
    "other_owner": (
        409,
        _("The file is about {name}. Send it to the address given. Nothing was kept."),
    ),
    "length_missing": (
        411, _("Say the size of the file: header Content-Length, or sent in chunks.")
    ),
    "too_large": (
        413, _("The file is too large: {limit} MB at most. Nothing was kept.")
    ),
    "sent_as_form": (
        415, _("Send the file itself as the body, not a form (with curl: -T file).")
    ),
    "not_table": (415, _("This file is no table. Nothing was kept.")),
    "unreadable": (422, _("This file cannot be read. Nothing was kept.")),
    "national": (
        422, _("These data are published at their national home: {home}.")
    ),
    "refused": (422, _("This cannot be published. Nothing has changed.")),
    "too_many_calls": (429, _("Too many calls. Come back in {seconds} seconds.")),
    "failure": (500, _("Something failed here. Nothing was published.")),
    "busy": (
        503, _("The service reads other files. Nothing was kept: send it again later.")
    ),
    "outage": (
        503,
        _("The service does not answer. Nothing is published, nothing is lost."
          " Try again in a few minutes."),
    ),
    "no_room": (
        503, _("The portal has no room left for files. Nothing is published.")
    ),
}  # fmt: skip

#: Statuses that ask to come back, and after how many seconds.
RETRY_SECONDS: Final = 300

#: Codes of the reading of a file that mean «it is no table at all».
NO_TABLE: Final = frozenset({"binary", "not_table", "no_converter"})


@dataclass(eq=False)
class PushRefused(Exception):
    """A software is refused. Nothing has changed.

    :ivar code: one of :data:`REFUSALS`
    :ivar facts: of its sentence
    :ivar more: what the answer says besides, such as the right ``address``
    :ivar said: a sentence that says better than the table's
    """

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""

    @property
    def status(self) -> int:
        """The status of the answer."""
        return REFUSALS[self.code][0]

    def to_dict(self, gettext: Callable[[str], str]) -> dict[str, Any]:
        """Return the one shape of every refusal.

        :param gettext: translates a sentence into the reader's language
        """
        message = gettext(REFUSALS[self.code][1])
        for name, value in self.facts.items():
            message = message.replace(f"{{{name}}}", str(value))
        return {
            "error": {
                "code": self.code,
                "message": self.said or message,
                **self.more,
            }
        }


def refusal_of_scope(
    bearer: Bearer, org_id: str, schema: str, verb: Verb
) -> str | None:
    """Return the code of why a token does not let do something, if so.

    :param org_id: the organisation of the collectivité
    :param schema: slug of the model
    """
    if bearer.org_id != org_id:
        return "other_collectivity"
    if not bearer.covers(schema):
        return "other_data"
    return None if bearer.may(verb) else "verb_missing"


def refusal_of_token(fault: str) -> str:
    """Return the code of a token that is worth nothing.

    >>> refusal_of_token("revoked"), refusal_of_token("mandate")
    ('token_revoked', 'mandate_over')
    """
    return "mandate_over" if fault == "mandate" else f"token_{fault}"
