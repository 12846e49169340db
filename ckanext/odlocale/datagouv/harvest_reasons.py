"""Why data.gouv.fr did not take a dataset, or read a feed, and what to correct.

Its reasons are sentences of udata 17.18, of its libraries, and of Python. Here they are
recognised, and say what to do; the sentence itself stays beside, for who wants it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal, get_args

from ckanext.odlocale.base.language import translator

Reason = Literal[
    "no_identifier",
    "no_title",
    "twice",
    "owner",
    "address",
    "date",
    "place",
    "checksum",
    "size",
    "schema",
    "out_of_reach",
    "moved",
    "gone",
    "failing",
    "unreadable",
    "empty",
    "other",
]
REASONS: tuple[Reason, ...] = get_args(Reason)


def N_(message: str) -> str:  # noqa: N802 (the name that Babel looks for)
    """Mark a message for extraction; it is translated when it is rendered."""
    return message


#: The first that is found says it.
_PATTERNS: Final[tuple[tuple[Reason, str], ...]] = (
    ("no_identifier", r"missing identifier"),
    ("no_title", r"missing title"),
    ("twice", r"Identifier '.*' already exists|Duplicate resource ID"),
    ("owner", r"another owner|autre propri[ée]taire"),
    ("moved", r"\b30[1278]\b|Redirect|redirect"),
    ("gone", r"\b(404|410)\b(?: Client)? ?(Error|Not Found|Gone|:)"),
    ("failing", r"\b(5\d\d|429|401|403)\b(?: (?:Client|Server))? ?(Error|:)"),
    (
        "out_of_reach",
        r"HTTPSConnectionPool|ConnectionError|Max retries|NameResolution|timed out"
        r"|Connection aborted|SSLError|RemoteDisconnected|Connection refused",
    ),
    (
        "address",
        r"Invalid URL|Invalid TLD|Invalid scheme|local URL|private URL"
        r"|URL (?:locale|priv[ée]e)|Credentials in URL|TLD|not a valid URL|mask IP",
    ),
    (
        "checksum",
        r"[Cc]hecksum|spdx|algorithm|hexBinary|NoneType.*(?:rsplit|split)",
    ),
    ("size", r"filesize|byteSize|invalid literal for int|could not convert.*float"),
    (
        "schema",
        r"[Ss]chema|conformsTo|must contains a name or an URL",
    ),
    (
        "place",
        r"geom|[Pp]olygon|spatial|linear ring|LineString|[Cc]oordinates|GeoJSON|WKT",
    ),
    (
        "date",
        r"isoformat|month must be|day is out of range|year \d+ is out|offset-naive"
        r"|ParserError|Unknown string format|temporal_coverage|date value|DateTime"
        r"|does not match format",
    ),
    ("empty", r"no dataset|Unable to find dataset"),
    (
        "unreadable",
        r"Unable to detect format|Unsupported mime type|Bad ?[Ss]yntax|SAXParse"
        r"|not well-formed|Expecting value|PluginException|syntax error|ParseError",
    ),
)

#: What to correct. The technical ones are the portal's to mend: that is said.
_MESSAGES: Final[dict[Reason, str]] = {
    "no_identifier": N_(
        "These data have no identifier there. Tell the portal's administrators."
    ),
    "no_title": N_("These data have no title. Write one on their page."),
    "twice": N_("Two data have the same identifier. Tell the portal's administrators."),
    "owner": N_(
        "data.gouv.fr knows these data under another organisation. Ask it there to"
        " transfer them."
    ),
    "address": N_(
        "The address of a file is refused. Look for a space, or a name that only your"
        " network knows."
    ),
    "date": N_(
        "A date is not understood. Write the period as days, for example 01/01/2025."
    ),
    "place": N_(
        "The outline of the territory is refused. Tell the portal's administrators."
    ),
    "checksum": N_(
        "The control number of a file is refused. Publish the file again here."
    ),
    "size": N_("The size of a file is refused. Publish the file again here."),
    "schema": N_(
        "The national model of a file is not recognised. Choose it again on its page."
    ),
    "out_of_reach": N_(
        "data.gouv.fr could not reach the portal. Check that it answers from outside."
    ),
    "moved": N_(
        "The address of the catalogue leads elsewhere. Give data.gouv.fr the new one."
    ),
    "gone": N_(
        "The catalogue was not found at its address. See whether data are published."
    ),
    "failing": N_(
        "The portal answered an error. It is read again next night; if it lasts, tell"
        " its administrators."
    ),
    "unreadable": N_(
        "The catalogue could not be read. Tell the portal's administrators."
    ),
    "empty": N_("The catalogue held nothing. See whether data are still published."),
    "other": N_("data.gouv.fr gives this reason, in its own words:"),
}


def find_reason(said: str) -> Reason:
    """Return what a reason of data.gouv.fr's is about.

    >>> find_reason("Item has another owner: Ville de Vannes")
    'owner'
    >>> find_reason('Invalid URL "http://ckan:5000/a.csv": Invalid TLD ckan:5000')
    'address'
    """
    for reason, pattern in _PATTERNS:
        if re.search(pattern, said):
            return reason
    return "other"


def explain_reason(
    said: str, language: str = "", gettext: Callable[[str], str] | None = None
) -> str:
    """Return what to correct, in words.

    :param language: of the reader; or ``gettext``, its translations
    """
    reason = find_reason(said)
    say = gettext or translator(language).gettext
    told = say(_MESSAGES[reason])
    return f"{told} {said}" if reason == "other" else told
