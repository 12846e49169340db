"""A data.gouv.fr in memory, a ledger, and something that kills the worker.

It keeps what udata keeps; that the real one does is shown by
``tests/contracts/test_push_datagouv.py``.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ckanext.odlocale.datagouv.push import ID_EXTRA
from ckanext.odlocale.datagouv.pushing import Record


class Killed(Exception):
    """The worker was killed here."""


@dataclass
class Killer:
    """Kills at the n-th step: before what the step does, or once it is done."""

    at: int = -1
    after: bool = False
    steps: int = 0

    def around(self, act: Callable[[], Any]) -> Any:
        self.steps += 1
        hit = self.steps == self.at
        if hit and not self.after:
            raise Killed
        done = act()
        if hit:
            raise Killed
        return done


@dataclass
class World:
    """The site's datasets, and the calls that were made."""

    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    killer: Killer = field(default_factory=Killer)
    organization_id: str = "org-there"
    _ids: Any = field(default_factory=itertools.count)

    def living(self) -> list[dict[str, Any]]:
        return [one for one in self.datasets.values() if not one["deleted"]]

    def read(self, remote_id: str) -> Any:
        return copy.deepcopy(self.datasets.get(remote_id))

    def find(self, package_id: str) -> list[Any]:
        found = [
            one
            for one in self.living()
            if one["extras"].get(ID_EXTRA) == package_id
            or (one.get("harvest") or {}).get("remote_id") == package_id
        ]
        return copy.deepcopy(found)

    def contacts(self, wanted: list[list[str]], remote: Any) -> list[str]:
        return ["|".join(one) for one in wanted]

    def create(self, payload: Mapping[str, Any]) -> Any:
        def act() -> Any:
            key = f"remote-{next(self._ids)}"
            self.calls.append("create")
            empty = {"id": key, "deleted": None, "archived": None, "extras": {}}
            self.datasets[key] = {**empty, "resources": []}
            return self._keep(key, payload)

        return self.killer.around(act)

    def update(self, remote_id: str, payload: Mapping[str, Any]) -> Any:
        self.calls.append("update")
        return self.killer.around(lambda: self._keep(remote_id, payload))

    def delete(self, remote_id: str) -> None:
        self.calls.append("delete")
        self.killer.around(
            lambda: self.datasets[remote_id].update(deleted="2026-11-30")
        )

    def delete_file(self, remote_id: str, file_id: str) -> None:
        held = self.datasets[remote_id]
        held["resources"] = [one for one in held["resources"] if one["id"] != file_id]

    def _keep(self, key: str, payload: Mapping[str, Any]) -> Any:
        held = self.datasets[key]
        files = {one["id"]: one for one in held["resources"]}
        said = {**payload}
        said["organization"] = {"id": payload["organization"]}
        said["contact_points"] = [
            dict(zip(("name", "email", "contact_form"), one.split("|"), strict=True))
            for one in payload["contact_points"] or []
        ]
        # An empty list of files changes nothing there.
        sent = payload["resources"] or held["resources"]
        said["resources"] = [
            {**files.get(one.get("id"), {"id": f"file-{next(self._ids)}"}), **one}
            for one in sent
        ]
        held.update(copy.deepcopy(said))
        return copy.deepcopy(held)


@dataclass
class Book:
    """The ledger: what it holds outlives the worker."""

    record: Record = field(default_factory=Record)
    held: dict[str, list[Any]] = field(default_factory=dict)
    killer: Killer = field(default_factory=Killer)

    def begin(self, values: Any) -> None:
        self.killer.around(lambda: self._set(sending=dict(values)))

    def finish(self, remote: Any, values: Any, held: Any) -> None:
        def act() -> None:
            self._set(remote_id=remote["id"], before=dict(values), sending=None)
            self.held = dict(held)

        self.killer.around(act)

    def hold(self, held: Any) -> None:
        self.held = dict(held)

    def forget(self) -> None:
        def act() -> None:
            self.record, self.held = Record(), {}

        self.killer.around(act)

    def _set(self, **changes: Any) -> None:
        self.record = replace(self.record, **changes)
