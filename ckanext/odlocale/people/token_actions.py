"""Actions on tokens of software: making one, listing them, revoking one."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal
from ckanext.odlocale.people import members, token_letters
from ckanext.odlocale.people.contacts import answerable_for, reach, tell
from ckanext.odlocale.people.mandate_actions import require_document
from ckanext.odlocale.people.mandate_rules import check_period, note, settle, text
from ckanext.odlocale.people.mandates import warning_due
from ckanext.odlocale.people.tables import Mandate, Token, new_id
from ckanext.odlocale.people.token_rules import (
    create_schema,
    describe,
    load,
    token_schema,
)
from ckanext.odlocale.people.tokens import new_secret
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_token_create",
    "odlocale_token_list",
    "odlocale_token_revoke",
]


def odlocale_token_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let a software send data for a collectivité, by a token that is shown once.

    The mandate of the software is made in the same step, unless one that is in force
    already lets it do so. An animateur gives the document that the collectivité signed.

    :param org_id: the organisation of the collectivité
    :param name: of the software
    :param schemas: slugs of models (optional): without it, all of them
    :param verbs: some of ``read``, ``deposit``, ``publish``, ``withdraw``
    :param until: its last day, three years later at most
    :param document: the deed, a PDF of 10 MB at most (optional)
    :param id: the identifier to give it, a UUID (optional): sent twice, it makes one
    :returns: as :func:`odlocale_token_list` describes one, with ``secret``
    :raises ValidationError: the period, the document, or it was made already
    """
    data = _validate(data_dict, create_schema())
    tk.check_access("odlocale_token_create", context, data)
    owner = Collectivity.by_org(data["org_id"])
    if owner is None or owner.status != "active":
        raise tk.ObjectNotFound(tk._("This collectivité was not found."))
    check_period(datetime.date.today(), data["until"])
    members.hold_team(data["org_id"])
    members.require_manager(context["user"], data["org_id"])
    token_id = data.get("id") or new_id()
    if model.Session.get(Token, token_id) is not None:
        raise _made_already()
    mandate = _mandate_for(context, data)
    secret = new_secret()
    token = Token(
        id=token_id,
        org_id=data["org_id"],
        mandate_id=mandate.id,
        name=data["name"],
        schemas=data.get("schemas") or [],
        verbs=data["verbs"],
        prefix=secret.prefix,
        token_hash=secret.hash,
        until=data["until"],
        created_by=_user_id(context),
    )
    model.Session.add(token)
    _record(context, token, "token made")
    try:
        model.Session.commit()
    except sa.exc.IntegrityError as error:
        # The same form, sent twice at the same moment.
        raise _made_already() from error
    told = answerable_for(token.org_id, but=token.created_by)
    tell(token_letters.made(token, context), told)
    return {**describe(token, mandate), "secret": secret.value}


@tk.side_effect_free
def odlocale_token_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return the tokens of a collectivité, the latest first.

    :param org_id: its organisation
    :returns: for each: ``id``, ``name`` of the software, ``prefix`` by which it is
        recognised, ``schemas`` (empty: all), ``verbs``, ``until``, ``standing``
        (``current``, ``revoked``, ``expired``, ``mandate``: its mandate is over),
        ``made_by``, ``created_at``, ``last_used_at``, ``last_used_for`` (``verb``,
        ``schema``, ``key``), ``revoked_at``, ``revoked_by``
    """
    data = _validate(data_dict, {"org_id": [tk.get_validator("not_empty"), text(200)]})
    tk.check_access("odlocale_token_list", context, data)
    rows = model.Session.execute(
        sa.select(Token, Mandate)
        .outerjoin(Mandate, Mandate.id == Token.mandate_id)
        .where(Token.org_id == data["org_id"])
        .order_by(Token.created_at.desc(), Token.id)
    )
    return [describe(token, mandate) for token, mandate in rows]


def odlocale_token_revoke(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Make a token worth nothing, at once. Its mandate ends with its last token.

    :param id: the token
    :returns: as :func:`odlocale_token_list` describes one
    :raises ValidationError: it was revoked already
    """
    data = _validate(data_dict, token_schema())
    tk.check_access("odlocale_token_revoke", context, data)
    token = load(data["id"], for_update=True)
    if token.revoked_at is not None:
        model.Session.rollback()
        said = tk._("This access is stopped already.")
        raise tk.ValidationError({"message": [said]})
    token.revoked_at = datetime.datetime.now(datetime.timezone.utc)
    token.revoked_by = _user_id(context)
    _record(context, token, "token revoked")
    mandate = model.Session.get(Mandate, token.mandate_id)
    if mandate is not None and mandate.state == "accepted" and _is_last(token):
        settle(mandate, "ended", _user_id(context))
        note(mandate, "mandate ended", _user_id(context))
    model.Session.commit()
    told = answerable_for(token.org_id, but=token.revoked_by)
    tell(token_letters.revoked(token, context), told)
    return describe(token, mandate)


def warn_of_tokens(today: datetime.date) -> int:
    """Tell who answers for a collectivité of its tokens that end soon, or just ended.

    Each warning is committed before the next one is sent, as for mandates. A software
    that has another token for later is not told of.

    :returns: how many tokens letters left about
    """
    ending = sa.select(Token.id).where(
        Token.revoked_at.is_(None),
        Token.until <= today + datetime.timedelta(days=30),
        sa.func.coalesce(Token.warned, 99) > 0,
    )
    told = 0
    for token_id in list(model.Session.scalars(ending)):
        token = load(token_id, for_update=True)
        due = warning_due(token.until, today, token.warned)
        if due is None:
            model.Session.rollback()
            continue
        token.warned = due
        model.Session.commit()
        if not _is_followed(token):
            told += reach(token_letters.ends(token, due), answerable_for(token.org_id))
    return told


def _made_already() -> tk.ValidationError:
    model.Session.rollback()
    said = tk._("This access was made already. Its code is not shown again.")
    return tk.ValidationError({"message": [said]})


def _mandate_for(context: Context, data: dict[str, Any]) -> Mandate:
    """Return the mandate of a software, made where none lets it do what is asked."""
    today, schemas = datetime.date.today(), data.get("schemas") or []
    same_name = sa.func.lower(Mandate.holder_name) == data["name"].lower()
    known = model.Session.scalars(
        sa.select(Mandate).where(
            Mandate.org_id == data["org_id"],
            Mandate.holder == "software",
            Mandate.state == "accepted",
            Mandate.since <= today,
            Mandate.until >= data["until"],
            same_name,
        )
    )
    for one in known:
        if not one.schemas or (schemas and set(schemas) <= set(one.schemas)):
            found: Mandate = one
            return found
    require_document(context, data["org_id"], data.get("document"))
    mandate = Mandate(
        id=new_id(),
        org_id=data["org_id"],
        holder="software",
        holder_name=data["name"],
        schemas=schemas,
        since=today,
        until=data["until"],
        document=data.get("document"),
        asked_by=_user_id(context),
    )
    settle(mandate, "accepted", _user_id(context))
    model.Session.add(mandate)
    note(mandate, "mandated", _user_id(context))
    # The token's row names it.
    model.Session.flush()
    return mandate


def _is_last(token: Token) -> bool:
    """Tell whether no other token lives by the same mandate."""
    others = sa.exists().where(
        Token.mandate_id == token.mandate_id,
        Token.id != token.id,
        Token.revoked_at.is_(None),
        Token.until >= datetime.date.today(),
    )
    return not model.Session.scalar(sa.select(others))


def _is_followed(token: Token) -> bool:
    later = sa.exists().where(
        Token.org_id == token.org_id,
        sa.func.lower(Token.name) == token.name.lower(),
        Token.until > token.until,
        Token.revoked_at.is_(None),
    )
    return bool(model.Session.scalar(sa.select(later)))


def _record(context: Context, token: Token, verb: str) -> None:
    journal.record(
        verb,
        user_id=_user_id(context),
        org_id=token.org_id,
        object_type="token",
        object_id=token.id,
        detail={
            "name": token.name,
            "prefix": token.prefix,
            "schemas": list(token.schemas or ()),
            "verbs": list(token.verbs),
            "until": token.until.isoformat(),
        },
    )


def _validate(data_dict: DataDict, schema: dict[str, Any]) -> dict[str, Any]:
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return dict(data)


def _user_id(context: Context) -> str | None:
    user = model.User.get(context["user"])
    return user.id if user else None
