"""What the legal pages say, from what an operator declared.

Pure. Sources: loi 2005-102, art. 47, and décret 2019-768 (accessibility); LCEN, art.
1-1 since loi 2024-449 (publisher and host); RGPD, art. 13 and 28; CRPA, L322-1 and
L322-6 (reuse). A fact that nobody declared is said to be missing: it is never invented,
and a portal without a valid audit says that it does not conform.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

PREFIX: Final = "ckanext.odlocale."
State = Literal["none", "partial", "full"]
#: From this share of the criteria on, "partially" may be said.
LEAST_PARTIAL: Final = 50
#: Settings without which a page lacks what the law asks for, and the page.
ASKED: Final = {
    "legal_publisher": "mentions-legales",
    "legal_director": "mentions-legales",
    "legal_host": "mentions-legales",
    "legal_dpo": "donnees-personnelles",
    "contact_email": "accessibilite",
    "accessibility_date": "accessibilite",
}
NAMES: Final = (
    "accessibilite", "mentions-legales", "donnees-personnelles", "reutilisation"
)  # fmt: skip


def _(text: str) -> str:
    """Mark a message for translation, where nothing is translated yet."""
    return text


@dataclass(frozen=True)
class Facts:
    """What an operator declared of the portal.

    :ivar rate: percent of the criteria that an audit found to conform, or nothing
    :ivar missing: names of the settings that are empty
    """

    atd: str
    site: str
    email: str
    publisher: str
    director: str
    host: str
    dpo: str
    rate: int | None
    audited: str
    plan: str
    faults: tuple[str, ...]
    days: Mapping[str, int]
    missing: tuple[str, ...]

    @property
    def state(self) -> State:
        """How accessible the portal may say that it is."""
        if self.rate is None or not self.audited or self.rate < LEAST_PARTIAL:
            return "none"
        return "full" if self.rate == 100 and not self.faults else "partial"


@dataclass(frozen=True)
class Section:
    """A part of a page.

    :ivar lines: a list, where there are several
    """

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One page."""

    name: str
    title: str
    sections: tuple[Section, ...]


STATES: Final[Mapping[State, str]] = {
    "none": _("not conforming"),
    "partial": _("partially conforming"),
    "full": _("fully conforming"),
}


def read_facts(config: Mapping[str, Any]) -> Facts:
    """Read the settings."""

    def text(name: str) -> str:
        return " ".join(str(config.get(f"{PREFIX}{name}") or "").split())

    rate = text("accessibility_rate")
    return Facts(
        atd=text("atd_name"),
        site=str(config.get("ckan.site_url") or ""),
        email=text("contact_email"),
        publisher=text("legal_publisher"),
        director=text("legal_director"),
        host=text("legal_host"),
        dpo=text("legal_dpo"),
        rate=int(rate) if rate.isdigit() and int(rate) <= 100 else None,
        audited=text("accessibility_date"),
        plan=text("accessibility_plan"),
        faults=tuple(
            one.strip()
            for one in text("accessibility_faults").split(";")
            if one.strip()
        ),
        days={
            name: int(config.get(f"{PREFIX}{name}") or 0)
            for name in (
                "journal_days",
                "login_days",
                "account_idle_days",
                "report_days",
            )
        },
        missing=tuple(name for name in ASKED if not text(name)),
    )


def warnings(facts: Facts) -> list[str]:
    """Return a line for each fact that a page lacks."""
    return [
        f"{PREFIX}{name} is empty: the page /{ASKED[name]} says so to everybody."
        for name in facts.missing
    ]


def write(name: str, facts: Facts, gettext: Callable[[str], str]) -> Page:
    """Return a page.

    :param name: one of :data:`NAMES`
    """
    title, write_sections = _PAGES[name]
    return Page(name, gettext(title), tuple(write_sections(facts, gettext)))


def mention(facts: Facts, gettext: Callable[[str], str]) -> str:
    """Return what every page says of its accessibility."""
    return gettext(_("Accessibility: {state}")).format(
        state=gettext(STATES[facts.state])
    )


def _or_missing(text: str, gettext: Callable[[str], str]) -> str:
    return text or gettext(_("Not told yet by whoever runs this portal."))


def _accessibility(facts: Facts, gettext: Callable[[str], str]) -> list[Section]:
    _t = gettext
    said = _t(_("{site} is {state} with the RGAA, version 4.1.2.")).format(
        site=facts.site, state=_t(STATES[facts.state])
    )
    audit = (
        _t(_("An audit of {date} found that {rate} % of the criteria conform.")).format(
            date=facts.audited, rate=facts.rate
        )
        if facts.state != "none"
        else _t(_("No valid audit shows that it conforms."))
    )
    listed = facts.faults or (
        _t(_("What does not conform was not listed by an audit yet.")),
    )
    return [
        Section(
            _t(_("State of conformity")),
            (
                _t(_("{atd} is committed to making this site accessible.")).format(
                    atd=facts.atd
                ),
                said,
                audit,
            ),
        ),
        Section(_t(_("What is not accessible")), listed),
        Section(
            _t(_("What is exempt")),
            (
                _t(_("Maps, whose figures are also in a table on the same page.")),
                _t(_("Files that local authorities deposit, as they made them.")),
            ),
        ),
        Section(
            _t(_("How it was made")),
            (
                _t(_("HTML5, CSS, SVG and JavaScript, on CKAN.")),
                _t(
                    _(
                        "Each page is tried by axe-core in Chromium, at 1366 and 320"
                        " pixels, at each version. This does not replace an audit."
                    )
                ),
                _t(_("Plan of the years to come: {plan}")).format(
                    plan=_or_missing(facts.plan, _t)
                ),
            ),
        ),
        Section(
            _t(_("Tell us")),
            (
                _t(
                    _("Something cannot be read or used? Write to {email}: we answer.")
                ).format(email=_or_missing(facts.email, _t)),
                _t(
                    _(
                        "Without an answer, you may write to the Défenseur des droits,"
                        " Libre réponse 71120, 75342 Paris CEDEX 07 (no stamp), or on"
                        " https://www.defenseurdesdroits.fr."
                    )
                ),
            ),
        ),
    ]


def _notices(facts: Facts, gettext: Callable[[str], str]) -> list[Section]:
    _t = gettext
    return [
        Section(_t(_("Publisher of the site")), (_or_missing(facts.publisher, _t),)),
        Section(_t(_("Director of publication")), (_or_missing(facts.director, _t),)),
        Section(_t(_("Host of the site")), (_or_missing(facts.host, _t),)),
        Section(
            _t(_("The data")),
            (
                _t(
                    _(
                        "Each local authority publishes its own data and answers for"
                        " them. Its page says how to reach it."
                    )
                ),
            ),
        ),
    ]


def _personal(facts: Facts, gettext: Callable[[str], str]) -> list[Section]:
    _t = gettext
    days = facts.days
    return [
        Section(
            _t(_("Who is responsible")),
            (
                _t(_("For the accounts and the logs: {publisher}")).format(
                    publisher=_or_missing(facts.publisher or facts.atd, _t)
                ),
                _t(
                    _(
                        "For the data that a local authority publishes: that authority."
                        " {atd} works for it, by an agreement."
                    )
                ).format(atd=facts.atd),
                _t(_("Data protection officer: {dpo}")).format(
                    dpo=_or_missing(facts.dpo, _t)
                ),
            ),
        ),
        Section(
            _t(_("What is kept, why and how long")),
            (
                _t(
                    _(
                        "Account (name, e-mail, role): to publish for a local"
                        " authority. Erased after {days} days without a visit."
                    )
                ).format(days=days["account_idle_days"]),
                _t(
                    _("Logins and refusals: for security. Erased after {days} days.")
                ).format(days=days["login_days"]),
                _t(
                    _(
                        "Who published or changed what: as proof. Erased"
                        " after {days} days."
                    )
                ).format(days=days["journal_days"]),
                _t(
                    _(
                        "Errors that a reader reports: to correct the data. Erased"
                        " after {days} days; the address, with the answer."
                    )
                ).format(days=days["report_days"]),
                _t(_("Visits are not followed: no audience cookie, no other site.")),
                _t(
                    _(
                        "One cookie keeps the session of who logs in."
                        " It needs no consent."
                    )
                ),
            ),
        ),
        Section(
            _t(_("Your rights")),
            (
                _t(
                    _(
                        "Read, correct, take away or erase what concerns you: on the"
                        " page of your account, or by writing to {dpo}."
                    )
                ).format(dpo=_or_missing(facts.dpo or facts.email, _t)),
                _t(_("You may complain to the CNIL: https://www.cnil.fr/fr/plaintes.")),
            ),
        ),
        Section(
            _t(_("Legal ground")),
            (
                _t(
                    _(
                        "A task of public interest (RGPD, article 6.1.e): the opening"
                        " of public data (CRPA, articles L312-1-1 and following)."
                    )
                ),
            ),
        ),
    ]


def _reuse(facts: Facts, gettext: Callable[[str], str]) -> list[Section]:
    _t = gettext
    return [
        Section(
            _t(_("You may")),
            (
                _t(
                    _("Copy, change, publish and sell what you make of the data, free.")
                ),
                _t(_("Without asking, and without an account.")),
            ),
        ),
        Section(
            _t(_("You must")),
            (
                _t(_("Name whose data they are, and when they were updated.")),
                _t(_("Not change their meaning (CRPA, article L322-1).")),
                _t(_("Respect the licence of each file: Licence Ouverte 2.0 or ODbL.")),
                _t(_("Respect the rights of others: a photograph, a plan, a study.")),
            ),
        ),
        Section(
            _t(_("What we promise")),
            (
                _t(_("The address of a published file does not change.")),
                _t(
                    _("Data are given as they are, with no promise that nothing lacks.")
                ),
                _t(_("Questions and errors: {email}")).format(
                    email=_or_missing(facts.email, _t)
                ),
            ),
        ),
    ]


_Write = Callable[[Facts, Callable[[str], str]], list[Section]]
_PAGES: Final[Mapping[str, tuple[str, _Write]]] = {
    "accessibilite": (_("Accessibility statement"), _accessibility),
    "mentions-legales": (_("Legal notice"), _notices),
    "donnees-personnelles": (_("Your personal data"), _personal),
    "reutilisation": (_("Terms of reuse"), _reuse),
}
