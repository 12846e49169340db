"""A pack, taken in by a portal that has nothing of its collectivité."""

from __future__ import annotations

import io
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.handover.opening import read_manifest
from ckanext.odlocale.handover.sending import pack_core
from ckanext.odlocale.publishing.model import Deposit
from tests.integration.handover.conftest import Commune, call_as, erase


def pack(sysadmin: str, town: Commune) -> tuple[dict[str, Any], bytes]:
    made = call_as(sysadmin, "odlocale_handover_pack", siren=town.siren)
    return made, pack_core(read_manifest(made["manifest"]), made["records"])


def take(sysadmin: str, core: bytes, **options: Any) -> dict[str, Any]:
    upload = io.BytesIO(core)
    return dict(call_as(sysadmin, "odlocale_takeover", upload=upload, **options))


def test_a_whole_commune_is_read_back_as_it_was(
    sysadmin: str, crowded: Commune, app: Any
) -> None:
    made, core = pack(sysadmin, crowded)
    assert made["left_out"] == [crowded.quiet]
    before = {
        one.id: (one.state, one.canonical_sha256, one.published_at)
        for one in model.Session.scalars(
            sa.select(Deposit).where(Deposit.siren == crowded.siren)
        )
    }
    assert sorted(state for state, *_ in before.values()) == [
        "checked",
        "published",
        "replaced",
        "withdrawn",
    ]
    feed = app.get(f"/catalogue/{crowded.code}.ttl")
    erase(crowded)
    plan = take(sysadmin, core)
    assert not plan["counts"]["conflict"]
    assert plan["receipt"] is None
    done = take(sysadmin, core, apply=True, digest=plan["digest"])
    assert done["receipt"]["digest"] == made["manifest"]["digest"]
    assert take(sysadmin, core)["steps"] == []
    after = {
        one.id: (one.state, one.canonical_sha256, one.published_at)
        for one in model.Session.scalars(
            sa.select(Deposit).where(Deposit.siren == crowded.siren)
        )
    }
    assert after == before
    assert app.get(f"/catalogue/{crowded.code}.ttl").body == feed.body
