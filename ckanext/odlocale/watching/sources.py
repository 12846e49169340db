"""The outside services that a portal relies on, and whether they answer as expected.

Pure: a service may answer 200 and have changed its shape, which breaks an import months
later. Each expectation is what our own code reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from ckanext.odlocale.base.http import AddressRefused, GuardedClient, RequestError

#: Crach, whose name and numbers do not change.
_INSEE: Final = "56046"
_SIREN: Final = "215600461"
_DIRECTORY: Final = "/api/explore/v2.1/catalog/datasets/api-lannuaire-administration"
MAX_BYTES: Final = 20 * 1024 * 1024


@dataclass(frozen=True)
class Source:
    """One service.

    :ivar url: a question whose answer is known
    :ivar expect: yields what differs from what is expected, in English
    """

    name: str
    url: str
    expect: Callable[[Any], Iterable[str]]


@dataclass(frozen=True)
class Answer:
    """How a service answered.

    :ivar differences: nothing where all is as expected
    """

    name: str
    url: str
    differences: tuple[str, ...]


def sources(
    *,
    datagouv: str = "https://www.data.gouv.fr",
    api_geo: str = "https://geo.api.gouv.fr",
    directory: str = "https://api-lannuaire.service-public.gouv.fr",
    schemas: str = "https://schema.data.gouv.fr",
    issuer: str = "",
) -> list[Source]:
    """Return the services of a portal.

    :param issuer: the OpenID Connect provider, where there is one
    """
    fields = {"fields": "code,nom,siren,population,codeEpci,codeDepartement"}
    asked = {
        "where": f'pivot LIKE "mairie" AND code_insee_commune="{_INSEE}"',
        "select": "nom,pivot,code_insee_commune,adresse_courriel",
    }
    found = [
        Source(
            "data.gouv.fr",
            f"{datagouv}/api/1/organizations/?page_size=1",
            _expect_datagouv,
        ),
        Source(
            "API Géo", f"{api_geo}/communes/{_INSEE}?{urlencode(fields)}", _expect_geo
        ),
        Source(
            "annuaire de l'administration",
            f"{directory}{_DIRECTORY}/exports/json?{urlencode(asked)}",
            _expect_directory,
        ),
        Source("schema.data.gouv.fr", f"{schemas}/schemas.json", _expect_schemas),
    ]
    if issuer:
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        found.append(Source("OpenID Connect", url, _expecting_provider(issuer)))
    return found


def check(client: GuardedClient, asked: Iterable[Source]) -> list[Answer]:
    """Ask each service its question."""
    return [
        Answer(one.name, one.url, tuple(_differences(client, one))) for one in asked
    ]


def _differences(client: GuardedClient, source: Source) -> Iterator[str]:
    try:
        answer = client.get(
            source.url, {"Accept": "application/json"}, max_bytes=MAX_BYTES
        )
        if answer.status != 200:
            yield f"answers {answer.status} instead of 200"
            return
        read = answer.json()
    except AddressRefused as error:
        yield f"is not called: {error.reason.value}"
        return
    except RequestError as error:
        yield f"does not answer: {type(error).__name__}, {error}"
        return
    yield from source.expect(read)


def _lacking(read: Any, *names: str) -> Iterator[str]:
    if not isinstance(read, Mapping):
        yield f"answers a {type(read).__name__} instead of an object"
        return
    yield from (f"lacks the field {name}" for name in names if name not in read)


def _expect_datagouv(read: Any) -> Iterator[str]:
    faults = list(_lacking(read, "data", "total"))
    yield from faults
    if not faults and read["data"]:
        yield from _lacking(read["data"][0], "id", "slug", "name", "page")


def _expect_geo(read: Any) -> Iterator[str]:
    faults = list(
        _lacking(
            read, "code", "nom", "siren", "population", "codeEpci", "codeDepartement"
        )
    )
    yield from faults
    if not faults and (read["code"], read["nom"], read["siren"]) != (
        _INSEE, "Crach", _SIREN
    ):  # fmt: skip
        yield (
            f"says that {_INSEE} is {read['nom']!r}, SIREN {read['siren']!r}, instead"
            f" of 'Crach', {_SIREN!r}"
        )


def _expect_directory(read: Any) -> Iterator[str]:
    if not isinstance(read, list) or not read:
        yield "answers no list of town halls"
        return
    for row in read:
        yield from _lacking(
            row, "nom", "pivot", "code_insee_commune", "adresse_courriel"
        )
        if isinstance(row, Mapping) and row.get("code_insee_commune") != _INSEE:
            yield f"answers {row.get('code_insee_commune')!r} when asked for {_INSEE}"


def _expect_schemas(read: Any) -> Iterator[str]:
    faults = list(_lacking(read, "schemas"))
    yield from faults
    if faults:
        return
    known = {
        one.get("name"): one for one in read["schemas"] if isinstance(one, Mapping)
    }
    for name in ("scdl/budget", "scdl/subventions", "scdl/deliberations"):
        if name not in known:
            yield f"no longer lists {name}"
        elif not known[name].get("schema_url"):
            yield f"gives no schema_url for {name}"


def _expecting_provider(issuer: str) -> Callable[[Any], Iterator[str]]:
    def expect(read: Any) -> Iterator[str]:
        wanted = (
            "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint",
            "jwks_uri",
        )  # fmt: skip
        faults = list(_lacking(read, *wanted))
        yield from faults
        if not faults and read["issuer"] != issuer:
            yield f"names itself {read['issuer']!r} instead of {issuer!r}"

    return expect
