"""Actions on what a merger leaves behind.

Datasets whose change of owner data.gouv.fr must accept; names that are over.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base import journal
from ckanext.odlocale.territory.animators import animated_by, is_administrator
from ckanext.odlocale.territory.heirs import organization_after
from ckanext.odlocale.territory.tables import Collectivity
from ckanext.odlocale.territory.transfers import Filters, accept, find_transfers

DataDict = dict[str, Any]
Action = Callable[[Context, DataDict], Any]

__all__ = [
    "odlocale_transfer_accept",
    "odlocale_transfer_list",
]

MAX_PAGE = 1000


def show_or_lead(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Call core's ``organization_show``; tell where a former organisation is now.

    It never answers another organisation than the one that was asked for: a program
    would file one's data under the other.

    :raises NotFound: there is no such organisation, or it is part of another, which
        the message names.
    """
    try:
        return action(context, data_dict)
    except (tk.ObjectNotFound, tk.NotAuthorized) as error:
        heir = organization_after(str(data_dict.get("id")))
        if heir is None:
            raise
        message = tk._("This organization is now {name}.").format(name=heir.name)
        raise tk.ObjectNotFound(message) from error


@tk.side_effect_free
def odlocale_transfer_list(context: Context, data_dict: DataDict) -> DataDict:
    """List the datasets that a merger moved, the oldest first.

    An administrator of the portal sees them all, an animator those whose new owner
    one of his perimeters covers.

    :param former: INSEE code or SIREN of the collectivité they came from (optional).
    :param heir: INSEE code or SIREN of the one that took it in (optional).
    :param all: with those that data.gouv.fr has accepted (optional, false).
    :param limit: how many, 1 to 1000 (optional, 100).
    :param offset: how many to pass over (optional, 0).
    :returns: ``count``, and ``results``: for each dataset ``id``, ``name``,
        ``title``, ``former`` and ``heir`` (siren, code, name), ``since``,
        ``accepted_at`` (or null).
    :raises ValidationError: an unknown code, or a limit that is not a number.
    :raises NotAuthorized: the user animates no perimeter.
    """
    data = _validated(context, data_dict, _list_schema())
    tk.check_access("odlocale_transfer_list", context, data)
    filters = Filters(
        atds=_atds_of(context),
        from_siren=_siren_of("former", data["former"]),
        to_siren=_siren_of("heir", data["heir"]),
        pending=not data["all"],
        public=not data["all"],
    )
    limit = min(max(data["limit"], 1), MAX_PAGE)
    total, rows = find_transfers(filters, limit, data["offset"])
    return {"count": total, "results": [_describe(row) for row in rows]}


def odlocale_transfer_accept(context: Context, data_dict: DataDict) -> DataDict:
    """Note that data.gouv.fr gave datasets to their new owner.

    From then on they are in the feed of the new owner, and in no other. Saying it
    twice is harmless.

    :param former: INSEE code or SIREN of the collectivité they came from: all those
        that wait in its feed.
    :param datasets: or ids or names of datasets.
    :returns: ``accepted``, how many waited; ``datasets``, their ids.
    :raises ValidationError: neither or both; a code that is nobody's; a dataset that
        no merger moved. Nothing is done then.
    :raises NotAuthorized: no perimeter of the user's covers the new owner.
    """
    data = _validated(context, data_dict, _accept_schema())
    filters = _asked(data)
    _, rows = find_transfers(filters)
    ids = sorted(row["package_id"] for row in rows)
    tk.check_access("odlocale_transfer_accept", context, {"transfers": ids})
    _refuse_unknown(data["datasets"] or [], rows)
    waiting = [row for row in rows if row["accepted_at"] is None]
    taken = [row["package_id"] for row in waiting]
    accept(taken, datetime.datetime.now(datetime.timezone.utc))
    for row in waiting:
        _record(context, row)
    if not context.get("defer_commit"):
        model.repo.commit()
    return {"accepted": len(taken), "datasets": taken}


def _list_schema() -> DataDict:
    get = tk.get_validator
    code = [get("ignore_empty"), get("odlocale_text")]
    number = get("odlocale_whole_number")
    return {
        "former": code,
        "heir": code,
        "all": [get("default")(False), get("odlocale_flag")],
        "limit": [get("default")(100), number],
        "offset": [get("default")(0), number],
    }


def _accept_schema() -> DataDict:
    get = tk.get_validator
    return {
        "former": [get("ignore_empty"), get("odlocale_text")],
        "datasets": [get("ignore_empty"), _texts],
    }


def _texts(value: Any) -> list[str]:
    if not isinstance(value, (str, list)):
        raise tk.Invalid(tk._("Write a text."))
    given = value if isinstance(value, list) else value.replace(",", " ").split()
    text = tk.get_validator("odlocale_text")
    return [text(one) for one in given]


def _asked(data: DataDict) -> Filters:
    if bool(data["former"]) == bool(data["datasets"]):
        _refuse(former=tk._("Give a former collectivité, or datasets, and not both."))
    if data["datasets"]:
        return Filters(package_ids=data["datasets"], pending=False)
    return Filters(from_siren=_siren_of("former", data["former"]), pending=False)


def _siren_of(field: str, code: str | None) -> str | None:
    if not code:
        return None
    found = Collectivity.by_code(code.upper())
    if found is None:
        message = tk._("No collectivité of the portal has the code {code}.")
        _refuse(**{field: message.format(code=code)})
    return found.siren


def _refuse_unknown(asked: list[str], rows: list[Mapping[Any, Any]]) -> None:
    known = {row[name] for row in rows for name in ("package_id", "name")}
    unknown = [one for one in asked if one not in known]
    if unknown:
        message = tk._("No merger moved these datasets: {datasets}. Nothing was done.")
        _refuse(datasets=message.format(datasets=", ".join(unknown)))


def _atds_of(context: Context) -> list[str] | None:
    user = context.get("user")
    if context.get("ignore_auth") or is_administrator(user):
        return None
    return [one.atd_siren for one in animated_by(user)]


def _describe(row: Mapping[Any, Any]) -> DataDict:
    accepted = row["accepted_at"]
    return {
        "id": row["package_id"],
        "name": row["name"],
        "title": row["title"],
        "former": {
            "siren": row["from_siren"],
            "code": row["from_code"],
            "name": row["from_name"],
        },
        "heir": {
            "siren": row["to_siren"],
            "code": row["to_code"],
            "name": row["to_name"],
        },
        "since": row["since"].isoformat(),
        "accepted_at": accepted.isoformat() if accepted else None,
    }


def _record(context: Context, row: Mapping[Any, Any]) -> None:
    user = model.User.get(context.get("user") or "")
    package = model.Package.get(row["package_id"])
    journal.record(
        "transferred",
        user_id=user.id if user else None,
        org_id=package.owner_org if package else None,
        object_type="dataset",
        object_id=row["package_id"],
        detail={"from": row["from_siren"], "to": row["to_siren"]},
    )


def _validated(context: Context, data_dict: DataDict, schema: DataDict) -> DataDict:
    data, errors = tk.navl_validate(dict(data_dict), schema, context)
    if errors:
        raise tk.ValidationError(errors)
    return {name: data.get(name) for name in schema}


def _refuse(**messages: str) -> NoReturn:
    raise tk.ValidationError({field: [text] for field, text in messages.items()})
