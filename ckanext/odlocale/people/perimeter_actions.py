"""Actions on the invitations of a whole perimeter: who has not answered, inviting a
list, writing again."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.people import inviting, members, perimeter_people, sending
from ckanext.odlocale.people.invitations import Line, NoColumn, read_list, standing
from ckanext.odlocale.people.reminding import WHICH, digest_of, reason_against

__all__ = [
    "odlocale_invitation_list",
    "odlocale_invitation_plan",
    "odlocale_invitation_remind",
]

MOST = 1_000
#: Of a list of people, in one call.
MAX_CHOSEN = 5_000


@tk.side_effect_free
def odlocale_invitation_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return who has not answered, in all collectivités of a perimeter.

    :param perimeter: SIREN of the ATD
    :param which: ``waiting`` (sent, or about to be), ``expired``, ``refused`` (by the
        server of the address), ``never`` (an account that nobody logged in to)
    :param limit: how many, 1,000 at most (50)
    :param offset: how many to pass over (0)
    :returns: ``counts`` by list; ``results``: ``id`` (of the invitation), ``name``,
        ``email``, ``role``, ``code``, ``collectivity``, ``standing``, ``sent_at``,
        ``error``
    """
    data = _validate(data_dict)
    tk.check_access("odlocale_invitation_list", context, data)
    now = _now()
    return {
        "counts": perimeter_people.count(data["perimeter"], now),
        "results": perimeter_people.list_people(
            data["perimeter"], data["which"], now,
            limit=min(data["limit"], MOST), offset=data["offset"],
        ),
    }  # fmt: skip


def odlocale_invitation_remind(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Send invitations of a perimeter again, each with another link.

    Letters leave by the worker. Whoever was written to this week, has answered, or has
    an address that takes no letter, is set aside.

    :param perimeter: SIREN of the ATD
    :param ids: the invitations; without them, all those of ``which``
    :param which: as :func:`odlocale_invitation_list`
    :param apply: without it, nothing is written
    :returns: ``chosen``: ids that are, or would be, sent again; ``aside``: ``id``,
        ``email``, ``reason``
    """
    data = _validate(data_dict)
    tk.check_access("odlocale_invitation_remind", context, data)
    now, perimeter = _now(), data["perimeter"]
    ids = [str(one) for one in data_dict.get("ids") or ()][:MAX_CHOSEN]
    if not data_dict.get("ids"):
        ids = perimeter_people.ids_of(perimeter, data["which"], now)[:MAX_CHOSEN]
    found = {one.id: one for one in perimeter_people.hold(perimeter, ids)}
    chosen, aside = [], []
    for one_id in dict.fromkeys(ids):
        one = found.get(one_id)
        held = standing(one.state, one.expires_at, now) if one else None  # type: ignore[arg-type]
        reason = reason_against(held, one.sent_at if one else None, now)
        if one is None or reason:
            email = one.email if one else ""
            aside.append({"id": one_id, "email": email, "reason": reason or "gone"})
        else:
            chosen.append(one)
    # Read now: an object is read again after a commit, one query each.
    result = {"chosen": [one.id for one in chosen], "aside": aside}
    if not tk.asbool(data_dict.get("apply") or False):
        model.Session.rollback()
        return result
    by = _user_id(context)
    for one in chosen:
        one.state, one.token_hash, one.error = "waiting", None, ""
        members.note("invited again", by=by, org_id=one.org_id, who=one.id,
                     detail={"capacity": one.capacity})  # fmt: skip
    model.Session.commit()
    if chosen:
        sending.send_later()
    return result


def odlocale_invitation_plan(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Invite the people of a list, or all town halls at their official address.

    :param perimeter: SIREN of the ATD: nobody outside of it is invited
    :param content: the list, a CSV as ``ckan odlocale people invite`` reads it (bytes
        or text); without it, the official addresses that are known
    :param apply: without it, nothing is written
    :param digest: with ``apply``: that of the plan that was read
    :returns: ``invited``: ``row``, ``code``, ``email``, ``name``, ``role``; ``aside``:
        the same and ``reason``; ``digest``; ``changed``: whether the plan is another
        than the one that was read, so that nothing was written
    :raises ValidationError: the list cannot be read
    """
    data = _validate(data_dict)
    tk.check_access("odlocale_invitation_plan", context, data)
    perimeter = data["perimeter"]
    lines = _lines(perimeter, data_dict.get("content"))
    plan = inviting.plan_list(lines, perimeter_people.org_ids_of(perimeter))
    result = {
        "invited": [_describe(line) for line, _ in plan.invited],
        "aside": [{**_describe(line), "reason": why} for line, why in plan.aside],
        "digest": digest_of([(line.code, line.email) for line, _ in plan.invited]),
        "changed": False,
    }
    if not tk.asbool(data_dict.get("apply") or False):
        return result
    if data_dict.get("digest") != result["digest"]:
        return {**result, "changed": True}
    if inviting.invite_list(plan, _user_id(context)):
        sending.send_later()
    return result


def _lines(perimeter: str, content: Any) -> Sequence[Line]:
    if content is None:
        known = perimeter_people.officials_of(perimeter)
        return [Line(n, code, email, "", "agent")
                for n, (code, email) in enumerate(known, 1)]  # fmt: skip
    written = content.encode() if isinstance(content, str) else bytes(content)
    try:
        return read_list(written)
    except NoColumn as error:
        asks = tk._("The list has no column “{column}”. Add it, then send it again.")
        said = asks.format(column=error.column)
    except ValueError:
        said = tk._(
            "This list cannot be read. Save it as CSV in your spreadsheet, with 5,000"
            " rows at most."
        )
    raise tk.ValidationError({"file": [said]})


def _describe(line: Line) -> dict[str, Any]:
    return {
        "row": line.row,
        "code": line.code,
        "email": line.email,
        "name": line.name,
        "role": line.role,
    }


def _validate(data_dict: DataDict) -> dict[str, Any]:
    perimeter = data_dict.get("perimeter")
    if isinstance(perimeter, list) or not perimeter:
        raise tk.ValidationError({"perimeter": [tk._("Choose a territory.")]})
    which = str(data_dict.get("which") or "waiting")
    numbers = {"limit": 50, "offset": 0}
    for name in numbers:
        given = str(data_dict.get(name) or numbers[name])
        if not given.isdecimal() or len(given) > 6:
            raise tk.ValidationError({name: [tk._("Write a number.")]})
        numbers[name] = int(given)
    if which not in WHICH:
        raise tk.ValidationError({"which": [tk._("This list does not exist.")]})
    return {"perimeter": str(perimeter), "which": which, **numbers}


def _user_id(context: Context) -> str | None:
    user = model.User.get(context.get("user") or None)
    return user.id if user else None


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
