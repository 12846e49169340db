"""Where a collectivité publishes a data: on this portal, on data.gouv.fr, elsewhere.

Three places, because a commune may already publish somewhere, and nobody types the
same rows twice. What the law sends to a national base is there without anybody
having to say so:

* addresses (*base adresse locale*): every commune, in the *base adresse nationale*
  (CGCT art. L2121-30, décret 2023-767);
* public contracts (*données essentielles de la commande publique*): every buyer, on
  data.gouv.fr (CCP art. R2196-1, arrêté of 22 December 2022).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

TargetName = Literal["portal", "datagouv", "elsewhere"]
TARGETS: tuple[TargetName, ...] = get_args(TargetName)
#: Forgets what was chosen: the general choice, or the usual place, holds again.
RESET = "default"
#: In place of a schema: all those that have no choice of their own.
ALL_SCHEMAS = "*"

Origin = Literal["chosen", "national", "general", "usual"]

MAX_URL = 2000
_SCHEMES = ("http", "https")
#: What an address may hold in place of each collectivité's own code.
INSEE_MARK, SIREN_MARK = "{insee}", "{siren}"


@dataclass(frozen=True)
class NationalHome:
    """Where the law sends a data.

    :ivar url: its address for one collectivité, with the marks above.
    :ivar kinds: the kinds of collectivité that it concerns; all where it is empty.
    """

    target: TargetName
    url: str | None = None
    kinds: tuple[str, ...] = ()


#: By the slug of the data. Neither is a table schema of the catalogue.
NATIONAL_HOMES: Mapping[str, NationalHome] = {
    "bal": NationalHome(
        "elsewhere", f"https://adresse.data.gouv.fr/commune/{INSEE_MARK}", ("commune",)
    ),
    "decp": NationalHome("datagouv"),
}


@dataclass(frozen=True)
class Choice:
    """A row of ``odlocale_target``, without whose it is."""

    target: TargetName
    url: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a collectivité publishes a data.

    :ivar origin: why there: ``chosen`` for this data, ``national`` by law,
        ``general`` by the choice made for all data, ``usual`` where nobody chose.
    """

    target: TargetName
    url: str | None
    origin: Origin


class WrongTarget(ValueError):
    """A choice that cannot be kept.

    :ivar fault: ``target`` (none of the three), ``no_url`` (elsewhere, but where?),
        ``url`` (not the address of a web page), ``needless_url``.
    """

    def __init__(self, fault: Literal["target", "no_url", "url", "needless_url"]):
        super().__init__(fault)
        self.fault = fault


def known_schemas(catalogue: Iterable[str]) -> frozenset[str]:
    """Return what a target may be chosen for.

    :param catalogue: slugs of the table schemas of the portal.

    >>> sorted(known_schemas(["budget"]))
    ['*', 'bal', 'budget', 'decp']
    """
    return frozenset((*catalogue, *NATIONAL_HOMES, ALL_SCHEMAS))


def find_place(
    schema: str, kind: str, insee: str | None, siren: str, chosen: Mapping[str, Choice]
) -> Place:
    """Return where a collectivité publishes a data.

    Its own choice for this data comes first, then what the law says, then its choice
    for all data, then this portal. A general choice does not take addresses out of
    the national base: it is not the commune's to decide.

    :param kind: commune, epci, departement, region, syndicat.
    :param chosen: its choices, by schema; ``*`` for all data.

    >>> find_place("decp", "commune", "56046", "215600461", {})
    Place(target='datagouv', url=None, origin='national')
    """
    own = chosen.get(schema)
    national = NATIONAL_HOMES.get(schema)
    general = chosen.get(ALL_SCHEMAS)
    if own is not None:
        return Place(own.target, own.url, "chosen")
    if national is not None and (not national.kinds or kind in national.kinds):
        url = national.url and write_url(national.url, insee, siren)
        return Place(national.target, url, "national")
    if general is not None:
        return Place(general.target, general.url, "general")
    return Place("portal", None, "usual")


def find_elsewhere(
    schemas: Iterable[str],
    kind: str,
    insee: str | None,
    siren: str,
    chosen: Mapping[str, Choice],
) -> dict[str, Place]:
    """Return the data that a collectivité does not publish on this portal.

    :returns: their places, by schema, in the order given.
    """
    places = {one: find_place(one, kind, insee, siren, chosen) for one in schemas}
    return {one: place for one, place in places.items() if place.target != "portal"}


def read_choice(target: str, url: str | None) -> Choice:
    """Return what was asked, once it is sure that it can be kept.

    :param url: the address, which may hold ``{insee}`` or ``{siren}``.
    :raises WrongTarget: see its faults.
    """
    url = (url or "").strip() or None
    if target == "elsewhere":
        if url is None:
            raise WrongTarget("no_url")
        if not is_web_address(url):
            raise WrongTarget("url")
        return Choice("elsewhere", url)
    if target not in TARGETS:
        raise WrongTarget("target")
    if url is not None:
        raise WrongTarget("needless_url")
    return Choice(target)


def is_web_address(url: str) -> bool:
    """Tell whether a text is the address of a web page that anybody may open.

    >>> is_web_address("https://www.example.fr/{insee}/budget")
    True
    >>> is_web_address("javascript:alert(1)"), is_web_address("http://me:pw@a.fr")
    (False, False)
    """
    if len(url) > MAX_URL or not url.isprintable() or " " in url or '"' in url:
        return False
    try:
        parts = urlsplit(write_url(url, "00000", "000000000"))
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    is_marked = not {"{", "}"} & set(parts.geturl())
    named = host is not None and "." in host and not host.startswith(".")
    open_to_all = parts.username is None and parts.password is None
    return parts.scheme in _SCHEMES and named and open_to_all and is_marked


def write_url(url: str, insee: str | None, siren: str) -> str:
    """Put a collectivité's codes in an address; its SIREN where it has no INSEE.

    >>> write_url("https://example.fr/{insee}", "56046", "215600461")
    'https://example.fr/56046'
    """
    return url.replace(INSEE_MARK, insee or siren).replace(SIREN_MARK, siren)
