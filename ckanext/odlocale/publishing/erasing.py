"""Carrying out a purge: nothing is left of what must go, wherever it was written.

One transaction writes all of it, and notes which contents must leave the disk; they
leave after the commit, since a purge that fails must change nothing. Stopped in
between, the next one carries those out (:func:`.keeping.erase_asked`).
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale import rooms
from ckanext.odlocale.base import journal, storage
from ckanext.odlocale.publishing import keeping
from ckanext.odlocale.publishing.answers import Answers
from ckanext.odlocale.publishing.fiche import Wishes
from ckanext.odlocale.publishing.grid_model import Grid, GridRow
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.preparing import key_of_file
from ckanext.odlocale.publishing.purging import Copy, Purge, plan_release, plan_rows
from ckanext.odlocale.publishing.release import leave_dataset
from ckanext.odlocale.publishing.releases import schema_of
from ckanext.odlocale.publishing.remembering import ColumnAnswer
from ckanext.odlocale.publishing.republishing import republish
from ckanext.odlocale.publishing.searching import file_holds, holds, rows_holding
from ckanext.odlocale.publishing.states import DRAFT_STATES
from ckanext.odlocale.publishing.withdrawal import Reason
from ckanext.odlocale.scdl.typed import read_canonical

#: What is written of the origin of a release that a purge made.
CHANNEL = "purge"

_NOTED = ("filename", "report", "corrections", "answers", "withdrawal_note")
_FILES = ("original_sha256", "canonical_sha256", "parquet_sha256")
_WIPED = (
    *_NOTED,
    *_FILES,
    "original_size",
    "canonical_size",
    "parquet_size",
    "rows",
    "resource_id",
)


def plan_purge(target: Deposit, sought: str) -> Purge:
    """Return what a purge would do, changing nothing.

    :param sought: folded text whose rows go; empty: the whole release goes
    """
    copies = [_read_copy(one, sought) for one in _copies_of(target)]
    grids = _grids_of(target)
    if sought:
        found = [(one.id, _count_held(one, sought)) for one in grids]
        return plan_rows(copies, [(one, n) for one, n in found if n])
    own = [(one.id, len(GridRow.of(one.id))) for one in grids]
    this = next(one for one in copies if one.id == target.id)
    plan = plan_release(this, copies)
    gone = {one.id for one in plan.gone}
    opened = tuple(key_of_file(one) for one in gone)
    its_own = {
        one.id for one in grids if one.deposit_id in gone or one.key.startswith(opened)
    }
    return plan_release(this, copies, [one for one in own if one[0] in its_own])


def fiche_holds(target: Deposit, sought: str) -> bool:
    """Tell whether what is said of the data holds a text: it is not rows."""
    package = model.Package.get(target.package_id) if target.package_id else None
    if package is None or not sought:
        return False
    shown = tk.get_action("package_show")(
        {"ignore_auth": True, "use_cache": False}, {"id": package.id}
    )
    return holds(shown, sought)


def list_rows(plan: Purge, sought: str, limit: int) -> dict[str, Any]:
    """Return the first rows that would leave what is online, to be read again.

    :returns: ``fields``, and ``rows`` of text
    """
    fields: list[str] = []
    rows: list[list[str]] = []
    for one in plan.renewed:
        frame = read_canonical(_read(one.canonical))
        found = frame.filter(rows_holding(frame, sought)) if sought else frame.clear()
        fields = fields or frame.columns
        if frame.columns == fields:
            rows += [[cell or "" for cell in row] for row in found.head(limit).rows()]
    return {"fields": fields, "rows": rows[:limit]}


def count_elsewhere(target: Deposit, plan: Purge) -> int:
    """Count the deposits of other collectivités that hold the same files."""
    files = _files_of(plan)
    query = sa.select(sa.func.count()).where(
        Deposit.org_id != target.org_id, Deposit.original_sha256.in_(files)
    )
    return int(model.Session.scalar(query) or 0)


def carry_out(
    context: Context, target: Deposit, plan: Purge, sought: str, reason: Reason
) -> None:
    """Do what a plan says, and commit. The caller holds the lock of the dataset."""
    keeping.ask_erasure(_files_of(plan))
    for one in plan.renewed:
        _renew(context, one, sought)
    dropped = [_load(one.id) for one in plan.dropped]
    for draft in dropped:
        model.Session.delete(draft)
    erased = [_load(one.id) for one in (*plan.erased, *plan.renewed)]
    online = [one for one in erased if one.state == "published"]
    for deposit in erased:
        _wipe(deposit, reason)
    for grid_id, _count in plan.grids:
        _clean_grid(grid_id, sought)
    if sought:
        ColumnAnswer.forget(target.siren, sought)
    gone = frozenset(one.id for one in erased)
    rooms.call_hooks("during_purge", target.siren, str(target.schema), gone, sought)
    _record(context, target, plan, reason)
    model.Session.flush()
    _forget_traces(target, plan, sought)
    for deposit in online:
        # Core's deletion of a dataset commits: all of the above goes with it.
        leave_dataset(context, deposit)
    # What core has just written of the change tells of the release that went.
    _forget_traces(target, plan, sought)
    model.Session.commit()


def _copies_of(target: Deposit) -> Sequence[Deposit]:
    """Deposits of the same desk that may hold the same rows, drafts of no model too."""
    query = sa.select(Deposit).where(
        Deposit.org_id == target.org_id,
        Deposit.siren == target.siren,
        (Deposit.schema == target.schema) | Deposit.schema.is_(None),
        Deposit.state != "purged",
    )
    found: Sequence[Deposit] = model.Session.scalars(query.order_by(Deposit.id)).all()
    return found


def _read_copy(deposit: Deposit, sought: str) -> Copy:
    held, noted = 0, False
    if sought:
        if deposit.canonical_sha256:
            frame = read_canonical(_read(deposit.canonical_sha256))
            held = int(rows_holding(frame, sought).sum())
        noted = held > 0 or _is_noted(deposit, sought)
    return Copy(
        id=deposit.id,
        state=deposit.state,
        key=deposit.key,
        version=deposit.version,
        published_at=deposit.published_at,
        original=deposit.original_sha256,
        canonical=deposit.canonical_sha256,
        rows=deposit.rows or 0,
        holding=held,
        holds=noted,
    )


def _is_noted(deposit: Deposit, sought: str) -> bool:
    if any(holds(getattr(deposit, name), sought) for name in _NOTED):
        return True
    problem = (deposit.report or {}).get("problem")
    if problem and deposit.state in DRAFT_STATES:
        # Nobody can tell what a file holds that cannot be read.
        return True
    original = deposit.original_sha256
    return bool(original) and file_holds(_read(original), sought)


def _read(sha256: str | None) -> bytes:
    return storage.open_path(str(sha256)).read_bytes()


def _load(deposit_id: str) -> Deposit:
    found = Deposit.load(deposit_id, for_update=True)
    if found is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    return found


def _files_of(plan: Purge) -> set[str]:
    ids = [one.id for one in plan.gone]
    query = sa.select(*(getattr(Deposit, name) for name in _FILES))
    rows = model.Session.execute(query.where(Deposit.id.in_(ids)))
    return {sha256 for row in rows for sha256 in row if sha256}


def _renew(context: Context, copy: Copy, sought: str) -> None:
    former = _load(copy.id)
    content = _read(former.canonical_sha256)
    if sought:
        frame = read_canonical(content)
        left = frame.filter(~rows_holding(frame, sought))
        content = left.write_csv(line_terminator="\n", quote_style="necessary").encode()
    wishes = Answers.from_dict(former.answers).wishes
    if sought and holds(asdict(wishes), sought):
        wishes = Wishes()
    republish(context, former, content, schema_of(former), CHANNEL, wishes)


def _wipe(deposit: Deposit, reason: Reason) -> None:
    for name in _WIPED:
        setattr(deposit, name, None)
    deposit.state = "purged"
    deposit.withdrawal = reason.value
    deposit.withdrawn_at = datetime.datetime.now(datetime.timezone.utc)
    deposit.touch()


def _grids_of(target: Deposit) -> Sequence[Grid]:
    return [
        one
        for one in Grid.of_organization(target.org_id)
        if one.schema == target.schema
    ]


def _count_held(grid: Grid, sought: str) -> int:
    """Count what a table filled in online holds: rows, and what is said of all."""
    rows = sum(
        holds(row.cells, sought) or holds(row.stamps, sought)
        for row in GridRow.of(grid.id)
    )
    return rows + holds(grid.constants, sought) + holds(grid.conflicts, sought)


def _clean_grid(grid_id: str, sought: str) -> None:
    """Empty the rows of a table that hold a text, or all of them.

    They are rows taken out for whoever has the table on a screen.
    """
    grid: Grid = model.Session.get(Grid, grid_id, with_for_update=True)
    version = grid.begin_change()
    for row in GridRow.of(grid_id):
        if not sought or holds(row.cells, sought) or holds(row.stamps, sought):
            row.cells, row.stamps = {}, {}
            row.removed, row.version = True, version
    grid.conflicts = []
    if not sought or holds(grid.constants, sought):
        grid.constants = {}


def _record(context: Context, target: Deposit, plan: Purge, reason: Reason) -> None:
    """Keep that it happened, by whom, of which release and why: not what it was."""
    user = model.User.get(context["user"])
    journal.record(
        "purged",
        user_id=user.id if user else None,
        org_id=target.org_id,
        object_type="deposit",
        object_id=target.id,
        detail={
            "schema": target.schema,
            "key": target.key,
            "reason": reason.value,
            "releases": [one.id for one in (*plan.erased, *plan.renewed)],
            "drafts": len(plan.dropped),
            "rows": plan.rows,
        },
    )


def _forget_traces(target: Deposit, plan: Purge, sought: str) -> None:
    """Erase what CKAN keeps of a dataset's past that tells of what goes."""
    packages = {target.package_id} - {None}
    query = sa.select(Deposit.package_id).where(
        Deposit.id.in_([one.id for one in plan.gone]), Deposit.package_id.is_not(None)
    )
    packages |= set(model.Session.scalars(query))
    words = {one.id for one in plan.gone} | ({sought} if sought else set())
    model.Session.flush()
    _forget_activities(packages, words)
    _forget_resources(packages, words)


def _forget_activities(packages: Collection[Any], words: Collection[str]) -> None:
    # CKAN's own plugin, which a portal may have, have had, or never have had.
    if model.Session.scalar(sa.select(sa.func.to_regclass("activity"))) is None:
        return
    columns: list[Any] = [sa.column(one) for one in ("id", "object_id", "data")]
    activity = sa.table("activity", *columns)
    told = sa.cast(activity.c.data, sa.Text)
    lines = model.Session.execute(
        sa.select(activity.c.id, told).where(activity.c.object_id.in_(packages))
    ).all()
    going = [
        key
        for key, said in lines
        if said and any(holds(json.loads(said), one) for one in words)
    ]
    model.Session.execute(sa.delete(activity).where(activity.c.id.in_(going)))


def _forget_resources(packages: Collection[Any], words: Collection[str]) -> None:
    """Delete the files that CKAN keeps, deleted, of a dataset."""
    resource = model.Resource
    names = (resource.name, resource.description, resource.url, resource.extras)
    lines = model.Session.execute(
        sa.select(resource.id, *names).where(
            resource.package_id.in_(packages), resource.state == "deleted"
        )
    ).all()
    going = [key for key, *told in lines if any(holds(told, one) for one in words)]
    model.Session.execute(
        sa.delete(resource)
        .where(resource.id.in_(going))
        .execution_options(synchronize_session=False)
    )
