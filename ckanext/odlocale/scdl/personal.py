"""Personal data where neither the table schema nor the law expects any.

What may be published of people is a matter of law (Code des relations entre le public
et l'administration, L312-1-2 and D312-1-3; CNIL, CADA): a legal person's name, an
elected member's, a place named after somebody, yes; a beneficiary of social aid, a
member of staff's career, a mailbox that is somebody's, no. This module judges one
value at a time, by what its column is for. It decides nothing: an agent answers.

No list of names is used. A person is told by what stands around the name: a title
(«M.», «Mme»), a birth date, the subject of the act, or by what does not (no word of an
association or of a firm in a beneficiary's name).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from .personal_words import (
    AID_WORDS,
    CONDUCT_WORDS,
    DWELLINGS,
    FILE_WORDS,
    FREE_PROVIDERS,
    GROUP_WORDS,
    LEGAL_PERSONS,
    LIFE_WORDS,
    NOT_FIRST_NAMES,
    OFFICES,
    PLACE_HEADS,
    PUBLIC_PLACES,
    SALE_WORDS,
    SERVICE_MAILBOXES,
    SOLE_TRADERS,
    STAFF_GRADES,
    STAFF_WORDS,
)
from .words import fold_accents

#: What a column holds, which decides what may be said in it.
#: ``beneficiary``: who is given money; ``purpose``: what for; ``subject``: of an act;
#: ``official``: who signs or holds an office, named by law; ``company``: who is named
#: by law whatever its form; ``place``: a name on a map; ``number``: an amount, a code.
Role = Literal[
    "beneficiary",
    "purpose",
    "subject",
    "email",
    "phone",
    "url",
    "place",
    "official",
    "company",
    "number",
    "text",
]
ROLES: tuple[Role, ...] = get_args(Role)

#: The longest text that is read; nobody's cell is longer, an attack's is.
MAX_LENGTH = 2_000


@dataclass(frozen=True)
class Doubt:
    """Why a value may tell of somebody.

    :ivar code: names the finding (``personal.email``)
    :ivar certain: whether the law keeps it from being published; otherwise somebody
        who knows must say
    """

    code: str
    certain: bool


SIGN = r"[A-Za-zÀ-ÖØ-öø-ÿŒœ]"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞŒ]"
# Jean, Jean-Luc, D'Arc, LE GOFF is two words.
_WORD = rf"{_CAPITAL}(?:{SIGN}|['’-](?={SIGN})){{1,40}}"
# «Anne Le Goff» has two names, not three.
_PARTICLE = r"(?:(?:Le|La|Du|De|Des|El|Ben|Da|Dos|Van|Von)[ \u00a0])?"
NAME = re.compile(rf"(?<!{SIGN})({_WORD})[ \u00a0]{_PARTICLE}({_WORD})(?!{SIGN})")
TITLE = (
    r"(?:M\.|Mr\.?|MM\.|Mme\.?|Mmes|Mlle\.?|Monsieur|Madame|Mademoiselle|MONSIEUR|MADAME"
    r"|Messieurs|Mesdames|MME|MLLE)"
)
HOUSEHOLD_WORD = (
    r"(?:[Ff]amille|[Éé]poux|[Éé]pouse|[Cc]onsorts|[Vv]euve|[Vv]euf|[Hh]éritiers"
    r"|[Hh]oirie|[Ii]ndivision|[Ss]uccession|[Cc]ouple|FAMILLE|CONSORTS)"
)
# «M. J. D.», which hides whom it tells of; «M. J. Durand» does not.
INITIALS = rf"(?:{_CAPITAL}\.[ \u00a0-]?)+(?![ \u00a0-]?{_CAPITAL}{SIGN})"
# «M. le maire», «Madame la Présidente» name an office, not somebody.
TITLED = re.compile(
    rf"(?<!{SIGN}){TITLE}(?:[ \u00a0]et[ \u00a0]{TITLE})?[ \u00a0]?"
    rf"(?!(?:LE|LA|LES|L['’])|{INITIALS})(?P<name>{_CAPITAL}{SIGN}?[\w'’.-]*)"
)
HOUSEHOLD = re.compile(
    rf"(?<!{SIGN}){HOUSEHOLD_WORD}[ \u00a0](?:de[ \u00a0])?(?:{TITLE}[ \u00a0])?"
    rf"(?P<name>{_WORD})"
)
BIRTH = re.compile(
    r"\bnée?s?(?:\(e\))?[ \u00a0](?:le[ \u00a0])?"
    r"(?:[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}"
    r"|[0-9]{1,2}(?:er)?[ \u00a0]\w{3,9}[ \u00a0][0-9]{4})",
    re.IGNORECASE,
)
EMAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@([\w-]{1,63}(?:\.[\w-]{1,63}){1,6})")
NIR = re.compile(
    r"(?<![0-9A-Za-z])([1-478][ .]?[0-9]{2}[ .]?[0-9]{2}[ .]?(?:[0-9]{2}|2[AaBb])[ .]?"
    r"[0-9]{3}[ .]?[0-9]{3})[ .]?([0-9]{2})(?![0-9A-Za-z])"
)
# One separator all along: 06/01/2024 and the like are dates.
MOBILE = re.compile(
    r"(?<![0-9/-])(?:(?:\+|00)33[ .]?(?:\(0\)[ .]?)?|0)[67]"
    r"(?P<between>[ .\u00a0/-]?)[0-9]{2}(?:(?P=between)[0-9]{2}){3}(?![0-9])"
)
BANK = re.compile(r"(?<![A-Z0-9])FR[0-9]{2}(?:[ ]?[0-9A-Z]){23}(?![A-Z0-9])")
_STREET = re.compile(
    r"(?<![0-9])[0-9]{1,4}(?:[ ]?(?:bis|ter|[A-D]))?,?[ ]"
    r"(?:rue|avenue|av\.|bd|boulevard|chemin|impasse|allée|place|route|ruelle|lotissement"
    r"|quai|résidence|cité|square|venelle|cour)[ ]",
    re.IGNORECASE,
)
# A section of the cadastre and a number: AB 123, ZC n° 45.
_PARCEL = re.compile(
    r"\b(?:parcelle|cadastr\w+|section)\b|\b[A-Z]{1,2}[ ]?(?:n°[ ]?)?[0-9]{1,4}\b"
)
_CLASS = re.compile(r"\b(?:PS|MS|GS|CP|CE1|CE2|CM1|CM2|TPS|ULIS)\b")
_CHILD = re.compile(
    rf"(?<!{SIGN})(?:{_WORD}[ \u00a0]{_CAPITAL}\.|(?:élève|enfant|petite?)[ ]{_WORD})"
)
_HEALTH = re.compile(
    r"\b(?:allergi|intol[ée]ran|diab|pai\b|asthme|handicap"
    r"|sans (?:arachide|gluten|lactose|porc))",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[a-z0-9]+(?:-[a-z]+)*")


def judge(role: Role, text: str) -> Doubt | None:
    """Tell whether a value may be somebody's personal data.

    :param role: what its column holds, see :func:`personal_columns.role_of`
    :param text: the value of one cell
    :returns: nothing for what may be published

    >>> judge("email", "mairie@commune.example") is None
    True
    >>> judge("phone", "06 00 00 00 00")
    Doubt(code='personal.phone', certain=False)
    """
    text = text[:MAX_LENGTH]
    if role == "number":
        return _judge_anywhere(text)
    found = _judge_anywhere(text) or _judge_mailbox(text) or _judge_phone(role, text)
    if found is not None:
        return found
    by_role = {
        "beneficiary": _judge_beneficiary,
        "purpose": _judge_purpose,
        "subject": _judge_subject,
        "url": _judge_url,
        "text": _judge_text,
    }.get(role)
    return None if by_role is None else by_role(text)


def is_nir(text: str) -> bool:
    """Tell whether a text holds a social security number whose key is right.

    The key is 97 less the remainder of the thirteen figures by 97; Corsica's letters
    count as 19 and 18 (Insee, *Répertoire national d'identification*).
    """
    for match in NIR.finditer(text):
        digits = re.sub(r"[ .]", "", match.group(1)).upper()
        figures = digits.replace("2A", "19").replace("2B", "18")
        if figures.isdigit() and 97 - int(figures) % 97 == int(match.group(2)):
            return True
    return False


def _judge_anywhere(text: str) -> Doubt | None:
    if is_nir(text):
        return Doubt("personal.nir", certain=True)
    if BANK.search(text):
        return Doubt("personal.bank", certain=False)
    if BIRTH.search(text):
        return Doubt("personal.birth", certain=True)
    return None


def _judge_mailbox(text: str) -> Doubt | None:
    if "@" not in text:
        return None
    doubts = [
        doubt
        for local, domain in EMAIL.findall(text)
        if (doubt := _judge_address(fold_accents(local), fold_accents(domain)))
    ]
    # The surest first: one personal mailbox is enough.
    certain = (doubt for doubt in doubts if doubt.certain)
    return next(certain, doubts[0] if doubts else None)


def _judge_address(local: str, domain: str) -> Doubt | None:
    """A mailbox is a service's by its words, somebody's by its two names."""
    parts = [part for part in re.split(r"[._+-]", local) if part]
    letters = [re.sub(r"[0-9]", "", part) for part in parts]
    if any(part in SERVICE_MAILBOXES for part in letters) or any(
        local.startswith(word) for word in SERVICE_MAILBOXES if len(word) > 4
    ):
        return None
    hosts = domain.split(".")
    if any(part in re.split(r"[.-]", domain) for part in letters if len(part) > 2):
        # crach@mairie-crach.fr
        return None
    named = [part for part in letters if part]
    if len(named) >= 2 and max(map(len, named)) > 2:
        return Doubt("personal.email", certain=True)
    if hosts[0] in FREE_PROVIDERS or len(named) == 1:
        return Doubt("personal.email", certain=False)
    return None


def _judge_phone(role: Role, text: str) -> Doubt | None:
    if MOBILE.search(text) and role not in ("url", "company"):
        return Doubt("personal.phone", certain=False)
    return None


def _judge_beneficiary(text: str) -> Doubt | None:
    tokens = _tokens(text)
    if SOLE_TRADERS & set(tokens) or "entrepreneur individuel" in " ".join(tokens):
        return Doubt("personal.sole_trader", certain=False)
    if (LEGAL_PERSONS | GROUP_WORDS) & set(_simple(tokens)):
        return None
    if _has_title(text):
        return Doubt("personal.person", certain=True)
    words = text.replace("\u00a0", " ").split()
    capitals = [word for word in words if re.fullmatch(_WORD, word)]
    if 2 <= len(words) <= 4 and len(capitals) == len(words):
        return Doubt("personal.beneficiary", certain=False)
    return None


def _judge_purpose(text: str) -> Doubt | None:
    if _has_title(text):
        code = "personal.address" if _STREET.search(text) else "personal.person"
        return Doubt(code, certain=True)
    return _judge_subject(text)


def _judge_subject(text: str) -> Doubt | None:
    """By what the act is about, then by who it names."""
    tokens = _tokens(text)
    if not tokens or _is_about_a_place(tokens):
        return None
    simple = set(_simple(tokens))
    titled = _has_title(text)
    named = titled or any(find_full_names(text))
    sensitive = (
        ("personal.aid", AID_WORDS),
        ("personal.staff", STAFF_WORDS),
        ("personal.conduct", CONDUCT_WORDS),
        ("personal.sale", SALE_WORDS),
    )
    for code, words in sensitive:
        if words & (simple | set(tokens)):
            if titled or (named and not LEGAL_PERSONS & (simple - words)):
                return Doubt(code, certain=True)
            if code == "personal.sale" and _PARCEL.search(text):
                buyer_is_firm = bool(LEGAL_PERSONS & simple)
                return None if buyer_is_firm else Doubt("personal.parcel", False)
    if _names_an_office(tokens):
        return None
    if LIFE_WORDS & simple and named:
        return Doubt("personal.person", certain=True)
    return Doubt("personal.person", certain=False) if titled else None


def _judge_text(text: str) -> Doubt | None:
    tokens = _tokens(text)
    if _CHILD.search(text) and (_CLASS.search(text) or _HEALTH.search(text)):
        return Doubt("personal.child", certain=True)
    if not _has_title(text) or _names_an_office(tokens):
        return None
    if _is_about_a_place(tokens) and tokens[0] not in DWELLINGS:
        return None
    return Doubt("personal.person", certain=True)


def _judge_url(text: str) -> Doubt | None:
    """The last part of an address: what it is about, then words that are no words."""
    path = re.split(r"[?#]", text)[0].rstrip("/")
    name = re.sub(r"\.[A-Za-z0-9]{2,5}$", "", path.rsplit("/", 1)[-1])
    words = [one for one in re.split(r"[^a-z]+", fold_accents(name)) if len(one) > 1]
    subjects = AID_WORDS | STAFF_WORDS | LIFE_WORDS | CONDUCT_WORDS | SALE_WORDS
    titled = {"m", "mr", "mme", "mlle", "monsieur", "madame", "famille", "consorts"}
    if not (subjects | titled) & set(words):
        return None
    known = (
        subjects
        | titled
        | FILE_WORDS
        | LEGAL_PERSONS
        | PLACE_HEADS
        | OFFICES
        | STAFF_GRADES
        | NOT_FIRST_NAMES
    )
    unknown = [word for word in words if word not in known and len(word) > 2]
    if len(unknown) >= 2 or (unknown and titled & set(words)):
        return Doubt("personal.url", certain=True)
    return None


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(fold_accents(text))


def _simple(tokens: list[str]) -> list[str]:
    """Each token, and the parts of those with hyphens."""
    return [part for token in tokens for part in (token, *token.split("-"))]


def _has_title(text: str) -> bool:
    return bool(TITLED.search(text) or HOUSEHOLD.search(text))


def find_full_names(text: str) -> Iterator[re.Match[str]]:
    """Yield two words with a capital, neither being an ordinary word.

    A name that a public place bears tells of nobody: «salle Anne Frank».
    """
    if text.isupper():
        return
    subjects = AID_WORDS | STAFF_WORDS | CONDUCT_WORDS | SALE_WORDS | LIFE_WORDS
    for match in NAME.finditer(text):
        first, second = (fold_accents(word) for word in match.groups())
        before = _tokens(text[: match.start()])[-1:]
        if set(before) & PUBLIC_PLACES:
            continue
        if not {first, second} & NOT_FIRST_NAMES and first not in subjects:
            yield match


def _is_about_a_place(tokens: list[str]) -> bool:
    """«Rue … : dénomination», «Gymnase …»: a name given to a place is public."""
    return bool(tokens) and (
        tokens[0].split("-")[0] in PLACE_HEADS
        or bool({"denomination", "baptiser", "hommage"} & set(tokens))
    )


def _names_an_office(tokens: list[str]) -> bool:
    for position, token in enumerate(tokens):
        if token in OFFICES:
            following = tokens[position + 1 : position + 2]
            if token.startswith("adjoint") and set(following) & STAFF_GRADES:
                continue
            return True
    return False
