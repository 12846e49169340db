"""Actions on a document that is online: seeing, changing, replacing, taking it away.

The version of each is what :func:`.document_store.version_of` gives: a form that was
shown before somebody else's change does nothing.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
from ckan import logic, model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal, storage, uploads
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.publishing import document, document_erasing, keeping, states
from ckanext.odlocale.publishing.analysing import analyse_deposit
from ckanext.odlocale.publishing.document_store import (
    Held,
    describe_file,
    describe_link,
    judge_file,
    load_document,
    only_file,
    refuse_faults,
    show_document,
    version_of,
)
from ckanext.odlocale.publishing.document_validators import (
    document_change_schema,
    document_named_schema,
    document_purge_schema,
    document_replace_schema,
    document_withdraw_schema,
)
from ckanext.odlocale.publishing.drafts import name_of, open_desk, user_id, validate
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import publisher_of, writer_of
from ckanext.odlocale.publishing.release import (
    refuse,
    save_dataset,
    store_upload,
    whole_or_nothing,
)
from ckanext.odlocale.publishing.withdrawal import Reason, read_reason

__all__ = [
    "odlocale_document_change",
    "odlocale_document_purge",
    "odlocale_document_replace",
    "odlocale_document_show",
    "odlocale_document_withdraw",
]


@tk.side_effect_free
def odlocale_document_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a document of a collectivité, to who publishes for it.

    :param id: its name or its id
    :returns: ``id``, ``name``, ``title``, ``notes``, ``org_id``, ``code``, ``state``
        (online, hidden, withdrawn), ``issued``, ``modified``, ``version``,
        ``resources`` (as CKAN gives them), ``notice`` (``reason``, ``note``, ``on``)
        where it was withdrawn
    :raises NotFound: no such document
    """
    data = validate(data_dict, document_named_schema())
    tk.check_access("odlocale_document_show", context, data)
    return show_document(load_document(data["id"]))


def odlocale_document_change(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change what is said of a document. Its address stays.

    :param id: its name or its id
    :param version: the version of it that was seen (optional)
    :param title: what it is
    :param notes: what it holds (optional: a sentence is written)
    :returns: as :func:`odlocale_document_show`
    :raises ValidationError: with a sentence by field
    """
    data = validate(data_dict, document_change_schema())
    tk.check_access("odlocale_document_change", context, data)
    refuse_faults([document.judge_title(data["title"])])
    package = _hold(data)
    shown, title = show_document(package), data["title"]
    patch = {"title": title, "notes": data.get("notes") or _sentence(package, title)}
    held = only_file(shown)
    if held is not None and held.resource.get("name") == shown["title"]:
        patch["resources"] = [{**held.resource, "name": title}]
    with whole_or_nothing():
        _write(context, shown, patch)
    return show_document(load_document(package.id))


def odlocale_document_replace(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Replace the file of a document, or its address: its page stays.

    The former bytes are no longer served, and none of the portal's copies is kept.

    :param id: its name or its id
    :param version: the version of it that was seen (optional)
    :param upload: the newer file: a binary stream, or what a form uploads
    :param filename: its name (optional; an uploaded file has its own)
    :param url: another address, where the document is one
    :param agreed: true: the agent checked that it names nobody
    :returns: as :func:`odlocale_document_show`
    :raises ValidationError: with a sentence by field; the former file stays
    """
    data = validate(data_dict, document_replace_schema())
    tk.check_access("odlocale_document_replace", context, data)
    package = load_document(data["id"])
    held = only_file(show_document(package))
    refuse(None if held else states.Refusal.NOT_ONLINE)
    newer = _read_newer(context, package, data)
    faults = list(newer.faults)
    if not data.get("agreed"):
        faults.append(document.Fault.PEOPLE)
    refuse_faults(faults)
    # Removed meanwhile, by a purge of the same file: it is sent again.
    kept = newer.sha256 is None or keeping.hold(newer.sha256)
    refuse(None if kept else states.Refusal.LOST)
    with whole_or_nothing():
        _put_newer(context, _hold(data), newer)
    keeping.erase_asked()
    return show_document(load_document(package.id))


def odlocale_document_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Withdraw a document: its address then says that it was withdrawn, and why.

    :param id: its name or its id
    :param version: the version of it that was seen (optional)
    :param reason: as for :func:`odlocale_deposit_withdraw` (optional)
    :param note: what the agent adds (optional): nobody outside reads it
    :returns: as :func:`odlocale_document_show`
    :raises ValidationError: it is not online
    """
    data = validate(data_dict, document_withdraw_schema())
    tk.check_access("odlocale_document_withdraw", context, data)
    package = _hold(data)
    reason = read_reason(data.get("reason"))
    with whole_or_nothing():
        _take_away(context, package, reason, data.get("note") or "")
    return show_document(load_document(package.id))


def odlocale_document_purge(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Erase a document for good: its file, what is said of it, every trace of them.

    Stopped half-way, it is withdrawn, and called again.

    :param id: its name or its id
    :param version: the version of it that was seen (optional)
    :param reason: as for :func:`odlocale_deposit_withdraw` (personal by default)
    :returns: ``id`` of what was erased
    :raises ValidationError: it changed since it was read
    """
    data = validate(data_dict, document_purge_schema())
    tk.check_access("odlocale_document_purge", context, data)
    package = load_document(data["id"], for_update=True)
    _refuse_changed(package, data)
    package_id, reason = package.id, read_reason(data.get("reason") or "personal")
    with whole_or_nothing():
        if package.state == "active":
            _take_away(context, package, reason, "")
        document_erasing.erase(context, package_id, reason)
    keeping.erase_asked()
    return {"id": package_id}


@dataclass(frozen=True)
class _Newer:
    """What replaces the file of a document.

    :ivar said: of its resource
    :ivar sha256: of the stored file; nothing for an address
    """

    said: dict[str, Any]
    faults: tuple[document.Fault, ...] = ()
    sha256: str | None = None


def _read_newer(context: Context, package: model.Package, data: Any) -> _Newer:
    held = only_file(show_document(package))
    if held is not None and not held.is_file:
        url = data.get("url") or ""
        fault = document.judge_address(url)
        return _Newer(describe_link(url), (fault,) if fault else ())
    if not data.get("upload"):
        said = tk._("Choose a file first.")
        raise tk.ValidationError({"file": [said]})
    owner = open_desk(package.owner_org, hold=False)
    stored = store_upload(data["upload"])
    draft = Deposit.start(package.owner_org, owner.siren, stored, user_id(context))
    draft.filename, draft.answers = name_of(data), {}
    analysis = analyse_deposit(draft)
    refuse(states.Refusal.BUSY if analysis.is_postponed else None)
    draft.report = analysis.to_dict()
    found = judge_file(draft)
    if isinstance(found, document.Fault):
        return _Newer({}, (found,), stored.sha256)
    return _Newer(describe_file(draft, found), (), stored.sha256)


def _put_newer(context: Context, package: model.Package, newer: _Newer) -> None:
    """Write what is said of the newer file, then its bytes in place of the former."""
    shown = show_document(package)
    held = only_file(shown)
    if held is None:
        refuse(states.Refusal.CHANGED)
        return
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    today = now.date().isoformat()
    said = {**newer.said, "modified": today, "last_modified": now.isoformat()}
    patch = {"resources": [{**held.resource, **said}], "modified": today}
    if newer.sha256:
        former = held.resource.get("hash")
        keeping.ask_erasure({newer.sha256, *document_erasing.hashes_in([former])})
    _write(context, shown, patch, newer)


def _write(
    context: Context,
    shown: dict[str, Any],
    patch: dict[str, Any],
    newer: _Newer | None = None,
) -> None:
    """Write a change of a document, note it in the journal, and commit."""
    save_dataset(context, shown, patch)
    _record(context, "changed", shown["id"], shown["org_id"])
    model.Session.flush()
    logic.index_update_package({"user": writer_of(context)}, shown["id"])
    if newer is not None and newer.sha256:
        # Last of all: until then, whatever fails leaves the former bytes.
        held = only_file(shown)
        limit = int(tk.config["ckanext.odlocale.max_deposit_bytes"]) // 1024**2 + 1
        with storage.open_path(newer.sha256).open("rb") as stream:
            name = str(newer.said["url"])
            uploads.store_resource(_id_of(held), stream, name, limit)
    model.Session.commit()


def _id_of(held: Held | None) -> str:
    return str(held.resource["id"]) if held else ""


def _take_away(
    context: Context, package: model.Package, reason: Reason, note: str
) -> None:
    # Not the note: the journal only grows, and a note may name somebody.
    detail = {"reason": reason.value}
    _record(context, "withdrawn", package.id, package.owner_org, detail)
    document_erasing.withdraw(context, package, reason, note)


def _hold(data: dict[str, Any]) -> model.Package:
    """Return a document to change, locked, refusing one that changed or went."""
    package = load_document(data["id"], for_update=True)
    open_desk(package.owner_org)
    refuse(None if package.state == "active" else states.Refusal.NOT_ONLINE)
    _refuse_changed(package, data)
    return package


def _refuse_changed(package: model.Package, data: dict[str, Any]) -> None:
    seen = data.get("version")
    changed = seen is not None and seen != version_of(package)
    refuse(states.Refusal.CHANGED if changed else None)


def _sentence(package: model.Package, title: str) -> str:
    owner = open_desk(package.owner_org, hold=False)
    publisher = publisher_of(Deposit(org_id=package.owner_org, siren=owner.siren))
    return document.describe(title, publisher.contact_name, translator("fr").gettext)


def _record(
    context: Context,
    verb: str,
    package_id: str,
    org_id: str,
    detail: dict[str, Any] | None = None,
) -> None:
    journal.record(
        verb,
        user_id=user_id(context),
        org_id=org_id,
        object_type="document",
        object_id=package_id,
        # Not its title: the journal only grows, and a title may have to be erased.
        detail=detail or {},
    )
