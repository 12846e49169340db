"""Which organisation of the portal is which collectivité's.

Ours are known by the SIREN of their row, else by its INSEE code. One that somebody
made by hand is recognised by the codes that its page declares, else by its name
within the perimeter. What is not certain is put to a person: nothing is taken over
on a guess.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory.identifiers import is_insee, is_siren, is_siret
from ckanext.odlocale.territory.known import Organisation, Portal
from ckanext.odlocale.territory.register import Collectivity

#: The answer of a person: this organisation is none of these collectivités.
NOBODY = "none"

Basis = Literal["siren", "insee", "name", "choice"]
Doubtful = Literal["contradictory", "homonyms", "name_alone", "several_organisations"]

# Names of the fields in which portals are seen to keep a code.
_SIREN_FIELDS = ("siren", "code_siren", "numero_siren", "siren_number")
_SIRET_FIELDS = ("siret", "code_siret", "numero_siret", "siret_number")
_INSEE_FIELDS = ("insee", "code_insee", "insee_code", "codeinsee", "cog", "code_cog")

_NOUNS: Mapping[str, tuple[str, ...]] = {
    "commune": ("mairie", "commune", "ville", "village", "municipalite"),
    "departement": ("departement", "conseil departemental", "conseil general"),
    "region": ("region", "conseil regional"),
}
_NOUN = re.compile(
    r"(?:l |la |le )?(?P<noun>"
    + "|".join(noun for nouns in _NOUNS.values() for noun in nouns)
    + r") (?P<rest>.+)"
)
_KIND_OF = {noun: kind for kind, nouns in _NOUNS.items() for noun in nouns}
_OF = re.compile(r"(?:de|d) ")


class WrongDecision(ValueError):
    """A person's answer cannot be followed.

    :ivar organisation: the id that was answered for.
    :ivar answer: the answer.
    :ivar fault: ``no_organisation``, ``not_candidate`` or ``twice``.
    """

    def __init__(self, organisation: str, answer: str, fault: str) -> None:
        super().__init__(f"{organisation}: {answer!r}: {fault}")
        self.organisation = organisation
        self.answer = answer
        self.fault = fault


@dataclass(frozen=True)
class Codes:
    """The codes that an organisation's page declares, those that are well formed."""

    sirens: tuple[str, ...]
    insees: tuple[str, ...]


@dataclass(frozen=True)
class Adoption:
    """An organisation made by hand that is a collectivité's, and how one knows."""

    organisation: Organisation
    basis: Basis


@dataclass(frozen=True)
class Doubt:
    """An organisation made by hand that may be a collectivité's."""

    organisation: Organisation
    candidates: tuple[Collectivity, ...]
    why: Doubtful


@dataclass(frozen=True)
class Matches:
    """Who is who.

    :ivar adoptions: by the SIREN of the collectivité.
    :ivar doubts: those that a person must settle, by name.
    """

    adoptions: Mapping[str, Adoption] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()

    @property
    def pending(self) -> frozenset[str]:
        """The collectivités that wait for a person's answer, by SIREN."""
        return frozenset(one.siren for doubt in self.doubts for one in doubt.candidates)


def declared_codes(extras: Mapping[str, object]) -> Codes:
    """Return the codes that an organisation's fields hold, whatever their names.

    >>> declared_codes({"SIRET": "215 600 461 00010", "code_INSEE": "56046"})
    Codes(sirens=('215600461',), insees=('56046',))
    """
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in extras.items():
        key = slugify(str(name)).replace("-", "_")
        text = "".join(str(value).split()).upper()
        if key in _SIREN_FIELDS and is_siren(text):
            found["siren"].append(text)
        elif key in _SIRET_FIELDS and is_siret(text):
            found["siren"].append(text[:9])
        elif key in _INSEE_FIELDS and is_insee(text):
            found["insee"].append(text)
    return Codes(*(tuple(sorted(set(found[kind]))) for kind in ("siren", "insee")))


def match(
    members: Iterable[Collectivity], portal: Portal, decisions: Mapping[str, str]
) -> Matches:
    """Recognise the organisations made by hand among those to set up.

    :param members: the collectivités of the plan.
    :param decisions: what a person answered: for an organisation's id, the SIREN of
        the collectivité it is, or ``"none"``.
    :raises WrongDecision: an answer that cannot be followed.
    """
    everybody = tuple(members)
    free = {one.siren: one for one in everybody if _is_free(one.siren, portal)}
    chosen = dict(_decided(free, portal, decisions))
    communes = (one for one in everybody if one.kind == "commune")
    candidates = _Index(
        (one for siren, one in free.items() if siren not in chosen),
        is_one_departement=len({one.departement for one in communes}) <= 1,
    )
    found: dict[str, list[Adoption]] = defaultdict(list)
    doubts: dict[str, Doubt] = {}
    for org in portal.unlinked:
        if org.id in decisions:
            continue
        weighed = candidates.weigh(org)
        if isinstance(weighed, Doubt):
            doubts[org.id] = weighed
        elif weighed is not None:
            siren, basis = weighed
            found[siren].append(Adoption(org, basis))
    in_doubt = {one.siren for doubt in doubts.values() for one in doubt.candidates}
    adoptions = dict(chosen)
    for siren, claims in found.items():
        if len(claims) == 1 and siren not in in_doubt:
            adoptions[siren] = claims[0]
            continue
        for claim in claims:
            org = claim.organisation
            doubts[org.id] = Doubt(org, (free[siren],), "several_organisations")
    ordered = sorted(doubts.values(), key=lambda doubt: doubt.organisation.name)
    return Matches(adoptions, tuple(ordered))


def _is_free(siren: str, portal: Portal) -> bool:
    own = portal.current.get(siren)
    return own is None or (not own.exists and own.status == "active")


def _decided(
    free: Mapping[str, Collectivity], portal: Portal, decisions: Mapping[str, str]
) -> Iterator[tuple[str, Adoption]]:
    unlinked = {org.id: org for org in portal.unlinked}
    ours = {org.id: siren for siren, org in portal.current.items()}
    taken: set[str] = set()
    for org_id, answer in sorted(decisions.items()):
        # What was answered and done may be answered again.
        if answer == NOBODY or ours.get(org_id) == answer:
            continue
        if org_id not in unlinked:
            raise WrongDecision(org_id, answer, "no_organisation")
        if answer not in free:
            raise WrongDecision(org_id, answer, "not_candidate")
        if answer in taken:
            raise WrongDecision(org_id, answer, "twice")
        taken.add(answer)
        yield answer, Adoption(unlinked[org_id], "choice")


class _Index:
    """The collectivités that have no organisation yet, by what identifies them.

    :ivar is_one_departement: whether the communes of the plan, theirs or not, are of
        one département: what is still to set up would not tell.
    """

    def __init__(
        self, members: Iterable[Collectivity], *, is_one_departement: bool
    ) -> None:
        self.is_one_departement = is_one_departement
        self.by_siren: dict[str, Collectivity] = {}
        self.by_insee: dict[str, Collectivity] = {}
        for one in members:
            self.by_siren[one.siren] = one
            if one.insee:
                self.by_insee[one.insee] = one
        self._by_name: dict[str, list[Collectivity]] | None = None

    def weigh(self, org: Organisation) -> Doubt | tuple[str, Basis] | None:
        """Return whose organisation it is, who it may be, or nothing."""
        by_code = {
            one.siren: one
            for one in (
                *map(self.by_siren.get, org.sirens),
                *map(self.by_insee.get, org.insees),
            )
            if one is not None
        }
        named = () if by_code else self.named(org)
        candidates = tuple(by_code.values()) or named
        if not candidates:
            return None
        # A code that is not a candidate's says that it is somebody else.
        sirens = {one.siren for one in candidates}
        insees = {one.insee for one in candidates}
        foreign = not (sirens >= {*org.sirens} and insees >= {*org.insees})
        if foreign or len(by_code) > 1:
            return Doubt(org, candidates, "contradictory")
        if len(candidates) > 1:
            return Doubt(org, candidates, "homonyms")
        siren = candidates[0].siren
        if named:
            # A name is sure within a département; wider, it may be of elsewhere.
            if not org.recorded.get("departement") and not self.is_one_departement:
                return Doubt(org, candidates, "name_alone")
            return siren, "name"
        return siren, "siren" if siren in org.sirens else "insee"

    def named(self, org: Organisation) -> tuple[Collectivity, ...]:
        """Return those that bear an organisation's name."""
        if self._by_name is None:
            self._by_name = defaultdict(list)
            for one in self.by_siren.values():
                for key in _keys_of(one):
                    self._by_name[key].append(one)
        departement = org.recorded.get("departement")
        for text in (org.title, org.name):
            found = {
                one.siren: one
                for key in _keys(text)
                for one in self._by_name.get(key, ())
                if departement in (None, "", one.departement)
            }
            if found:
                return tuple(found[siren] for siren in sorted(found))
        return ()


def _keys_of(member: Collectivity) -> set[str]:
    name = _words(member.name)
    keys = {name, f"{member.kind}:{name}", _words(member.full_name)}
    keys |= _keys(member.full_name)
    return keys - {""}


def _keys(text: str) -> set[str]:
    """Return the ways to read a name: «Mairie de Crach» is a commune, «de Crach».

    >>> sorted(_keys("Mairie de Crach"))
    ['commune:crach', 'commune:de crach', 'mairie de crach']
    """
    words = _words(text)
    found = {words}
    if noun := _NOUN.fullmatch(words):
        kind, rest = _KIND_OF[noun["noun"]], noun["rest"]
        found |= {f"{kind}:{rest}", f"{kind}:{_OF.sub('', rest, count=1)}"}
    return found - {""}


def _words(text: str) -> str:
    return slugify(text).replace("-", " ")
