"""The form where an ATD's perimeter is written, one piece at a time.

It works without JavaScript: what is already written travels in the form, and each
button gives it back with one thing added or taken away. Nothing is kept before the
person saves it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory.definition import (
    MAX_NAME,
    Definition,
    EmptyPerimeter,
    Other,
    Part,
    PartKind,
    PerimeterError,
)
from ckanext.odlocale.territory.identifiers import is_siren
from ckanext.odlocale.territory.perimeters import Perimeter, build_perimeter
from ckanext.odlocale.territory.register import Collectivity, Register

#: What a person may add by its name or its code.
ADDED: tuple[PartKind, ...] = ("departement", "region", "epci", "commune")
#: How many answers a search shows.
MAX_FOUND = 20
#: Communes are listed one by one up to this many; beyond, they are counted.
LISTED_COMMUNES = 30
EMPTY = Definition()
_ANYTHING = Part("departement", "01")
_ATD_KINDS = ("region", "departement", "epci")
_MAX_TEXT = 200


@dataclass(frozen=True)
class Draft:
    """A perimeter as it is being written.

    :ivar atd_siren: the ATD; empty as long as it is not chosen.
    :ivar colour: ``#rrggbb``, or empty.
    """

    atd_siren: str = ""
    name: str = ""
    colour: str = ""
    definition: Definition = EMPTY

    def write_definition(self) -> str:
        """Return the definition as the form carries it."""
        return json.dumps(self.definition.to_dict(), ensure_ascii=False)

    def with_part(self, part: Part, *, excluded: bool = False) -> Draft:
        """Return it with one more part, at most once."""
        old = self.definition
        if excluded:
            parts = tuple(dict.fromkeys((*old.exclude, part)))
            return replace(self, definition=replace(old, exclude=parts))
        parts = tuple(dict.fromkeys((*old.include, part)))
        return replace(self, definition=replace(old, include=parts))

    def with_list(self, parts: Iterable[Part], others: Iterable[Other]) -> Draft:
        """Return it with what a file lists."""
        old = self.definition
        known = {one.siren: one for one in (*old.others, *others)}
        include = tuple(dict.fromkeys((*old.include, *parts)))
        changed = replace(old, include=include, others=tuple(known.values()))
        return replace(self, definition=changed)

    def with_atd(self, siren: str, name: str, other: Other | None = None) -> Draft:
        """Return it with its ATD, whose name serves where none was written."""
        old = self.definition
        others = {one.siren: one for one in old.others}
        if other is not None:
            others[other.siren] = other
        changed = replace(old, others=tuple(others.values()))
        shown = self.name or name
        return replace(self, atd_siren=siren, name=shown, definition=changed)

    def without(self, place: str, which: str) -> Draft:
        """Return it without one thing.

        :param place: ``include``, ``exclude`` or ``others``.
        :param which: ``kind:code``, the SIREN of an other, or ``communes`` for all
            the communes of this place.
        """
        old = self.definition
        if place == "others":
            kept = tuple(one for one in old.others if one.siren != which)
            return replace(self, definition=replace(old, others=kept))
        if place not in ("include", "exclude"):
            return self
        parts: tuple[Part, ...] = getattr(old, place)
        left = tuple(
            part
            for part in parts
            if f"{part.kind}:{part.code}" != which
            and not (which == "communes" and part.kind == "commune")
        )
        changed = (
            replace(old, include=left)
            if place == "include"
            else replace(old, exclude=left)
        )
        return replace(self, definition=changed)


def read_draft(form: Mapping[str, str], atd_siren: str = "") -> Draft:
    """Read what the form carries; what cannot be read of its definition is lost.

    :param atd_siren: of the perimeter that is changed; the form's for a new one.
    """
    return Draft(
        atd_siren or form.get("atd_siren", "").strip()[:_MAX_TEXT],
        " ".join(form.get("name", "").split())[:MAX_NAME],
        form.get("colour", "").strip()[:_MAX_TEXT],
        read_definition(form.get("definition", "")),
    )


def read_definition(text: str) -> Definition:
    """Read a definition from JSON; an empty one where it is none."""
    try:
        value = json.loads(text or "{}")
        if isinstance(value, dict) and not value.get("include"):
            # Empty so far: what is left out was written first.
            begun = {**value, "include": [_ANYTHING.to_dict()]}
            return replace(Definition.from_dict(begun), include=())
        return Definition.from_dict(value)
    except (ValueError, RecursionError):
        return EMPTY


@dataclass(frozen=True)
class Found:
    """A territory that a search found.

    :ivar hint: what tells it from its namesakes: its code, its département.
    """

    part: Part
    name: str
    hint: str


def find_territories(register: Register, kind: str, text: str) -> tuple[Found, ...]:
    """Find territories of one kind by their code or their name.

    :returns: the one that has this very code, or alone this very name; else those
        whose name holds all the words, that very name first; at most :data:`MAX_FOUND`.

    >>> [found.name for found in find_territories(Register.load(), "region", "53")]
    ['Région Bretagne']
    """
    if kind not in ADDED or not text.strip():
        return ()
    part = Part.of(kind, text)
    named = _name(register, part)
    if named is not None:
        return (Found(part, named, part.code),)
    wanted = slugify(text).split("-")
    if not wanted[0]:
        return ()
    found = [
        one
        for one in _territories(register, kind)
        if all(f"-{word}" in f"-{slugify(one.name)}" for word in wanted)
    ]
    exact = slugify(text)
    same = [one for one in found if slugify(one.name) == exact]
    if len(same) == 1:
        return (same[0],)
    found.sort(key=lambda one: (slugify(one.name) != exact, slugify(one.name)))
    return tuple(found[:MAX_FOUND])


def find_atds(register: Register, text: str) -> tuple[Collectivity, ...]:
    """Find who may be an ATD, by SIREN or by name.

    :returns: the collectivité of a SIREN, whatever it is; else régions, départements
        and intercommunalités by name.
    """
    siren = "".join(text.split())
    if siren.isdecimal():
        one = register.by_siren(siren)
        return (one,) if one is not None else ()
    wanted = slugify(text).split("-")
    if not wanted[0]:
        return ()
    found = [
        one
        for one in register
        if one.kind in _ATD_KINDS
        and all(f"-{w}" in f"-{slugify(f'{one.full_name} {one.name}')}" for w in wanted)
    ]
    found.sort(key=lambda one: (_ATD_KINDS.index(one.kind), slugify(one.full_name)))
    return tuple(found[:MAX_FOUND])


def read_syndicat(siren: str, name: str, departement: str) -> Other | None:
    """Return a group of collectivités that the register does not have.

    :returns: nothing without a name or a right SIREN.
    """
    code, title = "".join(siren.split()), " ".join(name.split())[:MAX_NAME]
    if not is_siren(code) or not title:
        return None
    place = Part.of("departement", departement).code if departement.strip() else None
    return Other(code, title, place)


def name_part(register: Register, part: Part, others: Iterable[Other] = ()) -> str:
    """Name a part of a definition: «Morbihan», «Crach»; its code where unknown."""
    titles = {one.siren: one.name for one in others}
    return titles.get(part.code) or _name(register, part) or part.code


def _name(register: Register, part: Part) -> str | None:
    if part.kind == "departement":
        division = register.divisions.get(part.code)
        return division.name if division else None
    found = {
        "region": register.region,
        "commune": register.commune,
    }.get(part.kind, register.by_siren)(part.code)
    if found is None or (part.kind == "epci" and found.kind != "epci"):
        return None
    return found.full_name if part.kind == "region" else found.name


def _territories(register: Register, kind: str) -> list[Found]:
    if kind == "departement":
        return [
            Found(Part("departement", one.code), one.name, one.code)
            for one in register.divisions.values()
        ]
    named = [one for one in register if one.kind == kind]
    if kind == "region":
        return [
            Found(Part("region", str(one.region)), one.full_name, str(one.region))
            for one in named
        ]
    if kind == "epci":
        return [
            Found(Part("epci", one.siren), one.name, str(one.departement))
            for one in named
        ]
    return [
        Found(Part("commune", str(one.insee)), one.name, str(one.insee))
        for one in named
    ]


@dataclass(frozen=True)
class Preview:
    """What a definition covers.

    :ivar counts: how many collectivités of each kind, the ATD included.
    :ivar shared: (name of another ATD, how many communes both cover).
    :ivar perimeter: the whole of it.
    """

    counts: Mapping[str, int]
    shared: tuple[tuple[str, int], ...]
    perimeter: Perimeter


def preview(
    register: Register, draft: Draft, others: Sequence[tuple[str, Mapping[str, object]]]
) -> Preview | None:
    """Say what a draft covers, before it is saved.

    :param others: the name and the definition of the other ATDs of the portal.
    :returns: nothing where it is empty.
    :raises PerimeterError: it names what the register does not have.
    """
    try:
        built = build_perimeter(
            register, draft.definition, draft.name, atd_siren=draft.atd_siren or None
        )
    except EmptyPerimeter:
        return None
    mine = _communes(built)
    shared = []
    for name, definition in others:
        try:
            theirs = build_perimeter(register, Definition.from_dict(definition), name)
        except PerimeterError:
            # Theirs to repair: it must not keep this one from being written.
            continue
        both = len(mine & _communes(theirs))
        if both:
            shared.append((name, both))
    kinds = Counter(str(member.kind) for member in built.members)
    return Preview(dict(kinds), tuple(shared), built)


def _communes(perimeter: Perimeter) -> set[str]:
    return {one.siren for one in perimeter.members if one.kind == "commune"}
