"""What a login by a provider gives: who the person is, and for whom they may act.

A SIRET is proved at each login, one at a time: the provider makes somebody who works
for three communes choose. So the rights of an identity are not those of its last login
but those that it proved lately, one line (*attachment*) for each SIREN, each of which
lapses by itself. See docs/dev/decisions.md, "Rights of a login by a provider".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from ckanext.odlocale.people.invitations import is_address
from ckanext.odlocale.people.oidc_settings import Entry

State = Literal["waiting", "granted", "refused", "lapsed"]
Decision = Literal["enter", "renew", "ask", "wait", "refuse"]
Reason = Literal[
    "state", "provider", "denied", "private", "unavailable", "answer", "token", "acr",
    "userinfo", "siret missing", "siret malformed", "email", "account", "closed",
    "other account",
]  # fmt: skip

#: Why ProConnect sends somebody back: a person of the private sector.
_PRIVATE: Final = "Y500015"
_CODE: Final = re.compile(r"\bY[0-9]{6}\b")
_SIRET: Final = re.compile(r"[0-9]{14}")
_MAX_TEXT: Final = 200


class LoginRefused(Exception):
    """Somebody does not come in by the provider.

    :ivar reason: what the page says
    :ivar detail: for the log: no secret, no personal data
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Person:
    """Who a provider says that somebody is.

    :ivar sub: names the person for this portal; it changes with the identity provider
        behind ProConnect
    :ivar label: name of the organisation, as the provider has it
    :ivar acr: how strong the login was
    """

    issuer: str
    sub: str
    siret: str
    email: str
    fullname: str
    label: str
    acr: str

    @property
    def siren(self) -> str:
        """The SIREN: all the establishments of a collectivité enter by it."""
        return self.siret[:9]

    def to_dict(self) -> dict[str, str]:
        """Return what a session keeps of it."""
        return asdict(self)


@dataclass(frozen=True)
class Known:
    """What was decided of a SIREN that an identity came with before."""

    siren: str
    state: State


def read_person(
    issuer: str, id_token: Mapping[str, Any], userinfo: Mapping[str, Any]
) -> Person:
    """Return who somebody is, from claims that were verified.

    :raises LoginRefused: no SIRET, no e-mail address, or malformed ones

    >>> read_person("https://a.fr", {"sub": "1", "acr": "eidas1"}, {
    ...     "siret": "215600461 00010", "email": "Agent@Crach.fr",
    ...     "given_name": "Anne", "usual_name": "Le Bris"}).siren
    '215600461'
    """
    siret = userinfo.get("siret")
    if siret is None or siret == "":
        raise LoginRefused("siret missing")
    written = siret.replace(" ", "") if isinstance(siret, str) else ""
    if not _SIRET.fullmatch(written):
        raise LoginRefused("siret malformed")
    email = _text(userinfo, "email").lower()
    if not is_address(email):
        raise LoginRefused("email")
    family = _text(userinfo, "usual_name") or _text(userinfo, "family_name")
    named = f"{_text(userinfo, 'given_name')} {family}".strip()
    return Person(
        issuer=issuer,
        sub=str(id_token["sub"]),
        siret=written,
        email=email,
        fullname=named or _text(userinfo, "name") or email.partition("@")[0],
        label=_text(userinfo, "organization_label"),
        acr=_text(id_token, "acr"),
    )


def check_strength(acr: object, accepted: Sequence[str]) -> None:
    """Refuse a login weaker than what was asked: the provider may not have listened.

    :param accepted: nothing, for all
    :raises LoginRefused: it is
    """
    if accepted and acr not in accepted:
        raise LoginRefused("acr")


def reason_of_error(error: str, description: str) -> LoginRefused:
    """Return why a provider sent somebody back with an error.

    >>> reason_of_error("access_denied", "").reason
    'denied'
    >>> reason_of_error("server_error", "Y500015: private sector").reason
    'private'
    >>> reason_of_error("invalid_request", "Y000400 (<b>)").detail
    'Y000400'
    """
    found = _CODE.search(f"{error} {description}")
    code = found.group() if found else ""
    if code == _PRIVATE:
        return LoginRefused("private", code)
    if error == "access_denied" and not code:
        return LoginRefused("denied")
    return LoginRefused("provider", code)


def decide(
    siren: str,
    known: Sequence[Known],
    *,
    place: str | None,
    is_member: bool,
    was_removed: bool,
    entry: Entry,
) -> Decision:
    """Tell what a login with a SIREN gives.

    :param known: what the identity came with before
    :param place: kind of the collectivité that the SIREN leads to; nothing where the
        portal knows none: a CCAS has a SIREN of its own
    :param is_member: whether the person publishes there by name now
    :param was_removed: whether somebody took the person out of that team
    :param entry: whom the operator lets in at a first login
    :returns: ``enter`` and ``renew`` give the role; ``ask`` puts in the queue; ``wait``
        and ``refuse``: it was asked already, or answered no
    """
    state = next((one.state for one in known if one.siren == siren), None)
    if is_member and place is not None:
        # By an invitation, or by the last login: nothing is given but the proof.
        return "renew" if state == "granted" else "enter"
    if state == "refused":
        return "refuse"
    if state == "waiting":
        return "wait"
    if place is None:
        return "ask"
    if state == "lapsed":
        return "renew"
    if state == "granted" or was_removed or known:
        # Taken out meanwhile, or a claim that changed: a person says yes or no.
        return "ask"
    is_open = entry == "everybody" or (entry == "communes" and place == "commune")
    return "enter" if is_open else "ask"


def may_adopt(
    *,
    made_by_issuer: bool,
    same_email: bool,
    sirens: Sequence[str],
    siren: str,
    is_plain: bool,
) -> bool:
    """Tell whether an unknown identity takes an account over without a password.

    ``sub`` changes when a town hall changes its identity provider, and the account has
    no password that its owner knows. Only where nothing is gained: the account was
    made by this very issuer, and does nothing but what the same SIREN gives anyway.

    :param sirens: what the account's identities came with
    :param is_plain: no administrator, no animator, no second factor, no other team
    """
    return made_by_issuer and same_email and is_plain and set(sirens) == {siren}


def ends_on(proved_at: datetime.datetime, days: int) -> datetime.datetime:
    """Return when a role ends, if it is not proved again."""
    return proved_at + datetime.timedelta(days=days)


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    text = found if isinstance(found, str) else ""
    return " ".join(text.replace("\0", "").split())[:_MAX_TEXT]
