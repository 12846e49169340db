"""What each record of a pack must look like before this portal reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from ckanext.odlocale.handover.records import BadRecord, Kind, Record
from ckanext.odlocale.territory.identifiers import is_insee, is_siren

_SHA256 = re.compile(r"[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-zA-Z_-]{1,100}")
_STATES = ("draft", "checked", "published", "replaced", "withdrawn", "purged")

Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**62


def _sha256(value: Any) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _id(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _siren(value: Any) -> bool:
    return isinstance(value, str) and is_siren(value)


def _insee(value: Any) -> bool:
    return isinstance(value, str) and is_insee(value)


def _one_of(*choices: str) -> Check:
    return lambda value: isinstance(value, str) and value in choices


def _dict(value: Any) -> bool:
    return isinstance(value, dict)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _file(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _sha256(value.get("sha256"))
        and _text(value.get("name"))
        and "/" not in value["name"]
        and not value["name"].startswith(".")
    )


def _resources(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and _id(one.get("id"))
        and _maybe(_file)(one.get("upload"))
        for one in value
    )


def _email(value: Any) -> bool:
    return isinstance(value, str) and 3 <= len(value) <= 254 and "@" in value


_NEEDED: Final[dict[Kind, dict[str, Check]]] = {
    "collectivities": {
        "siren": _siren,
        "insee": _maybe(_insee),
        "kind": _one_of("commune", "epci", "departement", "region", "syndicat"),
        "name": _text,
        "status": _one_of("active", "merged"),
        "successor": _maybe(_siren),
        "cog_vintage": _is_int,
        "population": _maybe(_is_int),
        "contour": _maybe(_is_text),
    },
    "organizations": {
        "siren": _siren,
        "id": _id,
        "name": _id,
        "title": _is_text,
        "description": _is_text,
        "image": lambda value: value in ("", None) or _is_text(value) or _file(value),
        "extras": _dict,
    },
    "aliases": {
        "kind": _one_of("siren", "insee", "name"),
        "value": _text,
        "siren": _siren,
    },
    "targets": {
        "siren": _siren,
        "schema": _text,
        "target": _one_of("portal", "datagouv", "elsewhere"),
        "url": _maybe(_is_text),
    },
    "people": {
        "email": _email,
        "name": _id,
        "capacity": _one_of("admin", "editor", "member"),
        "agreed_at": _text,
    },
    "datasets": {
        "id": _id,
        "name": _id,
        "type": _text,
        "state": _one_of("active", "draft", "deleted"),
        "metadata_created": _text,
        "metadata_modified": _text,
        "resources": _resources,
    },
    "deposits": {
        "id": _id,
        "siren": _siren,
        "state": _one_of(*_STATES),
        "schema": _maybe(_is_text),
        "key": _maybe(_is_text),
        "original_sha256": _maybe(_sha256),
        "canonical_sha256": _maybe(_sha256),
        "version": _is_int,
        "package_id": _maybe(_id),
        "resource_id": _maybe(_id),
        "created_at": _text,
        "updated_at": _text,
        "published_at": _maybe(_text),
        "withdrawn_at": _maybe(_text),
        "withdrawal": _maybe(_text),
        "withdrawal_note": _maybe(_text),
        "report": _maybe(_dict),
        "answers": _maybe(_dict),
        "corrections": _maybe(_list),
    },
    "transfers": {"package_id": _id, "from_siren": _siren, "to_siren": _siren},
    "journal": {
        "at": _text,
        "verb": _text,
        "object_type": _text,
        "object_id": _text,
        "detail": _dict,
    },
    "datagouv": {"siren": _siren},
}


def check(kind: Kind, record: Record) -> None:
    """Refuse a record that this portal could not store.

    :raises BadRecord: the message names the field.
    """
    for name, accepts in _NEEDED[kind].items():
        if not accepts(record.get(name)):
            raise BadRecord(f"{kind}: {name}")
