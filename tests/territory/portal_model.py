"""A portal in memory: a plan's rows are written to it as the database would.

It refuses what PostgreSQL's constraints would refuse.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from copy import deepcopy
from itertools import count
from typing import Any

from ckanext.odlocale.territory.hierarchy import Hierarchy
from ckanext.odlocale.territory.known import OWNED_FIELDS, Organisation
from ckanext.odlocale.territory.matching import declared_codes
from ckanext.odlocale.territory.projection import Projection, project
from ckanext.odlocale.territory.steps import Plan

NOW = datetime.datetime(2026, 11, 23, 12)


class Portal:
    """Groups, parents, rows of collectivités, perimeters and datasets."""

    def __init__(self) -> None:
        self.groups: dict[str, dict[str, Any]] = {}
        self.parents: dict[str, set[str]] = defaultdict(set)
        self.rows: dict[str, dict[str, Any]] = {}
        self.covered: dict[str, set[str]] = defaultdict(set)
        self.datasets: dict[str, int] = defaultdict(int)
        self.aliases: dict[tuple[str, str], str] = {}
        self.numbers = count()

    def make_id(self) -> str:
        return f"id-{next(self.numbers)}"

    def add_by_hand(self, name: str, title: str = "", **extras: str) -> str:
        org_id = self.make_id()
        self.groups[org_id] = {
            "id": org_id,
            "name": name,
            "title": title or name,
            "state": "active",
            "is_organization": True,
            "extras": extras,
        }
        return org_id

    def organisations(self) -> list[Organisation]:
        by_org = {row["org_id"]: row for row in self.rows.values()}
        siren_of = {org_id: row["siren"] for org_id, row in by_org.items()}
        found = []
        for org_id in sorted({*self.groups, *by_org}, key=str):
            group, row = self.groups.get(org_id), by_org.get(org_id, {})
            extras = group["extras"] if group else {}
            codes = declared_codes(extras)
            found.append(
                Organisation(
                    id=org_id,
                    name=group["name"] if group else "",
                    title=group["title"] if group else row["name"],
                    is_active=bool(group) and group["state"] == "active",
                    is_organization=group is None or group["is_organization"],
                    exists=group is not None,
                    sirens=codes.sirens,
                    insees=codes.insees,
                    linked_siren=row.get("siren"),
                    linked_insee=row.get("insee"),
                    status=row.get("status", "active"),
                    parents=frozenset(
                        siren_of.get(one, one) for one in self.parents[org_id]
                    ),
                    covered_by=frozenset(self.covered[row.get("siren", "")]),
                    datasets=self.datasets[org_id],
                    recorded={
                        **{name: extras.get(name) for name in OWNED_FIELDS},
                        "siret": extras.get("siret"),
                        "official_name": row.get("name"),
                        "cog_vintage": row.get("cog_vintage"),
                    },
                )
            )
        return found

    def apply(self, plan: Plan) -> Projection:
        rows = project(plan, NOW, self.make_id)
        for kind_value in rows.current:
            self.aliases.pop(kind_value, None)
        for row in rows.statuses:
            own = self.rows[row["key"]]
            own["status"], own["successor"] = row["new_status"], row["new_successor"]
            if not row["keeps_insee"]:
                own["insee"] = None
        for before, after, _ in rows.renumbered:
            assert after not in self.rows, "siren is unique"
            self.rows[after] = {**self.rows.pop(before), "siren": after}
            self.covered[after] = self.covered.pop(before, set())
        for org_id in rows.renamed:
            self.groups[org_id]["name"] = org_id
        for group in rows.changed_groups:
            own = self.groups[group["key"]]
            kept = {k: v for k, v in own["extras"].items() if k not in OWNED_FIELDS}
            if group["drop_siret"]:
                kept.pop("siret", None)
            own["name"], own["title"] = group["new_name"], group["new_title"]
            own["extras"], own["state"] = {**kept, **group["fields"]}, "active"
        for group in rows.new_groups:
            self.groups[group["id"]] = {**group}
        for row in rows.dropped_members:
            self.parents[row["child"]].remove(row["parent"])
        for row in rows.new_members:
            assert row["table_id"] not in self.parents[row["group_id"]]
            assert row["table_id"] in self.groups
            self.parents[row["group_id"]].add(row["table_id"])
        for row in rows.collectivities:
            self.rows[row["siren"]] = {**row}
        for row in rows.aliases:
            self.aliases[row["kind"], row["value"]] = row["siren"]
        for row in rows.uncovered:
            self.covered[row["siren"]].remove(row["atd_siren"])
        for row in rows.covered:
            assert row["siren"] in self.rows
            self.covered[row["siren"]].add(row["atd_siren"])
        for merger in rows.mergers:
            moved = self.datasets.pop(merger.former_org, 0)
            self.datasets[merger.heir_org] += moved
        for org_id in rows.deleted:
            self.groups[org_id]["state"] = "deleted"
        self._check()
        return rows

    def _check(self) -> None:
        names = [group["name"] for group in self.groups.values()]
        assert len(names) == len(set(names)), "names are unique"
        insees = [row["insee"] for row in self.rows.values() if row["insee"]]
        assert len(insees) == len(set(insees)), "INSEE codes are unique"
        orgs = [row["org_id"] for row in self.rows.values()]
        assert len(orgs) == len(set(orgs)), "organisations are unique"
        assert not {v for k, v in self.aliases.items()} - self.rows.keys()

    def hierarchy(self) -> Hierarchy:
        """Who is below whom among those in use, by SIREN."""
        siren_of = {row["org_id"]: siren for siren, row in self.rows.items()}
        return Hierarchy(
            {
                siren: frozenset(siren_of[p] for p in self.parents[row["org_id"]])
                for siren, row in self.rows.items()
                if row["status"] == "active"
            }
        )

    def change(self, siren: str, **extras: Any) -> None:
        """Make an organisation differ from the register."""
        row = self.rows[siren]
        group = self.groups[row["org_id"]]
        for name, value in extras.items():
            if name in ("name", "title", "state"):
                group[name] = value
            elif name in ("official_name", "cog_vintage"):
                row["name" if name == "official_name" else name] = value
            elif value is None:
                group["extras"].pop(name)
            else:
                group["extras"] = {**group["extras"], name: value}

    def copy(self) -> Portal:
        """Return a portal of the same content, to try something on."""
        other = Portal()
        other.groups = deepcopy(self.groups)
        other.rows = {key: {**row} for key, row in self.rows.items()}
        other.parents = defaultdict(set, {k: {*v} for k, v in self.parents.items()})
        other.covered = defaultdict(set, {k: {*v} for k, v in self.covered.items()})
        other.datasets = defaultdict(int, self.datasets)
        other.aliases = dict(self.aliases)
        other.numbers = count(len(self.groups) + 1_000_000)
        return other
