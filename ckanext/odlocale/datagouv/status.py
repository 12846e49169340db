"""Where collectivités are on their way to data.gouv.fr, from our tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.datagouv.registration_model import HeldAlarm, Registration
from ckanext.odlocale.datagouv.registration_store import Scope
from ckanext.odlocale.territory.tables import Collectivity

#: What a person may look for.
TROUBLES: Final = ("problem", "failing", "siret")
_ACCENTED, _PLAIN = "àâäçéèêëîïôöùûüÿÀÂÄÇÉÈÊËÎÏÔÖÙÛÜ", "aaaceeeeiioouuuyAAACEEEEIIOOUUU"


@dataclass(frozen=True)
class Asked:
    """Which of them are listed."""

    scope: Scope
    state: str = ""
    words: str = ""
    trouble: str = ""
    limit: int = 50
    offset: int = 0


def list_status(asked: Asked) -> dict[str, Any]:
    """Return a page of collectivités by name, and how many there are by state."""
    place, kept = Collectivity, Registration
    state = sa.func.coalesce(kept.state, "unknown")
    joined = sa.join(place, kept, kept.siren == place.siren, isouter=True)
    within = asked.scope.tests()
    by_state = sa.select(state, sa.func.count()).select_from(joined).where(*within)
    counts = {
        str(name): int(number)
        for name, number in model.Session.execute(by_state.group_by(state))
    }
    tests = [*within, *_tests(asked, state)]
    total = sa.select(sa.func.count()).select_from(joined).where(*tests)
    query = (
        sa.select(place, kept)
        .select_from(joined)
        .where(*tests)
        .order_by(_folded(place.name), place.siren)
        .limit(asked.limit)
        .offset(asked.offset)
    )
    rows = [_describe(one, found) for one, found in model.Session.execute(query)]
    return {
        "count": int(model.Session.scalar(total) or 0),
        "counts": counts,
        "results": rows,
    }


def _tests(asked: Asked, state: Any) -> list[Any]:
    tests: list[Any] = []
    if asked.state:
        tests.append(state == asked.state)
    if asked.words:
        words = asked.words.translate(str.maketrans(_ACCENTED, _PLAIN)).lower()
        tests.append(_folded(Collectivity.name).contains(words, autoescape=True))
    if asked.trouble == "problem":
        tests.append(Registration.problem.is_not(None))
    if asked.trouble == "failing":
        alarms = sa.select(HeldAlarm.siren).where(HeldAlarm.kind == "failing")
        tests.append(Collectivity.siren.in_(alarms))
    if asked.trouble == "siret":
        tests.append(Registration.siret.is_(None))
    return tests


def _folded(column: Any) -> Any:
    return sa.func.lower(sa.func.translate(column, _ACCENTED, _PLAIN))


def _describe(place: Collectivity, kept: Registration | None) -> dict[str, Any]:
    organization = (kept.organization if kept else None) or {}
    source = (kept.source if kept else None) or {}
    found = (kept.found if kept else None) or {}
    read_at = kept.read_at if kept else None
    return {
        "siren": place.siren,
        "code": place.code,
        "name": place.name,
        "org_id": place.org_id,
        "state": kept.state if kept else "unknown",
        "certified": "certified" in (organization.get("badges") or ()),
        "siret": kept.siret if kept else None,
        "organization": organization or None,
        "candidates": found.get("candidates") or [],
        "decision": (kept.decision or {}).get("organization") if kept else None,
        "source": source or None,
        "last_job": source.get("last_job"),
        "failed": kept.failed if kept else [],
        "problem": kept.problem if kept else None,
        "invited_at": kept.invited_at.isoformat() if kept and kept.invited_at else None,
        "read_at": read_at.isoformat() if read_at else None,
    }
