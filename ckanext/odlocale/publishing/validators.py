"""What each action of the desk accepts, and what a published file keeps.

Schemas are for our own actions; only what ``__all__`` lists is given to CKAN.
"""

from __future__ import annotations

import json
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Schema

from ckanext.odlocale.publishing.dataset import code_in_address, code_in_name
from ckanext.odlocale.publishing.searching import MAX_LENGTH, MIN_LENGTH, fold
from ckanext.odlocale.publishing.waiting import ACTIONS
from ckanext.odlocale.publishing.withdrawal import Reason
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.heirs import answering_for
from ckanext.odlocale.territory.tables import Collectivity

Key = tuple[Any, ...]
Flat = dict[Key, Any]

__all__ = ["odlocale_release_owned", "odlocale_reserved_name"]

#: In the context of a write by the desk, which alone says what a release is.
DESK_PUBLISHES = "odlocale_desk_publishes"

#: Characters that are kept. data.gouv.fr cuts a title beyond 350.
MAX_TITLE = 350
MAX_NOTES = 20_000
MAX_ID = 200
MAX_MESSAGE = 2_000
#: Answers of one call: a page of rows holds far fewer.
MAX_DECISIONS = 1_000
#: Characters of what an action takes, as JSON.
MAX_OBJECT = 1_000_000


def deposit_schema() -> Schema:
    """Accept a deposit, and the version of it that was seen."""
    required, text = _validators("not_empty", "odlocale_text")
    optional, number = _validators("ignore_missing", "odlocale_whole_number")
    return {"id": [required, text], "version": [optional, number]}


def list_schema() -> Schema:
    """Accept an organisation, and a model."""
    required, text, optional = _validators("not_empty", "odlocale_text", "ignore_empty")
    return {"org_id": [required, text], "schema": [optional, text]}


def nothing_list_schema() -> Schema:
    """Accept an organisation."""
    required, text = _validators("not_empty", "odlocale_text")
    return {"org_id": [required, text]}


def nothing_schema() -> Schema:
    """Accept a model, and the year of its data."""
    required, text, number = _validators(
        "not_empty", "odlocale_text", "odlocale_whole_number"
    )
    named = [required, text]
    return {"org_id": named, "schema": named, "year": [required, number]}


def create_schema() -> Schema:
    """Accept a file sent in."""
    required, text, optional = _validators("not_empty", "odlocale_text", "ignore_empty")
    return {
        "org_id": [required, text],
        "upload": [required, a_file],
        "filename": [optional, text],
        "schema": [optional, text, _known_model],
        "later": [optional, tk.get_validator("boolean_validator")],
    }


def choose_schema() -> Schema:
    """Accept what a file is about, or which column is which."""
    text, optional = _validators("odlocale_text", "ignore_empty")
    return {
        **deposit_schema(),
        "schema": [optional, text, _known_model],
        "mapping": [tk.get_validator("ignore_missing"), _texts],
        "same": [tk.get_validator("ignore_missing"), _texts],
    }


def ask_schema() -> Schema:
    """Accept a question about a file."""
    optional = tk.get_validator("ignore_empty")
    return {
        **deposit_schema(),
        "message": [optional, _message],
        "person": [optional, tk.get_validator("boolean_validator")],
    }


def correct_schema() -> Schema:
    """Accept corrections to accept."""
    optional, as_list = _validators("ignore_empty", "as_list")
    return {**deposit_schema(), "groups": [optional, as_list]}


def decide_schema() -> Schema:
    """Accept answers to findings."""
    return {**deposit_schema(), "decisions": [tk.get_validator("not_missing"), _list]}


def work_schema() -> Schema:
    """Accept an action of the desk on a draft, with what it takes."""
    required, text = _validators("not_empty", "odlocale_text")
    # A list: CKAN formats it with `%`, which takes a tuple for its arguments.
    known = tk.get_validator("one_of")(list(ACTIONS))
    return {
        **deposit_schema(),
        "action": [required, text, known],
        "data": [tk.get_validator("ignore_missing"), _object],
    }


def rows_schema() -> Schema:
    """Accept a group of findings, and a page of its rows."""
    optional, number = _validators("ignore_missing", "odlocale_whole_number")
    required = tk.get_validator("not_empty")
    return {**deposit_schema(), "group": [required, _short], "page": [optional, number]}


def withdraw_schema() -> Schema:
    """Accept a withdrawal."""
    text, optional = _validators("odlocale_text", "ignore_empty")
    return {
        **deposit_schema(),
        "reason": [optional, text, a_known_reason],
        "note": [optional, text],
    }


def address_schema() -> Schema:
    """Accept the parts of a permanent address."""
    required = tk.get_validator("not_empty")
    return {name: [required, _short] for name in ("code", "schema", "key")}


def purge_plan_schema() -> Schema:
    """Accept what is to be erased."""
    return {**deposit_schema(), "text": [tk.get_validator("ignore_empty"), _sought]}


def purge_schema() -> Schema:
    """Accept a plan of erasing that was read."""
    required, optional = _validators("not_empty", "ignore_empty")
    return {
        **purge_plan_schema(),
        "digest": [required, _short],
        "reason": [optional, _short, a_known_reason],
    }


def odlocale_release_owned(
    key: Key, data: Flat, errors: dict[Key, list[str]], context: dict[str, Any]
) -> None:
    """Keep what the desk wrote on a published file: its address, its key, its hash.

    Another value is refused, whoever gives it; none at all leaves what there is. On a
    file of one's own, an address of another collectivité's file is refused.

    :raises Invalid: the file is the desk's, or the address another collectivité's.
    """
    if context.get(DESK_PUBLISHES) or context.get("ignore_auth"):
        return
    name = str(key[-1])
    stored = _stored_resource(data.get((*key[:-1], "id")))
    extras = (stored.extras or {}) if stored is not None else {}
    if stored is not None and (extras.get("deposit_id") or name == HARVESTED_URL):
        kept = stored.extras.get(name) if name in _EXTRAS else getattr(stored, name)
        given = data.get(key)
        data[key] = kept if kept is not None else ""
        if extras.get("deposit_id") and given and given is not tk.missing:
            refuse_other_value(given, data[key])
    elif name in _EXTRAS:
        # Only the desk says that a file is one of its own.
        data[key] = ""
    elif name == "url":
        _refuse_address_of_another(str(data.get(key) or ""), data)


def odlocale_reserved_name(
    key: Key, data: Flat, errors: dict[Key, list[str]], context: dict[str, Any]
) -> None:
    """Keep for each collectivité the names that the desk gives to its datasets.

    A dataset that has its name already keeps it.

    :raises Invalid: the name is that of another collectivité's dataset.
    """
    if context.get(DESK_PUBLISHES) or context.get("ignore_auth"):
        return
    name = str(data.get(key) or "")
    code = code_in_name(name, [one.slug for one in load_catalogue()])
    present = context.get("package")
    if code is None or (present is not None and present.name == name):
        return
    named = Collectivity.by_code(code)
    owner = data.get(("owner_org",)) or (present.owner_org if present else None)
    group = model.Group.get(owner) if isinstance(owner, str) and owner else None
    if named is not None and (group is None or named.heir().org_id != group.id):
        raise tk.Invalid(tk._("This address is another collectivité's."))


def refuse_other_value(given: Any, kept: Any) -> None:
    """Refuse to write something else on a file that the desk published.

    :raises Invalid: it is another value
    """
    if str(given).strip() != str(kept):
        raise tk.Invalid(of_the_desk())


def of_the_desk() -> str:
    """Say that a file is changed at the desk alone."""
    return str(
        tk._(
            "This file was published from the page “Publish my data”. Replace it or"
            " withdraw it there: its address stays."
        )
    )


#: The address of a file that another portal published first.
HARVESTED_URL = "harvested_url"

_EXTRAS = ("scdl_key", "deposit_id", HARVESTED_URL)


def _stored_resource(resource_id: Any) -> model.Resource | None:
    if not isinstance(resource_id, str) or not resource_id or "\0" in resource_id:
        return None
    found: model.Resource | None = model.Session.get(model.Resource, resource_id)
    return found


def _refuse_address_of_another(url: str, data: Flat) -> None:
    code = code_in_address(url, str(tk.config["ckan.site_url"]))
    if code is None:
        return
    owner = data.get(("owner_org",))
    group = model.Group.get(owner) if isinstance(owner, str) else None
    own = Collectivity.by_org(group.id) if group else None
    heir = answering_for(code) if own else None
    if own is None or heir is None or heir.siren != own.siren:
        raise tk.Invalid(tk._("This address is another collectivité's."))


def _validators(*names: str) -> list[Any]:
    return [tk.get_validator(name) for name in names]


def _known_model(value: Any) -> str:
    # CKAN calls a field's next validator even after one that refused.
    if not isinstance(value, str) or value not in load_catalogue():
        raise tk.Invalid(tk._("This model is not known."))
    return load_catalogue().get(value).slug


def a_known_reason(value: Any) -> str:
    """Accept one of the reasons to withdraw."""
    if value not in {one.value for one in Reason}:
        raise tk.Invalid(tk._("Choose one of the reasons."))
    return str(value)


def _sought(value: Any) -> str:
    text = str(tk.get_validator("odlocale_text")(value))
    if len(text) > MAX_LENGTH:
        raise tk.Invalid(too_long(MAX_LENGTH))
    if len(fold(text)) < MIN_LENGTH:
        said = tk._("Write {count} letters or figures at least.")
        raise tk.Invalid(said.format(count=MIN_LENGTH))
    return text


def a_file(value: Any) -> Any:
    """Accept a binary stream, or what a form uploads."""
    if not hasattr(value, "read"):
        raise tk.Invalid(tk._("Choose a file first."))
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_DECISIONS:
        raise tk.Invalid(tk._("Choose one of the answers."))
    return value


def _object(value: Any) -> dict[str, Any]:
    """Accept what is kept as JSON until the worker reads it."""
    written = json.dumps(value, default=str) if isinstance(value, dict) else ""
    # PostgreSQL keeps no null character.
    if not written or "\\u0000" in written:
        raise tk.Invalid(tk._("Write a text."))
    if len(written) > MAX_OBJECT:
        raise tk.Invalid(too_long(MAX_OBJECT))
    return dict(value)


def _short(value: Any) -> str:
    text = str(tk.get_validator("odlocale_text")(value))
    if len(text) > MAX_ID:
        raise tk.Invalid(too_long(MAX_ID))
    return text


def _message(value: Any) -> str:
    text = str(tk.get_validator("odlocale_text")(value))
    if len(text) > MAX_MESSAGE:
        raise tk.Invalid(too_long(MAX_MESSAGE))
    return text


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise tk.Invalid(tk._("Write a text."))
    text = tk.get_validator("odlocale_text")
    return {text(name): text(said or "") for name, said in value.items()}


def too_long(limit: int) -> str:
    """Say that a text is too long."""
    return str(tk._("write {limit} characters at most.").format(limit=limit))
