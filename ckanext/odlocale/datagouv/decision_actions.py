"""Actions by which a person decides: whose an organisation is, a SIRET, a key."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base import journal
from ckanext.odlocale.datagouv import keys
from ckanext.odlocale.datagouv import registration_store as store
from ckanext.odlocale.datagouv.calling import DatagouvError, Refused
from ckanext.odlocale.datagouv.model import UTC
from ckanext.odlocale.datagouv.registration_actions import scope_of
from ckanext.odlocale.datagouv.registration_model import ApiKey
from ckanext.odlocale.datagouv.registration_rows import NONE, Row
from ckanext.odlocale.territory.identifiers import is_siret
from ckanext.odlocale.territory.refusals import refuse, user_id, validated
from ckanext.odlocale.territory.tables import Collectivity

DataDict = dict[str, Any]

__all__ = [
    "odlocale_datagouv_decide",
    "odlocale_datagouv_invite",
    "odlocale_datagouv_key_forget",
    "odlocale_datagouv_key_list",
    "odlocale_datagouv_key_set",
    "odlocale_datagouv_siret_confirm",
]

MAX_KEY = 500


def odlocale_datagouv_decide(context: Context, data_dict: DataDict) -> DataDict:
    """Say which organisation of data.gouv.fr is a collectivité's, where it is doubtful.

    :param code: INSEE code or SIREN.
    :param organization: the identifier of one of the candidates, ``none`` where it is
        none of them, or nothing to ask the question again.
    :returns: ``siren``, ``state``.
    :raises ValidationError: not a candidate, or it is settled already.
    :raises NotFound: no such collectivité.
    :raises NotAuthorized: the caller does not animate it.
    """
    data, place, row = _read(
        context, "odlocale_datagouv_decide", data_dict, "organization"
    )
    wanted = data["organization"] or None
    if row.organization is not None:
        refuse(organization=tk._("Its organisation is known already."))
    offered = {one.id for one in row.found.candidates} if row.found else set()
    if wanted not in {None, NONE, *offered}:
        refuse(organization=tk._("This organisation was not proposed. Search again."))
    decision = {"organization": wanted, "by": user_id(context)} if wanted else None
    store.keep(place.siren, decision=decision)
    state = store.settle(place.siren)
    _note("decided whose an organisation is", context, place, {"answer": wanted or ""})
    _commit(context)
    return {"siren": place.siren, "state": state.value if state else None}


def odlocale_datagouv_siret_confirm(context: Context, data_dict: DataDict) -> DataDict:
    """Confirm the SIRET of a collectivité: nothing else sends it to data.gouv.fr.

    :param code: INSEE code or SIREN.
    :param siret: fourteen figures, the first nine being its SIREN; nothing to take
        the confirmation back.
    :returns: ``siren``, ``siret``.
    :raises ValidationError: it is not a SIRET, or is another's.
    :raises NotFound: no such collectivité.
    :raises NotAuthorized: the caller neither animates nor manages it.
    """
    action = "odlocale_datagouv_siret_confirm"
    data, place, _ = _read(context, action, data_dict, "siret")
    siret = "".join(str(data["siret"] or "").split())
    if siret and not is_siret(siret):
        refuse(
            siret=tk._("A SIRET has 14 figures, and one of these is wrong. Compare.")
        )
    if siret and not siret.startswith(place.siren):
        say = tk._("The SIRET of {name} begins with {siren}.")
        refuse(siret=say.format(name=place.name, siren=place.siren))
    who = user_id(context)
    moment = datetime.datetime.now(UTC) if siret else None
    said = {"siret": siret or None, "siret_by": who if siret else None}
    store.keep(place.siren, **said, siret_at=moment)
    _note("confirmed a SIRET", context, place, {"siret": siret})
    _commit(context)
    return {"siren": place.siren, "siret": siret or None}


def odlocale_datagouv_invite(context: Context, data_dict: DataDict) -> DataDict:
    """Note that the administrators of a collectivité's organisation were written to.

    :param code: INSEE code or SIREN.
    :param done: false to take it back (optional, true).
    :returns: ``siren``, ``state``.
    :raises ValidationError: its organisation is not somebody else's.
    :raises NotFound: no such collectivité.
    :raises NotAuthorized: the caller does not animate it.
    """
    _, place, row = _read(context, "odlocale_datagouv_invite", data_dict)
    flag = tk.get_validator("odlocale_flag")
    given = data_dict.get("done", True)
    try:
        done = flag(given) if given is not None else True
    except tk.Invalid as error:
        raise tk.ValidationError({"done": [error.error]}) from error
    if row.organization is None or row.organization.ours:
        refuse(code=tk._("There is nobody to write to about its organisation."))
    invited_at = datetime.datetime.now(UTC) if done else None
    store.keep(place.siren, invited_at=invited_at)
    state = store.settle(place.siren)
    _note("wrote to an organisation of data.gouv.fr", context, place, {})
    _commit(context)
    return {"siren": place.siren, "state": state.value if state else None}


def odlocale_datagouv_key_set(context: Context, data_dict: DataDict) -> DataDict:
    """Give the key of an account of data.gouv.fr: it is never shown again.

    :param code: whose it is: a collectivité's INSEE code or SIREN, or the SIREN of an
        ATD, whose key serves all those that have none.
    :param key: the key.
    :returns: ``siren``, ``owner`` (the account's name), ``checked``: whether
        data.gouv.fr answered.
    :raises ValidationError: data.gouv.fr does not know this key.
    :raises NotFound: no such collectivité.
    :raises NotAuthorized: the caller neither animates nor manages it.
    """
    data, place, _ = _read(context, "odlocale_datagouv_key_set", data_dict, "key")
    key = str(data["key"] or "").strip()
    if not key or len(key) > MAX_KEY or not key.isascii() or not key.isprintable():
        refuse(key=tk._("Copy the whole key, as data.gouv.fr shows it."))
    owner, checked = "", True
    try:
        owner = keys.client().with_key(key).me().name
    except Refused:
        refuse(key=tk._("data.gouv.fr does not know this key. Copy it again."))
    except DatagouvError:
        # It does not answer: the key is kept, and tried when it serves.
        checked = False
    keys.keep_key(place.siren, key, owner, user_id(context))
    _note("gave a key of data.gouv.fr", context, place, {})
    _commit(context)
    return {"siren": place.siren, "owner": owner, "checked": checked}


def odlocale_datagouv_key_forget(context: Context, data_dict: DataDict) -> DataDict:
    """Forget a key.

    :param code: whose it is: INSEE code or SIREN.
    :returns: ``siren``, ``forgotten``: whether there was one.
    :raises NotFound: no such collectivité.
    :raises NotAuthorized: the caller neither animates nor manages it.
    """
    _, place, _ = _read(context, "odlocale_datagouv_key_forget", data_dict)
    forgotten = keys.forget_key(place.siren)
    if forgotten:
        _note("forgot a key of data.gouv.fr", context, place, {})
    _commit(context)
    return {"siren": place.siren, "forgotten": forgotten}


@tk.side_effect_free
def odlocale_datagouv_key_list(context: Context, data_dict: DataDict) -> DataDict:
    """Say whose keys there are. No key is told.

    :param perimeters: SIREN of ATDs, as a list; those that the caller animates where
        it is left out (optional).
    :returns: ``results``: siren, name, owner, set_at, refused.
    :raises NotAuthorized: the caller does not animate these perimeters.
    """
    codes = [tk.get_validator("ignore_empty"), tk.get_validator("odlocale_codes")]
    data = validated(context, data_dict, {"perimeters": codes})
    tk.check_access("odlocale_datagouv_key_list", context, data_dict)
    scope = scope_of(context, data)
    within = sa.select(Collectivity.siren).where(*scope.tests())
    own: sa.ColumnElement[bool] = ApiKey.siren.in_(within)
    if scope.perimeters is not None:
        own = sa.or_(own, ApiKey.siren.in_(scope.perimeters))
    query = (
        sa.select(ApiKey, Collectivity.name)
        .outerjoin(Collectivity, Collectivity.siren == ApiKey.siren)
        .where(own)
        .order_by(ApiKey.siren)
    )
    return {
        "results": [
            {
                "siren": one.siren,
                "name": name or one.siren,
                "owner": one.owner,
                "set_at": one.set_at.isoformat(),
                "refused": one.refused,
            }
            for one, name in model.Session.execute(query)
        ]
    }


def _read(
    context: Context, action: str, data_dict: DataDict, *names: str
) -> tuple[DataDict, Collectivity, Row]:
    """Read what an action is given about one collectivité.

    :raises NotFound: there is no such collectivité on the portal
    """
    get = tk.get_validator
    text = [get("ignore_empty"), get("odlocale_text")]
    schema = {"code": [get("not_empty"), get("odlocale_text")]}
    data = validated(context, data_dict, {**schema, **dict.fromkeys(names, text)})
    tk.check_access(action, context, data)
    place = Collectivity.by_code(str(data["code"]))
    row = store.read_row(place.siren) if place is not None else None
    if place is None or row is None:
        raise tk.ObjectNotFound(tk._("This local authority is not on the portal."))
    return data, place, row


def _note(
    verb: str, context: Context, place: Collectivity, detail: dict[str, Any]
) -> None:
    journal.record(
        verb,
        user_id=user_id(context),
        org_id=place.org_id,
        object_type="datagouv",
        object_id=place.siren,
        detail=detail,
    )


def _commit(context: Context) -> None:
    if not context.get("defer_commit"):
        model.Session.commit()
