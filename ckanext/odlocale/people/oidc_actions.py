"""Actions on what a login by a provider lets do: answering, reading one's own."""

from __future__ import annotations

from typing import Any, NoReturn

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.people import letters, members, oidc_letters, rights
from ckanext.odlocale.people import oidc_store as store
from ckanext.odlocale.people.contacts import managers_of, tell
from ckanext.odlocale.people.mandate_rules import text
from ckanext.odlocale.people.oidc_settings import PREFIX
from ckanext.odlocale.people.oidc_tables import Attachment, Identity
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_attachment_list",
    "odlocale_attachment_settle",
    "odlocale_identity_show",
]

_MAX = 200


@tk.side_effect_free
def odlocale_attachment_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return who asks to act for a collectivité after a login by a provider.

    :param org_id: its organisation; without it, those who came with a SIREN that the
        portal does not know, for the animators
    :returns: ``waiting``: ``id``, ``title`` and ``email`` of the person, ``siren``,
        ``siret``, ``label`` (of the organisation, as the provider says), ``asked_at``
    """
    tk.check_access("odlocale_attachment_list", context, data_dict)
    org_id = data_dict.get("org_id")
    which: sa.ColumnElement[bool] = Attachment.place.is_(None)
    if org_id:
        which = Attachment.place == members.place_of(str(org_id)).siren
    query = (
        sa.select(Attachment, model.User)
        .join(Identity, Identity.id == Attachment.identity_id)
        .join(model.User, model.User.id == Identity.user_id)
        .where(Attachment.state == "waiting", which, model.User.state == "active")
        .order_by(Attachment.asked_at, Attachment.id)
    )
    return {
        "waiting": [
            {
                "title": user.display_name,
                "email": user.email,
                **store.describe(one, None, _days()),
            }
            for one, user in model.Session.execute(query)
        ]
    }


def odlocale_attachment_settle(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say whether somebody who logged in by a provider acts for a collectivité.

    The person is told, and the responsables where it is yes.

    :param id: what is asked
    :param accept: yes or no
    :param code: INSEE code or SIREN of the collectivité, where the SIREN that the
        person came with is none of the portal's
    :returns: ``state``; ``collectivity`` and ``code`` that it is about
    :raises ValidationError: it has its answer already, or the code is of none
    """
    data = _validate(data_dict)
    tk.check_access("odlocale_attachment_settle", context, data)
    attachment = _load(data["id"])
    accepts = tk.asbool(data.get("accept"))
    place = store.place_of_siren(attachment.place)
    if place is None and accepts:
        place = _chosen(context, data)
    if place is not None:
        # The team first, as a login does: two that wait for each other never end.
        members.hold_team(str(place.org_id))
        members.require_manager(context["user"], str(place.org_id))
    attachment = _load(data["id"], for_update=True)
    identity = model.Session.get(Identity, attachment.identity_id)
    user = model.User.get(identity.user_id)
    if user is None or not user.is_active:
        _refuse("message", tk._("The account of this person is closed."))
    by = model.User.get(context["user"])
    attachment.state = "granted" if accepts else "refused"
    attachment.settled_by, attachment.settled_at = by.id, store.now()
    if accepts and place is not None:
        attachment.place = place.siren
        if not rights.is_member(user.id, str(place.org_id)):
            store.grant(attachment, user.id, str(place.org_id))
    verb = "attachment accepted" if accepts else "attachment refused"
    org_id = str(place.org_id) if place else None
    members.note(verb, by=by.id, org_id=org_id, who=user.id, detail={})
    model.Session.commit()
    tell(oidc_letters.settled(user, attachment, place), [user])
    if accepts and org_id:
        _tell_others(user, org_id, by)
    told = store.describe(attachment, place, _days())
    return {name: told[name] for name in ("state", "collectivity", "code")}


@tk.side_effect_free
def odlocale_identity_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the SIRETs that one logged in with, and what each one gives.

    :returns: ``attachments``: ``siret``, ``label``, ``state``, ``code`` and
        ``collectivity`` that it is about, ``ends_at``
    """
    tk.check_access("odlocale_identity_show", context, data_dict)
    user = model.User.get(context["user"])
    theirs = store.identities_of(user.id)
    found = store.attachments_of(one.id for one in theirs)
    return {
        "attachments": [
            store.describe(one, store.place_of_siren(one.place), _days())
            for one in found
        ]
    }


def _load(attachment_id: str, *, for_update: bool = False) -> Attachment:
    query = sa.select(Attachment).where(Attachment.id == attachment_id)
    if for_update:
        query = query.with_for_update()
    query = query.execution_options(populate_existing=True)
    found: Attachment | None = model.Session.scalars(query).one_or_none()
    if found is None:
        raise tk.ObjectNotFound(tk._("This request was not found."))
    if found.state != "waiting":
        _refuse("message", tk._("This request has its answer already."))
    return found


def _chosen(context: Context, data: dict[str, Any]) -> Collectivity:
    place = store.place_of_siren(str(data.get("code") or "").replace(" ", ""))
    if place is None:
        _refuse("code", tk._("Write the INSEE code or the SIREN of a collectivité."))
    if not rights.may_manage(context["user"], str(place.org_id)):
        _refuse("code", tk._("This collectivité is not of your territory."))
    return place


def _tell_others(user: Any, org_id: str, by: Any) -> None:
    told = [one for one in managers_of(org_id) if one.id not in (user.id, by.id)]
    who = letters.joined(user.display_name, user.email or "", org_id, "provider")
    tell(who, told)


def _validate(data_dict: DataDict) -> dict[str, Any]:
    optional = tk.get_validator("ignore_missing")
    schema = {
        "id": [tk.get_validator("not_empty"), text(_MAX)],
        "accept": [optional],
        "code": [optional, text(_MAX)],
    }
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return dict(data)


def _days() -> int:
    return int(tk.config[f"{PREFIX}days"])


def _refuse(field: str, sentence: str) -> NoReturn:
    model.Session.rollback()
    raise tk.ValidationError({field: [sentence]})
