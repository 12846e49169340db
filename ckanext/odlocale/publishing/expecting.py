"""What is known of collectivités besides their files: for the home, and for letters."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale.people.members import bounced_among
from ckanext.odlocale.publishing.grid_letter import waits_for
from ckanext.odlocale.publishing.grid_model import Grid
from ckanext.odlocale.publishing.next_step import Duty, ReaderReport
from ckanext.odlocale.publishing.nothing_model import Nothing
from ckanext.odlocale.publishing.ownership import siret_of
from ckanext.odlocale.publishing.rule_model import priorities_of
from ckanext.odlocale.publishing.screens import Home, Known, build_home, describe_all
from ckanext.odlocale.publishing.states import DRAFT_STATES
from ckanext.odlocale.publishing.stopped import stopped_of
from ckanext.odlocale.publishing.work_model import Work
from ckanext.odlocale.scdl.catalogue import Catalogue, load_catalogue
from ckanext.odlocale.scdl.obligation_words import describe
from ckanext.odlocale.scdl.obligations import obligations
from ckanext.odlocale.scdl.table_schema import TableSchema
from ckanext.odlocale.territory.page_helpers import facts_of
from ckanext.odlocale.territory.refusals import language
from ckanext.odlocale.territory.tables import Collectivity
from ckanext.odlocale.territory.target_store import elsewhere_of


def home_of(
    context: Context,
    org_id: str,
    deposits: Sequence[Mapping[str, Any]],
    catalogue: Catalogue,
) -> Home:
    """Return the desk of one organisation, to who may publish for it.

    :param deposits: as ``odlocale_deposit_list`` gives them
    :param catalogue: the models offered to who asks
    """
    known = gather_known([org_id]).get(org_id, Known())
    known = replace(
        known,
        grids=_with_conflicts(context, org_id, known.grids),
        reports=_reports_of(context, org_id),
        stopped=_stopped_among(deposits),
        working=_working_among(deposits),
        bounced=_bounces(context),
    )
    return build_home(deposits, catalogue, datetime.date.today(), known)


def homes_of(
    context: Context, seats: Sequence[Mapping[str, Any]]
) -> list[tuple[Any, Home]]:
    """Return the desks of a few collectivités, each with what lists name it by.

    :param seats: as ``odlocale_desk_list`` gives them
    """
    known = gather_known([one["org_id"] for one in seats])
    today, catalogue = datetime.date.today(), load_catalogue()
    homes = []
    for one in seats:
        org_id = one["org_id"]
        reports = _reports_of(context, org_id)
        whole = replace(
            known.get(org_id, Known()),
            reports=reports,
            stopped=_stopped_among(one["deposits"]),
            working=_working_among(one["deposits"]),
        )
        homes.append((one, build_home(one["deposits"], catalogue, today, whole)))
    return homes


def _with_conflicts(
    context: Context, org_id: str, grids: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Say of each table whether the reader has to choose between two values in it."""
    if not grids:
        return []
    user = model.User.get(context["user"])
    waiting = {
        (one.schema, one.key)
        for one in Grid.of_organization(org_id)
        if one.conflicts and waits_for(one, user and user.id)
    }
    return [
        {**one, "conflicts": (one["schema"], one["key"]) in waiting} for one in grids
    ]


def _bounces(context: Context) -> bool:
    user = model.User.get(context["user"])
    return user is not None and bool(bounced_among([user.id]))


def _stopped_among(deposits: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    return stopped_of([one["id"] for one in deposits if one["state"] in DRAFT_STATES])


def _working_among(deposits: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    return Work.standings(
        [one["id"] for one in deposits if one["state"] in DRAFT_STATES]
    )


def _reports_of(context: Context, org_id: str) -> list[ReaderReport]:
    """Ask for the reports of readers by their action: that room is to the right."""
    listed = tk.get_action("odlocale_report_list")(
        {"user": context["user"], "ignore_auth": False}, {"org_id": org_id}
    )
    return [
        ReaderReport(one["id"], one["schema"], one["key"], one["personal"])
        for one in listed
    ]


def describe_one(
    org_id: str, schema: TableSchema, deposits: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Say what is expected of one data.

    :returns: ``line``: nothing where it is published elsewhere; ``answered``: the
        years about which there is nothing to publish, the latest first
    """
    known = gather_known([org_id]).get(org_id, Known())
    drafts = [one for one in deposits if one["state"] in DRAFT_STATES]
    begun = {schema.slug} if drafts else set()
    today = datetime.date.today()
    lines = describe_all(deposits, Catalogue((schema,)), known, begun, today)
    years = sorted(known.answered.get(schema.slug, ()), reverse=True)
    return {"line": lines[0] if lines else None, "answered": years}


def gather_known(org_ids: Sequence[str]) -> dict[str, Known]:
    """Return what is known of some organisations, by id: a few of them at a time.

    Duties, answers, priorities and tables begun are read for all at once.
    """
    query = sa.select(Collectivity).where(Collectivity.org_id.in_(org_ids))
    owners = list(model.Session.scalars(query))
    sirens = [one.siren for one in owners]
    answered, proposed = Nothing.of(sirens), priorities_of(sirens)
    grids: dict[str, list[dict[str, object]]] = {}
    for one in Grid.of_organizations(org_ids):
        grids.setdefault(one.org_id, []).append(
            {
                "schema": one.schema,
                "key": one.key,
                "deposit_id": one.deposit_id,
                "updated_at": one.updated_at.isoformat(),
            }
        )
    slugs = [schema.slug for schema in load_catalogue()]
    return {
        str(owner.org_id): Known(
            elsewhere=elsewhere_of(owner, slugs),
            duties=duties_of(owner),
            answered=answered.get(owner.siren, {}),
            grids=grids.get(str(owner.org_id), ()),
            proposed=proposed.get(owner.siren, {}),
            nic=siret_of(owner)[9:],
        )
        for owner in owners
    }


def duties_of(owner: Collectivity) -> dict[str, Duty]:
    """Return what the law asks of a collectivité today, by slug, with why."""
    group = model.Group.get(owner.org_id)
    website = str(group.extras.get("website") or "") if group else ""
    facts = facts_of(owner.to_dict(), website)
    return {
        one.duty: Duty(one.verdict == "applies", describe(one, language()).reason)
        for one in obligations(facts, datetime.date.today())
        if one.binds
    }
