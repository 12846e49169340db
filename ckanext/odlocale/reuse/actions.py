"""Actions about the errors that readers report."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal
from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people import rights
from ckanext.odlocale.people.contacts import atd_of, people_of, tell
from ckanext.odlocale.people.origins import origin_mark
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.reuse import letters
from ckanext.odlocale.reuse.model import Report
from ckanext.odlocale.reuse.reports import (
    MAX_FROM_NOBODY,
    MAX_FROM_ONE,
    MAX_LETTERS,
    read_reason,
    read_report,
)
from ckanext.odlocale.reuse.sentences import sentence_of
from ckanext.odlocale.reuse.subjects import (
    NO_MODEL,
    Subject,
    name_of,
    subject_now,
    subject_of,
)
from ckanext.odlocale.territory.heirs import formers_of
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_report_create",
    "odlocale_report_list",
    "odlocale_report_settle",
    "odlocale_report_show",
]


def odlocale_report_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Report an error in a file that is online. Nobody needs an account.

    The agents of the collectivité are written to, and the ATD.

    :param code, schema, key: of the file's permanent address
    :param document: in place of them, name or id of what follows no model
    :param message: what is wrong, 10 to 2,000 characters
    :param row: which row (optional)
    :param email: where to answer (optional), erased once the answer left
    :param personal: whether it is about somebody's personal data (optional)
    :returns: ``reported``
    :raises NotFound: no such file is online
    :raises ValidationError: a field is at fault, or enough came today
    """
    tk.check_access("odlocale_report_create", context, data_dict)
    place, subject = subject_of(data_dict)
    written, faults = read_report(data_dict)
    if written is None:
        raise tk.ValidationError({k: [sentence_of(v)] for k, v in faults.items()})
    origin = origin_mark()
    about = Report.count_today(Report.siren == place.siren)
    if not _has_room(origin, subject):
        said = tk._("Enough reports came today. Try again tomorrow.")
        raise tk.ValidationError({"message": [said]})
    report = Report(
        siren=place.siren, schema=subject.schema, key=subject.key, row=written.row,
        message=written.message, email=written.email, personal=written.personal,
        deposit_id=subject.online_id, origin=origin, state="open",
    )  # fmt: skip
    model.Session.add(report)
    model.Session.flush()
    _record("reported", report, subject.org_id, None)
    model.Session.commit()
    if about < MAX_LETTERS or report.personal:
        told = [user for user, _ in people_of(subject.org_id)]
        tell(letters.received(place, report), [*told, *atd_of(subject.org_id)])
    return {"reported": True}


def _has_room(origin: str, subject: Subject) -> bool:
    """Whether one more report is taken today: nobody closes it to the others.

    Where the network does not say who asks, each file has its own count.
    """
    if origin:
        return Report.count_today(Report.origin == origin) < MAX_FROM_ONE
    file = (Report.siren == subject.siren, Report.schema == subject.schema,
            Report.key == subject.key)  # fmt: skip
    return Report.count_today(*file, Report.origin == "") < MAX_FROM_NOBODY


@tk.side_effect_free
def odlocale_report_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return the reports about a collectivité's files that nobody answered yet.

    :param org_id: its organisation
    :returns: for each ``id``, ``schema``, ``key``, ``personal``, ``created_at``: about
        people first, then the oldest
    """
    org_id = str(tk.get_or_bust(data_dict, "org_id"))
    tk.check_access("odlocale_report_list", context, {"org_id": org_id})
    owner = Collectivity.by_org(org_id)
    if owner is None:
        return []
    ground = rights.ground_of(context["user"], org_id)
    sirens = [owner.siren, *(one.siren for one in formers_of(owner.siren))]
    return [
        {
            "id": one.id,
            "schema": one.schema,
            "key": one.key,
            "personal": one.personal,
            "created_at": one.created_at.isoformat(),
        }
        for one in Report.open_of(sirens)
        if ground is None or ground.covers(one.schema)
    ]


@tk.side_effect_free
def odlocale_report_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a report, to who answers it.

    :param id: the report
    :returns: ``schema`` (empty for a document, whose id is its ``key``), ``key``,
        ``code``, ``org_id``, ``name``, ``row``, ``message``, ``personal``, ``state``,
        ``reason``, ``wants_answer``, ``created_at``; ``online``: id of what is online,
        ``newer``: whether it came after the report
    :raises NotFound: no such report
    """
    tk.check_access("odlocale_report_show", context, data_dict)
    return _show(load_report(data_dict))


def odlocale_report_settle(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Answer a report: it is corrected, or it is no error. The reader is written to.

    :param id: the report
    :param verdict: ``corrected``, once a newer file is online, or ``refused``
    :param reason: why it is no error, 10 to 2,000 characters
    :returns: as :func:`odlocale_report_show`; ``told``: whether a letter left
    :raises ValidationError: it was answered already, no newer file is online, or no
        reason is given
    """
    tk.check_access("odlocale_report_settle", context, data_dict)
    report = load_report(data_dict, for_update=True)
    if report.state != "open":
        _refuse("message", tk._("Somebody answered this report already."))
    verdict = str(data_dict.get("verdict") or "")
    if verdict == "corrected":
        _settle_corrected(report)
    elif verdict == "refused":
        reason, fault = read_reason(data_dict.get("reason"))
        if fault:
            _refuse("reason", sentence_of(fault))
        report.state, report.reason = "refused", reason
    else:
        _refuse("verdict", tk._("Choose one of the answers."))
    user = model.User.get(context["user"])
    report.settled_at = datetime.datetime.now(datetime.timezone.utc)
    report.settled_by = user.id if user else None
    desk = org_of(report)
    _record(f"report {verdict}", report, desk, report.settled_by)
    model.Session.commit()
    told = _answer_reader(report)
    return {**_show(report), "told": told}


def load_report(data_dict: DataDict, *, for_update: bool = False) -> Report:
    """Return a report by its id.

    :raises ckan.plugins.toolkit.ObjectNotFound: there is none
    """
    report_id = str(tk.get_or_bust(data_dict, "id"))
    found = None if "\0" in report_id else Report.load(report_id, for_update=for_update)
    if found is None:
        raise tk.ObjectNotFound(tk._("This report was not found."))
    return found


def org_of(report: Report) -> str:
    """Return the organisation that answers a report: the heir's after a merger."""
    place = model.Session.get(Collectivity, report.siren)
    return str(place.heir().org_id) if place is not None else ""


def _settle_corrected(report: Report) -> None:
    online = subject_now(report)
    if online is None or not online.is_newer_than(report):
        _refuse("message", tk._("Publish the corrected file first, then answer."))
    else:
        report.state, report.release_id = "corrected", online.online_id


def _answer_reader(report: Report) -> bool:
    """Write to the reader, whose address then goes. Kept where no letter leaves."""
    place = model.Session.get(Collectivity, report.siren)
    if not report.email or place is None:
        return False
    letter = letters.answered(place, report, _dataset_of(report))
    try:
        send(letter, name=report.email, address=report.email)
    except LetterNotSent as problem:
        if problem.outcome == "unsent":
            return False
    report.email = ""
    model.Session.commit()
    return True


def _dataset_of(report: Report) -> str | None:
    """Return the page that a letter leads to, where there is one."""
    if report.schema != NO_MODEL:
        return Deposit.package_of(report.siren, report.schema)
    online = subject_now(report)
    return online.dataset if online else None


def _show(report: Report) -> dict[str, Any]:
    place = model.Session.get(Collectivity, report.siren)
    online = subject_now(report)
    names = ("id", "schema", "key", "row", "message", "personal", "state", "reason")
    return {
        **{name: getattr(report, name) for name in names},
        "code": place.code if place else "",
        "org_id": org_of(report),
        "name": name_of(report),
        "wants_answer": bool(report.email),
        "created_at": report.created_at.isoformat(),
        "online": online.online_id if online else None,
        "newer": online is not None and online.is_newer_than(report),
    }


def _record(verb: str, report: Report, org_id: str, user_id: str | None) -> None:
    journal.record(
        verb,
        user_id=user_id,
        org_id=org_id,
        object_type="report",
        object_id=report.id,
        detail={"schema": report.schema, "key": report.key},
    )


def _refuse(field: str, sentence: str) -> None:
    model.Session.rollback()
    raise tk.ValidationError({field: [sentence]})
