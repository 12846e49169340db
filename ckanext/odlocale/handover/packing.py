"""Making a pack of what the portal holds, and comparing a receipt with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan
import ckantoolkit as tk

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.content_store import ContentMissing
from ckanext.odlocale.handover import receipt as receipts
from ckanext.odlocale.handover import sentences
from ckanext.odlocale.handover.model import Handover
from ckanext.odlocale.handover.pack import Manifest, make_manifest
from ckanext.odlocale.handover.reading import (
    family_of,
    list_left_out,
    read_records,
    site_url,
)
from ckanext.odlocale.handover.receipt import Receipt, ReceiptRefused
from ckanext.odlocale.handover.records import KINDS, Records, files_of
from ckanext.odlocale.handover.refusals import now, refuse
from ckanext.odlocale.territory.tables import Collectivity


@dataclass(frozen=True)
class Made:
    """A pack, ready to be written."""

    manifest: Manifest
    records: Records
    left_out: list[str]

    @property
    def id(self) -> str:
        """The SHA-256 of its manifest."""
        return self.manifest.id


def make_pack(owner: Collectivity, *, with_people: bool) -> Made:
    """Gather all that is a collectivité's.

    :raises ckan.plugins.toolkit.ValidationError: one of its files is lost
    """
    records = read_records(family_of(owner), None if with_people else ())
    try:
        sizes = {
            one: storage.open_path(one).stat().st_size for one in files_of(records)
        }
    except ContentMissing as error:
        refuse(
            siren=tk._(
                "A file of this collectivité is lost: {sha256}. Restore the storage"
                " from its backup first."
            ).format(sha256=error.sha256)
        )
    left_out = list_left_out(owner.org_id)
    about = {
        "made_at": now().isoformat(timespec="seconds"),
        "collectivity": {
            "siren": owner.siren,
            "insee": owner.insee,
            "name": owner.name,
        },
        "software": {"ckan": ckan.__version__},
        "counts": {kind: len(records[kind]) for kind in KINDS},
        # How many, not who: they did not agree to be told of.
        "left_out": {"people": len(left_out)},
    }
    return Made(make_manifest(site_url(), records, sizes, about), records, left_out)


def describe(owner: Collectivity, made: Made) -> dict[str, Any]:
    """Return a pack as its action answers it."""
    return {
        "siren": owner.siren,
        "name": owner.name,
        "pack": made.id,
        "manifest": made.manifest.to_dict(),
        "records": made.records,
        "files": made.manifest.files,
        "left_out": made.left_out,
    }


def check_receipt(handover: Handover, value: Any) -> Receipt:
    """Compare a receipt with what was packed last.

    :raises ckan.plugins.toolkit.ValidationError: it is not for that
    """
    try:
        receipt = receipts.read_receipt(value)
        receipts.verify(
            receipt,
            siren=handover.siren,
            pack=handover.pack,
            digest=handover.digest,
            portal=site_url(),
        )
    except ReceiptRefused as error:
        refuse(receipt=sentences.say_receipt(error.code, tk._))
    return receipt


def is_confirmed(handover: Handover, receipt: Receipt) -> bool:
    """Tell whether a receipt was already acted upon."""
    return handover.confirmed_at is not None and handover.moved_to == receipt.portal


def refuse_changed(handover: Handover, owner: Collectivity) -> None:
    """Refuse to let go what is no longer what the other portal has.

    :raises ckan.plugins.toolkit.ValidationError: somebody published since
    """
    family = family_of(owner)
    for emails in (None, ()):
        records = read_records(family, emails)
        manifest = make_manifest(site_url(), records, {}, {})
        if manifest.digest == handover.digest:
            return
    refuse(
        siren=tk._(
            "{name} has changed here since it was packed. Hand it over again: only"
            " what changed is sent."
        ).format(name=owner.name)
    )
