"""Adding a published Table Schema: what is wrong with it, what we fill in, where it is
kept. Pure but for the file that is written.

A schema comes from somebody else. Its patterns run in polars' engine only, whose time
grows with the text and no faster; one that this engine cannot compile (look-around,
back-references) would need Python's, where a few signs can take years, and is refused.
"""

from __future__ import annotations

import json
import os
import re
import string
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from ..base.french import slugify
from .added import order_version
from .catalogue import Catalogue
from .checking import check
from .descriptor_checks import Problem, find_problems
from .descriptors import parse_schema
from .table import Source, Table, make_names_unique
from .table_schema import TableSchema
from .versions import Rename, WrongRule, read_rules

#: Size of a schema's file, in bytes.
MAX_SCHEMA_BYTES = 1024 * 1024

#: The one server whose addresses say what a schema is.
NATIONAL_HOST = "schema.data.gouv.fr"

_IDENTITY = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}/[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VERSION = re.compile(r"[0-9A-Za-z]+(?:[.\-+][0-9A-Za-z]+)*")
_OWN_TEXTS = ("label", "purpose", "schema_url")
_OWN_FIELDS = ("siret_field", "insee_field", "period_field")
_COLLECTIVITY_SIRET = ("collsiret", "siretcollectivite", "idattribuant")
_COLLECTIVITY_INSEE = ("collinsee", "inseecollectivite")


class SchemaRefused(ValueError):
    """A schema cannot be added.

    :ivar problems: everything that is wrong, in the order of the file
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(one.code for one in problems))
        self.problems = problems


@dataclass(frozen=True)
class Stored:
    """Where a schema is kept.

    :ivar new: False where this very version was there already
    """

    path: Path
    new: bool


def read_descriptor(data: bytes) -> dict[str, Any]:
    """Read the JSON of a Table Schema, and check all of it.

    :raises SchemaRefused: with everything that is wrong
    """
    if len(data) > MAX_SCHEMA_BYTES:
        raise SchemaRefused(
            Problem("too_large", limit=MAX_SCHEMA_BYTES // 1024 // 1024)
        )
    try:
        descriptor = json.loads(data.decode("utf-8-sig"))
        # Half a character, which JSON can write, is in no file and no database.
        json.dumps(descriptor, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise SchemaRefused(Problem("not_json")) from None
    if not isinstance(descriptor, dict):
        raise SchemaRefused(Problem("not_object"))
    problems = find_problems(descriptor)
    if problems:
        raise SchemaRefused(*problems)
    return descriptor


def complete(
    descriptor: Mapping[str, Any],
    catalogue: Catalogue,
    *,
    url: str | None = None,
    slug: str | None = None,
    label: str | None = None,
    added_by: str = "",
) -> dict[str, Any]:
    """Return the schema with our key, filled in by what it says and by defaults.

    A new version of a schema that is known keeps what was said of it. Another schema
    never takes a slug that is in use: permanent addresses hold it.

    :param url: where it was published
    :param slug: short and final; by default from its name
    :param label: what an agent calls it; by default its title
    :param added_by: SIREN of the ATD that brings it in; empty for the portal
    :raises SchemaRefused: where the slug is another's, or a text of ours is wrong
    """
    given = descriptor.get("odlocale")
    own = dict(given) if isinstance(given, dict) else {}
    identity = own.get("id") or identify(descriptor, url)
    if not isinstance(identity, str) or not _IDENTITY.fullmatch(identity):
        raise SchemaRefused(Problem("id", value=str(identity)[:60]))
    known = catalogue.get(identity) if identity in catalogue else None
    chosen = slug or own.get("slug") or (known.slug if known else None)
    chosen = chosen or _short_name(str(identity))
    if not isinstance(chosen, str) or not _SLUG.fullmatch(chosen) or len(chosen) > 60:
        raise SchemaRefused(Problem("slug", value=str(chosen)[:60]))
    for one in catalogue.every:
        if one.slug == chosen and one.id != identity:
            raise SchemaRefused(Problem("slug_taken", value=chosen, other=one.id))
    version = str(descriptor.get("version") or "1.0.0").removeprefix("v")
    if not _VERSION.fullmatch(version) or len(version) > 40:
        raise SchemaRefused(Problem("version", value=version[:60]))
    _refuse_former(version, known)
    named = label or own.get("label") or (known.label if known else None)
    named = _one_line(named or descriptor.get("title") or "")[:100] or chosen
    completed = dict(descriptor)
    completed["version"] = version
    completed["odlocale"] = {
        **_defaults(descriptor, known, chosen, named, url),
        **_checked(own, descriptor),
        "slug": chosen,
        "id": identity,
        "label": named,
        "added_by": known.added_by if known is not None else added_by,
    }
    _try_out(completed)
    return completed


def _refuse_former(version: str, known: TableSchema | None) -> None:
    """Refuse to go back: files were published under the version in use."""
    if known is None:
        return
    given, used = order_version(version), order_version(known.version)
    if given < used:
        raise SchemaRefused(
            Problem("version_older", value=version, other=known.version)
        )
    if given == used and not known.added:
        raise SchemaRefused(Problem("version_shipped", value=version))
    if given == used and version != known.version:  # 1.0 and 1.0.0 are one
        raise SchemaRefused(Problem("version_taken", value=known.version))


def _try_out(completed: Mapping[str, Any]) -> None:
    """Check one row against the schema: what this engine cannot run is not added."""
    try:
        schema = parse_schema(completed)
        names = tuple(field.name for field in schema.fields)
        unique = make_names_unique(names)
        frame = pl.DataFrame({name: ["2024-01-31"] for name in unique})
        rows = pl.Series("row", [2], dtype=pl.UInt32)
        check(Table(frame, names, rows, Source(format="csv", size=0)), schema)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SchemaRefused(Problem("not_usable", value=str(error)[:60])) from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise SchemaRefused(Problem("not_usable", value=str(error)[:60])) from error


def identify(descriptor: Mapping[str, Any], url: str | None) -> str:
    """Return the schema's identifier: ``owner/name`` on schema.data.gouv.fr.

    >>> identify({}, "https://schema.data.gouv.fr/schemas/scdl/budget/0.9/schema.json")
    'scdl/budget'
    >>> identify({"name": "Arbres"}, None)
    'local/arbres'
    """
    address = urlsplit(url or "")
    parts = address.path.split("/") if address.hostname == NATIONAL_HOST else []
    if "schemas" in parts and len(parts) > (at := parts.index("schemas")) + 2:
        return f"{parts[at + 1]}/{parts[at + 2]}"
    name = str(descriptor.get("name") or descriptor.get("title") or "")
    return f"local/{slugify(name)[:60] or 'sans-nom'}"


def _short_name(identity: str) -> str:
    last = slugify(identity.rpartition("/")[2])
    return re.sub(r"^(schema|standard|modele)-", "", last)[:60].strip("-")


def _defaults(
    descriptor: Mapping[str, Any],
    known: TableSchema | None,
    slug: str,
    label: str,
    url: str | None,
) -> dict[str, Any]:
    if known is not None:
        names = {field["name"] for field in descriptor["fields"]}
        renamed = _renamed(descriptor, known.version)
        kept = {name: renamed(getattr(known, name)) for name in _OWN_FIELDS}
        parts = [one.partition(":") for one in known.key_parts]
        key = [f"{renamed(name)}{colon}{form}" for name, colon, form in parts]
        return {
            "purpose": known.purpose,
            "schema_url": known.schema_url,
            "dataset": {
                "title": known.dataset.title,
                "description": known.dataset.description,
                "frequency": known.dataset.frequency,
                "tags": list(known.dataset.tags),
                "themes": list(known.dataset.themes),
            },
            "key": [one for one in key if one.partition(":")[0] in names],
            **{name: one if one in names else None for name, one in kept.items()},
            "core": known.core,
        }
    purpose = _one_line(descriptor.get("description") or "")[:200] or label
    plain = label.replace("{", "").replace("}", "")  # a name is put in it
    years = [one["name"] for one in descriptor["fields"] if one.get("type") == "year"]
    return {
        "purpose": purpose,
        "schema_url": _web(url) or _web(descriptor.get("path")),
        "dataset": {
            "title": f"{plain} – {{name}}",
            "description": f"{plain} – {{name}}. Données publiées selon un modèle "
            "commun, vérifiées ligne par ligne avant leur mise en ligne sur ce "
            "portail.",
            "frequency": "IRREG",
            "tags": [slug] if len(slug) > 2 else [f"donnees-{slug}"],
            "themes": ["GOVE"],
        },
        "key": [f"{years[0]}:year"] if years else [],
        "siret_field": _named(descriptor, _COLLECTIVITY_SIRET),
        "insee_field": _named(descriptor, _COLLECTIVITY_INSEE),
        "period_field": years[0] if years else None,
    }


def _renamed(
    descriptor: Mapping[str, Any], version: str
) -> Callable[[str | None], str | None]:
    """Return what tells the name that a column of the former version has now."""
    own = descriptor.get("odlocale")
    names = {field["name"] for field in descriptor["fields"]}
    later: dict[str, str] = {}
    try:
        rules = read_rules(
            own.get("migrations") if isinstance(own, dict) else None, version
        )
        later = {one.before: one.after for one in rules if isinstance(one, Rename)}
    except (WrongRule, TypeError, AttributeError):
        pass  # told with the rest, by _checked
    return lambda name: name if name is None or name in names else later.get(name, name)


def _one_line(text: object) -> str:
    signs = (sign if sign.isprintable() else " " for sign in str(text))
    return " ".join("".join(signs).split())


def _web(address: object) -> str:
    """Return an address where it is one of the web: it becomes a link."""
    text = str(address or "")
    return text if re.match(r"https?://[^\s<>\"']+$", text) else ""


def _named(descriptor: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for field in descriptor["fields"]:
        if slugify(str(field["name"])).replace("-", "") in names:
            return str(field["name"])
    return None


def _checked(own: Mapping[str, Any], descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a schema says of itself under our key, where it is well said."""
    names = {field["name"] for field in descriptor["fields"]}
    kept: dict[str, Any] = {
        key: _one_line(own[key])[:300]
        for key in _OWN_TEXTS
        if isinstance(own.get(key), str)
    }
    if "schema_url" in kept:
        kept["schema_url"] = _web(kept["schema_url"])
    for key in _OWN_FIELDS:
        if own.get(key) is not None:
            if own[key] not in names:
                raise SchemaRefused(Problem("own_field", value=str(own[key])[:60]))
            kept[key] = own[key]
    parts = own.get("key")
    if parts is not None:
        if not isinstance(parts, list) or any(
            str(one).partition(":")[0] not in names for one in parts
        ):
            raise SchemaRefused(Problem("own_field", value=str(parts)[:60]))
        kept["key"] = [str(one) for one in parts]
    if own.get("migrations") is not None:
        kept["migrations"] = own["migrations"]
        try:
            for one in own["migrations"]:
                read_rules(own["migrations"], one["from"])
        except (WrongRule, TypeError, KeyError, AttributeError):
            raise SchemaRefused(Problem("own_migrations")) from None
    dataset = own.get("dataset")
    if isinstance(dataset, dict):
        kept["dataset"] = _checked_dataset(dataset)
    return kept


def _checked_dataset(dataset: Mapping[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for key in ("title", "description", "frequency"):
        text = dataset.get(key)
        if not isinstance(text, str) or not text or len(text) > 1000:
            raise SchemaRefused(Problem("own_dataset", value=key))
        try:
            marks = {name for _, name, _, _ in string.Formatter().parse(text)}
        except ValueError:
            marks = {"?"}
        if marks - {None, "name"}:
            raise SchemaRefused(Problem("own_dataset", value=key))
        checked[key] = text
    for key in ("tags", "themes"):
        listed = dataset.get(key)
        if not isinstance(listed, list) or not all(isinstance(t, str) for t in listed):
            raise SchemaRefused(Problem("own_dataset", value=key))
        checked[key] = listed[:20]
    return checked


def store(folder: Path, completed: Mapping[str, Any]) -> Stored:
    """Keep a schema under its slug and version; what is there never changes.

    :raises SchemaRefused: where this version is there with another content
    :raises OSError: where the folder cannot be written
    """
    path = folder / completed["odlocale"]["slug"] / f"{completed['version']}.json"
    text = json.dumps(completed, ensure_ascii=False, indent=2) + "\n"
    if path.exists():
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise SchemaRefused(
                Problem("version_damaged", value=completed["version"])
            ) from None
        # What we say of it may have grown since; what was published may not.
        if {**kept, "odlocale": None} == {**completed, "odlocale": None}:
            return Stored(path, new=False)
        raise SchemaRefused(Problem("version_taken", value=completed["version"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, written = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(written, 0o644)
        os.link(written, path)  # unlike a rename, never over another's file
    except FileExistsError:
        raise SchemaRefused(
            Problem("version_taken", value=completed["version"])
        ) from None
    finally:
        os.unlink(written)
    return Stored(path, new=True)
