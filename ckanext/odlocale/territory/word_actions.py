"""Keywords and formats that one completes by: those of public datasets, for everybody.

Core offers those of every dataset, and so tells what is in drafts and in what was
deleted. What one may read differs from person to person; a completion is no place to
say it. Keywords of a vocabulary are a list of the portal's, and stay.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

Action = Callable[..., Any]
Context = dict[str, Any]
DataDict = dict[str, Any]

__all__ = [
    "format_autocomplete",
    "tag_autocomplete",
    "tag_list",
    "tag_search",
    "tag_show",
]

#: How many formats core gives where nobody says how many.
FORMATS = 5

_IS_PUBLIC = (model.Package.state == "active", model.Package.private.is_(False))


@tk.chained_action
@tk.side_effect_free
def tag_list(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, on keywords that a public dataset has."""
    if data_dict.get("vocabulary_id"):
        return action(context, data_dict)
    found = action(context, _whole(data_dict))
    named = {one["name"] if isinstance(one, dict) else one: one for one in found}
    public = _public_tags(named)
    return _page([one for name, one in named.items() if name in public], data_dict)


@tk.chained_action
@tk.side_effect_free
def tag_autocomplete(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, on keywords that a public dataset has."""
    if data_dict.get("vocabulary_id"):
        return action(context, data_dict)
    found = action(context, _whole(data_dict))
    public = _public_tags(found)
    return _page([one for one in found if one in public], data_dict)


@tk.chained_action
@tk.side_effect_free
def tag_search(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, on keywords that a public dataset has; it counts no other."""
    if data_dict.get("vocabulary_id"):
        return action(context, data_dict)
    found = action(context, _whole(data_dict))["results"]
    public = _public_tags([one["name"] for one in found])
    kept = [one for one in found if one["name"] in public]
    return {"count": len(kept), "results": _page(kept, data_dict)}


@tk.chained_action
@tk.side_effect_free
def tag_show(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, on keywords that a public dataset has.

    :raises NotFound: no public dataset has it, as where nobody wrote it.
    """
    shown = action(context, data_dict)
    if not shown["vocabulary_id"] and not _public_tags([shown["name"]]):
        raise tk.ObjectNotFound
    return shown


@tk.chained_action
@tk.side_effect_free
def format_autocomplete(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, on formats that a file of a public dataset has.

    It counts by format, over all datasets: its answer cannot be sorted out after.

    :param q: what the format holds
    :param limit: how many (optional, 5)
    :returns: formats, in small letters, that with the most files first
    :raises ValidationError: nothing is searched for, or the limit is no number.
    """
    tk.check_access("format_autocomplete", context, data_dict)
    wanted = str(tk.get_or_bust(data_dict, "q"))
    resource = model.Resource
    name = sa.func.lower(resource.format)
    query = (
        sa.select(name)
        .join(model.Package, model.Package.id == resource.package_id)
        .where(
            *_IS_PUBLIC,
            resource.state == "active",
            name.contains(wanted.lower(), autoescape=True),
        )
        .group_by(name)
        .order_by(sa.func.count().desc(), name)
        .limit(_number(data_dict, "limit", FORMATS))
    )
    return list(model.Session.scalars(query))


def _public_tags(names: Collection[str]) -> set[str]:
    """Return which of some keywords a public dataset has; one query."""
    query = (
        sa.select(model.Tag.name)
        .join(model.PackageTag, model.PackageTag.tag_id == model.Tag.id)
        .join(model.Package, model.Package.id == model.PackageTag.package_id)
        .where(
            *_IS_PUBLIC,
            model.PackageTag.state == "active",
            model.Tag.vocabulary_id.is_(None),
            model.Tag.name.in_(names),
        )
    )
    return set(model.Session.scalars(query))


def _whole(data_dict: DataDict) -> DataDict:
    """Return what is searched for, without what cuts the answer in pages."""
    cut = ("limit", "offset", "vocabulary_id")
    return {key: data_dict[key] for key in data_dict if key not in cut}


def _page(found: list[Any], data_dict: DataDict) -> list[Any]:
    first = _number(data_dict, "offset", 0)
    return found[first : first + _number(data_dict, "limit", len(found))]


def _number(data_dict: DataDict, name: str, default: int) -> int:
    given = data_dict.get(name)
    if given in (None, ""):
        return default
    try:
        return max(int(given), 0)
    except (TypeError, ValueError):
        message = tk._("A whole number is expected here.")
        raise tk.ValidationError({name: [message]}) from None
