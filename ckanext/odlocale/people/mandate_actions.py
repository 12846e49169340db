"""Actions on mandates: asking, giving, ending, renewing, telling before the end."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.people import letters, members, rights
from ckanext.odlocale.people.contacts import atd_of, managers_of, reach, tell
from ckanext.odlocale.people.mandate_limits import hold_back, stop_crowds
from ckanext.odlocale.people.mandate_rules import (
    check_period,
    create_schema,
    describe,
    load,
    mandate_schema,
    note,
    read_faults,
    renew_schema,
    settle,
    settle_schema,
)
from ckanext.odlocale.people.mandates import warning_due
from ckanext.odlocale.people.tables import Mandate, Token, new_id
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_mandate_create",
    "odlocale_mandate_end",
    "odlocale_mandate_list",
    "odlocale_mandate_renew",
    "odlocale_mandate_settle",
    "odlocale_mandate_show",
]


def odlocale_mandate_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let somebody act for a collectivité, or ask it for that.

    Who manages the collectivité gives the mandate, which is in force from its first
    day; who would hold it asks, and nothing changes until it is accepted. An animateur,
    who manages the collectivité from above, gives it with its document only.

    :param org_id: the organisation of the collectivité
    :param holder: ``agent``, ``organization`` or ``software``
    :param holder_id: an account's name or address, a code (INSEE, SIREN), or the
        software's name
    :param schemas: slugs of models (optional): without it, all of them
    :param since: its first day, ISO 8601 or ``31/12/2026``
    :param until: its last day, three years later at most
    :param message: what is said with it (optional)
    :param document: the deed, a PDF of 10 MB at most (optional)
    :returns: as :func:`odlocale_mandate_show`
    :raises ValidationError: with all that is wrong, not the first of it
    """
    data, errors = tk.navl_validate(data_dict, create_schema())
    if not errors.keys() & {"org_id", "holder", "holder_id"}:
        # Whoever may not is told nothing of who has an account.
        tk.check_access("odlocale_mandate_create", context, data)
        errors = {**errors, **hold_back(context, data)}
    gives = "org_id" not in errors and rights.may_manage(
        context["user"], str(data["org_id"])
    )
    named, faults = read_faults(data, errors)
    errors = {**errors, **faults}
    if gives and data["holder"] == "agent" and named[0] == _user_id(context):
        errors["holder_id"] = [_not_to_oneself()]
    if gives and "document" not in errors:
        errors.update(miss_document(context, data["org_id"], data.get("document")))
    if errors:
        model.Session.rollback()
        raise tk.ValidationError(errors)
    owner = Collectivity.by_org(data["org_id"])
    if owner is None or owner.status != "active":
        raise tk.ObjectNotFound(tk._("This collectivité was not found."))
    holder_id, name = named
    mandate = Mandate(
        id=new_id(),
        org_id=data["org_id"],
        holder=data["holder"],
        holder_id=holder_id,
        holder_name=name,
        schemas=data.get("schemas") or [],
        since=data["since"],
        until=data["until"],
        state="asked",
        message=data.get("message") or "",
        document=data.get("document"),
        asked_by=_user_id(context),
    )
    model.Session.add(mandate)
    if gives:
        settle(mandate, "accepted", _user_id(context))
    return _finish(context, mandate, "mandated" if gives else "mandate asked")


def odlocale_mandate_settle(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Accept or refuse a mandate that somebody asked for.

    :param id: the mandate
    :param accept: whether it is given
    :param document: the deed (optional, but for an animateur)
    :returns: as :func:`odlocale_mandate_show`
    :raises ValidationError: it was answered already, or its last day is past
    """
    data = _validate(data_dict, settle_schema())
    tk.check_access("odlocale_mandate_settle", context, data)
    mandate = load(data["id"], for_update=True)
    if mandate.to_rule().standing(datetime.date.today()) != "asked":
        _refuse(tk._("This request has its answer already."))
    if data.get("document"):
        mandate.document = data["document"]
    if data["accept"] and mandate.holder_id == _user_id(context):
        _refuse(_not_to_oneself())
    if data["accept"]:
        require_document(context, mandate.org_id, mandate.document)
    settle(mandate, "accepted" if data["accept"] else "refused", _user_id(context))
    return _finish(
        context, mandate, "mandate accepted" if data["accept"] else "mandate refused"
    )


def odlocale_mandate_end(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """End a mandate at once, or take back a request for one.

    :param id: the mandate
    :returns: as :func:`odlocale_mandate_show`
    :raises ValidationError: it is over already
    """
    data = _validate(data_dict, mandate_schema())
    tk.check_access("odlocale_mandate_end", context, data)
    mandate = load(data["id"], for_update=True)
    if mandate.state not in ("asked", "accepted"):
        _refuse(tk._("This mandate is over already."))
    settle(mandate, "ended", _user_id(context))
    _close_if_idle(mandate)
    return _finish(context, mandate, "mandate ended")


def odlocale_mandate_renew(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give, or ask for, the mandate that follows another one.

    It has the same holder and data, and begins the day after the other's last one, or
    today if that is past. Its deed is its own: what was signed was for other days.

    :param id: the mandate that it follows, over for six months at most
    :param until: its last day
    :param document: the deed (optional, but for an animateur)
    :returns: the new one, as :func:`odlocale_mandate_show`
    :raises ValidationError: the other is over for too long, or is followed already
    """
    data = _validate(data_dict, renew_schema())
    tk.check_access("odlocale_mandate_renew", context, data)
    former, today = load(data["id"], for_update=True), datetime.date.today()
    if not former.to_rule().is_renewable(today):
        _refuse(tk._("This mandate is over. Ask for a new one below."))
    # What one holds oneself, another accepts.
    gives = rights.may_manage(context["user"], former.org_id) and (
        former.holder_id != _user_id(context)
    )
    if stopped := stop_crowds(context, former.org_id):
        _refuse(stopped)
    if _is_followed(former, ("accepted",) if gives else ("accepted", "asked")):
        _refuse(tk._("This mandate is renewed already."))
    since = former.to_rule().following(today)[0]
    check_period(since, data["until"])
    if gives:
        require_document(context, former.org_id, data.get("document"))
    mandate = Mandate(
        id=new_id(),
        **{
            name: getattr(former, name)
            for name in ("org_id", "holder", "holder_id", "holder_name", "schemas")
        },
        since=since,
        until=data["until"],
        state="asked",
        message="",
        document=data.get("document"),
        asked_by=_user_id(context),
        renews=former.id,
    )
    model.Session.add(mandate)
    if gives:
        settle(mandate, "accepted", _user_id(context))
    return _finish(context, mandate, "mandated" if gives else "mandate asked")


@tk.side_effect_free
def odlocale_mandate_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a mandate.

    :param id: the mandate
    :returns: ``collectivity`` and ``code`` of who gives it, ``holder``,
        ``holder_title``, ``schemas`` (empty: all), ``since``, ``until``, ``standing``
        (``asked``, ``future``, ``current``, ``expired``, ``refused``, ``ended``)…
    """
    data = _validate(data_dict, mandate_schema())
    tk.check_access("odlocale_mandate_show", context, data)
    return describe(load(data["id"]))


@tk.side_effect_free
def odlocale_mandate_list(
    context: Context, data_dict: DataDict
) -> dict[str, list[dict[str, Any]]]:
    """Return the mandates of a collectivité, the latest first.

    :param org_id: its organisation
    :returns: ``given`` by it, and ``held`` by it
    """
    org_id = tk.get_or_bust(data_dict, "org_id")
    tk.check_access("odlocale_mandate_list", context, data_dict)
    held = (Mandate.holder == "organization") & (Mandate.holder_id == org_id)
    lists = {"given": Mandate.org_id == org_id, "held": held}
    return {
        name: [
            describe(one)
            for one in model.Session.scalars(
                sa.select(Mandate).where(which).order_by(Mandate.asked_at.desc())
            )
        ]
        for name, which in lists.items()
    }


def warn_of_ends(today: datetime.date) -> int:
    """Tell everyone concerned by a mandate that ends soon, or has just ended.

    Each warning is committed before the next one is sent: a worker that dies half-way
    repeats one letter at most.

    :returns: how many mandates letters left about
    """
    ending = sa.select(Mandate.id).where(
        Mandate.state == "accepted",
        Mandate.until <= today + datetime.timedelta(days=30),
        sa.func.coalesce(Mandate.warned, 99) > 0,
    )
    told = 0
    for mandate_id in list(model.Session.scalars(ending)):
        mandate = load(mandate_id, for_update=True)
        due = warning_due(mandate.until, today, mandate.warned)
        if due is None:
            model.Session.rollback()
            continue
        mandate.warned = due
        if due == 0:
            _close_if_idle(mandate)
        model.Session.commit()
        if not _is_followed(mandate, ("accepted",)) and not _is_told_by_token(mandate):
            letter = letters.mandate_ends(mandate, due)
            told += reach(letter, _concerned_by(mandate))
    return told


def _concerned_by(mandate: Mandate, *, but: str | None = None) -> list[Any]:
    told: list[Any] = letters.concerned_by(mandate)
    # Where nobody is there to answer, the ATD is.
    alone = not managers_of(mandate.org_id)
    return [*told, *atd_of(mandate.org_id, but=but)] if alone else told


def _close_if_idle(mandate: Mandate) -> None:
    """Whose last right was a mandate of his own leaves as from a team."""
    user = model.User.get(mandate.holder_id) if mandate.holder == "agent" else None
    if user is not None:
        model.Session.flush()
        members.close_if_idle(user)


def _is_followed(mandate: Mandate, states: tuple[str, ...]) -> bool:
    query = sa.select(
        sa.exists().where(Mandate.renews == mandate.id, Mandate.state.in_(states))
    )
    return bool(model.Session.scalar(query))


def _is_told_by_token(mandate: Mandate) -> bool:
    """Whether a software's token ends the same day: one letter says it, not two."""
    query = sa.select(
        sa.exists().where(
            Token.mandate_id == mandate.id,
            Token.until == mandate.until,
            Token.revoked_at.is_(None),
        )
    )
    return bool(model.Session.scalar(query))


def _not_to_oneself() -> str:
    """The sentence to who would keep, by a mandate, what a role gives him now."""
    return str(
        tk._(
            "Nobody gives a mandate to oneself. Another person in charge gives it, or"
            " the ATD."
        )
    )


def _validate(data_dict: DataDict, schema: dict[str, Any]) -> dict[str, Any]:
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return dict(data)


def _refuse(sentence: str) -> None:
    model.Session.rollback()
    raise tk.ValidationError({"message": [sentence]})


def require_document(context: Context, org_id: str, document: Any) -> None:
    """Check that an animateur gives the deed.

    :raises ckan.plugins.toolkit.ValidationError: he does not
    """
    if missed := miss_document(context, org_id, document):
        raise tk.ValidationError(missed)


def miss_document(context: Context, org_id: str, document: Any) -> dict[str, Any]:
    """Return what is wrong where an animateur gives no deed: he writes down what the
    collectivité decided, and the deed proves it."""
    if document or rights.is_direct_manager(str(_user_id(context)), org_id):
        return {}
    return {"document": [tk._("Add the document that the local authority signed.")]}


def _finish(context: Context, mandate: Mandate, verb: str) -> dict[str, Any]:
    note(mandate, verb, _user_id(context))
    model.Session.commit()
    # A letter that cannot be sent undoes nothing: the page says how things stand.
    letter = letters.mandate_changed(mandate, context)
    tell(letter, _concerned_by(mandate, but=_user_id(context)))
    return describe(mandate)


def _user_id(context: Context) -> str | None:
    user = model.User.get(context["user"])
    return user.id if user else None
