"""What the actions on mandates accept, and what they say of one."""

from __future__ import annotations

import datetime
import io
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Schema

from ckanext.odlocale.base import journal, storage
from ckanext.odlocale.base.content_store import ContentTooLarge
from ckanext.odlocale.base.download import disposition_name
from ckanext.odlocale.people import rights
from ckanext.odlocale.people.mandates import HOLDERS, Fault, refuse_period
from ckanext.odlocale.people.tables import Mandate
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.heirs import answering_for
from ckanext.odlocale.territory.tables import Collectivity

MAX_TEXT = 2_000
MAX_NAME = 200
MAX_DOCUMENT_BYTES = 10 * 1024 * 1024
_PDF = b"%PDF-"


def create_schema() -> Schema:
    """Accept a mandate."""
    required, optional = (
        tk.get_validator(one) for one in ("not_empty", "ignore_empty")
    )
    return {
        "org_id": [required, text(MAX_NAME)],
        "holder": [required, tk.get_validator("one_of")(list(HOLDERS))],
        "holder_id": [required, text(MAX_NAME)],
        "schemas": [optional, models],
        "since": [required, day],
        "until": [required, day],
        "message": [optional, text(MAX_TEXT)],
        "document": [optional, document],
    }


def mandate_schema() -> Schema:
    """Accept a mandate that exists."""
    required, optional = (
        tk.get_validator(one) for one in ("not_empty", "ignore_empty")
    )
    return {"id": [required, text(MAX_NAME)], "reason": [optional, text(MAX_TEXT)]}


def settle_schema() -> Schema:
    """Accept an answer to a mandate that is asked for."""
    answer = [tk.get_validator("not_missing"), tk.get_validator("boolean_validator")]
    optional = tk.get_validator("ignore_empty")
    return {**mandate_schema(), "accept": answer, "document": [optional, document]}


def renew_schema() -> Schema:
    """Accept another last day, and the deed that gives it."""
    until = [tk.get_validator("not_empty"), day]
    deed = [tk.get_validator("ignore_empty"), document]
    return {**mandate_schema(), "until": until, "document": deed}


def text(most: int) -> Any:
    """Return a validator of a text of so many characters at most."""

    def validate(value: Any) -> str:
        if not isinstance(value, str) or "\0" in value:
            raise tk.Invalid(tk._("Write a text."))
        if len(value) > most:
            said = tk._("Write {count} characters at most.")
            raise tk.Invalid(said.format(count=most))
        return value.strip()

    return validate


def day(value: Any) -> datetime.date:
    """Return a day that was written as ISO 8601 has it, or as French people do."""
    if isinstance(value, datetime.date):
        return value
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.datetime.strptime(str(value).strip(), form).date()
        except ValueError:
            continue
    raise tk.Invalid(tk._("Write the day as 31/12/2026."))


def models(value: Any) -> list[str]:
    """Return slugs of models of the catalogue, each once."""
    named = value.split() if isinstance(value, str) else value
    if not isinstance(named, (list, tuple)) or not all(
        isinstance(one, str) for one in named
    ):
        raise tk.Invalid(tk._("Choose data in the list."))
    catalogue = load_catalogue()
    unknown = [one for one in named if one not in catalogue]
    if unknown:
        raise tk.Invalid(tk._("Choose data in the list."))
    return sorted({catalogue.get(one).slug for one in named})


def document(value: Any) -> dict[str, Any]:
    """Keep the deed of a mandate: a PDF of a few pages.

    :returns: ``sha256``, ``name``, ``size``
    """
    stream = getattr(value, "stream", value)
    if not hasattr(stream, "read"):
        raise tk.Invalid(tk._("Choose a PDF file."))
    content = stream.read(MAX_DOCUMENT_BYTES + 1)
    if not content.startswith(_PDF):
        raise tk.Invalid(tk._("Choose a PDF file."))
    try:
        stored = storage.put(io.BytesIO(content), MAX_DOCUMENT_BYTES)
    except ContentTooLarge as error:
        said = tk._("This document is too large: {count} MB at most.")
        raise tk.Invalid(said.format(count=MAX_DOCUMENT_BYTES // 1024**2)) from error
    name = disposition_name(str(getattr(value, "filename", "") or "mandat.pdf"))
    return {"sha256": stored.sha256, "name": name[:MAX_NAME], "size": stored.size}


def check_period(since: datetime.date, until: datetime.date) -> None:
    """Refuse a period that no mandate may have.

    :raises ckan.plugins.toolkit.ValidationError: on ``until``, or ``since``
    """
    fault = refuse_period(since, until, datetime.date.today())
    if fault is not None:
        raise tk.ValidationError({"until": [_sentence_of(fault)]})


def _sentence_of(fault: Fault) -> str:
    sentences = {
        Fault.REVERSED: tk._("The last day comes before the first one."),
        Fault.PAST: tk._("The last day is already past."),
        Fault.TOO_LONG: tk._("A mandate lasts three years at most. Renew it then."),
    }
    return str(sentences[fault])


def find_holder(kind: str, named: str, org_id: str) -> tuple[str | None, str]:
    """Return the id and the name of who is to hold a mandate.

    :param named: an account's name or address, a collectivité's code, a software's name
    :raises ckan.plugins.toolkit.ValidationError: nobody, or the giver itself
    """
    if kind == "software":
        return None, named
    if kind == "agent":
        user = named_account(named)
        if user is None or not user.is_active:
            said = tk._("Nobody has an account here under this address. Invite them.")
            raise tk.ValidationError({"holder_id": [said]})
        if rights.is_member(user.id, org_id):
            said = tk._("This person works there already: no mandate is needed.")
            raise tk.ValidationError({"holder_id": [said]})
        return user.id, ""
    found = answering_for(named)
    if found is None or found.org_id is None:
        said = tk._("No local authority of the portal has this code.")
        raise tk.ValidationError({"holder_id": [said]})
    if found.org_id == org_id:
        said = tk._("A local authority gives no mandate to itself.")
        raise tk.ValidationError({"holder_id": [said]})
    return found.org_id, ""


def named_account(named: str) -> model.User | None:
    """Return the account of an id, a name or an address."""
    found: model.User | None = model.User.get(named) or model.User.by_email(
        named.lower()
    )
    return found


def read_faults(
    data: dict[str, Any], errors: dict[str, Any]
) -> tuple[tuple[str | None, str], dict[str, Any]]:
    """Judge the fields of a mandate that have no fault of their own.

    :param errors: of the other fields
    :returns: the holder's id and name, as :func:`find_holder`, and more errors
    """
    named: tuple[str | None, str] = (None, "")
    found: dict[str, Any] = {}
    if not errors.keys() & {"org_id", "holder", "holder_id"}:
        try:
            named = find_holder(data["holder"], data["holder_id"], data["org_id"])
        except tk.ValidationError as error:
            found.update(error.error_dict)
    if not errors.keys() & {"since", "until"}:
        try:
            check_period(data["since"], data["until"])
        except tk.ValidationError as error:
            found.update(error.error_dict)
    return named, found


def load(mandate_id: str, *, for_update: bool = False) -> Mandate:
    """Return a mandate.

    :raises ckan.plugins.toolkit.ObjectNotFound: there is none
    """
    query = sa.select(Mandate).where(Mandate.id == mandate_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Mandate | None = model.Session.scalars(query).one_or_none()
    if found is None:
        raise tk.ObjectNotFound(tk._("This mandate was not found."))
    return found


def name_of_holder(mandate: Mandate) -> str:
    """Return who holds a mandate, in words."""
    if mandate.holder == "software":
        return mandate.holder_name
    if mandate.holder == "agent":
        user = model.User.get(mandate.holder_id)
        return str(user.display_name) if user else ""
    group = model.Group.get(mandate.holder_id)
    return str(group.display_name) if group else ""


def settle(mandate: Mandate, state: str, by: str | None) -> None:
    """Write on a mandate what was decided of it, by whom (an account's id) and when."""
    mandate.state = state
    mandate.settled_by = by
    mandate.settled_at = datetime.datetime.now(datetime.timezone.utc)


def note(mandate: Mandate, verb: str, by: str | None) -> None:
    """Write in the journal what was done to a mandate, by whom (an account's id)."""
    journal.record(
        verb,
        user_id=by,
        org_id=mandate.org_id,
        object_type="mandate",
        object_id=mandate.id,
        detail={
            "holder": mandate.holder,
            "holder_id": mandate.holder_id,
            # An organisation's as it is called now; a person's is nobody's to keep.
            "holder_name": (
                "" if mandate.holder == "agent" else name_of_holder(mandate)
            ),
            "schemas": list(mandate.schemas or ()),
            "until": mandate.until.isoformat(),
        },
    )


def end_of(user_id: str, org_id: str, by: str | None) -> None:
    """End the mandates that somebody holds of an organisation, uncommitted: whoever is
    taken out of a team acts for it by nothing else either.

    :param by: id of who decided it; nothing for the portal
    """
    query = (
        sa.select(Mandate)
        .where(
            Mandate.org_id == org_id,
            Mandate.holder == "agent",
            Mandate.holder_id == user_id,
            Mandate.state.in_(("asked", "accepted")),
            Mandate.until >= datetime.date.today(),
        )
        .order_by(Mandate.id)
        .with_for_update()
    )
    for mandate in model.Session.scalars(query).all():
        settle(mandate, "ended", by)
        note(mandate, "mandate ended", by)
    model.Session.flush()


def describe(mandate: Mandate) -> dict[str, Any]:
    """Return a mandate as its actions answer it."""
    owner, today = Collectivity.by_org(mandate.org_id), datetime.date.today()
    rule = mandate.to_rule()
    following = rule.following(today)[1] if rule.is_renewable(today) else None
    days = {"since": mandate.since, "until": mandate.until}
    times = {"asked_at": mandate.asked_at, "settled_at": mandate.settled_at}
    return {
        "id": mandate.id,
        "org_id": mandate.org_id,
        "code": owner.code if owner else None,
        "collectivity": owner.name if owner else "",
        "holder": mandate.holder,
        "holder_id": mandate.holder_id,
        "holder_title": name_of_holder(mandate),
        "schemas": list(mandate.schemas or ()),
        "standing": rule.standing(today),
        "renewable_until": following.isoformat() if following else None,
        "message": mandate.message,
        "document": mandate.document,
        "renews": mandate.renews,
        **{key: one.isoformat() for key, one in days.items()},
        **{key: one.isoformat() if one else None for key, one in times.items()},
    }
