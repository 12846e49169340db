"""What is known of a collectivité, here and on data.gouv.fr, as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final, Literal

from ckanext.odlocale.datagouv.answers import Organization, Source
from ckanext.odlocale.datagouv.homonyms import holds, longer_names, words_of

#: What comes before the name of a commune in that of its organisation.
_FORMS: Final = ("", "commune de", "mairie de", "ville de", "village de", "commune")


class State(str, Enum):
    """Where a collectivité is on its way."""

    UNKNOWN = "unknown"
    ABSENT = "absent"
    DOUBTFUL = "doubtful"
    OTHERS = "others"
    INVITED = "invited"
    OURS = "ours"
    CERTIFIED = "certified"
    PENDING = "pending"
    REFUSED = "refused"
    LIVE = "live"


#: What a person says where none of the organisations is the collectivité's.
NONE: Final = "none"


@dataclass(frozen=True)
class Candidate:
    """An organisation that may be a collectivité's.

    :ivar by: ``siret`` (it bears the SIREN of the collectivité) or ``name``
    :ivar full: its own page of the API was read: the other fields are known
    """

    id: str
    name: str
    page: str = ""
    by: Literal["siret", "name"] = "name"
    siret: str = ""
    ours: bool = False
    badges: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    datasets: int = 0
    url: str = ""
    full: bool = True

    @classmethod
    def of(
        cls, one: Organization, by: Literal["siret", "name"], *, full: bool = True
    ) -> Candidate:
        """Return what matters of an organisation."""
        return cls(
            one.id, one.name, one.page, by, one.siret, one.ours, one.badges,
            one.admins, one.datasets, one.url, full,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return its fields, as JSON holds them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Candidate:
        """Return what :meth:`to_dict` kept."""
        lists = {name: tuple(kept.get(name) or ()) for name in ("badges", "admins")}
        return cls(**{**kept, **lists})


@dataclass(frozen=True)
class HeldSource:
    """A harvest source, as it was last read."""

    id: str
    url: str
    state: str = "pending"
    comment: str = ""
    page: str = ""

    @classmethod
    def of(cls, one: Source) -> HeldSource:
        """Return what matters of a source."""
        return cls(one.id, one.url, one.state, one.comment, one.page)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> HeldSource:
        """Return what was kept of it."""
        names = ("id", "url", "state", "comment", "page")
        return cls(**{name: str(kept.get(name) or "") for name in names})


@dataclass(frozen=True)
class Found:
    """What a search answered.

    :ivar asked: what it was made with: another SIRET asks for another search
    :ivar candidates: the organisations that may be the one
    :ivar source: the source of our feed, where the organisation is known
    """

    asked: str
    candidates: tuple[Candidate, ...] = ()
    source: HeldSource | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it, as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Found:
        """Return what :meth:`to_dict` kept."""
        source = kept.get("source")
        return cls(
            str(kept.get("asked") or ""),
            tuple(Candidate.from_dict(one) for one in kept.get("candidates") or ()),
            HeldSource.from_dict(source) if source else None,
        )


@dataclass(frozen=True)
class Row:
    """A collectivité, and all that is known of it.

    :ivar name: in full, as data.gouv.fr shows it: «Commune de Crach»
    :ivar short: its name alone: «Crach»
    :ivar page: its permanent page on the portal, by which ours is recognised
    :ivar feed: the address of its feed
    :ivar siret: confirmed by a person
    :ivar has_key: its own key, or that of an ATD, serves it
    :ivar datasets: how many it publishes on the portal
    :ivar place: where it chose to publish all its data
    :ivar decision: what a person said: the id of an organisation, or :data:`NONE`
    :ivar organization: the one that was adopted or created
    :ivar source: the one that was created there
    :ivar invited: its administrators were written to
    """

    siren: str
    code: str
    kind: str
    name: str
    short: str
    page: str
    feed: str
    siret: str | None = None
    has_key: bool = True
    datasets: int = 0
    place: str = "portal"
    found: Found | None = None
    decision: str | None = None
    organization: Candidate | None = None
    source: HeldSource | None = None
    invited: bool = False
    website: str = ""
    logo: str = ""

    @property
    def chosen(self) -> str:
        """The organisation that a person chose; nothing where none of them is it."""
        return "" if self.decision in (None, NONE) else str(self.decision)


def asked_of(row: Row) -> str:
    """Return what a search is made with: where this changes, it is made again."""
    return "|".join((row.siret or "", row.name, row.short))


def is_own(candidate: Candidate, row: Row) -> bool:
    """Tell whether an organisation is surely a collectivité's.

    It bears a SIRET of its SIREN, or we created it: it is ours, with the collectivité's
    own page as its site.
    """
    bears = candidate.siret[:9] == row.siren and len(candidate.siret) == 14
    return bears or (candidate.ours and candidate.url == row.page)


def resembles(name: str, row: Row) -> bool:
    """Tell whether the name of an organisation may be a collectivité's.

    Not where it is that of another commune, whose name holds this one's.

    >>> row = Row("215600461", "56046", "commune", "", "Crach", "", "")
    >>> [resembles(one, row) for one in ("Mairie de CRACH", "Crachat", "CCAS Crach")]
    [True, False, True]
    >>> row = Row("215601147", "56114", "commune", "", "Locmaria", "", "")
    >>> resembles("Commune de Locmaria-Grand-Champ", row)
    False
    """
    words = words_of(name)
    another = any(holds(words, longer) for longer in longer_names(row.short))
    return holds(words, words_of(row.short)) and not another


def is_exact(name: str, row: Row) -> bool:
    """Tell whether the name is that of the collectivité, said one way or another."""
    said, short = " ".join(words_of(name)), " ".join(words_of(row.short))
    forms = {f"{form} {short}".strip() for form in _FORMS}
    return said in forms | {" ".join(words_of(row.name))}


def pick_source(sources: Iterable[Source], row: Row) -> HeldSource | None:
    """Return the source of a collectivité's feed among those of its organisation.

    One that reads the same host with another address of this collectivité is its own:
    the address of the feed changed.
    """
    kept = [one for one in sources if not one.deleted]
    exact = [one for one in kept if one.url == row.feed]
    host = re.match(r"https?://[^/]+/catalogue/", row.feed)
    near = [one for one in kept if host and one.url.startswith(host[0])]
    found = exact or near
    return HeldSource.of(found[0]) if found else None
