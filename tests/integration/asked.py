"""What each action of the tables of rights is asked with, to be really done."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import uuid
from typing import TYPE_CHECKING, Any

from tests.integration.publishing.conftest import PASSWORD, budget

if TYPE_CHECKING:
    from tests.integration.places import Held, Place

#: Which field of an action is a file.
FILES = {
    "odlocale_deposit_create": "upload",
    "odlocale_mandate_create": "document",
    "odlocale_mandate_renew": "document",
    "odlocale_mandate_settle": "document",
    "odlocale_push_deposit": "upload",
    "odlocale_takeover": "upload",
    "odlocale_takeover_file": "upload",
    "odlocale_token_create": "document",
}


def arguments(action: str, held: Held, place: Place) -> dict[str, Any]:
    """What names a collectivité, whatever an action asks it by.

    :param held: what the collectivité has
    :param place: the commune of the trial, its people and its ATD
    """
    if action == "odlocale_account_end_sessions":
        return {}
    if action in (
        "odlocale_account_reset_factor",
        "odlocale_person_erase",
        "odlocale_person_export",
    ):
        return {"id": held.town.agent}
    upload, field = io.BytesIO(budget(held.town.siret)), FILES.get(action)
    file = io.BytesIO(b"%PDF-1.4 deed") if field == "document" else upload
    return {
        **_of_all(action, held, place),
        **({field: file} if field else {}),
        **_of_one(action, held),
    }


def _of_all(action: str, held: Held, place: Place) -> dict[str, Any]:
    named = {
        "odlocale_territory": place.job,
        "odlocale_release": held.release["id"],
        "odlocale_release_purge": held.release["id"],
        "odlocale_mandate": held.mandate,
        "odlocale_invitation": held.invitation,
        "odlocale_attachment": held.attachment,
        "odlocale_token": held.token,
        "odlocale_report": held.report,
        "odlocale_document": held.document,
    }
    today = datetime.date.today()
    return {
        "id": named.get(action.rpartition("_")[0], held.deposit),
        "holder": "software",
        "holder_id": "Logiciel",
        "name": "Logiciel",
        "verbs": ["read"],
        "key": "complet",
        "reason": "other",
        "since": today.isoformat(),
        "until": (today + datetime.timedelta(days=60)).isoformat(),
        "accept": False,
        "user": held.town.agent,
        "role": "agent",
        "email": "quelqu-un@essai.example",
        "receipt": "{}",
        "definition": {"include": [{"kind": "siren", "code": place.atd_siren}]},
        "org_id": held.town.org_id,
        "sha256": "0" * 64,
        "schema": "budget",
        "schemas": ["budget"],
        "target": "portal",
        "codes": [held.town.code],
        "code": held.town.code,
        "siren": held.town.siren,
        "atd_siren": place.atd_siren,
        "perimeter": place.atd_siren,
        "perimeters": [place.atd_siren],
        "group": held.group,
        "decisions": [],
        "year": 2026,
        "token": "none",
        "former": held.town.code,
        "description": "{",
        "digest": "0" * 64,
    }


def _of_one(action: str, held: Held) -> dict[str, Any]:
    """What only one action is asked, or otherwise than the others."""
    release = {"key": held.release["key"]}
    link = {"token": held.link}
    stop = {"token": held.stop_link}
    proof = {"confirm": PASSWORD}
    by_action: dict[str, dict[str, Any]] = {
        "odlocale_access_ask": {"fullname": "Maël Le Goff"},
        "odlocale_access_confirm": {"id": held.code, "typed": "123456"},
        "odlocale_address_change": proof,
        "odlocale_address_confirm": {"token": held.address_link},
        "odlocale_datagouv_apply": {"digest": None},
        "odlocale_datagouv_decide": {"organization": "none"},
        "odlocale_datagouv_send_choose": {"send": True},
        "odlocale_datagouv_send_decide": {
            "id": held.document, "answer": "keep", "seen": "none",
        },
        "odlocale_datagouv_send_list": {"what": "all"},
        "odlocale_datagouv_send_retry": {"id": held.document},
        "odlocale_datagouv_siret_confirm": {"siret": held.town.siret},
        "odlocale_datagouv_start": {"what": "read"},
        "odlocale_deposit_withdraw": {"id": held.release["id"]},
        "odlocale_document_change": {"title": "Plan neuf de la commune"},
        "odlocale_document_replace": {
            "url": "https://essai.example/plan-neuf", "agreed": True,
        },
        "odlocale_document_publish": {
            "id": "", "url": "https://essai.example/plan.pdf",
            "title": "Plan de la commune", "agreed": True,
        },
        "odlocale_factor_begin": proof,
        "odlocale_factor_remove": proof,
        "odlocale_elsewhere_read": {"codes": [held.town.code]},
        "odlocale_elsewhere_set": {"address": "https://donnees.example.org/c.ttl"},
        "odlocale_goal_set": {"count": 12, "by_day": "2027-12-31"},
        "odlocale_fragment_rebuild": {"id": held.town.org_id},
        "odlocale_grid_deposit": {"key": held.grid},
        "odlocale_grid_paste": {"text": "12\t13"},
        "odlocale_handover_agree": {"agree": True},
        "odlocale_invitation_accept": {
            **link, "fullname": "Maël Le Goff", "password": "trois mots sans rapport",
        },
        "odlocale_invitation_decline": link,
        "odlocale_invitation_prove": link,
        "odlocale_invitation_show": link,
        "odlocale_letter_resume": stop,
        "odlocale_letter_show": stop,
        "odlocale_letter_stop": stop,
        "odlocale_mandate_settle": {"id": held.asked_mandate},
        "odlocale_password_ask": {"typed": held.town.agent},
        "odlocale_password_set": {
            "token": held.password_link, "password": "trois mots sans rapport",
        },
        "odlocale_release_list": release,
        "odlocale_release_purge": {
            "id": held.erased["id"], "digest": held.purge_digest,
        },
        "odlocale_release_restore": {"id": held.former["id"]},
        "odlocale_report_create": {**release, "message": "Une ligne est fausse."},
        "odlocale_report_settle": {
            "verdict": "refused", "reason": "Cette ligne est juste.",
        },
        "odlocale_schema_add": {
            "description": json.dumps(SCHEMA),
        },
        "odlocale_schema_show": {"id": "budget"},
        "odlocale_takeover_file": {
            "sha256": hashlib.sha256(budget(held.town.siret)).hexdigest(),
        },
        "odlocale_territory_apply": {"digest": None},
        "odlocale_territory_contours": {"collection": _contour_of(held.town.code)},
        "odlocale_token_create": {"id": str(uuid.uuid4())},
        "odlocale_work_start": {"action": "odlocale_deposit_undo"},
    }  # fmt: skip
    return by_action.get(action, {})


def _contour_of(code: str) -> dict[str, Any]:
    corners = [[-3.0, 47.6], [-2.9, 47.6], [-2.9, 47.7], [-3.0, 47.6]]
    shape = {"type": "Polygon", "coordinates": [corners]}
    one = {"type": "Feature", "properties": {"code": code}, "geometry": shape}
    return {"type": "FeatureCollection", "features": [one]}


#: A model of the ATD's own.
SCHEMA = {
    "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
    "name": "essai-droits",
    "title": "Essai des droits",
    "version": "1.0.0",
    "fields": [{"name": "nom", "title": "Nom", "type": "string"}],
}
