"""What a call of the API may hold: shapes that every action can read.

Core's actions, and its database below them, fail on what no form sends: a list where an
id is expected, a sign that PostgreSQL refuses, a number that no column holds. A call is
read here first, and refused in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

#: Levels of lists in lists: CKAN's deepest call, a dataset's, has six.
MAX_DEPTH: Final = 32
MAX_INTEGER: Final = 2**31 - 1
#: Solr takes a word of 32,766 bytes at most, and a character may have four.
MAX_TEXT: Final = 8_000

Shape = Callable[[Any], bool]


def _is_long(value: Any) -> bool:
    return isinstance(value, str)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_address(value: Any) -> bool:
    """Core reads its parts before it judges it, and fails on one that has none."""
    try:
        urlsplit(value if _is_text(value) else "http://[")
    except ValueError:
        return False
    return True


def _is_line(value: Any) -> bool:
    """A text that goes into the header of a letter."""
    return _is_text(value) and not re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029]", value)


def _is_whole(value: Any) -> bool:
    if isinstance(value, str):
        written = re.fullmatch(r"\s*-?[0-9]{1,10}\s*", value)
        return not value or (written is not None and _is_whole(int(value)))
    return _is_number(value) and value == int(value)


def _is_number(value: Any) -> bool:
    """Infinity and what is no number are neither: they are above nothing."""
    is_one = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_one and abs(value) <= MAX_INTEGER


def _is_moment(value: Any) -> bool:
    return _is_text(value) or _is_number(value)


def _is_flag(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in _FLAGS
    return isinstance(value, (bool, int)) and value in (0, 1)


_FLAGS: Final = frozenset(
    ("", "true", "false", "yes", "no", "on", "off", "t", "f", "y", "n", "1", "0")
)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_texts(value: Any) -> bool:
    return _is_text(value) or _is_list_of_texts(value)


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _is_dicts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_dict, value))


def _is_resources(value: Any) -> bool:
    """Their texts are indexed whole, one word each."""
    return _is_dicts(value) and not any(
        isinstance(text, str) and len(text) > MAX_TEXT
        for one in value
        for text in one.values()
    )


def _is_file(value: Any) -> bool:
    return hasattr(value, "read") or value == ""


def _is_relationship(value: Any) -> bool:
    return value in (
        "depends_on", "dependency_of", "derives_from", "has_derivation", "child_of",
        "parent_of", "links_to", "linked_from",
    )  # fmt: skip


#: By the name of a parameter, whatever the action.
NAMED: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(
        ("id", "id2", "user", "username", "user_id", "org_id", "organization_id",
         "package_id", "resource_id", "resource_type", "group_id", "vocabulary_id",
         "owner_id", "owner_type", "owner_org", "activity_id", "object_type",
         "capacity", "role", "type", "jti", "hash", "format", "mimetype",
         "mimetype_inner", "sort", "order_by", "name", "title",
         "holder", "reason", "key", "code", "schema", "token", "perimeter", "siren",
         "state", "author", "maintainer"),
        _is_text,
    ),
    **dict.fromkeys(
        ("q", "fq", "description", "notes", "content", "sql", "about"), _is_long
    ),
    **dict.fromkeys(("url", "cache_url"), _is_address),
    **dict.fromkeys(("fullname", "email"), _is_line),
    **dict.fromkeys(
        ("limit", "offset", "rows", "start", "size", "batch_size"), _is_whole
    ),
    **dict.fromkeys(("before", "after"), _is_moment),
    **dict.fromkeys(
        ("all_fields", "use_default_schema", "create_datastore_views", "apply", "anew",
         "dry_run"),
        _is_flag,
    ),
    **dict.fromkeys(("datasets", "fq_list", "order", "view_types"), _is_list_of_texts),
    "ids": _is_texts,
    "rel": _is_relationship,
    "resources": _is_resources,
    # A dataset's is a text of core's; a draft's, how many times it was written.
    "version": lambda value: _is_text(value) or _is_number(value),
}  # fmt: skip

#: Where an action reads a parameter of that name in another way.
OF_ACTION: Final[Mapping[tuple[str, str], Shape]] = {
    # Core's form of a dataset and of a search take more than a text.
    ("datastore_search", "q"): lambda value: _is_text(value) or _is_dict(value),
    ("datastore_search", "sort"): _is_texts,
    ("group_list", "groups"): _is_list_of_texts,
    ("organization_list", "organizations"): _is_list_of_texts,
    ("package_create_default_resource_views", "package"): _is_dict,
    ("resource_create", "description"): _is_text,
    ("resource_create", "upload"): _is_file,
    ("resource_patch", "description"): _is_text,
    ("resource_patch", "upload"): _is_file,
    ("resource_search", "query"): _is_texts,
    ("resource_update", "description"): _is_text,
    ("resource_update", "upload"): _is_file,
    ("tag_autocomplete", "fields"): _is_dict,
    ("tag_autocomplete", "query"): _is_text,
    ("tag_list", "query"): _is_text,
    ("tag_search", "fields"): _is_dict,
    ("tag_search", "query"): _is_text,
    ("task_status_update_many", "data"): _is_dicts,
    ("term_translation_show", "terms"): _is_list_of_texts,
    ("term_translation_update_many", "data"): _is_dicts,
    ("odlocale_schema_migrate", "after"): _is_text,
    ("odlocale_table_rebuild", "after"): _is_text,
}

#: What an action of core's takes for granted.
REQUIRED: Final[Mapping[str, str]] = {
    "datastore_search_sql": "sql",
    "task_status_update_many": "data",
    "term_translation_update_many": "data",
}


def find_fault(action: str, data: Mapping[str, Any]) -> str | None:
    """Return the parameter of a call that no action can read, if any.

    :param action: the action's name
    :param data: what the call holds
    :returns: the parameter's name; empty for a name that is itself at fault

    >>> find_fault("user_show", {"id": ["a"]})
    'id'
    >>> find_fault("user_show", {"id": "a"}) is None
    True
    """
    missing = REQUIRED.get(action)
    if missing is not None and not data.get(missing):
        return missing
    for name, value in data.items():
        if not isinstance(name, str) or not _is_readable(name, MAX_DEPTH):
            return ""
        if not _is_readable(value, MAX_DEPTH):
            return name
        shape = OF_ACTION.get((action, name), NAMED.get(name))
        if name.startswith("include_"):
            shape = _is_flag
        if shape is not None and value is not None and not shape(value):
            return name
    return None


def _is_readable(value: Any, depth: int) -> bool:
    """Whether PostgreSQL and UTF-8 hold every text of a value, and it has a bottom."""
    if isinstance(value, str):
        return "\0" not in value and not re.search(r"[\ud800-\udfff]", value)
    if isinstance(value, Mapping):
        pairs = (part for pair in value.items() for part in pair)
        return depth > 0 and all(_is_readable(one, depth - 1) for one in pairs)
    if isinstance(value, list):
        return depth > 0 and all(_is_readable(one, depth - 1) for one in value)
    return True
