"""The examples of the pages, run through the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .catalogue import load_catalogue, parse_schema
from .checking import check
from .explaining import REFUSED, Explanation, explain
from .messages import Message, render, render_unreadable
from .owners import Owner
from .reading import read
from .report import FindingGroup
from .table_schema import TableSchema
from .unreadable import Unreadable


@dataclass(frozen=True)
class Tried:
    """What the engine says of an example.

    :ivar codes: of what was found, in the report's order
    :ivar message: what an agent reads of the code that is explained, if found
    :ivar correction: whether a correction is proposed for it
    """

    codes: tuple[str, ...]
    message: Message | None = None
    correction: bool = False


def try_lines(one: Explanation, lines: Sequence[str], lang: str = "fr") -> Tried:
    """Return what the engine says of lines, with the model of an explanation."""
    data = "".join(f"{line}\n" for line in lines).encode()
    schema = model_of(one)
    owner = None
    if one.owner:
        owner = Owner(
            one.owner["siren"], one.owner.get("insee"), siret=one.owner.get("siret")
        )
    try:
        report = check(read(data), schema, owner=owner)
    except Unreadable as error:
        code = f"{REFUSED}{error.code}"
        told = render_unreadable(error, lang) if code == one.code else None
        return Tried((code,), told)
    group = next((group for group in report.groups if group.code == one.code), None)
    return Tried(
        tuple(group.code for group in report.groups),
        None if group is None else render(group, lang),
        _is_corrected(group),
    )


def _is_corrected(group: FindingGroup | None) -> bool:
    return group is not None and group.correction is not None


@lru_cache(maxsize=256)
def tell_wrong(code: str) -> Tried | None:
    """Return what is said of the wrong example of a code; None where there is none."""
    one = explain(code)
    return try_lines(one, one.wrong) if one.has_example else None


def model_of(one: Explanation) -> TableSchema:
    """Return the model that the examples of an explanation are checked against."""
    if one.schema:
        return load_catalogue().get(one.schema)
    model = dict(one.model)
    own = {
        "slug": "exemple",
        "id": "exemple/exemple",
        "label": "Exemple",
        "purpose": "",
        "schema_url": "",
        "siret_field": model.pop("siret_field", None),
        "deductions": model.pop("deductions", ()),
        "dataset": {
            "title": "",
            "description": "",
            "frequency": "",
            "tags": [],
            "themes": [],
        },
    }
    if "primary_key" in model:
        model["primaryKey"] = model.pop("primary_key")
    return parse_schema({"version": "1", **model, "odlocale": own})
