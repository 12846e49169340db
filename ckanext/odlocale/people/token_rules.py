"""What the actions on tokens accept, what they say of one, and whose a token is."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, Schema

from ckanext.odlocale.people.mandate_rules import (
    MAX_NAME,
    day,
    document,
    models,
    text,
)
from ckanext.odlocale.people.tables import Mandate, Token
from ckanext.odlocale.people.tokens import (
    VERBS,
    Bearer,
    Fault,
    Standing,
    Verb,
    closure,
    common_schemas,
    is_same,
    prefix_of,
    standing,
)

#: In the context of an action: the software that calls. Only our own views put it.
IN_CONTEXT = "odlocale_bearer"


class TokenRefused(Exception):
    """A request is nobody's.

    :ivar fault: why
    :ivar token: the token that it is, or begins as
    """

    def __init__(self, fault: Fault, token: Token | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.token = token


def create_schema() -> Schema:
    """Accept a token to make."""
    required, optional = (
        tk.get_validator(one) for one in ("not_empty", "ignore_empty")
    )
    return {
        "org_id": [required, text(MAX_NAME)],
        "id": [optional, _new_id],
        "name": [required, text(MAX_NAME)],
        "schemas": [optional, models],
        "verbs": [required, _verbs],
        "until": [required, day],
        "document": [optional, document],
    }


def token_schema() -> Schema:
    """Accept a token that exists."""
    return {"id": [tk.get_validator("not_empty"), text(MAX_NAME)]}


def _new_id(value: Any) -> str:
    try:
        return str(uuid.UUID(str(value)))
    except ValueError as error:
        raise tk.Invalid(tk._("This page is out of date. Reload it.")) from error


def _verbs(value: Any) -> list[Verb]:
    named = value.split() if isinstance(value, str) else value
    if not isinstance(named, (list, tuple)) or any(one not in VERBS for one in named):
        raise tk.Invalid(tk._("Choose one of the answers."))
    return [one for one in VERBS if one in named]


def load(token_id: str, *, for_update: bool = False) -> Token:
    """Return a token.

    :raises ckan.plugins.toolkit.ObjectNotFound: there is none
    """
    query = sa.select(Token).where(Token.id == token_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Token | None = model.Session.scalars(query).one_or_none()
    if found is None:
        raise tk.ObjectNotFound(tk._("This access of a software was not found."))
    return found


def standing_of(token: Token, mandate: Mandate | None) -> Standing:
    """Return how a token stands today."""
    if mandate is None:
        return "mandate"
    revoked = token.revoked_at is not None
    return standing(token.until, revoked, mandate.to_rule(), datetime.date.today())


def find_bearer(value: str) -> Bearer:
    """Return the software that holds a token.

    Its row is found by the public beginning, then the hash of the whole is compared:
    the answer takes as long whatever is false in it.

    :param value: what the request gave
    :raises TokenRefused: it is no token, or it is worth nothing today
    """
    prefix = prefix_of(value)
    if prefix is None:
        raise TokenRefused("malformed")
    row = model.Session.execute(
        sa.select(Token, Mandate)
        .outerjoin(Mandate, Mandate.id == Token.mandate_id)
        .where(Token.prefix == prefix)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if not is_same(value, row[0].token_hash if row else None):
        raise TokenRefused("unknown", row[0] if row else None)
    assert row is not None, "nothing is the same as no hash"
    token, mandate = row
    stands = standing_of(token, mandate)
    if stands != "current":
        raise TokenRefused(stands, token)
    return Bearer(
        token_id=token.id,
        org_id=token.org_id,
        name=token.name,
        prefix=token.prefix,
        mandate_id=token.mandate_id,
        verbs=closure(token.verbs),
        schemas=common_schemas(token.schemas, mandate.schemas),
    )


def bearer_of(context: Context) -> Bearer | None:
    """Return the software that calls an action, if it is one."""
    found = context.get(IN_CONTEXT)
    return found if isinstance(found, Bearer) else None


def require_bearer(context: Context) -> Bearer:
    """Return the software that calls an action.

    :raises ckan.plugins.toolkit.NotAuthorized: it is none
    """
    found = bearer_of(context)
    if found is None:
        raise tk.NotAuthorized(tk._("This is done by a software, with its code."))
    return found


def still_holds(bearer: Bearer) -> bool:
    """Tell whether a token is still worth something: much may happen while a long file
    is sent and read."""
    token, mandate = model.Session.execute(
        sa.select(Token, Mandate)
        .outerjoin(Mandate, Mandate.id == Token.mandate_id)
        .where(Token.id == bearer.token_id)
        .execution_options(populate_existing=True)
    ).one()
    return standing_of(token, mandate) == "current"


def note_use(bearer: Bearer, verb: Verb, schema: str, key: str) -> None:
    """Write when a token last served, and for what, and commit."""
    used = {"verb": verb, "schema": schema, "key": key}
    model.Session.execute(
        sa.update(Token)
        .where(Token.id == bearer.token_id)
        .values(last_used_at=sa.func.now(), last_used_for=used)
        .execution_options(synchronize_session=False)
    )
    model.Session.commit()


def describe(token: Token, mandate: Mandate | None) -> dict[str, Any]:
    """Return a token as its actions answer it, without its secret."""
    moments = ("created_at", "last_used_at", "revoked_at")
    times = {name: getattr(token, name) for name in moments}
    return {
        "id": token.id,
        "org_id": token.org_id,
        "name": token.name,
        "prefix": token.prefix,
        "mandate_id": token.mandate_id,
        "schemas": list(token.schemas or ()),
        "verbs": list(token.verbs),
        "until": token.until.isoformat(),
        "standing": standing_of(token, mandate),
        "made_by": name_of_person(token.created_by),
        "revoked_by": name_of_person(token.revoked_by),
        "last_used_for": token.last_used_for,
        **{key: one.isoformat() if one else None for key, one in times.items()},
    }


def name_of_person(user_id: str | None) -> str:
    """Return who did something to a token, whether or not he still works there."""
    user = model.User.get(user_id) if user_id else None
    if user_id and (user is None or user.state == "deleted"):
        return str(tk._("Somebody whose account is closed"))
    return str(user.display_name) if user else ""
