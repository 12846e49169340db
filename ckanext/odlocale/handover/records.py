"""What is told of a collectivité from one portal to another, line by line.

A record says nothing of the portal that it comes from: people are known by their
address, collectivités by their SIREN, and an address of the portal begins with
:data:`HERE`. Two portals that hold the same collectivité therefore write the same
records, which is how a receiver proves that nothing was lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, cast

Record = dict[str, Any]
Kind = Literal[
    "collectivities",
    "organizations",
    "aliases",
    "targets",
    "people",
    "datasets",
    "deposits",
    "transfers",
    "journal",
    "datagouv",
]
#: By kind, then by key.
Records = dict[Kind, dict[str, Record]]

#: In the order in which they are taken in.
KINDS: Final[tuple[Kind, ...]] = (
    "collectivities",
    "organizations",
    "aliases",
    "targets",
    "people",
    "datasets",
    "deposits",
    "transfers",
    "journal",
    "datagouv",
)
#: Begins an address of the portal that speaks.
HERE: Final = "{portal}"

#: The columns that two portals must agree on; all of them where a kind is not here.
#: The register describes a collectivité on each portal, at its own vintage.
_COMPARED: Final[dict[Kind, tuple[str, ...]]] = {
    "collectivities": ("siren", "insee", "status", "successor"),
    "organizations": ("siren", "description", "image", "extras"),
    # Somebody who has a place on the other portal keeps it.
    "people": ("email",),
}
#: Who did it is told of those who agreed only.
_IGNORED: Final[dict[Kind, tuple[str, ...]]] = {
    "deposits": ("created_by",),
    "journal": ("user",),
}
#: Of a resource: under which address data.gouv.fr knows it, which depends on the
#: portal that asks.
HARVESTED_URL: Final = "harvested_url"

MAX_DEPTH = 60


class BadRecord(ValueError):
    """A record cannot be what it says; the message tells which field."""


def key_of(kind: Kind, record: Record) -> str:
    """Return what identifies a record among those of its kind."""
    if kind in ("collectivities", "organizations", "datagouv"):
        return str(record["siren"])
    if kind == "aliases":
        return f"{record['kind']}:{record['value']}"
    if kind == "targets":
        return f"{record['siren']}:{record['schema']}"
    if kind == "people":
        return str(record["email"]).lower()
    if kind == "transfers":
        return str(record["package_id"])
    if kind == "journal":
        return fingerprint(kind, record)
    return str(record["id"])


def group(lines: Iterable[tuple[Kind, Record]]) -> Records:
    """Arrange records by kind and key.

    :raises BadRecord: two records of one kind have the same key.
    """
    found: Records = {kind: {} for kind in KINDS}
    for kind, record in lines:
        key = key_of(kind, record)
        if key in found[kind] and kind != "journal":
            raise BadRecord(f"{kind}: {key} twice")
        found[kind][key] = record
    return found


def compared(kind: Kind, record: Record) -> Record:
    """Keep of a record what two portals must agree on."""
    if kind == "datagouv":
        return {}
    if kind in _COMPARED:
        kept = {name: record.get(name) for name in _COMPARED[kind]}
        image = kept.get("image")
        # A portal names a logo as it likes.
        return {**kept, "image": image["sha256"]} if isinstance(image, dict) else kept
    kept = {n: v for n, v in record.items() if n not in _IGNORED.get(kind, ())}
    if kind == "datasets":
        kept["resources"] = [
            {name: value for name, value in one.items() if name != HARVESTED_URL}
            for one in record.get("resources", ())
        ]
    return kept


def fingerprint(kind: Kind, record: Record) -> str:
    """Sum up what two portals must agree on of a record."""
    return hashlib.sha256(canonical(compared(kind, record)).encode()).hexdigest()


def digest(records: Records, keys: Mapping[Kind, Iterable[str]] | None = None) -> str:
    """Sum up all records, or those of some keys: one that lacks counts as absent.

    :param keys: by kind; those of ``records`` by default.
    """
    total = hashlib.sha256()
    for kind in KINDS:
        here = records.get(kind, {})
        for key in sorted(keys[kind] if keys is not None else here):
            told = fingerprint(kind, here[key]) if key in here else "absent"
            total.update(f"{kind}\t{key}\t{told}\n".encode())
    return total.hexdigest()


def changed_fields(kind: Kind, here: Record, told: Record) -> tuple[str, ...]:
    """Name the fields that two records of the same thing disagree on."""
    one, other = compared(kind, here), compared(kind, told)
    names = sorted({*one, *other})
    return tuple(name for name in names if one.get(name) != other.get(name))


def canonical(value: Any) -> str:
    """Write a value as JSON, one way only."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_line(line: str) -> Record:
    """Read a line of a pack.

    :raises BadRecord: it is not one JSON object, or holds what no text may.
    """
    try:
        value = json.loads(line)
        if not isinstance(value, dict):
            raise BadRecord("not an object")
        _refuse_odd(value, MAX_DEPTH)
    except (RecursionError, ValueError) as error:
        raise BadRecord(str(error) or "nested too deeply") from error
    return value


def _refuse_odd(value: Any, depth: int) -> None:
    if depth == 0:
        raise BadRecord("nested too deeply")
    if isinstance(value, dict):
        for name, one in value.items():
            _refuse_odd(name, depth - 1)
            _refuse_odd(one, depth - 1)
    elif isinstance(value, list):
        for one in value:
            _refuse_odd(one, depth - 1)
    elif isinstance(value, str):
        # PostgreSQL has no text with this sign, nor with half a pair.
        if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            raise BadRecord("a sign that no text may hold")
    elif isinstance(value, float) and not -1e300 < value < 1e300:
        raise BadRecord("not a number")


def replace_prefix(value: Any, before: str, after: str) -> Any:
    """Write anew each text that is an address beginning with ``before``.

    >>> replace_prefix({"url": "https://a.fr/x"}, "https://a.fr", HERE)
    {'url': '{portal}/x'}
    """
    if isinstance(value, dict):
        return {name: replace_prefix(one, before, after) for name, one in value.items()}
    if isinstance(value, list):
        return [replace_prefix(one, before, after) for one in value]
    if isinstance(value, str) and (value == before or value.startswith(before + "/")):
        return after + value[len(before) :]
    return value


def check_together(records: Records) -> str:
    """Refuse records that are not all of one collectivité.

    :returns: its SIREN.
    :raises BadRecord: the message names what is of another one.
    """
    heads = [
        siren
        for siren, one in records["collectivities"].items()
        if one["status"] == "active"
    ]
    if len(heads) != 1 or list(records["organizations"]) != heads:
        raise BadRecord("collectivities: not exactly one, with its organization")
    known = set(records["collectivities"])
    for kind in cast("tuple[Kind, ...]", ("aliases", "targets", "deposits")):
        for key, one in records[kind].items():
            if one["siren"] not in known:
                raise BadRecord(f"{kind}: {key} is of another collectivité")
    for key in records["transfers"]:
        if key not in records["datasets"]:
            raise BadRecord(f"transfers: {key} is of another collectivité")
    if any(one.get("successor") not in known for one in _merged(records)):
        raise BadRecord("collectivities: a successor that is not there")
    return heads[0]


def _merged(records: Records) -> list[Record]:
    return [
        one for one in records["collectivities"].values() if one["status"] != "active"
    ]


def files_of(records: Records) -> frozenset[str]:
    """Return the SHA-256 of every file that the records speak of."""
    found: set[str] = set()
    for deposit in records["deposits"].values():
        both = (deposit.get("original_sha256"), deposit.get("canonical_sha256"))
        found |= {one for one in both if one is not None}
    for dataset in records["datasets"].values():
        found |= {
            one["upload"]["sha256"] for one in dataset["resources"] if one.get("upload")
        }
    for organization in records["organizations"].values():
        if isinstance(organization.get("image"), dict):
            found.add(organization["image"]["sha256"])
    return frozenset(found)
