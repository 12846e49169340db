"""What the room's actions share: reading what they were given, refusing, noting."""

from __future__ import annotations

import datetime
from typing import Any, NoReturn

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal
from ckanext.odlocale.handover.model import Handover
from ckanext.odlocale.handover.reading import HANDOVER
from ckanext.odlocale.territory import refusals as territory
from ckanext.odlocale.territory.tables import Collectivity


def refuse(**messages: str) -> NoReturn:
    """Undo what the transaction did, and say why.

    :raises ckan.plugins.toolkit.ValidationError: always
    """
    model.Session.rollback()
    territory.refuse(**messages)


def validated(
    data_dict: DataDict, *required: str, **optional: tuple[Any, list[str] | None]
) -> dict[str, Any]:
    """Return what an action was given.

    :param required: names that must be there; a ``siren`` is a text.
    :param optional: default value, and the choices if there are any.
    :raises ckan.plugins.toolkit.ValidationError: something lacks, or is not a choice
    """
    get = tk.get_validator
    schema: dict[str, Any] = {name: [get("not_empty")] for name in required}
    for name in {"siren", "sha256"} & set(required):
        schema[name].append(get("odlocale_text"))
    for name, (default, choices) in optional.items():
        schema[name] = [get("default")(default)]
        if choices:
            schema[name].append(get("one_of")(choices))
    data, errors = tk.navl_validate(dict(data_dict), schema)
    if errors:
        raise tk.ValidationError(errors)
    return {name: data.get(name) for name in schema}


def owner_of(siren: str) -> Collectivity:
    """Return a collectivité of this portal, wherever it is now.

    :raises ckan.plugins.toolkit.ObjectNotFound: the portal has no such collectivité
    """
    found: Collectivity | None = model.Session.get(Collectivity, siren)
    if found is None:
        raise tk.ObjectNotFound(tk._("This collectivité is not on the portal."))
    return found


def standing_owner(siren: str) -> Collectivity:
    """Return a collectivité that is here, alive, with an organisation.

    :raises ckan.plugins.toolkit.ValidationError: it left, merged, or was closed
    """
    owner = owner_of(siren)
    group = model.Group.get(owner.org_id) if owner.org_id else None
    if owner.status == "moved":
        refuse(siren=say_moved(owner))
    if owner.status != "active" or group is None or group.state != "active":
        refuse(
            siren=tk._(
                "{name} has no page of its own here any more: there is nothing to"
                " hand over. Hand over the collectivité that took it in."
            ).format(name=owner.name)
        )
    return owner


def say_moved(owner: Collectivity) -> str:
    """Say where a collectivité went."""
    sentence = tk._(
        "{name} publishes on another portal now: {address}. Nothing was changed here."
        " Go there."
    )
    return str(sentence.format(name=owner.name, address=owner.moved_to))


def stored_handover(siren: str) -> Handover:
    """Return the hand-over of a collectivité.

    :raises ckan.plugins.toolkit.ObjectNotFound: there is none
    """
    found = Handover.load(siren)
    if found is None:
        raise tk.ObjectNotFound(
            tk._("This collectivité has not been packed. Make a pack first.")
        )
    return found


def now() -> datetime.datetime:
    """The present moment."""
    return datetime.datetime.now(datetime.timezone.utc)


def note(
    context: Context,
    verb: str,
    owner: Collectivity,
    detail: dict[str, Any],
    org_id: str | None = None,
) -> None:
    """Add a line to the journal, in the caller's transaction."""
    journal.record(
        verb,
        user_id=territory.user_id(context),
        org_id=org_id or owner.org_id,
        object_type=HANDOVER,
        object_id=owner.siren,
        detail=detail,
    )


def finish(context: Context) -> None:
    """Commit, unless the caller does."""
    if not context.get("defer_commit"):
        model.repo.commit()
