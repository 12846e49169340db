"""How a plan is carried out in one transaction, and who is told of it.

Nothing here commits: all of it happens, or nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import ckantoolkit as tk
from ckan import model, plugins

from ckanext.odlocale import rooms
from ckanext.odlocale.base import journal
from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory import writing
from ckanext.odlocale.territory.planning import Made, Source
from ckanext.odlocale.territory.projection import Projection, project

#: Told as work goes on: the phase, how much of it is done, of how much.
Tell = Callable[[str, int, int], None]
#: Organisations that plugins are told of between two words about progress.
TOLD_AT_ONCE = 50


def carry_out(made: Made, source: Source, user_id: str | None, tell: Tell) -> None:
    """Write what a plan says, and tell whoever must know, without committing.

    :raises sqlalchemy.exc.IntegrityError: somebody created an organisation meanwhile.
    """
    for siren, name, definition in made.new_atds:
        store.register_atd(siren, name, definition)
    now = datetime.datetime.now()
    rows = project(made.plan, now, model.types.make_uuid)
    tell("writing", 0, 1)
    writing.write_projection(rows)
    store.write_contours(source.contours)
    tell("writing", 1, 1)
    _tell_rooms(rows, tell)
    events = _Events.of(rows)
    _tell_all(events, tell)
    if user_id is not None and keeps_activities():
        for verb, org_ids in events.activities():
            writing.record_activities(org_ids, user_id, verb)
    journal.record(
        "applied",
        user_id=user_id,
        org_id=None,
        object_type="territory",
        object_id=", ".join(siren or name for siren, name in made.plan.perimeters),
        detail={
            "digest": made.plan.digest,
            "vintage": made.plan.vintage,
            "source": made.plan.source,
            **made.plan.counts,
        },
    )


@dataclass(frozen=True)
class _Events:
    created: tuple[str, ...]
    edited: tuple[str, ...]
    deleted: tuple[str, ...]

    @classmethod
    def of(cls, rows: Projection) -> _Events:
        edited = [row["key"] for row in rows.changed_groups]
        edited += [one.heir_org for one in rows.mergers]
        return cls(
            tuple(row["id"] for row in rows.new_groups),
            tuple(dict.fromkeys(edited)),
            rows.deleted,
        )

    def activities(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return (
            ("new", self.created),
            ("changed", self.edited),
            ("deleted", self.deleted),
        )


def _tell_rooms(rows: Projection, tell: Tell) -> None:
    for before, after, org_id in rows.renumbered:
        rooms.call_hooks("after_siren_change", org_id, before, after)
    for number, one in enumerate(rows.mergers, 1):
        rooms.call_hooks(
            "after_merger",
            one.former_org,
            one.heir_org,
            one.former_siren,
            one.heir_siren,
        )
        tell("merging", number, len(rows.mergers))
    for org_id, siren in rows.restored:
        rooms.call_hooks("after_restoration", org_id, siren)


def keeps_activities() -> bool:
    """Tell whether this portal keeps a stream of activities."""
    enabled = bool(tk.config["ckan.activity_streams_enabled"])
    return plugins.plugin_loaded("activity") and enabled


def _tell_all(events: _Events, tell: Tell) -> None:
    total = len(events.created) + len(events.edited) + len(events.deleted)
    done = 0
    for event, org_ids in (
        ("create", events.created),
        ("edit", events.edited),
        ("delete", events.deleted),
    ):
        for start in range(0, len(org_ids), TOLD_AT_ONCE):
            some = org_ids[start : start + TOLD_AT_ONCE]
            tell_plugins(event, some)
            done += len(some)
            tell("telling", done, total)


def tell_plugins(event: str, org_ids: Iterable[str]) -> None:
    """Call what ``organization_create`` and its sisters would.

    :param event: ``create``, ``edit`` or ``delete``.
    """
    listeners = list(plugins.PluginImplementations(plugins.IOrganizationController))
    ids = list(org_ids)
    if not listeners or not ids:
        return
    groups = store.read_groups(ids)
    for listener in listeners:
        for group in groups:
            getattr(listener, event)(group)


def without_progress(phase: str, done: int, total: int) -> None:
    """Tell nobody."""
